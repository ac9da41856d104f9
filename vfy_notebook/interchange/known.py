"""What the project knew of a workbook's customers: from its memory into the file, and back."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
import pandas as pd
import pyarrow as pa

from vfy_notebook.api.pages import iso_from_ms
from vfy_notebook.edits.cells.values import as_json
from vfy_notebook.frames.schema import INDEX
from vfy_notebook.interchange.arrays import typed_array
from vfy_notebook.snapshots.snapshot import NEVER_MS, Snapshot
from vfy_notebook.snapshots.store import MARK, PROCESS_STORE

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from vfy_notebook.interchange.workbook.base import Base

_CREATED, _UPDATED = "created_at", "updated_at"


@dataclass(frozen=True)
class Known:
    """What is remembered of a frame's rows.

    Attributes:
        site: The project, hashed; None if nothing is remembered.
        mark: The mark of what is remembered.
        is_whole: Whether all metadata are known.
        rows: For each row, whether it is remembered.
        values: Column by column, the values that the API has shown, as JSON.
        dtypes: The columns' dtypes.
    """

    site: str | None = None
    mark: str | None = None
    is_whole: bool = False
    rows: Sequence[bool] = ()
    values: Mapping[str, Sequence[Any]] = field(default_factory=dict)
    dtypes: Mapping[str, str] = field(default_factory=dict)


def known_of(customers: pd.DataFrame) -> Known:
    """What this process remembers of what a frame was fetched with."""
    mark = customers.attrs.get(MARK)
    if not isinstance(mark, str):
        return Known()
    snapshot, site = PROCESS_STORE.marked(mark), PROCESS_STORE.site_of(mark)
    if snapshot is None or site is None:
        return Known()
    labels = [label if isinstance(label, str) else None for label in customers.index]
    positions = snapshot.positions(pa.array(labels, pa.large_string()))
    at = positions.tolist()
    values: dict[str, Sequence[Any]] = {}
    dtypes: dict[str, str] = {}
    for name, kept in snapshot.kept.items():
        column = kept.column()
        values[name] = [None if i < 0 else _json(column.value(i)) for i in at]
        dtypes[name] = column.kind.value
    values[_CREATED] = _times(snapshot.created_ms(positions))
    values[_UPDATED] = _times(snapshot.updated_ms(positions))
    return Known(site, mark, snapshot.is_whole, (positions >= 0).tolist(), values, dtypes)


class HasSchema(Protocol):
    """A project, as far as it is needed here."""

    def fetch_metadata_schema(self) -> pd.DataFrame:
        """What the project demands of metadata."""


def projects_of(customers: pd.DataFrame) -> list[HasSchema]:
    """The open projects that a frame was fetched from: one, but for second connections."""
    mark = customers.attrs.get(MARK)
    site = PROCESS_STORE.site_of(mark) if isinstance(mark, str) else None
    return [] if site is None else PROCESS_STORE.holders(site)


def _json(value: Any) -> Any:
    return None if value is None else as_json(value)


def _times(moments: np.ndarray[Any, Any]) -> list[str | None]:
    return [None if ms == NEVER_MS else iso_from_ms(ms) for ms in moments.tolist()]


def remember(base: Base) -> str | None:
    """Remember a workbook's base as a version of its customers; the mark for their frame.

    What the API itself has shown is taken where it is still remembered. Else the file's word
    stands, which tells edits; what is sent is read from the server before.
    """
    if base.site is None or base.mark is None:
        return None
    if PROCESS_STORE.site_of(base.mark) == base.site and PROCESS_STORE.marked(base.mark):
        return base.mark
    rows = [i for i, is_known in enumerate(base.is_known) if is_known]
    columns = {
        name: typed_array(name, [base.values[name][i] for i in rows], column.dtype)
        for name, column in base.columns.items()
        if column.is_known
    }
    ids = pd.Index([base.ids[i] for i in rows], dtype="str", name=INDEX)
    frame = pd.DataFrame(columns, index=ids, copy=False)
    snapshot = Snapshot.of(frame, secrets.token_hex(16), is_whole=base.is_whole, read_from_ms=None)
    PROCESS_STORE.add(base.site, replace(snapshot, is_verified=False))
    return snapshot.mark
