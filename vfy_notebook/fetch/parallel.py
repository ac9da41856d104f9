"""Runs several requests at the same time; the results arrive in one thread."""

from __future__ import annotations

from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections import deque
    from collections.abc import Callable, Iterator

Result = TypeVar("Result")


def run_all(queue: deque[Callable[[], Result]], *, workers: int) -> Iterator[Result]:
    """Yield the results of the tasks in a queue, as they are ready.

    The consumer may put more tasks into the queue; the iteration ends when the queue is empty and
    no task runs. After an error, an interrupt or `close()`, no task is started any more. Running
    tasks are not waited for, so that an interrupt takes effect at once.
    """
    if workers == 1:
        while queue:
            yield queue.popleft()()
        return
    pool = ThreadPoolExecutor(workers, thread_name_prefix="vfy-notebook")
    running: set[Future[Result]] = set()
    try:
        while queue or running:
            while queue and len(running) < workers:
                running.add(pool.submit(queue.popleft()))
            done, running = wait(running, return_when=FIRST_COMPLETED)
            for future in done:
                yield future.result()
    finally:
        pool.shutdown(wait=False, cancel_futures=True)
