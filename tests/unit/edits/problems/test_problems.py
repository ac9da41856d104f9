from __future__ import annotations

import pandas as pd

from vfy_notebook.edits.cells.values import Unsendable, date_text
from vfy_notebook.edits.problems import messages
from vfy_notebook.edits.problems.problems import Problem, grouped, named, problems_frame


def refusal_of(value):
    try:
        date_text(value)
    except Unsendable as error:
        return error
    raise AssertionError


def test_a_column_of_wrong_dates_is_one_problem_with_count_example_and_way_out():
    cells = [(f"cust_{i}", refusal_of(f"{i % 28 + 1}.01.1990")) for i in range(1500)]
    (problem,) = messages.unsendable("birthdate", cells)
    assert problem.count == 1500
    assert len(problem.customers) == 1500
    assert "1.01.1990" in problem.example
    assert "YYYY-MM-DD" in problem.way_out
    assert "1,500 rows" in problem.message
    assert len(problem.message) < 700


def test_cells_of_one_column_with_other_ways_out_are_problems_of_their_own():
    problems = messages.unsendable(
        "birthdate", [("a", refusal_of("x")), ("b", refusal_of(pd.Timestamp("2024-01-01 10:00")))]
    )
    assert [p.customers for p in problems] == [("a",), ("b",)]


def test_problems_are_grouped_by_column_and_kind_what_blocks_first():
    def of(kind, field, label, *, blocks):
        return Problem(kind, f"{field} is wrong", blocks, (label,), field, example=label)

    told = grouped(
        [
            of("note", "name", "a", blocks=False),
            of("value", "name", "a", blocks=True),
            of("value", "email", "b", blocks=True),
            of("value", "name", "c", blocks=True),
            of("value", "name", "a", blocks=True),
        ]
    )
    assert [(p.kind, p.field, p.customers) for p in told] == [
        ("value", "name", ("a", "c")),
        ("value", "email", ("b",)),
        ("note", "name", ("a",)),
    ]
    assert told[0].example == "a"


def test_a_misspelt_column_is_told_before_what_it_may_explain():
    problems = [
        Problem("value", "x", blocks=True),
        Problem("near_name", "y", blocks=True),
        Problem("conflict", "z", blocks=True),
    ]
    assert [p.kind for p in grouped(problems)] == ["near_name", "value", "conflict"]


def test_names_stand_beside_ids():
    whois = {"cust_a": "Ann\x1b[31m", "cust_b": "<b>Bob</b>" * 90}.get
    told = named(["cust_a", "cust_b", "cust_c"], whois=whois)
    assert told.startswith(r"3 customers (cust_a, Ann\x1b[31m; cust_b, <b>Bob</b>")
    assert told.endswith("; cust_c)")
    assert len(told) < 120


def test_ids_and_columns_of_any_length_leave_room_for_the_way_out():
    problem = Problem(
        "value", "w" * 5000, True, ("c" * 5000,), example="e" * 5000, way_out="Do this."
    )
    assert len(problem.message) < 720
    assert problem.message.endswith("Do this.")


def test_the_frame_has_one_row_a_problem_and_all_customers():
    ids = tuple(f"cust_{i}" for i in range(7000))
    frame = problems_frame(
        [
            Problem("null", "name is emptied", False, ids, "name"),
            Problem("value", "name", True, ("cust_1",), "name", example="5", way_out="Give text."),
        ]
    )
    assert list(frame.columns) == [
        "blocks", "kind", "field", "count", "customers", "message", "example", "way_out",
    ]  # fmt: skip
    assert frame["kind"].tolist() == ["value", "null"]
    assert frame["count"].tolist() == [1, 7000]
    assert frame["customers"][1] == list(ids)
    assert frame["way_out"][0] == "Give text."
    assert problems_frame([]).empty


def test_a_problem_is_counted_by_rows_else_by_columns_else_as_one():
    assert Problem("k", "w", blocks=True, customers=("a", "b"), columns=("x",)).count == 2
    assert Problem("k", "w", blocks=True, columns=("x", "y", "z")).count == 3
    assert Problem("k", "w", blocks=True).count == 1


def test_only_more_than_are_shown_are_hinted_at():
    assert "…" not in messages.no_customers(["a", "b", "c"]).what
    assert "…" in messages.no_customers(["a", "b", "c", "d"]).what
