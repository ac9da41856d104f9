from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vfy_notebook.edits.checks.near_twins import LookedFor, near_twins

KNOWN = ["ann@x.com", "bob@x.com", "jos\u00e9@x.com", "00042"]
LOOKED = LookedFor(4, 10, 2)


def twins_of(new, known=KNOWN, *, may_create=False):
    found = near_twins(new, known, LOOKED, may_create=may_create)
    return [problem for problem in found if problem.kind == "near_twin"]


@pytest.mark.parametrize(
    "source_id",
    [
        "Ann@x.com",
        "ann@x.com ",
        " ann@x.com",
        "ann@x.com\u00a0",
        "ann\u200b@x.com",
        "\ufeffann@x.com",
        "\u0430nn@x.com",
        "jose\u0301@x.com",
        "JOSE\u0301@X.COM",
        "bob@x.com\n",
    ],
)
def test_a_twin_of_a_known_customer_is_refused_with_both_ids(source_id):
    (problem,) = twins_of({"row0": source_id})
    assert problem.blocks
    assert problem.customers == ("row0",)
    assert problem.field == "source_id"
    assert "beside" in problem.example
    one, _, other = problem.example.partition(": ")[2].partition(" beside ")
    assert one != other
    assert "near_twins='create'" in problem.way_out


def test_twins_among_the_new_rows_are_refused_too():
    (problem,) = twins_of({"row3": "new@x.com", "row4": "NEW@x.com"})
    assert problem.customers == ("row4",)
    assert "NEW@x.com" in problem.message
    assert "new@x.com" in problem.message


def test_twins_that_are_meant_are_a_note():
    (problem,) = twins_of({"row0": "ANN@x.com"}, may_create=True)
    assert not problem.blocks
    assert "near_twins" not in problem.message


def test_others_are_no_twins():
    assert twins_of({"a": "anna@x.com", "b": "42", "c": "jose@x.com", "d": "x@ann.com"}) == []


def test_the_plan_tells_where_they_were_looked_for_and_what_it_cost():
    (note,) = near_twins({"a": "new"}, KNOWN, LOOKED, may_create=False)
    assert not note.blocks
    assert "4 of 10 customers" in note.message
    assert "2 API calls" in note.message
    assert "other customers were not looked at" in note.message
    (note,) = near_twins({"a": "new"}, KNOWN, LookedFor(10, 10, 0), may_create=False)
    assert "no API call" in note.message
    assert "not looked at" not in note.message


def test_nothing_is_said_where_nobody_is_created():
    assert near_twins({}, KNOWN, LOOKED, may_create=False) == []


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"]), min_size=1), unique=True))
def test_changing_case_and_blanks_is_always_found(known):
    new = {f"row{i}": f" {source_id} " for i, source_id in enumerate(known)}
    new = {label: source_id for label, source_id in new.items() if source_id not in known}
    told = twins_of(new, known)
    assert (told[0].customers if told else ()) == tuple(new)
