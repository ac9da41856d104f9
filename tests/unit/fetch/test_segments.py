"""Finding the segment that is meant."""

from __future__ import annotations

import pytest

from vfy_notebook.api.models import Segment
from vfy_notebook.errors import ArgumentError
from vfy_notebook.fetch.segments import pick_segments, segment_id_of

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
