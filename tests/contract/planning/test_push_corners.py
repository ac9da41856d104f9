"""Pushes at their corners: first rows, fewest cells, values of another kind."""

from __future__ import annotations

from datetime import date

import pandas as pd
import pytest

from tests.contract.push_support import SCHEMA
from vfy_notebook.errors import PlanError

PEOPLE = [
    {
        "id": f"cust_{i}",
        "source_id": f"s{i}",
        "name": f"Name {i}",
        "description": None,
        "phone": None if i == 1 else f"+4860012345{i}",
        "metadata": {"tags": ["a", i]} | ({} if i == 1 else {"tier": "bronze"}),
        "created_at": f"2024-01-0{i + 1}T00:00:00.250Z",
        "updated_at": f"2024-02-0{i + 1}T00:00:00.250Z",
    }
    for i in range(3)
]


@pytest.fixture
def customers(sandbox, project):
    sandbox.reset(PEOPLE, metadata_schema=SCHEMA)
    return project.fetch_customers(progress=False)


def blocking(plan):
    return set(plan.problems.loc[plan.problems["blocks"], "kind"])


@pytest.mark.parametrize("row", range(3))
def test_a_time_of_update_that_nobody_has_written_is_told_of_any_row(project, customers, row):
    """The first customer is found like any other, and nothing else of it is taken for an edit."""
    edited = customers.copy()
    edited.loc[edited.index[row], "updated_at"] = pd.Timestamp("2031-01-01", tz="UTC")
    edited.loc[edited.index[row], "name"] = "New"
    plan = project.plan_push(edited)
    assert plan.edits[["customer_id", "after"]].to_numpy().tolist() == [[f"cust_{row}", "New"]]
    assert blocking(plan) == {"read_only"}


def test_rows_that_lost_all_of_their_two_cells_are_no_edits(project, customers):
    few = customers[["phone", "metadata.tier"]]
    plan = project.plan_push(few.where(few["phone"].eq("+48600123450")))
    assert blocking(plan) == {"empty_row"}
    (told,) = plan.problems.loc[plan.problems["kind"] == "empty_row", "customers"]
    assert list(told) == ["cust_2"]  # cust_1 had nothing to lose
    assert len(plan.edits) == 0


def test_a_single_cell_that_is_emptied_is_an_edit(project, customers):
    few = customers[["description", "metadata.tier"]].copy()
    few.loc["cust_2", "metadata.tier"] = None
    plan = project.plan_push(few)
    assert blocking(plan) == set()
    assert plan.edits["customer_id"].tolist() == ["cust_2"]


@pytest.mark.parametrize("value", [date(2024, 5, 6), pd.Timestamp("2024-05-06"), 7.5, ["a"]])
def test_what_is_no_text_is_no_name(project, customers, value):
    edited = customers.astype({"name": object})
    edited.at["cust_0", "name"] = value
    plan = project.plan_push(edited)
    assert blocking(plan)
    assert "cust_0" not in plan.edits["customer_id"].tolist()


@pytest.mark.parametrize("value", [["a", float("inf")], [object()], {"a": {1, 2}}])
def test_a_list_with_what_cannot_be_sent_is_refused_and_does_not_become_nothing(
    project, customers, value
):
    edited = customers.copy()
    edited.at["cust_0", "metadata.tags"] = value
    plan = project.plan_push(edited)
    assert blocking(plan)
    assert None not in plan.edits["after"].tolist()


@pytest.mark.parametrize("name", [5, None, ("name", "utc")])
def test_a_column_called_by_no_text_does_not_hide_the_others(project, customers, name):
    edited = customers.copy()
    edited["name"] = "New"
    edited.insert(0, name, "x")
    plan = project.plan_push(edited)
    assert set(plan.edits["field"]) == {"name"}


@pytest.mark.parametrize(("count", "more"), [(2, False), (3, False), (4, True)])
def test_columns_without_names_are_shown_and_whether_there_are_more(
    project, customers, count, more
):
    unnamed = customers[["name", "phone", "description", "email"]].iloc[:, :count].copy()
    unnamed.columns = range(count)
    with pytest.raises(PlanError, match=r"customers\.columns") as caught:
        project.plan_push(unnamed)
    assert ("…" in str(caught.value)) is more
