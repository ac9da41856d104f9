"""A Dask DataFrame gives the same table, and its picture, as the pandas one that it is made of."""

from __future__ import annotations

import warnings

import dask
import dask.dataframe as dd
import matplotlib.pyplot as plt
import pandas as pd
import pytest
from dask.callbacks import Callback

from vfy_notebook import analysis, plots
from vfy_notebook.analysis.reading.one_part import Findings
from vfy_notebook.errors import AnalysisWarning, ArgumentError


@pytest.fixture(autouse=True)
def _in_this_thread():
    with dask.config.set(scheduler="synchronous"):
        yield
    plt.close("all")


def in_parts(frame, parts=3):
    with dask.config.set({"dataframe.convert-string": False}):
        return dd.from_pandas(frame, npartitions=parts, sort=False)


@pytest.fixture
def orders(sample_orders):
    """The sample's, and some that do not count: cancelled, of nobody, without a value."""
    some = sample_orders.head(1_500).copy()
    some["status"] = ["CANCELED" if number % 40 == 0 else "PAID" for number in range(len(some))]
    some.iloc[7, some.columns.get_loc("customer_id")] = None
    some.iloc[9, some.columns.get_loc("total_amount")] = pd.NA
    return some


@pytest.fixture
def customers(sample_orders):
    ids = pd.Index(sample_orders["customer_id"].unique()[:300], name="customer_id", dtype="str")
    numbers = range(len(ids))
    return pd.DataFrame(
        {
            "summary.orders.last_order_date": pd.to_datetime(
                [f"2026-{number % 9 + 1:02d}-03" if number % 7 else None for number in numbers],
                utc=True,
            ).as_unit("us"),
            "summary.orders.total_count": pd.array(
                [number % 5 + 1 if number % 7 else 0 for number in numbers], dtype="Int64"
            ),
            "summary.orders.total_amount": pd.array(
                [number * 3 % 91 for number in numbers], dtype="Int64"
            ),
            "metadata.tier": pd.Categorical(["gold" if n % 3 else "silver" for n in numbers]),
            "metadata.tags": [["a"] if number % 2 else ["a", "b"] for number in numbers],
            "metadata.vip": pd.array([n % 4 == 0 if n % 6 else None for n in numbers], "boolean"),
            "created_at": pd.date_range("2025-01-01", periods=len(ids), tz="UTC").as_unit("us"),
        },
        index=ids,
    )


def same(lazy, eager):
    pd.testing.assert_frame_equal(lazy, eager)
    assert lazy.attrs == eager.attrs


@pytest.mark.parametrize("value", [None, "customers", "share", "revenue", "total_amount"])
def test_cohorts(orders, value):
    how = {"date": "created_at", "value": value, "freq": "Q"}
    same(analysis.cohorts(in_parts(orders), **how), analysis.cohorts(orders, **how))


@pytest.mark.parametrize("value", [None, "amount"])
def test_clv_inputs(orders, value):
    how = {"date": "created_at", "value": value, "observation_end": "2026-01-31"}
    same(analysis.clv_inputs(in_parts(orders), **how), analysis.clv_inputs(orders, **how))


def test_rfm_of_orders(customers, orders):
    wanted = analysis.rfm(customers, orders=orders)
    for who, what in (
        (in_parts(customers), in_parts(orders)),
        (customers, in_parts(orders)),
        (in_parts(customers), orders),
        (in_parts(customers.reset_index()), in_parts(orders.reset_index())),
    ):
        same(analysis.rfm(who, orders=what), wanted)


def test_rfm_of_summaries(customers):
    same(analysis.rfm(in_parts(customers)), analysis.rfm(customers))


@pytest.mark.parametrize("columns", [None, ["metadata.tags", "created_at"], "metadata.tier"])
def test_comparisons(customers, columns):
    wanted = analysis.compare(customers, "metadata.vip", columns=columns)
    same(analysis.compare(in_parts(customers), "metadata.vip", columns=columns), wanted)


def test_a_comparison_is_the_same_in_whatever_order_rows_come(customers):
    """As after a shuffle on a cluster; there are more values than are shown, all as frequent."""
    cities = [f"City {number % 30:02d}" for number in range(len(customers))]
    some = customers.assign(**{"address.city": cities})
    wanted = analysis.compare(some, "metadata.vip")
    assert 1 < (wanted["column"] == "address.city").sum() < 30
    for seed in range(3):
        mixed = some.sample(frac=1, random_state=seed)
        same(analysis.compare(mixed, "metadata.vip"), wanted)
        same(analysis.compare(in_parts(mixed, 4), "metadata.vip"), wanted)


def test_a_group_of_any_kind(customers):
    lazy = in_parts(customers)
    gold = customers["metadata.tier"] == "gold"
    wanted = analysis.compare(customers, gold)
    for group in (
        gold,
        lazy["metadata.tier"] == "gold",
        lazy[lazy["metadata.tier"] == "gold"],
        lazy[lazy["metadata.tier"] == "gold"].index,
        list(customers.index[gold]),
    ):
        same(analysis.compare(lazy, group), wanted)
        same(analysis.compare(customers, group), wanted)


def test_no_order_comes_to_this_process(orders, customers, monkeypatch):
    """What is looked at are five columns; what comes are counts, and a row for each customer."""
    came, read = [], set()

    class Watch(Callback):
        def _posttask(self, _key, result, *_):
            if isinstance(result, pd.DataFrame):
                read.update(result.columns)

    def watched(*lazy):
        found = compute(*lazy)
        came.extend(found)
        return found

    compute = dask.base.compute
    monkeypatch.setattr("dask.base.compute", watched)
    wide = in_parts(orders.assign(**{f"metadata.text_{number}": "x" for number in range(20)}), 5)
    with Watch():
        analysis.cohorts(wide, date="created_at", value="revenue")
        analysis.rfm(customers, orders=wide)
    assert "total_amount" in read
    assert not {name for name in read if str(name).startswith("metadata")}
    tables = [each for each in came if isinstance(each, pd.DataFrame)]
    assert {type(each) for each in came} == {pd.DataFrame, Findings, set}
    assert {tuple(each.index.names) for each in tables} == {("cohort", "age"), ("customer",)}
    per_customer = pd.concat([each for each in tables if each.index.nlevels == 1])
    assert per_customer.index.is_unique


@pytest.mark.parametrize("parts", [1, 4])
@pytest.mark.parametrize(
    "change",
    [
        lambda frame: frame.assign(total_amount=frame["total_amount"].astype("Float64") / 7),
        lambda frame: frame.assign(
            total_amount=[0.5 if n == 700 else float(n) for n in range(len(frame))]
        ),
        lambda frame: frame.assign(total_amount=[2**61 if n < 9 else n for n in range(len(frame))]),
        lambda frame: frame.assign(total_amount=None),
        lambda frame: frame.assign(created_at=frame["created_at"].astype(str)),
        lambda frame: frame.assign(created_at=frame["created_at"].dt.normalize()),
        lambda frame: frame.assign(created_at=frame["created_at"].max()),
        lambda frame: frame.assign(customer_id=frame["customer_id"].astype("category")),
        lambda frame: frame.assign(customer_id=range(len(frame))),
        lambda frame: frame.assign(status="SHIPPED"),
        lambda frame: frame.assign(
            **{"metadata.currency": ["JPY" if n == 1_400 else "eur" for n in range(len(frame))]}
        ),
        lambda frame: frame.drop(columns="status").reset_index(drop=True),
        lambda frame: frame.head(0),
    ],
    ids=["fractions", "one_fraction", "near_64_bits", "no_amounts", "texts", "days", "imported",
         "categories", "numbers", "foreign_statuses", "currencies", "no_ids", "nothing"],
)  # fmt: skip
def test_orders_of_any_dress(orders, customers, change, parts):
    frame = change(orders)
    for function in (
        lambda orders: analysis.cohorts(orders, date="created_at", value="revenue"),
        lambda orders: analysis.cohorts(orders, date="created_at", observation_end="2025-06-30"),
        lambda orders: analysis.clv_inputs(orders, date="created_at"),
        lambda orders: analysis.rfm(customers, orders=orders),
    ):
        found = []
        for each in (frame, in_parts(frame, parts)):
            with warnings.catch_warnings(record=True, action="always") as seen:
                try:
                    table = function(each)
                except ArgumentError as error:
                    table = str(error)
            told = [str(one.message) for one in seen if one.category is AnalysisWarning]
            found.append((table, [text.partition("ordered is among")[0] for text in told]))
        (eager, first), (lazy, second) = found
        assert second == first
        if isinstance(eager, str):
            assert lazy == eager
        else:
            same(lazy, eager)


def test_an_order_that_two_parts_have_is_refused_as_in_pandas(orders):
    twice = pd.concat([orders, orders.head(3)])
    with pytest.raises(ArgumentError, match="twice or more") as eager:
        analysis.cohorts(twice, date="created_at")
    with pytest.raises(ArgumentError) as lazy:
        analysis.cohorts(in_parts(twice, 4), date="created_at")
    assert str(lazy.value) == str(eager.value)


def test_pictures_of_dask_tables(customers, orders):
    for draw, table in (
        (plots.rfm, analysis.rfm(customers, orders=orders)),
        (plots.comparison, analysis.compare(customers, "metadata.vip")),
        (plots.retention, analysis.cohorts(orders, date="created_at", freq="Q")),
    ):
        seen = [
            [text.get_text() for each in [ax, *ax.child_axes] for text in each.texts]
            + [patch.get_width() for each in [ax, *ax.child_axes] for patch in each.patches]
            for ax in (draw(in_parts(table, 2)), draw(table))
        ]
        assert seen[0] == seen[1]
        assert len(seen[0]) > 2


def test_refusals_and_warnings_are_those_of_pandas(customers, orders):
    undated = orders.assign(created_at=orders["created_at"].where(orders["amount"] > 20_00))
    told = []
    for frame in (undated, in_parts(undated)):
        with warnings.catch_warnings(record=True, action="always") as seen:
            analysis.cohorts(frame, date="created_at")
        told.append([str(each.message) for each in seen if each.category is AnalysisWarning])
    assert told[0] == told[1] != []
    twice = pd.concat([orders, orders])
    for function, frame, how in (
        (analysis.cohorts, orders, {"date": "created"}),
        (analysis.cohorts, orders, {"date": 3}),
        (analysis.cohorts, orders, {"date": "created_at", "value": ["amount"]}),
        (analysis.clv_inputs, orders, {"date": "created_at", "value": ["amount"]}),
        (analysis.clv_inputs, twice, {"date": "created_at"}),
        (analysis.rfm, customers, {"orders": orders, "value": "total"}),
        (analysis.rfm, customers, {"date": "last_order_date"}),
        (analysis.compare, customers, {"group": "tier"}),
        (analysis.compare, customers, {"group": "metadata.vip", "columns": ["tier"]}),
    ):
        with pytest.raises(ArgumentError) as eager:
            function(frame, **how)
        with pytest.raises(ArgumentError) as lazy:
            function(in_parts(frame), **how)
        assert str(lazy.value) == str(eager.value)


def test_without_rows(customers, orders):
    nobody, nothing = customers.iloc[:0], orders.iloc[:0]
    same(
        analysis.rfm(in_parts(nobody, 1), orders=in_parts(nothing, 1)),
        analysis.rfm(nobody, orders=nothing),
    )
    same(
        analysis.cohorts(in_parts(nothing, 1), date="created_at"),
        analysis.cohorts(nothing, date="created_at"),
    )
