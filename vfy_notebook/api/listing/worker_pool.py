"""Keeps several requests of one listing in flight.

The thread that consumes the pages plans the requests, decodes the answers and shows the progress;
the workers only send a request and return its answer. So the data stays in one processor's cache,
and the plan needs no lock. When the listing stops, it does not wait for requests in flight: the
workers are daemon threads and end by themselves.
"""

from __future__ import annotations

import threading
from collections import deque
from typing import TYPE_CHECKING, Generic, Protocol, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager

    from vfy_notebook.api.governor import WaitListener
    from vfy_notebook.api.pages import PageRequest

#: How long the consumer waits in one piece; some systems deliver an interrupt only in between.
_WAIT_S = 0.2


class Work(Protocol):
    """One request after the other, until it is done."""

    done: bool

    def next_request(self) -> PageRequest:
        """What to ask for now."""


Task = TypeVar("Task", bound=Work)
Task_co = TypeVar("Task_co", bound=Work, covariant=True)
Answer = TypeVar("Answer")
Item = TypeVar("Item")


class TaskSource(Protocol[Task_co]):
    """Has what there is to read, as tasks."""

    def take(self) -> Task_co | None:
        """Work for a worker that has none; None if there is nothing to do at present."""


class Stopped(BaseException):
    """Ends a worker in the middle of a wait; it never leaves the worker's thread."""


class WorkerPool(Generic[Task, Answer, Item]):
    """Works through tasks with several workers; an iterator over the results.

    Args:
        source: Has the tasks.
        ask: Sends a request; called by several threads at once.
        take: Gives an answer to its task and returns the item for the consumer.
        workers: Number of threads, and so of requests in flight.
        on_wait: Called in the consumer's thread with the seconds that the workers have to wait,
            and why.
        around: A context manager that each worker enters in its own thread.
    """

    def __init__(
        self,
        source: TaskSource[Task],
        *,
        ask: Callable[[PageRequest], Answer],
        take: Callable[[Task, Answer], Item],
        workers: int,
        on_wait: WaitListener,
        around: Callable[[], AbstractContextManager[None]],
    ) -> None:
        self._source = source
        self._ask = ask
        self._take = take
        self._on_wait = on_wait
        self._around = around
        self._lock = threading.Lock()
        self._asked = threading.Condition(self._lock)
        self._answered = threading.Condition(self._lock)
        self._requests: deque[tuple[Task, PageRequest]] = deque()
        self._answers: deque[tuple[Task, Answer]] = deque()
        self._under_way = 0
        self._error: BaseException | None = None
        self._stopped = False
        self._wait: tuple[float, str] | None = None
        self._threads = [
            threading.Thread(target=self._work, name=f"vfy-listing-{i}", daemon=True)
            for i in range(workers)
        ]

    def __iter__(self) -> Iterator[Item]:
        for thread in self._threads:
            thread.start()
        try:
            self._hand_out()
            while self._under_way:
                task, answer = self._next_answer()
                item = self._take(task, answer)
                self._under_way -= 1
                self._hand_out(task)
                yield item
        finally:
            self.stop()
        for thread in self._threads:
            thread.join()

    def stop(self) -> None:
        """Let no worker send another request."""
        with self._lock:
            self._stopped = True
            self._requests.clear()
            self._asked.notify_all()

    def waits(self, seconds: float, why: str) -> None:
        """Take note that a worker has to wait; called in that worker's thread.

        Raises:
            Stopped: The wait is of no use any more.
        """
        with self._lock:
            if self._stopped:
                raise Stopped
            self._wait = seconds, why
            self._answered.notify()

    # -- the consumer --------------------------------------------------------------------------

    def _hand_out(self, task: Task | None = None) -> None:
        """Give out the next request of a task, and further ones to whoever has none."""
        next_ones = []
        if task is None or task.done:
            task = self._source.take()
        while task is not None:
            next_ones.append((task, task.next_request()))
            if self._under_way + len(next_ones) == len(self._threads):
                break
            task = self._source.take()
        self._under_way += len(next_ones)
        with self._lock:
            self._requests.extend(next_ones)
            self._asked.notify(len(next_ones))

    def _next_answer(self) -> tuple[Task, Answer]:
        """An answer, waited for if need be.

        Raises:
            BaseException: What a worker met with, after all that had arrived before it.
        """
        while True:
            with self._lock:
                if not self._answers and self._error is None and self._wait is None:
                    self._answered.wait(_WAIT_S)
                wait, self._wait = self._wait, None
                answer = self._answers.popleft() if self._answers else None
                error = self._error
            if wait is not None:
                self._on_wait(*wait)
            if answer is not None:
                return answer
            if error is not None:
                raise error

    # -- the workers ---------------------------------------------------------------------------

    def _work(self) -> None:
        try:
            with self._around():
                while (asked := self._next_task()) is not None:
                    task, request = asked
                    answer = self._ask(request)
                    with self._lock:
                        if self._stopped:
                            return
                        self._answers.append((task, answer))
                        self._answered.notify()
        except Stopped:
            pass
        except BaseException as error:  # noqa: BLE001 - raised again in the consumer's thread
            with self._lock:
                self._error = self._error or error
                self._stopped = True
                self._asked.notify_all()
                self._answered.notify()

    def _next_task(self) -> tuple[Task, PageRequest] | None:
        with self._lock:
            while not self._requests and not self._stopped:
                self._asked.wait()
            return None if self._stopped else self._requests.popleft()
