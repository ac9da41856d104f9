"""From many purchases to small tables: the only room that groups rows.

What comes out is at most as long as there are customers; everything after it, plots too, works on
these tables. Each of these functions sees all purchases of a customer, but perhaps not all
customers: those of a Dask DataFrame are grouped in parts, on its workers.
"""

from __future__ import annotations

import pandas as pd

from vfy_notebook.analysis.periods import period_of

__all__ = ["add_cohorts", "count_by_cohort", "days_per_customer", "sum_per_customer"]


def sum_per_customer(purchases: pd.DataFrame) -> pd.DataFrame:
    """Per customer: the `last` day, the number of `orders` and, where known, the `total` value.

    A total is NA where no order has a value.
    """
    grouped = purchases.groupby("customer", sort=False)
    last = grouped["time"].max().dt.normalize()
    table = pd.DataFrame({"last": last, "orders": grouped.size()})
    if "value" in purchases:
        table["total"] = grouped["value"].sum(min_count=1)
    return table


def days_per_customer(purchases: pd.DataFrame) -> pd.DataFrame:
    """Per customer: the `first` and the `last` day, the number of `days` with a purchase.

    `later` is the sum of the values on all days but the first, if the purchases have values;
    missing ones add nothing.
    """
    purchases = purchases.assign(day=purchases["time"].dt.normalize())
    grouped = purchases.groupby("customer", sort=False)["day"]
    table = pd.DataFrame({"first": grouped.min(), "last": grouped.max(), "days": grouped.nunique()})
    if "value" in purchases:
        later = purchases[(purchases["day"] > grouped.transform("min")).to_numpy()]
        sums = later.groupby("customer", sort=False)["value"].sum()
        table["later"] = sums.reindex(table.index, fill_value=0)
    return table


def count_by_cohort(purchases: pd.DataFrame, freq: str) -> pd.DataFrame:
    """Per cohort and age: the `customers` who bought and, where known, the `total` value.

    Args:
        purchases: One row each.
        freq: The length of a period, as `read_freq` gives it.

    Returns:
        A table indexed by `cohort` (the number of the period of a customer's first purchase) and
        `age` (periods since then), with only the pairs that occur. Tables of different customers
        are added up by `add_cohorts`.
    """
    periods = pd.Series(period_of(purchases["time"], freq).asi8, index=purchases.index)
    first = periods.groupby(purchases["customer"], sort=False).transform("min")
    aged = purchases.assign(cohort=first, age=periods - first)
    grouped = aged.groupby(["cohort", "age"])
    table = pd.DataFrame({"customers": grouped["customer"].nunique()})
    if "value" in purchases:
        table["total"] = grouped["value"].sum()
    return table


def add_cohorts(tables: pd.DataFrame) -> pd.DataFrame:
    """The tables of different customers, one below the other, as one of all customers."""
    return tables.groupby(level=["cohort", "age"]).sum()
