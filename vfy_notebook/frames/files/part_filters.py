"""Filters of Parquet parts, checked before anything is read.

Statistics of times are compared with times only: a text such as `"2025-01-01"` would fail deep in
Arrow, long after it was written. So filters take what the filters of `fetch_customers` take.
"""

from __future__ import annotations

import numbers
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pyarrow as pa

from vfy_notebook.errors import ArgumentError
from vfy_notebook.frames.times import to_timestamp

if TYPE_CHECKING:
    from collections.abc import Sequence

_COMPARISONS = ("==", "=", "!=", "<", "<=", ">", ">=")
_LISTS = ("in", "not in")
_MISSING = ("is", "is not")

_FORM = (
    "filters: give a list of (column, comparison, value) that must all hold, such as "
    "[('created_at', '>=', '2025-01-01')], or a list of such lists, one of which must."
)


def checked_filters(filters: Sequence[Any] | None, schema: pa.Schema) -> list[Any] | None:
    """Filters as `dask.dataframe.read_parquet` takes them, with times in the type of their column.

    Raises:
        ArgumentError: A filter has another form, there is no such column or comparison, or the
            value is of another kind than the column.
    """
    if filters is None:
        return None
    if isinstance(filters, str) or not isinstance(filters, list | tuple):
        raise ArgumentError(_FORM)
    if any(isinstance(each, list) for each in filters):
        groups = [list(each) if isinstance(each, list | tuple) else [] for each in filters]
        if not all(groups):
            raise ArgumentError(_FORM)
        return [[_checked(each, schema) for each in group] for group in groups]
    return [_checked(each, schema) for each in filters] or None


def _checked(condition: Any, schema: pa.Schema) -> tuple[str, str, Any]:
    match condition:
        case (str() as column, str() as comparison, value):
            pass
        case _:
            raise ArgumentError(_FORM)
    if column not in schema.names:
        message = f"filters: there is no column {column!r}; there are {', '.join(schema.names)}."
        raise ArgumentError(message)
    kind = schema.field(column).type
    if comparison in _COMPARISONS:
        return column, comparison, _value(value, kind, column)
    if comparison in _LISTS and isinstance(value, list | tuple | set | frozenset):
        return column, comparison, [_value(each, kind, column) for each in value]
    if comparison in _MISSING and value is None:
        return column, comparison, None
    message = (
        f"filters: ({column!r}, {comparison!r}, {value!r}) is none; comparisons are "
        f"{' '.join(_COMPARISONS)} with a value, {' and '.join(map(repr, _LISTS))} with a list, "
        f"{' and '.join(map(repr, _MISSING))} with None."
    )
    raise ArgumentError(message)


def _value(value: Any, kind: pa.DataType, column: str) -> Any:
    """A value that can be compared with a column."""
    if pa.types.is_timestamp(kind):
        moment = pd.Timestamp(value) if isinstance(value, np.datetime64) else value
        stamp = to_timestamp(moment, argument=f"filters: {column}")
        return stamp if kind.tz else stamp.tz_localize(None)
    if pa.types.is_boolean(kind):
        if isinstance(value, bool | np.bool_):
            return bool(value)
    elif pa.types.is_integer(kind) or pa.types.is_floating(kind):
        is_flag = isinstance(value, bool | np.bool_)
        if isinstance(value, numbers.Real) and not is_flag:
            return value
    elif isinstance(value, str):
        return value
    message = f"filters: {column!r} is compared with {value!r}; its values are of the type {kind}."
    raise ArgumentError(message)
