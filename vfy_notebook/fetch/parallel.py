"""Several requests in flight, results in one thread."""

from __future__ import annotations

from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections import deque
    from collections.abc import Callable, Iterator

Result = TypeVar("Result")


def run_all(queue: deque[Callable[[], Result]], *, workers: int) -> Iterator[Result]:
    """Results of the tasks in a queue, as they are ready.

    Whoever takes the results may put further tasks into the queue; it ends when the queue is
    empty and nothing is under way. After an error, an interrupt or `close()`, nothing more is
    begun; what is under way is left to end by itself, so that an interrupt is felt at once.
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
