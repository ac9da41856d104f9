"""Clocks. Tests inject one of their own, so that no test sleeps."""

from __future__ import annotations

import time
from typing import Protocol

#: A sleep that takes so many seconds longer than it was meant to was the machine's, not ours.
_OVERSLEPT_S = 60.0


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


def sleep(clock: Clock, seconds: float) -> float:
    """Wait; gives how many seconds longer the machine has slept, as one whose lid was closed."""
    began = clock.monotonic()
    clock.sleep(seconds)
    longer_s = clock.monotonic() - began - seconds
    return longer_s if longer_s >= _OVERSLEPT_S else 0.0
