"""Listing customers: each exactly once, in few calls.

`walk` decides which page to ask for next and never opens a socket; `ties` reads groups of
customers that share a millisecond; `fetching` sends the requests that they ask for.
"""
