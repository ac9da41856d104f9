"""Notices orders whose times of creation are those of imports.

An imported order's `created_at` is the time of its import; the true date has to be in the order's
metadata: https://docs.voucherify.io/api-reference/orders/import-orders
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from vfy_notebook.frames.schema import METADATA_PREFIX

if TYPE_CHECKING:
    from typing import Any

#: "Most orders in a few moments": half of them or more, in at most so many moments, and at least
#: so many in each.
_FEW_MOMENTS = 10
_FEWEST_IN_ONE = 5

#: A moment is this share of the time that the orders could be from, and a second at least: an
#: afternoon of imports among years of orders is a moment, a day of sales among a year is none.
_MOMENTS = 10_000
_SECOND_US = 1_000_000

#: As long as orders could be from, where nobody asked for less: a shop's orders of ten minutes are
#: an import's, unless these ten minutes were asked for.
_SHORTEST_US = 30 * 86_400 * _SECOND_US

_DAY = r"\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d.*)?"


def shared_moments(created_at: pd.Series[Any], *, asked_us: int | None = None) -> str | None:
    """When most orders were created, if they share a few moments; else None.

    Args:
        created_at: Their times of creation.
        asked_us: The span of time that was asked for, in microseconds; None if it has no
            beginning or no end.
    """
    times = created_at.dropna().to_numpy("datetime64[us]").astype(np.int64)
    if len(times) < 2 * _FEWEST_IN_ONE:
        return None
    span_us = int(np.ptp(times))
    length_us = max(span_us, _SHORTEST_US if asked_us is None else asked_us) // _MOMENTS
    length_us = max(length_us, _SECOND_US)
    moments, counts = np.unique(times // length_us, return_counts=True)
    largest = np.argsort(counts, kind="stable")[::-1][:_FEW_MOMENTS]
    largest = largest[counts[largest] >= _FEWEST_IN_ONE]
    shared = int(counts[largest].sum())
    if 2 * shared < len(times):
        return None
    chosen = times[np.isin(times // length_us, moments[largest])]
    first, last = (pd.Timestamp(int(t), unit="us", tz="UTC") for t in (chosen.min(), chosen.max()))
    when = f"{first:%Y-%m-%d %H:%M}"
    if f"{last:%Y-%m-%d %H:%M}" != when:
        when = f"between {when} and {last:%Y-%m-%d %H:%M}"
    else:
        when = f"at {when}"
    return f"{shared:,} of {len(times):,} orders were created {when} UTC"


def date_columns(orders: pd.DataFrame) -> list[str]:
    """The metadata columns that hold dates or times in all rows that hold anything."""
    return [
        str(name)
        for name, column in orders.items()
        if str(name).startswith(METADATA_PREFIX) and _holds_dates(column)
    ]


def _holds_dates(column: pd.Series[Any]) -> bool:
    values = column.dropna()
    if values.empty or not isinstance(column.dtype, pd.StringDtype):
        return False
    return bool(values.str.fullmatch(_DAY).all())
