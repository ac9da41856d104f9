"""Segments and memberships as DataFrames."""

from __future__ import annotations

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import vfy_notebook as vfy
from vfy_notebook.api.models import Segment, SegmentRef
from vfy_notebook.errors import ArgumentError
from vfy_notebook.frames.segments.memberships import customer_ids, memberships_frame
from vfy_notebook.frames.segments.segments import (
    customer_segments_frame,
    segment_labels,
    segments_frame,
    segments_from_frame,
)

SEGMENTS = [
    Segment("seg_a", "VIP", "static", None, "2025-07-07T09:00:00.000Z", None),
    Segment(
        "seg_b",
        "Łódź <b>",
        "auto-update",
        {"junction": "and", "x": [1]},
        "2025-07-08T09:00:00.123Z",
        "2026-01-01T00:00:00.000Z",
    ),
    Segment("seg_c"),
]

SEGMENT_DTYPES = {
    "name": "str",
    "type": "str",
    "filter": "object",
    "created_at": "datetime64[us, UTC]",
    "updated_at": "datetime64[us, UTC]",
}


# -- segments --------------------------------------------------------------------------------------


@pytest.mark.parametrize("segments", [SEGMENTS, []])
def test_segments_have_the_same_columns_for_no_rows_too(segments):
    frame = segments_frame(segments)
    assert frame.dtypes.astype(str).to_dict() == SEGMENT_DTYPES
    assert frame.index.name == "segment_id"
    assert frame.index.dtype == "str"
    assert list(frame.index) == [s.id for s in segments]


def test_a_filter_is_kept_as_it_is():
    frame = segments_frame(SEGMENTS)
    assert frame.loc["seg_b", "filter"] == {"junction": "and", "x": [1]}
    assert frame["filter"].isna().tolist() == [True, False, True]
    assert frame.loc["seg_b", "created_at"] == pd.Timestamp("2025-07-08T09:00:00.123Z")


@pytest.mark.parametrize("reset", [True, False])
def test_segments_come_back_from_their_frame(reset):
    frame = segments_frame(SEGMENTS)
    back = segments_from_frame(frame.reset_index() if reset else frame)
    assert [(s.id, s.name, s.type, s.filter) for s in back] == [
        (s.id, s.name, s.type, s.filter) for s in SEGMENTS
    ]


def test_names_alone_will_do():
    back = segments_from_frame(segments_frame(SEGMENTS)[["name"]])
    assert back == [Segment("seg_a", "VIP"), Segment("seg_b", "Łódź <b>"), Segment("seg_c")]


@pytest.mark.parametrize(
    "frame",
    [
        pd.DataFrame({"name": ["a"]}),
        segments_frame(SEGMENTS)[["type"]],
        pd.concat([segments_frame(SEGMENTS)] * 2),
        segments_frame(SEGMENTS).rename({"seg_a": None}),
    ],
)
def test_a_frame_of_something_else_is_refused(frame):
    with pytest.raises(ArgumentError, match=r"segments has .*: give"):
        segments_from_frame(frame)


def test_a_customers_segments_are_sorted_by_name():
    frame = customer_segments_frame([SegmentRef("seg_2", "B"), SegmentRef("seg_1", "A")])
    assert frame.index.tolist() == ["seg_1", "seg_2"]
    assert frame["segment"].tolist() == ["A", "B"]
    empty = customer_segments_frame([])
    assert (empty.index.name, empty.index.dtype, empty["segment"].dtype) == (
        "segment_id",
        "str",
        "str",
    )


# -- labels ----------------------------------------------------------------------------------------


def labels(*pairs):
    return list(segment_labels(Segment(i, name) for i, name in pairs).values())


def test_only_equal_names_get_a_tail():
    assert labels(("seg_1aaaa", "VIP"), ("seg_1bbbb", "VIP"), ("seg_1cccc", "Gold")) == [
        "VIP (…aaaa)",
        "VIP (…bbbb)",
        "Gold",
    ]


def test_a_tail_is_as_long_as_it_takes():
    assert labels(("seg_1xaaaa", "VIP"), ("seg_2yaaaa", "VIP")) == ["VIP (…xaaaa)", "VIP (…yaaaa)"]


def test_a_name_that_looks_like_anothers_label_is_told_apart():
    assert len(set(labels(("seg_1", "A"), ("seg_2", "A"), ("seg_3", "A (…eg_1)")))) == 3


def test_ids_that_look_like_labels_stand_for_themselves():
    assert labels((") (z", "x"), ("q", "x"), ("z", "x ()"), ("w", "x ()")) == [
        ") (z",
        "q",
        "z",
        "w",
    ]


def test_without_a_name_the_id_stands():
    assert labels(("seg_1", None), ("seg_2", "")) == ["seg_1", "seg_2"]


@given(
    st.dictionaries(
        st.text(alphabet="ab ()…", min_size=1, max_size=9),
        st.none() | st.text(alphabet="ab ()…", max_size=9),
        max_size=8,
    )
)
def test_no_two_labels_are_equal(names):
    found = segment_labels(Segment(i, name) for i, name in names.items())
    assert list(found) == list(names)
    assert len(set(found.values())) == len(names)


# -- memberships -----------------------------------------------------------------------------------

MEMBERS = {"seg_b": {"cust_2", "cust_1"}, "seg_a": {"cust_2"}, "seg_c": set()}
LABELS = {"seg_a": "A", "seg_b": "B", "seg_c": "C", "seg_d": "D"}


def test_rows_are_sorted_by_customer_then_as_the_segments_are():
    frame = memberships_frame(MEMBERS, LABELS)
    assert frame.values.tolist() == [
        ["cust_1", "seg_b", "B"],
        ["cust_2", "seg_b", "B"],
        ["cust_2", "seg_a", "A"],
    ]
    assert frame.index.equals(pd.RangeIndex(3))


@pytest.mark.parametrize("members", [MEMBERS, {"seg_a": set()}, {}])
def test_dtypes_do_not_depend_on_the_rows(members):
    frame = memberships_frame(members, LABELS)
    assert list(frame.columns) == ["customer_id", "segment_id", "segment"]
    assert frame["customer_id"].dtype == "str"
    for column, names in (("segment_id", members), ("segment", [LABELS[i] for i in members])):
        categories = frame[column].cat.categories
        assert categories.tolist() == list(names)
        assert categories.dtype == "str"
        assert not frame[column].cat.ordered


def test_categories_take_less_memory_than_texts():
    many = {f"seg_{i:020d}": {f"cust_{c:020d}" for c in range(200)} for i in range(20)}
    frame = memberships_frame(many, {i: f"A segment called {i}" for i in many})
    as_text = frame.astype("str")
    for column in ("segment_id", "segment"):
        assert frame[column].memory_usage(deep=True) * 4 < as_text[column].memory_usage(deep=True)


# -- a column for each segment ---------------------------------------------------------------------


def test_a_column_for_each_segment_also_for_one_without_members():
    table = vfy.membership_table(memberships_frame(MEMBERS, LABELS))
    assert list(table.columns) == ["B", "A", "C"]
    assert (table.dtypes == "boolean").all()
    assert table.index.name == "customer_id"
    assert table.T.to_dict("list") == {
        "cust_1": [True, False, False],
        "cust_2": [True, True, False],
    }


def test_it_joins_to_customers_by_index():
    customers = pd.DataFrame(
        {"name": ["x", "y"]},
        index=pd.Index(["cust_0", "cust_2"], dtype="str", name="customer_id"),
    )
    joined = customers.join(vfy.membership_table(memberships_frame(MEMBERS, LABELS)))
    assert joined["A"].tolist() == [pd.NA, True]
    assert joined["A"].dtype == "boolean"


@pytest.mark.parametrize("as_list", [True, False])
def test_with_customers_everyone_of_them_has_a_row(as_list):
    ids = pd.Index(["cust_9", "cust_2"], dtype="str", name="customer_id")
    customers = list(ids) if as_list else pd.DataFrame(index=ids)
    table = vfy.membership_table(memberships_frame(MEMBERS, LABELS), customers=customers)
    assert table.index.tolist() == ["cust_9", "cust_2"]
    assert table["B"].tolist() == [False, True]
    assert table.loc["cust_9"].sum() == 0


def test_of_nothing_comes_nothing():
    table = vfy.membership_table(memberships_frame({}, {}))
    assert table.shape == (0, 0)
    table = vfy.membership_table(memberships_frame({"seg_a": set()}, LABELS), customers=["cust_1"])
    assert table["A"].tolist() == [False]


def test_plain_texts_and_doubled_rows_will_do():
    frame = memberships_frame(MEMBERS, LABELS).astype("str")
    table = vfy.membership_table(pd.concat([frame, frame]))
    assert table.T.to_dict("list") == {"cust_1": [False, True], "cust_2": [True, True]}
    assert list(table.columns) == ["A", "B"]


def test_rows_left_out_do_not_shift_the_columns():
    frame = memberships_frame(MEMBERS, LABELS)
    table = vfy.membership_table(frame[frame["segment"] == "A"])
    assert list(table.columns) == ["B", "A", "C"]
    assert table.loc["cust_2"].tolist() == [False, True, False]


def test_equal_labels_of_frames_put_together_stay_apart():
    one = memberships_frame({"seg_x1111": {"cust_1"}}, {"seg_x1111": "VIP"})
    two = memberships_frame({"seg_x2222": {"cust_1"}}, {"seg_x2222": "VIP"})
    table = vfy.membership_table(pd.concat([one, two], ignore_index=True))
    assert list(table.columns) == ["VIP (…1111)", "VIP (…2222)"]
    assert table.loc["cust_1"].tolist() == [True, True]


def test_another_frame_is_refused():
    with pytest.raises(ArgumentError, match="no column 'segment_id', 'segment': give"):
        vfy.membership_table(pd.DataFrame({"customer_id": ["cust_1"]}))


# -- whose -----------------------------------------------------------------------------------------

IDS = ["cust_b", "cust_a"]


@pytest.mark.parametrize(
    "customers",
    [
        IDS,
        tuple(IDS),
        [*IDS, "cust_b"],
        pd.Index(IDS),
        pd.Series(IDS),
        pd.DataFrame({"name": ["x", "y"]}, index=pd.Index(IDS, name="customer_id")),
        pd.DataFrame({"customer_id": IDS}),
    ],
    ids=lambda value: type(value).__name__,
)
def test_customers_are_given_in_many_ways(customers):
    assert customer_ids(customers) == IDS


@pytest.mark.parametrize(
    "customers",
    [["crm-00017"], [17], ["cust_a", None], pd.DataFrame({"name": ["x"]}), pd.Series([True])],
)
def test_what_is_no_id_is_refused_before_any_call(customers):
    with pytest.raises(ArgumentError, match="give "):
        customer_ids(customers)
