"""Dates in HTTP headers: always UTC, whatever zone this machine is in.

RFC 9110, 5.6.7 knows three forms: https://www.rfc-editor.org/rfc/rfc9110#section-5.6.7
"""

from __future__ import annotations

from datetime import UTC
from email.utils import parsedate_to_datetime


def seconds_from_http_date(text: str | None) -> float | None:
    """Seconds since the epoch; None where there is no date, or none that can be read.

    >>> seconds_from_http_date("Sun, 06 Nov 1994 08:49:37 GMT")
    784111777.0
    >>> seconds_from_http_date("Sun Nov  6 08:49:37 1994")
    784111777.0
    >>> seconds_from_http_date("soon")
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
