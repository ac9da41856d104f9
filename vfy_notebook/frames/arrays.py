"""Lists of JSON values as Arrow arrays, exact, and Arrow arrays as pandas ones."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any, cast

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from vfy_notebook.errors import VfyNotebookWarning
from vfy_notebook.frames.schema import Kind

if TYPE_CHECKING:
    from collections.abc import Sequence

#: What a column of a DataFrame is made of.
PandasArray = pd.api.extensions.ExtensionArray | np.ndarray[Any, Any]

#: Integers beyond it are not all floats: they stay integers.
MAX_EXACT_FLOAT = 2**53

ARROW_TYPES: dict[Kind, pa.DataType] = {
    Kind.TEXT: pa.large_string(),
    Kind.WHOLE: pa.int64(),
    Kind.NUMBER: pa.float64(),
    Kind.FLAG: pa.bool_(),
    Kind.TIME: pa.timestamp("us", tz="UTC"),
    Kind.DATE: pa.timestamp("us"),
}

_PANDAS_TYPES: dict[Kind, Any] = {
    Kind.TEXT: pd.StringDtype("pyarrow", na_value=np.nan),
    Kind.WHOLE: pd.Int64Dtype(),
    Kind.NUMBER: pd.Float64Dtype(),
    Kind.FLAG: pd.BooleanDtype(),
}


def to_arrow(name: str, kind: Kind, values: Sequence[Any]) -> pa.Array | list[Any]:
    """Values of one column as an Arrow array; the values themselves where none would be exact."""
    if kind is Kind.OBJECT:
        return list(values)
    if kind is Kind.TIME:
        return _times(name, values)
    if kind is Kind.DATE:
        return _times(name, [None if v is None else v[:10] for v in values]).cast(
            ARROW_TYPES[Kind.DATE]
        )
    if kind is Kind.WHOLE:
        return _wholes(name, values)
    return pa.array(values, ARROW_TYPES[kind])


def _times(name: str, values: Sequence[str | None]) -> pa.Array:
    try:
        texts = pa.array(values, pa.string())
        return pc.cast(texts, ARROW_TYPES[Kind.TIME])
    except pa.ArrowInvalid:
        times = pd.to_datetime(
            pd.Series(list(values), dtype="str"), format="ISO8601", utc=True, errors="coerce"
        ).dt.as_unit("us")
        lost = [v for v, t in zip(values, times, strict=True) if v is not None and pd.isna(t)]
        if lost:
            warnings.warn(
                f"{len(lost)} values of {name} are no times and show as NA, such as {lost[0]!r}.",
                VfyNotebookWarning,
                stacklevel=2,
            )
        return pa.array(times, ARROW_TYPES[Kind.TIME], from_pandas=True)


def _wholes(name: str, values: Sequence[Any]) -> pa.Array | list[Any]:
    try:
        if not any(isinstance(v, float) for v in values):
            return pa.array(values, pa.int64())
        if all(v is None or v == int(v) for v in values):
            return pa.array([None if v is None else int(v) for v in values], pa.int64())
    except (pa.ArrowInvalid, OverflowError):
        pass
    warnings.warn(
        f"{name} holds numbers that are no 64-bit integers: the column stays dtype object.",
        VfyNotebookWarning,
        stacklevel=2,
    )
    return list(values)


def to_pandas(kind: Kind, chunks: Sequence[pa.Array | list[Any]]) -> PandasArray:
    """The pieces of one column as one pandas array of the column's dtype."""
    if kind is Kind.OBJECT or any(isinstance(chunk, list) for chunk in chunks):
        return objects([v for chunk in chunks for v in as_list(chunk)])
    whole = pa.chunked_array(chunks, ARROW_TYPES[kind])
    if kind in _PANDAS_TYPES:
        return cast(PandasArray, _PANDAS_TYPES[kind].__from_arrow__(whole))
    moments: np.ndarray[Any, Any] = whole.cast(pa.int64()).fill_null(np.iinfo(np.int64).min).to_numpy()
    naive = moments.view("datetime64[us]")
    if kind is Kind.DATE:
        return naive
    return cast(PandasArray, pd.DatetimeIndex(naive).tz_localize("UTC").array)


def as_list(chunk: pa.Array | list[Any]) -> list[Any]:
    """A piece's values as Python objects."""
    return chunk if isinstance(chunk, list) else chunk.to_pylist()


def objects(values: Sequence[Any]) -> np.ndarray[Any, Any]:
    """Python objects as they are, lists and dicts too, which numpy would unpack."""
    array = np.empty(len(values), dtype=object)
    for i, value in enumerate(values):
        array[i] = value
    return array
