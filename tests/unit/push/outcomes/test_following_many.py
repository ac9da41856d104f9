"""Following thousands of queued actions takes few calls and comes to an end."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from tests.fake_clock import FakeClock
from vfy_notebook.api.jobs import AsyncAction, AsyncActionPage
from vfy_notebook.errors import ConnectError
from vfy_notebook.push.outcomes.async_actions import LONGEST_S, find_lost, follow

HOURS_S = 8 * 3600.0
COUNT = 10_000
JOB_TYPE = "CUSTOMERS.BULK_UPDATE"


class Queue:
    """Async actions that end one behind the other, the oldest first; lists show the newest."""

    def __init__(self, *, a_look, apart_ms=1):
        self.transport = SimpleNamespace(clock=FakeClock())
        self.calls = 0
        self._ended = 0
        self._a_look = a_look
        self._apart_ms = apart_ms

    def _action(self, number):
        status = "DONE" if number < self._ended else "ENQUEUED"
        return AsyncAction(
            f"aa_{number:05d}", status, type=JOB_TYPE, created_ms=1_000 + number * self._apart_ms
        )

    def get_async_action(self, action_id):
        self.calls += 1
        self._ended += self._a_look
        return self._action(int(action_id[3:]))

    def list_async_actions(self, *, before_ms=None):
        self.calls += 1
        if before_ms is None:
            self._ended += self._a_look
        last = COUNT
        if before_ms is not None:
            last = min(-(-(before_ms - 1_000) // self._apart_ms), COUNT)
        numbers = range(last - 1, max(last - 101, -1), -1)
        return AsyncActionPage(tuple(map(self._action, numbers)), has_more=last > 100)


@pytest.mark.parametrize("a_look", [COUNT, 500])
def test_ten_thousand_actions_that_end_are_all_told_in_few_calls(a_look):
    queue = Queue(a_look=a_look)
    ids = [f"aa_{i:05d}" for i in range(COUNT)]
    found = follow(queue, ids, queued_since_ms=1_000)
    assert len(found.statuses) == COUNT
    assert queue.calls <= COUNT // 100 + COUNT // a_look + 5


def test_ten_thousand_actions_that_never_end_are_given_up():
    queue = Queue(a_look=0)
    began = queue.transport.clock.monotonic()
    found = follow(queue, [f"aa_{i:05d}" for i in range(COUNT)], queued_since_ms=1_000)
    assert found.statuses == {}
    assert queue.calls < 100
    assert queue.transport.clock.monotonic() - began <= LONGEST_S


@pytest.mark.parametrize(("since", "calls"), [(1, 1), (50, 1), (99, 1), (150, 2), (730, 8)])
def test_a_lost_job_is_found_behind_those_that_others_have_queued_since(since, calls):
    queue = Queue(a_look=0, apart_ms=7)
    number = COUNT - since
    intent_ms = queue._action(number).created_ms
    others = {f"aa_{i:05d}" for i in range(number + 1, COUNT)}
    found = find_lost(queue, JOB_TYPE, intent_ms=intent_ms, claimed=others)
    assert [action.id for action in found] == [f"aa_{number:05d}"]
    assert queue.calls <= calls + 1


def test_a_lost_job_is_not_looked_for_without_end():
    queue = Queue(a_look=0, apart_ms=7)
    others = {f"aa_{i:05d}" for i in range(COUNT)}
    assert find_lost(queue, JOB_TYPE, intent_ms=0, claimed=others) == []
    assert queue.calls <= 30


class Lid:
    """A queue of one action that ends with a certain look; a lid is closed before another ends."""

    def __init__(self, *, ends_with, closed_in, cuts=False):
        self.transport = SimpleNamespace(clock=FakeClock())
        self.looks = 0
        self._ends_with = ends_with
        self._closed_in = closed_in
        self._cuts = cuts

    def get_async_action(self, action_id):
        self.looks += 1
        if self.looks == self._closed_in:
            self.transport.clock.sleep(HOURS_S)
            if self._cuts:
                raise ConnectError("the connection is gone")
        status = "DONE" if self.looks >= self._ends_with else "ENQUEUED"
        return AsyncAction(action_id, status, type=JOB_TYPE)


@pytest.mark.parametrize("closed_in", [1, 3])
@pytest.mark.parametrize("cuts", [False, True])
def test_who_slept_in_the_middle_of_a_request_asks_once_more(closed_in, cuts):
    queue = Lid(ends_with=closed_in + 1, closed_in=closed_in, cuts=cuts)
    found = follow(queue, ["aa_1"], queued_since_ms=0)
    assert found.statuses == {"aa_1": "DONE"}


@pytest.mark.parametrize("ends_with", [2, 5])
def test_hours_slept_between_two_requests_do_not_count(ends_with, monkeypatch):
    queue = Lid(ends_with=ends_with, closed_in=None)
    clock = queue.transport.clock
    sleep = clock.sleep
    monkeypatch.setattr(
        clock, "sleep", lambda s: sleep(s + HOURS_S if len(clock.slept) == 1 else s)
    )
    found = follow(queue, ["aa_1"], queued_since_ms=0)
    assert found.statuses == {"aa_1": "DONE"}


def test_a_job_that_stands_still_is_given_up_after_a_night_too():
    queue = Lid(ends_with=10**6, closed_in=3)
    began = queue.transport.clock.monotonic()
    assert follow(queue, ["aa_1"], queued_since_ms=0, patience_s=900).statuses == {}
    assert queue.transport.clock.monotonic() - began < HOURS_S + 2 * 900
