"""What models of customer lifetime value are fitted on."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from vfy_notebook.analysis.grouping import days_per_customer
from vfy_notebook.analysis.reading.columns import CUSTOMER_ID
from vfy_notebook.analysis.reading.dates import read_day
from vfy_notebook.analysis.reading.orders import PAID, paid_column, read_purchases
from vfy_notebook.errors import ArgumentError

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Collection

    from vfy_notebook.reductions import AnyFrame

__all__ = ["clv_inputs"]

#: Days of a unit; months and years are those of the mean Gregorian calendar.
_DAYS = {"D": 1.0, "W": 7.0, "M": 365.2425 / 12, "Y": 365.2425}


def clv_inputs(
    orders: AnyFrame,
    *,
    date: str,
    unit: str = "W",
    observation_end: dt.date | str | None = None,
    value: str | None = None,
    status: Collection[str] | None = PAID,
) -> pd.DataFrame:
    """Make the table that lifetimes and pymc-marketing fit their models on.

    All orders of one day (UTC) are one purchase, as in Fader, Hardie and Lee, "Counting Your
    Customers the Easy Way", Marketing Science 24 (2005), https://doi.org/10.1287/mksc.1040.0098.
    Times are days divided by the days of the unit, never differences of calendar weeks or months.
    Makes no API calls.

    Args:
        orders: As `fetch_orders` gives them or DuckDB reads them from a saved folder.
        date: The column of their dates. Imported orders have the time of the import in
            `created_at`: name the column that has the true date.
        unit: The unit of time: `D` (1 day), `W` (7), `M` (30.44) or `Y` (365.24).
        observation_end: The last day that counts; later orders do not. None: the day of the last
            order.
        value: The column of amounts. None: `total_amount`, what was paid, where there is such a
            column, else `amount`; without either the table has no `monetary_value`.
        status: The statuses of orders that count, by default those that `summary.orders` counts;
            None: all. Orders without a column `status` all count.

    Returns:
        A row for each customer with a purchase, indexed by `customer_id` (sorted), of plain NumPy
        types: `frequency` (days with a purchase after the first such day, `int64`), `recency`
        (from the first to the last purchase) and `T` (from the first purchase to the end), both
        `float64` in units, and `monetary_value` (`float64`: the mean of a day's sum over the
        days after the first, in the unit of the column; 0 for who bought on one day only).
        pymc-marketing wants the ids as a column: `.reset_index()`. Models of spending need values
        above 0: refunds and gifts may leave others. `attrs["notes"]` tells which orders do not
        count.

    Raises:
        ArgumentError: A column is missing or holds something else, an order is there twice, or
            `unit` or `observation_end` is none.

    Warns:
        AnalysisWarning: Orders without a date are left out, most orders share a few moments, as
            imported ones do, or no order counts and the statuses are not the vendor's.

    Examples:
        >>> orders = pd.DataFrame(
        ...     {
        ...         "customer_id": ["cust_1", "cust_1", "cust_1", "cust_2"],
        ...         "created_at": ["2026-01-01", "2026-01-08", "2026-01-08", "2026-01-11"],
        ...         "amount": [10_00, 4_00, 5_00, 7_00],
        ...     }
        ... )
        >>> clv_inputs(
        ...     orders, date="created_at", observation_end="2026-01-15"
        ... )  # doctest: +NORMALIZE_WHITESPACE
                     frequency  recency         T  monetary_value
        customer_id
        cust_1               1      1.0  2.000000           900.0
        cust_2               0      0.0  0.571429             0.0
    """
    if not isinstance(unit, str) or unit not in _DAYS:
        raise ArgumentError(f"unit must be one of {', '.join(_DAYS)}, not {unit!r}.")
    until = (
        None if observation_end is None else read_day(observation_end, argument="observation_end")
    )
    value = paid_column(orders) if value is None else value
    purchases = read_purchases(orders, date=date, value=value, status=status, until=until)
    days = purchases.reduce(days_per_customer).sort_index()
    until = purchases.last.floor("D") if until is None else until

    table = pd.DataFrame(index=days.index.rename(CUSTOMER_ID))
    table["frequency"] = (days["days"] - 1).astype("int64")
    table["recency"] = (days["last"] - days["first"]).dt.days.astype("float64") / _DAYS[unit]
    table["T"] = (until - days["first"]).dt.days.astype("float64") / _DAYS[unit]
    if value is not None:
        mean = days["later"].astype("float64") / table["frequency"].where(table["frequency"] > 0)
        table["monetary_value"] = mean.fillna(0.0)
    table.attrs = {"notes": purchases.notes}
    return table
