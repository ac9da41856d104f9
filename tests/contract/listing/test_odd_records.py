"""One odd record never costs the others: rows for everybody, and one warning that names it."""

from __future__ import annotations

import json
import warnings

import pandas as pd
import pytest

from tests.contract.raw_server import RawServer, answer, customer, page, project_on
from vfy_notebook.errors import (
    IncompleteListingWarning,
    PlanError,
    ResponseError,
    VfyNotebookWarning,
)
from vfy_notebook.frames.odd_values import odd_values

ODD = [
    ("phone", "48600000000", "phone"),
    ("name", '{"first": "Ann"}', "name"),
    ("email", "[]", "email"),
    ("address", "[]", "address.city"),
    ("address", '"Main Street 1"', "address.line_1"),
    ("address.city", "7", "address.city"),
    ("birthdate", "19900102", "birthdate"),
    ("birthdate", '"02/01/1990"', "birthdate"),
    ("summary", "[]", "summary.orders.total_count"),
    ("summary.orders.total_amount", '"1500"', "summary.orders.total_amount"),
    ("summary.orders.total_amount", "1e400", "summary.orders.total_amount"),
    ("summary.orders.average_amount", "10.5", "summary.orders.average_amount"),
    ("summary.orders.total_count", "true", "summary.orders.total_count"),
    ("summary.orders.last_order_date", "1700000000", "summary.orders.last_order_date"),
    ("loyalty.points", "9223372036854775808", "loyalty.points"),
    ("loyalty.points", "NaN", "loyalty.points"),
    ("updated_at", '""', "updated_at"),
    ("updated_at", '"0000-12-31T18:03:24-05:50"', "updated_at"),
    ("updated_at", '"9999-12-31T23:59:59-05:00"', "updated_at"),
    ("metadata", "[]", None),
    ("metadata.n", "1e400", "metadata.n"),
    ("metadata.n", "[" * 2_000 + "]" * 2_000, "metadata.n"),
    ("name", '{"a":[' * 500 + "]}" * 500, "name"),
]


def fetched(project, **options):
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        frame = project.fetch_customers(progress=False, **options)
    return frame, [w for w in told if issubclass(w.category, VfyNotebookWarning)]


@pytest.mark.parametrize(("field", "raw", "column"), ODD)
def test_an_odd_value_is_na_remembered_and_told_once(sandbox, project, field, raw, column):
    sandbox.reset([customer(i, metadata={"k": i}) for i in range(250)])
    usual = project.fetch_customers(progress=False)
    sandbox.set(odd_values={"cust_057": {field: raw}})
    frame, told = fetched(project)
    assert len(frame) == 250
    (warning,) = told
    assert field in str(warning.message)
    assert "cust_057" in str(warning.message)
    assert json.dumps(odd_values(frame)) == json.dumps({"cust_057": {field: raw}}).replace(
        '{\\"first\\": ', '{\\"first\\":'
    )
    if column is not None:
        assert pd.isna(frame.loc["cust_057", column])
    assert frame[usual.columns].dtypes.equals(usual.dtypes)
    others = usual.index != "cust_057"
    pd.testing.assert_frame_equal(frame.loc[others, usual.columns], usual[others])


def test_odd_values_of_many_customers_are_one_warning_that_counts_them(sandbox, project):
    sandbox.reset([customer(i) for i in range(300)])
    sandbox.set(odd_values={f"cust_{i:03d}": {"phone": str(i), "name": "7"} for i in range(300)})
    frame, told = fetched(project)
    (warning,) = told
    assert "600" in str(warning.message)
    assert len(str(warning.message)) < 600
    assert len(odd_values(frame)) == 300
    assert len(odd_values(frame[:10])) == 300  # pandas hands it on to parts


def test_what_is_no_utf_8_costs_nothing_but_its_letters(sandbox, project):
    sandbox.reset([customer(1), customer(2)])
    sandbox.set(odd_values={"cust_001": {"name": '"caf\udce9"', "source_id": '"\udce9"'}})
    frame, told = fetched(project)
    assert frame.loc["cust_001", "name"] == "caf\ufffd"
    assert pd.isna(frame.loc["cust_001", "source_id"])  # half a name is no identity
    assert odd_values(frame) == {
        "cust_001": {"name": r'"caf\udce9"', "source_id": r'"\udce9"'},
    }
    assert len(told) == 1


def test_metadata_of_any_kind_are_no_oddities(sandbox, project):
    sandbox.reset([customer(1, metadata={"a": [1, {"b": None}], "c": "7"}), customer(2)])
    sandbox.set(odd_values={"cust_002": {"metadata.c": "7", "metadata.a": "2.5"}})
    frame, told = fetched(project)
    assert told == []
    assert frame["metadata.c"].tolist() == ["7", 7]
    assert frame["metadata.a"].tolist() == [[1, {"b": None}], 2.5]


@pytest.mark.parametrize("order", ["created_at", "-updated_at", "source_id"])
def test_odd_values_are_told_by_every_way_through_the_listing(sandbox, project, order):
    sandbox.reset([customer(i, updated_at="2024-05-01T00:00:00.000Z") for i in range(20)])
    sandbox.set(odd_values={"cust_003": {"phone": "1"}})
    frame, told = fetched(project, order=order, limit=20)
    assert (len(frame), len(told)) == (20, 1)
    assert odd_values(frame) == {"cust_003": {"phone": "1"}}


def test_an_unreadable_update_does_not_end_a_fetch_by_updates(sandbox, project):
    sandbox.reset([customer(i, updated_at="2024-05-01T00:00:00.000Z") for i in range(3)])
    sandbox.set(odd_values={"cust_001": {"updated_at": '""'}})
    frame, told = fetched(project, updated_after="2024-01-01")
    assert (len(frame), len(told)) == (3, 1)


def test_memberships_need_ids_only(sandbox, project):
    members = [f"cust_{i:03d}" for i in range(150)]
    segment = {"id": "seg_1", "name": "VIP", "type": "static", "members": members}
    sandbox.reset([customer(i) for i in range(200)], segments=[segment])
    sandbox.set(odd_values={"cust_057": {"phone": "1"}})
    assert len(project.fetch_memberships(progress=False)) == 150


def test_copies_on_disk_go_on(sandbox, project, tmp_path):
    sandbox.reset([customer(i) for i in range(250)])
    sandbox.set(odd_values={"cust_057": {"phone": "1"}, "cust_058": {"loyalty.points": "1.5"}})
    with pytest.warns(VfyNotebookWarning, match="cust_057") as told:
        saved = project.save_customers(tmp_path / "copy", progress=False)
    assert len(told) == 1
    frame = pd.read_parquet(saved.path)
    assert len(frame) == 250
    assert frame.loc["cust_058", "loyalty.points"] is pd.NA
    assert frame["loyalty.points"].dtype == "Int64"


# -- ids and times of creation ---------------------------------------------------------------------


@pytest.mark.parametrize("raw", ['"0000-12-31T18:03:24-05:50"', '""', "null", "1704067200", "{}"])
@pytest.mark.parametrize("at", [0, 57, 99, 100, 249])
def test_a_customer_without_a_time_of_creation_is_placed_and_named(sandbox, project, raw, at):
    sandbox.reset([customer(i) for i in range(250)])
    sandbox.set(odd_values={f"cust_{at:03d}": {"created_at": raw}})
    frame, told = fetched(project)
    assert sorted(frame.index) == [f"cust_{i:03d}" for i in range(250)]
    assert pd.isna(frame.loc[f"cust_{at:03d}", "created_at"])
    placed = [str(w.message) for w in told if "export" in str(w.message)]
    assert len(placed) == 1
    assert f"cust_{at:03d}" in placed[0]
    assert not [w for w in told if w.category is IncompleteListingWarning]


def test_a_year_that_stands_for_not_known_ends_no_listing(sandbox, project):
    sandbox.reset([customer(i) for i in range(250)])
    sandbox.set(odd_values={"cust_057": {"created_at": '"0001-01-01T00:00:00.000Z"'}})
    frame, told = fetched(project)
    assert len(frame) == 250
    assert any("cust_057" in str(w.message) for w in told)


@pytest.mark.parametrize("raw", ["null", "7", '""', "{}"])
def test_a_customer_without_an_id_is_left_out_and_named(sandbox, project, raw):
    sandbox.reset([customer(i) for i in range(250)])
    sandbox.set(odd_values={"cust_057": {"id": raw}})
    frame, told = fetched(project)
    assert sorted(frame.index) == [f"cust_{i:03d}" for i in range(250) if i != 57]
    (warning,) = told
    assert warning.category is IncompleteListingWarning
    assert "s-57" in str(warning.message)
    assert 'via="export"' in str(warning.message)


def test_a_page_that_nothing_places_is_refused_with_the_way_out(sandbox, project):
    sandbox.reset([customer(i) for i in range(250)])
    sandbox.set(odd_values={f"cust_{i:03d}": {"created_at": "7"} for i in range(250)})
    with pytest.raises(ResponseError, match=r"cust_000.*export"):
        project.fetch_customers(progress=False)


# -- the page around them --------------------------------------------------------------------------


@pytest.mark.parametrize(
    "envelope",
    [
        {"total": "2", "has_more": "false"},
        {"total": 2.0, "has_more": 0},
        {"total": -1, "has_more": None},
        {"total": "many", "has_more": []},
        {"total": [2], "has_more": False},
    ],
)
def test_an_odd_envelope_costs_nothing(tmp_path, envelope):
    def script(_number, request):
        two = [] if "starting_after" in request else [customer(1), customer(2)]
        return answer(body=page(two, **envelope))

    with (
        RawServer(script) as server,
        project_on(server.url, tmp_path) as project,
    ):
        frame, told = fetched(project)
    assert (len(frame), told) == (2, [])


def test_entries_that_are_no_customers_are_told(tmp_path):
    with (
        RawServer(lambda *_: answer(body=page([customer(1), None, "x", customer(2)]))) as server,
        project_on(server.url, tmp_path) as project,
    ):
        frame, told = fetched(project)
    assert list(frame.index) == ["cust_001", "cust_002"]
    assert [w.category for w in told] == [IncompleteListingWarning]


def test_segments_with_numbers_for_names_are_found(tmp_path):
    segments = {"data": [{"id": "seg_1", "name": 2024, "type": "static"}], "total": "1"}
    with (
        RawServer(lambda *_: answer(body=segments)) as server,
        project_on(server.url, tmp_path) as project,
    ):
        assert project.fetch_segments()["name"].tolist() == ["2024"]


# -- pushing back ----------------------------------------------------------------------------------


def test_what_is_na_because_it_was_odd_is_no_edit(sandbox, project):
    sandbox.reset([customer(i, metadata={"tier": "gold"}) for i in range(5)])
    sandbox.set(odd_values={"cust_003": {"phone": "1", "address": "[]"}})
    frame, _ = fetched(project)
    assert odd_values(frame.copy()) == odd_values(frame)
    assert len(project.plan_push(frame.copy()).edits) == 0


@pytest.mark.parametrize(
    ("odd", "edit"),
    [
        ({"address.state": "7"}, ("address.city", "Łódź")),
        ({"address": "[]"}, ("address.city", "Łódź")),
        ({"metadata.n": "1e400"}, ("metadata.tier", "silver")),
        ({"metadata": "[]"}, ("metadata.tier", "silver")),
        ({"phone": "48600000000"}, ("phone", "+48600000000")),
    ],
)
def test_nothing_is_sent_along_or_in_place_of_an_odd_value(sandbox, project, odd, edit):
    address = {"city": "Kraków", "state": "MP"}
    sandbox.reset([customer(i, metadata={"tier": "gold"}, address=address) for i in range(5)])
    sandbox.set(odd_values={"cust_003": odd})
    frame, _ = fetched(project)
    name, value = edit
    frame.loc[["cust_002", "cust_003"], name] = value
    plan = project.plan_push(frame)
    found = plan.problems[plan.problems["blocks"]]
    assert found["customers"].tolist() == [["cust_003"]]
    assert found["field"].tolist() == [name]
    with pytest.raises(PlanError):
        plan.push(progress=False)
    # The ways out, as the problem names them.
    project.plan_push(frame.drop(["cust_003"])).push(progress=False).raise_if_failed()
    if name == "phone":
        project.update_customer("cust_003", phone=value)
        shown = {each["id"]: each for each in sandbox.customers()}
        assert shown["cust_002"]["phone"] == shown["cust_003"]["phone"] == value


def test_other_cells_of_such_a_customer_are_pushed(sandbox, project):
    sandbox.reset([customer(i) for i in range(5)])
    sandbox.set(odd_values={"cust_003": {"phone": "1", "address": "[]"}})
    frame, _ = fetched(project)
    frame.loc["cust_003", "name"] = "Ann"
    project.plan_push(frame).push(progress=False).raise_if_failed()
    assert {each["id"]: each.get("name") for each in sandbox.customers()}["cust_003"] == "Ann"


def test_what_became_odd_meanwhile_is_left_as_it_is(sandbox, project):
    address = {"city": "Kraków", "state": "MP"}
    sandbox.reset([customer(i, address=address) for i in range(3)])
    frame, _ = fetched(project)
    frame.loc["cust_001", "address.city"] = "Łódź"
    plan = project.plan_push(frame)
    sandbox.advance(60)
    sandbox.touch("cust_001", name="by somebody else")
    sandbox.set(odd_values={"cust_001": {"address.state": "7"}})
    with pytest.raises(PlanError):
        plan.push(progress=False)


@pytest.mark.parametrize("odd", [{"metadata": '"text"'}, {"metadata": "7"}, {"address": '"here"'}])
def test_one_customer_with_odd_parts_blocks_no_push(sandbox, project, odd):
    sandbox.reset([customer(i, metadata={"k": i}) for i in range(9)])
    sandbox.set(odd_values={"cust_003": odd})
    frame, _ = fetched(project)
    edited = frame.copy()
    edited.loc[["cust_002", "cust_003"], "name"] = "X"
    report = project.plan_push(edited).push()
    assert report.rows["outcome"].to_list() == ["updated", "updated"]


@pytest.mark.parametrize(
    ("odd", "told"),
    [
        ({"metadata": '"text"'}, "metadata of"),
        ({"metadata.k": "1e400"}, "metadata.k"),
        ({"metadata.k": '"caf\udce9"'}, "metadata.k"),
        ({"metadata.k": "[" * 3_000 + "]" * 3_000}, "metadata.k"),
    ],
)
def test_an_update_sends_nothing_along_that_was_misread(sandbox, project, odd, told):
    sandbox.reset([customer(i, metadata={"k": i}) for i in range(9)])
    sandbox.set(odd_values={"cust_003": odd})
    with pytest.raises(ResponseError, match=f"{told}.*cust_003"):
        project.update_customer("cust_003", metadata={"new": 1})
    assert "update_customer" not in project.calls.by_operation
    if "metadata.k" in odd:
        project.update_customer("cust_003", metadata={"new": 1, "k": 2})
        assert sandbox.customers()[3]["metadata"] == {"new": 1, "k": 2}
