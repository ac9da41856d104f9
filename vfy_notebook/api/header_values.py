"""Numbers and times as headers tell them; what makes no sense is None."""

from __future__ import annotations

import functools
import math
from datetime import UTC
from email.utils import parsedate_to_datetime


def number(text: str | None) -> float | None:
    """A finite number; of a header that was sent twice, the first.

    >>> number("42"), number("2, 2"), number("1e999"), number("soon"), number(None)
    (42.0, 2.0, None, None, None)
    """
    if text is None:
        return None
    try:
        value = float(text.split(",", 1)[0])
    except ValueError:
        return None
    return value if math.isfinite(value) else None


def count(text: str | None) -> int | None:
    """How many; servers that mean "no limit" or "not known" tell -1 and the like.

    >>> count("99"), count("0"), count("-1"), count("unlimited")
    (99, 0, None, None)
    """
    value = number(text)
    return None if value is None or value < 0 else int(value)


@functools.lru_cache(maxsize=8)  # many answers of a listing come within the same second
def moment_s(text: str | None) -> float | None:
    """A date in any of HTTP's three formats, in seconds since the epoch; without a zone it is UTC.

    RFC 9110, 5.6.7: https://www.rfc-editor.org/rfc/rfc9110#name-date-time-formats

    >>> texts = "Sun, 06 Nov 1994 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT"
    >>> [moment_s(text) for text in (*texts, "Sun Nov  6 08:49:37 1994", "soon")]
    [784111777.0, 784111777.0, 784111777.0, None]
    """
    if text is None:
        return None
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, OverflowError):  # no date, or numbers that no calendar has
        return None
    # The form without a zone, and the zone -0000, come without one: `timestamp` would take that
    # for this machine's own.
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
