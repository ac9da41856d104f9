"""Rows that wait for a part: a piece for each span of time, whatever order the pages come in."""

from __future__ import annotations

import itertools
import random

import pytest

from vfy_notebook.api.listing.remaining import Completed, Span
from vfy_notebook.api.models import Customer
from vfy_notebook.fetch.saving.pieces import with_completed


def completed(from_ms, to_ms, *times_ms):
    customers = [Customer(f"cust_{each}", created_at=None) for each in times_ms]
    ends = (min(times_ms), max(times_ms)) if times_ms else None
    return Completed(customers, Span(from_ms, to_ms), ends)


def put(*found):
    pieces = ()
    for each in found:
        pieces = with_completed(pieces, each)
    return {each.span: (len(each), each.first_ms) for each in pieces}


def ids(piece):
    return {each for batch in piece.packing.batches() for each in batch.ids.to_pylist()}


def test_what_follows_grows_and_what_does_not_is_another_piece():
    assert put(completed(None, 10, 3, 4), completed(50, 60, 55), completed(10, 20)) == {
        Span(None, 20): (2, 3),
        Span(50, 60): (1, 55),
    }


def test_pieces_that_touch_become_one():
    first, second = completed(0, 10, 3), completed(20, 30, 25)
    between = completed(10, 20, 12, 13)
    for order in ((first, second, between), (second, between, first), (between, second, first)):
        assert put(*order) == {Span(0, 30): (4, 3)}


def test_nothing_complete_adds_nothing():
    assert put(Completed([], None, None)) == {}


def test_rows_of_an_empty_span_are_kept():
    """A customer who was placed by the neighbours may come behind the span that is complete."""
    assert put(completed(0, 10, 3), completed(10, 10, 9), completed(10, 20, 11)) == {
        Span(0, 20): (3, 3)
    }


@pytest.mark.parametrize("seed", range(20))
def test_windows_in_any_turn_give_each_row_once_and_in_its_span(seed):
    chance = random.Random(seed)
    bounds = sorted(chance.sample(range(1, 400), 6))
    windows = []
    for begin, end in zip([None, *bounds], [*bounds, 400], strict=True):
        low = 0 if begin is None else begin
        cuts = sorted(chance.sample(range(low, end), min(3, end - low)))
        steps = list(zip([begin, *cuts], [*cuts, end], strict=True))
        windows.append(
            [completed(a, b, *range(0 if a is None else a, b)) for a, b in steps if a != b]
        )
    pieces, written = (), []
    while any(windows):
        window = chance.choice([each for each in windows if each])
        pieces = with_completed(pieces, window.pop(0))
        if chance.random() < 0.2:
            largest = max(pieces, key=len)
            written.append(largest)
            pieces = tuple(each for each in pieces if each is not largest)
    spans = sorted((each.span for each in (*written, *pieces)), key=lambda span: span.from_ms or 0)
    assert all(a.to_ms <= b.from_ms for a, b in itertools.pairwise(spans))
    found = [(each.span, one) for each in (*written, *pieces) for one in ids(each)]
    assert sorted(one for _, one in found) == sorted(f"cust_{ms}" for ms in range(400))
    assert all((span.from_ms or 0) <= int(one[5:]) < span.to_ms for span, one in found)
