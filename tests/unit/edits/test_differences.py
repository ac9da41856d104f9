from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from tests.unit.edits.frames import customer, edits_of, frame_of, sides_of, some_frame
from vfy_notebook.edits.differences import differing_rows, find_edits
from vfy_notebook.edits.metadata_schema import MetadataSchema


def cells(found):
    """(customer, field) → (before, after)."""
    return {
        (change.label, field): (change.before[field], value)
        for change in found.changes
        for field, value in change.after.items()
    }


def kinds(found):
    return [problem.kind for problem in found.problems]


def test_a_changed_cell_is_one_edit_and_its_neighbours_are_none():
    before = some_frame()
    after = before.copy()
    after.loc["cust_1", "name"] = "Žofia"
    assert cells(edits_of(before, after)) == {("cust_1", "name"): ("Name 1", "Žofia")}


def test_edits_come_in_the_order_of_the_edited_frame():
    before = some_frame(4)
    after = before.assign(name="x").iloc[::-1][list(reversed(before.columns))]
    assert [c.label for c in edits_of(before, after).changes] == [f"cust_{i}" for i in (3, 2, 1, 0)]


def test_an_edit_brings_what_its_request_needs():
    before = frame_of(
        customer(
            0,
            metadata={"tier": "gold", "score": 5, "empty": None},
            address={"city": "Łódź", "state": None},
        ),
    )
    after = before.copy()
    after.loc["cust_0", ["metadata.tier", "address.state"]] = ["silver", "łódzkie"]
    (change,) = edits_of(before, after).changes
    assert change.source_id == "s0"
    assert change.rest_of_metadata == {"score": 5}
    assert change.rest_of_address == {"city": "Łódź"}
    assert change.unchanged_since_ms == 1706745600000
    assert change.created_ms == 1704067200000
    assert change.whole_fields() == {
        "address": {"city": "Łódź", "state": "łódzkie"},
        "metadata": {"score": 5, "tier": "silver"},
    }


def test_a_customer_never_updated_is_unchanged_since_its_creation():
    before = frame_of(customer(0, updated_at=None))
    (change,) = edits_of(before, before.assign(name="x")).changes
    assert change.unchanged_since_ms == change.created_ms


def test_na_becomes_an_explicit_null():
    before = some_frame(1, metadata={"tier": "gold"})
    after = before.copy()
    after["metadata.tier"] = pd.NA
    after["name"] = None
    (change,) = edits_of(before, after).changes
    assert change.after == {"name": None, "metadata.tier": None}


def test_a_new_column_adds_a_key_where_it_is_not_na():
    before = some_frame(3)
    after = before.copy()
    after["metadata.spend"] = [1.0, np.nan, 2.5]
    found = edits_of(before, after)
    assert cells(found) == {
        ("cust_0", "metadata.spend"): (None, 1),
        ("cust_2", "metadata.spend"): (None, 2.5),
    }
    assert isinstance(found.changes[0].after["metadata.spend"], int)


def test_one_is_the_text_1_and_true_only_where_no_change_of_type_is_meant():
    before = some_frame(2, metadata={"a": 1, "b": True})
    after = before.copy()
    after["metadata.a"] = ["1", True]
    after["metadata.b"] = [1, "true"]
    found = edits_of(before, after)
    assert cells(found) == {}
    assert only(found, "value").customers == ("cust_1",)
    assert "retype=['metadata.a']" in only(found, "value").message
    note = only(found, "dress")
    assert (note.columns, note.blocks) == (("metadata.a", "metadata.b"), False)
    meant = edits_of(before, after, retype=frozenset({"metadata.a", "metadata.b"}))
    assert kinds(meant) == []
    assert cells(meant) == {
        ("cust_0", "metadata.a"): (1, "1"),
        ("cust_0", "metadata.b"): (True, 1),
        ("cust_1", "metadata.a"): (1, True),
        ("cust_1", "metadata.b"): (True, "true"),
    }


def test_integers_beyond_floats_stay_exact():
    before = some_frame(1, metadata={"big": 2**53})
    after = before.copy()
    after["metadata.big"] = 2**53 + 1
    assert cells(edits_of(before, after)) == {("cust_0", "metadata.big"): (2**53, 2**53 + 1)}
    same = before.astype({"metadata.big": "float64"})
    assert cells(edits_of(before, same)) == {}


def test_single_precision_is_meant_as_it_is_written():
    before = some_frame(2, metadata={"ratio": 0.1})
    after = before.astype({"metadata.ratio": "float32"})
    assert cells(edits_of(before, after)) == {}
    after.loc["cust_1", "metadata.ratio"] = 0.3
    assert cells(edits_of(before, after)) == {("cust_1", "metadata.ratio"): (0.1, 0.3)}


def test_digits_that_a_reader_has_lost_are_told():
    phones = ("48600123456", "48600123499")
    before = frame_of(*(customer(i, phone=phone) for i, phone in enumerate(phones)))
    for lost in ([4.86e10, 4.86e10], ["4.86E+10", "4.86E+10"]):
        found = edits_of(before, before.assign(phone=lost), was_in_a_file=True)
        assert cells(found) == {}
        assert only(found, "lost_digits").columns == ("phone",)


def test_lists_and_objects_are_compared_deeply_and_sent_as_they_are():
    before = some_frame(2, metadata={"tags": ["a", {"n": 1}]})
    after = before.copy()
    after["metadata.tags"] = [["a", {"n": 1.0}], ("b", {"n": 2.0})]
    assert cells(edits_of(before, after)) == {
        ("cust_1", "metadata.tags"): (["a", {"n": 1}], ["b", {"n": 2.0}])
    }


def test_times_are_sent_in_utc_and_days_as_days():
    before = some_frame(1, birthdate="1990-05-01")
    after = before.copy()
    after["birthdate"] = pd.Timestamp("1990-05-02", tz="Asia/Tokyo")
    after["metadata.seen"] = pd.Timestamp("2024-01-31 13:00", tz="Europe/Warsaw")
    assert cells(edits_of(before, after)) == {
        ("cust_0", "birthdate"): ("1990-05-01", "1990-05-02"),
        ("cust_0", "metadata.seen"): (None, "2024-01-31T12:00:00.000Z"),
    }


def test_a_birthdate_with_a_zone_stands_for_its_own_day_in_objects_too():
    before = some_frame(1, birthdate="1990-05-01")
    after = before.astype({"birthdate": object})
    after.loc["cust_0", "birthdate"] = pd.Timestamp("1990-05-01", tz="Asia/Tokyo")
    assert cells(edits_of(before, after)) == {}


@pytest.mark.parametrize("as_objects", [False, True])
def test_a_column_of_days_stays_one_when_it_was_turned_into_times(as_objects):
    before = some_frame(2, metadata={"day": "2024-01-31"})
    after = before.copy()
    after["metadata.day"] = pd.to_datetime(after["metadata.day"])
    after.loc["cust_1", "metadata.day"] += pd.Timedelta(1, "D")
    if as_objects:
        after = after.astype(object)
    assert cells(edits_of(before, after)) == {
        ("cust_1", "metadata.day"): ("2024-01-31", "2024-02-01")
    }


def test_the_schema_decides_between_days_and_times():
    properties = {"a": {"type": "date"}, "b": {"type": "datetime"}}
    before = some_frame(1, metadata={"b": "2024-01-31"})
    midnight = pd.Timestamp("2024-02-01")
    after = before.assign(**{"metadata.a": midnight, "metadata.b": midnight})
    found = edits_of(before, after, schema={"properties": properties})
    assert cells(found) == {
        ("cust_0", "metadata.a"): (None, "2024-02-01"),
        ("cust_0", "metadata.b"): ("2024-01-31", "2024-02-01T00:00:00.000Z"),
    }
    assert kinds(found) == []


# -- refusals ----------------------------------------------------------------------------------


def only(found, kind):
    (problem,) = [p for p in found.problems if p.kind == kind]
    return problem


@pytest.mark.parametrize(
    "column",
    [
        "summary.orders.total_amount",
        "loyalty.points",
        "referrals.total",
        "created_at",
        "system_metadata",
    ],
)
def test_read_only_columns_are_refused_by_row(column):
    before = some_frame(3)
    after = before.copy()
    after[column] = after[column].astype(object)
    after.loc["cust_1", column] = "changed"
    found = edits_of(before, after, before=before)
    problem = only(found, "read_only")
    assert not found.changes
    assert problem.blocks
    assert problem.customers == ("cust_1",)
    assert column in problem.message
    assert "Put it back" in problem.way_out


def test_a_changed_source_id_is_refused():
    before = some_frame(2)
    after = before.copy()
    after.loc["cust_0", "source_id"] = "typo"
    problem = only(edits_of(before, after), "read_only")
    assert "set once" in problem.message


def test_helper_columns_are_a_note():
    before = some_frame(2)
    problem = only(edits_of(before, before.assign(band=1, score=2)), "helper_column")
    assert not problem.blocks
    assert problem.columns == ("band", "score")
    assert "metadata.band" in problem.way_out
    assert kinds(edits_of(before, before.rename(columns={"name": 5}))) == [
        "helper_column",
        "missing_column",
    ]


def test_a_key_that_is_no_text_is_not_pushed():
    before = some_frame(2)
    after = before.assign(other=1)
    after.columns = pd.Index([*before.columns, "metadata.\ud83d"], dtype=object)
    found = edits_of(before, after)
    assert not found.changes
    assert r"metadata.\ud83d" in only(found, "helper_column").message


def test_a_misspelt_column_is_refused_with_the_one_that_is_meant():
    before = some_frame(2)
    problem = only(edits_of(before, before.assign(emial="x")), "near_name")
    assert problem.blocks
    assert "email" in problem.message


@pytest.mark.parametrize(
    ("column", "value", "told"),
    [
        ("name", 5, "must be text"),
        ("phone", 48123456789.0, "must be text"),
        ("email", ["a@example.com"], "must be text"),
        ("birthdate", "next week", "is no date"),
        ("birthdate", pd.Timestamp("2024-01-31 10:00"), "time of day"),
        ("metadata.x", float("inf"), "JSON does not have"),
        ("metadata.x", {1, 2}, "type set"),
        ("metadata.x", [np.nan], "JSON does not have"),
    ],
)
def test_values_the_api_does_not_take_are_refused_by_cell(column, value, told):
    before = some_frame(3)
    after = before.copy()
    if column not in after:
        after[column] = None
    after[column] = after[column].astype(object)
    after.at["cust_2", column] = value
    after.loc["cust_0", "description"] = "fine"
    found = edits_of(before, after)
    problem = only(found, "value")
    assert problem.customers == ("cust_2",)
    assert told in problem.message
    assert problem.blocks
    assert cells(found) == {("cust_0", "description"): (None, "fine")}


def test_infinite_numbers_in_a_float_column_are_refused_where_they_stand():
    before = some_frame(3, metadata={"score": 1.5})
    after = before.copy()
    after["metadata.score"] = [1.5, np.inf, 2.0]
    found = edits_of(before, after)
    assert only(found, "value").customers == ("cust_1",)
    assert cells(found) == {("cust_2", "metadata.score"): (1.5, 2)}


def test_of_another_frame_only_the_difference_is_meant():
    fetched = some_frame(3, metadata={"tier": "gold"})
    started = fetched.assign(phone="+49")
    edited = started.copy()
    edited.loc["cust_1", "metadata.tier"] = "silver"
    found = edits_of(fetched, edited, before=started)
    assert cells(found) == {("cust_1", "metadata.tier"): ("gold", "silver")}


def test_only_the_columns_that_are_meant_are_compared():
    before = some_frame(2)
    after = before.assign(name="x", description="y", band=1)
    found = edits_of(before, after, columns=("description",))
    assert {field for _, field in cells(found)} == {"description"}
    assert kinds(found) == []


def test_nested_values_changed_in_place_are_seen():
    fetched = frame_of(*(customer(i, metadata={"prefs": {"k": [1]}}) for i in range(2)))
    sides = sides_of(fetched, fetched)
    fetched.loc["cust_1", "metadata.prefs"]["k"].append(2)
    (change,) = find_edits(sides, schema=MetadataSchema).changes
    assert change.before == {"metadata.prefs": {"k": [1]}}
    assert change.after == {"metadata.prefs": {"k": [1, 2]}}


SCHEMA = {
    "properties": {
        "tier": {"type": "string", "optional": True, "eq": ["gold", "silver"]},
        "score": {"type": "number", "optional": False},
    }
}


def test_values_are_checked_against_the_schema_in_the_vendors_words():
    before = some_frame(3, metadata={"tier": "gold", "score": 1})
    after = before.copy()
    after["metadata.tier"] = ["snap", "snap", "silver"]
    found = edits_of(before, after, schema=SCHEMA)
    problem = only(found, "schema")
    assert problem.what == "tier: must be a string, must be equal to one of gold,silver"
    assert "'snap'" in problem.example
    assert problem.customers == ("cust_0", "cust_1")
    assert list(cells(found)) == [("cust_2", "metadata.tier")]


def test_a_required_key_cannot_be_emptied_and_its_lack_is_told():
    before = frame_of(customer(0, metadata={"score": 1}), customer(1, metadata={"tier": "gold"}))
    after = before.copy()
    after.loc["cust_0", "metadata.score"] = pd.NA
    after.loc["cust_1", "metadata.tier"] = "silver"
    found = edits_of(before, after, schema=SCHEMA)
    assert kinds(found) == ["schema", "required"]
    assert only(found, "required").customers == ("cust_1",)
    assert not only(found, "required").blocks


def test_keys_outside_a_closed_schema_are_refused():
    before = some_frame(1)
    after = before.assign(**{"metadata.other": 1})
    found = edits_of(before, after, schema={**SCHEMA, "allow_defined_only": True})
    assert "not defined" in only(found, "schema").message


def test_the_schema_is_not_asked_for_when_metadata_stays():
    def never():
        raise AssertionError

    before = some_frame(2, metadata={"tier": "gold"})
    found = find_edits(sides_of(before, before.assign(name="x")), schema=never)
    assert len(found.changes) == 2


# -- unknown customers --------------------------------------------------------------------------


def with_new_row(before, label="new", **cells_):
    row = pd.DataFrame([cells_], index=pd.Index([label], name="customer_id"))
    return pd.concat([before.astype(object), row.astype(object)])


def test_rows_can_be_created_with_what_they_have():
    before = some_frame(2)
    after = with_new_row(
        before, source_id="s9", name="x", birthdate="2000-01-02", **{"metadata.tier": "gold"}
    )
    found = edits_of(before, after, create_missing=True)
    (change,) = found.changes
    assert (change.customer_id, change.source_id) == (None, "s9")
    assert change.after == {"name": "x", "birthdate": "2000-01-02", "metadata.tier": "gold"}
    assert set(change.before.values()) == {None}


def test_new_rows_need_a_source_id_of_their_own():
    before = some_frame(2)
    after = with_new_row(before, "a", name="x")
    after = with_new_row(after, "b", source_id="s1", name="x")
    after = with_new_row(after, "c", source_id="s9", name="x")
    after = with_new_row(after, "d", source_id="s9", name="x")
    found = edits_of(before, after, create_missing=True)
    assert only(found, "no_source_id").customers == ("a",)
    assert only(found, "doubled_source_id").customers == ("b", "d")
    assert [change.label for change in found.changes] == ["c"]


def test_new_rows_cannot_bring_what_is_not_writable():
    before = some_frame(1)
    after = with_new_row(before, source_id="s9", **{"loyalty.points": 5, "name": "x"})
    found = edits_of(before, after, create_missing=True)
    assert only(found, "ignored").customers == ("new",)
    assert found.changes[0].after == {"name": "x"}


def test_new_rows_are_checked_like_others():
    before = some_frame(1, metadata={"score": 1})
    after = with_new_row(before, source_id="s9", name=5, **{"metadata.tier": "snap"})
    found = edits_of(before, after, schema=SCHEMA, create_missing=True)
    assert {"value", "schema"} <= set(kinds(found))


def test_cells_of_several_new_rows_that_cannot_be_decided_are_told_together():
    before = frame_of(*(customer(i, metadata={"score": i}) for i in range(2)))
    after = before
    for i in (8, 9):
        score = {"metadata.score": f"about {i}"}
        after = with_new_row(after, f"new {i}", source_id=f"s{i}", **score)
    problem = only(edits_of(before, after, create_missing=True), "value")
    assert problem.customers == ("new 8", "new 9")
    assert "about 8" in problem.example


def test_missing_columns_are_told_and_left_alone():
    before = some_frame(2, metadata={"tier": "gold"})
    found = edits_of(before, before[["name"]])
    problem = only(found, "missing_column")
    assert not problem.blocks
    assert "metadata.tier" in problem.columns
    assert not any(name.startswith("summary") for name in problem.columns)


@pytest.mark.parametrize(
    ("columns", "found"), [(None, [0, 1]), (["name", "phone"], [0]), (["phone"], [])]
)
def test_rows_differ_in_the_columns_that_both_are_asked_for(columns, found):
    before = pd.DataFrame({"name": ["a", "b", "c"], "city": ["x", "y", "z"]})
    after = pd.DataFrame({"name": ["A", "b", "c"], "city": ["x", "Y", "z"]})
    at = np.arange(3)
    assert differing_rows(after, at, before, at, columns).tolist() == found
