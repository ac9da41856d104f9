"""Voucherify over HTTP, without pandas.

`transport` sends every request; `operations` has one method for each call of the API; `listing`
reads all customers, each exactly once; `models` are the decoded records.
"""
