"""One column of two frames: which rows differ, and by what."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from vfy_notebook.edits.cells.cells import (
    Cells,
    Held,
    Positions,
    may_differ,
    read_cells,
    read_days,
)
from vfy_notebook.edits.cells.json_cells import Form, JsonCells, to_json
from vfy_notebook.edits.cells.values import same_json
from vfy_notebook.edits.fields import Access, access_of

if TYPE_CHECKING:
    import pandas as pd

#: Held the same way, these differ where `may_differ` says so, without a second look; so does
#: what is on one side only.
_SURE = frozenset({Held.WHOLE, Held.NUMBER, Held.FLAG, Held.TEXT})


@dataclass(frozen=True)
class ColumnDifference:
    """The rows in which a column differs, and its values there before and after."""

    rows: Positions
    before: JsonCells
    after: JsonCells

    def at(self, rows: Positions) -> ColumnDifference:
        """The same, of a column of which these rows were compared."""
        return ColumnDifference(rows[self.rows], self.before, self.after)


def read_field(column: pd.Series, field: str) -> Cells:
    """A column's cells, days for a field of days."""
    return read_days(column) if access_of(field) is Access.DATE else read_cells(column)


def form_of(field: str) -> Form:
    """What a field's cells become in a request."""
    access = access_of(field)
    if access is Access.TEXT:
        return Form.TEXT
    return Form.DATE if access is Access.DATE else Form.ANY


def difference(before: Cells, after: Cells, form: Form = Form.ANY) -> ColumnDifference | None:
    """Where two columns of equal length hold different values; None if nowhere."""
    rows = np.flatnonzero(may_differ(before, after))
    if not rows.size:
        return None
    one, other = _taken(before, rows), _taken(after, rows)
    found = ColumnDifference(rows, to_json(one, form), to_json(other, form))
    if (one.held is other.held and one.held in _SURE) or (one.missing ^ other.missing).all():
        return found
    refused = found.before.refused.keys() | found.after.refused.keys()
    differs = np.fromiter(
        (
            not (_same_object(one, other, i) if i in refused else same_json(old, new))
            for i, (old, new) in enumerate(zip(found.before, found.after, strict=True))
        ),
        dtype=bool,
        count=len(rows),
    )
    if not differs.any():
        return None
    return found if differs.all() else _narrowed(found, np.flatnonzero(differs))


def _taken(cells: Cells, rows: Positions) -> Cells:
    """The cells of some rows in order; Arrow's memory, which nothing writes to, is not copied."""
    is_all = len(rows) == len(cells) and cells.held in (Held.TEXT, Held.JSON)
    return cells if is_all else cells.take(rows)


def _same_object(one: Cells, other: Cells, i: int) -> bool:
    """Whether two cells that are no JSON are the same all the same."""
    if one.missing[i] or other.missing[i]:
        return bool(one.missing[i] and other.missing[i])
    here = np.array([i])
    (x,), (y,) = one.take(here).objects(), other.take(here).objects()
    try:
        return type(x) is type(y) and bool(x == y)
    except (TypeError, ValueError):
        return False


def _narrowed(found: ColumnDifference, keep: Positions) -> ColumnDifference:
    return ColumnDifference(found.rows[keep], found.before.take(keep), found.after.take(keep))
