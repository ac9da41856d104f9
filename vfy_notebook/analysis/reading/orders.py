"""Orders, read as purchases: who, when, and for how much."""

from __future__ import annotations

import warnings
from collections.abc import Collection
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from vfy_notebook.analysis.reading.amounts import exact_sums, read_amounts
from vfy_notebook.analysis.reading.columns import (
    CUSTOMER_ID,
    check_frame,
    check_single,
    name_some,
    pick,
    plain_values,
    spell_count,
    without_twins,
)
from vfy_notebook.analysis.reading.dates import read_dates
from vfy_notebook.analysis.reading.moments import shared_moments
from vfy_notebook.errors import AnalysisWarning, ArgumentError
from vfy_notebook.reductions import bring_columns
from vfy_notebook.shown_text import shown_text

if TYPE_CHECKING:
    from collections.abc import Iterable

    from vfy_notebook.reductions import AnyFrame

__all__ = ["AMOUNTS", "PAID", "bring_orders", "paid_column", "read_purchases"]

#: The statuses that `summary.orders` counts
#: (https://docs.voucherify.io/api-reference/customers/customer-object).
PAID = ("PAID", "FULFILLED")
_STATUSES = frozenset({"CREATED", "CANCELED", *PAID})
_ORDER_ID = "order_id"
_STATUS = "status"
_CURRENCY = "currency"
_LONGEST_STATUS = 20
#: What was paid, as `summary.orders` adds it up; and the amount before discounts.
AMOUNTS = ("total_amount", "amount")


def bring_orders(
    orders: AnyFrame, *, date: str, value: str | None, amounts: Iterable[str]
) -> pd.DataFrame:
    """Give orders of pandas as they are; of Dask the columns that are read, in pandas.

    Args:
        orders: The orders.
        date: The column of dates.
        value: The column of amounts; None if none is named.
        amounts: The columns that are looked for where none is named.
    """
    others = [_ORDER_ID, _STATUS, *_currency_columns(orders)]
    if value is None:
        return bring_columns(orders, [CUSTOMER_ID, date], [*others, *amounts])
    return bring_columns(orders, [CUSTOMER_ID, date, value], others)


def read_purchases(
    orders: pd.DataFrame,
    *,
    date: str,
    value: str | None,
    status: Collection[str] | None,
    until: pd.Timestamp | None = None,
) -> pd.DataFrame:
    """Read the orders that count.

    Args:
        orders: As `fetch_orders` gives them, or as DuckDB reads them from a folder: ids may be
            columns or levels of the index.
        date: The column of dates.
        value: The column of amounts; None for none.
        status: The statuses that count; None: all. Orders without a column `status` all count.
        until: The last day that counts, in UTC; None for no end.

    Returns:
        A row for each order with a customer and a date: `customer`, `time` (UTC, no zone), `day`
        and, if asked for, `value`. `attrs["notes"]` tells what was left out.

    Raises:
        ArgumentError: A column is missing or holds something else, or an order is there twice.
    """
    check_frame(orders, "orders")
    _check_twins(orders)
    notes: list[str] = []
    counting = _counting(orders, status, notes)
    customers = plain_values(pick(orders, CUSTOMER_ID, frame_name="orders", argument="orders"))
    check_single(customers, frame_name="orders", argument="orders")
    purchases = pd.DataFrame(
        {
            "customer": customers.array,
            "time": read_dates(
                pick(orders, date, frame_name="orders", argument="date"),
                frame_name="orders",
                argument="date",
            ).array,
        }
    )
    if value is not None:
        _warn_of_currencies(orders, counting)
        amounts = pick(orders, value, frame_name="orders", argument="value")
        purchases["value"] = read_amounts(amounts, frame_name="orders", argument="value").array
    purchases = _of_customers(purchases[counting], notes)
    purchases = _dated(purchases, orders, date, notes)
    _warn_of_import(purchases["time"], date)
    purchases["day"] = purchases["time"].dt.normalize()
    if until is not None:
        purchases = purchases[(purchases["day"] <= until).to_numpy()]
    if value is not None:
        purchases["value"] = exact_sums(purchases["value"])
        unknown = int(purchases["value"].isna().sum())
        if unknown:
            orders_told = spell_count(unknown, "order")
            notes.append(f"{orders_told} without {value}: nothing is added to sums.")
    purchases.attrs = {"notes": notes}
    return purchases.reset_index(drop=True)


def paid_column(orders: pd.DataFrame) -> str | None:
    """The column of what was paid: `total_amount`, else `amount`, else None."""
    check_frame(orders, "orders")
    there = [name for name in AMOUNTS if name in orders.columns]
    known = [name for name in there if bool(orders[name].notna().to_numpy().any())]
    return next(iter(known or there), None)


def _check_twins(orders: pd.DataFrame) -> None:
    """An order that is there twice, as after a join with its items, would count twice."""
    if _ORDER_ID not in orders.columns and _ORDER_ID not in orders.index.names:
        return
    ids = pd.Index(plain_values(pick(orders, _ORDER_ID, frame_name="orders", argument="orders")))
    doubled = ids[ids.duplicated() & ids.notna()].unique()
    if len(doubled):
        raise ArgumentError(
            f"orders has {name_some(doubled)} twice or more, which would count twice; give each "
            f"order once, for instance {without_twins(orders, _ORDER_ID, 'orders')}."
        )


def _counting(
    orders: pd.DataFrame, status: Iterable[str] | None, notes: list[str]
) -> pd.Series | slice:
    """Which orders count by their status."""
    if isinstance(status, str):
        status = (status,)
    if status is not None and not isinstance(status, Collection):
        raise ArgumentError(
            f"status must be a list of statuses such as {list(PAID)}, or None for all orders, "
            f"not {status!r}."
        )
    if status is None or _STATUS not in [*orders.columns, *orders.index.names]:
        return slice(None)
    wanted = {str(one).strip().upper() for one in status}
    found = pick(orders, _STATUS, frame_name="orders", argument="status")
    check_single(found, frame_name="orders", argument="status")
    codes, values = pd.factorize(found)
    spelled = [str(value).strip().upper() for value in values]
    # A missing status has the code -1, and so the last of these answers.
    counts = pd.Series(np.array([*(each in wanted for each in spelled), False])[codes])
    left = int((~counts).sum())
    if left:
        others = sorted({spelled[code] for code in set(codes[~counts.to_numpy()]) if code >= 0})
        named = ", ".join(shown_text(other, _LONGEST_STATUS) for other in others[:6]) or "none"
        notes.append(f"{spell_count(left, 'order')} of another status ({named}) not counted.")
    foreign = bool((codes < 0).any()) or not _STATUSES.issuperset(spelled)
    if left == len(orders) > 0 and foreign:  # of a shop whose statuses are its own
        warnings.warn(
            f"None of {spell_count(left, 'order')} has a status of {', '.join(sorted(wanted))}, so "
            "none counts; status=None counts them all.",
            AnalysisWarning,
            stacklevel=4,
        )
    return counts


def _of_customers(purchases: pd.DataFrame, notes: list[str]) -> pd.DataFrame:
    known = purchases["customer"].notna() & (purchases["customer"].astype(object) != "")
    if not known.all():
        notes.append(f"{spell_count(int((~known).sum()), 'order')} without a customer left out.")
    return purchases[known.to_numpy()]


def _dated(
    purchases: pd.DataFrame, orders: pd.DataFrame, date: str, notes: list[str]
) -> pd.DataFrame:
    dated = purchases["time"].notna()
    undated = purchases.index[~dated]
    if len(undated):
        sentence = (
            f"Without {date}: {len(undated):,} of {spell_count(len(purchases), 'order')}, left "
            f"out, such as {name_some(orders.index[undated])}."
        )
        notes.append(sentence)
        warnings.warn(sentence, AnalysisWarning, stacklevel=4)
    return purchases[dated].copy()


def _warn_of_import(times: pd.Series, date: str) -> None:
    moments = shared_moments(times)
    if moments:
        span = "one hour" if moments == 1 else f"{moments} hours"
        warnings.warn(
            f"Most of the {len(times):,} orders have a {date} within {span}. Imported orders carry "
            "the time of the import as created_at: if these were imported, give the column that "
            "has their true dates, such as date='metadata.ordered_at'.",
            AnalysisWarning,
            stacklevel=4,
        )


def _currency_columns(orders: AnyFrame) -> list[str]:
    """The columns that tell an order's currency, such as `metadata.currency`."""
    names = [str(name) for name in getattr(orders, "columns", ())]
    alike = [name for name in names if name.rpartition(".")[2].casefold() == _CURRENCY]
    return [name for name in alike if alike.count(name) == 1]


def _warn_of_currencies(orders: pd.DataFrame, counting: pd.Series | slice) -> None:
    """Yen and euros have no sum; an order of the API's has no currency, but its metadata may."""
    for name in _currency_columns(orders):
        column = plain_values(orders[name]).reset_index(drop=True)
        codes = column[counting].dropna().astype(str).str.strip().str.upper()
        found = pd.Index(codes[codes != ""].unique()).sort_values()
        if len(found) > 1:
            warnings.warn(
                f"These orders are in {len(found):,} currencies ({name_some(found)}), and amounts "
                "are added up as they are. Analyse one currency at a time: "
                f"orders[orders[{name!r}] == {str(column[column.notna()].iloc[0])!r}].",
                AnalysisWarning,
                stacklevel=4,
            )
