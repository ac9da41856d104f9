"""Copies of customers that a permanent deletion does not reach: files that were written earlier."""

from __future__ import annotations

import html
import re
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

from vfy_notebook.copies import PARTS, STORED_PARTS, WORKBOOK, register_path, written_copies
from vfy_notebook.frames.identities.id_places import SOURCE_ID
from vfy_notebook.frames.schema import INDEX
from vfy_notebook.shown_text import shown_text

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

#: Bytes of a workbook's sheet that are looked at together, and the longest id that is looked for.
_PIECE_BYTES, _LONGEST_BYTES = 1 << 20, 1 << 12

#: What stands between the texts of a sheet, and those of the JSON in them.
_BETWEEN = re.compile(rb'[<>"]|&quot;')

#: Copies that are named.
_SHOWN = 10

_WAYS_OUT = {
    PARTS: "write it anew, with replace_existing=True, by the save_…() that wrote it "
    "(save_customers()), or delete the folder",
    STORED_PARTS: "write it anew there, with replace_existing=True, or delete its objects",
    WORKBOOK: "delete the workbook, or write it anew with to_excel(…, overwrite=True)",
}


def copies_with(names: Iterable[str | None]) -> list[str]:
    """What to do about each copy that holds one of some customers, a sentence each.

    What was written by this toolkit from this machine is looked into, in object stores too, and
    what cannot be read is named as well. Costs no call.

    Args:
        names: The customers' ids and source_ids.
    """
    wanted = {name for name in names if name}
    if not wanted:
        return []
    try:
        copies = written_copies()
    except OSError as error:
        return [f"The register of copies at {register_path()} cannot be read ({error.strerror})."]
    told = []
    for copy in copies:
        holds = _LOOKS.get(copy.kind, _cannot_tell)
        try:
            found = holds(copy.path, wanted)
        except Exception as error:  # noqa: BLE001 - whatever a damaged file makes of a reader
            found, why = True, f" (it cannot be read: {type(error).__name__})"
        else:
            why = ""
        if found:
            way_out = _WAYS_OUT.get(copy.kind, "delete it")
            told.append(f"{shown_text(copy.path)} still holds them{why}: {way_out}.")
    return told


def in_words(copies: list[str]) -> str:
    """The copies as one sentence to stand behind others; empty where there are none."""
    if not copies:
        return ""
    more = f" And {len(copies) - _SHOWN:,} more." if len(copies) > _SHOWN else ""
    return f" Copies were written that this does not reach. {' '.join(copies[:_SHOWN])}{more}"


def _in_parts(folder: Path | str, names: Collection[str]) -> bool:
    import pyarrow as pa  # noqa: PLC0415 - only who has written parts
    import pyarrow.dataset as ds  # noqa: PLC0415

    if isinstance(folder, Path):
        store, parts = None, sorted(map(str, folder.glob("*.parquet")))
    else:
        from fsspec.core import url_to_fs  # noqa: PLC0415 - it was there when they were written

        store, bare = url_to_fs(folder)
        store.invalidate_cache()
        parts = sorted(map(str, store.glob(f"{bare}/*.parquet")))
    if not parts:
        return False
    dataset = ds.dataset(parts, format="parquet", filesystem=store)
    value_set = pa.array(sorted(names), pa.string())
    conditions = [
        ds.field(name).cast(pa.string()).isin(value_set)
        for name in (INDEX, SOURCE_ID)
        if name in dataset.schema.names
    ]
    return any(dataset.count_rows(filter=condition) for condition in conditions)


def _in_workbook(path: Path | str, names: Collection[str]) -> bool:
    wanted = {html.escape(name, quote=False).encode() for name in names}
    with zipfile.ZipFile(path) as book:
        for name in book.namelist():
            with book.open(name) as sheet:
                last = b""
                while piece := sheet.read(_PIECE_BYTES):
                    *texts, last = _BETWEEN.split(last[-_LONGEST_BYTES:] + piece)
                    if not wanted.isdisjoint(texts):
                        return True
    return False


def _cannot_tell(_path: Path | str, _names: Collection[str]) -> bool:
    return True


_LOOKS = {PARTS: _in_parts, STORED_PARTS: _in_parts, WORKBOOK: _in_workbook}
