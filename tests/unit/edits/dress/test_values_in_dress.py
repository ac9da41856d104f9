"""What is the server's value in another dress, and what is an edit of it."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pytest

from tests.unit.edits.dress.test_undress import column
from vfy_notebook.edits.cells.cells import read_cells
from vfy_notebook.edits.dress.kinds import Own, kind_of_values
from vfy_notebook.edits.dress.matching import same_value
from vfy_notebook.edits.dress.missing import is_blank
from vfy_notebook.edits.dress.numbers import lost_digits, same_number
from vfy_notebook.edits.dress.rounded import rounded_in_a_file


@pytest.mark.parametrize(
    ("edited", "base", "is_same"),
    [
        ("4.86001E+10", 48_600_123_456, True),  # six digits are shown at most
        ("4.860012E+10", 48_600_123_456, False),
        ("1.23457E+17", 123_456_789_012_345_678, True),
        ("1.234568E+17", 123_456_789_012_345_678, False),
    ],
)
def test_a_spreadsheet_shows_six_digits_of_a_long_number(edited, base, is_same):
    assert lost_digits(edited, base) is is_same


@pytest.mark.parametrize(
    ("edited", "base", "is_same"),
    [
        (0.3333333432674408, 1 / 3, True),
        (0.5, 0.500000001, False),  # somebody may have typed it
        (0.25, 0.2500000001, False),
    ],
)
def test_only_a_long_tail_is_what_single_precision_leaves(edited, base, is_same):
    assert same_number(edited, base, rounded=False) is is_same


@pytest.mark.parametrize(
    ("edited", "base", "is_same"),
    [
        (dt.date(2024, 1, 31), "2024-01-31", True),
        (dt.date(2024, 1, 30), "2024-01-31", False),
        (np.datetime64("2024-01-31"), "2024-01-31", True),
        ("a, b", ["a", "b"], True),
        ("a;b", ["a", "b"], True),
        ("b, a", ["a", "b"], False),
        ("['a', 'b']", ["a", "b"], True),
        (["a"], '["a"]', True),
        (["b"], '["a"]', False),
        (["a"], "a word", False),
    ],
)
def test_dates_and_lists_in_other_dress(edited, base, is_same):
    assert same_value(edited, base, rounded=False) is is_same


@pytest.mark.parametrize(("edited", "found"), [([1.3, 2.4], True), ([1.2, 2.3], False)])
def test_what_is_off_by_more_than_half_a_digit_was_not_rounded(edited, found):
    told = rounded_in_a_file(np.array(edited), np.array([1.26, 2.37]), np.array([]))
    assert told.tolist() == [found, found]


@pytest.mark.parametrize(
    "values", [["  ", "x", "", None], [" ", 7, "", None], ["\u00a0", ["a"], "", None]]
)
def test_texts_of_nothing_but_blanks_are_blank_in_columns_of_any_kind(values):
    assert is_blank(read_cells(column(values))).tolist() == [True, False, True, False]


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        ([["a"], {"k": 1}], Own.NESTED),
        ([["a"], ["b"]], Own.NESTED),
        ([["a"], "b"], Own.ANY),
        ([1, 2**70], Own.NUMBER),
    ],
)
def test_lists_and_objects_in_one_column_are_nested(values, kind):
    assert kind_of_values(read_cells(column(values))) is kind
