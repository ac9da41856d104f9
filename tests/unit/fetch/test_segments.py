"""Reading all segments, and finding the one that is meant."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vfy_notebook.api.models import Segment, SegmentPage
from vfy_notebook.api.pages import iso_from_ms, ms_from_iso
from vfy_notebook.errors import (
    ArgumentError,
    IncompleteListingWarning,
    ResponseError,
    TieGroupError,
)
from vfy_notebook.fetch.segments import pick_segments, read_all, segment_id_of

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
    """Answers like `GET /v1/segments?order=created_at&limit=100`."""

    def __init__(self, segments, *, inclusive=False, tells_total=True, tells_has_more=False):
        self.segments = segments
        self.inclusive = inclusive
        self.tells_total = tells_total
        self.tells_has_more = tells_has_more
        self.asked = []

    def __call__(self, after_ms):
        self.asked.append(after_ms)
        assert len(self.asked) < 1_000, "the walk does not end"
        slack = 1 if self.inclusive else 0
        found = [
            s
            for s in self.segments
            if after_ms is None or ms_from_iso(s.created_at) > after_ms - slack
        ]
        return SegmentPage(
            found[:100],
            total=len(found) if self.tells_total else None,
            has_more=len(found) > 100 if self.tells_has_more else None,
        )


groups = st.lists(
    st.tuples(st.sampled_from([1, 1, 2, 1000]), st.integers(1, 40) | st.integers(90, 99)),
    max_size=20,
)


@given(
    groups=groups,
    inclusive=st.booleans(),
    tells_total=st.booleans(),
    tells_has_more=st.booleans(),
)
def test_each_segment_comes_once_under_any_ties(groups, inclusive, tells_total, tells_has_more):
    segments = made(groups)
    pages = Pages(
        segments, inclusive=inclusive, tells_total=tells_total, tells_has_more=tells_has_more
    )
    assert read_all(pages) == segments


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


def test_a_server_that_heeds_no_bound_is_caught():
    segments = made([(10, 1)] * 150)
    asked = []

    def ask(after_ms):
        asked.append(after_ms)
        return SegmentPage(segments[:100], total=150)

    with pytest.raises(TieGroupError):
        read_all(ask)
    assert len(asked) <= 3


def test_pages_out_of_order_are_refused_but_one_page_may_be():
    segments = made([(10, 1)] * 150)[::-1]
    with pytest.raises(ResponseError, match="order"):
        read_all(Pages(segments))
    assert read_all(Pages(segments[:90])) == segments[:90][::-1]


def test_a_segment_without_a_time_is_no_obstacle_unless_there_is_another_page():
    timeless = Segment("seg_t", "x")
    assert read_all(lambda _after_ms: SegmentPage([timeless], total=1)) == [timeless]
    with pytest.raises(ResponseError, match="without their time"):
        read_all(lambda _after_ms: SegmentPage([timeless], total=2))


def test_segments_that_went_meanwhile_are_reported():
    segments = made([(10, 1)] * 150)

    def ask(after_ms):
        return Pages(segments if after_ms is None else segments[:120])(after_ms)

    with pytest.warns(IncompleteListingWarning, match="Read 120 segments, but the API counted 150"):
        assert len(read_all(ask)) == 120


# -- which one is meant ----------------------------------------------------------------------------

KNOWN = [
    Segment("seg_1", "Gold tier"),
    Segment("seg_2", "VIP"),
    Segment("seg_3", "VIP"),
    Segment("seg_4", None),
    Segment("seg_5", "Łódź"),
    Segment("seg_6", "seg_1"),
]


def test_by_id_or_by_a_name_that_is_one_segments_alone():
    found = pick_segments(KNOWN, ["seg_3", "Gold tier", "Łódź", "seg_4"])
    assert [s.id for s in found] == ["seg_3", "seg_1", "seg_5", "seg_4"]


def test_an_id_wins_over_a_name_that_looks_like_it():
    assert pick_segments(KNOWN, ["seg_1"])[0].name == "Gold tier"


def test_a_name_of_several_is_refused_with_their_ids():
    with pytest.raises(ArgumentError, match=r"2 segments are called 'VIP'.*'seg_2', 'seg_3'"):
        pick_segments(KNOWN, ["VIP"])


@pytest.mark.parametrize(
    ("asked", "near"),
    [("gold teir", "'Gold tier'"), ("vip", "'VIP'"), ("łodź", "'Łódź'"), ("tier", "'Gold tier'")],
)
def test_an_unknown_name_is_refused_with_near_ones(asked, near):
    with pytest.raises(ArgumentError, match=f"{asked}.*Near names: {near}.*fetch_segments"):
        pick_segments(KNOWN, [asked])


def test_a_name_like_no_other_is_refused_all_the_same():
    with pytest.raises(ArgumentError, match=r"'zzz'\. project\.fetch_segments\(\) lists"):
        pick_segments(KNOWN, ["zzz"])


def test_an_id_needs_no_call():
    assert segment_id_of(None, "seg_whatever") == "seg_whatever"


@pytest.mark.parametrize("bad", ["", 5, None, ["seg_1"]])
def test_what_is_no_text_is_no_segment(bad):
    with pytest.raises(ArgumentError, match="give an id"):
        segment_id_of(None, bad)
