"""The quota: nobody is sent to a 429, whatever order answers come in and whatever clocks show."""

from __future__ import annotations

import threading
from email.utils import formatdate

import pytest

from tests.processes import ENDS_S
from vfy_notebook.api.calls import Calls
from vfy_notebook.api.governor import DEFAULT_MAX_WAIT_S, ROUNDING_S, Governor
from vfy_notebook.errors import RateLimitError


class Clock:
    """Time that passes when somebody waits; the wall clock may be wrong and may jump."""

    def __init__(self, wall=1_800_000_000.25):
        self.wall = wall
        self.passed = 50.0
        self.slept = []

    def now(self):
        return self.wall + self.passed

    def monotonic(self):
        return self.passed

    def sleep(self, seconds):
        self.slept.append(seconds)
        self.passed += seconds


class Server:
    """A quota of `limit` calls in windows of `window_s`, told as the API tells it."""

    def __init__(self, clock, limit, *, window_s=60, skew_s=0.0, dated=True):
        self.clock = clock
        self.limit = limit
        self.window_s = window_s
        self.skew_s = skew_s
        self.dated = dated
        self.ends = None
        self.used = 0
        self.refused = 0

    def now(self):
        return self.clock.now() + self.skew_s

    def answer(self):
        if self.ends is None or self.now() >= self.ends:
            self.ends = self.now() + self.window_s
            self.used = 0
        if self.used >= self.limit:
            self.refused += 1
        else:
            self.used += 1
        return self.headers(self.limit - self.used)

    def headers(self, remaining):
        headers = {
            "X-Rate-Limit-Limit": str(self.limit),
            "X-Rate-Limit-Remaining": str(remaining),
            # The time when the next call may go: now, as long as there are calls left.
            "X-Rate-Limit-Retry": str(int(self.ends if not remaining else self.now())),
        }
        if self.dated:
            headers["Date"] = formatdate(int(self.now()), usegmt=True)
        return headers


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def calls():
    return Calls()


@pytest.fixture
def governor(clock, calls):
    return Governor(clock, calls)


def call(governor, server, *, bulk=False):
    with governor.slot(bulk=bulk):
        governor.observe(server.answer(), bulk=bulk)


def refused(server, *, kind=None):
    """The headers of a 429."""
    headers = server.headers(0)
    return headers | ({"X-Rate-Limit-Type": kind} if kind else {})


# -- one call after the other ------------------------------------------------------------------


@pytest.mark.parametrize("skew_s", [0.0, -7_200.0, 7_200.0, 86_400 * 400.0, 0.9])
def test_a_hundred_calls_on_a_plan_of_ten_a_minute_meet_no_429(governor, clock, skew_s):
    server = Server(clock, 10, skew_s=skew_s)
    for _ in range(100):
        call(governor, server)
    assert server.refused == 0
    # Nine waits for the next window, each rounded up by a second or two at most.
    assert 9 * 58 <= sum(clock.slept) <= 9 * (60 + 2 * ROUNDING_S)


def test_without_a_date_the_own_clock_has_to_do(governor, clock):
    server = Server(clock, 10, dated=False)
    for _ in range(25):
        call(governor, server)
    assert server.refused == 0


def test_a_jump_of_the_wall_clock_in_a_wait_does_not_lengthen_it(governor, clock):
    server = Server(clock, 2)
    call(governor, server)
    call(governor, server)
    clock.wall -= 30 * 86_400
    server.skew_s += 30 * 86_400
    call(governor, server)
    assert sum(clock.slept) <= 60 + 2 * ROUNDING_S
    assert server.refused == 0


def test_a_time_told_in_milliseconds_is_understood(governor, clock):
    server = Server(clock, 1)
    headers = server.answer()
    headers["X-Rate-Limit-Retry"] += "000"
    with governor.slot(bulk=False):
        governor.observe(headers, bulk=False)
    call(governor, server)
    assert 58 <= sum(clock.slept) <= 62


def test_while_calls_are_left_nobody_waits(governor, clock):
    server = Server(clock, 1_000)
    for _ in range(999):
        call(governor, server)
    assert clock.slept == []


def test_used_up_without_a_time_told_the_next_call_finds_out(governor, clock):
    with governor.slot(bulk=False):
        governor.observe({"X-Rate-Limit-Limit": "5", "X-Rate-Limit-Remaining": "0"}, bulk=False)
    with governor.slot(bulk=False):
        pass
    assert clock.slept == []


@pytest.mark.parametrize("strange", ["", "many", "nan", "inf", "-3", "1e999"])
def test_strange_headers_harm_nobody(governor, clock, strange):
    names = ("X-Rate-Limit-Limit", "X-Rate-Limit-Remaining", "X-Rate-Limit-Retry", "Date")
    for _ in range(3):
        with governor.slot(bulk=False):
            governor.observe(dict.fromkeys(names, strange), bulk=False)
            governor.retry_after_s(dict.fromkeys([*names, "Retry-After"], strange))
    assert clock.slept == []


def test_the_wait_is_told_second_by_second_and_its_end(governor, clock):
    server = Server(clock, 1, window_s=5)
    told = []
    with governor.told_of_waits(lambda seconds, _why: told.append(seconds)):
        call(governor, server)
        call(governor, server)
    assert told == sorted(told, reverse=True)
    assert told[0] > 4
    assert told[-1] == 0.0
    assert max(clock.slept) <= 1.0
    call(governor, server)
    assert told[-1] == 0.0  # nobody listens any more
    assert sum(clock.slept) > 2 * told[0] - 1


def test_a_quota_that_comes_back_too_late_is_an_error_at_once(governor, clock):
    server = Server(clock, 1, window_s=DEFAULT_MAX_WAIT_S + 60)
    call(governor, server)
    with pytest.raises(RateLimitError, match=r"next call in 3,\d+ s. Nothing was sent") as info:
        call(governor, server)
    assert isinstance(info.value, RuntimeError)
    assert clock.slept == []
    clock.passed += DEFAULT_MAX_WAIT_S
    call(governor, server)
    assert server.refused == 0


def test_whoever_is_interrupted_in_a_wait_holds_no_room(governor, clock):
    server = Server(clock, 1)
    call(governor, server)

    def interrupt(_seconds, _why):
        raise KeyboardInterrupt

    with governor.told_of_waits(interrupt), pytest.raises(KeyboardInterrupt):
        call(governor, server)
    call(governor, server)
    assert server.refused == 0


# -- after a 429 -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({"Retry-After": "17"}, 17),
        ({"Retry-After": "0"}, 0),
        ({"Retry-After": "-4"}, 0),
        ({"Retry-After": formatdate(1_700_000_030), "Date": formatdate(1_700_000_000)}, 30),
        ({"Retry-After": "Tue Nov 14 22:13:50 2023", "Date": formatdate(1_700_000_000)}, 30),
        ({"Retry-After": formatdate(1_700_000_000), "Date": formatdate(1_700_000_030)}, 0),
        ({"Retry-After": "Tue, 99999999999999999999 Nov 2023 22:13:50 GMT"}, None),
        ({"Retry-After": "soon", "X-Rate-Limit-Retry": "0"}, None),
        ({}, None),
    ],
)
def test_a_429_is_obeyed_as_told(governor, headers, seconds):
    assert governor.retry_after_s(headers) == seconds


def test_without_retry_after_the_time_of_the_next_call_counts(governor):
    headers = {"X-Rate-Limit-Retry": "1700000030", "Date": formatdate(1_700_000_000)}
    assert governor.retry_after_s(headers) == 30 + ROUNDING_S
    headers["X-Rate-Limit-Retry"] = "1700000000"
    assert governor.retry_after_s(headers) is None


def test_when_one_is_told_to_wait_all_wait(governor, clock):
    governor.block(40, bulk=False)
    governor.block(12, bulk=False)
    with governor.slot(bulk=False):
        pass
    assert sum(clock.slept) == 40
    with governor.slot(bulk=False):
        pass
    assert sum(clock.slept) == 40


def test_a_429_of_one_kind_does_not_stop_the_other(governor, clock):
    governor.block(40, bulk=True)
    with governor.slot(bulk=False):
        pass
    assert clock.slept == []


def test_what_a_429_says_of_its_kind_counts_more_than_the_request(governor, clock):
    server = Server(clock, 1)
    server.answer()
    with governor.slot(bulk=True):
        governor.observe(refused(server, kind="api_calls"), bulk=True)
    with governor.slot(bulk=True):
        pass
    assert clock.slept == []
    with governor.slot(bulk=False):
        pass
    assert sum(clock.slept) > 58


# -- what the user is shown --------------------------------------------------------------------


def test_the_quota_last_seen_is_shown(governor, clock, calls):
    server = Server(clock, 10)
    call(governor, server)
    assert (calls.quota.limit, calls.quota.remaining) == (10, 9)
    assert calls.quota.resets_at is None  # "the next call may go now" is no end of a window
    for _ in range(9):
        call(governor, server)
    assert calls.quota.remaining == 0
    assert 58 <= calls.quota.resets_at.timestamp() - clock.now() <= 62


def test_what_bulk_calls_are_told_is_not_shown_as_the_quota(governor, clock, calls):
    call(governor, Server(clock, 10), bulk=True)
    assert calls.quota.remaining is None


# -- several threads ---------------------------------------------------------------------------


class InFlight:
    """A request of another thread: sent now, answered when told to."""

    def __init__(self, governor, *, bulk=False):
        self._governor = governor
        self._bulk = bulk
        self._sent = threading.Event()
        self._answered = threading.Event()
        self._headers = {}
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self):
        with self._governor.slot(bulk=self._bulk):
            self._sent.set()
            assert self._answered.wait(ENDS_S)
            self._governor.observe(self._headers, bulk=self._bulk)

    def is_sent(self):
        return self._sent.wait(ENDS_S)

    @property
    def waits(self):
        return not self._sent.is_set()

    def answer(self, headers):
        assert self.is_sent()
        self._headers = headers
        self._answered.set()
        self._thread.join(ENDS_S)
        assert not self._thread.is_alive()


def test_no_more_are_in_flight_than_the_budget_has_room_for(governor, clock):
    server = Server(clock, 3)
    server.ends = server.now() + 60
    with governor.slot(bulk=False):
        governor.observe(server.headers(2), bulk=False)
    one, two = InFlight(governor), InFlight(governor)
    assert one.is_sent()
    assert two.is_sent()
    told = threading.Event()
    with governor.told_of_waits(lambda _seconds, _why: told.set()):
        third = InFlight(governor)
        assert told.wait(ENDS_S)  # it has looked and found no room
        assert third.waits
        one.answer(server.headers(1))
        assert third.waits  # one call left, and one in flight that may be it
        two.answer(server.headers(0))
        third.answer(server.headers(2))
    # Nobody waited on the clock for the answers; only then for the window.
    assert 58 <= sum(clock.slept) <= 62


def test_a_late_answer_cannot_bring_calls_back(governor, clock):
    server = Server(clock, 10)
    server.ends = server.now() + 60
    early, late = InFlight(governor), InFlight(governor)
    assert late.is_sent()
    early.answer(server.headers(0))
    late.answer(server.headers(5))  # told before the other five were used up
    with governor.slot(bulk=False):
        pass
    assert sum(clock.slept) > 57


def test_a_late_answer_of_an_earlier_window_says_nothing(governor, clock):
    def told(at_s, remaining, retry_s):
        return {
            "Date": formatdate(at_s, usegmt=True),
            "X-Rate-Limit-Limit": "10",
            "X-Rate-Limit-Remaining": str(remaining),
            "X-Rate-Limit-Retry": str(retry_s),
        }

    with governor.slot(bulk=False):
        governor.observe(told(1_800_000_060, 9, 1_800_000_060), bulk=False)
        # On its way while the window changed: the last call of the one before.
        governor.observe(told(1_800_000_058, 0, 1_800_000_059), bulk=False)
    for _ in range(9):
        with governor.slot(bulk=False):
            pass
    assert clock.slept == []
    # A clock that was an hour ahead, once, is not the measure of all that comes.
    with governor.slot(bulk=False):
        governor.observe(told(1_800_003_700, 9, 1_800_003_700), bulk=False)
        governor.observe(told(1_800_000_061, 0, 1_800_000_065), bulk=False)
    with governor.slot(bulk=False):
        assert sum(clock.slept) == pytest.approx(4 + ROUNDING_S)


def test_a_new_window_is_believed_though_the_old_one_was_not_used_up(governor, clock):
    server = Server(clock, 10)
    server.ends = server.now() + 60
    with governor.slot(bulk=False):
        governor.observe(server.headers(1), bulk=False)
    with governor.slot(bulk=False):
        governor.observe(server.headers(9), bulk=False)
    flying = [InFlight(governor) for _ in range(8)]
    assert all(request.is_sent() for request in flying)
    for request in flying:
        request.answer(server.headers(1))


def test_after_a_wait_no_more_go_than_the_limit(governor, clock):
    server = Server(clock, 2)
    call(governor, server)
    call(governor, server)
    one, two = InFlight(governor), InFlight(governor)
    assert one.is_sent()
    assert two.is_sent()
    told = threading.Event()
    with governor.told_of_waits(lambda _seconds, _why: told.set()):
        third = InFlight(governor)
        assert told.wait(ENDS_S)
        assert third.waits
        one.answer(server.answer())
        two.answer(server.answer())
        assert third.is_sent()
        third.answer(server.answer())
    assert server.refused == 0


def test_kinds_have_budgets_of_their_own(governor, clock):
    server = Server(clock, 1)
    call(governor, server, bulk=True)
    with governor.slot(bulk=False):
        pass
    assert clock.slept == []
    with governor.slot(bulk=True):
        pass
    assert sum(clock.slept) > 57
