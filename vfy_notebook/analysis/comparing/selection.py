"""Which customers are meant: a mask, a column of flags, ids, or another frame."""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
import pandas as pd

from vfy_notebook.analysis.reading.columns import (
    CUSTOMER_ID,
    name_some,
    pick,
    plain_values,
)
from vfy_notebook.errors import ArgumentError

__all__ = ["Flags", "read_group"]

Flags: TypeAlias = np.ndarray[tuple[int, ...], np.dtype[np.bool_]]


def read_group(customers: pd.DataFrame, ids: pd.Index, group: Any) -> Flags:
    """Tell of each customer whether they are in the group.

    Args:
        customers: The frame.
        ids: Its customers' ids, in its order.
        group: Flags as a Series, an array or a list; the name of a column of flags; ids; or a
            frame of customers. A missing flag is no.

    Raises:
        ArgumentError: It is none of these, or of other customers.
    """
    if isinstance(group, str):
        return _flags_of_column(customers, group)
    if isinstance(group, pd.DataFrame):
        return _among(ids, _ids_of_frame(group))
    if isinstance(group, pd.Series) and _are_flags(group):
        return _aligned(customers, ids, group)
    values = _listed(group)
    if _are_flags(values) and len(values):
        if len(values) != len(customers):
            raise ArgumentError(
                f"group has {len(values):,} flags for {len(customers):,} customers; make them "
                "from the same frame."
            )
        return _truth(values)
    return _among(ids, values)


def _flags_of_column(customers: pd.DataFrame, name: str) -> Flags:
    column = pick(customers, name, frame_name="customers", argument="group")
    if not _are_flags(column) and not column.isna().all():
        raise ArgumentError(
            f"group: the column {name!r} holds no flags but {column.dtype}; say which value is "
            f"meant, for instance group=customers[{name!r}] == {column.dropna().iloc[0]!r}."
        )
    return _truth(column)


def _ids_of_frame(frame: pd.DataFrame) -> pd.Series:
    if CUSTOMER_ID in frame.columns:
        return pick(frame, CUSTOMER_ID, frame_name="group", argument="group")
    index = frame.index
    return pd.Series(
        index.get_level_values(CUSTOMER_ID) if CUSTOMER_ID in index.names else index, dtype=object
    )


def _listed(group: Any) -> pd.Series:
    if isinstance(group, pd.Series):
        return group
    if np.ndim(group) != 1 and not isinstance(group, set | frozenset | dict):
        raise ArgumentError(
            "group must be flags, the name of a column of flags, customers' ids or a frame of "
            f"customers, not {type(group).__name__}."
        )
    values = pd.array(list(group), dtype=None) if len(group) else np.array([], dtype=object)
    return pd.Series(values)


def _are_flags(values: pd.Series) -> bool:
    if pd.api.types.is_bool_dtype(plain_values(values).dtype):
        return True
    return values.dtype == object and pd.api.types.infer_dtype(values, skipna=True) == "boolean"


def _truth(values: pd.Series) -> Flags:
    known = plain_values(values).astype("boolean").fillna(value=False)
    return np.asarray(known, dtype=np.bool_)


def _aligned(customers: pd.DataFrame, ids: pd.Index, flags: pd.Series) -> Flags:
    """Flags in the order of the customers, wherever they were made."""
    if flags.index.equals(customers.index):
        return _truth(flags)
    places = flags.index.get_indexer(ids) if flags.index.is_unique else np.array([-1])
    if len(flags) != len(ids) or (places < 0).any():
        raise ArgumentError(
            f"group has {len(flags):,} flags with another index than the {len(ids):,} customers; "
            "make them from the same frame, or give the ids: group=flags.index[flags]."
        )
    aligned: Flags = _truth(flags)[np.asarray(places)]
    return aligned


def _among(ids: pd.Index, wanted: pd.Series) -> Flags:
    members = pd.Index(plain_values(wanted).dropna().unique())
    unknown = members[~members.isin(ids)]
    if len(unknown):
        raise ArgumentError(
            f"group names {len(unknown):,} who are not among the customers: {name_some(unknown)}. "
            "Ids that are there alone: ids[ids.isin(customers.index)]."
        )
    inside: Flags = np.asarray(ids.isin(members))
    return inside
