"""From differences column by column to changes customer by customer."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from vfy_notebook.edits.changes import Change

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence

    from vfy_notebook.edits.cells.cells import Positions
    from vfy_notebook.edits.columns import ColumnDifference


@dataclass(frozen=True)
class _Cells:
    name: str
    before: Sequence[Any]
    after: Sequence[Any]


class Assembly:
    """Collects changed cells.

    Columns are mostly edited in the same rows, so that these are put together for all of them at
    once: cell by cell it would take thrice as long.
    """

    def __init__(self) -> None:
        #: The rows, as bytes → them, and the columns that differ there.
        self._groups: dict[bytes, tuple[Positions, list[_Cells]]] = {}
        #: Column → number of its edits.
        self.counts: Counter[str] = Counter()

    def add(self, name: str, found: ColumnDifference, out: Collection[int]) -> None:
        """Add a column's cells, but for those at the places `out`."""
        rows, before, after = found.rows, found.before.values, found.after.values
        if out:
            kept = [i for i in range(len(rows)) if i not in out]
            rows = rows[np.array(kept, dtype=np.intp)]
            before, after = [before[i] for i in kept], [after[i] for i in kept]
        self.counts[name] += len(rows)
        if len(rows):
            group = self._groups.setdefault(rows.tobytes(), (rows, []))
            group[1].append(_Cells(name, before, after))

    def changes(
        self, labels_at: Callable[[Positions], list[str]]
    ) -> tuple[Positions, list[Change]]:
        """The changed rows in order, and the change of each."""
        if not self._groups:
            return np.zeros(0, dtype=np.intp), []
        rows = np.unique(np.concatenate([rows for rows, _ in self._groups.values()]))
        changes = [Change(label, label, None) for label in labels_at(rows)]
        if len(self._groups) == 1:
            ((_, columns),) = self._groups.values()
            _fill_all(changes, columns)
            return rows, changes
        for at, columns in self._groups.values():
            places = np.searchsorted(rows, at).tolist()
            names = [cells.name for cells in columns]
            before = zip(*(cells.before for cells in columns), strict=True)
            after = zip(*(cells.after for cells in columns), strict=True)
            for place, old, new in zip(places, before, after, strict=True):
                change = changes[place]
                change.before.update(zip(names, old, strict=True))
                change.after.update(zip(names, new, strict=True))
        return rows, changes


def _fill_all(changes: Sequence[Change], columns: Sequence[_Cells]) -> None:
    """All columns are edited in the same rows: whole dicts are made faster than filled."""
    names = [cells.name for cells in columns]
    before = zip(*(cells.before for cells in columns), strict=True)
    after = zip(*(cells.after for cells in columns), strict=True)
    for change, old, new in zip(changes, before, after, strict=True):
        change.before = dict(zip(names, old, strict=True))
        change.after = dict(zip(names, new, strict=True))
