"""Which page of a listing to ask for next, and which of its rows are new; knows no HTTP.

`walk` goes from page to page; `ties` reads groups of customers that share a millisecond;
`resolution` keeps what rows have told of how finely the API shows and compares times.
"""
