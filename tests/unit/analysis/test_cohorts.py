from __future__ import annotations

import warnings

import numpy as np
import pandas as pd
import pytest

from vfy_notebook.analysis import cohorts
from vfy_notebook.errors import AnalysisWarning, ArgumentError


@pytest.fixture
def orders(make_orders):
    rows = [
        ("a", "2026-01-31T23:59:59.999Z", 10_00),
        ("a", "2026-02-01T00:00:00Z", 5_00),
        ("a", "2026-04-10", 1_00),
        ("b", "2026-01-02", None),
        ("b", "2026-01-03", 2_00),
        ("c", "2026-04-01", 3_00),
    ]
    return make_orders(rows, "amount")


def cells(table):
    return table.astype(object).where(table.notna(), None).to_numpy().tolist()


def test_a_customer_counts_once_a_month_and_months_that_had_not_begun_are_missing(orders):
    table = cohorts(orders, date="created_at")
    assert table.index.astype(str).tolist() == ["2026-01", "2026-04"]
    assert list(table.columns) == [0, 1, 2, 3]
    assert cells(table) == [[2, 1, 0, 1], [1, None, None, None]]
    assert set(table.dtypes.astype(str)) == {"Int64"}


def test_shares_are_those_of_the_cohort(orders):
    table = cohorts(orders, date="created_at", value="share")
    assert cells(table) == [[1.0, 0.5, 0.0, 0.5], [1.0, None, None, None]]
    assert set(table.dtypes.astype(str)) == {"Float64"}


def test_sums_are_exact_and_unknown_amounts_add_nothing(orders):
    table = cohorts(orders, date="created_at", value="amount")
    assert cells(table) == [[12_00, 5_00, 0, 1_00], [3_00, None, None, None]]
    assert set(table.dtypes.astype(str)) == {"Int64"}
    orders["amount"] = orders["amount"].astype("Float64") + 0.5
    halves = cohorts(orders, date="created_at", value="amount")
    assert cells(halves)[0] == [1201.0, 500.5, 0.0, 100.5]


def test_revenue_is_what_was_paid(orders):
    by_name = cohorts(orders, date="created_at", value="revenue")
    pd.testing.assert_frame_equal(by_name, cohorts(orders, date="created_at", value="amount"))
    orders["total_amount"] = orders["amount"] - 50
    by_name = cohorts(orders, date="created_at", value="revenue")
    assert cells(by_name)[0] == [11_00, 4_50, 0, 50]
    with pytest.raises(ArgumentError, match="revenue"):
        cohorts(orders[["customer_id", "created_at"]], date="created_at", value="revenue")


def test_the_end_of_the_observation_cuts_and_extends(orders):
    table = cohorts(orders, date="created_at", observation_end="2026-03-31")
    assert cells(table) == [[2, 1, 0]]
    longer = cohorts(orders, date="created_at", observation_end="2026-06-01")
    assert cells(longer) == [[2, 1, 0, 1, 0, 0], [1, 0, 0, None, None, None]]


@pytest.mark.parametrize(
    ("freq", "first"),
    [
        ("D", "2026-01-02"),
        ("W", "2025-12-29/2026-01-04"),
        ("W-SAT", "2025-12-28/2026-01-03"),
        ("M", "2026-01"),
        ("ME", "2026-01"),
        ("ms", "2026-01"),
        ("Q", "2026Q1"),
        ("QE-MAR", "2026Q4"),
        ("Y", "2026"),
    ],
)
def test_periods_are_those_of_the_calendar(orders, freq, first):
    table = cohorts(orders, date="created_at", freq=freq)
    assert str(table.index[0]) == first
    assert table.index.name == "cohort"
    assert table[0].sum() == 3


@pytest.mark.parametrize("freq", ["2M", "h", "", "month", None, 7, "M-X", "W-X"])
def test_other_periods_are_refused(orders, freq):
    with pytest.raises(ArgumentError, match="freq"):
        cohorts(orders, date="created_at", freq=freq)


def test_a_date_that_cannot_be_makes_no_million_columns(make_orders):
    orders = make_orders([("a", "0001-01-01", 1), ("a", "2026-01-01", 1)], "amount")
    with pytest.raises(ArgumentError, match=r"0001-01-01.*5,000.*'D'"):
        cohorts(orders, date="created_at", freq="D")


@pytest.mark.parametrize("value", [None, "share", "amount"])
def test_without_orders_there_is_no_row(make_orders, orders, value):
    empty = cohorts(make_orders([], "amount"), date="created_at", value=value)
    full = cohorts(orders, date="created_at", value=value)
    assert empty.shape == (0, 1)
    assert empty.dtypes.tolist() == full.dtypes.tolist()[:1]
    assert empty.index.dtype == full.index.dtype
    nobody = cohorts(
        orders.assign(customer_id=pd.NA).astype({"customer_id": "str"}), date="created_at"
    )
    assert nobody.empty
    assert "without a customer" in nobody.attrs["notes"][0]


def test_only_what_counts_makes_a_cohort(make_orders):
    orders = make_orders([("a", "2026-01-01", "CANCELED"), ("a", "2026-02-01", "PAID")], "status")
    assert str(cohorts(orders, date="created_at").index[0]) == "2026-02"
    assert str(cohorts(orders, date="created_at", status=None).index[0]) == "2026-01"


def test_a_column_without_a_name_is_asked_for(orders):
    with pytest.raises(ArgumentError, match=r"date.*'ordered_at'"):
        cohorts(orders, date="ordered_at")
    with pytest.raises(ArgumentError, match=r"value.*'amonut'.*Near: 'amount'"):
        cohorts(orders, date="created_at", value="amonut")
    for given in (orders["created_at"], ["created_at"], None, 7):
        with pytest.raises(ArgumentError, match="date must be the name of a column"):
            cohorts(orders, date=given)
    for given in (orders["amount"], ["amount"], 7):
        with pytest.raises(ArgumentError, match="value must be"):
            cohorts(orders, date="created_at", value=given)
    doubled = pd.concat([orders, orders["amount"]], axis=1)
    with pytest.raises(ArgumentError, match="2 columns 'amount'"):
        cohorts(doubled, date="created_at", value="amount")


# -- orders that were imported ------------------------------------------------------------------


def shop(orders, seed=0):
    """Orders of two years at all times of the day."""
    rng = np.random.default_rng(seed)
    days = pd.to_timedelta(rng.integers(0, 730 * 86_400, orders), unit="s")
    return pd.DataFrame(
        {
            "customer_id": rng.integers(0, orders // 3 + 1, orders).astype(str),
            "created_at": pd.Timestamp("2024-01-01", tz="UTC") + days,
            "amount": 1,
        }
    )


def at(moments, orders):
    """So many orders, shared out among these moments."""
    return [pd.Timestamp(moments[number % len(moments)]) for number in range(orders)]


IMPORTED = {
    "one moment": lambda f: f.assign(created_at=at(["2026-03-01T09:30:00Z"], len(f))),
    "a moment of midnight": lambda f: f.assign(created_at=at(["2026-03-01T00:00:00Z"], len(f))),
    "three runs": lambda f: f.assign(
        created_at=at(["2026-03-01T09:30Z", "2026-03-02T10:00Z", "2026-03-05T11:00Z"], len(f))
    ),
    "ten runs in a week": lambda f: f.assign(
        created_at=at([f"2026-03-0{n % 7 + 1}T0{n % 3}:10Z" for n in range(10)], len(f))
    ),
    "milliseconds apart": lambda f: f.assign(
        created_at=pd.date_range("2026-03-01T09:30Z", periods=len(f), freq="20ms")
    ),
    "an afternoon, then a year of orders": lambda f: f.assign(
        created_at=[
            *pd.date_range("2026-03-01T12:00Z", periods=len(f) * 3 // 4, freq="1min"),
            *pd.date_range("2026-03-02T07:00Z", periods=len(f) - len(f) * 3 // 4, freq="80h"),
        ]
    ),
}


@pytest.mark.parametrize("kind", IMPORTED)
def test_dates_of_an_import_are_warned_of(kind):
    with pytest.warns(AnalysisWarning, match=r"created_at.*[Ii]mport.*date='metadata"):
        cohorts(IMPORTED[kind](shop(400)), date="created_at")


HONEST = {
    "a shop": shop(400),
    "a small shop": shop(12),
    "dates without a time of day": shop(400).assign(
        created_at=lambda f: f["created_at"].dt.normalize()
    ),
    "an evening": shop(400).assign(
        created_at=pd.date_range("2026-03-01T10:00Z", periods=400, freq="2min")
    ),
    "the first of each month": shop(400).assign(
        created_at=at([str(day) for day in pd.date_range("2024-01-01", periods=24, freq="MS")], 400)
    ),
    "a handful": shop(6).assign(created_at=at(["2026-03-01T09:30Z", "2026-04-01T09:30Z"], 6)),
    "one order": shop(1),
}


@pytest.mark.parametrize("kind", HONEST)
def test_dates_of_a_shop_are_not_warned_of(kind):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        cohorts(HONEST[kind], date="created_at")


def test_the_sample_is_not_warned_of_and_an_import_of_it_is(sample_orders):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        cohorts(sample_orders, date="created_at")
    moments = ["2026-07-01T09:00:00Z", "2026-07-01T09:00:04Z", "2026-07-02T09:00:00Z"]
    imported = sample_orders.assign(
        created_at=at(moments, len(sample_orders)),
        **{"metadata.ordered_at": sample_orders["created_at"].dt.strftime("%Y-%m-%d")},
    )
    with pytest.warns(AnalysisWarning, match="Most of the"):
        cohorts(imported, date="created_at")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        table = cohorts(imported, date="metadata.ordered_at")
    assert len(table) == 3
