from __future__ import annotations

import datetime as dt

import pandas as pd
import pytest

from vfy_notebook.analysis import clv_inputs
from vfy_notebook.errors import AnalysisWarning, ArgumentError


@pytest.fixture
def orders(make_orders):
    rows = [
        ("b", "2026-01-05T08:00:00Z", 4_00),
        ("a", "2026-01-01T23:00:00Z", 100_00),
        ("a", "2026-01-01T01:00:00Z", 1_00),
        ("a", "2026-01-15T12:00:00Z", 5_00),
        ("a", "2026-01-15T13:00:00Z", 6_00),
        ("a", "2026-01-22T00:00:00Z", 7_00),
        ("a", "2026-03-01T00:00:00Z", 1_000_00),
    ]
    return make_orders(rows, "amount")


def test_a_day_is_one_purchase_and_the_first_tells_nothing_of_repeating(orders):
    table = clv_inputs(orders, date="created_at", observation_end="2026-01-29")
    assert list(table.columns) == ["frequency", "recency", "T", "monetary_value"]
    assert table.loc["a"].tolist() == [2, 3.0, 4.0, (11_00 + 7_00) / 2]
    assert table.loc["b"].tolist() == [0, 0.0, 24 / 7, 0.0]
    assert table.index.name == "customer_id"
    assert list(table.index) == ["a", "b"]


def test_types_are_those_of_numpy(orders):
    # Models' compiled functions take no masked arrays.
    expected = ["int64", "float64", "float64", "float64"]
    assert clv_inputs(orders, date="created_at").dtypes.astype(str).tolist() == expected
    assert clv_inputs(orders[:0], date="created_at").dtypes.astype(str).tolist() == expected


@pytest.mark.parametrize(("unit", "days"), [("D", 1), ("W", 7), ("M", 30.436875), ("Y", 365.2425)])
def test_units_are_so_many_days_never_calendar_periods(orders, unit, days):
    table = clv_inputs(orders, date="created_at", unit=unit, observation_end="2026-01-29")
    assert table.loc["a", "recency"] == pytest.approx(21 / days)
    assert table.loc["a", "T"] == pytest.approx(28 / days)


@pytest.mark.parametrize(
    "end",
    [
        "2026-01-22",
        "2026-01-22T00:00:00Z",
        dt.date(2026, 1, 22),
        pd.Timestamp("2026-01-22T23:00", tz="UTC"),
        pd.Timestamp("2026-01-22T23:00", tz="America/Los_Angeles") - pd.Timedelta(hours=8),
    ],
)
def test_the_last_day_counts_as_a_whole(orders, end):
    orders.loc["ord_5", "created_at"] = pd.Timestamp("2026-01-22T23:59:59Z")
    table = clv_inputs(orders, date="created_at", observation_end=end)
    assert table.loc["a", "frequency"] == 2


def test_without_an_end_it_is_the_day_of_the_last_order(orders):
    assert clv_inputs(orders, date="created_at", unit="D").loc["b", "T"] == 55


def test_who_comes_after_the_end_is_not_there(orders):
    table = clv_inputs(orders, date="created_at", observation_end="2026-01-04")
    assert list(table.index) == ["a"]
    assert clv_inputs(orders, date="created_at", observation_end="2025-01-04").empty


def test_money_is_what_was_paid_and_may_be_left_out(orders):
    end = {"date": "created_at", "observation_end": "2026-01-29"}
    orders["total_amount"] = orders["amount"] - 1_00
    assert clv_inputs(orders, **end).loc["a", "monetary_value"] == (9_00 + 6_00) / 2
    assert clv_inputs(orders, value="amount", **end).loc["a", "monetary_value"] == 9_00
    bare = clv_inputs(orders[["customer_id", "created_at"]], **end)
    assert list(bare.columns) == ["frequency", "recency", "T"]


def test_unknown_amounts_add_nothing_and_refunds_are_kept(make_orders):
    rows = [("a", "2026-01-01", 1), ("a", "2026-01-02", None), ("a", "2026-01-03", -5)]
    table = clv_inputs(make_orders(rows, "amount"), date="created_at")
    assert table.loc["a", "monetary_value"] == -2.5
    assert "without amount" in table.attrs["notes"][0]


@pytest.mark.parametrize("unit", ["week", "2W", None, 7])
def test_other_units_are_refused(orders, unit):
    with pytest.raises(ArgumentError, match="unit must be one of D, W, M, Y"):
        clv_inputs(orders, date="created_at", unit=unit)


def test_an_end_that_is_no_day_is_refused(orders):
    with pytest.raises(ArgumentError, match="observation_end"):
        clv_inputs(orders, date="created_at", observation_end="later")


def test_dates_of_an_import_are_warned_of(make_orders):
    orders = make_orders([(str(n), "2026-09-01T09:30:00Z") for n in range(30)])
    with pytest.warns(AnalysisWarning, match="time of the import"):
        clv_inputs(orders, date="created_at")
