"""Points in time as users write them."""

from __future__ import annotations

import re
from datetime import date, datetime

import pandas as pd

from vfy_notebook.errors import ArgumentError

Moment = str | date | datetime | pd.Timestamp

#: A year, a month, a day or a time of a day, as ISO 8601 has them: the same for everybody.
_ISO = re.compile(r"\d{4}|\d{4}-\d\d|(\d{4}-\d\d-\d\d|\d{8})([T ]\d.*)?")


def to_ms(moment: Moment | None, *, argument: str) -> int | None:
    """Milliseconds since the epoch; a naive time is UTC.

    Raises:
        ArgumentError: It is no point in time; the message names the argument.

    >>> to_ms("2024-01-01", argument="created_after")
    1704067200000
    """
    if moment is None:
        return None
    stamp = to_timestamp(moment, argument=argument)
    # Finer than the API's clock: the next millisecond is the first one not before it.
    ms = -(-int(stamp.as_unit("us").asm8.astype("int64")) // 1000)
    if not _EARLIEST_MS <= ms <= _LATEST_MS:
        message = f"{argument}={moment!r}: only years from 1970 to 2999 are possible."
        raise ArgumentError(message)
    return ms


def to_timestamp(moment: object, *, argument: str) -> pd.Timestamp:
    """A point in time, in UTC; a naive time is UTC.

    Raises:
        ArgumentError: It is none; the message names the argument.
    """
    stamp = _timestamp(moment)
    if stamp is None:
        message = (
            f"{argument}={moment!r} is not a date: give '2024-01-31', '2024-01-31T12:00:00Z', "
            "a date, a datetime or a Timestamp."
        )
        raise ArgumentError(message)
    return stamp.tz_localize("UTC") if stamp.tzinfo is None else stamp.tz_convert("UTC")


def _timestamp(moment: object) -> pd.Timestamp | None:
    if isinstance(moment, str) and not _ISO.fullmatch(moment.strip()):
        return None  # pandas would take 03/02/2024 for the 2nd of March, and "now" for here
    try:
        stamp = pd.Timestamp(moment) if isinstance(moment, str | date) else None
    except ValueError:
        return None
    return stamp if isinstance(stamp, pd.Timestamp) else None


_EARLIEST_MS = 0
_LATEST_MS = 32_503_680_000_000 - 1
