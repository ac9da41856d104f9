"""Pushing an edited frame to the sandbox over real HTTP."""

from __future__ import annotations

import pandas as pd
import pytest

from tests.contract.push_support import fetched, fill, on_server, outcomes, push, reads, writes
from vfy_notebook.errors import ArgumentError, NotFoundError, PlanError, PushFailed


def test_an_unchanged_frame_costs_no_call(project, sandbox):
    fill(sandbox, 5)
    _, after = fetched(project)
    sandbox.forget_requests()
    plan = project.plan_push(after.sample(frac=1, random_state=0))
    report = push(plan)
    assert plan.edits.empty
    assert report.rows.empty
    assert report.is_finished
    assert push(report.plan_undo()).rows.empty
    assert push(report.plan_retry()).rows.empty
    assert sandbox.requests() == []


def test_one_change_of_many_goes_by_the_metadata_route(project, sandbox):
    fill(sandbox, 250)
    before, after = fetched(project)
    after["metadata.tier"] = "gold"
    sandbox.forget_requests()
    plan = project.plan_push(after)
    assert plan.calls == {"metadata": 3}
    assert writes(sandbox) == {}
    report = push(plan)
    assert writes(sandbox) == {"metadata": 3}
    assert set(on_server(sandbox).values()) == {"gold"}
    assert list(on_server(sandbox, "score").values()) == list(range(250))
    assert report.counts == {"updated": 250}
    assert list(report.rows["customer_id"]) == list(before.index)
    assert set(report.rows["route"]) == {"metadata"}
    assert report.rows["async_action_id"].nunique() == 3
    assert set(report.rows["learnt"]) == {"read back"}
    report.raise_if_failed()


def test_each_customer_takes_the_route_that_fits(project, sandbox):
    fill(sandbox, 6, without_source_id=(5,))
    before, after = fetched(project)
    ids = before.index
    after.loc[ids[:3], "metadata.tier"] = "gold"
    after.loc[ids[3], "name"] = "Žofia"
    after.loc[ids[4], ["metadata.tier", "address.city"]] = ["silver", "Kraków"]
    after.loc[ids[5], "metadata.tier"] = "gold"
    # Three records more would fit the one bulk request: a call less.
    assert project.plan_push(after).calls == {"bulk": 1, "put": 1}
    plan = project.plan_push(after, max_records=3)
    assert plan.calls == {"metadata": 1, "bulk": 1, "put": 1}
    report = push(plan)
    assert dict(zip(report.rows["customer_id"], report.rows["route"], strict=True)) == {
        **dict.fromkeys(ids[:3], "metadata"),
        **dict.fromkeys(ids[3:5], "bulk"),
        ids[5]: "put",
    }
    assert project.plan_push(after).edits.empty


@pytest.mark.parametrize("kept", ["merge", "replace"])
def test_what_is_not_edited_stays_whatever_the_server_does_with_it(project, sandbox, kept):
    fill(sandbox, 4, without_source_id=(2, 3))
    sandbox.set(put_metadata=kept, bulk_metadata=kept, put_address=kept, bulk_address=kept)
    _, after = fetched(project)
    after["metadata.tier"] = ["a", "b", "c", pd.NA]
    after["metadata.new"] = [1, 2, 3, 4]
    after["address.city"] = ["K", "L", pd.NA, "N"]
    report = push(project.plan_push(after, new_keys=["new"]))
    assert report.counts == {"updated": 4}
    customers = sandbox.customers()
    assert [c["metadata"] for c in customers] == [
        {"tier": "a", "score": 0, "new": 1},
        {"tier": "b", "score": 1, "new": 2},
        {"tier": "c", "score": 2, "new": 3},
        {"tier": None, "score": 3, "new": 4},
    ]
    assert [c["address"]["city"] for c in customers] == ["K", "L", None, "N"]
    assert {c["address"]["country"] for c in customers} == {"PL"}


def test_every_kind_of_value_arrives_as_it_was_meant(project, sandbox):
    fill(sandbox, 1)
    _, after = fetched(project)
    values = {
        "metadata.whole": 5.0,
        "metadata.big": 2**60,
        "metadata.flag": True,
        "metadata.when": pd.Timestamp("2024-01-31 13:00", tz="Europe/Warsaw"),
        "metadata.list": ["a", {"n": 1.5}],
        "metadata.text": "00042",
        "metadata.with space/ü": "😀",
        "birthdate": pd.Timestamp("1990-05-01"),
        "email": "a@example.com",
    }
    for column, value in values.items():
        after[column] = pd.Series([value], index=after.index, dtype=object)
    push(project.plan_push(after, new_keys=True)).raise_if_failed()
    (customer,) = sandbox.customers()
    assert customer["birthdate"] == "1990-05-01"
    assert customer["email"] == "a@example.com"
    assert customer["metadata"] == {
        "tier": "bronze",
        "score": 0,
        "whole": 5,
        "big": 2**60,
        "flag": True,
        "when": "2024-01-31T12:00:00.000Z",
        "list": ["a", {"n": 1.5}],
        "text": "00042",
        "with space/ü": "😀",
    }
    assert type(customer["metadata"]["whole"]) is int


def test_awkward_source_ids_are_addressed(project, sandbox):
    fill(sandbox, 3)
    names = ["a/b?c#d", "ü @example.com", '"quoted"\\\n']
    sandbox.reset(
        customers=[
            {"id": f"cust_{i}", "source_id": name, "metadata": {"tier": "bronze"}}
            for i, name in enumerate(names)
        ]
    )
    _, after = fetched(project)
    after["metadata.tier"] = "gold"
    after["name"] = ["x", "y", "z"]
    assert push(project.plan_push(after)).counts == {"updated": 3}
    assert set(on_server(sandbox).values()) == {"gold"}


# -- what it costs -----------------------------------------------------------------------------


def test_10_000_equal_changes_take_100_bulk_calls_and_at_most_10_others(project, sandbox):
    fill(sandbox, 10_000)
    _, after = fetched(project)
    after["metadata.tier"] = "gold"
    sandbox.forget_requests()
    report = push(project.plan_push(after))
    assert writes(sandbox) == {"metadata": 100}
    assert reads(sandbox) <= 10
    assert report.counts == {"updated": 10_000}
    assert set(report.rows["learnt"]) == {"export"}
    assert set(on_server(sandbox).values()) == {"gold"}


def test_10_000_equal_changes_take_one_call_if_the_api_takes_more_records(project, sandbox):
    fill(sandbox, 10_000)
    sandbox.set(max_bulk_records=None)
    _, after = fetched(project)
    after["metadata.tier"] = "gold"
    sandbox.forget_requests()
    report = push(project.plan_push(after, max_records=10_000))
    assert writes(sandbox) == {"metadata": 1}
    assert reads(sandbox) <= 10
    assert report.counts == {"updated": 10_000}
    assert set(report.rows["learnt"]) == {"report"}


def test_a_single_edit_costs_few_calls(project, sandbox):
    fill(sandbox, 300)
    before, after = fetched(project)
    after.loc[before.index[7], "metadata.tier"] = "gold"
    sandbox.forget_requests()
    push(project.plan_push(after)).raise_if_failed()
    # schema, the customer itself twice, the job twice, reading back
    assert writes(sandbox) == {"metadata": 1}
    assert reads(sandbox) <= 6


def test_the_metadata_schema_is_only_asked_for_when_metadata_changes(project, sandbox):
    fill(sandbox, 3)
    _, after = fetched(project)
    sandbox.forget_requests()
    project.plan_push(after.assign(name="x"))
    assert not any("metadata-schemas" in r["path"] for r in sandbox.requests())


def test_values_are_checked_against_the_projects_schema(project, sandbox):
    fill(sandbox, 2)
    schema = {"properties": {"tier": {"type": "string", "eq": ["gold"]}}}
    customers = sandbox.customers()
    sandbox.reset(customers=customers, metadata_schema=schema)
    _, after = fetched(project)
    after["metadata.tier"] = ["snap", "gold"]
    plan = project.plan_push(after)
    with pytest.raises(PlanError, match="must be equal to one of gold"):
        push(plan)
    assert writes(sandbox) == {}


@pytest.mark.parametrize("status", [403, 404])
def test_a_schema_that_cannot_be_had_demands_nothing(project, sandbox, status):
    fill(sandbox, 1)
    sandbox.script(
        {"path": "/v1/metadata-schemas/*", "do": "status", "status": status, "nth": "every"}
    )
    _, after = fetched(project)
    after["metadata.tier"] = "gold"
    assert push(project.plan_push(after)).counts == {"updated": 1}


# -- running once, and not at all ---------------------------------------------------------------


def test_a_plan_runs_once(project, sandbox):
    fill(sandbox, 2)
    _, after = fetched(project)
    plan = project.plan_push(after.assign(name="x"))
    push(plan)
    sandbox.forget_requests()
    with pytest.raises(PlanError, match="was pushed already"):
        push(plan)
    assert sandbox.requests() == []


def test_nothing_is_sent_while_a_problem_blocks(project, sandbox):
    fill(sandbox, 3)
    before, after = fetched(project)
    after["name"] = "x"
    after.loc[before.index[0], "source_id"] = "typo"
    after["emial"] = "x"
    plan = project.plan_push(after)
    assert list(plan.problems.loc[plan.problems["blocks"], "kind"]) == ["near_name", "read_only"]
    with pytest.raises(PlanError, match=r"(?s)emial.*source_id"):
        push(plan)
    assert writes(sandbox) == {}
    assert {c["name"] for c in sandbox.customers()} == {"Name 0", "Name 1", "Name 2"}


def test_wrong_arguments_are_refused_at_once(project, sandbox):
    fill(sandbox, 1)
    _, after = fetched(project)
    with pytest.raises(ArgumentError):
        project.plan_push(after.to_dict())
    with pytest.raises(ArgumentError):
        project.plan_push(after, on_conflict="maybe")
    with pytest.raises(PlanError, match="more than one row"):
        project.plan_push(pd.concat([after, after.assign(name="Another")]))


# -- conflicts ---------------------------------------------------------------------------------


def conflicting(project, sandbox, count=5):
    """A frame, its edit, and a customer that someone else has changed meanwhile."""
    fill(sandbox, count)
    before, after = fetched(project)
    after["metadata.tier"] = "gold"
    sandbox.touch("s1", name="Someone else", metadata={"tier": "silver", "score": 99})
    sandbox.forget_requests()
    return before, after


def test_customers_changed_meanwhile_are_refused_by_name(project, sandbox):
    _, after = conflicting(project, sandbox)
    plan = project.plan_push(after)
    (problem,) = plan.problems[plan.problems["blocks"]].to_dict("records")
    assert (problem["kind"], problem["customers"]) == ("conflict", ["cust_00001"])
    assert "on_conflict='skip'" in problem["message"]
    with pytest.raises(PlanError, match="cust_00001"):
        push(plan)
    assert writes(sandbox) == {}


def test_customers_changed_meanwhile_can_be_skipped(project, sandbox):
    _, after = conflicting(project, sandbox)
    plan = project.plan_push(after, on_conflict="skip")
    assert "cust_00001" not in set(plan.edits["customer_id"])
    report = push(plan)
    assert report.counts == {"updated": 4, "skipped": 1}
    assert outcomes(report)["cust_00001"] == "skipped"
    assert "changed on the server" in report.rows.set_index("customer_id")["reason"]["cust_00001"]
    assert on_server(sandbox)["cust_00001"] == "silver"


def test_overwriting_changes_the_edited_cells_only(project, sandbox):
    _, after = conflicting(project, sandbox)
    sandbox.set(bulk_metadata="replace")
    after["description"] = [f"d{i}" for i in range(5)]  # the bulk route, which sends all metadata
    plan = project.plan_push(after, on_conflict="overwrite")
    edit = plan.edits.set_index(["customer_id", "field"])
    assert edit.loc[("cust_00001", "metadata.tier"), "before"] == "silver"
    report = push(plan)
    assert report.counts == {"updated": 5}
    changed = sandbox.customer("s1")
    assert changed["metadata"] == {"tier": "gold", "score": 99}
    assert changed["name"] == "Someone else"
    push(report.plan_undo()).raise_if_failed()
    assert sandbox.customer("s1")["metadata"] == {"tier": "silver", "score": 99}


def test_looking_for_conflicts_costs_one_call_when_there_are_none(project, sandbox):
    fill(sandbox, 1000)
    _, after = fetched(project)
    after["name"] = "x"
    sandbox.forget_requests()
    project.plan_push(after, create_missing=True)
    assert len(sandbox.requests()) == 1


@pytest.mark.parametrize("touched", [1, 130])
def test_all_conflicts_are_found_whatever_their_number(project, sandbox, touched):
    fill(sandbox, 300)
    _, after = fetched(project)
    after["name"] = "x"
    for i in range(touched):
        sandbox.touch(f"s{2 * i}", name="y")
    plan = project.plan_push(after, on_conflict="skip")
    (problem,) = [p for p in plan.problems.to_dict("records") if p["kind"] == "conflict"]
    assert sorted(problem["customers"]) == [f"cust_{2 * i:05d}" for i in range(touched)]


def test_others_changes_of_customers_not_edited_are_no_conflict(project, sandbox):
    fill(sandbox, 30)
    before, after = fetched(project)
    after.loc[before.index[:3], "name"] = "x"
    sandbox.touch("s9", name="y")
    assert push(project.plan_push(after)).counts == {"updated": 3}


def test_what_changed_while_the_plan_was_looked_at_is_a_conflict_too(project, sandbox):
    fill(sandbox, 5)
    _, after = fetched(project)
    plan = project.plan_push(after.assign(name="x"))
    sandbox.touch("s1", name="y")
    with pytest.raises(PlanError, match="changed on the server"):
        push(plan)
    assert writes(sandbox) == {}


@pytest.mark.parametrize("bounds", ["exclusive", "inclusive"])
@pytest.mark.parametrize("total", [True, False])
@pytest.mark.parametrize("has_more", [True, False])
def test_conflicts_are_found_whatever_lists_leave_out(project, sandbox, bounds, total, has_more):
    fill(sandbox, 120)
    sandbox.set(range_bounds=bounds, total_present=total, has_more=has_more)
    _, after = fetched(project)
    sandbox.touch("s100", description="y")
    plan = project.plan_push(after.assign(description="x"), on_conflict="skip")
    assert "cust_00100" not in set(plan.edits["customer_id"])
    assert len(plan.edits) == 119
    assert push(plan).counts == {"updated": 119, "skipped": 1}


# -- existence ---------------------------------------------------------------------------------


def test_a_deleted_customer_is_not_created_anew(project, sandbox):
    fill(sandbox, 250)
    _, after = fetched(project)
    after["metadata.tier"] = "gold"
    sandbox.remove(["s7"])
    plan = project.plan_push(after)
    with pytest.raises(
        PlanError, match=r"No longer on the server: 1 customer \(cust_00007, Name 7\)"
    ):
        push(plan)
    assert sandbox.customer("s7") is None
    rest = project.plan_push(after.drop(["cust_00007"]))
    assert push(rest).counts == {"updated": 249}
    assert sandbox.customer("s7") is None


def test_a_deleted_customer_is_created_anew_if_asked_for(project, sandbox):
    fill(sandbox, 5)
    _, after = fetched(project)
    after["metadata.tier"] = "gold"
    sandbox.remove(["s3"])
    report = push(project.plan_push(after, create_missing=True))
    assert report.counts == {"updated": 4, "created": 1}
    created = report.rows.set_index("source_id").loc["s3"]
    assert created["customer_id"] == sandbox.customer("s3")["id"] != "cust_00003"
    assert "created it anew" in created["reason"]


def test_existence_is_checked_in_few_calls_of_a_filtered_frame_too(project, sandbox):
    fill(sandbox, 2000)
    before = project.fetch_customers(progress=False).iloc[::2]
    after = before.assign(name="x")
    sandbox.remove(["s500"])
    sandbox.forget_requests()
    plan = project.plan_push(after)
    told = plan.problems[plan.problems["blocks"]]
    assert told["customers"].tolist() == [["cust_00500"]]
    assert len(sandbox.requests()) <= 8


def test_a_handful_of_customers_is_got_one_by_one(project, sandbox):
    fill(sandbox, 2000)
    before = project.fetch_customers(progress=False)
    after = before.assign(name="x").iloc[[3, 1900]]
    sandbox.forget_requests()
    project.plan_push(after)
    assert len(sandbox.requests()) == 2


def test_customers_without_a_source_id_that_are_gone_fail_alone(project, sandbox):
    fill(sandbox, 3, without_source_id=(0, 1, 2))
    _, after = fetched(project)
    plan = project.plan_push(after.assign(name="x"))
    sandbox.remove(["cust_00001"])
    report = push(plan)
    assert outcomes(report) == {
        "cust_00000": "updated",
        "cust_00001": "failed",
        "cust_00002": "updated",
    }
    with pytest.raises(PushFailed, match="no longer on the server") as caught:
        report.raise_if_failed()
    assert caught.value.report is report


def new_rows(before, *source_ids):
    rows = pd.DataFrame(
        {"source_id": source_ids, "name": "New", "metadata.tier": "gold"},
        index=pd.Index([f"new{i}" for i in range(len(source_ids))], name="customer_id"),
    )
    return pd.concat([before.astype(object), rows.astype(object)])


def test_unknown_rows_are_refused_unless_they_are_to_be_created(project, sandbox):
    fill(sandbox, 3)
    before, _ = fetched(project)
    after = new_rows(before, "s100", "s101")
    with pytest.raises(PlanError, match="Neither fetched nor on the server"):
        push(project.plan_push(after))
    assert len(sandbox.customers()) == 3
    report = push(project.plan_push(after, create_missing=True))
    assert report.counts == {"created": 2}
    assert [sandbox.customer(s)["name"] for s in ("s100", "s101")] == ["New", "New"]
    assert set(report.rows["customer_id"]) == {sandbox.customer(s)["id"] for s in ("s100", "s101")}


def test_a_new_row_that_exists_already_is_refused(project, sandbox):
    fill(sandbox, 5)
    before = project.fetch_customers(limit=3, progress=False)
    plan = project.plan_push(new_rows(before, "s4"), create_missing=True)
    blocking = plan.problems[plan.problems["blocks"]]
    assert blocking["kind"].tolist() == ["existing_source_id"]
    assert blocking["customers"].tolist() == [["new0"]]


def test_a_new_row_that_comes_to_exist_after_planning_is_told_as_updated(project, sandbox):
    fill(sandbox, 4)
    before = project.fetch_customers(progress=False)
    plan = project.plan_push(new_rows(before, "s4"), create_missing=True)
    fill(sandbox, 5)  # somebody imports one more, as of earlier
    report = push(plan)
    assert report.counts == {"updated": 1}
    assert outcomes(report) == {"cust_00004": "updated"}
    assert len(sandbox.customers()) == 5


@pytest.mark.parametrize("most", [100, 10_000])
def test_many_new_rows_are_created_and_failures_among_them_told(project, sandbox, most):
    fill(sandbox, 3)
    sandbox.set(max_bulk_records=None, job_failures={"n7": "no"})
    before, _ = fetched(project)
    after = new_rows(before, *(f"n{i}" for i in range(800)))
    plan = project.plan_push(after, create_missing=True, max_records=most)
    sandbox.forget_requests()
    report = push(plan)
    assert report.counts == {"created": 799, "failed": 1}
    assert list(report.failed["source_id"]) == ["n7"]
    assert len(sandbox.customers()) == 802
    assert reads(sandbox) <= 25


def test_the_schema_can_be_fetched(project, sandbox):
    fill(sandbox, 0)
    schema = {"properties": {"tier": {"type": "string"}}, "allow_defined_only": True}
    sandbox.reset(customers=[], metadata_schema=schema)
    assert list(project.fetch_metadata_schema().index) == ["tier"]
    sandbox.script({"path": "/v1/metadata-schemas/*", "do": "status", "status": 404})
    with pytest.raises(NotFoundError):
        project.fetch_metadata_schema()


# -- frames fetched by export --------------------------------------------------------------------


def exported(project):
    before = project.fetch_customers(via="export", progress=False)
    return before, before.copy()


def test_an_exported_frame_can_be_edited_without_losing_metadata_it_does_not_have(project, sandbox):
    fill(sandbox, 5, metadata={"tier": "bronze", "not in the schema": [1, {"a": None}]})
    sandbox.set(bulk_metadata="replace", put_metadata="replace")
    was = sandbox.customers()
    before, after = exported(project)
    after["metadata.tier"] = ["gold", "gold", "gold", "silver", "bronze"]
    after.loc[before.index[4], "name"] = "New"
    plan = project.plan_push(after)
    assert plan.calls == {"metadata": 2, "bulk": 1}
    report = push(plan)
    assert report.counts == {"updated": 5}
    now = sandbox.customers()
    assert [c["metadata"]["tier"] for c in now] == list(after["metadata.tier"])
    assert all(c["metadata"]["not in the schema"] == [1, {"a": None}] for c in now)
    push(report.plan_undo()).raise_if_failed()
    assert [c["metadata"] for c in sandbox.customers()] == [c["metadata"] for c in was]


def test_all_metadata_are_read_where_an_export_lacks_some_that_have_to_be_sent(project, sandbox):
    fill(sandbox, 4, without_source_id=(2,), metadata={"tier": "bronze", "hidden": [1]})
    sandbox.set(bulk_metadata="replace", put_metadata="replace")
    before, after = exported(project)
    after.loc[before.index[1:3], "metadata.tier"] = "gold"
    after.loc[before.index[[1, 3]], "name"] = "New"
    assert push(project.plan_push(after)).counts == {"updated": 3}
    assert [c["metadata"] for c in sandbox.customers()] == [
        {"tier": tier, "hidden": [1]} for tier in ("bronze", "gold", "gold", "bronze")
    ]


def test_a_saved_frame_is_pushed_by_its_difference_and_loses_no_metadata(
    project, sandbox, tmp_path
):
    fill(sandbox, 3, without_source_id=(1,), metadata={"tier": "bronze", "hidden": [1]})
    sandbox.set(bulk_metadata="replace", put_metadata="replace")
    saved = project.save_customers(tmp_path / "saved", progress=False)
    before = pd.read_parquet(saved.path)
    after = before.copy()
    after["metadata.tier"] = "gold"
    assert push(project.plan_push(after, before=before)).counts == {"updated": 3}
    assert [c["metadata"] for c in sandbox.customers()] == [{"tier": "gold", "hidden": [1]}] * 3
