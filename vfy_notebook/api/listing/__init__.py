"""Lists customers: each exactly once, with few calls.

`walking/` decides which page to ask for next, without HTTP; `windows` divides a listing among
workers; `fetching` sends the requests.
"""
