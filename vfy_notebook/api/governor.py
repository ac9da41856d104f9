"""Makes all threads of a project share one budget of calls, so that the rate limit is respected.

The API gives its limits in each answer's headers (`X-Rate-Limit-Limit`, `-Remaining`, `-Retry`)
and counts bulk jobs separately from other calls. The governor lets a request go only if the last
known budget has room for it and for the requests in flight, so that a 429 is rare:
https://docs.voucherify.io/api-reference/rate-limits

Answers of parallel requests arrive in any order. A number replaces the known one if its request
was sent after the known one had arrived; otherwise the smaller of the two is used. It is not known
which of the requests in flight the API has counted already, so all are subtracted: near the end of
the budget fewer and fewer requests run in parallel, and the last one runs alone.
"""

from __future__ import annotations

import threading
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from vfy_notebook.api import call_log
from vfy_notebook.api.header_values import count, moment_s, number
from vfy_notebook.errors import RateLimitError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from vfy_notebook.api.calls import Calls
    from vfy_notebook.api.clock import Clock

    #: Called with the seconds left of a wait, and why it is waited.
    WaitListener = Callable[[float, str], None]

#: Longest slice of a wait, so that a progress bar moves and an interrupt is felt.
WAIT_SLICE_S = 1.0

#: Longest time to wait for the quota before one request: the slowest plan's window is an hour.
DEFAULT_MAX_WAIT_S = 3_600.0

#: `Date` and `X-Rate-Limit-Retry` are whole seconds: their difference may be so much too short.
ROUNDING_S = 1.0

#: Who is willing to wait for an hour is so for a window of an hour, told in rounded seconds.
_SLACK = 1.01

#: A wait that is refused keeps all threads from asking again for so long at most: what was told may
#: be a mistake, which must not close a project for good.
_LONGEST_BLOCK_S = 3_600.0

#: How long to wait in one piece for the answers of other threads.
_ANSWERS_S = 0.2

#: A request is sent ahead only if so many calls are free.
_AMPLE = 5

#: No limit of the vendor's lasts longer than a month: what says so is no time.
_LONGEST_CYCLE_S = 32 * 86_400.0

#: An answer that seems to be older than that tells of a clock that was wrong.
_LONGEST_ON_THE_WAY_S = 600.0

#: A time so large is told in milliseconds.
_MILLISECONDS_FROM = 1e11


@dataclass
class _Budget:
    """What is left of one kind of calls; times are on the monotonic clock."""

    limit: int | None = None
    remaining: int | None = None
    resets_at: float | None = None
    blocked_until: float = 0.0
    believed_until: float = 0.0
    in_flight: int = 0
    #: Requests sent whose answers are received when their reader comes back: nobody waits for them.
    ahead: int = 0
    #: Counts the figures that have been told; a request remembers the one it knew when it went.
    version: int = 0
    #: The server's clock in the latest answer.
    told_s: float | None = None

    @property
    def free(self) -> int | None:
        """Calls left that are not spoken for; None if it is not known."""
        return None if self.remaining is None else self.remaining - self.in_flight - self.ahead

    def is_overtaken(self, told_s: float | None) -> bool:
        """Whether an answer was given before one that is known, perhaps in an earlier window."""
        if told_s is None:
            return False
        if self.told_s is not None and self.told_s - _LONGEST_ON_THE_WAY_S < told_s < self.told_s:
            return True
        self.told_s = told_s
        return False

    def begin_window(self) -> None:
        """A new window begins: all calls of the limit are available again."""
        self.remaining = self.limit
        self.resets_at = None
        self.version += 1


class SlotAhead:
    """Room in the quota for a request whose answer is received later.

    Args:
        changed: The governor's lock.
        budget: Whose room it is.
    """

    def __init__(self, changed: threading.Condition, budget: _Budget) -> None:
        self._changed = changed
        self._budget: _Budget | None = budget
        #: The figures that were known when the request went.
        self.version = budget.version
        budget.ahead += 1

    def leave(self) -> None:
        """The answer has come, or is not wanted any more."""
        with self._changed:
            budget, self._budget = self._budget, None
            if budget is not None:
                budget.ahead -= 1
                self._changed.notify_all()


class Governor:
    """Lets requests go while the quota has room, and makes them wait while it has none.

    Args:
        clock: Time.
        calls: What has been spent.
        max_wait_s: Longest wait before one request, in seconds.
    """

    def __init__(
        self, clock: Clock, calls: Calls, *, max_wait_s: float = DEFAULT_MAX_WAIT_S
    ) -> None:
        self._clock = clock
        self._calls = calls
        self.longest_wait_s = max_wait_s * _SLACK
        self._changed = threading.Condition()
        self._budgets = {False: _Budget(), True: _Budget()}
        self._listeners: list[WaitListener] = []
        self._here = threading.local()

    @contextmanager
    def told_of_waits(self, listener: WaitListener) -> Iterator[None]:
        """Call `listener` again and again while a request waits.

        It gets the seconds left and what is waited for: empty for the rate limit, else why a
        request is going to be sent once more. It is called in the thread that waits; what it
        raises ends that thread's wait.
        """
        self._listeners.append(listener)
        try:
            yield
        finally:
            self._listeners.remove(listener)

    @contextmanager
    def slot(self, *, bulk: bool) -> Iterator[None]:
        """Wait until the quota has room for one request, and hold that room meanwhile.

        Raises:
            RateLimitError: The quota comes back later than one is willing to wait; nothing was
                sent.
        """
        budget = self._budgets[bulk]
        deadline = self._clock.monotonic() + self.longest_wait_s
        while (wait_s := self._enter_or_wait(budget)) is not None:
            if wait_s and self._clock.monotonic() + wait_s > deadline:
                message = (
                    f"Rate limit reached; next call in {wait_s:,.0f} s. Nothing was sent. "
                    "connect(max_wait_s=…) is how long one is willing to wait."
                )
                raise RateLimitError(message, status=429, key="too_many_requests")
            if wait_s:
                call_log.waited_for_quota(wait_s)
            self.wait(wait_s)
        try:
            yield
        finally:
            with self._changed:
                budget.in_flight -= 1
                self._changed.notify_all()

    def slot_ahead(self, *, bulk: bool) -> SlotAhead | None:
        """Room for a request whose answer is received later; None where the quota is not ample.

        Its reader may be long in coming, and may ask for other things first. So nobody waits for
        such an answer, and the last calls of a window are left to those who are waited for.
        """
        budget = self._budgets[bulk]
        with self._changed:
            now = self._clock.monotonic()
            is_blocked = budget.blocked_until > now and budget.believed_until > now
            if is_blocked or (budget.free is not None and budget.free < _AMPLE):
                return None
            return SlotAhead(self._changed, budget)

    @contextmanager
    def received(self, slot: SlotAhead) -> Iterator[None]:
        """While the answer is read to what was sent ahead; in the thread that reads it."""
        self._here.version = slot.version
        try:
            yield
        finally:
            slot.leave()

    def wait(self, seconds: float, why: str = "") -> None:
        """Wait in slices, telling the listeners how long it will still take.

        Args:
            seconds: How long.
            why: What has failed before; empty where the rate limit is waited for.
        """
        left = seconds
        while left > 0:
            self._tell(left, why)
            step = min(WAIT_SLICE_S, left)
            self._clock.sleep(step)
            left -= step
        self._tell(0.0, why)

    def _tell(self, seconds: float, why: str) -> None:
        for listener in list(self._listeners):
            listener(seconds, why)

    def _enter_or_wait(self, budget: _Budget) -> float | None:
        """Take a slot and answer None, or answer how long to wait before asking again."""
        with self._changed:
            now = self._clock.monotonic()
            if budget.blocked_until > now and budget.believed_until > now:
                return budget.blocked_until - now
            if budget.free is not None and budget.free <= 0:
                if budget.in_flight:
                    # Only the answers under way can tell whether, and when, there is room.
                    self._changed.wait(_ANSWERS_S)
                    return 0.0
                if not budget.remaining:
                    if budget.resets_at is not None and budget.resets_at > now:
                        return budget.resets_at - now
                    # The wait is over, or no time was told: the answer will say if too early.
                    budget.begin_window()
            budget.in_flight += 1
            self._here.version = budget.version
            return None

    def observe(self, headers: Mapping[str, str], *, bulk: bool) -> None:
        """Learn from an answer's headers; in the thread that holds the request's slot."""
        limit = count(headers.get("X-Rate-Limit-Limit")) or None
        remaining = count(headers.get("X-Rate-Limit-Remaining"))
        if limit is None and remaining is None:
            return
        # While calls are left, "the time of the next call" is now and tells nothing of a window.
        wait_s = self._told_wait_s(headers) if remaining == 0 else None
        with self._changed:
            budget = self._budgets[_is_bulk(headers, bulk=bulk)]
            if budget.is_overtaken(moment_s(headers.get("Date"))):
                return
            budget.limit = limit if limit is not None else budget.limit
            if remaining is not None:
                self._learn(budget, remaining)
            if wait_s is not None:
                budget.resets_at = self._clock.monotonic() + wait_s
            self._changed.notify_all()
        if not bulk:
            resets_at = None if wait_s is None else self._clock.now() + wait_s
            self._calls.saw_quota(limit, remaining, resets_at)

    def _learn(self, budget: _Budget, remaining: int) -> None:
        known = budget.remaining
        is_newer = getattr(self._here, "version", 0) >= budget.version
        if known is None or is_newer or remaining < known:
            budget.remaining = remaining
            budget.version += 1

    def retry_after_s(self, headers: Mapping[str, str]) -> float | None:
        """How long a 429 or 503 says to wait; None where it says nothing."""
        told = headers.get("Retry-After")
        seconds = number(told)
        if seconds is not None:
            return max(seconds, 0.0)
        at_s = moment_s(told)
        if at_s is not None:
            return max(at_s - self._server_now(headers), 0.0)
        return self._told_wait_s(headers)

    def block(self, seconds: float, *, bulk: bool) -> None:
        """Let no thread send for this many seconds, because one of them was told to wait.

        After an hour, one request is sent anyway, to find out. A time longer than any billing cycle
        is not believed.
        """
        if seconds > _LONGEST_CYCLE_S:
            return
        with self._changed:
            budget = self._budgets[bulk]
            now = self._clock.monotonic()
            budget.blocked_until = max(budget.blocked_until, now + seconds)
            budget.believed_until = now + _LONGEST_BLOCK_S
            budget.begin_window()  # what there is when the time is over
            self._changed.notify_all()

    def _told_wait_s(self, headers: Mapping[str, str]) -> float | None:
        """How long from now until `X-Rate-Limit-Retry`, whatever the two machines' clocks show.

        None if it is not told, or told to be over.
        """
        told = headers.get("X-Rate-Limit-Retry")
        epoch_s = number(told)
        if epoch_s is None:
            epoch_s = moment_s(told)
        if not epoch_s:
            return None
        if epoch_s >= _MILLISECONDS_FROM:
            epoch_s /= 1000
        wait_s = epoch_s - self._server_now(headers)
        return wait_s + ROUNDING_S if 0 < wait_s < _LONGEST_CYCLE_S else None

    def _server_now(self, headers: Mapping[str, str]) -> float:
        told_s = moment_s(headers.get("Date"))
        return self._clock.now() if told_s is None else told_s


def _is_bulk(headers: Mapping[str, str], *, bulk: bool) -> bool:
    """Whether an answer's numbers are about bulk calls; if it does not say, its request decides."""
    kind = headers.get("X-Rate-Limit-Type")
    if kind in ("api_calls", "bulk_api_calls"):
        return kind == "bulk_api_calls"
    return bulk
