"""Numbers of any dress, exact where they are whole."""

from __future__ import annotations

import math
from decimal import Decimal
from numbers import Real
from typing import Any

import numpy as np
import pandas as pd

from vfy_notebook.analysis.reading.columns import plain_values
from vfy_notebook.errors import ArgumentError

__all__ = ["exact_sums", "read_amounts"]

#: Up to here a float holds each whole number.
_WHOLE_IN_FLOATS = 2**53
_INT64 = 2**63
_FLAGS = (bool, np.bool_)


def read_amounts(series: pd.Series, *, frame_name: str, argument: str) -> pd.Series:
    """Read a column as numbers: `Int64` if all are whole, else `Float64`; NA where there is none.

    A whole column that a missing value has turned into floats is whole again. Infinities are NA.

    Raises:
        ArgumentError: The column holds text, flags or something else.
    """
    values = plain_values(series)
    if isinstance(values.dtype, pd.ArrowDtype):
        values = values.astype(object)
    dtype = values.dtype
    if pd.api.types.is_object_dtype(dtype):
        values = _from_objects(values)
    elif pd.isna(values).all():
        return pd.Series(pd.NA, index=series.index, name=series.name, dtype="Int64")
    if not _is_number(values.dtype):
        named = f"{frame_name}[{str(series.name)!r}]"
        raise ArgumentError(
            f"{argument}: {named} must hold numbers, not {dtype}; pandas.to_numeric({named}) "
            "makes numbers of text."
        )
    if pd.api.types.is_integer_dtype(values.dtype):
        fits = pd.api.types.is_signed_integer_dtype(values.dtype) or not (values >= _INT64).any()
        return values.astype("Int64" if fits else "Float64")
    numbers = values.to_numpy(dtype=np.float64, na_value=np.nan)
    numbers = np.where(np.isfinite(numbers), numbers, np.nan)
    floats = pd.Series(numbers, index=series.index, name=series.name)
    present = numbers[~np.isnan(numbers)]
    whole = bool((present == np.floor(present)).all() and (abs(present) < _WHOLE_IN_FLOATS).all())
    return floats.astype("Int64") if whole else floats.astype("Float64")


def exact_sums(amounts: pd.Series) -> pd.Series:
    """Amounts whose sums do not run over: those near the end of 64 bits as floats."""
    if amounts.dtype != "Int64":
        return amounts
    floats = amounts.to_numpy(dtype=np.float64, na_value=0.0)
    return amounts if np.abs(floats).sum() < _INT64 / 2 else amounts.astype("Float64")


def _is_number(dtype: Any) -> bool:
    return (
        pd.api.types.is_numeric_dtype(dtype)
        and not pd.api.types.is_bool_dtype(dtype)
        and dtype.kind != "c"
    )


def _from_objects(values: pd.Series) -> pd.Series:
    """Objects that are all numbers as integers or floats; as they are if some are not."""
    missing = values.isna().to_numpy()
    numbers: list[Any] = []
    for gone, value in zip(missing, values, strict=True):
        if gone:
            numbers.append(None)
        elif type(value) in _FLAGS or not isinstance(value, Real | Decimal):
            return values
        else:
            numbers.append(value)
    present = [value for value in numbers if value is not None]
    whole = all(math.isfinite(value) and value == int(value) for value in present)
    if whole and all(-_INT64 <= value < _INT64 for value in present):
        made = [None if value is None else int(value) for value in numbers]
        return pd.Series(made, index=values.index, name=values.name, dtype="Int64")
    floats = [np.nan if value is None else float(value) for value in numbers]
    return pd.Series(floats, index=values.index, name=values.name, dtype=np.float64)
