from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from vfy_notebook.edits.cells.cells import read_cells
from vfy_notebook.edits.cells.json_cells import Form, to_json
from vfy_notebook.edits.columns import difference
from vfy_notebook.edits.dress.converting import Why
from vfy_notebook.edits.dress.kinds import Own, kind_of_values
from vfy_notebook.edits.dress.undress import undress
from vfy_notebook.frames.arrays import objects


def column(values, dtype=None):
    if dtype is None:
        return pd.Series(objects(values), dtype=object).infer_objects()
    return pd.Series(values, dtype=dtype)


class Result:
    """What became of a column, as plain values."""

    def __init__(self, edited, base, own=None, **options):
        base = read_cells(column(base))
        edited = edited if isinstance(edited, pd.Series) else column(edited)

        def own_kind(cells):
            return kind_of_values(cells) if own is None else own

        out = undress(read_cells(edited), base, own_kind, **options)
        differ = difference(base, out.cells)
        self.edits = (
            {}
            if differ is None
            else dict(zip(differ.rows.tolist(), differ.after.values, strict=True))
        )
        self.dress_only = out.dress_only.tolist()
        self.undecided = {why: rows.tolist() for why, rows in out.undecided.items()}
        self.values = to_json(out.cells, Form.ANY).values


PHONES = ["+48600123456", "+48600123457", None, "+48600123458"]

DRESSES = [
    # what the server has, what came back
    pytest.param(["0042", "17", None], [42.0, 17.0, np.nan], id="codes as floats"),
    pytest.param(["0042", "17", "3"], [42, 17, 3], id="codes as integers"),
    pytest.param(["0042", "0017"], ["42", "17"], id="lost zeros in text"),
    pytest.param(["0042", "17"], ["42", "17"], id="lost zeros beside a number without"),
    pytest.param([12345678.0, 1234.5], ["12,345,678", "1,234.5"], id="thousands"),
    pytest.param([12345678.0, 1234.5], ["12 345 678", "1\u202f234,5"], id="blanks, a comma"),
    pytest.param([["a", "b"], [], ["c"]], ["a,b", None, "c"], id="lists joined"),
    pytest.param([[1, 2], [], [3]], ["1; 2", "", "3"], id="lists of numbers joined"),
    pytest.param([True, False], ["ja", "nein"], id="flags in German"),
    pytest.param(PHONES, [48600123456.0, 48600123457.0, np.nan, 48600123458.0], id="phones"),
    pytest.param(["48600123456", "48600123499"], ["4.86E+10", "4.86E+10"], id="scientific"),
    pytest.param(["48600123456", "48600123499"], [4.86e10, 4.86e10], id="scientific, read"),
    pytest.param([48600123456, 48600123499], ["4.86001E+10", "4.86001E+10"], id="numbers' too"),
    pytest.param(["89652900001234567890"], ["8.96529000012345E+19"], id="15 digits"),
    pytest.param(["123", "456", None], ["123.0", "456.0", None], id="point zero"),
    pytest.param(["1.50", "2.00"], [1.5, 2.0], id="decimals"),
    pytest.param([9007199254740993, 5, None], [9007199254740992.0, 5.0, np.nan], id="floats"),
    pytest.param([2**70, 5], [float(2**70), 5.0], id="beyond 64 bits"),
    pytest.param([1, 2.5, None], ["1", "2.5", ""], id="numbers as text"),
    pytest.param([1.5, 2.5], ["1,5", "2,5"], id="decimal commas"),
    pytest.param([True, False, None], [1.0, 0.0, np.nan], id="flags as floats"),
    pytest.param([True, False, None], ["TRUE", "FALSE", ""], id="flags in capitals"),
    pytest.param([True, False, True], ["yes", "no", "Y"], id="flags in words"),
    pytest.param([True, False], ["PRAWDA", "FAŁSZ"], id="flags in Polish"),
    pytest.param(["true", "false"], [True, False], id="texts as flags"),
    pytest.param([["a", 1], {"k": None}], ["['a', 1]", "{'k': None}"], id="repr"),
    pytest.param([["a", 1], {"k": None}], ['["a", 1]', '{"k":null}'], id="JSON"),
    pytest.param([{"a": 1}, {"b": 2}], [{"a": 1.0, "b": None}, {"a": None, "b": 2.0}], id="struct"),
    pytest.param([["a"], ["b", "c"]], [np.array(["a"]), np.array(["b", "c"])], id="arrays"),
    pytest.param([5, "x", True, [1]], ["5", "x", "True", "[1]"], id="mixed"),
    pytest.param([5, "x", True], ["5", '"x"', "true"], id="mixed as JSON"),
    pytest.param(["2024-01-31", None], [pd.Timestamp("2024-01-31"), pd.NaT], id="days as times"),
    pytest.param(["2024-01-31", None], [dt.date(2024, 1, 31), None], id="days as dates"),
    pytest.param(["2024-01-31", None], [45322.0, None], id="a spreadsheet's days"),
    pytest.param(["2024-01-31", "2024-03-02"], ["31.01.2024", "02.03.2024"], id="d.m.y"),
    pytest.param(["2024-01-31", "2024-03-02"], ["01/31/2024", "03/02/2024"], id="m/d/y"),
    pytest.param(["2024-03-02", "2024-01-31"], ["02/03/2024", "31/01/2024"], id="d/m/y"),
    pytest.param(
        ["2024-01-31T10:00:00.000Z"], [pd.Timestamp("2024-01-31 11:00", tz="Europe/Warsaw")], id="z"
    ),
    pytest.param(["2024-01-31T10:00:00.000Z"], ["2024-01-31 10:00:00+00:00"], id="a time's str"),
    pytest.param(["a", None, None], ["a", "nan", "nan"], id="nan"),
    pytest.param(["a", None, None], ["a", "None", "None"], id="None"),
    pytest.param(["a", None, None], ["a", "", ""], id="blanks"),
    pytest.param([5, None], ["5", "nan"], id="nan among numbers"),
    pytest.param(["a\r\nb", "c"], ["a\nb", "c"], id="line breaks"),
]


@pytest.mark.parametrize(("base", "edited"), DRESSES)
def test_a_cell_that_looks_like_the_servers_is_no_edit(base, edited):
    found = Result(edited, base)
    assert (found.edits, found.undecided) == ({}, {})


IN_FILES = [
    pytest.param(["=1+1", "x"], [2, "x"], id="a formula, worked out"),
    pytest.param(["=1+1", "NA", "x"], [None, "NA", "x"], id="a formula, not worked out"),
    pytest.param(["", "NA", None], [None, "NA", None], id="no text, beside a kept NA"),
    pytest.param(["a", None, None], ["a", "-", "-"], id="dashes for missing"),
    pytest.param([1.5, None, None], ["1.5", "\\N", "\\N"], id="a database's word for missing"),
    pytest.param([1 / 3, 2 / 3, 0.5], [0.33, 0.67, 0.5], id="two decimals"),
    pytest.param([1 / 3, 2 / 3, 0.5], ["0,33", "0,67", "0,5"], id="two decimals, with commas"),
]


@pytest.mark.parametrize(("base", "edited"), IN_FILES)
def test_in_a_file_it_is_no_edit_either(base, edited):
    found = Result(edited, base, was_in_a_file=True)
    assert (found.edits, found.undecided) == ({}, {})
    assert found.dress_only


@pytest.mark.parametrize(
    ("base", "edited", "edits"),
    [
        ([0.123, 0.256, 0.5], [0.12, 0.256, 0.5], {0: 0.12}),
        ([0.123, 0.256, 0.555], [0.12, 0.26, 0.555], {0: 0.12, 1: 0.26}),
        ([0.123, 0.256, 0.555], [0.12, 0.26, 0.7], {2: 0.7}),
        ([1e308, 0.256, 0.5], [5e307, 0.256, 0.5], {0: 5e307}),
        (["a", None, None], ["a", "-", "x"], {1: "-", 2: "x"}),
        (["a", None, None, None, None], ["a", "-", "-", "-", "x"], {4: "x"}),
        (["a", "b", None, None], ["a", "-", "-", "-"], {1: None}),
        (["a", None], ["a", "-"], {1: "-"}),
        (["-", None, None], ["-", "-", "-"], {1: "-", 2: "-"}),
        (["=1+1", "=2"], ["=1+1", None], {1: None}),
        (["NA", "None", "x"], [None, "gold", "x"], {1: "gold"}),
    ],
)
def test_what_the_others_of_the_column_do_not_explain_is_an_edit(base, edited, edits):
    found = Result(edited, base, was_in_a_file=True)
    assert (found.edits, found.undecided) == (edits, {})


def test_items_are_edited_as_they_came_joined():
    base = [["a", "b"], ["c"], []]
    assert Result(["a, b", "c, d", None], base).edits == {1: ["c", "d"]}
    numbers = Result(["1;2", "3;x", "4;5"], [[1, 2], [3], []])
    assert numbers.edits == {2: [4, 5]}
    assert numbers.undecided == {Why.KIND: [1]}


def test_a_float_that_once_was_shorter_is_no_edit_beside_one():
    single = float(np.float32(1 / 3))
    assert Result([single, 0.5, "0,25"], [1 / 3, 0.5, 0.75]).edits == {2: 0.25}
    assert Result([0.3, 16777216], [0.30000001, 16777217]).edits == {0: 0.3, 1: 16777216}


@pytest.mark.parametrize("dtype", ["float16", "float32"])
def test_shorter_floats_are_compared_as_such(dtype):
    assert Result(column([1 / 3, 0.25], dtype), [1 / 3, 0.25]).edits == {}
    assert Result(column([1 / 3, 0.5], dtype), [1 / 3, 0.25]).edits == {1: 0.5}


@pytest.mark.parametrize("dtype", ["float32", pd.ArrowDtype(pa.int64()), "category", object])
def test_whatever_the_dtype(dtype):
    assert Result(column([42, 17], dtype), ["0042", "0017"]).edits == {}


@pytest.mark.parametrize(
    ("base", "edited", "edits"),
    [
        ([5, 6, None], ["5", "7", ""], {1: 7}),
        ([5, 6, None], ["5", "6.5", "8"], {1: 6.5, 2: 8}),
        ([1.5, 2.5], ["1,5", "3,5"], {1: 3.5}),
        ([True, False, None], [1, 1, 0], {1: True, 2: False}),
        ([True, False, None], ["TRUE", "yes", ""], {1: True}),
        (["12", "34", None], [12.0, 99.0, np.nan], {1: "99"}),
        (["12", "34", None], ["12.0", "99.0", None], {1: "99"}),
        ([["a"], ["b"]], ["['a']", '["c"]'], {1: ["c"]}),
        ([{"a": 1}, {"b": 2}], [{"a": 1, "b": None}, {"a": None, "b": 5}], {1: {"b": 5}}),
        (["2024-01-31", "2024-03-02"], ["31.01.2024", "05.06.2024"], {1: "2024-06-05"}),
        (["2024-01-31", "2024-03-02"], [45322, 45323], {1: "2024-02-01"}),
        (
            ["2024-01-31T10:00:00.000Z"] * 2,
            ["2024-01-31 10:00:00+00:00", "2024-02-01 11:30:00+01:00"],
            {1: "2024-02-01T10:30:00.000Z"},
        ),
        (["a", None, None], ["nan", "nan", "x"], {0: None, 2: "x"}),
        ([True, None], [None, None], {0: None}),
    ],
)
def test_an_edited_cell_is_converted(base, edited, edits):
    found = Result(edited, base)
    assert (found.edits, found.undecided) == (edits, {})


@pytest.mark.parametrize(
    ("base", "edited", "why"),
    [
        (["0042", "0017"], [42, 18], Why.DIGITS),
        (PHONES, [48600123456, 48600123457, None, 48600999999], Why.DIGITS),
        (["1" * 16, "2" * 16], [1111111111111111, 2222222222222223], Why.DIGITS),
        (["48600123456", "48600123499"], ["4.86E+10", "4.99E+10"], Why.SCIENTIFIC),
        ([2**53 + 1, 2**53 + 3], [float(2**53 + 1), float(2**60)], Why.DIGITS),
        (["gold", "silver"], ["gold", 5], Why.KIND),
        ([5, 6], ["5", "six"], Why.KIND),
        ([True, False], [1, 2], Why.KIND),
        ([["a"], ["b"]], ["['a']", "c"], Why.KIND),
        ([5, "x", [1], True], ["5", "x", "[1]", "7"], Why.KIND),
        (["2024-03-03", "2024-04-04"], ["03/03/2024", "05/06/2024"], Why.DATE),
        ([pd.Timestamp("2024-03-03", tz="UTC")], ["soon"], Why.KIND),
        (["2024-03-03", "2024-04-04"], ["2024-03-03", True], Why.KIND),
        ([5, None, None], ["nan", "nan", None], Why.MISSING),
    ],
)
def test_what_cannot_be_decided_is_told_and_stays_the_servers(base, edited, why):
    found = Result(edited, base)
    assert found.edits == {}
    assert list(found.undecided) == [why]


@pytest.mark.parametrize(
    ("base", "edited", "edits"),
    [
        (["0042", "0017", "0003"], ["0042", "17", "0003"], {1: "17"}),
        (["12", "34"], ["12", "34.0"], {1: "34.0"}),
        (["123", "0042"], ["00123", "0042"], {0: "00123"}),
        (["a", None, None], ["a", "nan", None], {1: "nan"}),
        (["48600123456", "x"], ["48600123000", "x"], {0: "48600123000"}),
        ([2**53, 5], [2**53 + 1, 5], {0: 2**53 + 1}),
        (["2024-01-31", "2024-02-01"], ["2024-01-31", "soon"], {1: "soon"}),
    ],
)
def test_where_others_kept_their_spelling_a_person_has_changed_it(base, edited, edits):
    found = Result(edited, base)
    assert (found.edits, found.undecided) == (edits, {})


def test_values_of_the_columns_own_kind_are_taken_as_they_are():
    cells = read_cells(column([5, 6], "Int64"))
    other = read_cells(column([5, 7], "Int64"))
    assert undress(other, cells, lambda _: Own.NUMBER).cells is other


def test_only_a_frame_from_a_file_has_rounded_numbers_and_texts_taken_for_missing():
    third, country = [1 / 3, 2.0], ["NA", "PL"]
    assert Result([round(1 / 3, 10), 2.0], third, was_in_a_file=True).edits == {}
    assert Result([round(1 / 3, 10), 2.0], third).edits == {0: round(1 / 3, 10)}
    assert Result([89652900001234500], [89652900001234567], was_in_a_file=True).edits == {}
    assert Result([None, "PL"], country, was_in_a_file=True).edits == {}
    assert Result([None, "PL"], country).edits == {0: None}
    assert Result([None, None, "NA"], ["NA", "PL", "NA"], was_in_a_file=True).edits == {
        0: None,
        1: None,
    }


def test_only_in_a_file_are_times_cut_or_moved_to_another_zone():
    base = [f"2024-0{month}-31T10:00:17.500Z" for month in (1, 3, 5, 7)]
    cut = [text[:16].replace("T", " ") for text in base]
    here = ["2024-01-31 11:00", "2024-03-31 12:00", "2024-05-31 12:00", "2024-07-31 12:00"]
    for shown in (cut, here):
        assert Result(shown, base, was_in_a_file=True).edits == {}
        assert len(Result(shown, base).edits) == 4


def test_cells_that_differ_in_dress_only_are_counted():
    assert Result([42.0, 17.0], ["0042", "17"]).dress_only == [0, 1]
    assert Result([5.0, 6.0], [5, 6]).dress_only == []
    assert Result([1, 0], [True, False]).dress_only == [0, 1]


def test_a_change_of_type_that_is_meant_is_one():
    assert Result([42, 17], ["0042", "17"], Own.ANY, retype=True).edits == {0: 42, 1: 17}
    assert Result(["42", None], ["42", "x"], Own.NUMBER, retype=True).edits == {0: 42, 1: None}
    assert Result(["yes", "no"], ["yes", "no"], Own.FLAG, retype=True).edits == {
        0: True,
        1: False,
    }


def test_the_schema_says_what_an_edited_cell_becomes():
    assert Result([5, 6], ["5", "7"], Own.NUMBER).edits == {1: 6}
    assert Result(["yes", ""], [None, None], Own.FLAG).edits == {0: True}
    assert Result(["31.01.2024"], [None], Own.DAY).edits == {0: "2024-01-31"}


def test_in_a_column_that_the_server_has_not_nothing_stands_for_missing():
    assert Result(["none", "nan"], [None, None], is_new=True).edits == {0: "none", 1: "nan"}


def test_endless_digits_are_text():
    endless = "1" * 5_000
    assert Result([endless, "5"], ["x", "5"]).edits == {0: endless}
    assert Result([5, "x"], [endless, "x"]).undecided.keys() <= {Why.KIND, Why.DIGITS}
