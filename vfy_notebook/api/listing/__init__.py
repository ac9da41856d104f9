"""Lists customers: each exactly once, with few calls.

`walk` decides which page to ask for next, without HTTP; `ties` reads groups of customers that share
a millisecond; `windows` divides a listing among workers; `fetching` sends the requests.
"""
