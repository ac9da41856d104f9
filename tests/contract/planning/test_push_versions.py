"""Rows that pass for a version that they are not: of two fetches, only one is what they came from.

The API does not say whether each write moves `updated_at`, and shows it to a second at worst.
"""

from __future__ import annotations

import io
import re

import pandas as pd
import pytest

from tests.contract.push_support import fill, push
from vfy_notebook.errors import PlanError


def marked_as(frame, other):
    out = frame.copy()
    out.attrs = dict(other.attrs)
    return out


def filled_from(frame, other):
    out = frame.copy()
    out.update(other)
    return out


def unmarked(frame):
    return pd.read_csv(io.StringIO(frame.to_csv()), index_col=0)


OLD_CELLS = {
    "a mark of the newer fetch": marked_as,
    "older cells put into the newer frame": lambda old, new: filled_from(new, old),
    "rows of both": lambda old, new: pd.concat([new.iloc[:1], old.iloc[1:]]),
    "a file of the older one": lambda old, new: unmarked(old),  # noqa: ARG005 - one signature
}


@pytest.fixture
def silently_changed(project, sandbox):
    """Two fetches, between which a colleague has written without a trace in the times."""
    fill(sandbox, 4)
    sandbox.set(updated_at="stays")
    old = project.fetch_customers(progress=False)
    sandbox.touch("s1", name="Colleague")
    sandbox.touch("s2", metadata={"tier": "silver", "score": 2})
    return old, project.fetch_customers(progress=False)


@pytest.mark.parametrize("how", OLD_CELLS)
@pytest.mark.parametrize("looked_at_first", [True, False])
def test_old_cells_never_revert_what_a_colleague_wrote_unseen(
    project, sandbox, silently_changed, how, looked_at_first
):
    old, new = silently_changed
    if looked_at_first:
        project.plan_push(old)  # what is used last is looked through last
    edited = OLD_CELLS[how](old, new)
    edited.loc["cust_00000", "name"] = "Mine"
    plan = project.plan_push(edited)
    if plan.problems["blocks"].any():
        with pytest.raises(PlanError, match="may be edited or only old") as refused:
            push(plan)
        assert "cust_00001" in str(refused.value)
        plan = project.plan_push(edited, on_conflict="skip")
    assert push(plan).counts == {"updated": 1}
    assert [c["name"] for c in sandbox.customers()][:2] == ["Mine", "Colleague"]
    assert sandbox.customer("cust_00002")["metadata"]["tier"] == "silver"


def test_before_tells_which_fetch_a_row_is_from(project, sandbox, silently_changed):
    old, new = silently_changed
    edited = new.copy()
    edited.loc["cust_00001", "name"] = old.loc["cust_00001", "name"]
    plan = project.plan_push(edited)
    assert list(plan.problems["kind"]) == ["unclear_base"]
    assert push(project.plan_push(edited, before=new)).counts == {"updated": 1}
    assert sandbox.customer("cust_00001")["name"] == old.loc["cust_00001", "name"]


def test_cells_of_an_older_export_are_told_as_well_and_keys_that_it_lacks_are_not(project, sandbox):
    fill(sandbox, 4, metadata={"tier": "bronze", "hidden": "yes"})
    sandbox.set(updated_at="stays")
    old = project.fetch_customers(via="export", progress=False)
    sandbox.touch("s1", name="Colleague")
    new = project.fetch_customers(progress=False)
    plan = project.plan_push(new.assign(name=old["name"]))
    assert list(plan.problems["kind"]) == ["unclear_base"]
    plan = project.plan_push(new.assign(**{"metadata.hidden": None}))
    assert not plan.problems["blocks"].any()
    assert push(plan).counts == {"updated": 4}


def test_a_cell_that_is_meant_all_the_same_is_pushed(project, sandbox, silently_changed):
    old, new = silently_changed
    edited = new.copy()
    edited.loc["cust_00001", "name"] = old.loc["cust_00001", "name"]
    plan = project.plan_push(edited, on_conflict="overwrite")
    assert list(plan.edits["after"]) == ["Name 1"]
    assert push(plan).counts == {"updated": 1}


def test_an_edit_of_the_newer_fetch_is_none_of_the_older_one(project, silently_changed):
    _, new = silently_changed
    edited = new.assign(name="Mine")
    assert push(project.plan_push(edited)).counts == {"updated": 4}


def test_what_was_pushed_from_here_is_no_other_version(project, silently_changed):
    _, new = silently_changed
    edited = new.assign(name="Mine")
    push(project.plan_push(edited)).raise_if_failed()
    assert project.plan_push(edited).edits.empty
    assert push(project.plan_push(edited.assign(name="Again"))).counts == {"updated": 4}
    assert project.plan_push(edited.assign(name="Again")).edits.empty


def test_customers_compared_by_their_times_only_are_told_until_a_push_has_shown_that_these_tell(
    project, sandbox
):
    fill(sandbox, 150)
    customers = project.fetch_customers(progress=False)
    many = project.plan_push(customers.assign(name="Mine"))
    told = many.problems.set_index("kind").loc["only_times"]
    assert not told["blocks"]
    assert 0 < int(re.search(r"Of (\d+) customers", told["message"])[1]) <= 150
    # The way out that it names.
    push(project.plan_push(customers.head(1).assign(name="Mine"))).raise_if_failed()
    plan = project.plan_push(customers.assign(name="Mine"))
    assert "only_times" not in set(plan.problems["kind"])
    assert push(plan).counts == {"updated": 149}


def test_where_times_have_been_seen_to_stay_all_are_compared(project, sandbox):
    fill(sandbox, 150)
    sandbox.set(updated_at="stays")
    customers = project.fetch_customers(progress=False)
    push(project.plan_push(customers.head(1).assign(name="Mine"))).raise_if_failed()
    sandbox.touch("s120", name="Colleague")
    plan = project.plan_push(customers.assign(name="Mine"))
    assert "only_times" not in set(plan.problems["kind"])
    with pytest.raises(PlanError, match="name was changed on the server"):
        push(plan)
    assert sandbox.customer("cust_00120")["name"] == "Colleague"


def test_what_was_pushed_and_taken_back_is_still_ones_own_edit(project, sandbox):
    fill(sandbox, 3)
    sandbox.set(updated_at="stays")
    edited = project.fetch_customers(progress=False).assign(name="Mine")
    push(push(project.plan_push(edited)).plan_undo()).raise_if_failed()
    assert push(project.plan_push(edited)).counts == {"updated": 3}


def test_what_was_pushed_once_never_reverts_what_a_colleague_made_of_it(project, sandbox):
    fill(sandbox, 3)
    sandbox.set(updated_at="stays")
    first = project.fetch_customers(progress=False)
    push(project.plan_push(first.assign(name="Mine"))).raise_if_failed()
    pushed = project.fetch_customers(progress=False)
    sandbox.touch("s1", name="Colleague")
    edited = project.fetch_customers(progress=False)
    edited.update(pushed)
    plan = project.plan_push(edited)
    assert list(plan.problems.query("blocks")["kind"]) == ["unclear_base"]
    with pytest.raises(PlanError):
        push(plan)
    assert sandbox.customer("s1")["name"] == "Colleague"
