"""JSON values as a column of a frame, in the dtype that a fetch would give it."""

from __future__ import annotations

from typing import Any

import pandas as pd

from vfy_notebook.frames.arrays import objects, to_arrow, to_pandas
from vfy_notebook.frames.metadata.pieces import metadata_arrays, piece_of
from vfy_notebook.frames.schema import FIXED

_FIXED_KINDS = {column.name: column.kind for column in FIXED}


def typed_array(name: str, values: list[Any], dtype: str) -> Any:
    """A column's values in its own dtype, or in the one that they need now.

    Args:
        name: The column.
        values: Its values as JSON, None where missing.
        dtype: The dtype that it had; `object` if it had none.
    """
    kind = _FIXED_KINDS.get(name)
    if kind is not None:
        return to_pandas(kind, [to_arrow(name, kind, values)])
    if all(value is None for value in values):
        return _empty(dtype, len(values))
    made = inferred_array(values)
    if dtype == "Float64" and str(getattr(made, "dtype", "")) == "Int64":
        return made.astype("Float64")
    return made


def inferred_array(values: list[Any]) -> Any:
    """Values in the dtype that a fetch would give a metadata key that has them."""
    (made,) = metadata_arrays([{"": piece_of(values)}], [len(values)]).values()
    return made


def _empty(dtype: str, count: int) -> Any:
    try:
        return pd.Series([None] * count, dtype=dtype).array
    except (TypeError, ValueError):
        return objects([None] * count)
