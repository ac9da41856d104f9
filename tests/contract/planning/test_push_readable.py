"""What a plan says of edits that may not be meant, on real customers."""

from __future__ import annotations

import pandas as pd
import pytest

from tests.contract.push_support import fetched, fill, on_server, push, writes
from vfy_notebook.errors import ArgumentError, PlanError
from vfy_notebook.frames.attrs import MASKED


def problems_of(plan):
    """Kind → the problem's row."""
    return {row["kind"]: row for row in plan.problems.to_dict("records")}


def new_customers(*source_ids):
    return pd.DataFrame(
        {"source_id": source_ids, "name": "N"},
        index=pd.Index([f"row{i}" for i in range(len(source_ids))], name="customer_id"),
    )


# -- metadata keys ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("column", "meant"),
    [
        ("metadata.Tier", "metadata.tier"),
        ("metadata.score_x", "metadata.score"),
        ("metadata.metadata.tier", "metadata.tier"),
        ("metadata.newsletter", ""),
    ],
)
def test_a_new_key_is_refused_until_it_is_said_to_be_meant(project, sandbox, column, meant):
    fill(sandbox, 3)
    _, after = fetched(project)
    after[column] = "gold"
    plan = project.plan_push(after)
    problem = problems_of(plan)["new_key"]
    assert problem["blocks"]
    assert problem["field"] == column
    assert meant in problem["message"]
    assert "none of the 3 of 3 customers read" in problem["message"]
    assert "no call removes it from one customer" in problem["message"]
    with pytest.raises(PlanError, match="new key"):
        push(plan)
    assert writes(sandbox) == {}
    allowed = project.plan_push(after, new_keys=[column])
    assert not allowed.problems["blocks"].any()
    assert push(allowed).counts == {"updated": 3}
    assert list(on_server(sandbox, column.removeprefix("metadata.")).values()) == ["gold"] * 3


def test_the_key_without_a_name_is_a_new_key_too(project, sandbox):
    fill(sandbox, 3)
    customers, _ = fetched(project)
    with pytest.raises(PlanError, match="new key"):
        push(project.plan_push(customers.assign(**{"metadata.": "x"})))
    assert all("" not in c["metadata"] for c in sandbox.customers())


@pytest.mark.parametrize(
    "given",
    [
        {"columns": ["x" * 5_000]},
        {"retype": ["x" * 5_000]},
        {"new_keys": ["x" * 5_000]},
        {"on_conflict": "x" * 5_000},
        {"near_twins": "x" * 5_000},
        {"max_records": "x" * 5_000},
        {"columns": "x" * 5_000},
    ],
)
def test_what_is_wrong_with_an_argument_is_told_in_few_words(project, sandbox, given):
    fill(sandbox, 1)
    customers, _ = fetched(project)
    with pytest.raises(ArgumentError) as refused:
        project.plan_push(customers, **given)
    assert next(iter(given)) in str(refused.value)
    assert len(str(refused.value)) < 1_000


def test_hundreds_of_columns_that_are_there_twice_are_told_in_few_words(project, sandbox):
    fill(sandbox, 1)
    customers, _ = fetched(project)
    names = [f"metadata.{i}{'x' * 200}" for i in range(300)]
    wide = pd.DataFrame(1, index=customers.index, columns=[*names, *names])
    with pytest.raises(PlanError, match="twice") as refused:
        project.plan_push(wide)
    assert len(str(refused.value)) < 4_000


def test_a_key_of_the_schema_and_a_key_just_pushed_are_not_new(project, sandbox):
    fill(sandbox, 3)
    _, after = fetched(project)
    after["metadata.wave"] = 1
    push(project.plan_push(after, new_keys=True))
    after["metadata.wave"] = 2
    assert "new_key" not in problems_of(project.plan_push(after))


def test_customers_that_were_not_read_are_counted(project, sandbox):
    fill(sandbox, 5)
    some = project.fetch_customers(limit=2, progress=False)
    plan = project.plan_push(some.assign(**{"metadata.new": 1}))
    assert "none of the 2 of 5 customers read" in problems_of(plan)["new_key"]["message"]


# -- columns ---------------------------------------------------------------------------------------


def test_misspelt_columns_block_and_helpers_do_not(project, sandbox):
    fill(sandbox, 3)
    _, after = fetched(project)
    after["adress.city"] = "Lodz"
    after["rank"] = [1, 2, 3]
    after["name"] = "x"
    plan = project.plan_push(after)
    told = problems_of(plan)
    assert told["near_name"]["blocks"]
    assert "address.city" in told["near_name"]["message"]
    assert not told["helper_column"]["blocks"]
    assert plan.problems["kind"].iloc[0] == "near_name"
    assert push(project.plan_push(after.drop(columns="adress.city"))).counts == {"updated": 3}


# -- near twins ------------------------------------------------------------------------------------

TWINS = ["S0", "s1 ", "jose\u0301@x.com", "\u200bs2"]


@pytest.mark.parametrize("fetch_first", [True, False])
@pytest.mark.parametrize("source_id", TWINS)
def test_a_near_twin_is_refused_also_of_customers_never_fetched(
    project, sandbox, source_id, fetch_first
):
    fill(sandbox, 3)
    project.create_customer(source_id="jos\u00e9@x.com")
    if fetch_first:
        project.fetch_customers(progress=False)
    plan = project.plan_push(new_customers(source_id, "another"), create_missing=True)
    told = problems_of(plan)
    assert told["near_twin"]["blocks"]
    assert told["near_twin"]["customers"] == ["row0"]
    assert "of 4 customers" in told["near_twins_looked_for"]["message"]
    assert "1 API call" in told["near_twins_looked_for"]["message"]
    with pytest.raises(PlanError, match="near_twins='create'"):
        push(plan)
    assert len(sandbox.customers()) == 4
    meant = project.plan_push(
        new_customers(source_id, "another"), create_missing=True, near_twins="create"
    )
    assert push(meant).counts == {"created": 2}


def test_among_many_customers_twins_are_found_by_an_export(project, sandbox):
    fill(sandbox, 800)
    sandbox.forget_requests()
    plan = project.plan_push(new_customers("S799", "new"), create_missing=True)
    told = problems_of(plan)
    assert told["near_twin"]["customers"] == ["row0"]
    assert "those of 800 of 800 customers" in told["near_twins_looked_for"]["message"]
    assert len(sandbox.requests()) <= 10


def test_where_exports_are_refused_it_is_said_who_was_not_looked_at(project, sandbox):
    fill(sandbox, 800)
    sandbox.script({"path": "/v1/exports*", "do": "status", "status": 403, "nth": "every"})
    plan = project.plan_push(new_customers("new"), create_missing=True)
    told = problems_of(plan)["near_twins_looked_for"]["message"]
    assert "100 of 800 customers" in told
    assert "not looked at" in told


def test_twins_are_found_where_the_api_tells_no_total(project, sandbox):
    fill(sandbox, 150)
    sandbox.set(total_present=False)
    told = problems_of(project.plan_push(new_customers("S149"), create_missing=True))
    assert told["near_twin"]["blocks"]


# -- slips -----------------------------------------------------------------------------------------


def test_missing_values_made_text_are_told(project, sandbox):
    fill(sandbox, 3, phone="+48 1")
    _, after = fetched(project)
    after["phone"] = ["undefined", "n/a", "+48 1"]
    problem = problems_of(project.plan_push(after))["text_for_missing"]
    assert not problem["blocks"]
    assert problem["field"] == "phone"
    assert problem["count"] == 2
    assert "undefined" in problem["message"]


def test_scientific_notation_and_a_shared_phone_are_told(project, sandbox):
    fill(sandbox, 3, phone=None)
    _, after = fetched(project)
    after["phone"] = "4.86001E+10"
    plan = project.plan_push(after)
    assert plan.problems["message"].str.contains("4.86001E+10", regex=False).any()
    after["phone"] = "+48 600 123 456"
    told = problems_of(project.plan_push(after))["same_for_many"]
    assert told["count"] == 3
    assert not told["blocks"]


def test_a_difference_that_one_cannot_see_is_shown_escaped(project, sandbox):
    fill(sandbox, 2)
    _, after = fetched(project)
    after.loc["cust_00000", "name"] = "Name\u00a00"
    plan = project.plan_push(after)
    assert problems_of(plan)["unseen_difference"]["customers"] == ["cust_00000"]
    assert r'"Name 0" → "Name\xa00"' in str(plan)


def test_slips_of_new_customers_are_told(project, sandbox):
    fill(sandbox, 1)
    new = new_customers("a", "b").assign(email="same@x.com", phone="nan")
    told = problems_of(project.plan_push(new, create_missing=True))
    assert told["same_for_many"]["customers"] == ["row0", "row1"]
    assert "text_for_missing" in told


# -- masked cells ----------------------------------------------------------------------------------


def test_masked_cells_are_never_edits(project, sandbox):
    fill(sandbox, 3, email="ann@x.com", birthdate="1990-05-01")
    _, after = fetched(project)
    after["email"] = "a••@x.com"
    after["birthdate"] = "••••-••-••"
    after["metadata.tier"] = ["g•••", "gold", "g•••"]
    after.attrs[MASKED] = ["email", "birthdate", "metadata.tier"]
    plan = project.plan_push(after)
    assert plan.edits["field"].tolist() == ["metadata.tier"]
    masked = plan.problems[plan.problems["kind"] == "masked"]
    assert dict(zip(masked["field"], masked["count"], strict=True)) == {
        "email": 3, "birthdate": 3, "metadata.tier": 2,
    }  # fmt: skip
    assert not plan.problems["blocks"].any()
    push(plan)
    assert {c["email"] for c in sandbox.customers()} == {"ann@x.com"}


def test_masked_cells_are_known_without_a_mark_and_never_stored_with_new_customers(
    project, sandbox
):
    fill(sandbox, 2, email="ann@x.com")
    _, after = fetched(project)
    plain = pd.DataFrame({"email": ["a••@x.com", "bob@x.com"]}, index=after.index)
    assert project.plan_push(plain).edits["customer_id"].tolist() == ["cust_00001"]
    new = new_customers("n0", "n1").assign(email=["a••@x.com", "bob@x.com"])
    told = problems_of(project.plan_push(new, create_missing=True))
    assert told["masked"]["blocks"]
    assert told["masked"]["customers"] == ["row0"]


# -- frames that are not what they are given as ----------------------------------------------------


def test_one_frame_under_both_names_is_refused(project, sandbox):
    fill(sandbox, 2)
    _, after = fetched(project)
    with pytest.raises(ArgumentError, match=r"edited is before.*copy"):
        project.plan_push(after, before=after)


def test_swapped_frames_are_told(project, sandbox):
    fill(sandbox, 3)
    customers, edited = fetched(project)
    edited["name"] = "x"
    plan = project.plan_push(customers, before=edited)
    assert problems_of(plan)["swapped"]["blocks"]
    assert "swapped" in str(plan)
    assert "swapped" not in problems_of(project.plan_push(edited, before=customers))


def test_a_helper_column_or_masked_cells_are_no_swap(project, sandbox):
    fill(sandbox, 3)
    customers, edited = fetched(project)
    edited["rank"] = 1
    assert "swapped" not in problems_of(project.plan_push(edited, before=customers))
    edited["name"] = "N•••"
    assert "swapped" not in problems_of(project.plan_push(edited, before=customers))


def test_an_index_that_is_no_customers_is_said(project, sandbox):
    fill(sandbox, 3)
    frame = pd.DataFrame({"name": ["x", "y"]})
    with pytest.raises(PlanError, match=r"index \(0, 1\) holds no customer_id"):
        project.plan_push(frame)
    frame.index = ["Ann", "Bob"]
    problem = problems_of(project.plan_push(frame))["no_customers"]
    assert problem["blocks"]
    assert "customer_id" in problem["way_out"]
    assert "(Ann, Bob) is no customer's" in problem["message"]


# -- texts of others -------------------------------------------------------------------------------


def test_names_stand_beside_ids_and_are_harmless(project, sandbox):
    fill(sandbox, 2, name="Ann\x1b[31m\u202e<b>")
    _, after = fetched(project)
    after["metadata.tier"] = "gold"
    after.loc["cust_00000", "phone"] = ""
    plan = project.plan_push(after)
    shown = r"cust_00000, Ann\x1b[31m\u202e<b>"
    assert shown in str(plan)
    assert "\x1b" not in str(plan) + plan._repr_html_()
    assert "\u202e" not in str(plan) + plan._repr_html_()
    assert "&lt;b&gt;" in plan._repr_html_()
    assert shown in problems_of(plan)["empty_text"]["message"]


def test_an_undo_names_people_too(project, sandbox):
    fill(sandbox, 2)
    _, after = fetched(project)
    after["metadata.tier"] = "gold"
    assert "cust_00000, Name 0" in str(push(project.plan_push(after)).plan_undo())


def test_a_column_of_wrong_dates_is_one_problem(project, sandbox):
    fill(sandbox, 1200, birthdate="1990-05-01")
    before, _ = fetched(project)
    dates = [f"in {i} days" for i in range(1200)]
    plan = project.plan_push(pd.DataFrame({"birthdate": dates}, index=before.index))
    assert len(plan.problems) <= 3
    assert len(str(plan).encode()) < 4000
    assert len(plan._repr_html_().encode()) < 40_000
    with pytest.raises(PlanError) as refused:
        push(plan)
    assert len(str(refused.value).encode()) < 4000
