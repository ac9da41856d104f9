"""Counts the project's API calls, and remembers the quota that the API has told."""

from __future__ import annotations

import contextlib
import threading
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime


@dataclass(frozen=True)
class Quota:
    """The rate limit as the API last told it. None: the API has not told it.

    Attributes:
        limit: The number of calls that a window allows.
        remaining: The number of calls left in this window.
        resets_at: The time when the next window begins.

    >>> str(Quota(limit=100, remaining=98))
    '98 of 100 calls left in this window'
    """

    limit: int | None = None
    remaining: int | None = None
    resets_at: datetime | None = None

    def __str__(self) -> str:
        if self.remaining is None:
            return "quota not told yet"
        of = f" of {self.limit:,}" if self.limit is not None else ""
        return f"{self.remaining:,}{of} calls left in this window"


class Calls:
    """The number of requests sent, by operation. Retries count, because the vendor counts them.

    >>> calls = Calls()
    >>> calls.count("list_customers")
    >>> calls.count("list_customers")
    >>> calls.total, calls.by_operation
    (2, {'list_customers': 2})
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._counts: Counter[str] = Counter()
        self._quota = Quota()

    def count(self, operation: str) -> None:
        """Add one request that is about to be sent."""
        with self._lock:
            self._counts[operation] += 1

    def take_back(self, operation: str) -> None:
        """Take back a request that was not sent after all."""
        with self._lock:
            self._counts[operation] -= 1
            self._counts += Counter()  # without what has come to nothing

    def saw_quota(self, limit: int | None, remaining: int | None, resets_at: float | None) -> None:
        """Store the limits that an answer's headers contain."""
        when = None
        if resets_at:
            with contextlib.suppress(ValueError, OverflowError, OSError):  # beyond the calendar
                when = datetime.fromtimestamp(resets_at, tz=UTC)
        with self._lock:
            self._quota = Quota(limit, remaining, when)

    @property
    def total(self) -> int:
        """All requests."""
        with self._lock:
            return self._counts.total()

    @property
    def by_operation(self) -> dict[str, int]:
        """Requests by operation, most first."""
        with self._lock:
            return dict(self._counts.most_common())

    @property
    def quota(self) -> Quota:
        """The quota last seen."""
        with self._lock:
            return self._quota

    def __repr__(self) -> str:
        by = ", ".join(f"{name} {count:,}" for name, count in self.by_operation.items())
        calls = f"{self.total:,} API call{'s' * (self.total != 1)}"
        return calls + (f" ({by})" if by else "") + f"; {self.quota}"
