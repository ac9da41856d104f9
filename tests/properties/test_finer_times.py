"""A clock that is finer than what it shows loses no customer and calls for no accusation."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.properties.finer_server import FinerServer
from tests.properties.listing_server import read_all
from vfy_notebook.api.listing.walking.resolution import Resolution, second_of
from vfy_notebook.api.listing.walking.walk import Walk

BASE_US = 1_700_000_000_000_000

# Steps within a shown time, to its very edges, and beyond it.
MILLISECONDS = [0, 0, 1, 400, 500, 600, 999, 1_000, 1_001, 2_000, 50_000]
SECONDS = [0, 1_000, 400_000, 499_000, 500_000, 999_000, 1_000_000, 1_001_000, 3_000_000]


def created(steps_and_sizes):
    """Customers in groups of ties: each group is (microseconds after the one before, size)."""
    at_us, found = BASE_US, {}
    for step_us, size in steps_and_sizes:
        at_us += step_us
        found |= {f"cust_{len(found) + i:06d}": at_us for i in range(size)}
    return found


def servers(steps, **how):
    groups = st.lists(st.tuples(st.sampled_from(steps), st.integers(1, 9)), max_size=25)
    return st.builds(
        FinerServer,
        created_us=groups.map(created),
        inclusive=st.booleans(),
        cuts_bounds=st.booleans(),
        tells_has_more=st.booleans(),
        tells_total=st.booleans(),
        ties_shuffled=st.integers(0, 5),
        **{"rounded": st.booleans()} | {name: st.just(value) for name, value in how.items()},
    )


any_server = st.one_of(
    servers(MILLISECONDS, compared_us=1, shown_us=1_000),
    servers(SECONDS, compared_us=1_000, shown_us=1_000_000),
    servers(SECONDS, compared_us=1, shown_us=1_000_000),
    servers(SECONDS, compared_us=1_000_000, shown_us=1_000_000),
    servers(SECONDS, compared_us=1_000_000, shown_us=1_000, rounded=False),
)


@given(server=any_server, page_size=st.integers(1, 7), newest_first=st.booleans())
def test_each_customer_comes_exactly_once(server, page_size, newest_first):
    walk = Walk(page_size=page_size, newest_first=newest_first)
    found = [row.id for row in read_all(walk, server)]
    assert sorted(found) == sorted(server.created_us)
    assert walk.distinct == len(server.created_us)


@given(server=any_server, page_size=st.integers(1, 7), data=st.data())
def test_windows_cut_where_shown_times_change_lose_and_double_nothing(server, page_size, data):
    """As a listing does it: the first page, the newest customer, then windows."""
    resolution = Resolution()
    first = Walk(page_size=page_size, resolution=resolution)
    page = server.answer(first.next_request())
    found = [page.rows[i].id for i in first.receive(page)]
    walks = [first]
    shown = [server.shown_ms(customer) for customer in server.created_us]
    resolution.see(shown[-1:])
    if not first.done and second_of(max(shown)) > first.reached_ms + resolution.unit_ms:
        walks.append(first.close(second_of(max(shown))))
    splits = 5
    while walks:
        walk = walks.pop(0)
        if walk.done:
            continue
        assert len(server.requests) < 5_000
        page = server.answer(walk.next_request())
        reached_ms = walk.reached_ms or walk.from_ms
        if (
            splits
            and walk.to_ms is not None
            and reached_ms is not None
            and data.draw(st.booleans())
        ):
            at_ms = second_of(data.draw(st.integers(reached_ms, walk.to_ms)))
            if reached_ms < at_ms < walk.to_ms:
                splits -= 1
                walks.append(walk.split(at_ms))
        found += [page.rows[i].id for i in walk.receive(page)]
        walks.append(walk)
    assert sorted(found) == sorted(server.created_us)


@given(server=any_server, page_size=st.integers(1, 7), data=st.data())
def test_a_span_that_a_user_gives_has_all_that_the_server_says(server, page_size, data):
    within = st.integers(BASE_US // 1_000 - 2, BASE_US // 1_000 + 5_000)
    from_ms, to_ms = sorted([data.draw(within), data.draw(within)])
    walk = Walk(from_ms=from_ms, to_ms=to_ms, page_size=page_size)
    found = [row.id for row in read_all(walk, server)]
    inside = [c for c in server.created_us if from_ms * 1_000 <= server._compared(c)]
    surely = {
        c for c in inside if server._compared(c) < to_ms * 1_000 and server.shown_ms(c) < to_ms
    }
    assert len(found) == len(set(found))
    assert surely <= set(found)


@pytest.mark.parametrize("inclusive", [False, True])
@pytest.mark.parametrize("tells_total", [False, True])
def test_an_import_whose_times_lie_inside_a_shown_millisecond(inclusive, tells_total):
    groups = [(4_600, 1), (400, 250), (55_000, 1), *[(3_000, 1)] * 49]
    server = FinerServer(created(groups), inclusive=inclusive, tells_total=tells_total)
    assert len(read_all(Walk(), server)) == 301
    assert len(server.requests) <= 12


@pytest.mark.parametrize("tells_total", [False, True])
def test_whole_seconds_of_many_customers_take_few_calls(tells_total):
    server = FinerServer(
        created([(16_000, 1)] * 3_000),
        compared_us=1_000,
        shown_us=1_000_000,
        tells_total=tells_total,
    )
    assert len(read_all(Walk(), server)) == 3_000
    assert len(server.requests) <= 110


@pytest.mark.parametrize("ties_shuffled", range(8))
@pytest.mark.parametrize("page_size", [1, 2])
@pytest.mark.parametrize("inclusive", [True, False])
def test_seconds_that_are_compared_as_one_are_found_out_in_few_calls(
    ties_shuffled, page_size, inclusive
):
    """All of the cursor's second comes along, in order by chance, or none of it."""
    server = FinerServer(
        created([(0, 1), (500_000, 1), (1_500_000, 1), (400_000, 2), (3_100_000, 3)]),
        compared_us=1_000_000,
        inclusive=inclusive,
        cuts_bounds=True,
        ties_shuffled=ties_shuffled,
    )
    assert len(read_all(Walk(page_size=page_size), server, calls_at_most=100)) == 8
