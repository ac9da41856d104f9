"""Orders, read as purchases: who, when, and for how much."""

from __future__ import annotations

import functools
import warnings
from collections.abc import Collection
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

from vfy_notebook.analysis.reading.columns import CUSTOMER_ID, name_some, spell_count
from vfy_notebook.analysis.reading.one_part import (
    ORDER_ID,
    STATUS,
    Findings,
    Reading,
    currency_columns,
)
from vfy_notebook.errors import AnalysisWarning, ArgumentError
from vfy_notebook.reductions import bring_columns, check_frame, is_dask, on_parts, on_parts_by
from vfy_notebook.shown_text import shown_text

if TYPE_CHECKING:
    from collections.abc import Callable

    from vfy_notebook.reductions import AnyFrame

__all__ = ["PAID", "Purchases", "paid_column", "read_purchases"]

#: The statuses that `summary.orders` counts
#: (https://docs.voucherify.io/api-reference/customers/customer-object).
PAID = ("PAID", "FULFILLED")
_LONGEST_STATUS = 20
#: What was paid, as `summary.orders` adds it up; and the amount before discounts.
_AMOUNTS = ("total_amount", "amount")
#: Sums of these and of fewer fit into 64 bits, whatever is added first.
_MOST_IN_SUM = 2**62


@dataclass(frozen=True)
class Purchases:
    """The orders that count, of a customer and with a date.

    Attributes:
        notes: What was left out.
        first: The time of the first one, even if it is too late to count; NaT without any.
        last: The time of the last one that counts.
    """

    notes: list[str]
    first: pd.Timestamp
    last: pd.Timestamp
    _orders: AnyFrame
    _read: Callable[[pd.DataFrame], pd.DataFrame]

    @property
    def is_empty(self) -> bool:
        """Whether no order counts."""
        return bool(pd.isna(self.last))

    def reduce(self, function: Callable[[pd.DataFrame], pd.DataFrame]) -> pd.DataFrame:
        """Reduce all purchases of each customer together, where they lie.

        Args:
            function: Makes a table of purchases, a row for each: `customer`, `time` (UTC, no
                zone) and, if it was asked for, `value`. It sees all of a customer, but not all
                customers at once.

        Returns:
            The tables, one below the other.
        """
        return pd.concat(on_parts_by(self._orders, "customer", self._read, function))


def read_purchases(
    orders: AnyFrame,
    *,
    date: str,
    value: str | None,
    status: Collection[str] | None,
    until: pd.Timestamp | None = None,
) -> Purchases:
    """Read the orders that count.

    Args:
        orders: As `fetch_orders` gives them, or as DuckDB reads them from a folder: ids may be
            columns or levels of the index. Those of a Dask DataFrame stay where they are.
        date: The column of dates.
        value: The column of amounts; None for none.
        status: The statuses that count; None: all. Orders without a column `status` all count.
        until: The last day that counts, in UTC; None for no end.

    Raises:
        ArgumentError: A column is missing or holds something else, or an order is there twice.
    """
    check_frame(orders, "orders")
    reading = Reading(date, value, _wanted(status), until)
    looked_at = [CUSTOMER_ID, date] if value is None else [CUSTOMER_ID, date, value]
    orders, found = _found(orders, reading, looked_at)
    notes = _judge(found, reading)
    if found.without_value:
        told = spell_count(found.without_value, "order")
        notes.append(f"{told} without {value}: nothing is added to sums.")
    whole = found.whole and found.absolute < _MOST_IN_SUM
    read = functools.partial(reading.purchases, whole=whole)
    return Purchases(notes, found.moments.first, found.last, orders, read)


def _found(orders: AnyFrame, reading: Reading, looked_at: list[str]) -> tuple[AnyFrame, Findings]:
    """The orders with no other columns than are needed, and what is noticed about all of them."""
    optional = [ORDER_ID, STATUS, *currency_columns(orders)]
    if is_dask(orders) and _has(orders, looked_at):
        wanted = {*looked_at, *optional}
        narrow = orders[[name for name in orders.columns if name in wanted]]
        try:
            found = Findings.of_all(on_parts(narrow, reading.findings))
        except ArgumentError:
            pass  # a part knows its own rows only: the message is to count those of all
        else:
            if not found.has_twins:
                return narrow, found
    brought = bring_columns(orders, looked_at, optional)
    return brought, Findings.of_all([reading.findings(brought)])


def _has(orders: AnyFrame, names: list[str]) -> bool:
    known = [*orders.columns, orders.index.name]  # the names may be no texts, and no keys either
    return all(isinstance(name, str) and name in known for name in names)


def paid_column(orders: AnyFrame) -> str | None:
    """The column of what was paid: `total_amount`, else `amount`, else None."""
    check_frame(orders, "orders")
    there = [name for name in _AMOUNTS if name in orders.columns]
    if len(there) > 1:
        known = set().union(*on_parts(orders[there], _known))
        there = [name for name in there if name in known] or there
    return next(iter(there), None)


def _known(orders: pd.DataFrame) -> set[str]:
    """The columns that hold a value."""
    return {str(name) for name in orders if bool(orders[name].notna().to_numpy().any())}


def _wanted(status: Collection[str] | None) -> frozenset[str] | None:
    if isinstance(status, str):
        status = (status,)
    if status is None:
        return None
    if not isinstance(status, Collection):
        raise ArgumentError(
            f"status must be a list of statuses such as {list(PAID)}, or None for all orders, "
            f"not {status!r}."
        )
    return frozenset(str(one).strip().upper() for one in status)


def _judge(found: Findings, reading: Reading) -> list[str]:
    """Notes of what was left out; warns of what the user has to know."""
    notes = []
    if found.not_counting:
        others = sorted(found.statuses)
        named = ", ".join(shown_text(other, _LONGEST_STATUS) for other in others[:6]) or "none"
        told = spell_count(found.not_counting, "order")
        notes.append(f"{told} of another status ({named}) not counted.")
        if found.not_counting == found.orders and found.foreign and reading.status is not None:
            # Of a shop whose statuses are its own.
            _warn(
                f"None of {told} has a status of {', '.join(sorted(reading.status))}, so "
                "none counts; status=None counts them all."
            )
    for name, currencies in found.currencies.items():
        # Yen and euros have no sum; an order of the API's has no currency, but its metadata may.
        if len(currencies.codes) > 1:
            _warn(
                f"These orders are in {len(currencies.codes):,} currencies "
                f"({name_some(sorted(currencies.codes))}), and amounts are added up as they are. "
                f"Analyse one currency at a time: orders[orders[{name!r}] == "
                f"{currencies.example!r}]."
            )
    if found.of_nobody:
        notes.append(f"{spell_count(found.of_nobody, 'order')} without a customer left out.")
    if found.undated:
        sentence = (
            f"Without {reading.date}: {found.undated:,} of "
            f"{spell_count(found.of_somebody, 'order')}, left out, such as "
            f"{name_some(found.undated_rows, found.undated)}."
        )
        notes.append(sentence)
        _warn(sentence)
    if moments := found.moments.shared():
        span = "one hour" if moments == 1 else f"{moments} hours"
        _warn(
            f"Most of the {found.moments.number:,} orders have a {reading.date} within {span}. "
            "Imported orders carry the time of the import as created_at: if these were imported, "
            "give the column that has their true dates, such as date='metadata.ordered_at'."
        )
    return notes


def _warn(sentence: str) -> None:
    warnings.warn(sentence, AnalysisWarning, stacklevel=5)
