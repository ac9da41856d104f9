from __future__ import annotations

import time

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vfy_notebook.edits.checks.slips import _kind_of, slips


def found(field, *pairs):
    """Slips of a column with these values before and after."""
    labels = [f"cust_{i}" for i in range(len(pairs))]
    return slips(field, labels, [before for before, _ in pairs], [after for _, after in pairs])


def only(field, *pairs):
    (problem,) = found(field, *pairs)
    assert not problem.blocks
    assert problem.field == field
    return problem


@pytest.mark.parametrize(
    ("kind", "before", "after"),
    [
        ("text_for_missing", None, "nan"),
        ("text_for_missing", "+48 1", "None"),
        ("text_for_missing", None, "<NA>"),
        ("text_for_missing", None, "NaT"),
        ("text_for_missing", "x", " NULL "),
        ("text_for_missing", "x", "n/a"),
        ("scientific_notation", "48600123456", "4.86001E+10"),
        ("scientific_notation", None, "8,96529E+18"),
        ("scientific_notation", "896529000012345678", "9e17"),
        ("decimal_tail", "x", "48600123456.0"),
        ("sheet_error", "x", "#REF!"),
        ("sheet_error", "x", "########"),
        ("garbled_text", "Zoe", "ZoÃ«"),
        ("garbled_text", "żółć", "Å¼Ã³Å‚Ä‡"),
        ("garbled_text", "it's", "itâ€™s"),
        ("garbled_text", "Zoë", "Zo\ufffd"),
        ("stray_blanks", "Bob", "Ann "),
        ("stray_blanks", None, "\u00a0Ann"),
        ("lost_zeros", "00042", "42"),
        ("lost_zeros", "+48600123456", "48600123456"),
        ("digits_cut", "8965290000123456789", "8965290000123450000"),
        ("empty_text", None, ""),
        ("empty_text", "Ann", ""),
        ("empty_text", "Ann", "  "),
        ("unseen_difference", "Ann", "Ann "),
        ("unseen_difference", "Ann Lee", "Ann\u00a0Lee"),
        ("unseen_difference", "José", "Jose\u0301"),
        ("unseen_difference", "Ann", "A\u200bnn"),
        ("unseen_difference", "Ann", "\u0410nn"),
    ],
)
def test_slips_are_notes_with_an_example(kind, before, after):
    problem = only("name", ("Bob", "Eve"), (before, after), ("Cat", "Dan"))
    assert problem.kind == kind
    assert problem.customers == ("cust_1",)
    assert "cust_1" in problem.example
    assert problem.way_out


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("Ann", "Bob"),
        (None, "Ann"),
        ("Ann", "ann"),
        ("Nan", "Nana"),
        ("1.0", "2.0"),
        ("1e5", "2e5"),
        ("nan", "null"),
        ("0048", "0049"),
        ("A", "Ã"),
        ("PL", "NA"),
        (None, "Annan"),
        ("x", "3E"),
        ("1234567890123456789", "1234567890123456000"[:-1] + "1"),
        ("Łódź", "Kraków"),
        (1, 2),
        ("1", 1),
        ("Ann", None),
        (["a"], ["b"]),
    ],
)
def test_what_is_no_slip(before, after):
    assert found("name", (before, after)) == []


def test_unseen_differences_are_shown_escaped():
    assert r"'Jos\xe9' → 'Jose\u0301'" in only("name", ("José", "Jose\u0301")).example
    assert r"'Ann' → 'Ann\x20'" in only("name", ("Ann", "Ann ")).example


def test_an_email_that_changes_in_case_only_is_a_note():
    problem = only(
        "email", ("ann@x.com", "Ann@X.com"), ("bo@x.com", "bob@x.com"), (None, "C@x.com")
    )
    assert problem.kind == "only_case"
    assert problem.customers == ("cust_0",)
    assert "Ann@X.com" in problem.message
    assert found("name", ("ann", "Ann")) == []


@pytest.mark.parametrize(("field", "value"), [("email", "a@x.com"), ("phone", "+48 1")])
def test_one_email_or_phone_for_many_is_a_note(field, value):
    problem = only(field, (None, value), (None, "other"), ("x", value), (None, None), (None, None))
    assert problem.kind == "same_for_many"
    assert problem.customers == ("cust_0", "cust_2")
    assert value in problem.example
    assert "2 customers" in problem.example


def test_one_day_of_birth_for_all_is_a_note_and_a_shared_one_is_not():
    same = [(None, "1990-01-01")] * 3
    assert only("birthdate", *same).kind == "same_for_many"
    assert found("birthdate", *same, (None, "1991-01-01")) == []
    assert found("name", *[(None, "Ann")] * 9) == []


@pytest.mark.parametrize(
    ("field", "values", "mended"),
    [
        ("phone", ["nan", "None", "+48 1"], [None, None, "+48 1"]),
        ("name", ["", "  ", "Ann"], [None, None, "Ann"]),
        ("name", [" Ann ", "Bob"], ["Ann", "Bob"]),
        ("metadata.card", ["4860.0", "12"], ["4860", "12"]),
        ("name", ["#REF!", "Ann"], [None, "Ann"]),
    ],
)
def test_the_ways_out_mend_the_frame(field, values, mended):
    edited = pd.DataFrame({field: pd.array(values, dtype="str")})
    for problem in found(field, *((None, value) for value in values)):
        code = problem.way_out.partition(": ")[2].rstrip(".")
        exec(code, {"edited": edited})  # noqa: S102 - the advice is what is tested
    assert [None if pd.isna(v) else v for v in edited[field]] == mended
    assert found(field, *((None, None if pd.isna(v) else v) for v in edited[field])) == []


@given(st.lists(st.tuples(st.none() | st.text(), st.none() | st.text() | st.integers())))
def test_any_values_can_be_looked_at(pairs):
    for problem in found("phone", *pairs):
        assert problem.count
        assert len(problem.message) < 720


def test_a_million_cells_are_looked_at_in_little_time():
    labels = [f"cust_{i}" for i in range(1_000_000)]
    before = [f"Name {i}" for i in range(1_000_000)]
    after = [f"Other {i}" for i in range(1_000_000)]
    started = time.process_time()
    assert slips("name", labels, before, after) == []
    assert time.process_time() - started < 4


WORDS = st.text(st.sampled_from("Ann aе\u0301é \u00a0\u200bЕ0+1.e#nN"), max_size=6)


@given(st.lists(st.tuples(st.none() | WORDS, WORDS), max_size=12))
def test_looking_at_whole_columns_misses_nothing(pairs):
    """Each cell alone gives what the column gives: the patterns only say where to look."""
    together = {label for p in found("name", *pairs) for label in p.customers}
    for i, (before, after) in enumerate(pairs):
        assert (f"cust_{i}" in together) == (_kind_of(before, after) is not None)
