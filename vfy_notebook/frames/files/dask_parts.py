"""Parquet parts as a Dask DataFrame, in the types of the DataFrame that they were saved from."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pyarrow.parquet as pq

from vfy_notebook.errors import ArgumentError, FolderError
from vfy_notebook.missing_packages import install_command, missing_modules

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import dask.dataframe as dd

_NEEDED = ("dask", "distributed")


def dask_frame(
    folder: Path | str,
    parts: Sequence[str],
    *,
    columns: Sequence[str] | None,
    filters: Sequence[Any] | None,
) -> dd.DataFrame:
    """A lazy DataFrame with a partition for each part.

    Raises:
        ArgumentError: A column is none of theirs, or Dask is not installed; the message has the
            command.
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

    paths = [f"{folder}/{name}" for name in parts]
    names = _checked(paths)
    if unknown := [name for name in columns or () if name not in names]:
        message = f"columns: there is no {unknown[0]!r} in {folder}; there are {', '.join(names)}."
        raise ArgumentError(message)
    # Else every text, also that which is JSON or an id, would be one of Arrow's strings.
    with dask.config.set({"dataframe.convert-string": False}):
        frame: dd.DataFrame = dd.read_parquet(
            paths, columns=None if columns is None else list(columns), filters=filters
        )
    return frame


def _checked(paths: Sequence[str]) -> list[str]:
    """The names of the columns, if all parts have the same schema."""
    try:
        schemas = [_schema(path) for path in paths]
    except Exception as error:  # noqa: BLE001 - each store's library has errors of its own
        raise FolderError(f"A part cannot be read ({error}): save again.") from None
    for path, schema in zip(paths, schemas, strict=True):
        if not schema.equals(schemas[0], check_metadata=True):
            message = f"{path} has other columns or types than the first part: save again."
            raise FolderError(message)
    return list(schemas[0].names)


def _schema(path: str) -> Any:
    from fsspec.core import url_to_fs  # noqa: PLC0415 - Dask needs it

    store, bare = url_to_fs(path)
    return pq.read_schema(bare, filesystem=store)
