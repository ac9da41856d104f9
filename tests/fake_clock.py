"""Time that passes only when somebody waits."""

from __future__ import annotations

import threading
import time


class FakeClock:
    """A `Clock` whose waits take no time; `slept` remembers them."""

    def __init__(self, *, on_sleep=None):
        self._lock = threading.Lock()
        self._offset_s = 0.0
        self._on_sleep = on_sleep
        self.slept = []

    def now(self):
        return time.time() + self._offset_s

    def monotonic(self):
        return time.monotonic() + self._offset_s

    def sleep(self, seconds):
        with self._lock:
            self.slept.append(seconds)
            self._offset_s += seconds
        if self._on_sleep is not None:
            self._on_sleep(seconds)
