"""Blank cells that nobody has emptied: of lists, of merges, of frames put together by hand."""

from __future__ import annotations

import io

import pandas as pd
import pytest

from tests.contract.push_support import fill, push

IDS = [f"cust_{i:05d}" for i in range(4)]


@pytest.fixture
def customers(project, sandbox):
    fill(sandbox, 6, phone="+48 1")
    return project.fetch_customers(progress=False)


def by_hand(customers):
    tiers = {"metadata.tier": ["gold", "gold", None, None], "phone": [None, "+48 2", "+48 1", None]}
    tiers["address.city"] = ["Łódź"] * 4
    return pd.DataFrame(tiers, index=pd.Index(IDS, name="customer_id"))


def from_a_colleague(customers):
    text = by_hand(customers).to_csv()
    return pd.read_csv(io.StringIO(text))


def from_a_colleague_as_text(customers):
    text = by_hand(customers).to_csv()
    return pd.read_csv(io.StringIO(text), dtype=str, keep_default_na=False)


def with_blanks_typed_in(customers):
    return by_hand(customers).fillna("  ")


def by_source_id(customers):
    listed = by_hand(customers).reset_index(drop=True)
    return listed.assign(source_id=[f"s{i}" for i in range(4)])


def merged(customers):
    """A list that knows only some of the customers, filled up from a fetch of others."""
    everyone = pd.DataFrame({"customer_id": IDS})
    known = by_hand(customers).iloc[:3].reset_index()
    return everyone.merge(known, on="customer_id", how="left")


def joined_to_a_fetch(customers):
    """The last ones' rows come from the list only: all else of them is blank."""
    some = customers.head(0)[["name", "created_at", "updated_at"]]
    return some.join(by_hand(customers), how="outer")


LISTS = [
    by_hand,
    from_a_colleague,
    from_a_colleague_as_text,
    with_blanks_typed_in,
    by_source_id,
    merged,
    joined_to_a_fetch,
]


@pytest.mark.parametrize("made", LISTS)
def test_blank_cells_of_a_list_leave_what_is_there(project, sandbox, customers, made):
    plan = project.plan_push(made(customers))
    assert set(plan.edits["field"]) == {"metadata.tier", "phone"}
    assert plan.edits["after"].notna().all()
    assert "values to set" in str(plan)
    note = plan.problems.set_index("kind").loc["blank_left_alone"]
    assert not note["blocks"]
    assert "phone (2)" in note["message"]
    assert "before=" in note["message"]
    assert push(plan).counts == {"updated": 2}
    assert [c["phone"] for c in sandbox.customers()] == ["+48 1", "+48 2", *["+48 1"] * 4]
    assert {c["name"] for c in sandbox.customers()} == {f"Name {i}" for i in range(6)}


def test_a_row_of_a_list_that_is_blank_throughout_stands_in_nobodys_way(
    project, sandbox, customers
):
    plan = project.plan_push(by_hand(customers).drop(columns="address.city"))
    assert push(plan).counts == {"updated": 2}
    assert sandbox.customer(IDS[3])["phone"] == "+48 1"


def test_a_value_of_which_two_fetches_tell_otherwise_is_a_conflict(project, sandbox, customers):
    sandbox.touch("s1", phone="+48 3")
    project.fetch_customers(progress=False)
    for made in (by_hand, joined_to_a_fetch):
        told = project.plan_push(made(customers)).problems.query("blocks")
        assert list(told["kind"]) == ["unclear_base"]
        assert list(told["customers"]) == [[IDS[1]]]


@pytest.mark.parametrize("made", [by_hand, from_a_colleague])
def test_the_way_out_empties_them(project, sandbox, customers, made):
    plan = project.plan_push(made(customers), before=customers)
    assert push(plan).counts == {"updated": 4}
    assert [c["phone"] for c in sandbox.customers()][:4] == [None, "+48 2", "+48 1", None]


def test_a_cell_emptied_in_a_copy_without_mark_and_time_is_an_edit(project, sandbox, customers):
    edited = customers.drop(columns="updated_at")
    edited.attrs = {}
    edited.loc[IDS[1], "phone"] = None
    assert push(project.plan_push(edited)).counts == {"updated": 1}
    assert sandbox.customer(IDS[1])["phone"] is None


def test_a_cell_emptied_in_some_columns_of_a_marked_frame_is_an_edit(project, sandbox, customers):
    edited = customers[["phone"]].copy()
    edited.loc[IDS[1], "phone"] = None
    assert push(project.plan_push(edited)).counts == {"updated": 1}
    assert sandbox.customer(IDS[1])["phone"] is None


def test_many_cells_that_a_merge_has_emptied_are_told_with_a_way_out(project, sandbox, customers):
    scores = pd.DataFrame({"metadata.score": [70]}, index=pd.Index(IDS[:1], name="customer_id"))
    edited = customers.drop(columns="metadata.score").join(scores)
    plan = project.plan_push(edited)
    told = plan.problems.set_index("kind").loc["null"]
    assert (told["count"], told["blocks"]) == (5, False)
    # The way out that it names.
    assert "edited.dropna(subset=['metadata.score'])" in told["message"]
    plan = project.plan_push(edited.dropna(subset=["metadata.score"]))
    assert push(plan).counts == {"updated": 1}
    assert sandbox.customer(IDS[1])["metadata"]["score"] == 1


def test_rows_that_a_condition_has_blanked_are_never_emptied(project, sandbox, customers):
    edited = customers.where(customers["name"] == "Name 0")
    edited["metadata.tier"] = "gold"
    plan = project.plan_push(edited)
    sent = plan.edits
    assert (set(sent["field"]) == {"metadata.tier"}) or plan.problems["blocks"].any()
    if not plan.problems["blocks"].any():
        push(plan).raise_if_failed()
    assert {c["name"] for c in sandbox.customers()} == {f"Name {i}" for i in range(6)}
