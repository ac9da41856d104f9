"""Quotas: calls in a window, calls in the billing cycle, and the headers that tell of them."""

from __future__ import annotations

import math
from dataclasses import dataclass

from vfy_notebook.sandbox.answers import Answer, ApiError
from vfy_notebook.sandbox.data.clock import Clock
from vfy_notebook.sandbox.data.switches import Switches

#: Shown as the limit while nothing limits.
_UNLIMITED = 1_000_000
_WINDOW_S = 60


@dataclass(slots=True)
class _Window:
    """A fixed window of time that begins with the first call in it."""

    ends_ms: int = 0
    used: int = 0

    def take(self, limit: float, window_s: float, now_ms: int) -> bool:
        if now_ms >= self.ends_ms:
            self.ends_ms = now_ms + round(window_s * 1000)
            self.used = 0
        if self.used >= limit:
            return False
        self.used += 1
        return True


class Quota:
    """Counts calls and refuses those beyond the limits that the switches set."""

    def __init__(self, clock: Clock, switches: Switches) -> None:
        self._clock = clock
        self._switches = switches
        self.reset()

    def reset(self) -> None:
        """All windows are fresh."""
        self._calls = _Window()
        self._bulk = _Window()

    def take(self, *, bulk: bool) -> Answer | None:
        """Count one call; gives the 429 if it is one too many.

        A refused call does not use the quota up any further.
        """
        switches = self._switches
        now = self._clock.now_ms()
        if switches.monthly_left == 0:
            return self._refusal("api_calls_cycle", until_ms=None)
        if bulk and switches.bulk_rate_limit is not None:
            limit = switches.bulk_rate_limit
            if not self._bulk.take(limit["limit"], limit["window_s"], now):
                return self._refusal("bulk_api_calls", until_ms=self._bulk.ends_ms)
        limit = switches.rate_limit or {"limit": math.inf, "window_s": _WINDOW_S}
        if not self._calls.take(limit["limit"], limit["window_s"], now):
            return self._refusal("api_calls", until_ms=self._calls.ends_ms)
        if switches.monthly_left is not None:
            switches.monthly_left -= 1
        return None

    def _refusal(self, kind: str, *, until_ms: int | None) -> Answer:
        answer = ApiError(429).answer()
        if self._switches.quota_headers:
            answer.headers["X-Rate-Limit-Type"] = kind
            answer.headers["X-Rate-Limit-Remaining"] = "0"
        if until_ms is not None and self._switches.retry_after:
            wait_ms = max(0, until_ms - self._clock.now_ms())
            answer.headers["Retry-After"] = str(math.ceil(wait_ms / 1000))
        return answer

    def headers(self) -> dict[str, str]:
        """The headers of every answer."""
        if not self._switches.quota_headers:
            return {}
        now = self._clock.now_ms()
        limit = self._switches.rate_limit
        highest = _UNLIMITED if limit is None else int(limit["limit"])
        used = self._calls.used if now < self._calls.ends_ms else 0
        remaining = max(0, highest - used)
        # While calls are left the next one may go now; else when the window ends.
        retry_ms = now if remaining or limit is None else self._calls.ends_ms
        return {
            "X-Rate-Limit-Limit": str(highest),
            "X-Rate-Limit-Remaining": str(remaining),
            "X-Rate-Limit-Retry": str(math.ceil(retry_ms / 1000)),
        }
