from __future__ import annotations

import datetime as dt
from decimal import Decimal

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from vfy_notebook.edits.cells.cells import Held, may_differ, read_cells
from vfy_notebook.edits.cells.json_cells import Form, to_json

TEXTS = ["a", None, "ü"]
NUMBERS = [1, None, 3]
FLAGS = [True, None, False]


def objects(values):
    column = pd.Series([None] * len(values), dtype=object)
    for i, value in enumerate(values):
        column[i] = value
    return column


@pytest.mark.parametrize(
    ("column", "held"),
    [
        (pd.Series(TEXTS, dtype="str"), Held.TEXT),
        (pd.Series(TEXTS, dtype="string"), Held.TEXT),
        (pd.Series(TEXTS, dtype="category"), Held.TEXT),
        (objects(TEXTS), Held.TEXT),
        (pd.Series(TEXTS, dtype=pd.ArrowDtype(pa.string())), Held.TEXT),
        (pd.Series(TEXTS, dtype=pd.ArrowDtype(pa.large_string())), Held.TEXT),
        (
            pd.Series(TEXTS, dtype=pd.ArrowDtype(pa.dictionary(pa.int32(), pa.string()))),
            Held.TEXT,
        ),
        (pd.Series(NUMBERS, dtype="Int64"), Held.WHOLE),
        (pd.Series(NUMBERS, dtype="UInt8"), Held.WHOLE),
        (pd.Series(NUMBERS, dtype=pd.ArrowDtype(pa.int16())), Held.WHOLE),
        (pd.Series(NUMBERS, dtype="category"), Held.WHOLE),
        (objects(NUMBERS), Held.WHOLE),
        (pd.Series(NUMBERS, dtype="float64"), Held.NUMBER),
        (pd.Series(NUMBERS, dtype="Float32"), Held.NUMBER),
        (pd.Series(NUMBERS, dtype=pd.ArrowDtype(pa.float64())), Held.NUMBER),
        (pd.Series(NUMBERS, dtype=pd.SparseDtype("float64")), Held.NUMBER),
        (objects([1.0, None, 3.0]), Held.NUMBER),
        (pd.Series(FLAGS, dtype="boolean"), Held.FLAG),
        (pd.Series(FLAGS, dtype=pd.ArrowDtype(pa.bool_())), Held.FLAG),
        (objects(FLAGS), Held.FLAG),
    ],
)
def test_the_same_values_are_read_from_any_dtype(column, held):
    cells = read_cells(column)
    expected = {Held.TEXT: TEXTS, Held.FLAG: FLAGS}.get(held, NUMBERS)
    assert cells.held is held
    assert to_json(cells, Form.ANY).values == expected
    assert cells.missing.tolist() == [False, True, False]


MOMENT = pd.Timestamp("2024-01-31 12:00:00.500", tz="UTC")


@pytest.mark.parametrize(
    "column",
    [
        pd.Series([MOMENT, None]),
        pd.Series([MOMENT.tz_localize(None), None]),
        pd.Series([MOMENT.tz_convert("Asia/Tokyo"), None]),
        pd.Series([MOMENT, None]).dt.as_unit("ns"),
        pd.Series([MOMENT, None]).dt.as_unit("ms"),
        objects([MOMENT.to_pydatetime(), None]),
        objects([np.datetime64("2024-01-31T12:00:00.500"), None]),
        pd.Series([MOMENT, None], dtype=pd.ArrowDtype(pa.timestamp("us", "UTC"))),
        pd.Series([MOMENT.tz_localize(None), None], dtype=pd.ArrowDtype(pa.timestamp("ns"))),
    ],
    ids=lambda column: str(column.dtype),
)
def test_times_are_read_from_any_unit_and_zone(column):
    cells = read_cells(column)
    assert cells.held is Held.TIME
    assert to_json(cells, Form.ANY).values == ["2024-01-31T12:00:00.500Z", None]


@pytest.mark.parametrize(
    ("dtype", "held"),
    [("Int64", Held.WHOLE), ("UInt64", Held.WHOLE), ("Float64", Held.NUMBER)],
)
def test_a_column_without_any_value_is_what_its_dtype_says(dtype, held):
    assert read_cells(pd.Series([None, None], dtype=dtype)).held is held


def test_times_finer_than_microseconds_are_told_apart():
    one = read_cells(pd.Series([pd.Timestamp("2024-01-31T00:00:00.000000001")]))
    other = read_cells(pd.Series([pd.Timestamp("2024-01-31T00:00:00")]))
    assert may_differ(one, other).all()
    assert to_json(one, Form.ANY).values == ["2024-01-31T00:00:00.000000001Z"]


def test_what_arrow_holds_and_json_does_not_is_read_as_objects():
    day, money = dt.date(2024, 1, 31), Decimal("1.50")
    days = pd.Series([day, None], dtype=pd.ArrowDtype(pa.date32()))
    sums = pd.Series([money, None], dtype=pd.ArrowDtype(pa.decimal128(5, 2)))
    lists = pd.Series([[1, 2], None], dtype=pd.ArrowDtype(pa.list_(pa.int64())))
    assert to_json(read_cells(days), Form.ANY).values == ["2024-01-31", None]
    assert to_json(read_cells(sums), Form.ANY).values == [1.5, None]
    assert to_json(read_cells(lists), Form.ANY).values == [[1, 2], None]


def test_integers_beyond_64_bits_stay_exact():
    for column in (objects([2**70, None]), pd.Series([2**64 - 1], dtype="uint64")):
        cells = read_cells(column)
        assert cells.held is Held.OBJECT
        assert to_json(cells, Form.ANY).values[0] == column[0]


def test_cells_of_different_kinds_may_differ_everywhere():
    texts = read_cells(pd.Series(["1", None], dtype="str"))
    wholes = read_cells(pd.Series([1, None], dtype="Int64"))
    assert may_differ(texts, wholes).tolist() == [True, False]


def test_whole_numbers_beyond_floats_are_left_to_a_second_look():
    wholes = read_cells(pd.Series([2**53 + 1, 5, 6], dtype="int64"))
    floats = read_cells(pd.Series([2.0**53, 5.0, 7.0]))
    assert may_differ(wholes, floats).tolist() == [True, False, True]
    assert may_differ(floats, wholes).tolist() == [True, False, True]
