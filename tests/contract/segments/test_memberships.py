"""`fetch_memberships` against the sandbox: routes agree, costs are as promised."""

from __future__ import annotations

import warnings
from datetime import UTC, datetime, timedelta

import pandas as pd
import pytest

import vfy_notebook as vfy
from vfy_notebook.errors import ArgumentError, VfyNotebookWarning

START = datetime(2025, 1, 1, tzinfo=UTC)
ROUTES = ("segments", "customers", "auto")


def made(count, *, ties=1):
    """Customers in groups of `ties` that share a millisecond."""
    return [
        {
            "id": f"cust_{i:06d}",
            "source_id": f"crm-{i}",
            "created_at": (START + timedelta(milliseconds=i // ties)).isoformat(
                "T", "milliseconds"
            ),
            "address": {"city": "Oslo" if i % 3 else "Łódź"},
        }
        for i in range(count)
    ]


def city_is(city):
    return {"junction": "and", "address.city": {"conditions": {"$is": [city]}}}


def city_is_not(city):
    return {"junction": "and", "address.city": {"conditions": {"$is_not": [city]}}}


SEGMENTS = [
    {"id": "seg_oslo", "name": "City", "type": "auto-update", "filter": city_is("Oslo")},
    {"id": "seg_lodz", "name": "City", "type": "passive", "filter": city_is("Łódź")},
    {
        "id": "seg_list",
        "name": "<b>List</b>",
        "members": [f"cust_{i:06d}" for i in range(0, 240, 2)],
    },
    {"id": "seg_none", "name": "Nobody", "type": "passive", "filter": city_is("Rome")},
    {"id": "seg_rest", "name": "Not Oslo", "type": "passive", "filter": city_is_not("Oslo")},
]
for _i, _segment in enumerate(SEGMENTS):
    _segment["created_at"] = f"2025-07-01T00:00:0{_i}.000Z"


def fetch(project, customers=None, **arguments):
    return project.fetch_memberships(customers, progress=False, **arguments)


def cost(project, customers=None, **arguments):
    before = project.calls.total
    frame = fetch(project, customers, **arguments)
    return frame, project.calls.total - before


def expected(customers, segments=SEGMENTS):
    """The pairs, worked out here."""
    ids = {s["id"] for s in segments}
    found = set()
    for i, customer in enumerate(customers):
        lodz = customer["address"]["city"] == "Łódź"
        inside = {"seg_lodz", "seg_rest"} if lodz else {"seg_oslo"}
        inside |= {"seg_list"} if i < 240 and i % 2 == 0 else set()
        found |= {(customer["id"], s) for s in inside & ids}
    return found


def pairs(frame):
    return set(zip(frame["customer_id"], frame["segment_id"].astype("str"), strict=True))


# -- the demo ------------------------------------------------------------------------------------


def test_the_demo_costs_what_is_promised(sandbox, project):
    sandbox.reset()
    memberships, calls = cost(project)
    assert (len(memberships), calls) == (5_326, 71)  # the table in the docstring
    assert calls < 120
    customers = project.fetch_customers(progress=False)
    again, calls = cost(project, customers)
    assert len(customers) == 2_357
    assert calls == 71
    pd.testing.assert_frame_equal(again, memberships)


def test_three_customers_of_the_demo_cost_five_calls(sandbox, project):
    sandbox.reset()
    memberships = fetch(project)
    three = memberships["customer_id"].unique()[[0, 700, 2_000]]
    frame, calls = cost(project, list(three))
    assert calls <= 5
    of_them = memberships[memberships["customer_id"].isin(three)].reset_index(drop=True)
    pd.testing.assert_frame_equal(frame, of_them)


def test_routes_agree_on_the_demo(sandbox, project):
    sandbox.reset()
    customers = project.fetch_customers(limit=150, order="-created_at", progress=False)
    frames = [fetch(project, customers, via=via) for via in ROUTES]
    for frame in frames:
        pd.testing.assert_frame_equal(frame, frames[0])
    assert len(frames[0]) > 150


# -- routes agree --------------------------------------------------------------------------------


@pytest.mark.parametrize("tied", [1, 130])
@pytest.mark.parametrize(
    "switches",
    [
        {},
        {"cursor": "inclusive", "range_bounds": "inclusive"},
        {"has_more": False},
        {"total_present": False},
        {"total_present": False, "has_more": False, "cursor": "inclusive"},
        {"extra_fields": True},
    ],
    ids=str,
)
def test_routes_agree_whatever_the_vendor_meant(sandbox, make_project, switches, tied):
    customers = made(330, ties=tied)
    sandbox.reset(customers, segments=SEGMENTS)
    sandbox.set(**switches)
    project = make_project(workers=1 if switches == {} else 4)
    segments = project.fetch_segments()
    some = [c["id"] for c in customers[100:330:40]]
    for wanted in (None, some):
        frames = [fetch(project, wanted, segments=segments, via=via) for via in ROUTES]
        for frame in frames:
            pd.testing.assert_frame_equal(frame, frames[0])
        found = pairs(frames[0])
        assert len(found) == len(frames[0])
        assert found == {p for p in expected(customers) if wanted is None or p[0] in wanted}


def test_equal_names_stay_apart_and_empty_segments_are_categories(sandbox, project):
    sandbox.reset(made(9), segments=SEGMENTS)
    frame = fetch(project)
    assert frame["segment"].cat.categories.tolist() == [
        "City (…oslo)",
        "City (…lodz)",
        "<b>List</b>",
        "Nobody",
        "Not Oslo",
    ]
    table = vfy.membership_table(frame)
    assert table["City (…oslo)"].sum() == 6
    assert table["Nobody"].sum() == 0


# -- what is asked for ---------------------------------------------------------------------------


def test_segments_by_frame_by_id_and_by_name_are_the_same(sandbox, project):
    customers = made(30)
    sandbox.reset(customers, segments=SEGMENTS)
    segments = project.fetch_segments()
    wanted = ["<b>List</b>", "seg_oslo"]
    by_text, with_call = cost(project, segments=wanted)
    by_frame, without = cost(project, segments=segments.loc[["seg_oslo", "seg_list"]])
    assert (with_call, without) == (3, 2)
    assert pairs(by_text) == pairs(by_frame)
    assert pairs(by_text) == {p for p in expected(customers) if p[1] in ("seg_oslo", "seg_list")}
    # Of equal names the id's tail is told even where the other one is not asked for.
    assert by_text["segment"].cat.categories.tolist() == ["City (…oslo)", "<b>List</b>"]
    assert by_frame["segment"].cat.categories.tolist() == ["City", "<b>List</b>"]


def test_one_segment_may_be_given_by_itself(sandbox, project):
    sandbox.reset(made(9), segments=SEGMENTS)
    assert set(fetch(project, segments="Not Oslo")["segment"]) == {"Not Oslo"}


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ({"segments": ["City"]}, "'seg_oslo', 'seg_lodz'"),
        ({"segments": ["nobody"]}, "Near names: 'Nobody'"),
        ({"segments": ["seg_unknown"]}, "'seg_unknown'"),
    ],
)
def test_unclear_segments_cost_one_call(sandbox, project, arguments, told):
    sandbox.reset(made(3), segments=SEGMENTS)
    with pytest.raises(ArgumentError, match=told):
        fetch(project, **arguments)
    assert project.calls.total == 1


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ({"customers": ["crm-1"]}, "source_id"),
        ({"customers": [1]}, "1 is neither an id"),
        ({"customers": "seg_oslo"}, "list of ids"),
        ({"via": "export"}, "'export'"),
        ({"segments": [None]}, "give an id"),
        ({"segments": pd.DataFrame({"x": [1]})}, "fetch_segments"),
    ],
)
def test_what_cannot_be_is_refused_before_any_call(project, arguments, told):
    with pytest.raises(ArgumentError, match=told):
        fetch(project, **arguments)
    assert project.calls.total == 0


def test_without_customers_or_segments_there_are_no_rows(sandbox, project):
    sandbox.reset(made(9), segments=SEGMENTS)
    frame = fetch(project, project.fetch_customers(city="Rome", progress=False))
    assert len(frame) == 0
    assert len(frame["segment"].cat.categories) == len(SEGMENTS)
    assert len(fetch(project, segments=[])) == 0
    sandbox.reset(made(9), segments=[])
    assert len(fetch(project)) == 0


def test_ids_that_need_encoding_are_asked_for_as_they_are(sandbox, project):
    odd = [f"cust_{sign}x" for sign in "/ %#ä?"]
    customers = [{"id": i, "address": {"city": "Oslo"}} for i in odd]
    sandbox.reset(customers, segments=SEGMENTS)
    asked = fetch(project, odd, via="customers")
    assert set(asked["customer_id"]) == set(odd)
    pd.testing.assert_frame_equal(asked, fetch(project, odd, via="segments"))


# -- a world that changes ------------------------------------------------------------------------


def test_customers_who_vanished_are_in_no_route(sandbox, project):
    customers = made(12)
    sandbox.reset(customers, segments=SEGMENTS)
    known = project.fetch_customers(progress=False)
    gone = ["cust_000003", "cust_000004"]
    sandbox.remove(gone)
    listed = fetch(project, known, via="segments")
    with pytest.warns(VfyNotebookWarning, match="2 customers are no longer .*cust_000003, cust_00"):
        asked = fetch(project, known, via="customers")
    pd.testing.assert_frame_equal(asked, listed)
    assert pairs(asked) == {p for p in expected(customers) if p[0] not in gone}


def test_the_warning_points_at_the_callers_line(sandbox, project):
    sandbox.reset(made(3), segments=SEGMENTS)
    with pytest.warns(VfyNotebookWarning, match="no longer") as caught:
        project.fetch_memberships(["cust_000001", "cust_gone"], via="customers", progress=False)
    assert caught[0].filename == __file__


def test_to_know_who_exists_costs_one_call_for_many(sandbox, project):
    sandbox.reset(made(60), segments=SEGMENTS[:3])
    _, calls = cost(project, [f"cust_{i:06d}" for i in range(60)], via="customers")
    assert calls == 1 + 60 + 1


@pytest.mark.parametrize("unknown_segment", ["refuse", "empty"])
def test_a_segment_deleted_meanwhile_has_no_members(sandbox, project, unknown_segment):
    customers = made(30)
    sandbox.reset(customers, segments=SEGMENTS)
    segments = project.fetch_segments()
    sandbox.reset(customers, segments=SEGMENTS[1:])
    sandbox.set(unknown_segment=unknown_segment)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        listed = fetch(project, segments=segments, via="segments")
    told = [str(w.message) for w in caught]
    assert any("1 segment is no longer" in t and "oslo" in t for t in told) == (
        unknown_segment == "refuse"
    )
    pd.testing.assert_frame_equal(listed, fetch(project, segments=segments, via="customers"))
    assert pairs(listed) == expected(customers, SEGMENTS[1:])


def test_when_segments_have_caught_up_the_routes_agree(sandbox, project):
    customers = made(30)
    sandbox.reset(customers, segments=SEGMENTS)
    sandbox.set(segments_lag_polls=3)
    sandbox.touch("cust_000001", address={"city": "Łódź"})
    wanted = ["cust_000001", "cust_000002"]
    late = fetch(project, wanted, via="customers")
    assert ("cust_000001", "seg_oslo") in pairs(late)
    for _ in range(2):
        fetch(project, wanted, via="customers")
    frames = [fetch(project, wanted, via=via) for via in ROUTES]
    assert ("cust_000001", "seg_lodz") in pairs(frames[0])
    for frame in frames:
        pd.testing.assert_frame_equal(frame, frames[0])


def test_a_rate_limit_is_waited_for_by_all_workers(sandbox, project, clock):
    customers = made(120)
    sandbox.reset(customers, segments=SEGMENTS)
    sandbox.set(rate_limit={"limit": 50, "window_s": 60})
    frame = fetch(project, [c["id"] for c in customers], via="customers")
    assert pairs(frame) == expected(customers)
    assert sum(clock.slept) >= 100


def test_a_project_of_nobody(sandbox, project):
    sandbox.reset([], segments=SEGMENTS)
    for via in ROUTES:
        assert len(fetch(project, via=via)) == 0
