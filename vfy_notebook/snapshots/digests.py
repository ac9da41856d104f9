"""Whether columns that cannot be written are as they were fetched, for two bytes a row and group.

Their values would take a multiple of what has to be remembered for a push, and are needed for
nothing else than to tell somebody who has edited them that they are not sent. So a digest is kept
of each row's cells; one edit in 65,536 escapes it. Lists and objects are not among them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from vfy_notebook.frames.schema import FIXED, Kind

if TYPE_CHECKING:
    from collections.abc import Mapping

Digests = np.ndarray[Any, np.dtype[np.uint16]]

_ITS_OWN = ("created_at", "updated_at")

#: What stands before the last dot → the columns of numbers and times there.
GROUPS: Mapping[str, tuple[str, ...]] = {
    group: tuple(
        column.name
        for column in FIXED
        if column.kind in (Kind.WHOLE, Kind.TIME)
        and column.name not in _ITS_OWN
        and column.name.startswith(f"{group}.")
    )
    for group in ("summary.redemptions", "summary.orders", "loyalty", "referrals")
}

_ODD = 0x9E3779B97F4A7C15
_MIX = 0xBF58476D1CE4E5B9
_MISSING = 0x94D049BB133111EB


def digests(frame: pd.DataFrame) -> dict[str, Digests]:
    """Each group's digest, row by row; groups whose columns are not all there are left out."""
    told = {}
    for group, names in GROUPS.items():
        if all(name in frame.columns for name in names):
            found = _digest([frame[name] for name in names])
            if found is not None:
                told[group] = found
    return told


def _digest(columns: list[pd.Series[Any]]) -> Digests | None:
    """None where a column holds anything else than whole numbers and times."""
    total = np.zeros(len(columns[0]), dtype=np.uint64)
    for column in columns:
        values = _wholes(column)
        if values is None:
            return None
        # In place: of a million rows, each array is eight megabytes.
        total ^= values
        total *= np.uint64(_MIX)
        total ^= total >> np.uint64(32)
    return ((total * np.uint64(_ODD)) >> np.uint64(48)).astype(np.uint16)


def _wholes(column: pd.Series[Any]) -> np.ndarray[Any, np.dtype[np.uint64]] | None:
    if isinstance(column.dtype, pd.CategoricalDtype):
        column = column.astype(column.cat.categories.dtype)
    missing = column.isna().to_numpy()
    if isinstance(column.dtype, pd.DatetimeTZDtype) or column.dtype.kind == "M":
        values = pd.DatetimeIndex(column.dt.as_unit("us")).asi8  # whoever's array holds them
    elif isinstance(
        column.dtype, pd.Int64Dtype
    ):  # as fetched: the rest would take ten times as long
        values = column.to_numpy("int64", na_value=0)
    else:
        numbers = pd.to_numeric(column.where(~missing, 0), errors="coerce")
        if not pd.api.types.is_numeric_dtype(numbers.dtype) or numbers.isna().any():
            return None
        if pd.api.types.is_float_dtype(numbers.dtype) and (numbers % 1 != 0).any():
            return None
        with np.errstate(invalid="ignore"):  # numbers beyond 64 bits: any bits will do
            values = numbers.to_numpy().astype(np.int64)
    bits = values.view(np.uint64)
    return np.where(missing, np.uint64(_MISSING), bits) if missing.any() else bits
