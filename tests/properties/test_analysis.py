"""The analyses against the same counted one by one, on any orders."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from vfy_notebook.analysis import clv_inputs, cohorts, rfm

START = datetime(2025, 12, 1, tzinfo=UTC)

orders_of_a_shop = st.lists(
    st.tuples(
        st.sampled_from("abcde"),
        st.integers(0, 120 * 24).map(lambda hour: START + timedelta(hours=hour)),
        st.one_of(st.none(), st.integers(-500, 10_000)),
        st.sampled_from(["PAID", "FULFILLED", "CREATED", "CANCELED"]),
    ),
    max_size=30,
)
ends = st.integers(0, 120).map(lambda day: (START + timedelta(days=day)).date())


def frame_of(orders):
    frame = pd.DataFrame(orders, columns=["customer_id", "created_at", "amount", "status"])
    kinds = {"customer_id": "str", "created_at": "datetime64[us, UTC]", "amount": "Int64"}
    return frame.astype(kinds)


def counted(orders, end):
    """The orders that count, by customer: `(time, amount)`, oldest first."""
    found = {}
    for customer, time, amount, status in sorted(orders, key=lambda order: order[1]):
        if status in {"PAID", "FULFILLED"} and time.date() <= end:
            found.setdefault(customer, []).append((time, amount))
    return found


@given(orders_of_a_shop, ends)
def test_inputs_of_lifetime_models(orders, end):
    table = clv_inputs(frame_of(orders), date="created_at", unit="D", observation_end=end)
    expected = {}
    for customer, bought in counted(orders, end).items():
        sums = {}
        for time, amount in bought:
            sums[time.date()] = sums.get(time.date(), 0) + (amount or 0)
        first, *later = sorted(sums)
        mean = sum(sums[day] for day in later) / len(later) if later else 0.0
        expected[customer] = (len(later), (max(sums) - first).days, (end - first).days, mean)
    found = {row.Index: tuple(row)[1:] for row in table.itertuples()}
    assert found == expected


@given(orders_of_a_shop, ends)
def test_cohorts(orders, end):
    months = cohorts(frame_of(orders), date="created_at", observation_end=end)
    sums = cohorts(frame_of(orders), date="created_at", value="amount", observation_end=end)
    people, amounts = {}, {}
    for customer, bought in counted(orders, end).items():
        first = bought[0][0].year * 12 + bought[0][0].month
        for time, amount in bought:
            cell = first, time.year * 12 + time.month - first
            people.setdefault(cell, set()).add(customer)
            amounts[cell] = amounts.get(cell, 0) + (amount or 0)
    last = end.year * 12 + end.month
    begun = {first for first, _ in people}
    cells = {(first, age) for first in begun for age in range(last - first + 1)}
    for table, expected in (
        (months, {cell: len(people.get(cell, ())) for cell in cells}),
        (sums, {cell: amounts.get(cell, 0) for cell in cells}),
    ):
        found = {
            (cohort.year * 12 + cohort.month, age): value
            for cohort, row in table.iterrows()
            for age, value in row.items()
            if value is not pd.NA
        }
        assert found == expected


@given(orders_of_a_shop, ends)
def test_recency_frequency_and_value(orders, end):
    customers = pd.DataFrame(index=pd.Index(list("edcbaz"), name="customer_id", dtype="str"))
    bought = counted(orders, end)
    frame = pd.concat([frame_of(orders), frame_of([("z", START, 1, "PAID")])])
    table = rfm(customers, orders=frame, as_of=end)
    bought["z"] = [(START, 1)]
    for customer in customers.index:
        row, own = table.loc[customer], bought.get(customer, [])
        assert row["frequency"] == len(own)
        if not own:
            assert row["recency"] is pd.NA
            assert row["group"] == "no orders"
            continue
        assert row["recency"] == (end - own[-1][0].date()).days
        known = [amount for _, amount in own if amount is not None]
        assert row["monetary"] is pd.NA if not known else row["monetary"] == sum(known)
    for measure, sign in (("recency", -1), ("frequency", 1), ("monetary", 1)):
        present = table[(table["frequency"] > 0) & table[measure].notna()]
        for one in present.itertuples():
            worse = sum(
                sign * getattr(other, measure) < sign * getattr(one, measure)
                for other in present.itertuples()
            )
            score = getattr(one, f"{measure}_score")
            if present[measure].nunique() > 1:  # percent_rank, in fifths, rounded up
                assert score == max(-(-5 * worse // (len(present) - 1)), 1)
            else:
                assert score == 3
