"""One budget of calls, shared by all threads of a project.

The API tells its limits with each answer (`X-Rate-Limit-Limit`, `-Remaining`, `-Retry`) and
counts bulk jobs apart from other calls. The governor lets a request go only when the budget
last told still has room for it and for those in flight, so that a 429 stays the exception:
https://docs.voucherify.io/api-reference/rate-limits
"""

from __future__ import annotations

import threading
from contextlib import contextmanager
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

from vfy_notebook.errors import RateLimitError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from vfy_notebook.api.calls import Calls
    from vfy_notebook.api.clock import Clock

#: Longest slice of a wait, so that a progress bar moves and an interrupt is felt.
WAIT_SLICE_S = 1.0

#: Longest time to wait for the quota before one request: the slowest plan's window is an hour.
MAX_QUOTA_WAIT_S = 3_700.0


@dataclass
class _Budget:
    remaining: int | None = None
    resets_at: float = 0.0
    blocked_until: float = 0.0
    in_flight: int = 0


class Governor:
    """Lets requests go while the quota lasts, and makes them wait while it does not."""

    def __init__(self, clock: Clock, calls: Calls) -> None:
        self._clock = clock
        self._calls = calls
        self._lock = threading.Lock()
        self._budgets = {False: _Budget(), True: _Budget()}
        self._listeners: list[Callable[[float], None]] = []

    @contextmanager
    def told_of_waits(self, listener: Callable[[float], None]) -> Iterator[None]:
        """Call `listener` with the seconds left, again and again, while a request waits."""
        self._listeners.append(listener)
        try:
            yield
        finally:
            self._listeners.remove(listener)

    @contextmanager
    def slot(self, *, bulk: bool) -> Iterator[None]:
        """Wait until the quota has room for one request, and hold that room meanwhile.

        Raises:
            RateLimitError: The quota comes back later than an hour from now; nothing was sent.
        """
        budget = self._budgets[bulk]
        deadline = self._clock.monotonic() + MAX_QUOTA_WAIT_S
        while (wait_s := self._enter_or_wait(budget)) > 0:
            if self._clock.monotonic() + wait_s > deadline:
                message = f"Rate limit reached; next call in {wait_s:,.0f} s. Nothing was sent."
                raise RateLimitError(message, status=429, key="too_many_requests")
            self.wait(wait_s)
        try:
            yield
        finally:
            with self._lock:
                budget.in_flight -= 1

    def wait(self, seconds: float) -> None:
        """Wait in slices, telling the listeners how long it will still take."""
        left = seconds
        while left > 0:
            for listener in list(self._listeners):
                listener(left)
            step = min(WAIT_SLICE_S, left)
            self._clock.sleep(step)
            left -= step
        for listener in list(self._listeners):
            listener(0.0)

    def _enter_or_wait(self, budget: _Budget) -> float:
        """Take a slot and answer 0, or answer how long to wait before asking again."""
        with self._lock:
            now = self._clock.now()
            if budget.blocked_until > now:
                return budget.blocked_until - now
            if budget.remaining is not None and budget.resets_at <= now and budget.resets_at:
                budget.remaining = None  # a new window has begun; its size comes with an answer
                budget.resets_at = 0.0
            if budget.remaining is not None and budget.remaining - budget.in_flight <= 0:
                if budget.resets_at:
                    return budget.resets_at - now
                if budget.in_flight:
                    return 0.05  # the answers under way will tell the time
                # No time was told: try; the answer itself says whether it was too early.
            budget.in_flight += 1
            return 0.0

    def observe(self, headers: Mapping[str, str], *, bulk: bool) -> None:
        """Learn from an answer's headers."""
        limit = _number(headers.get("X-Rate-Limit-Limit"))
        remaining = _number(headers.get("X-Rate-Limit-Remaining"))
        resets_at = self._local_time(headers)
        if limit is None and remaining is None:
            return
        with self._lock:
            budget = self._budgets[bulk]
            same_window = resets_at and abs(resets_at - budget.resets_at) < 1
            if remaining is not None:
                # Answers of parallel requests come out of order: within a window only down.
                known = budget.remaining
                budget.remaining = (
                    min(known, int(remaining))
                    if same_window and known is not None
                    else int(remaining)
                )
            budget.resets_at = resets_at or 0.0
        if not bulk:
            self._calls.saw_quota(
                None if limit is None else int(limit),
                None if remaining is None else int(remaining),
                resets_at,
            )

    def retry_after_s(self, headers: Mapping[str, str]) -> float | None:
        """How long a 429 or 503 says to wait; None where it says nothing."""
        told = headers.get("Retry-After")
        seconds = _number(told)
        if seconds is not None:
            return max(seconds, 0.0)
        if told:
            try:
                return max(parsedate_to_datetime(told).timestamp() - self._server_now(headers), 0.0)
            except ValueError:
                pass
        resets_at = self._local_time(headers)
        return None if resets_at is None else max(resets_at - self._clock.now(), 0.0)

    def block(self, seconds: float, *, bulk: bool) -> None:
        """Keep all threads from sending for so long: one of them was told to wait."""
        with self._lock:
            budget = self._budgets[bulk]
            budget.blocked_until = max(budget.blocked_until, self._clock.now() + seconds)
            budget.remaining = None

    def _local_time(self, headers: Mapping[str, str]) -> float | None:
        """`X-Rate-Limit-Retry` on this machine's clock, whatever that clock shows."""
        epoch_s = _number(headers.get("X-Rate-Limit-Retry"))
        if not epoch_s:
            return None
        return self._clock.now() + (epoch_s - self._server_now(headers))

    def _server_now(self, headers: Mapping[str, str]) -> float:
        try:
            return parsedate_to_datetime(headers["Date"]).timestamp()
        except (KeyError, ValueError):
            return self._clock.now()


def _number(text: str | None) -> float | None:
    try:
        return None if text is None else float(text)
    except ValueError:
        return None
