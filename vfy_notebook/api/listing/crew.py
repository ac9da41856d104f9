"""Several threads that read the windows of one listing.

The thread that consumes the pages is the only one that anything is shown in: workers hand it
pages, waits and errors, and it can stop them at any time. It never waits for a request that is
still under way: threads are daemons and end by themselves.
"""

from __future__ import annotations

import threading
from collections import deque
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager

    from vfy_notebook.api.listing.pages import PageRequest
    from vfy_notebook.api.listing.walk import Walk
    from vfy_notebook.api.listing.windows import Windows

#: How long the consumer waits in one piece; some systems deliver an interrupt only in between.
_WAIT_S = 0.2

#: So many pages a worker may lie unconsumed before the workers pause.
_PAGES_AHEAD = 2

Answer = TypeVar("Answer")
Item = TypeVar("Item")


class Stopped(BaseException):
    """Ends a worker in the middle of a wait; nobody else ever sees it."""


class Crew(Generic[Answer, Item]):
    """Reads windows with several workers; an iterator over what they bring.

    Args:
        windows: What is to be read.
        ask: Sends a request; called by several threads at once.
        take: Hands an answer to the windows and gives what the consumer is to have of it;
            called by one thread at a time.
        workers: Number of threads, and so of requests in flight.
        on_wait: Told, in the consumer's thread, how long the quota makes the workers wait.
        around: Entered by each worker in its own thread and left as its last act.
    """

    def __init__(
        self,
        windows: Windows,
        *,
        ask: Callable[[PageRequest], Answer],
        take: Callable[[Walk, Answer], Item],
        workers: int,
        on_wait: Callable[[float], None],
        around: Callable[[], AbstractContextManager[None]],
    ) -> None:
        self._windows = windows
        self._ask = ask
        self._take = take
        self._on_wait = on_wait
        self._around = around
        self._changed = threading.Condition()
        self._items: deque[Item] = deque()
        self._max_items = _PAGES_AHEAD * workers
        self._error: BaseException | None = None
        self._stopped = False
        self._wait_s: float | None = None
        self._threads = [
            threading.Thread(target=self._work, name=f"vfy-listing-{i}", daemon=True)
            for i in range(workers)
        ]

    def __iter__(self) -> Iterator[Item]:
        for thread in self._threads:
            thread.start()
        try:
            while (items := self._next_items()) is not None:
                yield from items
        finally:
            self.stop()
        for thread in self._threads:
            thread.join()

    def stop(self) -> None:
        """Let no worker send another request."""
        with self._changed:
            self._stopped = True
            self._changed.notify_all()

    def waits(self, seconds: float) -> None:
        """Take note that the quota makes a worker wait; called in that worker's thread.

        Raises:
            Stopped: The wait is of no use any more.
        """
        with self._changed:
            if self._stopped:
                raise Stopped
            self._wait_s = seconds
            self._changed.notify_all()

    # -- the consumer --------------------------------------------------------------------------

    def _next_items(self) -> list[Item] | None:
        """What has arrived, waiting for it if need be; None when all has.

        Raises:
            BaseException: What a worker met with, after all that had arrived before it.
        """
        while True:
            with self._changed:
                if not self._items and not self._ended and self._wait_s is None:
                    self._changed.wait(_WAIT_S)
                wait_s, self._wait_s = self._wait_s, None
                items = list(self._items)
                self._items.clear()
                self._changed.notify_all()
                ended = self._ended
            if wait_s is not None:
                self._on_wait(wait_s)
            if items:
                return items
            if ended and self._error is not None:
                raise self._error
            if ended:
                return None

    @property
    def _ended(self) -> bool:
        return self._error is not None or self._windows.done

    # -- the workers ---------------------------------------------------------------------------

    def _work(self) -> None:
        try:
            with self._around():
                while (walk := self._next_walk()) is not None:
                    self._read(walk)
        except Stopped:
            pass
        except BaseException as error:  # noqa: BLE001 - raised again in the consumer's thread
            with self._changed:
                self._error = self._error or error
                self._stopped = True
                self._changed.notify_all()

    def _next_walk(self) -> Walk | None:
        with self._changed:
            while not self._stopped and not self._windows.done:
                walk = self._windows.take()
                if walk is not None:
                    return walk
                self._changed.wait()
        return None

    def _read(self, walk: Walk) -> None:
        """Read a window to its end."""
        while not walk.done:
            with self._changed:
                while len(self._items) >= self._max_items and not self._stopped:
                    self._changed.wait()
                if self._stopped:
                    raise Stopped
                request = walk.next_request()
            answer = self._ask(request)
            with self._changed:
                if self._stopped:
                    raise Stopped
                self._items.append(self._take(walk, answer))
                self._changed.notify_all()
