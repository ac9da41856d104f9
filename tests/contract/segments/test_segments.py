"""Segments against the sandbox: all of them, in few calls, and found by name."""

from __future__ import annotations

import pandas as pd
import pytest

from vfy_notebook.errors import (
    ArgumentError,
    IncompleteListingWarning,
    NotFoundError,
    ResponseError,
)

CUSTOMERS = [
    {"id": "cust_a", "source_id": "crm/1 ä", "address": {"city": "Łódź"}},
    {"id": "cust_b", "source_id": "crm-2", "address": {"city": "Oslo"}},
    {"id": "cust_c", "address": {"city": "Łódź"}},
]
IN_LODZ = {"junction": "and", "address.city": {"conditions": {"$is": ["Łódź"]}}}
NOT_IN_OSLO = {"junction": "and", "address.city": {"conditions": {"$is_not": ["Oslo"]}}}
SEGMENTS = [
    {
        "id": "seg_lodz",
        "name": "Customers in Łódź",
        "type": "auto-update",
        "filter": IN_LODZ,
        "created_at": "2025-07-15T09:24:00.888Z",
        "updated_at": "2026-05-04T08:15:00.000Z",
    },
    {"id": "seg_1xxaaaa", "name": "VIP", "members": ["cust_a"]},
    {"id": "seg_2xxbbbb", "name": "VIP", "members": ["cust_a", "cust_b"]},
    {"id": "seg_not", "name": "Elsewhere", "type": "passive", "filter": NOT_IN_OSLO},
]


@pytest.fixture
def filled(sandbox, project):
    sandbox.reset(CUSTOMERS, segments=SEGMENTS)
    return project


# -- all of them -----------------------------------------------------------------------------------


def test_segments_are_typed_and_indexed_by_id(filled):
    frame = filled.fetch_segments()
    assert frame.index.name == "segment_id"
    assert frame.index[0] == "seg_lodz"
    row = frame.loc["seg_lodz"]
    assert row["name"] == "Customers in Łódź"
    assert row["type"] == "auto-update"
    assert row["filter"] == IN_LODZ
    assert row["created_at"] == pd.Timestamp("2025-07-15T09:24:00.888Z")
    assert row["updated_at"] == pd.Timestamp("2026-05-04T08:15:00Z")
    assert frame.loc["seg_1xxaaaa", "filter"] is None
    assert filled.calls.by_operation == {"list_segments": 1}


def test_a_project_without_segments(sandbox, project):
    sandbox.reset(CUSTOMERS, segments=[])
    frame = project.fetch_segments()
    assert len(frame) == 0
    assert str(frame["created_at"].dtype) == "datetime64[us, UTC]"


@pytest.mark.parametrize("bounds", ["exclusive", "inclusive"])
@pytest.mark.parametrize("tied", [1, 7, 60])
def test_more_segments_than_a_page_come_once_each(sandbox, project, bounds, tied):
    segments = [
        {
            "id": f"seg_{i:04d}",
            "name": f"Segment {i}",
            "members": [],
            "created_at": f"2025-07-01T00:00:00.{i // tied:03d}Z",
        }
        for i in range(350)
    ]
    sandbox.reset([], segments=segments)
    sandbox.set(range_bounds=bounds, extra_fields=True)
    assert list(project.fetch_segments().index) == [s["id"] for s in segments]
    assert project.calls.total <= 4 if tied == 1 else project.calls.total <= 9


def numbered(count, *, tied=1):
    return [
        {
            "id": f"seg_{i:04d}",
            "name": f"Segment {i}",
            "members": [],
            "created_at": f"2025-07-01T00:00:00.{i // tied:03d}Z",
        }
        for i in range(count)
    ]


@pytest.mark.parametrize("unknown", ["ignore", "refuse"])
@pytest.mark.parametrize("bounds", ["exclusive", "inclusive"])
@pytest.mark.parametrize("paging", ["filters", "starting_after", "start_date"])
def test_all_segments_come_whichever_spelling_is_heeded(sandbox, project, paging, bounds, unknown):
    segments = numbered(250, tied=3)
    sandbox.reset([], segments=segments)
    sandbox.set(segments_paging=paging, range_bounds=bounds, segments_unknown=unknown)
    assert list(project.fetch_segments().index) == [s["id"] for s in segments]
    assert project.calls.total <= (4 if unknown == "ignore" else 7)


@pytest.mark.parametrize("unknown", ["ignore", "refuse"])
def test_where_no_spelling_is_heeded_two_pages_are_all_or_it_is_said(sandbox, project, unknown):
    def filled_with(count):
        sandbox.reset([], segments=numbered(count))
        sandbox.set(segments_paging="none", segments_unknown=unknown)

    filled_with(200)
    assert len(project.fetch_segments()) == 200
    filled_with(201)
    with pytest.raises(ResponseError, match=r"200 of 201 in all.*start_date.*ids"):
        project.fetch_segments()


def test_the_default_of_ten_a_page_is_not_taken(sandbox, project):
    sandbox.reset([], segments=[{"name": f"S{i}", "members": []} for i in range(25)])
    assert len(project.fetch_segments()) == 25
    (request,) = sandbox.requests()
    assert dict(request["query"]) == {"limit": "100", "order": "created_at"}


# -- one customer's --------------------------------------------------------------------------------


@pytest.mark.parametrize("ref", ["cust_a", "crm/1 ä"])
def test_a_customers_segments_by_either_id(filled, ref):
    frame = filled.get_customer_segments(ref)
    assert frame["segment"].to_dict() == {
        "seg_lodz": "Customers in Łódź",
        "seg_not": "Elsewhere",
        "seg_1xxaaaa": "VIP (…aaaa)",
        "seg_2xxbbbb": "VIP (…bbbb)",
    }
    assert filled.calls.by_operation == {"get_customer": 1, "customer_segments": 1}


def test_a_customer_in_no_segment_has_no_rows(filled, sandbox):
    sandbox.reset(CUSTOMERS, segments=[])
    frame = filled.get_customer_segments("cust_b")
    assert frame.shape == (0, 1)
    assert frame.index.name == "segment_id"


def test_somebody_unknown_is_refused_unless_that_is_what_is_asked(filled):
    with pytest.raises(NotFoundError):
        filled.get_customer_segments("crm-2000")
    frame = filled.get_customer_segments("crm-2000", must_exist=False)
    assert frame["segment"].tolist() == ["Elsewhere"]
    assert filled.calls.by_operation == {"get_customer": 1, "customer_segments": 1}


# -- customers of a segment ------------------------------------------------------------------------


def test_customers_of_a_segment_by_id_cost_no_look_up(filled):
    frame = filled.fetch_customers(segment="seg_lodz", progress=False)
    assert list(frame.index) == ["cust_a", "cust_c"]
    assert filled.calls.by_operation == {"list_customers": 1}


def test_customers_of_a_segment_by_name_cost_one_call_more(filled):
    frame = filled.fetch_customers(segment="Elsewhere", city="Łódź", progress=False)
    assert sorted(frame.index) == ["cust_a", "cust_c"]
    assert filled.calls.by_operation == {"list_segments": 1, "list_customers": 1}


@pytest.mark.parametrize("unknown", ["ignore", "refuse"])
def test_a_name_costs_one_call_where_the_server_heeds_it(sandbox, project, unknown):
    others = numbered(150)
    last = {"id": "seg_last", "name": "Last", "members": ["cust_a"]}
    for is_heeded, calls in ((True, 1), (False, 2 if unknown == "ignore" else 3)):
        sandbox.reset(CUSTOMERS, segments=[*others, last])
        sandbox.set(segments_by_name=is_heeded, segments_unknown=unknown)
        sandbox.set(segments_paging="filters")
        before = project.calls.by_operation.get("list_segments", 0)
        assert list(project.fetch_customers(segment="Last", progress=False).index) == ["cust_a"]
        told = project.calls.by_operation["list_segments"] - before
        assert told <= calls + 3 * (unknown == "refuse" and not is_heeded)


def test_a_name_of_two_segments_lists_their_ids(filled):
    with pytest.raises(ArgumentError, match=r"'VIP'.*'seg_1xxaaaa', 'seg_2xxbbbb'"):
        filled.fetch_customers(segment="VIP", progress=False)
    assert filled.calls.by_operation == {"list_segments": 1}


def test_a_name_of_no_segment_lists_near_ones(filled):
    with pytest.raises(ArgumentError, match=r"'customers in Lodz'.*'Customers in Łódź'"):
        filled.fetch_customers(segment="customers in Lodz", progress=False)


def test_an_id_of_no_segment_is_not_found(filled):
    with pytest.raises(NotFoundError, match="seg_gone"):
        filled.fetch_customers(segment="seg_gone", progress=False)


@pytest.mark.parametrize("bad", ["", 7, ["seg_lodz"]])
def test_what_is_no_segment_is_refused_before_any_call(filled, bad):
    with pytest.raises(ArgumentError, match="give an id"):
        filled.fetch_customers(segment=bad, progress=False)
    assert filled.calls.total == 0


def test_other_arguments_are_looked_at_before_the_name_is_looked_up(filled):
    with pytest.raises(ArgumentError, match="city"):
        filled.fetch_customers(segment="VIP", city="", progress=False)
    assert filled.calls.total == 0


# -- members that a server hides -------------------------------------------------------------------


def test_an_empty_passive_segment_is_checked_by_one_customer(filled, sandbox, tmp_path):
    sandbox.set(passive_members="nobody")
    hidden = "seg_not"
    for read in (
        lambda: filled.fetch_customers(segment=hidden, progress=False),
        lambda: filled.save_customers(tmp_path / "c", segment=hidden, progress=False),
    ):
        before = filled.calls.total
        with pytest.warns(IncompleteListingWarning, match=r"seg_not.*cust_c is in it") as told:
            read()
        assert filled.calls.total - before <= 4
        assert told[0].filename == __file__
    before = filled.calls.total
    with pytest.warns(IncompleteListingWarning, match="cust_c is in: Elsewhere") as told:
        memberships = filled.fetch_memberships(segments=["Elsewhere"], progress=False)
    assert told[0].filename == __file__
    assert len(memberships) == 0
    assert filled.calls.total - before == 4
    told_by_customers = filled.fetch_memberships(
        segments=["Elsewhere"], via="customers", progress=False
    )
    assert sorted(told_by_customers["customer_id"]) == ["cust_a", "cust_c"]


def test_a_segment_that_is_empty_is_not_called_hidden(filled, sandbox):
    nobody = {"junction": "and", "address.city": {"conditions": {"$is": ["Atlantis"]}}}
    sandbox.reset(
        CUSTOMERS, segments=[{"id": "seg_p", "name": "P", "type": "passive", "filter": nobody}]
    )
    assert len(filled.fetch_customers(segment="seg_p", progress=False)) == 0
    assert filled.calls.by_operation == {"list_customers": 2, "customer_segments": 1}
    assert len(filled.fetch_memberships(["cust_a"], segments=["P"], progress=False)) == 0
    assert len(filled.fetch_customers(segment="seg_p", city="Oslo", progress=False)) == 0
    assert filled.calls.by_operation["customer_segments"] <= 2
