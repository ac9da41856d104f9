"""Orders and redemptions as Parquet parts, by export."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from vfy_notebook.fetch.history.exports import (
    ORDER_HISTORY,
    REDEMPTION_HISTORY,
    exported_history,
    history_properties,
)
from vfy_notebook.fetch.history.imports import warn_of_imports
from vfy_notebook.fetch.saving.copying import Copy, SavedParts, save
from vfy_notebook.fetch.saving.folder import Note
from vfy_notebook.fetch.saving.twins import Twins
from vfy_notebook.frames.building import FrameBuilder
from vfy_notebook.frames.files.parquet import TableParts
from vfy_notebook.frames.history.shared_moments import date_columns

if TYPE_CHECKING:
    import os
    from collections.abc import Mapping

    from vfy_notebook.api.operations import Api
    from vfy_notebook.fetch.history.exports import HistoryKind
    from vfy_notebook.fetch.history.query import HistoryQuery
    from vfy_notebook.fetch.saving.parts import Parts
    from vfy_notebook.frames.batches import Batch
    from vfy_notebook.progress import Progress, Shown


def save_orders(
    api: Api,
    query: HistoryQuery,
    path: str | os.PathLike[str],
    *,
    replace: bool,
    progress: Shown,
) -> SavedParts:
    """Save all orders that match as Parquet parts."""
    return save(_OrderCopy(api, query), path, replace=replace, progress=progress)


def save_redemptions(
    api: Api,
    query: HistoryQuery,
    path: str | os.PathLike[str],
    *,
    replace: bool,
    progress: Shown,
) -> SavedParts:
    """Save all redemptions that match as Parquet parts."""
    return save(_RedemptionCopy(api, query), path, replace=replace, progress=progress)


class _HistoryCopy(Copy):
    kind: HistoryKind
    can_go_on = False

    def __init__(self, api: Api, query: HistoryQuery) -> None:
        super().__init__(api)
        self.query = query
        self._properties: Mapping[str, Any] = {}

    def identity(self) -> Any:
        return dataclasses.asdict(self.query)

    def begin(self, of: str) -> Note:
        self._properties = history_properties(self.api, self.kind)
        keys = dict(TableParts.of(self._properties, self.kind.table).keys)
        return Note(of, self.noun, keys)

    def schema(self, note: Note) -> TableParts:
        return TableParts(note.keys, self.kind.table)

    def run(self, parts: Parts, bar: Progress) -> None:
        twins = Twins()
        with (
            self.api.transport.governor.told_of_waits(bar.waits),
            exported_history(
                self.api, self.kind, self.query, bar, properties=self._properties
            ) as export,
        ):
            parts.flush()  # all calls have been made: noted in case we are killed from here on
            for batch in export.batches():
                parts.add_batch(batch)
                twins.add(batch)
                self.see(batch)
                bar.update(parts.rows)
            parts.finish()
        twins.warn(self.noun, self.kind.table.index, stacklevel=5)
        export.warn(twins.distinct, stacklevel=5)
        self.warn(stacklevel=5)

    def see(self, batch: Batch) -> None:
        """Take notice of rows that go into the parts."""

    def warn(self, *, stacklevel: int) -> None:
        """Say what is to be known of them."""


class _OrderCopy(_HistoryCopy):
    noun, verb, kind = "orders", "save_orders", ORDER_HISTORY

    def __init__(self, api: Api, query: HistoryQuery) -> None:
        super().__init__(api, query)
        self._created: list[np.ndarray[Any, Any]] = []
        self._dates: list[str] = []

    def see(self, batch: Batch) -> None:
        frame = FrameBuilder([batch], self.kind.table).build()
        self._created.append(frame["created_at"].to_numpy("datetime64[us]"))
        self._dates += [name for name in date_columns(frame) if name not in self._dates]

    def warn(self, *, stacklevel: int) -> None:
        created = np.concatenate([np.array([], "datetime64[us]"), *self._created])
        warn_of_imports(pd.Series(created), self._dates, self.query, stacklevel=stacklevel + 1)


class _RedemptionCopy(_HistoryCopy):
    noun, verb, kind = "redemptions", "save_redemptions", REDEMPTION_HISTORY
