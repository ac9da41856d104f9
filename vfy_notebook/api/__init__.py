"""Voucherify over HTTP. Knows no pandas.

`transport` is the one place through which requests go; `operations` names each call of the
API; `listing` reads all customers, each exactly once; `models` are the decoded records.
"""
