"""What a segment's plan shows: never more than there is room for, and never a text that acts."""

from __future__ import annotations

import pandas as pd
import pytest

from tests.forms.conftest import NASTY
from vfy_notebook.api.models import Segment
from vfy_notebook.segments import messages
from vfy_notebook.segments.names import Taken
from vfy_notebook.segments.order import SegmentOrder
from vfy_notebook.segments.plan import SegmentPlan
from vfy_notebook.segments.report import SegmentReport
from vfy_notebook.segments.selection import Selection
from vfy_notebook.segments.verification import Verified

ESCAPES = "\x1b[31mred\n"


def frame(count, text):
    ids = pd.Index([f"cust_{i:05d}{text}" for i in range(count)], dtype="str", name="customer_id")
    columns = {name: [text] * count for name in ("source_id", "name", "email")}
    return pd.DataFrame(columns, index=ids, dtype="str")


def plan(count, text, *, gone=0, named=3):
    taken = [Segment(f"seg_{i}{text}", text or "VIP") for i in range(named)]
    selection = Selection(frame(count, text), tuple(f"gone {i}{text}" for i in range(gone)))
    found = [
        messages.replaced("VIP", taken),
        messages.near_name("VIP", taken),
        messages.cut_off("VIP", taken),
        messages.gone(selection.not_found),
        messages.flag_elsewhere(f"key{text}", selection.ids),
        messages.undefined_flag(f"key{text}"),
        messages.flag_of_another_type("key", f"list of {text}"),
        messages.name_taken(f"VIP{text}", taken),
        messages.too_many(count),
        messages.no_room(100, is_by_choice=True),
        messages.nobody(gone),
    ]
    order = SegmentOrder(f"VIP{text}", selection.ids, selection.digest)
    whois = {}.get
    return SegmentPlan(None, order, selection, Taken(tuple(taken)), True, (), found, whois)


@pytest.mark.parametrize("text", ["", NASTY, ESCAPES, "Ł" * 5_000])
@pytest.mark.parametrize("count", [0, 3, 2_000])
def test_a_plan_is_never_larger_than_there_is_room_for(text, count):
    shown = plan(count, text, gone=count, named=200)
    assert len(str(shown).encode()) < 4_000
    assert len(shown._repr_html_().encode()) < 40_000


@pytest.mark.parametrize("text", [NASTY, ESCAPES])
def test_no_text_of_a_customer_or_server_acts(text):
    shown = plan(3, text, gone=2)
    report = SegmentReport(
        pd.DataFrame({"name": [text]}, index=[f"seg_{text}"]),
        3,
        Verified(2, (f"cust_{text}",), (), ""),
        notes=(messages.made_twice(text, [f"seg_{text}", f"seg_2{text}"]),),
    )
    for page in (shown._repr_html_(), report._repr_html_()):
        assert "<img" not in page
        assert "\x1b" not in page
    for line in (str(shown), repr(shown), repr(report)):
        assert "\x1b" not in line


def test_the_report_tells_the_difference_by_id():
    segment = pd.DataFrame({"name": ["VIP"]}, index=["seg_1"])
    right = SegmentReport(segment, 3, Verified(3))
    assert right.is_verified
    assert right.difference == ""
    wrong = SegmentReport(segment, 3, Verified(3, ("cust_a",), ("cust_b",)))
    assert not wrong.is_verified
    assert "cust_a" in wrong.difference
    assert "cust_b" in repr(wrong)
    unknown = SegmentReport(segment, 3, Verified(unproved="nobody could look"))
    assert not unknown.is_verified
    assert "nobody could look" in unknown.difference


def test_a_selection_is_known_again_whatever_its_order():
    ids = frame(5, "")
    assert Selection(ids).digest == Selection(ids.iloc[::-1]).digest
    assert Selection(ids).digest != Selection(ids.head(4)).digest
    assert not any(each in Selection(ids).digest for each in ids.index)
