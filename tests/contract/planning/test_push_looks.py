"""The looks at the server before a push: what they find, and how many calls they take."""

from __future__ import annotations

import pytest

from tests.contract.push_support import fetched, fill, on_server, outcomes, push, reads, writes
from vfy_notebook.errors import PlanError


def deleted_and_created(sandbox):
    """How many customers there are, and whether one is there that nobody had."""
    return len(sandbox.customers()), any(
        not c["id"].startswith("cust_0") for c in sandbox.customers()
    )


# -- customers deleted between plan and push -------------------------------------------------------


@pytest.mark.parametrize("count", [1, 60, 250])
@pytest.mark.parametrize("field", ["name", "metadata.tier"])
def test_a_customer_deleted_after_the_plan_is_not_created_anew(project, sandbox, count, field):
    fill(sandbox, count)
    _, after = fetched(project)
    after[field] = "x"
    plan = project.plan_push(after)
    assert not plan.problems["blocks"].any()
    sandbox.remove([f"s{count - 1}"])
    sandbox.forget_requests()
    with pytest.raises(PlanError, match="No longer on the server"):
        push(plan)
    assert writes(sandbox) == {}
    assert deleted_and_created(sandbox) == (count - 1, False)


def test_so_it_is_for_customers_of_a_part_of_the_project(project, sandbox):
    fill(sandbox, 400)
    some = project.fetch_customers(limit=150, progress=False)
    plan = project.plan_push(some.assign(name="x"))
    sandbox.remove(["s399", "s300"])
    sandbox.remove([str(some["source_id"].iloc[7])])
    with pytest.raises(PlanError, match="No longer on the server"):
        push(plan)
    assert writes(sandbox) == {}


@pytest.mark.parametrize(("count", "planned", "pushed"), [(60, 1, 1), (2_000, 1, 1)])
def test_a_look_takes_one_call_where_nothing_has_happened(project, sandbox, count, planned, pushed):
    fill(sandbox, count)
    _, after = fetched(project)
    after["metadata.tier"] = "gold"
    sandbox.forget_requests()
    plan = project.plan_push(after)
    assert len(sandbox.requests()) <= planned + 1  # and the metadata schema
    sandbox.forget_requests()
    sandbox.script({"method": "POST", "path": "/v1/customers/*", "do": "status", "status": 400})
    push(plan)
    before_writing = [r["method"] for r in sandbox.requests()].index("POST")
    assert before_writing == pushed


def test_the_second_look_at_a_part_of_the_project_takes_one_call(project, sandbox):
    fill(sandbox, 1_000)
    some = project.fetch_customers(limit=350, progress=False)
    plan = project.plan_push(some.assign(**{"metadata.tier": "gold"}))
    sandbox.forget_requests()
    push(plan).raise_if_failed()
    assert [r["method"] for r in sandbox.requests()].index("POST") == 1


@pytest.mark.parametrize(
    ("updated_at", "switches"),
    [
        (None, {}),
        (None, {"nulls_order": "first"}),
        ("2024-03-01T00:00:00.000Z", {"total_present": False}),
        ("2024-03-01T00:00:00.000Z", {"has_more": False}),
        ("2024-03-01T00:00:00.000Z", {"range_bounds": "inclusive"}),
        ("2024-03-01T00:00:00.000Z", {"times_shown": "s"}),
        ("2024-03-01T00:00:00.000Z", {"times_compared": "s"}),
        ("2024-03-01T00:00:00.000Z", {"times_compared": "us"}),
    ],
)
def test_conflicts_and_deletions_are_found_whatever_the_api_does(
    project, sandbox, switches, updated_at
):
    fill(sandbox, 230, updated_at=updated_at)
    sandbox.set(**switches)
    _, after = fetched(project)
    after["metadata.tier"] = "gold"
    plan = project.plan_push(after)
    sandbox.remove(["s17"])
    sandbox.touch("s203", metadata={"tier": "silver"})
    with pytest.raises(PlanError, match="No longer on the server") as refused:
        push(plan)
    assert "changed on the server" in str(refused.value)
    again = project.plan_push(after).problems.set_index("kind")["customers"]
    assert again["gone"] == ["cust_00017"]
    assert again["conflict"] == ["cust_00203"]
    assert writes(sandbox) == {}


# -- others' changes, many of them -----------------------------------------------------------------


def test_many_changed_customers_are_read_by_the_page(project, sandbox):
    fill(sandbox, 2_600)
    some = project.fetch_customers(limit=2_400, progress=False)
    for i in range(0, 2_300, 10):
        sandbox.touch(f"s{i}", description="by a colleague")
    sandbox.forget_requests()
    plan = project.plan_push(some.assign(**{"metadata.tier": "gold"}))
    assert not plan.problems["blocks"].any()
    assert len(sandbox.requests()) <= 14


def test_max_calls_holds_for_the_look_too(project, sandbox):
    fill(sandbox, 1_000)
    sandbox.script({"path": "/v1/exports*", "do": "status", "status": 403, "nth": "every"})
    some = project.fetch_customers(progress=False).iloc[::20]
    sandbox.insert([{"source_id": "new", "created_at": "2024-01-01T00:05:30.000Z"}])
    sandbox.forget_requests()
    with pytest.raises(PlanError, match=r"max_calls=\d+") as refused:
        project.plan_push(some.assign(name="x"), max_calls=5)
    assert len(sandbox.requests()) <= 5
    needed = int(str(refused.value).partition("max_calls=")[2].split(":")[0].split(",")[0])
    plan = project.plan_push(some.assign(name="x"), max_calls=needed)
    assert len(sandbox.requests()) - 5 <= needed
    assert push(plan).counts == {"updated": 50}


# -- an API whose writes leave updated_at as it is -------------------------------------------------


@pytest.mark.parametrize("count", [2, 250])
@pytest.mark.parametrize("field", ["name", "metadata.tier"])
def test_outcomes_and_undo_are_true_where_writes_do_not_move_updated_at(
    project, sandbox, count, field
):
    fill(sandbox, count)
    sandbox.set(updated_at="stays")
    before = sandbox.customers()
    _, after = fetched(project)
    after[field] = "gold"
    report = push(project.plan_push(after))
    assert report.counts == {"updated": count}
    assert project.plan_push(after).edits.empty
    assert push(report.plan_undo()).counts == {"updated": count}
    assert sandbox.customers() == before


@pytest.mark.parametrize("count", [2, 60])
def test_a_colleagues_change_is_seen_by_its_cells(project, sandbox, count):
    fill(sandbox, count)
    sandbox.set(updated_at="stays")
    _, after = fetched(project)
    after["metadata.tier"] = "gold"
    sandbox.touch("s1", metadata={"tier": "silver", "score": 1})
    plan = project.plan_push(after)
    assert plan.problems.set_index("kind")["customers"]["conflict"] == ["cust_00001"]
    assert push(project.plan_push(after, on_conflict="skip")).counts["updated"] == count - 1
    assert on_server(sandbox)["cust_00001"] == "silver"


def test_a_push_that_shows_that_times_do_not_tell_makes_the_next_look_read_all(project, sandbox):
    fill(sandbox, 250)
    sandbox.set(updated_at="stays")
    _, after = fetched(project)
    after["metadata.tier"] = "gold"
    report = push(project.plan_push(after))
    sandbox.touch("s201", metadata={"tier": "silver", "score": 201})
    undo = report.plan_undo()
    assert undo.problems.set_index("kind")["customers"]["conflict"] == ["cust_00201"]
    push(report.plan_undo(on_conflict="skip")).raise_if_failed()
    assert on_server(sandbox)["cust_00201"] == "silver"
    assert on_server(sandbox)["cust_00200"] == "bronze"
    sandbox.set(updated_at="moves")
    _, after = fetched(project)
    report = push(project.plan_push(after.assign(name="x")))
    assert set(outcomes(report).values()) == {"updated"}
    sandbox.forget_requests()
    project.plan_push(after.assign(name="y"))
    assert reads(sandbox) <= 4
