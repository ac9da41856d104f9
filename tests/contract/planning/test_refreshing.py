"""A frame as it is on the server now, read in as few calls as its changes take."""

from __future__ import annotations

import pandas as pd
import pytest

from tests.contract.push_support import fetched, fill, on_server, push
from vfy_notebook.errors import ArgumentError


@pytest.fixture
def customers(project, sandbox):
    fill(sandbox, 350)
    frame = project.fetch_customers(progress=False)
    sandbox.forget_requests()
    return frame


def test_where_nothing_has_changed_it_takes_two_calls(project, sandbox, customers):
    edited = customers.assign(name="not pushed")
    pd.testing.assert_frame_equal(project.refresh(edited), customers)
    assert len(sandbox.requests()) <= 2


def test_what_others_have_changed_is_read_and_what_is_gone_is_left_out(project, sandbox, customers):
    sandbox.touch("s7", name="New", metadata={"fresh": 1})
    sandbox.remove(["s9"])
    refreshed = project.refresh(customers)
    assert list(refreshed.index) == [c for c in customers.index if c != "cust_00009"]
    assert refreshed.loc["cust_00007", "name"] == "New"
    assert refreshed.loc["cust_00007", "metadata.fresh"] == 1
    again = project.fetch_customers(progress=False)
    pd.testing.assert_frame_equal(refreshed, again, check_like=True)


def test_a_refreshed_frame_is_ready_for_the_next_edit(project, sandbox, customers):
    sandbox.touch("s7", metadata={"tier": "silver"})
    refreshed = project.refresh(customers)
    plan = project.plan_push(refreshed.assign(**{"metadata.tier": "gold"}))
    assert set(plan.edits["before"]) == {"bronze", "silver"}
    assert not plan.problems["blocks"].any()
    assert push(plan).counts == {"updated": 350}
    assert set(on_server(sandbox).values()) == {"gold"}


def test_some_columns_stay_some_columns(project, customers):
    some = customers[["name", "metadata.tier"]]
    pd.testing.assert_frame_equal(project.refresh(some), some)


def test_a_report_has_the_frame_as_it_is_now(project, sandbox, customers):
    edited = customers.copy()
    edited.loc[edited.index[:150], "metadata.tier"] = "gold"
    report = push(project.plan_push(edited))
    sandbox.touch("s349", name="Someone else")
    sandbox.forget_requests()
    now = report.customers
    assert len(sandbox.requests()) <= 5
    pd.testing.assert_frame_equal(now, project.fetch_customers(progress=False), check_like=True)
    assert len(project.plan_push(now).edits) == 0
    assert report.customers is now


@pytest.mark.parametrize(
    "edit",
    [
        lambda frame: frame.assign(
            **{"summary.orders.total_amount": frame["summary.orders.total_amount"] + 7}
        ),
        lambda frame: frame.assign(
            **{"summary.orders.total_amount": frame["summary.orders.total_amount"] / 100}
        ),
        lambda frame: frame.astype(object),
        lambda frame: frame.reset_index(),
    ],
    ids=["another number", "another type", "objects", "no index"],
)
def test_what_the_api_counts_is_never_taken_from_an_edited_frame(project, customers, edit):
    refreshed = project.refresh(edit(customers))
    pd.testing.assert_frame_equal(refreshed, customers)


def test_created_customers_are_in_it_and_so_are_those_of_an_undo(project, sandbox):
    fill(sandbox, 3)
    _, edited = fetched(project)
    edited.loc["new-1", ["source_id", "name"]] = ["new-1", "Ada"]
    report = push(project.plan_push(edited, create_missing=True))
    assert sorted(report.customers["name"]) == ["Ada", "Name 0", "Name 1", "Name 2"]
    again = project.get_push(report.push_id)
    assert list(again.customers["name"]) == ["Ada"]


def test_frames_of_something_else_are_refused(project, sandbox, customers):
    with pytest.raises(ArgumentError, match="customer_id"):
        project.refresh(customers.reset_index(drop=True))
    assert sandbox.requests() == []


def test_who_is_outside_the_times_of_an_edited_frame_is_not_taken_for_gone(project, customers):
    edited = customers.assign(created_at=customers["created_at"].min())
    edited.attrs = {}
    assert set(project.refresh(edited).index) == set(customers.index)
    plan = project.plan_push(edited.drop(columns="updated_at"))
    assert "unknown_customer" not in set(plan.problems["kind"])
