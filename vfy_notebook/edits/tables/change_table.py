"""Changes of customers who exist, column by column."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from vfy_notebook.edits.cells.base_cells import cells_of
from vfy_notebook.edits.changes import Change
from vfy_notebook.edits.fields import address_part, metadata_key
from vfy_notebook.frames.metadata.rest import rest_in
from vfy_notebook.frames.schema import METADATA_PREFIX, METADATA_REST
from vfy_notebook.snapshots.snapshot import NEVER_MS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pyarrow as pa

    from vfy_notebook.edits.cells.cells import Cells, Positions
    from vfy_notebook.edits.cells.json_cells import JsonCells
    from vfy_notebook.snapshots.rows import SnapshotRows
    from vfy_notebook.snapshots.snapshot import Milliseconds


@dataclass(frozen=True)
class EditedColumn:
    """The edits of one column, or of some of its rows.

    Attributes:
        name: The column.
        places: Their rows in the table, in order; None is all of them.
        before: The values before the edit.
        after: The values after it.
    """

    name: str
    places: Positions | None
    before: JsonCells
    after: JsonCells

    def among(self, rows: Positions) -> tuple[Positions, Positions]:
        """Which of some rows of the table are edited, and where their cells are."""
        if self.places is None:
            return np.arange(len(rows)), rows
        at = np.searchsorted(self.places, rows)
        at[at == len(self.places)] = 0
        edited = np.flatnonzero(self.places[at] == rows)
        return edited, at[edited]


@dataclass(frozen=True)
class ChangeTable:
    """What is to be changed, a row for each customer.

    Attributes:
        labels: The customers' ids, which are the frame's labels too.
        source_ids: Their `source_id`s; None if nobody's is known.
        versions_ms: The version that each change starts from; `NEVER_MS` if that is not known.
        created_ms: When each customer was created; `NEVER_MS` if that is not known.
        columns: The edits.
        unchanged: The columns of metadata and address that may have to be sent along.
        rest: The JSON of metadata that has no column; None where all has.
    """

    labels: Sequence[str]
    source_ids: pa.Array | None
    versions_ms: Milliseconds
    created_ms: Milliseconds
    columns: Sequence[EditedColumn]
    unchanged: Mapping[str, Cells]
    rest: pa.Array | None = None

    @classmethod
    def of(
        cls,
        labels: Sequence[str],
        base: SnapshotRows,
        columns: Sequence[EditedColumn],
        counts: Mapping[str, int],
    ) -> ChangeTable:
        """Edits of customers whose base is known.

        Args:
            labels: The customers' ids.
            base: The base of each.
            columns: Their edits.
            counts: Column → number of its edits.
        """
        source_ids, rest = base.column("source_id"), base.column(METADATA_REST)
        unchanged = {}
        for name in base.names if labels else ():
            is_sent_along = metadata_key(name) is not None or address_part(name) is not None
            if not is_sent_along or counts.get(name) == len(labels):
                continue  # nothing of it stays as it is
            column = base.column(name)
            if column is not None:
                unchanged[name] = cells_of(column)
        return cls(
            labels,
            None if source_ids is None else source_ids.values,
            base.version_ms(),
            base.created_ms(),
            columns,
            unchanged,
            None if rest is None else rest.values,
        )

    def __len__(self) -> int:
        return len(self.labels)

    def source_ids_at(self, rows: Positions) -> list[str | None]:
        """The `source_id`s of some rows."""
        if self.source_ids is None:
            return [None] * len(rows)
        return list(self.source_ids.take(rows).to_pylist())

    def changes(self, rows: Positions) -> list[Change]:
        """The changes in some rows, made anew each time."""
        changes = [
            Change(
                label,
                label,
                source_id,
                unchanged_since_ms=None if version_ms == NEVER_MS else version_ms,
                created_ms=None if created_ms == NEVER_MS else created_ms,
            )
            for label, source_id, version_ms, created_ms in zip(
                [self.labels[row] for row in rows.tolist()],
                self.source_ids_at(rows),
                self.versions_ms[rows].tolist(),
                self.created_ms[rows].tolist(),
                strict=True,
            )
        ]
        self._fill_in_edits(changes, rows)
        self._fill_in_unchanged(changes, rows)
        return changes

    def _fill_in_edits(self, changes: Sequence[Change], rows: Positions) -> None:
        found = []
        for column in self.columns:
            edited, at = column.among(rows)
            if len(edited):
                before, after = column.before.take(at).values, column.after.take(at).values
                found.append((column.name, edited, before, after))
        if all(len(edited) == len(rows) for _, edited, _, _ in found):
            # Whole dicts are made faster than filled.
            names = [name for name, _, _, _ in found]
            befores = zip(*(before for _, _, before, _ in found), strict=True)
            afters = zip(*(after for _, _, _, after in found), strict=True)
            for change, old, new in zip(changes, befores, afters, strict=True):
                change.before = dict(zip(names, old, strict=True))
                change.after = dict(zip(names, new, strict=True))
            return
        for name, edited, before, after in found:
            for place, old, new in zip(edited.tolist(), before, after, strict=True):
                change = changes[place]
                change.before[name] = old
                change.after[name] = new

    def _fill_in_unchanged(self, changes: Sequence[Change], rows: Positions) -> None:
        """The metadata and address that stay as they are."""
        for name, cells in self.unchanged.items():
            key, part = metadata_key(name), address_part(name)
            for change, value in zip(changes, cells.take(rows).objects(), strict=True):
                if value is None or name in change.after:
                    continue
                if key is not None:
                    change.rest_of_metadata[key] = value
                elif part is not None:
                    change.rest_of_address[part] = value
        if self.rest is None:
            return
        for change, held in zip(changes, rest_in(self.rest.take(rows)), strict=True):
            for key, value in held.items():
                if METADATA_PREFIX + key not in change.after:
                    change.rest_of_metadata[key] = value
