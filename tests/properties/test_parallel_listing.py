"""A listing shared by several workers: complete, within its calls, and as much faster as it says.

No thread and no clock here: workers are slots, and whose answer comes next is drawn or counted.
"""

from __future__ import annotations

import itertools
import math
import random
from dataclasses import dataclass

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.properties.listing_server import ListingServer
from tests.properties.sorted_server import SortedServer
from tests.properties.test_walk import BASE_MS, rows_of, servers
from vfy_notebook.api.listing.fetching import max_cuts
from vfy_notebook.api.listing.walking.resolution import second_from, second_of
from vfy_notebook.api.listing.walking.walk import Walk
from vfy_notebook.api.listing.windows import Windows
from vfy_notebook.api.pages import PageRequest, Row


@dataclass
class Slot:
    """A worker: the walk it reads and the answer that is on its way."""

    walk: Walk | None = None
    answer: object = None


def begin(server, *, workers, page_size=100, from_ms=None, to_ms=None, newest_ms=None):
    """A listing after its first page, shared out."""
    first = Walk(from_ms=from_ms, to_ms=to_ms, page_size=page_size)
    windows = Windows([first], span=(from_ms, to_ms), max_cuts=max_cuts(workers))
    page = server.answer(windows.take().next_request())
    found = [page.rows[i].id for i in windows.receive(first, page)]
    if newest_ms is None:
        newest_ms = server.answer(PageRequest(order="-created_at", limit=1)).rows[0].created_ms
    if not first.done and newest_ms > first.reached_ms + 1:
        windows.close(newest_ms, parts=workers)
        return windows, found
    while not first.done:
        page = server.answer(first.next_request())
        found += [page.rows[i].id for i in windows.receive(first, page)]
    return windows, found


# -- complete, in whatever order the answers come ----------------------------------------------


def read_in_drawn_order(server, data, **how):
    return read_in_order(server, lambda slots: data.draw(st.sampled_from(slots)), **how)


def read_in_order(server, choose, *, workers, before_each=lambda: None, **span):
    windows, found = begin(server, workers=workers, **span)
    slots = [Slot() for _ in range(workers)]
    while not windows.done:
        assert len(server.requests) < 5_000, "the listing does not end"
        for slot in slots:
            slot.walk = slot.walk or windows.take()
        flying = [slot for slot in slots if slot.walk is not None]
        assert flying, "work is left and nobody has any"
        slot = choose(flying)
        before_each()
        if slot.answer is None:
            # The API has answered, but the answer is still on its way: others may come first.
            slot.answer = server.answer(slot.walk.next_request())
            continue
        page, slot.answer = slot.answer, None
        found += [page.rows[i].id for i in windows.receive(slot.walk, page)]
        if slot.walk.done:
            slot.walk = None
    return windows, found


@given(
    server=servers,
    page_size=st.integers(1, 7),
    workers=st.integers(1, 5),
    inside=st.floats(0, 1),
    data=st.data(),
)
@settings(max_examples=200, deadline=None)
def test_each_customer_comes_exactly_once_whoever_is_first(
    server, page_size, workers, inside, data
):
    server.tells_total = server.tells_has_more = True  # else a listing is not shared
    times = [row.created_ms for row in server.rows] or [BASE_MS]
    # Any time of the past may serve as the newest customer's.
    newest_ms = round(times[0] + (times[-1] - times[0]) * inside)
    windows, found = read_in_drawn_order(
        server, data, workers=workers, page_size=page_size, newest_ms=newest_ms
    )
    assert sorted(found) == sorted(row.id for row in server.rows)
    assert windows.counted == len(server.rows)


@given(server=servers, page_size=st.integers(1, 7), data=st.data())
@settings(max_examples=150, deadline=None)
def test_a_span_gives_just_its_own_and_counts_as_the_api_does(server, page_size, data):
    server.tells_total = server.tells_has_more = True
    span = st.integers(BASE_MS - 2, BASE_MS + 40)
    from_ms, to_ms = sorted([data.draw(span), data.draw(span)])
    newest_ms = data.draw(st.integers(from_ms, max(from_ms, to_ms - 1)))
    after_ms, before_ms = second_of(from_ms) - 1, second_from(to_ms)
    first_count = server.answer(PageRequest(after_ms=after_ms, before_ms=before_ms)).total
    windows, found = read_in_drawn_order(
        server,
        data,
        workers=3,
        page_size=page_size,
        from_ms=from_ms,
        to_ms=to_ms,
        newest_ms=newest_ms,
    )
    expected = [row.id for row in server.rows if from_ms <= row.created_ms < to_ms]
    assert sorted(found) == sorted(expected)
    assert windows.counted == first_count


@given(
    groups=st.lists(st.integers(1, 8), min_size=1, max_size=8),
    inclusive=st.tuples(st.booleans(), st.booleans()),
    shuffled=st.integers(0, 50),
    largest_page=st.integers(1, 4),
    more=st.integers(1, 4),
    data=st.data(),
)
@settings(max_examples=150, deadline=None)
def test_pages_shorter_than_asked_for_lose_nobody(
    groups, inclusive, shuffled, largest_page, more, data
):
    """How many rows lie before a page cannot be told from its number there."""
    server = ListingServer(
        rows_of([(1, size) for size in groups]),
        cursor_inclusive=inclusive[0],
        bounds_inclusive=inclusive[1],
        ties_shuffled=shuffled,
        largest_page=largest_page,
    )
    newest_ms = server.rows[-1].created_ms
    _, found = read_in_drawn_order(
        server,
        data,
        workers=3,
        page_size=largest_page + more,
        newest_ms=newest_ms,
    )
    assert sorted(found) == sorted(row.id for row in server.rows)


@pytest.mark.parametrize("shuffled", range(5))
def test_a_page_number_that_fits_by_chance_proves_nothing(shuffled):
    """Page 2 of 3 rows each, asked for by 6: as many seemed to be left as the last group has."""
    rows = rows_of([(1, 1), (1, 4), (1, 1), (1, 4), (1, 7)])
    server = ListingServer(rows, bounds_inclusive=True, ties_shuffled=shuffled, largest_page=3)
    _, found = read_in_order(
        server, lambda slots: slots[0], workers=3, page_size=6, newest_ms=rows[-1].created_ms
    )
    assert sorted(found) == sorted(row.id for row in rows)


@pytest.mark.parametrize("seed", range(30))
def test_a_window_that_begins_behind_what_has_come_along_tells_nothing_of_seconds(seed):
    """Its first bound is moved up once times are seen to be shown by the millisecond."""
    server = ListingServer(
        rows_of([(0, 5), (1, 2), (1, 1), (1, 4), (1, 4)]), cursor_inclusive=True, largest_page=3
    )
    rng = random.Random(seed)
    _, found = read_in_order(server, rng.choice, workers=3, page_size=9, newest_ms=BASE_MS + 4)
    assert sorted(found) == sorted(row.id for row in server.rows)


class Shuffling(ListingServer):
    """Gives customers of the same millisecond in another order on each request."""

    def answer(self, request):
        self.ties_shuffled += 1
        self.forget_order()
        return super().answer(request)


@given(
    rows=st.lists(st.tuples(st.sampled_from([1, 2, 50]), st.integers(1, 12)), max_size=20),
    inclusive=st.booleans(),
    page_size=st.integers(2, 7),
    data=st.data(),
)
@settings(max_examples=150, deadline=None)
def test_ties_whose_order_changes_between_pages_lose_nobody(rows, inclusive, page_size, data):
    server = Shuffling(rows_of(rows), bounds_inclusive=inclusive, cursor_inclusive=inclusive)
    newest_ms = max((row.created_ms for row in server.rows), default=BASE_MS)
    _, found = read_in_drawn_order(
        server, data, workers=2, page_size=page_size, newest_ms=newest_ms
    )
    assert sorted(found) == sorted(row.id for row in server.rows)


@given(
    server=servers,
    page_size=st.integers(2, 7),
    arrivals=st.lists(st.tuples(st.integers(0, 40), st.integers(1, 6)), max_size=4),
    leaving=st.lists(st.tuples(st.integers(0, 40), st.integers(0, 200)), max_size=4),
    data=st.data(),
)
@settings(max_examples=150, deadline=None)
def test_customers_who_come_and_go_meanwhile_disturb_no_other(
    server, page_size, arrivals, leaving, data
):
    server.tells_total = server.tells_has_more = True
    server.rows = server.rows or rows_of([(1, 1)])
    before = {row.id for row in server.rows}
    newest_ms = max(row.created_ms for row in server.rows)
    late_ms = newest_ms + 5
    gone: set[str] = set()
    steps = iter(range(10_000))

    def something_happens():
        nonlocal late_ms
        step = next(steps)
        for when, size in arrivals:
            if when == step:
                late_ms += 1
                server.rows += [Row(f"new_{late_ms}_{i}", late_ms) for i in range(size)]
                server.forget_order()
        for when, which in leaving:
            if when == step and server.rows:
                gone.add(server.rows.pop(which % len(server.rows)).id)
                server.forget_order()

    _, found = read_in_drawn_order(
        server,
        data,
        workers=3,
        page_size=page_size,
        newest_ms=newest_ms,
        before_each=something_happens,
    )
    assert len(found) == len(set(found))
    assert before - gone <= set(found)


# -- calls and rounds --------------------------------------------------------------------------

DAY_MS = 86_400_000
SPAN_MS = 1_000 * DAY_MS


def anywhere(chance, count):
    return [BASE_MS + chance.randrange(SPAN_MS) for _ in range(count)]


def growing(chance, count):
    return [
        BASE_MS + int(SPAN_MS * math.log1p(chance.random() * (math.e**5 - 1)) / 5)
        for _ in range(count)
    ]


def shrinking(chance, count):
    return [2 * BASE_MS + SPAN_MS - ms for ms in growing(chance, count)]


def moved_in_on_day(day, seconds=86_400):
    """All but a hundredth came from another system within a day."""

    def times(chance, count):
        import_ms = [
            BASE_MS + day * DAY_MS + chance.randrange(seconds * 1000)
            for _ in range(count - count // 100)
        ]
        return import_ms + anywhere(chance, count // 100)

    return times


def in_imports(largest):
    """A third came in imports in which up to `largest` customers share a millisecond."""

    def times(chance, count):
        made = anywhere(chance, count * 2 // 3)
        while len(made) < count:
            made += [BASE_MS + chance.randrange(SPAN_MS)] * chance.randint(1, largest)
        return made[:count]

    return times


def by_day(chance, count):
    return [
        BASE_MS + chance.randrange(1_000) * DAY_MS + int(chance.gauss(14, 2) * 3_600_000)
        for _ in range(count)
    ]


PATTERNS = {
    "anywhere": anywhere,
    "growing": growing,
    "shrinking": shrinking,
    "moved in first": moved_in_on_day(0),
    "moved in later": moved_in_on_day(600),
    "moved in last": moved_in_on_day(999),
    "moved in within a second": moved_in_on_day(600, seconds=1),
    "small imports": in_imports(9),
    "large imports": in_imports(400),
    "by day": by_day,
}


def read_in_rounds(server, *, workers):
    """Read with answers that all take equally long; gives what was found and the rounds taken."""
    windows, found = begin(server, workers=workers)
    rounds = len(server.requests)
    walks: list[Walk | None] = [None] * workers
    while not windows.done:
        rounds += 1
        walks = [walk or windows.take() for walk in walks]
        pages = [server.answer(walk.next_request()) if walk else None for walk in walks]
        for i, (walk, page) in enumerate(zip(walks, pages, strict=True)):
            if walk is not None:
                found += [page.rows[j].id for j in windows.receive(walk, page)]
                walks[i] = None if walk.done else walk
    return found, rounds


@pytest.mark.parametrize("pattern", PATTERNS)
def test_eight_workers_are_five_times_as_fast_as_one(pattern):
    # Each call takes the same 100 ms, so what counts is how many follow one another.
    times = PATTERNS[pattern](random.Random(1), 20_000)
    alone, shared = SortedServer(list(times)), SortedServer(list(times))
    found_alone, rounds_alone = read_in_rounds(alone, workers=1)
    found, rounds = read_in_rounds(shared, workers=8)
    assert len(set(found_alone)) == len(set(found)) == len(found) == 20_000
    assert rounds_alone == len(alone.requests)
    assert rounds * 5 <= rounds_alone


@pytest.mark.parametrize("workers", [1, 2, 4, 8, 16])
@pytest.mark.parametrize("pattern", PATTERNS)
def test_calls_are_the_pages_and_at_most_four_a_worker(pattern, workers):
    count = 50_000
    server = SortedServer(PATTERNS[pattern](random.Random(workers), count))
    found, _ = read_in_rounds(server, workers=workers)
    assert len(set(found)) == len(found) == count
    assert len(server.requests) <= count // 100 + 4 * workers


@pytest.mark.parametrize("count", [10_000, 20_001, 30_000, 30_099])
def test_alone_and_without_ties_calls_are_the_pages_and_two(count):
    server = SortedServer([BASE_MS + 5 * i for i in range(count)])
    found, _ = read_in_rounds(server, workers=1)
    assert len(set(found)) == count
    assert len(server.requests) <= -(-count // 100) + 2


def test_who_is_created_meanwhile_comes_with_the_last_window():
    server = SortedServer([BASE_MS + 1_000 * i for i in range(10_000)])
    windows, found = begin(server, workers=2)
    walks: list[Walk | None] = [None, None]
    while not windows.done:
        if len(server.requests) == 50:
            server.times.append(server.times[-1] + 7)
        walks = [walk or windows.take() for walk in walks]
        for i, walk in enumerate(walks):
            if walk is not None:
                page = server.answer(walk.next_request())
                found += [page.rows[j].id for j in windows.receive(walk, page)]
                walks[i] = None if walk.done else walk
    assert len(set(found)) == len(found) == 10_001


def test_who_is_idle_takes_the_later_part_of_the_largest_window_left():
    server = SortedServer([BASE_MS + 1_000 * i for i in range(9_000)])
    windows, _ = begin(server, workers=3)
    first, second, third = (windows.take() for _ in range(3))
    for walk, pages in ((first, 25), (second, 2), (third, 10)):
        for _ in range(pages):
            windows.receive(walk, server.answer(walk.next_request()))
    ends_ms = second.to_ms
    stolen = windows.take()
    assert (stolen.from_ms, stolen.to_ms) == (second.to_ms, ends_ms)
    assert second.reached_ms < second.to_ms < ends_ms
    spans = sorted((walk.from_ms or 0, walk.to_ms) for walk in (first, second, third, stolen))
    assert all(before[1] == after[0] for before, after in itertools.pairwise(spans))


def test_a_window_is_not_cut_where_it_would_not_pay():
    server = SortedServer([BASE_MS + 1_000 * i for i in range(450)])
    windows, _ = begin(server, workers=1)
    windows.take()
    assert windows.take() is None
