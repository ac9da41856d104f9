"""Which version a row came from, whatever has become of its frame: over real HTTP."""

from __future__ import annotations

import pandas as pd
import pytest

from tests.contract.push_support import fetched, fill, on_server, push, writes
from vfy_notebook import connection
from vfy_notebook.errors import ArgumentError, PlanError
from vfy_notebook.snapshots.store import PROCESS_STORE


def kinds(plan):
    return list(plan.problems["kind"])


def forget_everything():
    """As in another process: nothing is remembered."""
    most, PROCESS_STORE.max_bytes = PROCESS_STORE.max_bytes, 0
    PROCESS_STORE.max_bytes = most


def test_a_frame_put_together_from_two_fetches_reverts_nobody(project, sandbox):
    fill(sandbox, 4)
    old = project.fetch_customers(progress=False)
    sandbox.touch("s2", metadata={"tier": "silver", "score": 2})
    new = project.fetch_customers(progress=False)
    both = pd.concat([old.iloc[:2], new.iloc[2:]])
    assert project.plan_push(both).edits.empty
    both["name"] = "x"
    sandbox.touch("s1", name="Colleague")
    with pytest.raises(PlanError, match="name was changed on the server"):
        push(project.plan_push(both))
    assert set(on_server(sandbox).values()) == {"bronze", "silver"}


def test_an_older_fetch_beside_a_newer_one_is_compared_with_its_own(project, sandbox):
    fill(sandbox, 3)
    old = project.fetch_customers(progress=False)
    sandbox.touch("s1", metadata={"tier": "silver", "score": 1})
    project.fetch_customers(progress=False)
    plan = project.plan_push(old.assign(name="x"))
    assert set(plan.edits["field"]) == {"name"}
    push(plan).raise_if_failed()
    assert on_server(sandbox)["cust_00001"] == "silver"


def test_going_on_with_the_same_frame_after_a_push_is_no_conflict(project, sandbox):
    fill(sandbox, 5, without_source_id=(4,))
    customers, edited = fetched(project)
    edited["metadata.tier"] = "gold"
    push(project.plan_push(edited)).raise_if_failed()
    edited["metadata.tier"] = "platinum"
    again = project.plan_push(edited)
    assert set(again.edits["before"]) == {"gold"}
    push(again).raise_if_failed()
    assert set(on_server(sandbox).values()) == {"platinum"}
    # The frame as it was fetched: its tiers are older than the pushes, and left alone.
    other = project.plan_push(customers.assign(name="x"))
    assert set(other.edits["field"]) == {"name"}
    assert "pushed_since" in kinds(other)
    push(other).raise_if_failed()
    assert set(on_server(sandbox).values()) == {"platinum"}


def test_a_second_edit_of_many_pushed_customers_costs_no_call_for_each(project, sandbox):
    fill(sandbox, 1_500)
    _, edited = fetched(project)
    edited["metadata.tier"] = "gold"
    push(project.plan_push(edited)).raise_if_failed()
    edited["metadata.tier"] = "platinum"
    sandbox.forget_requests()
    plan = project.plan_push(edited)
    assert len(sandbox.requests()) <= 10
    assert len(plan.edits) == 1_500


def test_a_row_without_mark_is_known_by_its_own_time(project, sandbox):
    fill(sandbox, 3)
    customers, _ = fetched(project)
    unmarked = pd.DataFrame({name: customers[name] for name in customers})
    unmarked.attrs = {}
    sandbox.forget_requests()
    assert project.plan_push(unmarked).edits.empty
    assert sandbox.requests() == []


def test_a_frame_of_yesterday_is_compared_with_the_server_where_that_has_not_moved(
    project, sandbox
):
    fill(sandbox, 5)
    _, edited = fetched(project)
    edited["name"] = "x"
    forget_everything()
    plan = project.plan_push(edited)
    assert "read anew" in str(plan)
    assert push(plan).counts == {"updated": 5}


def test_a_frame_of_yesterday_never_reverts_what_has_changed_since(project, sandbox):
    fill(sandbox, 31)
    _, edited = fetched(project)
    edited.loc["cust_00003", "name"] = "Mine"
    forget_everything()
    sandbox.advance(60)
    for i in range(31):
        sandbox.touch(f"s{i}", phone=f"+48 {i}")
    plan = project.plan_push(edited)
    (problem,) = plan.problems[plan.problems["blocks"]].to_dict("records")
    assert problem["kind"] == "aged_copy"
    with pytest.raises(PlanError):
        push(plan)
    assert writes(sandbox) == {}
    meant = project.plan_push(edited, columns=["name"])
    assert meant.edits["after"].tolist() == ["Mine"]
    assert push(meant).counts == {"updated": 1}
    assert {c["phone"] for c in sandbox.customers()} == {f"+48 {i}" for i in range(31)}


def test_before_says_what_is_meant_of_a_frame_of_yesterday(project, sandbox):
    fill(sandbox, 5)
    before, edited = fetched(project)
    edited.loc["cust_00003", "name"] = "Mine"
    edited.loc["cust_00004", "phone"] = "mine"
    forget_everything()
    sandbox.advance(60)
    sandbox.touch("s3", phone="+48")
    plan = project.plan_push(edited, before=before)
    assert push(plan).counts == {"updated": 2}
    assert sandbox.customer("s3")["phone"] == "+48"
    sandbox.touch("s4", phone="theirs")
    edited.loc["cust_00004", "phone"] = "again"
    forget_everything()
    with pytest.raises(PlanError, match="phone was changed on the server"):
        push(project.plan_push(edited, before=before))


def test_values_to_set_leave_alone_what_is_blank(project, sandbox):
    fill(sandbox, 4)
    values = pd.DataFrame(
        {"name": ["New", None], "metadata.tier": ["bronze", "gold"]},
        index=pd.Index(["cust_00001", "cust_00002"], name="customer_id"),
    )
    plan = project.plan_push(values)
    assert "values to set" in str(plan)
    assert push(plan).counts == {"updated": 2}
    assert [c["name"] for c in sandbox.customers()][1:3] == ["New", "Name 2"]
    assert list(on_server(sandbox).values()) == ["bronze", "bronze", "gold", "bronze"]


@pytest.mark.parametrize("row", [0, 1, 4])
def test_values_to_set_of_customers_who_are_remembered_are_read_once(project, sandbox, row):
    fill(sandbox, 5)
    customers = project.fetch_customers(progress=False)
    values = pd.DataFrame({"name": ["New"]}, index=customers.index[[row]])
    sandbox.forget_requests()
    plan = project.plan_push(values)
    assert plan.edits["before"].tolist() == [f"Name {row}"]
    assert [request["path"] for request in sandbox.requests()] == [
        f"/v1/customers/{customers.index[row]}"
    ]


def test_rows_that_may_be_of_several_versions_are_told(project, sandbox):
    fill(sandbox, 3)
    project.fetch_customers(progress=False)
    sandbox.touch("s1", name="Between")
    sandbox.advance(1)
    project.fetch_customers(progress=False)
    values = pd.DataFrame(
        {"name": ["Name 0", "Name 1", "New"]},
        index=pd.Index([f"cust_{i:05}" for i in range(3)], name="customer_id"),
    )
    plan = project.plan_push(values)
    (problem,) = plan.problems[plan.problems["blocks"]].to_dict("records")
    assert (problem["kind"], problem["customers"]) == ("unclear_base", ["cust_00001"])


def test_a_frame_of_another_project_is_refused(make_project, sandbox):
    fill(sandbox, 2)
    frame = make_project().fetch_customers(progress=False)
    other = make_project(url=sandbox.url.replace("127.0.0.1", "localhost"))
    sandbox.forget_requests()
    with pytest.raises(PlanError, match="another project"):
        other.plan_push(frame)
    assert sandbox.requests() == []


def test_connecting_again_keeps_what_was_fetched(make_project, sandbox):
    fill(sandbox, 2)
    frame = make_project().fetch_customers(progress=False)
    sandbox.forget_requests()
    assert make_project().plan_push(frame).edits.empty
    assert sandbox.requests() == []


def test_planning_that_would_take_many_calls_says_so_first(project, sandbox):
    fill(sandbox, 700)
    _, edited = fetched(project)
    forget_everything()
    with pytest.raises(PlanError, match=r"max_calls=7"):
        project.plan_push(edited.assign(name="x"), max_calls=3)
    assert len(project.plan_push(edited.assign(name="x"), max_calls=20).edits) == 700


def test_what_somebody_else_writes_during_the_push_is_reported(project, sandbox):
    fill(sandbox, 5)
    sandbox.set(job_polls=1)
    _, edited = fetched(project)
    plan = project.plan_push(edited.assign(**{"metadata.tier": "gold"}))
    sandbox.script(
        {
            "method": "POST",
            "path": "/v1/customers/*/async",
            "do": "run",
            "touch": {"s2": {"metadata": {"tier": "bronze", "score": 99}}},
        }
    )
    report = push(plan)
    assert report.counts == {"updated": 5}
    told = report.rows.set_index("customer_id")["reason"]
    assert "metadata.score" in told["cust_00002"]
    assert told.drop("cust_00002").isna().all()
    push(report.plan_undo()).raise_if_failed()
    assert sandbox.customer("s2")["metadata"] == {"tier": "bronze", "score": 99}


@pytest.mark.parametrize("column", ["summary.orders.total_amount", "loyalty.points"])
def test_an_edit_of_what_cannot_be_written_is_told(project, sandbox, column):
    fill(sandbox, 4, loyalty={"points": 7})
    customers, edited = fetched(project)
    for same in (customers.copy(), customers.astype(object), customers.convert_dtypes()):
        assert kinds(project.plan_push(same)) == []
    edited.loc["cust_00002", column] = 999
    plan = project.plan_push(edited)
    (problem,) = plan.problems[plan.problems["blocks"]].to_dict("records")
    assert (problem["kind"], problem["customers"]) == ("read_only", ["cust_00002"])
    assert column.rpartition(".")[0] in problem["message"]
    way_out = edited.drop(columns=edited.filter(like=f"{column.rpartition('.')[0]}.").columns)
    assert kinds(project.plan_push(way_out.assign(name="x"))) == []


def test_points_of_a_newer_fetch_are_no_edit(project, sandbox):
    fill(sandbox, 2, loyalty={"points": 7, "referred_customers": 0})
    customers, _ = fetched(project)
    now = {"points": 8, "referred_customers": 0}
    sandbox.touch("s1", loyalty=now, updated_at="2024-03-01T00:00:00.000Z")
    now = project.fetch_customers(progress=False)
    mixed = customers.assign(**{"loyalty.points": now["loyalty.points"]})
    assert kinds(project.plan_push(mixed)) == []


def test_the_old_form_fails_loudly(project, sandbox):
    fill(sandbox, 2)
    before, after = fetched(project)
    with pytest.raises(TypeError, match="positional"):
        project.plan_push(before, after)


def test_the_memory_of_what_is_remembered_can_be_set(monkeypatch):
    monkeypatch.setattr(PROCESS_STORE, "_max_bytes", PROCESS_STORE.max_bytes)
    project = connection.connect("a", "b", url="http://localhost:9", snapshot_bytes=5_000_000)
    project.close()
    assert PROCESS_STORE.max_bytes == 5_000_000
    with pytest.raises(ArgumentError, match="snapshot_bytes"):
        connection.connect("a", "b", url="http://localhost:9", snapshot_bytes=-1)


def test_customers_that_before_has_not_are_not_called_unknown(project, sandbox):
    fill(sandbox, 4)
    customers = project.fetch_customers(progress=False)
    for create_missing in (False, True):
        plan = project.plan_push(
            customers.assign(name="New"), before=customers[:3], create_missing=create_missing
        )
        problems = plan.problems.query("blocks")
        assert list(problems["kind"]) == ["not_in_before"]
        assert list(problems["customers"]) == [[customers.index[3]]]
