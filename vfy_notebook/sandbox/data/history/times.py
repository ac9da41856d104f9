"""Times of orders and redemptions as some of the vendor's answers write them."""

from __future__ import annotations

import re

_TIME = re.compile(r'(?<=")(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3})Z(?=")')
_ENDINGS = {"us": "000Z", "offset": "+00:00"}


def with_times(text: str, form: str) -> str:
    """JSON with its times written otherwise: with six digits, or with an offset.

    >>> with_times('{"created_at":"2024-03-22T17:48:18.570Z"}', "us")
    '{"created_at":"2024-03-22T17:48:18.570000Z"}'
    >>> with_times('{"date":"2024-03-22T17:48:18.570Z"}', "offset")
    '{"date":"2024-03-22T17:48:18.570+00:00"}'
    """
    return _TIME.sub(rf"\g<1>{_ENDINGS[form]}", text)
