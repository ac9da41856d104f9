"""Columns of a Dask DataFrame, brought to this process."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, overload

import pandas as pd

from vfy_notebook.reductions.kinds import is_dask

if TYPE_CHECKING:
    from collections.abc import Iterable

    from vfy_notebook.reductions.kinds import AnyFrame

__all__ = ["bring", "bring_columns"]


@overload
def bring(values: AnyFrame) -> pd.DataFrame: ...
@overload
def bring(values: object) -> Any: ...
def bring(values: Any) -> Any:
    """Compute a DataFrame, a Series or an Index of Dask; anything else stays as it is."""
    return values.compute() if _is_lazy(values) else values


@overload
def bring_columns(
    frame: AnyFrame, needed: Iterable[Any], optional: Iterable[Any] = ()
) -> pd.DataFrame: ...
@overload
def bring_columns(frame: object, needed: Iterable[Any], optional: Iterable[Any] = ()) -> Any: ...
def bring_columns(frame: Any, needed: Iterable[Any], optional: Iterable[Any] = ()) -> Any:
    """Compute the columns of a Dask DataFrame that are looked at, and none of the others.

    Args:
        frame: Anything but a Dask DataFrame stays as it is.
        needed: What the reader of the result cannot do without.
        optional: What it looks at too, where it is there.

    Returns:
        The columns and the index in pandas, with the rows in the order of the partitions. A frame
        that lacks a needed one comes with all its columns and no row: its reader refuses it as
        it would in pandas, with the names that are there.
    """
    if not is_dask(frame):
        return frame
    names = list(frame.columns)
    known = {*names, frame.index.name}
    if not all(isinstance(name, str) and name in known for name in needed):
        index = pd.Index([], dtype=frame.index.dtype, name=frame.index.name)
        return pd.DataFrame(columns=names, index=index).astype(dict(frame.dtypes))
    wanted = {*needed, *optional}
    return frame[[name for name in names if name in wanted]].compute()


def _is_lazy(values: Any) -> bool:
    """Whether it is of Dask; Dask is not imported for the question."""
    return type(values).__module__.startswith("dask.") and hasattr(values, "compute")
