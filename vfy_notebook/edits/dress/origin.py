"""Whether a frame may have been in a file, where types and digits get lost."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd
from pandas.api.types import is_extension_array_dtype

from vfy_notebook.edits.fields import Access, access_of
from vfy_notebook.frames.attrs import FROM_A_FILE
from vfy_notebook.frames.schema import FIXED, Kind
from vfy_notebook.snapshots.store import MARK

if TYPE_CHECKING:
    from collections.abc import Sequence

#: The columns that nobody edits, with the dtypes of `fetch_customers`: whole numbers, and times.
_READ_ONLY = {
    column.name: column.kind.value
    for column in FIXED
    if column.kind in (Kind.WHOLE, Kind.TIME) and access_of(column.name) is Access.READ_ONLY
}
#: The dtypes of `fetch_customers` that no file's reader gives by itself.
_OWN = frozenset({"Int64", "Float64", "boolean"})


def may_be_from_a_file(frame: pd.DataFrame) -> bool:
    """Whether a frame is neither marked by a fetch nor in the types that one gives."""
    if MARK in frame.attrs:
        return False
    if frame.attrs.get(FROM_A_FILE):
        return True
    dtypes = list(frame.dtypes)
    if any(str(d) != _READ_ONLY.get(n, str(d)) for n, d in zip(frame.columns, dtypes, strict=True)):
        return True
    return _are_all_nullable(dtypes) or not any(
        is_extension_array_dtype(d) and str(d) in _OWN for d in dtypes
    )


def _are_all_nullable(dtypes: Sequence[object]) -> bool:
    """Whether they are those of `dtype_backend="numpy_nullable"`, whose texts are no `str`."""
    texts = [d for d in dtypes if isinstance(d, pd.StringDtype)]
    return bool(texts) and all(d.na_value is pd.NA for d in texts)
