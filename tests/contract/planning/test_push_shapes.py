"""Options that name nothing, and frames whose shape is not that of a fetch."""

from __future__ import annotations

import pandas as pd
import pytest

import vfy_notebook as vfy
from tests.contract.push_support import fetched, fill, on_server, push, writes
from tests.ways_out import frame_by, python_in
from vfy_notebook.errors import ArgumentError, PlanError


def edited_by(way_out, **names):
    """The frame that the first way out of a message gives."""
    return frame_by(python_in(way_out, "edited")[0], "edited", **names)


# -- names -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "meant"),
    [
        ({"columns": ["metadata.teir"]}, "metadata.tier"),
        ({"columns": ["name", "city"]}, "address.city"),
        ({"columns": ["adress.city"]}, "address.city"),
        ({"columns": ["metadata.nothing.like.it"]}, ""),
        ({"retype": ["metadata.scor"]}, "metadata.score"),
        ({"retype": ["score"]}, "metadata.score"),
        ({"new_keys": ["scor"]}, "metadata.score"),
        ({"new_keys": ["metadata.Tier"]}, "metadata.tier"),
    ],
)
def test_a_name_that_the_frame_lacks_is_refused_with_what_may_be_meant(
    project, sandbox, options, meant
):
    fill(sandbox, 2)
    _, after = fetched(project)
    sandbox.forget_requests()
    with pytest.raises(ArgumentError, match="no such column") as refused:
        project.plan_push(after.assign(**{"metadata.tier": "gold"}), **options)
    (argument, names), *_ = options.items()
    assert f"{argument}=" in str(refused.value)
    assert repr(names[-1].removeprefix("metadata.")).strip("'") in str(refused.value)
    assert repr(meant) in str(refused.value) or not meant
    assert sandbox.requests() == []


def test_a_column_that_is_none_of_the_apis_cannot_be_meant(project, sandbox):
    fill(sandbox, 2)
    _, after = fetched(project)
    after["band"] = "a"
    with pytest.raises(ArgumentError, match="none of the API's columns") as refused:
        project.plan_push(after, columns=["band"])
    renamed = edited_by(str(refused.value), edited=after)
    assert "metadata.band" in renamed.columns


def test_a_name_of_a_level_of_the_index_is_there(project, sandbox):
    fill(sandbox, 2)
    _, after = fetched(project)
    after["metadata.tier"] = "gold"
    grouped = after.set_index("metadata.tier", append=True)
    plan = project.plan_push(grouped, columns=["metadata.tier"])
    assert plan.edits["after"].tolist() == ["gold", "gold"]


# -- columns ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "shaped",
    [
        lambda f: pd.concat({"fetched": f}, axis=1),
        lambda f: f[["metadata.tier", "name"]].groupby(level=0).agg(["first", "last"]),
    ],
)
def test_columns_of_several_levels_are_refused_and_the_way_out_works(project, sandbox, shaped):
    fill(sandbox, 3)
    _, after = fetched(project)
    after["metadata.tier"] = "gold"
    with pytest.raises(PlanError, match="levels") as refused:
        project.plan_push(shaped(after))
    plan = project.plan_push(edited_by(str(refused.value), edited=shaped(after)))
    assert set(plan.edits["field"]) == {"metadata.tier"}
    assert len(plan.edits) == 3


def test_columns_without_names_are_refused_and_the_way_out_works(project, sandbox):
    fill(sandbox, 3)
    customers, after = fetched(project)
    after["metadata.tier"] = "gold"
    bare = pd.DataFrame(after.to_numpy(dtype=object), index=after.index)
    with pytest.raises(PlanError, match="None of the columns") as refused:
        project.plan_push(bare)
    named = edited_by(str(refused.value), edited=bare, customers=customers)
    assert set(project.plan_push(named).edits["field"]) == {"metadata.tier"}


@pytest.mark.parametrize("column", ["name", "metadata.tier", "address.city"])
def test_what_a_merge_has_doubled_gets_its_name_back_once(project, sandbox, column):
    fill(sandbox, 3)
    customers, _ = fetched(project)
    new = pd.DataFrame({"source_id": ["s0", "s1"], column: ["Ann", "Bob"]})
    merged = customers.reset_index().merge(new, on="source_id").set_index("customer_id")
    problems = project.plan_push(merged).problems
    told = problems[problems["blocks"]].iloc[0]
    assert f"{column}_x" in told["message"]
    way_out = told["way_out"][told["way_out"].rindex("edited.drop") :]
    mended = edited_by(way_out, edited=merged)
    assert list(mended.columns).count(column) == 1
    assert not project.plan_push(mended).problems["blocks"].any()


def test_a_misspelt_column_beside_the_right_one_is_not_renamed_to_it(project, sandbox):
    fill(sandbox, 2)
    _, after = fetched(project)
    (problem,) = project.plan_push(after.assign(Name="Ann")).problems.to_dict("records")
    assert problem["kind"] == "near_name"
    assert "rename" not in problem["way_out"]
    assert "Name" not in edited_by(problem["way_out"], edited=after.assign(Name="Ann")).columns


# -- rows that a condition has emptied -------------------------------------------------------------


@pytest.mark.parametrize("emptied", ["where", "mask"])
@pytest.mark.parametrize("columns", [None, ["name", "metadata.tier"], ["source_id", "name"]])
@pytest.mark.parametrize("with_before", [False, True])
def test_rows_emptied_by_a_condition_are_no_edits(project, sandbox, emptied, columns, with_before):
    fill(sandbox, 4)
    customers, after = fetched(project)
    after = after if columns is None else after[columns]
    chosen = customers["metadata.score"] < 2
    empty = after.where(chosen) if emptied == "where" else after.mask(~chosen)
    sandbox.forget_requests()
    plan = project.plan_push(empty, before=customers if with_before else None)
    assert sandbox.requests() == []
    told = plan.problems[plan.problems["blocks"]].iloc[0]
    assert (told["kind"], told["customers"]) == ("empty_row", ["cust_00002", "cust_00003"])
    with pytest.raises(PlanError, match=r"edited\[condition\]"):
        push(plan)
    assert writes(sandbox) == {}
    edited = after[chosen].assign(name="x")
    assert not project.plan_push(edited).problems["blocks"].any()


def test_cells_are_emptied_on_purpose_where_their_columns_are_named(project, sandbox):
    fill(sandbox, 3)
    _, after = fetched(project)
    after = after[["name", "metadata.tier"]]
    after.loc["cust_00001"] = pd.NA
    assert project.plan_push(after).problems["blocks"].any()
    meant = project.plan_push(after, columns=["name", "metadata.tier"])
    push(meant).raise_if_failed()
    assert on_server(sandbox) == {
        "cust_00000": "bronze", "cust_00001": None, "cust_00002": "bronze",
    }  # fmt: skip


def test_a_single_column_can_be_emptied(project, sandbox):
    fill(sandbox, 3)
    _, after = fetched(project)
    after.loc["cust_00001", "metadata.tier"] = pd.NA
    plan = project.plan_push(after[["metadata.tier"]])
    assert plan.edits["customer_id"].tolist() == ["cust_00001"]
    assert not plan.problems["blocks"].any()


def test_customers_without_values_in_these_columns_are_no_emptied_rows(project, sandbox):
    fill(sandbox, 3)
    _, after = fetched(project)
    after = after[["phone", "email"]]
    after.loc["cust_00001", "email"] = "ann@example.com"
    plan = project.plan_push(after)
    assert plan.edits["customer_id"].tolist() == ["cust_00001"]
    assert "empty_row" not in plan.problems["kind"].tolist()


# -- workbooks read by pandas ----------------------------------------------------------------------


def test_a_workbook_that_pandas_has_read_keeps_its_headers_meaning(project, sandbox, tmp_path):
    fill(sandbox, 3)
    sandbox.reset(
        customers=[
            {**c, "metadata": {**c["metadata"], "seen": "2024-05-01T10:00:00.000Z"}}
            for c in sandbox.customers()
        ],
        metadata_schema={"properties": {"seen": {"type": "datetime"}}},
    )
    customers, _ = fetched(project)
    path = vfy.to_excel(customers, tmp_path / "customers.xlsx")
    read = pd.read_excel(path)
    assert "metadata.seen (UTC)" in read.columns
    plan = project.plan_push(read)
    assert plan.edits.empty
    assert not plan.problems["blocks"].any()
    read["metadata.seen (UTC)"] = pd.Timestamp("2024-06-01 10:00")
    plan = project.plan_push(read)
    assert plan.edits["field"].tolist() == ["metadata.seen"] * 3
    assert set(plan.edits["after"]) == {"2024-06-01T10:00:00.000Z"}
