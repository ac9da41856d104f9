"""Times that tell when orders were imported, not when they were made.

Imported orders carry the time of the import as `created_at`
(https://docs.voucherify.io/api-reference/orders/import-orders): they share a few moments.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["shared_moments"]

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


def shared_moments(times: pd.Series) -> int:
    """How many hours hold most of the orders, if these are few; else 0.

    Args:
        times: The orders' times without a zone, none of them NaT.
    """
    if times.empty:
        return 0
    counts = np.sort(times.dt.floor(_MOMENT).value_counts().to_numpy())[::-1]
    hours = int(np.searchsorted(counts.cumsum(), len(times) * _MOST, side="right")) + 1
    crowded = counts[:hours].sum() >= _CROWD * hours
    if bool((times == times.dt.normalize()).all()):
        return hours if crowded and hours <= _FEW and len(times) >= _MANY_ORDERS else 0
    history = (times.max() - times.min()).total_seconds() / 3_600
    few = min(max(_FEW, _SMALL_SHARE * history), _MOST_THAT_ARE_FEW)
    return hours if crowded and hours <= few else 0
