"""A frame that marks who is to be deleted: never anybody who was not marked."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd
import pytest

from tests.contract.push_support import fill
from tests.ways_out import frame_by, python_in
from vfy_notebook.errors import ArgumentError

IDS = [f"cust_{i:05d}" for i in range(4)]


@pytest.fixture
def customers(project, sandbox):
    fill(sandbox, 4)
    return project.fetch_customers(progress=False)


@pytest.mark.parametrize(
    "name", ["delete", "Deleted", "to_remove", "toErase", "usunąć", "is_gone?"]
)
@pytest.mark.parametrize(
    "flags",
    [
        [True, False, False, True],
        pd.array([True, None, False, True], dtype="boolean"),
        ["yes", "no", None, "YES"],
        ["TRUE", "FALSE", "", "1"],
        [1.0, 0.0, np.nan, 1.0],
        pd.Categorical(["y", "n", "n", "y"]),
    ],
)
def test_only_rows_that_say_yes_are_planned(project, customers, name, flags):
    if name == "is_gone?":
        name = "Delete? (GDPR)"
    plan = project.plan_deletion(customers.assign(**{name: flags}))
    assert list(plan.customers.index) == [IDS[0], IDS[3]]
    assert name not in plan.customers.columns
    for look in (repr(plan), plan._repr_html_()):
        assert "2 of 4 rows say yes" in look
    assert project.plan_deletion(plan.customers).customers.index.tolist() == [IDS[0], IDS[3]]


@pytest.mark.parametrize(
    "shaped",
    [
        lambda f: f.reset_index(),
        lambda f: f.set_index("delete", append=True),
        lambda f: f.reset_index(drop=True)[["source_id", "delete"]],
        lambda f: f.reset_index()[["customer_id", "delete"]],
        lambda f: f[["delete"]],
    ],
)
def test_flags_are_heeded_in_frames_of_any_shape(project, customers, shaped):
    frame = shaped(customers.assign(delete=[False, True, False, False]))
    plan = project.plan_deletion(frame, progress=False)
    assert list(plan.customers.index) == [IDS[1]]
    permanent = project.plan_deletion(frame, permanent=True, progress=False)
    assert list(permanent.customers.index) == [IDS[1]]


@pytest.mark.parametrize(
    ("columns", "says"),
    [
        ({"delete": [False, False, False, False]}, "No row says yes"),
        ({"delete": ["x", None, None, "x"]}, "neither yes nor no"),
        ({"delete": ["yes", "maybe", "no", "no"]}, "'maybe'"),
        ({"deleted_at": pd.to_datetime(["2024-01-01", None, None, None])}, "neither yes nor no"),
        (
            {"delete": [True, False, False, False], "erase": [False, True, False, False]},
            "same rows",
        ),
        ({"keep": [True, False, False, False]}, "cannot be told"),
        ({"do_not_delete": [True, True, True, True]}, "cannot be told"),
        ({"selected": ["1", "0", "0", "0"]}, "cannot be told"),
        ({"suspicious": [True, False, False, False]}, "cannot be told"),
        ({"suspicious": ["yes", None, None, "yes"]}, "cannot be told"),
        ({"metadata.delete_me": [True, False, False, False]}, "cannot be told"),
    ],
)
def test_flags_of_which_nobody_knows_what_they_mean_are_refused(
    project, sandbox, customers, columns, says
):
    sandbox.forget_requests()
    with pytest.raises(ArgumentError, match=says) as refused:
        project.plan_deletion(customers.assign(**columns))
    assert "Nothing was planned" in str(refused.value)
    assert re.search(r"frame\[|frame\.drop\(|keep the one", str(refused.value))
    assert sandbox.requests() == []


def test_the_ways_out_work(project, customers):
    for columns, chosen in (
        ({"delete": ["x", None, None, "x"]}, [IDS[0], IDS[3]]),
        ({"suspicious": [True, False, False, False]}, [IDS[0]]),
        ({"keep": ["no", "yes", "yes", "no"]}, [IDS[0], IDS[3]]),
    ):
        frame = customers.assign(**columns)
        with pytest.raises(ArgumentError) as refused:
            project.plan_deletion(frame)
        for code in python_in(str(refused.value), "frame"):
            frame = frame_by(code, "frame", frame=frame)
        assert list(project.plan_deletion(frame).customers.index) == chosen


@pytest.mark.parametrize(
    "columns",
    [
        {"suspicious": [True] * 4},
        {"orders": [0, 1, 1, 0]},
        {"rank": [1, 2, 3, 4]},
        {"metadata.newsletter": [True, False, True, False]},
        {"delete": [None] * 4},
        {"note": ["yes", "call them", "no", ""]},
    ],
)
def test_other_columns_choose_nobody(project, customers, columns):
    assert len(project.plan_deletion(customers.assign(**columns))) == 4


def test_empty_rows_of_a_spreadsheet_with_a_flag_are_no_customers(project, customers):
    sheet = customers.reset_index().assign(delete="no")
    sheet.loc[1, "delete"] = "yes"
    sheet = sheet.reindex(range(6)).fillna({"delete": "no"})
    assert list(project.plan_deletion(sheet).customers.index) == [IDS[1]]
