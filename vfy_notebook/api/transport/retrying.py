"""How often a request is sent, how long is waited in between, and what is worth it at all."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vfy_notebook.api.transport.request import Failed
from vfy_notebook.errors import RateLimitError

if TYPE_CHECKING:
    from collections.abc import Callable

    import tenacity

    from vfy_notebook.api.clock import Clock

#: Bounds on trying again: how often, and how long after the first try the last may begin.
MAX_ATTEMPTS = 6
MAX_RETRY_TIME_S = 120.0

#: A 429 is a "not yet", not a failure: it may be met more often than real failures.
MAX_RATE_LIMIT_ATTEMPTS = 20

#: A login page or a gateway's own JSON comes again and again; a cut answer does not.
MAX_UNREADABLE_ANSWERS = 3

#: So often a wait that the API asked for may prove too short before ours grow beyond it.
_TOLD_IN_VAIN = 3

#: Statuses that pass: a gateway's timeout, the usual ones of servers, and those with which
#: Cloudflare says that it could not reach or understand the server behind it (520 to 530).
#: https://developers.cloudflare.com/support/troubleshooting/http-status-codes/cloudflare-5xx-errors/
PASSING_STATUSES = frozenset({408, 500, 502, 503, 504, *range(520, 531)})

#: Statuses that say that the request was turned away before anything ran (RFC 8470, RFC 6585).
NOT_RUN_STATUSES = frozenset({425, 429})


class Patience:
    """How long to go on trying one request, and how long to wait in between."""

    def __init__(
        self, clock: Clock, jitter: Callable[[], float], *, max_quota_wait_s: float
    ) -> None:
        self._clock = clock
        self._jitter = jitter
        self._max_quota_wait_s = max_quota_wait_s
        self._started = clock.monotonic()
        self._failures = 0
        self._unreadable = 0
        self._quota_wait_s = 0.0

    def is_over(self, state: tenacity.RetryCallState) -> bool:
        """Whether the failure just met is the last."""
        failure = failure_of(state)
        if isinstance(failure.error, RateLimitError):
            # A "not yet" is no failure; it has a bound of its own.
            self._quota_wait_s += failure.wait_s or 0.0
            return (
                self._quota_wait_s > self._max_quota_wait_s
                or state.attempt_number >= MAX_RATE_LIMIT_ATTEMPTS
            )
        self._failures += 1
        self._unreadable += failure.unreadable
        spent_s = self._clock.monotonic() - self._started - self._quota_wait_s
        return (
            self._failures >= MAX_ATTEMPTS
            or self._unreadable >= MAX_UNREADABLE_ANSWERS
            or spent_s + (failure.wait_s or 0.0) > MAX_RETRY_TIME_S
        )

    def wait_s(self, state: tenacity.RetryCallState) -> float:
        """What the server said, or a backoff that grows and is spread."""
        failure = failure_of(state)
        if failure.wait_s is not None:
            # Told times that have proved too short again and again are not to be believed.
            at_least_s = min(2.0 ** (state.attempt_number - _TOLD_IN_VAIN), 60.0)
            is_quota = isinstance(failure.error, RateLimitError)
            too_short = is_quota and state.attempt_number > _TOLD_IN_VAIN
            return max(failure.wait_s, at_least_s) if too_short else failure.wait_s
        return min(0.5 * 2.0 ** (state.attempt_number - 1), 20.0) * (0.5 + self._jitter())


def failure_of(state: tenacity.RetryCallState) -> Failed:
    """What the attempt that has just ended has failed with."""
    assert state.outcome is not None  # noqa: S101 - tenacity asks only after an attempt
    failure = state.outcome.exception()
    assert isinstance(failure, Failed)  # noqa: S101 - nothing else is retried
    return failure
