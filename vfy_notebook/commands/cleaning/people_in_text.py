"""Finds what in a source looks like a customer: an e-mail address, a phone, a customer's id.

It is named and left: only who wrote a line knows whether it is an example.
"""

from __future__ import annotations

import re

_KINDS = {
    "an e-mail address": re.compile(
        r"(?<![\w.+/:-])[\w.+-]{1,64}@(?:[\w-]{1,63}\.){1,8}[^\W\d_]{2,24}(?![\w@]|:[\w/])"
    ),
    "a phone number": re.compile(r"(?<![\w.+-])\+[1-9](?:[ ()/.-]{0,2}\d){7,14}(?!\d)"),
    # With a digit: `cust_frame` is a variable.
    "a customer's id": re.compile(r"(?<!\w)cust_(?=[A-Za-z]{0,40}\d)[A-Za-z0-9]{5,40}(?!\w)"),
}


def people_in(text: str) -> list[str]:
    """What kinds of things a text holds that tell of a customer.

    >>> people_in('customers.loc["cust_AWWhSS3lX1pVdZJbKFYtLjjf"]  # ann@example.com')
    ['an e-mail address', "a customer's id"]
    >>> people_in("@property", ), people_in("https://me@example.com/x"), people_in("cust_frame + 1")
    ([], [], [])
    """
    return [kind for kind, pattern in _KINDS.items() if pattern.search(text)]
