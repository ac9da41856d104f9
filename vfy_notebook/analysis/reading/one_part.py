"""One part of the orders: who bought when and for how much, and what was noticed on the way.

A frame of pandas is one part; a Dask DataFrame has many, and each is read where it lies.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from vfy_notebook.analysis.reading.amounts import read_amounts
from vfy_notebook.analysis.reading.columns import (
    CUSTOMER_ID,
    check_single,
    name_some,
    pick,
    plain_values,
    without_twins,
)
from vfy_notebook.analysis.reading.dates import read_dates
from vfy_notebook.analysis.reading.moments import Moments
from vfy_notebook.errors import ArgumentError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from vfy_notebook.reductions import AnyFrame

__all__ = ["ORDER_ID", "STATUS", "Currencies", "Findings", "Reading", "currency_columns"]

ORDER_ID, STATUS = "order_id", "status"
_CURRENCY = "currency"
_STATUSES = frozenset({"CREATED", "CANCELED", "PAID", "FULFILLED"})
_NAMED = 3


@dataclass(frozen=True)
class Currencies:
    """The currencies that a column names.

    Attributes:
        codes: Those of the orders that count, in capitals.
        example: One of its values as it is written; None if it has none.
    """

    codes: frozenset[str]
    example: str | None


@dataclass(frozen=True)
class Findings:
    """What was noticed about orders that were read, in numbers that add up.

    Attributes:
        orders: How many there are.
        not_counting: How many have another status than those that count.
        statuses: What these are.
        foreign: Whether one has none of the vendor's statuses.
        currencies: What the columns of currencies name; none where no values are looked at.
        of_nobody: How many of those that count have no customer.
        of_somebody: How many have one.
        undated: How many of these have no date.
        undated_rows: The labels of the first few.
        moments: When the others were made.
        last: The time of the last one that is not too late.
        without_value: How many of these have no value.
        whole: Whether all values are whole numbers.
        absolute: The sum of the values without their signs.
        ids: Hashes of the orders' ids.
    """

    orders: int
    not_counting: int
    statuses: frozenset[str]
    foreign: bool
    currencies: dict[str, Currencies]
    of_nobody: int
    of_somebody: int
    undated: int
    undated_rows: tuple[Any, ...]
    moments: Moments
    last: pd.Timestamp
    without_value: int
    whole: bool
    absolute: float
    ids: np.ndarray[Any, np.dtype[np.uint64]]

    @classmethod
    def of_all(cls, parts: Sequence[Findings]) -> Findings:
        """Those of all parts, at least one."""
        return cls(
            orders=sum(part.orders for part in parts),
            not_counting=sum(part.not_counting for part in parts),
            statuses=frozenset().union(*(part.statuses for part in parts)),
            foreign=any(part.foreign for part in parts),
            currencies={
                name: Currencies(
                    frozenset().union(*(part.currencies[name].codes for part in parts)),
                    next(filter(None, (part.currencies[name].example for part in parts)), None),
                )
                for name in parts[0].currencies
            },
            of_nobody=sum(part.of_nobody for part in parts),
            of_somebody=sum(part.of_somebody for part in parts),
            undated=sum(part.undated for part in parts),
            undated_rows=tuple(row for part in parts for row in part.undated_rows)[:_NAMED],
            moments=Moments.of_all([part.moments for part in parts]),
            last=pd.Series([part.last for part in parts]).max(),
            without_value=sum(part.without_value for part in parts),
            whole=all(part.whole for part in parts),
            absolute=sum(part.absolute for part in parts),
            ids=np.concatenate([part.ids for part in parts]),
        )

    @property
    def has_twins(self) -> bool:
        """Whether an order seems to be in two parts."""
        return len(np.unique(self.ids)) < len(self.ids)


@dataclass(frozen=True)
class Reading:
    """How orders are read.

    Attributes:
        date: The column of dates.
        value: The column of amounts; None for none.
        status: The statuses that count, in capitals; None: all.
        until: The last day that counts, in UTC; None for no end.
    """

    date: str
    value: str | None
    status: frozenset[str] | None
    until: pd.Timestamp | None

    def findings(self, orders: pd.DataFrame) -> Findings:
        """What is noticed about a part.

        Raises:
            ArgumentError: A column is missing or holds something else, or an order is there twice.
        """
        return self._read(orders)[1]

    def purchases(self, orders: pd.DataFrame, *, whole: bool) -> pd.DataFrame:
        """The orders of a part that count, as `Purchases` describes them.

        Args:
            orders: The part.
            whole: Whether the values of all parts are whole numbers whose sum fits into 64 bits.

        Raises:
            ArgumentError: As in `findings`.
        """
        purchases = self._read(orders)[0]
        if self.value is not None:
            purchases["value"] = purchases["value"].astype("Int64" if whole else "Float64")
        return purchases

    def _read(self, orders: pd.DataFrame) -> tuple[pd.DataFrame, Findings]:
        ids = _checked_ids(orders)
        counting, statuses, foreign = self._counting(orders)
        customers = plain_values(pick(orders, CUSTOMER_ID, frame_name="orders", argument="orders"))
        check_single(customers, frame_name="orders", argument="orders")
        times = pick(orders, self.date, frame_name="orders", argument="date")
        columns = {
            "customer": customers.array,
            "time": read_dates(times, frame_name="orders", argument="date").array,
        }
        if self.value is not None:
            amounts = pick(orders, self.value, frame_name="orders", argument="value")
            columns["value"] = read_amounts(amounts, frame_name="orders", argument="value").array
        counted = pd.DataFrame(columns)[counting]
        named = (
            counted["customer"].notna() & (counted["customer"].astype(object) != "")
        ).to_numpy()
        of_somebody = counted[named]
        dated = of_somebody["time"].notna().to_numpy()
        undated = of_somebody.index[~dated]
        purchases = of_somebody[dated]
        moments = Moments.of(purchases["time"])
        if self.until is not None:
            in_time = (purchases["time"].dt.normalize() <= self.until).to_numpy()
            purchases = purchases[in_time]
        values = purchases["value"] if self.value is not None else pd.Series(dtype="Int64")
        return purchases.reset_index(drop=True), Findings(
            orders=len(orders),
            not_counting=int((~counting).sum()),
            statuses=statuses,
            foreign=foreign,
            currencies=_currencies(orders, counting) if self.value is not None else {},
            of_nobody=int((~named).sum()),
            of_somebody=len(of_somebody),
            undated=len(undated),
            undated_rows=tuple(orders.index[undated[:_NAMED]]),
            moments=moments,
            last=purchases["time"].max(),
            without_value=int(values.isna().sum()),
            whole=values.dtype == "Int64",
            absolute=float(np.abs(values.to_numpy(dtype=np.float64, na_value=0.0)).sum()),
            ids=ids,
        )

    def _counting(
        self, orders: pd.DataFrame
    ) -> tuple[np.ndarray[Any, np.dtype[np.bool_]], frozenset[str], bool]:
        """Which orders count by their status; the others' statuses; whether one is foreign."""
        if self.status is None or STATUS not in [*orders.columns, *orders.index.names]:
            return np.ones(len(orders), dtype=bool), frozenset(), False
        found = pick(orders, STATUS, frame_name="orders", argument="status")
        check_single(found, frame_name="orders", argument="status")
        codes, values = pd.factorize(found)
        spelled = [str(value).strip().upper() for value in values]
        # A missing status has the code -1, and so the last of these answers.
        counts = np.array([*(each in self.status for each in spelled), False])[codes]
        others = frozenset(spelled[code] for code in set(codes[~counts]) if code >= 0)
        return counts, others, bool((codes < 0).any()) or not _STATUSES.issuperset(spelled)


def currency_columns(orders: AnyFrame) -> list[str]:
    """The columns that tell an order's currency, such as `metadata.currency`."""
    names = [str(name) for name in orders.columns]
    alike = [name for name in names if name.rpartition(".")[2].casefold() == _CURRENCY]
    return [name for name in alike if alike.count(name) == 1]


def _currencies(
    orders: pd.DataFrame, counting: np.ndarray[Any, np.dtype[np.bool_]]
) -> dict[str, Currencies]:
    found = {}
    for name in currency_columns(orders):
        column = plain_values(orders[name])
        codes = column[counting].dropna().astype(str).str.strip().str.upper()
        example = next((str(value) for value in column[column.notna()].head(1)), None)
        found[name] = Currencies(frozenset(codes[codes != ""]), example)
    return found


def _checked_ids(orders: pd.DataFrame) -> np.ndarray[Any, np.dtype[np.uint64]]:
    """Hashes of the orders' ids, each of them once.

    An order that is there twice, as after a join with its items, would count twice.
    """
    if ORDER_ID not in orders.columns and ORDER_ID not in orders.index.names:
        return np.array([], dtype=np.uint64)
    found = plain_values(pick(orders, ORDER_ID, frame_name="orders", argument="orders"))
    ids = pd.Index(found[found.notna().to_numpy()])
    doubled = ids[ids.duplicated()].unique()
    if len(doubled):
        raise ArgumentError(
            f"orders has {name_some(doubled)} twice or more, which would count twice; give each "
            f"order once, for instance {without_twins(orders, ORDER_ID, 'orders')}."
        )
    return pd.util.hash_pandas_object(ids, index=False).to_numpy().astype(np.uint64, copy=False)
