"""Runs the long tasks of a form in a thread, one at a time, with a bar and a way to stop.

Widgets' callbacks run on the kernel's own thread (or on the one that serves all widgets, where
the kernel has subshells). A task that ran there would keep further clicks, such as on *Stop*,
and cells waiting until it ended; and clicks made meanwhile would all be served afterwards. In a
thread the callback returns at once, and a click that finds a task running can be dropped.
"""

from __future__ import annotations

import sys
import threading
import time
from queue import SimpleQueue
from typing import TYPE_CHECKING

from vfy_notebook.progress import ProgressDisplay

if TYPE_CHECKING:
    from collections.abc import Callable

#: Seconds between two drawings of a bar.
_REDRAW_S = 0.1


class TaskRunner:
    """Runs tasks one at a time; a task offered while another runs is refused.

    Args:
        lock: Held while the end of a task is told. Who holds it when asking whether the runner is
            busy is never between the two: told that the task has ended, and still refused.
    """

    def __init__(self, lock: threading.RLock) -> None:
        self._lock = lock
        self._busy = False
        self._idle = threading.Event()
        self._idle.set()
        self._stop = threading.Event()
        self._tasks: SimpleQueue[tuple[Callable[[], None], Callable[[], None]]] = SimpleQueue()
        self._thread: threading.Thread | None = None

    @property
    def busy(self) -> bool:
        """Whether a task is running."""
        return self._busy

    @property
    def stopping(self) -> bool:
        """Whether the running task was asked to stop."""
        return self._stop.is_set()

    def start(self, task: Callable[[], None], ended: Callable[[], None] = lambda: None) -> bool:
        """Run a task in the background, and `ended` after it, however it ended.

        Returns:
            False if another one runs: then nothing happens.
        """
        with self._lock:
            if self._busy:
                return False
            self._busy = True
            self._idle.clear()
            self._stop.clear()
            if self._thread is None:
                # One thread for the life of the form: each thread has connections of its own.
                self._thread = threading.Thread(target=self._serve, daemon=True, name="vfy-form")
                self._thread.start()
        self._tasks.put((task, ended))
        return True

    def stop(self) -> None:
        """Ask the running task to stop where it safely can."""
        if self._busy:
            self._stop.set()

    def wait(self, timeout_s: float | None = None) -> bool:
        """Wait until no task is running; False if it took longer."""
        return self._idle.wait(timeout_s)

    def _serve(self) -> None:
        while True:
            task, ended = self._tasks.get()
            _run(task)
            with self._lock:
                _run(ended)
                self._busy = False
                self._idle.set()


def _run(task: Callable[[], None]) -> None:
    try:
        task()
    except BaseException:  # noqa: BLE001 - told as if it had ended the thread, which goes on
        told = (*sys.exc_info(), threading.current_thread())
        threading.excepthook(threading.ExceptHookArgs(told))


class Bar(ProgressDisplay):
    """Progress that is drawn by a function, and the place where a task feels *Stop*.

    Args:
        draw: Called with done, total (None: not known) and a line of facts.
        stopping: Whether to stop: the task is then interrupted, as a kernel would be.
    """

    def __init__(
        self, draw: Callable[[int, int | None, str], None], stopping: Callable[[], bool]
    ) -> None:
        self._draw = draw
        self._stopping = stopping
        self._drawn_at = float("-inf")

    def show(self, done: int, total: int | None, facts: str, *, urgent: str) -> None:
        """Draw, but not more often than an eye can follow."""
        if self._stopping():
            raise KeyboardInterrupt
        now = time.monotonic()
        if now - self._drawn_at >= _REDRAW_S or urgent or done == total:
            self._drawn_at = now
            self._draw(done, total, facts)

    def close(self, line: str) -> None:
        """The final line stays until the form says what has happened."""
        self._draw(1, 1, line)
