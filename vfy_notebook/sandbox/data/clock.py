"""The sandbox's one clock, and the API's way of writing times."""

from __future__ import annotations

import functools
import re
import time
from datetime import UTC, date, datetime, timedelta
from email.utils import formatdate
from typing import Any

_DATE_OR_TIME = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}(T.+)?")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


#: The calendar ends with the year 9999.
_MAX_OFFSET_MS = 1000 * 365 * 86_400_000


class Clock:
    """Tells the time in milliseconds; tests move it forward instead of waiting."""

    def __init__(self) -> None:
        self._offset_ms = 0

    @property
    def offset_ms(self) -> int:
        """How far the clock has been moved ahead of the machine's."""
        return self._offset_ms

    def now_ms(self) -> int:
        """Milliseconds since 1970, UTC."""
        return time.time_ns() // 1_000_000 + self._offset_ms

    def now_iso(self) -> str:
        """The present moment as the API writes it."""
        return to_iso(self.now_ms())

    def http_date(self) -> str:
        """The present moment for the ``Date`` header."""
        return formatdate(self.now_ms() / 1000, usegmt=True)

    def advance(self, seconds: float) -> None:
        """Move the clock forward.

        Raises:
            ValueError: If `seconds` is negative or takes the clock further than a thousand years.
        """
        if not 0 <= seconds < _MAX_OFFSET_MS:
            raise ValueError(f"the clock only goes forward, not by {seconds} s")
        offset_ms = self._offset_ms + round(seconds * 1000)
        if offset_ms > _MAX_OFFSET_MS:
            raise ValueError(f"the clock does not go {seconds} s further")
        self._offset_ms = offset_ms

    def reset(self) -> None:
        """Back to the machine's time."""
        self._offset_ms = 0


def to_iso(ms: int) -> str:
    """Milliseconds since 1970 as ``2022-08-30T06:32:07.380Z``."""
    days, of_day = divmod(ms, 86_400_000)
    seconds, millis = divmod(of_day, 1000)
    minutes, second = divmod(seconds, 60)
    hour, minute = divmod(minutes, 60)
    return f"{_day(days)}T{hour:02d}:{minute:02d}:{second:02d}.{millis:03d}Z"


@functools.lru_cache(maxsize=8192)
def _day(days: int) -> str:
    return (_EPOCH + timedelta(days)).date().isoformat()


def parse_iso(text: str) -> int:
    """An ISO-8601 date or date-time as milliseconds since 1970; without a zone it is UTC.

    Raises:
        ValueError: If `text` is no such date.
    """
    # fromisoformat() also takes weeks, dates without dashes and anything for the T.
    if not _DATE_OR_TIME.fullmatch(text):
        raise ValueError(f"not an ISO-8601 date: {text!r}")
    try:
        moment = datetime.fromisoformat(text)
        since = (moment if moment.tzinfo else moment.replace(tzinfo=UTC)) - _EPOCH
    except (ValueError, OverflowError):
        raise ValueError(f"not an ISO-8601 date: {text!r}") from None
    return (since.days * 86_400 + since.seconds) * 1000 + since.microseconds // 1000


def is_date(value: Any) -> bool:
    """Whether a value is a date written ``YYYY-MM-DD``."""
    if not isinstance(value, str) or len(value) != 10:
        return False
    try:
        date.fromisoformat(value)
    except ValueError:
        return False
    return True
