from __future__ import annotations

import datetime as dt
import decimal

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vfy_notebook.errors import ArgumentError
from vfy_notebook.plots.columns import (
    Categories,
    Dates,
    Numbers,
    _spell_edge,
    as_categories,
    fold,
    read_column,
)


def read(values, dtype=None, name="metadata.x"):
    return read_column(pd.DataFrame({name: pd.Series(values, dtype=dtype)}), name)


def spelled(column):
    return [None if code < 0 else column.labels[code] for code in column.codes]


def each_one(column):
    """The weights of rows that stand for one customer each."""
    return np.ones(len(column.missing), dtype=np.int64)


def folded_labels(column, **options):
    return [name.text for name in fold(column, each_one(column), **options).names]


@pytest.mark.parametrize("dtype", ["str", "string", "object", "category"])
def test_text_is_categories(dtype):
    column = read(["b", "a", None, "b"], dtype)
    assert isinstance(column, Categories)
    assert spelled(column) == ["b", "a", None, "b"]
    assert column.missing.sum() == 1


@pytest.mark.parametrize("dtype", ["boolean", "object"])
def test_flags_are_two_categories_and_no_value(dtype):
    column = read([True, False, None, False], dtype)
    assert spelled(column) == ["true", "false", None, "false"]
    assert folded_labels(column) == ["true", "false", "no value"]


@pytest.mark.parametrize(
    ("values", "dtype"),
    [
        ([1, None, 3], "Int64"),
        ([1, None, 3], "Float64"),
        ([1.0, np.nan, 3.0], "float64"),
        ([1.0, np.inf, 3.0], "float64"),
        ([1, None, 3.0], "object"),
        ([decimal.Decimal(1), None, decimal.Decimal(3)], "object"),
    ],
)
def test_numbers_of_any_dtype_are_numbers(values, dtype):
    column = read(values, dtype)
    assert isinstance(column, Numbers)
    np.testing.assert_array_equal(column.values, [1, np.nan, 3])
    assert column.missing.sum() == 1


def test_amounts_of_the_api_are_turned_into_currency_units():
    column = read([1050, None], "Int64", "summary.orders.total_amount")
    assert column.values[0] == 10.5
    assert column.unit == "currency units"


def test_other_whole_numbers_keep_their_unit():
    column = read([1050], "Int64", "loyalty.points")
    assert (column.values[0], column.unit) == (1050, "")


def test_time_spans_are_days():
    column = read([pd.Timedelta(hours=36), pd.NaT])
    assert (column.values[0], column.unit, column.missing.sum()) == (1.5, "days", 1)


@pytest.mark.parametrize(
    "values",
    [
        pd.to_datetime(["2024-05-01T23:30:00+00:00", None], utc=True),
        pd.to_datetime(["2024-05-02T01:30:00+02:00", None]),
        pd.to_datetime(["2024-05-01T23:30:00", None]),
        pd.Series([pd.Timestamp("2024-05-01T23:30:00Z"), None], dtype=object),
        pd.Series([dt.datetime(2024, 5, 1, 23, 30, tzinfo=dt.UTC), None], dtype=object),
    ],
)
def test_times_are_read_in_utc(values):
    column = read(values)
    assert isinstance(column, Dates)
    assert column.values[0] == pd.Timestamp("2024-05-01T23:30:00")
    assert column.missing.sum() == 1


def test_plain_dates_are_dates():
    assert isinstance(read([dt.date(1960, 2, 29), None], "object"), Dates)


@pytest.mark.parametrize("dtype", ["str", "object"])
def test_text_that_is_dates_throughout_is_dates(dtype):
    column = read(["2024-05-31", None, "2024-05-31T23:30:00.000Z"], dtype)
    assert isinstance(column, Dates)
    assert column.missing.sum() == 1
    assert column.values[2] == pd.Timestamp("2024-05-31T23:30:00")


@pytest.mark.parametrize("odd", ["2024-02-31", "soon", "2024", "20240531", ""])
def test_text_that_is_not_all_dates_stays_text(odd):
    assert isinstance(read(["2024-05-31", odd], "str"), Categories)


def test_mixed_values_stay_apart():
    values = [1, "1", True, "true", 1.0, None, ["a"], ["a"], {"b": 1, "a": 2}, {"a": 2, "b": 1}, ""]
    column = read(values, "object")
    assert spelled(column) == [
        "1",
        '"1"',
        "true",
        '"true"',
        "1.0",
        None,
        '["a"]',
        '["a"]',
        '{"a": 2, "b": 1}',
        '{"a": 2, "b": 1}',
        '""',
    ]


def test_a_list_is_one_value_as_a_whole():
    assert spelled(read([["a", "b"], ["b"], []], "object")) == ['["a", "b"]', '["b"]', "[]"]


def test_objects_that_json_cannot_write_do_not_break():
    column = read([{1, 2}, {"when": dt.date(2024, 1, 1)}, np.int64(3), "x"], "object")
    assert spelled(column)[1:] == ['{"when": "2024-01-01"}', "3", "x"]


def test_a_column_without_values_has_none():
    for dtype in ("object", "str", "Int64", "Float64", "boolean", "datetime64[us]", "category"):
        assert read([None, None], dtype).missing.all()


def test_real_values_that_read_like_ours_are_quoted():
    column = read(["no value", None, "other (2 values)"], "str")
    assert set(folded_labels(column)) == {'"no value"', "no value", '"other (2 values)"'}


def test_eight_values_are_drawn_and_nine_are_folded():
    eight = [str(number) for number in range(8)]
    assert folded_labels(read(eight, "str")) == eight
    assert folded_labels(read([*eight, "8", "0"], "str")) == [*eight[:7], "other (2 values)"]


def test_each_drawn_category_has_a_colour_of_its_own():
    column = read([*"abcdefghijkl", None], "str")
    folded = fold(column, each_one(column))
    assert len(set(folded.colours)) == len(folded.colours) == 9


def test_ordered_categories_keep_their_order():
    dtype = pd.CategoricalDtype(["low", "mid", "high"], ordered=True)
    assert folded_labels(read(["high", "high", "low"], dtype)) == ["low", "high"]


def test_unordered_categories_come_by_size():
    dtype = pd.CategoricalDtype(["low", "mid", "high"])
    assert folded_labels(read(["high", "high", "low"], dtype)) == ["high", "low"]


@given(st.lists(st.sampled_from([*"abcdefghijkl", None]), min_size=1), st.integers(2, 14))
def test_folding_loses_no_customer(values, limit):
    column = read(values, "object")
    folded = fold(column, each_one(column), limit=limit)
    counts = np.bincount(folded.codes, minlength=len(folded.names))
    assert counts.sum() == len(values)
    assert (counts > 0).all()
    for value, code in zip(values, folded.codes, strict=True):
        name = folded.names[code].text
        assert name == ("no value" if value is None else value) or name.startswith("other (")


def test_numbers_of_few_whole_values_are_categories_as_they_are():
    column = read([5, 1, 5, None], "Int64")
    categories = as_categories(column, each_one(column))
    assert spelled(categories) == ["5", "1", "5", None]
    assert categories.ordered


@given(st.lists(st.one_of(st.none(), st.floats(-1e6, 1e6)), min_size=1))
def test_every_number_lies_in_the_range_it_is_put_into(values):
    column = read(values, "Float64")
    categories = as_categories(column, each_one(column))
    assert (categories.codes < 0).tolist() == [value is None for value in values]
    assert len(categories.labels) <= 8


def test_many_numbers_are_cut_into_quarters():
    column = read(np.arange(1, 101) / 2, "Float64")
    categories = as_categories(column, each_one(column))
    assert np.bincount(categories.codes).tolist() == [25, 25, 25, 25]
    assert categories.labels[0] == "1st quarter: 0.5 to 12.88"


def test_range_edges_have_four_digits_that_count():
    edges = [0, 0.000123456, 12.875, 20.9975, 1234.5, 1234567.8, -3.25]
    assert [_spell_edge(edge) for edge in edges] == [
        "0", "0.0001235", "12.88", "21", "1,234", "1,234,568", "-3.25"
    ]  # fmt: skip


def test_dates_are_categories_by_year():
    column = read(pd.to_datetime(["2024-01-01", "2023-12-31", None], utc=True))
    categories = as_categories(column, each_one(column))
    assert spelled(categories) == ["2024", "2023", None]


def test_an_unknown_column_lists_near_names():
    frame = pd.DataFrame({"metadata.tier": [1], "address.city": ["x"]})
    with pytest.raises(ArgumentError, match=r"Near: 'metadata\.tier'"):
        read_column(frame, "tier")
    with pytest.raises(ArgumentError, match=r"Near: 'address\.city'"):
        read_column(frame, "Adress.City")
    with pytest.raises(ArgumentError, match=r"no column 'qqq'\.$"):
        read_column(frame, "qqq")


def test_a_doubled_column_is_refused():
    frame = pd.DataFrame([[1, 2]], columns=["x", "x"])
    with pytest.raises(ArgumentError, match="2 columns 'x'"):
        read_column(frame, "x")


def test_near_names_are_listed_once_each():
    frame = pd.DataFrame({"tier": [1], "metadata.tier": [2]})
    with pytest.raises(ArgumentError, match=r"Near: 'tier', 'metadata\.tier'\.$"):
        read_column(frame, "tierr")
