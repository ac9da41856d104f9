"""Parquet parts as a Dask DataFrame, in the types of the DataFrame that they were saved from."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, NamedTuple

import pyarrow.parquet as pq

from vfy_notebook.errors import ArgumentError, FolderError
from vfy_notebook.frames.files.part_filters import checked_filters
from vfy_notebook.missing_packages import install_command, missing_modules

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import dask.dataframe as dd
    import pyarrow as pa

_NEEDED = ("dask", "distributed")

#: The column by which the rows of a part are in order, and parts are if they do not overlap.
_TIME = "created_at"

#: So many parts are looked at at once: in an object store, each look waits for several answers.
_LOOKS_AT_ONCE = 8


class _Footer(NamedTuple):
    """What a part says of itself."""

    schema: pa.Schema
    metadata: pq.FileMetaData


def dask_frame(
    folder: Path | str,
    parts: Sequence[str],
    *,
    columns: Sequence[str] | None,
    filters: Sequence[Any] | None,
    index: str | None = None,
) -> dd.DataFrame:
    """A lazy DataFrame with a partition for each part.

    Raises:
        ArgumentError: A column or a filter is none of theirs, the parts are not in order of the
            index, or Dask is not installed; the message has the command.
        FolderError: A part is gone, or has another schema than the first.
    """
    if missing := missing_modules(_NEEDED):
        message = (
            f"A Dask DataFrame needs {', '.join(missing)}, which this Python does not have. "
            f"Install with: {install_command(missing)}"
        )
        raise ArgumentError(message)
    import dask.config  # noqa: PLC0415 - an extra
    import dask.dataframe as dd  # noqa: PLC0415

    paths = [f"{folder}/{name}" for name in sorted(parts)]  # in order of time, if named by it
    footers = _footers(paths)
    schema = footers[0].schema
    if unknown := [name for name in columns or () if name not in schema.names]:
        there = ", ".join(schema.names)
        message = f"columns: there is no {unknown[0]!r} in {folder}; there are {there}."
        raise ArgumentError(message)
    conditions = checked_filters(filters, schema)
    how: dict[str, Any] = {}
    if index is not None:
        _check_in_order(index, footers)
        how = {"index": index, "calculate_divisions": True}
    # Else every text, also that which is JSON or an id, would be one of Arrow's strings.
    with dask.config.set({"dataframe.convert-string": False}):
        frame: dd.DataFrame = dd.read_parquet(
            paths,
            columns=None if columns is None else [name for name in columns if name != index],
            filters=conditions,
            **how,
        )
    return frame


def _footers(paths: Sequence[str]) -> list[_Footer]:
    """What the parts say of themselves, if all have the same schema."""
    try:
        with ThreadPoolExecutor(_LOOKS_AT_ONCE) as pool:
            footers = list(pool.map(_footer, paths))
    except Exception as error:  # noqa: BLE001 - each store's library has errors of its own
        raise FolderError(f"A part cannot be read ({error}): put it back, or save again.") from None
    first = footers[0].schema
    for path, footer in zip(paths, footers, strict=True):
        if not footer.schema.equals(first, check_metadata=True):
            message = f"{path} has other columns or types than the first part: save again."
            raise FolderError(message)
    return footers


def _footer(path: str) -> _Footer:
    from fsspec.core import url_to_fs  # noqa: PLC0415 - Dask needs it

    store, bare = url_to_fs(path)
    with pq.ParquetFile(bare, filesystem=store) as part:
        return _Footer(part.schema_arrow, part.metadata)


def _check_in_order(index: str, footers: Sequence[_Footer]) -> None:
    """Refuse an index by which the parts are in no order: Dask would give no divisions.

    Raises:
        ArgumentError: It says what to do instead.
    """
    names = footers[0].schema.names
    if index != _TIME or _TIME not in names:
        message = (
            f"index={index!r}: parts are in order of {_TIME} only"
            + (" and these have none" if _TIME not in names else "")
            + "; without index= the rows have their own."
        )
        raise ArgumentError(message)
    ends = None
    for footer in footers:
        first, last, missing = _times(footer.metadata, names.index(_TIME))
        if missing:
            why = f"{missing:,} rows of a part have no {_TIME}"
        elif ends is not None and first is not None and first <= ends:
            why = "the parts overlap in time, as those of an export do"
        else:
            ends = last if last is not None else ends
            continue
        message = (
            f"index={index!r}: {why}, so there are no divisions. Give "
            f"filters=[({_TIME!r}, '>=', '2025-01-01')] instead, or save by listing."
        )
        raise ArgumentError(message)


def _times(metadata: pq.FileMetaData, column: int) -> tuple[Any, Any, int]:
    """The first and the last time of a part, and how many rows have none."""
    groups = [metadata.row_group(number) for number in range(metadata.num_row_groups)]
    found = [group.column(column).statistics for group in groups if group.num_rows]
    known = [each for each in found if each is not None and each.has_min_max]
    missing = sum(each.null_count for each in known) + len(found) - len(known)
    if not known:
        return None, None, missing
    return min(each.min for each in known), max(each.max for each in known), missing
