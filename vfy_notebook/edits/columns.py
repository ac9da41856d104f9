"""One column of two frames: which rows differ, and by what."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from vfy_notebook.edits.cells import (
    Cells,
    Form,
    Held,
    JsonCells,
    Positions,
    may_differ,
    read_cells,
    read_days,
    same_value,
    to_json,
)
from vfy_notebook.edits.fields import Access, access_of, metadata_key
from vfy_notebook.edits.values import is_date_text

if TYPE_CHECKING:
    from collections.abc import Callable

    import pandas as pd

    from vfy_notebook.edits.metadata_schema import MetadataSchema

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


def form_of(field: str, before: Cells, after: Cells, schema: Callable[[], MetadataSchema]) -> Form:
    """What a field's cells become in a request; the schema is asked for metadata only.

    A time in metadata is written as a day where the schema says so, or where the column held
    nothing but days as text before someone turned it into times.
    """
    access = access_of(field)
    if access is Access.TEXT:
        return Form.TEXT
    if access is Access.DATE:
        return Form.DATE
    key = metadata_key(field)
    if key is None:
        return Form.ANY
    kind = schema().kind_of(key)
    if kind == "date" or (kind is None and _are_days(before) and not _is_text(after)):
        return Form.ANY_DATES
    return Form.ANY


def _is_text(cells: Cells) -> bool:
    return cells.held is Held.TEXT


def _are_days(cells: Cells) -> bool:
    if cells.held not in (Held.TEXT, Held.OBJECT, Held.JSON):
        return False
    values = [value for value in cells.objects() if value is not None]
    return bool(values) and all(map(is_date_text, values))


def difference(
    before: Cells, after: Cells, form_if_any: Callable[[], Form]
) -> ColumnDifference | None:
    """Where two columns of equal length hold different values; None if nowhere."""
    rows = np.flatnonzero(may_differ(before, after))
    if not rows.size:
        return None
    form = form_if_any()
    one, other = before.take(rows), after.take(rows)
    found = ColumnDifference(rows, to_json(one, form), to_json(other, form))
    if (one.held is other.held and one.held in _SURE) or (one.missing ^ other.missing).all():
        return found
    differs = np.array([_differs(found, one, other, i) for i in range(len(rows))], dtype=bool)
    if not differs.any():
        return None
    return found if differs.all() else _narrowed(found, np.flatnonzero(differs))


def _differs(found: ColumnDifference, one: Cells, other: Cells, i: int) -> bool:
    if i in found.before.refused or i in found.after.refused:
        return not _same_object(one, other, i)
    return not same_value(
        found.before.values[i],
        found.after.values[i],
        either_is_time=_is_time(one, i) or _is_time(other, i),
        either_is_single=one.single or other.single,
    )


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


def _is_time(cells: Cells, i: int) -> bool:
    """Whether a cell holds a time or date rather than text that looks like one."""
    if cells.held is Held.OBJECT:
        return not cells.missing[i] and not isinstance(cells.values[i], str)
    return cells.held is Held.TIME


def _narrowed(found: ColumnDifference, keep: Positions) -> ColumnDifference:
    kept = keep.tolist()

    def some(cells: JsonCells) -> JsonCells:
        return JsonCells(
            [cells.values[i] for i in kept],
            {new: cells.refused[i] for new, i in enumerate(kept) if i in cells.refused},
        )

    return ColumnDifference(found.rows[keep], some(found.before), some(found.after))
