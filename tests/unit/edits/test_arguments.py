from __future__ import annotations

import pandas as pd
import pytest

from tests.unit.edits.frames import some_frame
from vfy_notebook.edits.arguments import check_frames, check_options
from vfy_notebook.errors import ArgumentError, PlanError


@pytest.mark.parametrize("given", [None, [1], pd.Series([1])])
def test_what_is_no_frame_is_refused(given):
    frame = some_frame()
    with pytest.raises(ArgumentError, match="not a DataFrame"):
        check_frames(frame, given)
    with pytest.raises(ArgumentError, match="before is a"):
        check_frames(given, frame)


def test_doubled_customers_are_refused_by_name():
    frame = some_frame(2)
    with pytest.raises(PlanError, match=r"after has 1 customer \(cust_1\) more than once"):
        check_frames(frame, pd.concat([frame, frame.iloc[[1]]]))


def test_doubled_columns_are_refused_by_name():
    frame = some_frame(2)
    with pytest.raises(PlanError, match="columns twice: email"):
        check_frames(frame, frame[["name", "email", "email"]])


def test_a_frame_with_another_index_is_refused_with_the_way_out():
    frame = some_frame(2)
    with pytest.raises(PlanError, match=r"after.set_index\('customer_id'\)"):
        check_frames(frame, frame.reset_index())
    twofold = frame.set_index("email", append=True)
    with pytest.raises(PlanError, match="not indexed"):
        check_frames(frame, twofold)


def test_before_must_be_whole():
    frame = some_frame(2)
    with pytest.raises(PlanError, match="before lacks the columns updated_at"):
        check_frames(frame.drop(columns="updated_at"), frame)


def test_any_part_will_do_as_after():
    frame = some_frame(2)
    check_frames(frame, frame[["name"]].iloc[:0])


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"on_conflict": "ignore"}, "on_conflict='ignore' is not one of 'refuse'"),
        ({"max_records": 0}, "max_records=0"),
        ({"max_records": True}, "max_records=True"),
        ({"max_records": 2.0}, "max_records=2.0"),
    ],
)
def test_options_that_are_none_are_refused(options, told):
    with pytest.raises(ArgumentError, match=told):
        check_options(**{"on_conflict": "skip", "max_records": 1, **options})
