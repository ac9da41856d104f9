"""Listing under any pattern of tied timestamps gives each customer exactly once."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.properties.listing_server import ListingServer, read_all
from vfy_notebook.api.listing.walking.ties import Place, TieGroup
from vfy_notebook.api.listing.walking.walk import Walk
from vfy_notebook.api.pages import Page, Row
from vfy_notebook.errors import ResponseError, TieGroupError

BASE_MS = 1_700_000_000_000


def rows_of(groups: list[tuple[int, int]]) -> list[Row]:
    """Rows in groups of ties: each group is (milliseconds after the one before, size)."""
    rows, at_ms = [], BASE_MS
    for gap_ms, size in groups:
        at_ms += gap_ms
        rows += [Row(f"cust_{len(rows) + i:06d}", at_ms) for i in range(size)]
    return rows


# Small pages make the edges frequent; gaps of 1 and 2 ms are where an off-by-one would hide.
tie_groups = st.lists(
    st.tuples(st.sampled_from([1, 1, 2, 3, 1000]), st.integers(1, 9)), max_size=25
).map(rows_of)

servers = st.builds(
    ListingServer,
    rows=tie_groups,
    cursor_inclusive=st.booleans(),
    bounds_inclusive=st.booleans(),
    tells_has_more=st.booleans(),
    tells_total=st.booleans(),
    ties_shuffled=st.integers(0, 5),
    largest_page=st.sampled_from([3, 100]),
)


@given(server=servers, page_size=st.integers(1, 7), newest_first=st.booleans())
def test_each_customer_comes_exactly_once(server, page_size, newest_first):
    walk = Walk(page_size=page_size, newest_first=newest_first)
    found = read_all(walk, server)
    assert sorted(row.id for row in found) == sorted(row.id for row in server.rows)
    assert walk.distinct == len(server.rows)


@given(server=servers, page_size=st.integers(1, 7), data=st.data())
def test_a_closed_window_gives_just_its_own(server, page_size, data):
    times = st.integers(BASE_MS - 2, BASE_MS + 40)
    from_ms, to_ms = sorted([data.draw(times), data.draw(times)])
    walk = Walk(from_ms=from_ms, to_ms=to_ms, page_size=page_size, closed=True)
    found = read_all(walk, server)
    expected = [row.id for row in server.rows if from_ms <= row.created_ms < to_ms]
    assert sorted(row.id for row in found) == sorted(expected)


@given(server=servers, page_size=st.integers(1, 7), data=st.data())
def test_a_window_split_on_the_way_loses_and_doubles_nothing(server, page_size, data):
    end_ms = BASE_MS + 30_000
    walks = [Walk(from_ms=BASE_MS, to_ms=end_ms, page_size=page_size, closed=True)]
    found: list[str] = []
    splits = 5
    while walks:
        walk = walks[0]
        if walk.done:
            walks.pop(0)
            continue
        assert len(server.requests) < 5_000
        request = walk.next_request()
        page = server.answer(request)
        reached_ms = walk.reached_ms or walk.from_ms
        if splits and reached_ms + 1 < walk.to_ms and data.draw(st.booleans()):
            splits -= 1
            # The split comes while a page is under way, as another thread would do it.
            walks.append(walk.split(data.draw(st.integers(reached_ms + 1, walk.to_ms - 1))))
        found += [page.rows[i].id for i in walk.receive(page)]
        walks.append(walks.pop(0))
    assert sorted(found) == sorted(row.id for row in server.rows if row.created_ms < end_ms)


@given(
    server=servers,
    page_size=st.integers(2, 7),
    arrivals=st.lists(st.tuples(st.integers(0, 20), st.integers(1, 6)), max_size=6),
    leaving=st.lists(st.tuples(st.integers(0, 20), st.integers(0, 200)), max_size=6),
)
def test_customers_who_come_and_go_meanwhile_disturb_no_other(server, page_size, arrivals, leaving):
    server.tells_total = True  # without it, a deletion inside a long tie group cannot be seen
    before = {row.id for row in server.rows}
    gone: set[str] = set()
    walk = Walk(page_size=page_size)
    found: list[str] = []
    newest_ms = max((row.created_ms for row in server.rows), default=BASE_MS)
    while not walk.done:
        assert len(server.requests) < 5_000
        step = len(server.requests)
        for when, size in arrivals:
            if when == step:
                newest_ms += 1
                server.forget_order()
                server.rows += [Row(f"new_{newest_ms}_{i}", newest_ms) for i in range(size)]
        for when, which in leaving:
            if when == step and server.rows:
                server.forget_order()
                gone.add(server.rows.pop(which % len(server.rows)).id)
        page = server.answer(walk.next_request())
        found += [page.rows[i].id for i in walk.receive(page)]
    assert len(found) == len(set(found))
    assert before - gone <= set(found)


@pytest.mark.parametrize("newest_first", [False, True])
@pytest.mark.parametrize("count", [0, 1, 99, 100, 101, 2_357, 5_000])
def test_without_ties_calls_are_pages_and_two(count, newest_first):
    server = ListingServer(rows_of([(5, 1)] * count))
    assert len(read_all(Walk(newest_first=newest_first), server)) == count
    assert len(server.requests) <= max(1, -(-count // 100)) + 2


@pytest.mark.parametrize("bounds_inclusive", [False, True])
def test_a_closed_window_reads_no_row_twice(bounds_inclusive):
    rows = rows_of([(5, 1)] * 30_000)
    server = ListingServer(rows, bounds_inclusive=bounds_inclusive)
    walk = Walk(from_ms=BASE_MS, to_ms=rows[-1].created_ms + 1, closed=True)
    assert len(read_all(walk, server)) == 30_000
    assert len(server.requests) <= 300 + 2


@pytest.mark.parametrize("has_more", [True, False])
@pytest.mark.parametrize("inclusive", [True, False])
def test_a_tie_group_longer_than_page_numbers_reach(inclusive, has_more):
    rows = rows_of([(1, 5), (1, 12_000), (1, 5)])
    server = ListingServer(
        rows, cursor_inclusive=inclusive, bounds_inclusive=inclusive, tells_has_more=has_more
    )
    found = read_all(Walk(), server)
    assert sorted(row.id for row in found) == sorted(row.id for row in rows)


def test_a_tie_group_that_no_order_exhausts_is_named():
    server = ListingServer(rows_of([(1, 5), (1, 25_000)]))
    with pytest.raises(TieGroupError, match=r"25,000 customers .* 2023-11-14T22:13:20.002Z"):
        read_all(Walk(), server)


def test_a_server_that_repeats_itself_is_caught():
    rows = rows_of([(1, 1)] * 100)

    class Parrot(ListingServer):
        def answer(self, request):
            self.requests.append(request)
            return Page.of(rows, total=None, has_more=True)

    server = Parrot(rows)
    with pytest.raises(ResponseError, match="cursor"):
        read_all(Walk(), server)
    assert len(server.requests) < 10


def test_a_server_that_repeats_a_tie_group_for_ever_is_caught():
    rows = rows_of([(1, 100)])

    class Parrot(ListingServer):
        def answer(self, request):
            self.requests.append(request)
            return Page.of(rows, total=None, has_more=True)

    server = Parrot(rows)
    with pytest.raises((ResponseError, TieGroupError)):
        read_all(Walk(), server)
    assert len(server.requests) < 600


def test_a_server_that_knows_no_page_numbers_costs_few_calls():
    class FirstPages(ListingServer):
        def answer(self, request):
            return super().answer(replace(request, page=None))

    server = FirstPages(rows_of([(1, 1)]), tells_total=False, tells_has_more=False)
    assert len(read_all(Walk(), server)) == 1
    assert len(server.requests) < 6


def test_rows_out_of_order_are_refused():
    rows = rows_of([(1_000, 1)] * 5)
    walk = Walk()
    walk.next_request()
    with pytest.raises(ResponseError, match="order"):
        walk.receive(Page.of(rows[::-1], total=5, has_more=False))


def test_a_customer_twice_on_a_page_comes_once():
    rows = rows_of([(1, 1)] * 5)
    walk = Walk()
    walk.next_request()
    assert walk.receive(Page.of([*rows, rows[-1]], total=5, has_more=False)) == [0, 1, 2, 3, 4]
    assert walk.distinct == 5


def test_the_beginning_of_time_is_no_reason_to_fail():
    year_1_ms = -62_135_596_800_000
    server = ListingServer([Row(f"cust_{i}", year_1_ms) for i in range(7)])
    assert server.answer(Walk(page_size=3).next_request()).rows
    requests = []
    walk = Walk(page_size=3)
    while not walk.done:
        requests.append(walk.next_request())
        requests[-1].params()
        walk.receive(server.answer(requests[-1]))
    assert walk.distinct == 7


@given(
    server=servers,
    page_size=st.integers(1, 7),
    begins=st.integers(-2, 40),
    closed=st.booleans(),
)
def test_what_is_called_complete_is(server, page_size, begins, closed):
    from_ms = BASE_MS + begins
    walk = Walk(from_ms=from_ms, to_ms=from_ms + 30, page_size=page_size, closed=closed)
    own = [row for row in server.rows if from_ms <= row.created_ms < from_ms + 30]
    for found in read_on(walk, server):
        assert from_ms <= walk.complete_before_ms <= from_ms + 30
        assert {row.id for row in own if row.created_ms < walk.complete_before_ms} <= found


def read_on(walk, server):
    """Read it page by page; gives the ids of all that has come, after each."""
    found: set[str] = set()
    while not walk.done:
        page = server.answer(walk.next_request())
        found |= {page.rows[i].id for i in walk.receive(page)}
        yield found


def test_what_lies_behind_ties_that_fell_through_a_seam_is_not_called_complete():
    """The third row's tie comes on no page of three rows: only `total` tells of it."""
    server = ListingServer(rows_of([(0, 1), (9_000, 1), (9_000, 2), *[(9_000, 1)] * 5]))
    to_ms = server.rows[-1].created_ms + 1
    walk = Walk(from_ms=BASE_MS, to_ms=to_ms, page_size=3, closed=True)
    is_ahead = []
    for found in read_on(walk, server):
        complete = [row.id for row in server.rows if row.created_ms < walk.complete_before_ms]
        assert found.issuperset(complete)
        is_ahead.append(len(found) > len(complete) + 2)
    assert any(is_ahead)
    assert len(found) == len(server.rows)


def test_behind_a_group_of_ties_the_page_is_asked_for_on_which_it_ends():
    rows = rows_of([(1, 5)])
    ties = TieGroup(Place(rows[0].created_ms), page_size=2)
    for at in (0, 2, 4):
        ties.receive(Page.of(rows[at : at + 2], total=5, has_more=at < 4))
    assert ties.done
    assert ties.following(None).page == 3
