"""The numbers that the data's owners have published, and SQL written for another engine."""

from __future__ import annotations

import json

import duckdb
import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from scipy.optimize import minimize
from scipy.special import betaln, gammaln

from vfy_notebook.analysis import clv_inputs, cohorts, rfm
from vfy_notebook.sandbox.data.sample import sample_folder

#: The 39th week of the data ends on this day; 28 years are added to the sample's dates.
CALIBRATION_END = "2025-09-30"


@pytest.fixture(scope="module")
def inputs(sample_orders):
    return clv_inputs(sample_orders, date="created_at", observation_end=CALIBRATION_END)


def test_of_2357_customers_946_buy_again_within_39_weeks(inputs):
    assert len(inputs) == 2_357
    assert int((inputs["frequency"] > 0).sum()) == 946


def test_a_bg_nbd_model_has_the_parameters_of_the_paper(inputs):
    # Fader, Hardie and Lee (2005), table 2: r 0.243, alpha 4.414, a 0.793, b 2.426; LL -9,582.4.
    x, recency, end = (inputs[name].to_numpy() for name in ("frequency", "recency", "T"))

    def negative_log_likelihood(logs):
        r, alpha, a, b = np.exp(logs)
        shared = gammaln(r + x) - gammaln(r) + r * np.log(alpha)
        alive = betaln(a, b + x) - betaln(a, b) - (r + x) * np.log(alpha + end)
        after = np.maximum(x, 1)
        gone = betaln(a + 1, b + after - 1) - betaln(a, b) - (r + x) * np.log(alpha + recency)
        return -(shared + np.where(x > 0, np.logaddexp(alive, gone), alive)).sum()

    fit = minimize(negative_log_likelihood, np.zeros(4), method="L-BFGS-B")
    assert np.round(np.exp(fit.x), 3).tolist() == pytest.approx([0.243, 4.414, 0.793, 2.426])
    assert -fit.fun == pytest.approx(-9_582.4, abs=0.05)


def test_a_gamma_gamma_model_has_the_parameters_of_its_note(inputs):
    # Fader and Hardie (2013), "The Gamma-Gamma Model of Monetary Value": p 6.25, q 3.74,
    # gamma 15.44, on the means of the 946 customers' repeat purchases in dollars.
    again = inputs[inputs["frequency"] > 0]
    x, mean = again["frequency"].to_numpy(), again["monetary_value"].to_numpy() / 100

    def negative_log_likelihood(logs):
        p, q, gamma = np.exp(logs)
        known = gammaln(p * x + q) - gammaln(p * x) - gammaln(q) + q * np.log(gamma)
        spent = (p * x - 1) * np.log(mean) + p * x * np.log(x)
        return -(known + spent - (p * x + q) * np.log(x * mean + gamma)).sum()

    fit = minimize(negative_log_likelihood, np.ones(3), method="L-BFGS-B")
    assert np.exp(fit.x) == pytest.approx([6.25, 3.74, 15.44], abs=0.01)


@pytest.fixture(scope="module")
def db(sample_orders):
    with duckdb.connect() as database:
        database.sql("set timezone = 'Pacific/Auckland'")  # days are those of UTC all the same
        # By Arrow: DuckDB 1.3 knows no text columns of pandas 3.
        flat = pa.Table.from_pandas(sample_orders.reset_index(), preserve_index=False)
        database.register("orders_frame", flat)
        database.sql(
            "create table orders as select *, (created_at at time zone 'UTC')::date as day "
            "from orders_frame where status in ('PAID', 'FULFILLED')"
        )
        yield database


@pytest.fixture(scope="module")
def customers():
    """The sample's customers, with what the API counts of their orders."""
    with (sample_folder() / "customers.jsonl").open(encoding="utf-8") as lines:
        flat = pd.json_normalize([json.loads(line) for line in lines], max_level=2)
    flat["summary.orders.last_order_date"] = pd.to_datetime(
        flat["summary.orders.last_order_date"], utc=True
    )
    return flat.set_index("id").rename_axis("customer_id")


def test_rfm_is_what_sql_finds(db, customers, sample_orders):
    expected = db.sql("""
        with sums as (
            select customer_id, max(day) as last, count(*) as frequency,
                sum(total_amount)::bigint as monetary
            from orders group by all
        ), ranked as (
            select *, (select max(day) from orders) - last as recency,
                percent_rank() over (order by last) as fresh,
                percent_rank() over (order by frequency) as frequent,
                percent_rank() over (order by monetary) as rich
            from sums
        )
        select customer_id, recency, frequency, monetary,
            greatest(ceil(round(5 * fresh, 9)), 1) as recency_score,
            greatest(ceil(round(5 * frequent, 9)), 1) as frequency_score,
            greatest(ceil(round(5 * rich, 9)), 1) as monetary_score
        from ranked
    """).df()
    table = rfm(customers, orders=sample_orders)
    found = table.drop(columns="group").sort_index().astype("int64")
    expected = expected.set_index("customer_id").sort_index().astype("int64")
    assert len(found) == 2_357
    pd.testing.assert_frame_equal(found, expected, check_index_type=False)


def test_orders_and_their_summary_give_the_same_table(customers, sample_orders):
    by_orders, by_summary = rfm(customers, orders=sample_orders), rfm(customers)
    pd.testing.assert_frame_equal(by_orders, by_summary)


def test_who_bought_once_has_one_score_and_it_is_said(customers):
    table = rfm(customers)
    once = table[table["frequency"] == 1]
    assert len(once) > 1_000
    assert set(once["frequency_score"]) == {1}
    (note,) = (note for note in table.attrs["notes"] if note.startswith("frequency"))
    assert "4 of 5" in note
    assert f"{len(once):,} of 2,357" in note


def cohorts_by_sql(db, cell, unit):
    query = f"""
        with firsts as (
            select *, date_trunc('{unit}', min(day) over (partition by customer_id)) as cohort
            from orders
        )
        select cohort, date_diff('{unit}', cohort, day) as age, {cell} as cell
        from firsts group by all
    """  # noqa: S608 - the cells and units of this file
    return db.sql(query).df()


@pytest.mark.parametrize(("freq", "unit"), [("M", "month"), ("W", "week"), ("QE", "quarter")])
@pytest.mark.parametrize("value", [None, "share", "total_amount"])
def test_cohorts_are_what_sql_finds(db, sample_orders, freq, unit, value):
    cells = {
        None: "count(distinct customer_id)",
        "share": "count(distinct customer_id)",
        "total_amount": "sum(total_amount)::bigint",
    }
    expected = cohorts_by_sql(db, cells[value], unit).set_index(["cohort", "age"])["cell"]
    expected = expected.unstack("age").sort_index().sort_index(axis=1)
    if value == "share":
        expected = expected.div(expected[0], axis=0)
    table = cohorts(sample_orders, date="created_at", freq=freq, value=value)
    assert [cohort.start_time for cohort in table.index] == list(expected.index)
    seen = table.to_numpy(dtype=float, na_value=np.nan)
    wanted = expected.reindex(columns=table.columns).to_numpy(dtype=float)
    # SQL has no row where nobody bought: there the table has 0, and NA only beyond the end.
    assert np.array_equal(np.nan_to_num(seen), np.nan_to_num(wanted))
    end = sample_orders["created_at"].max().tz_localize(None).to_period(table.index.freqstr)
    beyond = [[cohort + int(age) > end for age in table.columns] for cohort in table.index]
    assert np.array_equal(np.isnan(seen), np.array(beyond))
