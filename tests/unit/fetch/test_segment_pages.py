"""Reading all segments, whatever the server tells and heeds."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vfy_notebook.api.models import Segment, SegmentPage
from vfy_notebook.api.operations import SEGMENT_BOUNDS
from vfy_notebook.api.pages import iso_from_ms, ms_from_iso
from vfy_notebook.errors import (
    ApiError,
    IncompleteListingWarning,
    ResponseError,
    ServerError,
    TieGroupError,
)
from vfy_notebook.fetch.segment_pages import read_all

BASE_MS = 1_700_000_000_000


def made(groups):
    """Segments in groups of ties: each group is (milliseconds after the one before, size)."""
    segments, at_ms = [], BASE_MS
    for gap_ms, size in groups:
        at_ms += gap_ms
        segments += [
            Segment(f"seg_{len(segments) + i:04d}", "x", created_at=iso_from_ms(at_ms))
            for i in range(size)
        ]
    return segments


class Pages:
    """Answers like `GET /v1/segments?limit=100`; heeds one spelling of paging."""

    def __init__(
        self,
        segments,
        *,
        inclusive=False,
        tells_total=True,
        tells_has_more=False,
        heeded=SEGMENT_BOUNDS[0],
        strict=False,
        counts_all=False,
        largest_page=100,
    ):
        self.segments = segments
        self.heeded = heeded
        self.strict = strict
        self.counts_all = counts_all
        self.largest_page = largest_page
        self.inclusive = inclusive
        self.tells_total = tells_total
        self.tells_has_more = tells_has_more
        self.asked = []

    def __call__(self, *, newest_first=False, after_ms=None, bounds=SEGMENT_BOUNDS):
        self.asked.append(after_ms)
        assert len(self.asked) < 1_000, "the walk does not end"
        if self.strict and after_ms is not None and set(bounds) != {self.heeded}:
            raise ApiError("unknown parameter", status=400)
        slack = 1 if self.inclusive else 0
        found = [
            s
            for s in self.segments
            if after_ms is None
            or self.heeded not in bounds
            or ms_from_iso(s.created_at) > after_ms - slack
        ]
        shown = found[::-1] if newest_first else found
        return SegmentPage(
            shown[: self.largest_page],
            total=len(self.segments if self.counts_all else found) if self.tells_total else None,
            has_more=len(found) > self.largest_page if self.tells_has_more else None,
        )


groups = st.lists(
    st.tuples(st.sampled_from([1, 1, 2, 1000]), st.integers(1, 40) | st.integers(90, 99)),
    max_size=20,
)


@given(
    groups=groups,
    server=st.fixed_dictionaries(
        {
            **dict.fromkeys(
                ("inclusive", "tells_total", "tells_has_more", "strict", "counts_all"),
                st.booleans(),
            ),
            "heeded": st.sampled_from(SEGMENT_BOUNDS),
        }
    ),
)
def test_each_segment_comes_once_under_any_ties(groups, server):
    segments = made(groups)
    assert read_all(Pages(segments, **server)) == segments


@pytest.mark.parametrize(("number", "calls"), [(0, 1), (1, 1), (100, 1), (101, 2), (450, 5)])
def test_a_call_for_every_hundred(number, calls):
    pages = Pages(made([(10, 1)] * number))
    assert len(read_all(pages)) == number
    assert len(pages.asked) == calls


def test_ninety_nine_tied_are_read_and_more_are_refused():
    assert len(read_all(Pages(made([(1, 50), (5, 99), (5, 50)])))) == 199
    pages = Pages(made([(1, 50), (5, 150), (5, 50)]))
    with pytest.raises(TieGroupError, match=r"2023-11-14T22:13:20.006Z.* Give the ids"):
        read_all(pages)
    assert len(pages.asked) <= 3


@pytest.mark.parametrize("strict", [True, False])
@pytest.mark.parametrize("tells_total", [True, False])
@pytest.mark.parametrize(("number", "is_all"), [(101, True), (199, True), (201, False)])
def test_a_server_that_heeds_no_spelling_shows_both_ends(number, is_all, tells_total, strict):
    segments = made([(10, 1)] * number)
    pages = Pages(segments, heeded=None, strict=strict, tells_total=tells_total)
    if is_all:
        assert read_all(pages) == segments
    else:
        with pytest.raises(ResponseError, match=r"heeds none.*starting_after.*Give the ids"):
            read_all(pages)
    assert len(pages.asked) == 2 + (4 if strict else 1)


def test_another_refusal_than_of_a_parameter_is_not_hidden():
    pages = Pages(made([(10, 1)] * 150))

    def ask(**arguments):
        if arguments.get("after_ms") is not None:
            raise ServerError("down", status=503)
        return pages(**arguments)

    with pytest.raises(ServerError):
        read_all(ask)


def test_pages_out_of_order_are_refused_but_one_page_may_be():
    segments = made([(10, 1)] * 150)[::-1]
    with pytest.raises(ResponseError, match="order"):
        read_all(Pages(segments))
    assert read_all(Pages(segments[:90])) == segments[:90][::-1]


def test_a_segment_without_a_time_is_no_obstacle_unless_there_is_another_page():
    timeless = Segment("seg_t", "x")
    assert read_all(lambda **_: SegmentPage([timeless], total=1)) == [timeless]
    with pytest.raises(ResponseError, match="without their time"):
        read_all(lambda **_: SegmentPage([timeless], total=2))


def test_segments_that_went_meanwhile_are_reported():
    segments = made([(10, 1)] * 150)

    def ask(after_ms=None, **bounds):
        return Pages(segments if after_ms is None else segments[:120])(after_ms=after_ms, **bounds)

    with pytest.warns(IncompleteListingWarning, match="Read 120 segments, but the API counted 150"):
        assert len(read_all(ask)) == 120


@pytest.mark.parametrize("inclusive", [True, False])
@pytest.mark.parametrize("ties", [1, 5, 10])
@pytest.mark.parametrize("number", [1, 9, 10, 35, 100])
def test_a_server_that_makes_its_own_pages_and_tells_nothing_loses_none(number, ties, inclusive):
    segments = made([(10, ties)] * (number // ties))
    pages = Pages(segments, largest_page=10, tells_total=False, inclusive=inclusive)
    if ties < 10 or len(segments) <= 10:
        assert read_all(pages) == segments
    else:
        with pytest.raises((ResponseError, TieGroupError), match="Give the ids"):
            read_all(pages)


def test_a_refusal_tells_what_it_has_seen():
    pages = Pages(made([(10, 1)] * 35), largest_page=10, tells_total=False, heeded=None)
    with pytest.raises(ResponseError, match="the oldest 10 and the newest 10 segments"):
        read_all(pages)


@given(
    groups=st.lists(st.tuples(st.sampled_from([1, 2, 1000]), st.integers(1, 9)), max_size=9),
    inclusive=st.booleans(),
    tells_has_more=st.booleans(),
    heeded=st.sampled_from([*SEGMENT_BOUNDS, None]),
)
def test_none_is_lost_without_a_word_whatever_the_pages(groups, inclusive, tells_has_more, heeded):
    segments = made(groups)
    pages = Pages(
        segments,
        largest_page=10,
        tells_total=False,
        inclusive=inclusive,
        tells_has_more=tells_has_more,
        heeded=heeded,
    )
    try:
        found = read_all(pages)
    except (ResponseError, TieGroupError):
        assert heeded is None
    else:
        assert found == segments
