"""From many purchases to small tables: the only room that groups rows.

What comes out is at most as long as there are customers; everything after it, plots too, works on
these tables.
"""

from __future__ import annotations

import pandas as pd

__all__ = ["count_by_cohort", "days_per_customer", "sum_per_customer"]


def sum_per_customer(purchases: pd.DataFrame) -> pd.DataFrame:
    """Per customer: the `last` day, the number of `orders` and, where known, the `total` value.

    A total is NA where no order has a value.
    """
    grouped = purchases.groupby("customer", sort=False)
    table = pd.DataFrame({"last": grouped["day"].max(), "orders": grouped.size()})
    if "value" in purchases:
        table["total"] = grouped["value"].sum(min_count=1)
    return table


def days_per_customer(purchases: pd.DataFrame) -> pd.DataFrame:
    """Per customer: the `first` and the `last` day, the number of `days` with a purchase.

    `later` is the sum of the values on all days but the first, if the purchases have values;
    missing ones add nothing.
    """
    grouped = purchases.groupby("customer", sort=False)["day"]
    table = pd.DataFrame({"first": grouped.min(), "last": grouped.max(), "days": grouped.nunique()})
    if "value" in purchases:
        later = purchases[(purchases["day"] > grouped.transform("min")).to_numpy()]
        sums = later.groupby("customer", sort=False)["value"].sum()
        table["later"] = sums.reindex(table.index, fill_value=0)
    return table


def count_by_cohort(purchases: pd.DataFrame, periods: pd.Series) -> pd.DataFrame:
    """Per cohort and age: the `customers` who bought and, where known, the `total` value.

    Args:
        purchases: One row each.
        periods: The number of the period of each purchase.

    Returns:
        A table indexed by `cohort` (the number of the period of a customer's first purchase) and
        `age` (periods since then), with only the pairs that occur.
    """
    first = periods.groupby(purchases["customer"], sort=False).transform("min")
    aged = purchases.assign(cohort=first, age=periods - first)
    grouped = aged.groupby(["cohort", "age"])
    table = pd.DataFrame({"customers": grouped["customer"].nunique()})
    if "value" in purchases:
        table["total"] = grouped["value"].sum()
    return table
