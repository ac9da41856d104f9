"""Clocks. Tests inject one of their own, so that no test sleeps."""

from __future__ import annotations

import time
from typing import Protocol


class Clock(Protocol):
    """The methods that the client needs of a clock."""

    def now(self) -> float:
        """Seconds since the epoch, as the quota headers count them."""

    def monotonic(self) -> float:
        """Seconds on a clock that never jumps, for deadlines."""

    def sleep(self, seconds: float) -> None:
        """Wait."""


class SystemClock:
    """The machine's own clock."""

    def now(self) -> float:
        """Seconds since the epoch."""
        return time.time()

    def monotonic(self) -> float:
        """Seconds on the monotonic clock."""
        return time.monotonic()

    def sleep(self, seconds: float) -> None:
        """Wait for real; a kernel interrupt ends the wait at once."""
        time.sleep(seconds)
