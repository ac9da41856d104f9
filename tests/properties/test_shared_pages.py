"""Pages read ahead by their numbers: each customer once, whatever happens and whoever is first."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.properties.listing_server import ListingServer
from tests.properties.test_parallel_listing import Shuffling, begin
from tests.properties.test_walk import rows_of, servers
from vfy_notebook.api.listing.shared_pages import SharedPages


def read_in_order(server, choose, *, workers, before_each=lambda: None, **span):
    """Read all, `choose` deciding who is answered next; gives the ids and the calls in vain."""
    windows, found = begin(server, workers=workers, **span)

    def take(walk, page):
        return [page.rows[i].id for i in windows.receive(walk, page)]

    pages = SharedPages(windows, take)
    flying = []
    vain = 0
    while True:
        assert len(server.requests) < 5_000, "the listing does not end"
        while len(flying) < workers and (page := pages.take()) is not None:
            flying.append([page, None])
        if not flying:
            break
        at = choose(range(len(flying)))
        before_each()
        page, answer = flying[at]
        if answer is None:
            flying[at][1] = server.answer(page.next_request())
            continue
        del flying[at]
        vain += page.ahead is not None and pages._ahead.get(page.walk) is not page.ahead
        for ids in pages.receive(page, answer):
            found += ids
    assert windows.done
    return found, vain


@given(
    server=servers,
    page_size=st.integers(1, 7),
    workers=st.integers(2, 6),
    data=st.data(),
)
@settings(max_examples=60, deadline=None)
def test_each_customer_comes_exactly_once(server, page_size, workers, data):
    server.tells_total = server.tells_has_more = True
    if not server.rows:
        return
    found, _ = read_in_order(
        server,
        lambda places: data.draw(st.sampled_from(places)),
        workers=workers,
        page_size=page_size,
        newest_ms=max(row.created_ms for row in server.rows),
    )
    assert sorted(found) == sorted(row.id for row in server.rows)


@given(
    rows=st.lists(st.tuples(st.sampled_from([1, 2, 50]), st.integers(1, 12)), max_size=20),
    inclusive=st.booleans(),
    page_size=st.integers(2, 7),
    data=st.data(),
)
@settings(max_examples=60, deadline=None)
def test_ties_whose_order_changes_between_pages_lose_nobody(rows, inclusive, page_size, data):
    server = Shuffling(rows_of(rows), bounds_inclusive=inclusive, cursor_inclusive=inclusive)
    found, _ = read_in_order(
        server,
        lambda places: data.draw(st.sampled_from(places)),
        workers=4,
        page_size=page_size,
        newest_ms=max((row.created_ms for row in server.rows), default=1),
    )
    assert sorted(found) == sorted(row.id for row in server.rows)


@given(
    server=servers,
    page_size=st.integers(2, 7),
    leaving=st.lists(st.tuples(st.integers(0, 40), st.integers(0, 200)), max_size=4),
    data=st.data(),
)
@settings(max_examples=60, deadline=None)
def test_who_is_deleted_meanwhile_disturbs_no_other(server, page_size, leaving, data):
    server.tells_total = server.tells_has_more = True
    server.rows = server.rows or rows_of([(1, 1)])
    before = {row.id for row in server.rows}
    gone = set()
    steps = iter(range(10_000))

    def someone_leaves():
        step = next(steps)
        for when, which in leaving:
            if when == step and server.rows:
                gone.add(server.rows.pop(which % len(server.rows)).id)
                server.forget_order()

    found, _ = read_in_order(
        server,
        lambda places: data.draw(st.sampled_from(places)),
        workers=4,
        page_size=page_size,
        newest_ms=max(row.created_ms for row in server.rows),
        before_each=someone_leaves,
    )
    assert len(found) == len(set(found))
    assert before - gone <= set(found)


def test_pages_shorter_than_asked_for_are_soon_not_read_ahead():
    """Their numbers lead nowhere: one try for each window, not one for each page."""
    rows = rows_of([(1000, 1)] * 400)
    server = ListingServer(rows, largest_page=5)
    found, vain = read_in_order(
        server, lambda places: places[-1], workers=4, page_size=10, newest_ms=rows[-1].created_ms
    )
    assert sorted(found) == sorted(row.id for row in rows)
    assert vain <= 4 * 4


@pytest.mark.parametrize("first", [0, -1])
def test_a_window_that_no_time_divides_is_shared(first):
    """Eight hundred customers of one second: answers come in turn or backwards, none in vain."""
    rows = rows_of([(1, 1)] * 800)
    server = ListingServer(rows)
    found, vain = read_in_order(
        server,
        lambda places: places[first],
        workers=8,
        page_size=10,
        newest_ms=rows[-1].created_ms,
    )
    assert sorted(found) == sorted(row.id for row in rows)
    assert vain == 0
    assert any((request.page or 1) > 8 for request in server.requests)
