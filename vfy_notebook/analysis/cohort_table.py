"""Cohorts: who came in the same month, and who of them came back."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from vfy_notebook.analysis.grouping import add_cohorts, count_by_cohort
from vfy_notebook.analysis.periods import period_of, read_freq
from vfy_notebook.analysis.reading.dates import read_day
from vfy_notebook.analysis.reading.orders import PAID, paid_column, read_purchases
from vfy_notebook.errors import ArgumentError
from vfy_notebook.reductions import check_frame

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Collection, Hashable

    from vfy_notebook.reductions import AnyFrame

__all__ = ["cohorts"]

_CUSTOMERS = "customers"
_SHARE = "share"
_REVENUE = "revenue"


def cohorts(
    orders: AnyFrame,
    *,
    date: str,
    freq: str = "M",
    value: str | None = None,
    status: Collection[str] | None = PAID,
    observation_end: dt.date | str | None = None,
) -> pd.DataFrame:
    """Count, for customers who came in the same period, who of them bought how much later.

    A customer's cohort is the calendar period of the first order in `orders` that counts, so give
    all orders from the beginning: in a part of a history, old customers look new. Periods are
    those of UTC, and the column 0 is the cohort's own. The last period is as long as the
    observation, so its numbers may be of a part of a month. Makes no API calls.

    Args:
        orders: As `fetch_orders` gives them or DuckDB reads them from a saved folder.
        date: The column of their dates. Imported orders have the time of the import in
            `created_at`: name the column that has the true date.
        freq: The length of a period: `D`, `W`, `M`, `Q` or `Y`; `ME` and the like are the same.
        value: What stands in the cells. None: distinct customers who bought. `"share"`: their
            share of the cohort. `"revenue"`: what they paid, the sum of `total_amount` where
            there is such a column, else of `amount`. Any other name: the sum of that column, in
            its own unit (the API's is hundredths). Orders without a value add nothing.
        status: The statuses of orders that count, by default those that `summary.orders` counts;
            None: all. Orders without a column `status` all count.
        observation_end: The last day that counts. None: the day of the last order.

    Returns:
        A row for each cohort that has customers, indexed by its period (`cohort`, a
        `PeriodIndex`), a column for each number of periods since then (0, 1, 2, …). Customers
        are `Int64`, shares `Float64`, sums either. 0 means that nobody bought, NA that the
        period had not begun at the end of the observation. Without orders there is no row.
        `attrs["value"]` tells what the cells have, `attrs["notes"]` which orders do not count.

    Raises:
        ArgumentError: A column is missing or holds something else, an order is there twice,
            `freq` is no such period, or there are more than 5,000 periods.

    Warns:
        AnalysisWarning: Orders without a date are left out, most orders share a few moments, as
            imported ones do, or no order counts and the statuses are not the vendor's.

    Examples:
        >>> orders = pd.DataFrame(
        ...     {
        ...         "customer_id": ["cust_1", "cust_2", "cust_1", "cust_3"],
        ...         "created_at": ["2026-01-03", "2026-01-09", "2026-02-01", "2026-02-14"],
        ...     }
        ... )
        >>> cohorts(orders, date="created_at")  # doctest: +NORMALIZE_WHITESPACE
        age      0     1
        cohort
        2026-01  2     1
        2026-02  1  <NA>
    """
    alias = read_freq(freq)
    until = (
        None if observation_end is None else read_day(observation_end, argument="observation_end")
    )
    column = _column_of(orders, value)
    purchases = read_purchases(orders, date=date, value=column, status=status, until=until)
    if purchases.is_empty:
        return _empty(alias, value, purchases.notes)
    period_of(pd.Series([purchases.first, purchases.last]), alias)  # refuses a history too long
    counted = add_cohorts(purchases.reduce(functools.partial(count_by_cohort, freq=alias)))
    end = (until or purchases.last).to_period(alias).ordinal

    cells = counted["customers" if column is None else "total"].unstack("age")
    cells = cells.reindex(columns=range(end - int(cells.index.min()) + 1))
    unseen = np.add.outer(cells.index.to_numpy(), cells.columns.to_numpy()) > end
    table = cells.fillna(0).mask(unseen)
    table = table.astype("Float64" if cells.dtypes.eq("Float64").any() else "Int64")
    if value == _SHARE:
        table = table.astype("Float64").div(table[0], axis=0)
    table.index = pd.PeriodIndex(
        [pd.Period(ordinal=int(number), freq=alias) for number in table.index], name="cohort"
    )
    table.columns = pd.Index(table.columns, name="age")
    table.attrs = _attrs(value, purchases.notes)
    return table


def _column_of(orders: AnyFrame, value: str | None) -> str | None:
    """The column whose sums are asked for; None where customers are counted."""
    check_frame(orders, "orders")
    if value is None:
        return None
    if not isinstance(value, str):
        raise ArgumentError(
            f"value must be 'share', 'revenue' or the name of a column, not {type(value).__name__}."
        )
    if value in {_CUSTOMERS, _SHARE}:
        return None
    if value == _REVENUE and _REVENUE not in orders.columns:
        return paid_column(orders) or _REVENUE
    return value


def _empty(alias: str, value: str | None, notes: list[str]) -> pd.DataFrame:
    kind = "Float64" if value == _SHARE else "Int64"
    table = pd.DataFrame(
        {0: pd.Series(dtype=kind)}, index=pd.PeriodIndex([], freq=alias, name="cohort")
    )
    table.columns.name = "age"
    table.attrs = _attrs(value, notes)
    return table


def _attrs(value: str | None, notes: list[str]) -> dict[Hashable | None, Any]:
    return {"value": value or _CUSTOMERS, "notes": notes}
