"""Several tasks under way, and none begun after an error."""

from __future__ import annotations

import threading
from collections import deque

import pytest

from tests.processes import ENDS_S
from vfy_notebook.fetch.parallel import run_all


@pytest.mark.parametrize("workers", [1, 3])
def test_tasks_added_on_the_way_are_run_too(workers):
    queue = deque([lambda: 3])
    found = []
    for result in run_all(queue, workers=workers):
        found.append(result)
        queue.extend([lambda n=result - 1: n] * (2 if result else 0))
    assert sorted(found) == [0] * 8 + [1] * 4 + [2] * 2 + [3]


def test_as_many_at_once_as_allowed():
    meeting = threading.Barrier(3, timeout=ENDS_S)
    results = run_all(deque([meeting.wait] * 6), workers=3)
    assert sorted(results) == [0, 0, 1, 1, 2, 2]


@pytest.mark.parametrize("workers", [1, 3])
def test_after_an_error_nothing_more_is_begun(workers):
    begun = []

    def task(number):
        begun.append(number)
        if number == 0:
            raise ValueError("the first one")
        return number

    queue = deque(lambda n=n: task(n) for n in range(50))
    with pytest.raises(ValueError, match="the first one"):
        list(run_all(queue, workers=workers))
    assert len(begun) < 50
    assert queue


def test_closing_ends_it():
    queue = deque(lambda n=n: n for n in range(50))
    results = run_all(queue, workers=2)
    next(results)
    results.close()
    assert len(queue) >= 40
