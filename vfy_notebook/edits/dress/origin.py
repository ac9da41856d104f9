"""Whether a frame may have been in a file, where types and digits get lost."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pandas.api.types import is_extension_array_dtype

from vfy_notebook.snapshots.store import MARK

if TYPE_CHECKING:
    import pandas as pd

#: The dtypes of `fetch_customers` that no file's reader gives by itself.
_OWN = frozenset({"Int64", "Float64", "boolean"})


def may_be_from_a_file(frame: pd.DataFrame) -> bool:
    """Whether a frame is neither marked by a fetch nor in the types that one gives."""
    if MARK in frame.attrs:
        return False
    return not any(is_extension_array_dtype(d) and str(d) in _OWN for d in frame.dtypes)
