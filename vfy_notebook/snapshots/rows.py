"""Rows of one or several snapshots, one below the other: what edited rows are compared with."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from vfy_notebook.snapshots.columns import Column, Positions, is_all, joined

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from vfy_notebook.api.models import Customer
    from vfy_notebook.snapshots.snapshot import Milliseconds, Snapshot

Flags = np.ndarray[Any, np.dtype[np.bool_]]


@dataclass(frozen=True)
class SnapshotRows:
    """Chosen rows.

    Attributes:
        snapshots: Where they are from.
        source: For each row, which of the snapshots.
        position: For each row, where it stands in there.
    """

    snapshots: Sequence[Snapshot]
    source: Positions
    position: Positions

    def __len__(self) -> int:
        return len(self.source)

    def take(self, rows: Positions) -> SnapshotRows:
        """Some of the rows, in the order of `rows`."""
        return SnapshotRows(self.snapshots, self.source[rows], self.position[rows])

    def has(self, name: str) -> bool:
        """Whether one of the snapshots has this column."""
        return any(snapshot.has(name) for snapshot in self.snapshots)

    @property
    def names(self) -> list[str]:
        """All columns that a snapshot has, in a fixed order, but for those of `metadata_rest`."""
        return list(dict.fromkeys(name for each in self.snapshots for name in each.names))

    def column(self, name: str) -> Column | None:
        """A column's cells, row by row; None where no snapshot has it."""
        if len(self.snapshots) == 1:
            column = self.snapshots[0].column(name)
            if column is None or self._is_whole_snapshot:
                return column
            return column.take(self.position)
        parts = [np.flatnonzero(self.source == s) for s in range(len(self.snapshots))]
        columns: list[Column | None] = []
        for snapshot, part in zip(self.snapshots, parts, strict=True):
            column = snapshot.column(name)
            columns.append(None if column is None else column.take(self.position[part]))
        together = joined(columns, [len(part) for part in parts])
        return None if together is None else together.take(np.argsort(np.concatenate(parts)))

    @cached_property
    def _is_whole_snapshot(self) -> bool:
        return is_all(self.position, len(self.snapshots[0]))

    def rest_of_metadata(self) -> list[dict[str, Any]]:
        """The metadata of each row that has no column of its own."""
        out: list[dict[str, Any]] = [{} for _ in range(len(self))]
        for s, snapshot in enumerate(self.snapshots):
            rows = np.flatnonzero(self.source == s)
            for row, held in zip(
                rows.tolist(), snapshot.rest_of_metadata(self.position[rows]), strict=True
            ):
                out[row] = held
        return out

    def version_ms(self) -> Milliseconds:
        """What tells versions of a customer apart, row by row."""
        return self._times(lambda snapshot, at: snapshot.version_ms(at))

    def created_ms(self) -> Milliseconds:
        """When each was created; `NEVER_MS` where that is not known."""
        return self._times(lambda snapshot, at: snapshot.created_ms(at))

    def updated_ms(self) -> Milliseconds:
        """When each was last updated; `NEVER_MS` for never."""
        return self._times(lambda snapshot, at: snapshot.updated_ms(at))

    def _times(self, of: Callable[[Snapshot, Positions], Milliseconds]) -> Milliseconds:
        out: Milliseconds = np.zeros(len(self), dtype=np.int64)
        for s, snapshot in enumerate(self.snapshots):
            part = self.source == s
            out[part] = of(snapshot, self.position[part])
        return out

    def is_whole(self) -> Flags:
        """For each row, whether all its metadata are known."""
        whole = np.array([snapshot.is_whole for snapshot in self.snapshots], dtype=bool)
        return whole[self.source] if len(self) else np.zeros(0, dtype=bool)

    def is_verified(self) -> Flags:
        """For each row, whether the API itself has shown it in this process."""
        verified = np.array([snapshot.is_verified for snapshot in self.snapshots], dtype=bool)
        return verified[self.source] if len(self) else np.zeros(0, dtype=bool)

    def customers(self) -> list[Customer]:
        """All rows as the API would show them."""
        out: list[Any] = [None] * len(self)
        for s, snapshot in enumerate(self.snapshots):
            rows = np.flatnonzero(self.source == s)
            for row, shown in zip(
                rows.tolist(), snapshot.customers(self.position[rows]), strict=True
            ):
                out[row] = shown
        return out
