"""Time that passes only when somebody waits."""

from __future__ import annotations

import threading
import time


class FakeClock:
    """A `Clock` whose waits take no time; `slept` remembers them.

    `on_sleep` moves the sandbox's clock by as much. Nobody reads this one in between: a thread
    that saw one moved and the other not yet would ask too early.
    """

    def __init__(self, *, on_sleep=None):
        self._lock = threading.RLock()
        self._offset_s = 0.0
        self._on_sleep = on_sleep
        self.slept = []

    def now(self):
        with self._lock:
            return time.time() + self._offset_s

    def monotonic(self):
        with self._lock:
            return time.monotonic() + self._offset_s

    def sleep(self, seconds):
        with self._lock:
            self.slept.append(seconds)
            if self._on_sleep is not None:
                self._on_sleep(seconds)
            self._offset_s += seconds
