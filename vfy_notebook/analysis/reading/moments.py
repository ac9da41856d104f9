"""Times that tell when orders were imported, not when they were made.

Imported orders carry the time of the import as `created_at`
(https://docs.voucherify.io/api-reference/orders/import-orders): they share a few moments.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["Moments"]

#: An import of many orders goes on for some time, so a moment is an hour.
_MOMENT = "h"
_MOST = 0.5
_FEW = 3
#: So are more, up to a limit, if they are a small share of all the hours of the history.
_SMALL_SHARE = 0.05
_MOST_THAT_ARE_FEW = 12
#: Fewer orders than this in an hour on average is what a shop may well have.
_CROWD = 5
#: Dates without a time of day share midnights by nature; these many must share few to be odd.
_MANY_ORDERS = 100


@dataclass(frozen=True)
class Moments:
    """When orders were made, by the hour.

    Attributes:
        hours: The number of orders of each hour.
        first: The first time; NaT without an order.
        last: The last one.
        are_days: Whether all are midnights, as dates without a time of day are.
    """

    hours: pd.Series
    first: pd.Timestamp
    last: pd.Timestamp
    are_days: bool

    @classmethod
    def of(cls, times: pd.Series) -> Moments:
        """Those of some orders: times without a zone, none of them NaT."""
        hours = times.dt.floor(_MOMENT).value_counts()
        are_days = bool((times == times.dt.normalize()).all())
        return cls(hours, times.min(), times.max(), are_days)

    @classmethod
    def of_all(cls, parts: Sequence[Moments]) -> Moments:
        """Those of all parts of a history, at least one."""
        hours = pd.concat([part.hours for part in parts])
        return cls(
            hours.groupby(level=0).sum(),
            pd.Series([part.first for part in parts]).min(),
            pd.Series([part.last for part in parts]).max(),
            all(part.are_days for part in parts),
        )

    @property
    def number(self) -> int:
        """How many orders there are."""
        return int(self.hours.sum())

    def shared(self) -> int:
        """How many hours hold most of the orders, if these are few; else 0."""
        if not self.number:
            return 0
        counts = np.sort(self.hours.to_numpy())[::-1]
        hours = int(np.searchsorted(counts.cumsum(), self.number * _MOST, side="right")) + 1
        crowded = counts[:hours].sum() >= _CROWD * hours
        if self.are_days:
            return hours if crowded and hours <= _FEW and self.number >= _MANY_ORDERS else 0
        history = (self.last - self.first).total_seconds() / 3_600
        few = min(max(_FEW, _SMALL_SHARE * history), _MOST_THAT_ARE_FEW)
        return hours if crowded and hours <= few else 0
