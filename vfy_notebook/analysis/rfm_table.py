"""Recency, frequency, monetary value: who buys, and who has stopped."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING

import pandas as pd

from vfy_notebook.analysis.group_names import check_groups, names_of, rfm_groups
from vfy_notebook.analysis.grouping import sum_per_customer
from vfy_notebook.analysis.reading.amounts import read_amounts
from vfy_notebook.analysis.reading.columns import (
    CUSTOMER_ID,
    customer_ids,
    name_some,
    pick,
    spell_count,
)
from vfy_notebook.analysis.reading.dates import read_dates, read_day
from vfy_notebook.analysis.reading.orders import PAID, paid_column, read_purchases
from vfy_notebook.analysis.scores import note_of_scores, quantile_scores
from vfy_notebook.errors import AnalysisWarning, ArgumentError
from vfy_notebook.reductions import bring_columns

if TYPE_CHECKING:
    import datetime as dt
    from collections.abc import Collection

    from vfy_notebook.reductions import AnyFrame

__all__ = ["rfm"]

_LAST = "summary.orders.last_order_date"
_COUNT = "summary.orders.total_count"
_TOTAL = "summary.orders.total_amount"
_CREATED = "created_at"


def rfm(
    customers: AnyFrame,
    *,
    orders: AnyFrame | None = None,
    as_of: dt.date | str | None = None,
    date: str | None = None,
    value: str | None = None,
    status: Collection[str] | None = PAID,
    groups: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """Score customers by how recently, how often and for how much they have bought.

    A score is a quantile among the customers who have ordered: with five scores, 5 means that
    more than four fifths of the others are worse, 1 that at most a fifth is. Where no two values
    are equal, the scores are those of `pandas.qcut`. Equal values have equal scores, so where many
    customers share a value some scores stay unused (most buy once): `attrs["notes"]` says which,
    and what was left out. The name of the group follows from the scores of recency and frequency.

    Days are those of UTC. An order of nothing is an order; refunds lower the sum. Makes no API
    calls.

    Args:
        customers: As `fetch_customers` gives them or DuckDB reads them from a saved folder. They
            are scored among each other; orders of others do not count. Without `orders`, their
            `summary.orders` is all that is needed.
        orders: As `fetch_orders` gives them. None: recency, frequency and value are those of
            `summary.orders`, which the API counts from paid and fulfilled orders.
        as_of: The day from which recency is counted; later orders do not count. None: the day
            of the last order, whoever gave it. Without `orders` it cannot lie before any
            customer's last order.
        date: The column of the orders' dates, `created_at` if None. Imported orders have the time
            of the import there: name the column that has the true date. Without `orders`, the
            column of the customers' last order, `summary.orders.last_order_date` if None.
        value: The orders' column whose sum is the monetary value. None: `total_amount`, what was
            paid, where there is such a column, else `amount`.
        status: The statuses of orders that count, by default those that `summary.orders` counts;
            None: all. Orders without a column `status` all count.
        groups: The names of the groups by scores, a table as `rfm_groups` gives it; its size is
            the number of scores.

    Returns:
        A row for each customer, in their order, indexed by `customer_id`: `recency` (whole days
        since the last order, `Int64`), `frequency` (orders), `monetary` (the sum, in the unit of
        the column: the API's is hundredths), `recency_score`, `frequency_score`,
        `monetary_score` (`Int64`), `group` (an ordered category, best first). Customers without an
        order have a frequency of 0, no scores and the group `no orders`.

    Raises:
        ArgumentError: A column is missing or holds something else, a customer or an order is
            there twice, `as_of` is no day, or `groups` is no such table.

    Warns:
        AnalysisWarning: Orders without a date are left out, most orders share a few moments, as
            imported ones do, the last order lies in the future, none of the orders is of these
            customers, or no order counts and the statuses are not the vendor's.

    Examples:
        >>> customers = pd.DataFrame(
        ...     {
        ...         "summary.orders.last_order_date": ["2026-06-30", "2026-06-01", "2025-07-01"],
        ...         "summary.orders.total_count": [9, 1, 4],
        ...         "summary.orders.total_amount": [90_00, 20_00, 60_00],
        ...     },
        ...     index=pd.Index(["cust_1", "cust_2", "cust_3"], name="customer_id"),
        ... )
        >>> table = rfm(customers)
        >>> table[["recency", "frequency_score", "group"]]  # doctest: +NORMALIZE_WHITESPACE
                     recency  frequency_score      group
        customer_id
        cust_1             0                5  champions
        cust_2            29                1     fading
        cust_3           364                3    at risk
    """
    summary = [_LAST if date is None else date, _COUNT, _TOTAL] if orders is None else []
    customers = bring_columns(customers, summary, [CUSTOMER_ID])
    ids = customer_ids(customers)
    names = check_groups(rfm_groups() if groups is None else groups)
    until = None if as_of is None else read_day(as_of, argument="as_of")
    if orders is None:
        column = _LAST if date is None else date
        sums, notes = _from_summary(customers, ids, column, until), list[str]()
        last = sums["last"].max()
    else:
        column = _CREATED if date is None else date
        value = paid_column(orders) or "amount" if value is None else value
        purchases = read_purchases(orders, date=column, value=value, status=status, until=until)
        sums, notes = purchases.reduce(sum_per_customer), purchases.notes
        _warn_of_strangers(sums.index, ids)
        last, sums = sums["last"].max(), sums.reindex(ids)
    if until is None:
        until = last
        _warn_of_future(until)

    table = pd.DataFrame(index=ids)
    table["recency"] = (until - sums["last"]).dt.days.astype("Int64")
    table["frequency"] = sums["orders"].astype("Int64").fillna(0)
    table["monetary"] = sums["total"].mask((table["frequency"] == 0).to_numpy(), 0)
    scores = len(names)
    bought = (table["frequency"] > 0).to_numpy()
    for measure, better in (("recency", -1), ("frequency", 1), ("monetary", 1)):
        values = table[measure].where(bought)
        score = quantile_scores(values * better, scores)
        table[f"{measure}_score"] = score
        notes.append(note_of_scores(measure, values.dropna(), score, scores))
    table["group"] = names_of(table["recency_score"], table["frequency_score"], names)
    table.attrs = {"scores": scores, "notes": [note for note in notes if note]}
    return table


def _from_summary(
    customers: pd.DataFrame, ids: pd.Index, date: str, until: pd.Timestamp | None
) -> pd.DataFrame:
    """What `summary.orders` tells, in the shape of `sum_per_customer`."""

    def column(name: str, argument: str) -> pd.Series:
        return pick(customers, name, frame_name="customers", argument=argument)

    times = read_dates(column(date, "date"), frame_name="customers", argument="date")
    sums = pd.DataFrame({"last": times.dt.normalize().array}, index=ids)
    for name, source in (("orders", _COUNT), ("total", _TOTAL)):
        found = read_amounts(column(source, "rfm"), frame_name="customers", argument="rfm")
        sums[name] = found.array
    # The API says 0, or nothing, of those who have not ordered.
    sums = _only(sums, (sums["orders"] > 0).fillna(False))
    later = sums.index[(sums["last"] > until).to_numpy()] if until is not None else sums.index[:0]
    if len(later):
        raise ArgumentError(
            f"as_of lies before the last order of {spell_count(len(later), 'customer')}, such as "
            f"{name_some(later[:1])}. "
            "What they had ordered until then is not in summary.orders: give orders=, as "
            "fetch_orders gives them, or a later as_of."
        )
    undated = sums.index[sums["orders"].notna() & sums["last"].isna()]
    if len(undated):
        warnings.warn(
            f"With orders but without {date}: {spell_count(len(undated), 'customer')}, such as "
            f"{name_some(undated[:1])}, counted as without orders.",
            AnalysisWarning,
            stacklevel=3,
        )
        sums = _only(sums, sums["last"].notna())
    return sums


def _only(sums: pd.DataFrame, kept: pd.Series) -> pd.DataFrame:
    """The sums of some customers, and nothing of the others."""
    flags = kept.to_numpy(dtype=bool)
    return pd.DataFrame({name: column.where(flags) for name, column in sums.items()})


def _warn_of_strangers(buyers: pd.Index, ids: pd.Index) -> None:
    if len(buyers) and len(ids) and not buyers.isin(ids).any():
        theirs, ours = buyers[:1].tolist()[0], ids[:1].tolist()[0]
        warnings.warn(
            f"None of {spell_count(len(buyers), 'customer')} who ordered is among these: their ids "
            f"are like {theirs!r}, those of the customers like {ours!r}.",
            AnalysisWarning,
            stacklevel=3,
        )


def _warn_of_future(last: pd.Timestamp) -> None:
    if last > pd.Timestamp.now("UTC").tz_localize(None) + pd.Timedelta(days=1):
        warnings.warn(
            f"The last order is of {last:%Y-%m-%d}, which is still to come. Recency is counted "
            "from there; as_of='2026-06-30' counts from that day and leaves later orders out.",
            AnalysisWarning,
            stacklevel=3,
        )
