"""From differences column by column to a table of changes."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import numpy as np

from vfy_notebook.edits.tables.change_table import EditedColumn

if TYPE_CHECKING:
    from collections.abc import Collection

    from vfy_notebook.edits.cells.cells import Positions
    from vfy_notebook.edits.cells.json_cells import JsonCells
    from vfy_notebook.edits.columns import ColumnDifference


class Assembly:
    """Collects changed cells.

    Args:
        length: How many rows are compared.
    """

    def __init__(self, length: int) -> None:
        self._is_changed = np.zeros(length, dtype=bool)
        #: Column, the rows that differ, and their cells before and after.
        self._found: list[tuple[str, Positions, JsonCells, JsonCells]] = []
        #: Column → number of its edits.
        self.counts: Counter[str] = Counter()

    def add(self, name: str, found: ColumnDifference, out: Collection[int]) -> None:
        """Add a column's cells, but for those at the places `out`."""
        rows, before, after = found.rows, found.before, found.after
        if out:
            kept = np.delete(np.arange(len(rows)), list(out))
            rows, before, after = rows[kept], before.take(kept), after.take(kept)
        self.counts[name] += len(rows)
        if not len(rows):
            return
        self._is_changed[rows] = True
        # Columns are mostly edited in the same rows: these are kept once.
        if self._found and np.array_equal(self._found[-1][1], rows):
            rows = self._found[-1][1]
        self._found.append((name, rows, before, after))

    def columns(self) -> tuple[Positions, list[EditedColumn]]:
        """The changed rows in order, and the columns of a table of them."""
        rows = np.flatnonzero(self._is_changed)
        place_of = np.cumsum(self._is_changed) - 1
        columns: list[EditedColumn] = []
        last: Positions | None = None
        for name, at, before, after in self._found:
            places = None if len(at) == len(rows) else place_of[at]
            if columns and at is last:
                places = columns[-1].places
            columns.append(EditedColumn(name, places, before, after))
            last = at
        return rows, columns
