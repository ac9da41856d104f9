"""Several workers on one listing, with real threads against the sandbox."""

from __future__ import annotations

import contextlib
import threading
import warnings
from datetime import UTC, datetime, timedelta

import pandas as pd
import pytest

from tests.contract.listing.test_listing import fetch, iso, made
from tests.processes import ENDS_S
from vfy_notebook.api.listing import fetching
from vfy_notebook.errors import (
    FetchInterrupted,
    IncompleteListingWarning,
    RateLimitError,
    ServerError,
)

START = datetime(2025, 1, 1, tzinfo=UTC)


def mixed(count):
    """Sign-ups one by one and imports in which many share a millisecond."""
    customers = made(count * 2 // 3)
    for i in range(count // 3 // 250):
        customers += made(250, ties=250, prefix=f"i{i}_", start=START + timedelta(seconds=i + 1))
    return customers


@pytest.mark.parametrize("has_more", [True, False])
@pytest.mark.parametrize("bounds", ["exclusive", "inclusive"])
def test_the_order_of_arrival_never_shows(sandbox, make_project, bounds, has_more):
    sandbox.reset(mixed(7_500))
    sandbox.set(range_bounds=bounds, cursor=bounds, has_more=has_more)
    alone = fetch(make_project(workers=1))
    shared = fetch(make_project(workers=8))
    assert alone.index.is_unique
    assert len(alone) == 7_500
    pd.testing.assert_frame_equal(shared, alone)


@pytest.mark.parametrize("workers", [2, 4, 8])
def test_calls_are_the_pages_and_at_most_four_a_worker(sandbox, make_project, workers):
    sandbox.reset(customers=12_000)
    project = make_project(workers=workers)
    frame = fetch(project)
    assert len(frame) == 12_000
    assert frame.index.is_unique
    assert project.calls.total == len(sandbox.requests())
    assert project.calls.total <= 120 + 4 * workers


def test_alone_a_large_listing_reads_no_row_twice(sandbox, make_project):
    sandbox.reset(made(10_000))
    project = make_project(workers=1)
    assert len(fetch(project)) == 10_000
    assert project.calls.total <= 100 + 2


def test_a_small_listing_is_not_shared(sandbox, make_project):
    sandbox.reset(made(4_000))
    alone, shared = make_project(workers=1), make_project(workers=8)
    fetch(alone)
    fetch(shared)
    assert shared.calls.total == alone.calls.total


def test_a_server_that_answers_at_once_is_read_by_one_worker(sandbox, make_project, monkeypatch):
    sandbox.reset(made(9_000))
    monkeypatch.setattr(fetching, "_SHARED_FROM_S", 60.0)
    project = make_project(workers=4)
    watched = watch(project, monkeypatch)
    assert len(fetch(project)) == 9_000
    assert watched.most == len(watched.threads) == 1
    assert project.calls.total <= 90 + 2


@pytest.mark.parametrize(
    ("took_s", "readers"),
    [
        ([12], "several"),  # from afar, for sure
        ([4.8], "several"),  # not for sure, but never quicker
        ([0.4], "one"),
        ([12, 0.4], "one unless closed"),  # a closed span has one answer before it is shared
        ([4.8, 4.8, 4.8, 4.8, 0.4], "one"),  # this machine was busy at first
    ],
)
@pytest.mark.parametrize("closed", [False, True])
def test_the_quickest_of_several_answers_tells_whether_to_share(
    sandbox, make_project, monkeypatch, clock, took_s, readers, closed
):
    sandbox.reset(made(9_000))
    sandbox.advance(86_400)
    monkeypatch.setattr(fetching, "_SHARED_FROM_S", 2.0)
    monkeypatch.setattr(clock, "monotonic", lambda: sum(clock.slept))  # not what this machine takes
    project = make_project(workers=4)
    times = [*took_s, *took_s[-1:] * 200]
    watched = watch(project, monkeypatch, lambda number: clock.sleep(times[number - 1]))
    bounds = {"created_before": START + timedelta(hours=1)} if closed else {}
    assert len(fetch(project, **bounds)) == 9_000
    is_shared = readers == "several" or (readers == "one unless closed" and closed)
    assert (len(watched.threads) > 1) is is_shared
    assert project.calls.total <= 90 + 4 * 4 - 2


def test_a_span_of_time_is_shared_too(sandbox, make_project):
    sandbox.reset(made(9_000))
    project = make_project(workers=4)
    frame = fetch(
        project,
        created_after=START + timedelta(milliseconds=1_000),
        created_before=START + timedelta(milliseconds=8_000),
    )
    assert [int(s.split("-")[1]) for s in frame["source_id"]] == list(range(1_000, 8_000))
    assert project.calls.total <= 70 + 4 * 4


# -- windows of the past ---------------------------------------------------------------------------

PAST = {"created_before": START + timedelta(days=30)}


@pytest.mark.parametrize("bounds", ["exclusive", "inclusive"])
@pytest.mark.parametrize("workers", [1, 2, 4, 8, 32])
def test_a_window_of_the_past_costs_its_pages_with_any_number_of_workers(
    sandbox, make_project, workers, bounds
):
    sandbox.reset(made(9_899))
    sandbox.set(range_bounds=bounds)
    project = make_project(workers=workers)
    frame = fetch(project, **PAST)
    assert len(frame) == 9_899
    assert frame.index.is_unique
    assert project.calls.total <= 100


@pytest.mark.parametrize("ties", [3, 150, 9_500])
@pytest.mark.parametrize("workers", [1, 8])
def test_ties_cost_a_window_of_the_past_nothing(sandbox, make_project, workers, ties):
    sandbox.reset(made(9_500, ties=ties))
    project = make_project(workers=workers)
    assert len(fetch(project, **PAST)) == 9_500
    assert project.calls.total <= 96


def test_bounds_that_count_in_do_not_show_in_pages_by_number(sandbox, make_project):
    sandbox.reset(made(8_000))
    sandbox.set(range_bounds="inclusive")
    span = {
        "created_after": START + timedelta(milliseconds=500),
        "created_before": START + timedelta(milliseconds=7_500),
    }
    frame = fetch(make_project(workers=8), **span)
    assert [int(s.split("-")[1]) for s in frame["source_id"]] == list(range(500, 7_500))


@pytest.mark.parametrize("at", [2, 30, 60])
def test_a_deletion_in_the_past_moves_nobody_out_of_sight(sandbox, make_project, at):
    sandbox.reset(made(6_000))
    gone = ["c-10", "c-2500"]
    sandbox.script({"path": "/v1/customers", "nth": at, "do": "run", "remove": gone})
    project = make_project(workers=4)
    with pytest.warns(IncompleteListingWarning, match=r"Read 5,999 .*counts 5,998"):
        frame = fetch(project, **PAST)
    kept = {f"c-{i}" for i in range(6_000)} - set(gone)
    assert kept <= set(frame["source_id"])
    assert frame.index.is_unique
    assert project.calls.total <= 2 * 61 + 5


def test_a_window_that_ends_in_the_future_is_numbered_up_to_the_newest(sandbox, make_project):
    sandbox.reset(made(6_000))
    project = make_project(workers=4)
    assert len(fetch(project, created_before=datetime.now(UTC) + timedelta(days=2))) == 6_000
    # But its part of the past is: nothing can be added to what the newest customer ends.
    asked = [request["query"] for request in sandbox.requests()]
    newest = max(customer["created_at"] for customer in made(6_000))
    assert all(query["created_at[before]"] <= newest for query in asked if "page" in query)


@pytest.mark.parametrize("filters", [{"city": "Łódź"}, {"updated_after": "2025-01-01"}])
def test_other_filters_are_read_by_one_cursor(sandbox, make_project, filters):
    customers = made(6_000)
    for customer in customers:
        customer["address"] = {"city": "Łódź"}
        customer["updated_at"] = iso(START + timedelta(days=1))
    sandbox.reset(customers)
    project = make_project(workers=8)
    assert len(fetch(project, **filters)) == 6_000
    assert all("order=-created_at" not in request["query"] for request in sandbox.requests())
    assert project.calls.total <= 62


class Watched:
    """Wraps `ask_for_customers` and counts the requests that are under way at the same time."""

    def __init__(self, api, before=lambda _number: None):
        self._listed = api.ask_for_customers
        self._before = before
        self._lock = threading.Lock()
        self.threads = set()
        self.started = self.flying = self.most = 0

    def __call__(self, *arguments, **others):
        with self._lock:
            self.started += 1
            number = self.started
            self.flying += 1
            self.most = max(self.most, self.flying)
            self.threads.add(threading.current_thread())
        try:
            self._before(number)
            return self._listed(*arguments, **others)
        finally:
            with self._lock:
                self.flying -= 1


def watch(project, monkeypatch, before=lambda _number: None):
    watched = Watched(project._api, before)
    monkeypatch.setattr(project._api, "ask_for_customers", watched)
    return watched


def test_never_more_in_flight_than_workers(sandbox, make_project, monkeypatch):
    sandbox.reset(made(9_000))
    project = make_project(workers=3)
    # The first three of the shared part wait for one another, so three are under way for sure.
    gate = threading.Barrier(3, timeout=ENDS_S)
    watched = watch(project, monkeypatch, lambda number: gate.wait() if 3 <= number <= 5 else None)
    assert len(fetch(project)) == 9_000
    assert watched.most == 3
    assert len(watched.threads) == 4  # the three, and this one for the first page


@pytest.mark.filterwarnings("ignore:This listing takes about")
def test_what_is_shown_is_shown_by_the_thread_that_asked(sandbox, make_project, monkeypatch):
    sandbox.reset(made(6_000))
    sandbox.set(rate_limit={"limit": 30, "window_s": 60})
    shown_by = set()
    waited = []

    class Bar:
        def __init__(self, *_, **__):
            pass

        def __enter__(self):
            return self

        def __exit__(self, *_):
            pass

        def update(self, *_):
            shown_by.add(threading.current_thread())

        def waits(self, seconds, _why):
            shown_by.add(threading.current_thread())
            waited.append(seconds)

    monkeypatch.setattr("vfy_notebook.fetch.customers.Progress", Bar)
    assert len(fetch(make_project(workers=4))) == 6_000
    assert shown_by == {threading.current_thread()}
    assert max(waited) > 0


@pytest.mark.filterwarnings("ignore:This listing takes about")
def test_the_quota_is_one_for_all_and_no_call_is_refused(sandbox, make_project, clock):
    sandbox.reset(made(9_000))
    sandbox.set(rate_limit={"limit": 25, "window_s": 60})
    project = make_project(workers=8)
    assert len(fetch(project)) == 9_000
    assert [r["status"] for r in sandbox.requests() if r["status"] != 200] == []
    assert sum(clock.slept) >= 3 * 58  # 90 pages at 25 a minute


# -- cut off -----------------------------------------------------------------------------------


def gone(threads):
    for thread in threads:
        thread.join(ENDS_S)
    return not any(thread.is_alive() for thread in threads)


def test_an_interrupt_stops_at_once_with_what_had_arrived(sandbox, make_project, monkeypatch):
    sandbox.reset(made(9_000))
    project = make_project(workers=4)
    held = threading.Event()
    watched = watch(project, monkeypatch, lambda number: held.wait(ENDS_S) if number > 40 else None)
    updates = iter(range(10_000))

    def interrupted(*_):
        # The kernel's interrupt reaches the thread that asked, while others have calls under way.
        if next(updates) == 20:
            raise KeyboardInterrupt

    monkeypatch.setattr("vfy_notebook.progress.Progress.update", interrupted)
    with pytest.raises(FetchInterrupted) as info:
        fetch(project)
    workers = watched.threads - {threading.current_thread()}
    partial = info.value.partial
    assert 1_500 <= len(partial) <= 2_200
    assert partial.index.is_unique
    assert partial["created_at"].is_monotonic_increasing
    held.set()
    assert gone(workers)
    assert watched.started <= 40 + 4 + 1


def test_an_error_in_one_worker_stops_all(sandbox, make_project, monkeypatch):
    sandbox.reset(made(9_000))
    project = make_project(workers=4)

    def fails(number):
        if number == 30:
            message = "broken"
            raise ServerError(message, status=500)

    watched = watch(project, monkeypatch, fails)
    with pytest.raises(ServerError, match="broken") as info:
        fetch(project)
    assert gone(watched.threads - {threading.current_thread()})
    assert watched.started <= 30 + 4
    assert 2_000 <= len(info.value.partial) < 3_300
    assert info.value.partial.index.is_unique


@pytest.mark.filterwarnings("ignore:This listing takes about")
def test_workers_that_wait_for_the_quota_end_with_the_rest(
    sandbox, make_project, monkeypatch, clock
):
    sandbox.reset(made(9_000))
    sandbox.set(rate_limit={"limit": 20, "window_s": 3_600})
    project = make_project(workers=4)
    waiting = threading.Event()
    resumed = threading.Event()

    def sleep(_seconds):
        waiting.set()
        assert resumed.wait(ENDS_S)

    monkeypatch.setattr(clock, "sleep", sleep)

    def interrupted(_bar, seconds, _why):
        if seconds > 0:
            raise KeyboardInterrupt

    monkeypatch.setattr("vfy_notebook.progress.Progress.waits", interrupted)
    before = set(threading.enumerate())
    with pytest.raises(FetchInterrupted):
        fetch(project)
    workers = set(threading.enumerate()) - before
    assert waiting.is_set()
    assert workers
    sent = len(sandbox.requests())
    resumed.set()
    assert gone(workers)
    assert len(sandbox.requests()) == sent


def test_workers_leave_no_connection_behind(sandbox, make_project):
    sandbox.reset(made(6_000))
    project = make_project(workers=4)
    for _ in range(3):
        fetch(project)
    assert len(project._transport._sessions) == 1


def test_customers_created_meanwhile_neither_disturb_nor_warn(sandbox, make_project):
    sandbox.reset(made(6_000))
    late = made(40, prefix="new", start=datetime.now(UTC) - timedelta(hours=1))
    sandbox.script({"path": "/v1/customers", "nth": 20, "do": "run", "insert": late})
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        frame = fetch(make_project(workers=4))
    assert len(frame) == 6_040
    assert frame.index.is_unique


def test_a_difference_to_the_apis_count_is_told(sandbox, make_project):
    sandbox.reset(made(6_000))
    behind = made(5, prefix="old", start=START - timedelta(days=1))
    meanwhile = {"do": "run", "insert": behind, "remove": ["c-1400"]}
    sandbox.script({"path": "/v1/customers", "nth": 8, **meanwhile})
    project = make_project(workers=4)
    with pytest.warns(IncompleteListingWarning, match=r"Read 5,999 .*counts 6,004"):
        frame = fetch(project)
    assert frame.index.is_unique


def test_a_deletion_meanwhile_costs_no_other_customer(sandbox, make_project):
    sandbox.reset(made(6_000))
    for nth, ref in ((15, "c-4000"), (25, "c-4500"), (30, "c-5900")):
        sandbox.script({"path": "/v1/customers", "nth": nth, "do": "run", "remove": [ref]})
    with contextlib.suppress(IncompleteListingWarning):
        frame = fetch(make_project(workers=4))
    expected = {c["id"] for c in made(6_000)} - {f"cust_c00{n}" for n in (4000, 4500, 5900)}
    assert expected <= set(frame.index)


@pytest.mark.filterwarnings("ignore:This listing takes about")
def test_a_quota_that_comes_back_too_late_is_an_error_and_not_a_hang(sandbox, make_project):
    sandbox.reset(made(6_000))
    sandbox.set(rate_limit={"limit": 20, "window_s": 90_000})
    with pytest.raises(RateLimitError, match="Nothing was sent") as info:
        fetch(make_project(workers=4))
    assert len(info.value.partial) > 0
