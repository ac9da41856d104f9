"""A column in another dress, brought back to its own kind.

Frames that have been in a file, or in another library, come back with numbers as text, flags as 0
and 1, lists as their `repr`. A cell that equals what the server's value looks like in such a dress
is no edit; another one is converted to the column's own kind; what cannot be decided is told.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from vfy_notebook.edits.cells.cells import Cells, Held, cells_from, may_differ
from vfy_notebook.edits.cells.values import time_text
from vfy_notebook.edits.dress.converting import Converter, Undecided, Why
from vfy_notebook.edits.dress.kinds import Own
from vfy_notebook.edits.dress.matching import numbers_of, same_cells
from vfy_notebook.edits.dress.missing import (
    is_among,
    missing_texts,
    read_as_missing,
)
from vfy_notebook.edits.dress.nested import separator_of
from vfy_notebook.edits.dress.rounded import rounded_in_a_file
from vfy_notebook.edits.dress.texts import respelt
from vfy_notebook.edits.dress.times import DAY_US, moments_of, read_times, same_times
from vfy_notebook.frames.arrays import MAX_EXACT_FLOAT, objects
from vfy_notebook.frames.identities.words import MISSING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from vfy_notebook.edits.cells.cells import Bools, Positions

_NUMERIC = frozenset({Held.WHOLE, Held.NUMBER})


@dataclass(frozen=True)
class Undressed:
    """A column in its own kind.

    Attributes:
        cells: Its cells. What differs from the server's value in dress only, and what cannot be
            decided, is the server's value.
        dress_only: The rows that differ in dress only, in such a way that their JSON does.
        undecided: The rows that cannot be decided, by the reason.
        own: The column's own kind, as far as it had to be known.
        is_equal: Whether no row differs at all.
    """

    cells: Cells
    dress_only: Positions
    undecided: Mapping[Why, Positions]
    own: Own = Own.ANY
    is_equal: bool = False


def undress(
    edited: Cells,
    base: Cells,
    own_kind: Callable[[Cells], Own],
    *,
    was_in_a_file: bool = False,
    is_new: bool = False,
    retype: bool = False,
) -> Undressed:
    """Bring a column back to its own kind.

    Args:
        edited: The frame's cells.
        base: The server's cells in the same rows, as `fetch_customers` gives them.
        own_kind: Tells the column's own kind from the server's cells.
        was_in_a_file: Whether the frame may have been read from a file, where numbers are rounded
            and "NA" is missing.
        is_new: Whether the server has no such column: then nothing in it stands for missing.
        retype: Whether the frame's types are meant: then nothing is the same but what is equal.
    """
    rows = np.flatnonzero(may_differ(edited, base) | (retype & ~edited.missing))
    if not rows.size:
        return Undressed(edited, _NOWHERE, {}, is_equal=True)
    if base.held is Held.JSON:
        base = Cells(Held.OBJECT, objects(base.objects()), base.missing)
    own = own_kind(base)
    if not retype and _is_own(edited, base, own, rows, was_in_a_file=was_in_a_file):
        return Undressed(edited, _NOWHERE, {})
    column = _Column(edited, base, own, rows, was_in_a_file=was_in_a_file)
    return column.undressed(missing=not (is_new or retype), retype=retype)


_NOWHERE = np.zeros(0, dtype=np.intp)


def _is_own(edited: Cells, base: Cells, own: Own, rows: Positions, *, was_in_a_file: bool) -> bool:
    """Whether a column has come as it went, so that nothing has to be looked at."""
    if edited.held in _NUMERIC and base.held in _NUMERIC and own is Own.NUMBER:
        numbers = np.abs(edited.values.take(rows).astype("float64"))
        is_exact = edited.held is base.held or not (numbers >= MAX_EXACT_FLOAT).any()
        return is_exact and not was_in_a_file
    return edited.held is base.held is Held.FLAG


class _Column:
    """The rows of a column that differ, each of which is the same, converted or undecided."""

    def __init__(
        self, edited: Cells, base: Cells, own: Own, rows: Positions, *, was_in_a_file: bool
    ) -> None:
        self._edited, self._base = edited, base
        self._own = own
        self._rows = rows
        self._was_in_a_file = was_in_a_file
        self._new, self._old = edited.take(rows), base.take(rows)
        count = len(rows)
        #: All by position in `rows`.
        self._same = np.zeros(count, dtype=bool)
        self._dress_only = np.zeros(count, dtype=bool)
        self._converted: dict[int, Any] = {}
        self._undecided: dict[Why, list[int]] = {}
        self._was_respelt = False

    def undressed(self, *, missing: bool, retype: bool) -> Undressed:
        """The column in its own kind."""
        left = self._without_missing(texts=missing)
        if self._own in (Own.DAY, Own.MOMENT):
            self._read_times(left, retype=retype)
        else:
            if not retype:
                self._match(left & ~self._old.missing)
            self._convert(left & ~self._same, retype=retype)
        return Undressed(
            self._rebuilt(),
            self._rows[self._dress_only & self._same],
            {why: self._rows[at] for why, at in self._undecided.items()},
            self._own,
        )

    # -- missing cells -------------------------------------------------------------------------

    def _without_missing(self, *, texts: bool) -> Bools:
        """Settle the cells that are missing; gives the others."""
        new, old = self._new, self._old
        stand_for_missing: frozenset[str] = frozenset()
        if texts:
            stand_for_missing = missing_texts(
                self._edited, self._base, was_in_a_file=self._was_in_a_file
            )
        if self._own is not Own.TEXT and self._own is not Own.ANY:
            stand_for_missing |= {""}
        written = is_among(new, stand_for_missing)
        gone = new.missing | written
        self._same |= gone & old.missing
        self._dress_only |= written & old.missing & (self._own in (Own.TEXT, Own.ANY))
        if self._was_in_a_file:
            read = read_as_missing(self._edited, self._base)[self._rows]
            self._same |= read
            self._dress_only |= read
        if self._own is Own.NESTED and (gone & ~old.missing).any() and self._is_joined():
            self._same |= gone & np.array([value == [] for value in old.objects()], dtype=bool)
        for i in np.flatnonzero(written & ~old.missing & ~self._same).tolist():
            self._converted[i] = None
        if self._own not in (Own.TEXT, Own.ANY):
            doubtful = is_among(new, MISSING) & ~gone
            self._doubt(Why.MISSING, doubtful)
            gone |= doubtful
        return ~gone

    def _is_joined(self) -> bool:
        """Whether the lists have come as `a,b`, where an empty one is no text at all."""
        return separator_of(self._new.objects(), self._old.objects()) is not None

    def _doubt(self, why: Why, where: Bools) -> None:
        found = np.flatnonzero(where).tolist()
        if found:
            self._undecided.setdefault(why, []).extend(found)

    # -- days and moments ----------------------------------------------------------------------

    def _read_times(self, left: Bools, *, retype: bool) -> None:
        us, has_base = moments_of(self._base)
        days = self._own is Own.DAY
        times = read_times(self._edited, us, has_base, days=days)
        same = same_times(times, us, has_base, cut=self._was_in_a_file)[self._rows] & left
        is_text = self._new.held is Held.TEXT
        if not retype:
            self._same |= same
        if self._base.held is not Held.TIME:
            exact = (times.us == us)[self._rows]
            self._dress_only |= same & (~exact | is_text)
        self._doubt(Why.DATE, times.unclear[self._rows] & left)
        unknown = ~(times.known | times.unclear)[self._rows] & left
        # A text that is no date in a column of texts is for the schema's check to refuse.
        self._doubt(Why.KIND, unknown & (self._base.held is Held.TIME or not is_text))
        self._write_times(times.us[self._rows], left & ~self._same & times.known[self._rows])

    def _write_times(self, us: Any, where: Bools) -> None:
        if self._new.held is self._old.held is Held.TIME or not where.any():
            return
        as_text = self._base.held is not Held.TIME
        days = self._own is Own.DAY
        for i in np.flatnonzero(where).tolist():
            moment = pd.Timestamp(int(us[i]), unit="us", tz="UTC")
            is_day = days and us[i] % DAY_US == 0
            text = moment.date().isoformat() if is_day else time_text(moment)
            self._converted[i] = text if as_text else moment

    # -- everything else -----------------------------------------------------------------------

    def _match(self, where: Bools) -> None:
        at = np.flatnonzero(where)
        if not at.size:
            return
        new, old = self._new.take(at), self._old.take(at)
        same, other_json = same_cells(new, old, rounded=self._was_in_a_file)
        if self._was_in_a_file and self._own is Own.NUMBER and old.held is Held.NUMBER:
            again = self._rounded(at)
            same, other_json = same | again, other_json | again
        if new.held is old.held is Held.TEXT and self._own in (Own.TEXT, Own.ANY):
            again = respelt(self._edited, self._base, self._rows)[at]
            same, other_json = same | again, other_json | again
        self._same[at] |= same
        self._dress_only[at] |= other_json
        self._was_respelt = bool(other_json.any())

    def _rounded(self, at: Positions) -> Bools:
        """Which of some cells are the server's numbers as a file shows them."""
        others = ~self._base.missing
        others[self._rows] = False
        kept = numbers_of(self._base.take(np.flatnonzero(others)))
        return rounded_in_a_file(
            numbers_of(self._new.take(at)), numbers_of(self._old.take(at)), kept
        )

    def _convert(self, left: Bools, *, retype: bool) -> None:
        if retype and self._own is Own.ANY:
            return
        converter = Converter(self._own, self._edited, self._base, was_respelt=self._was_respelt)
        at = np.flatnonzero(left)
        at = at[converter.needs_converting(self._new.take(at))]
        new, old = self._new.take(at), self._old.take(at)
        for i, value, base in zip(at.tolist(), new.objects(), old.objects(), strict=True):
            try:
                found = converter.convert(value, base)
            except Undecided as undecided:
                self._undecided.setdefault(undecided.why, []).append(i)
            else:
                if found is not value:
                    self._converted[i] = found

    # -- the result ----------------------------------------------------------------------------

    def _rebuilt(self) -> Cells:
        """The column: the server's values, the converted ones, and those that came as they are."""
        back = self._same.copy()
        for undecided in self._undecided.values():
            back[undecided] = True
        kept = ~back
        kept[list(self._converted)] = False
        if not kept.any() and not self._converted:
            return self._base
        is_new = self._edited.held is Held.TEXT and self._base.missing.all()
        is_alike = self._edited.held is self._base.held or is_new
        if is_alike and not back.any() and not self._converted:
            return self._edited
        values = self._base.objects()
        at = np.flatnonzero(kept)
        for row, value in zip(self._rows[at].tolist(), self._new.take(at).objects(), strict=True):
            values[row] = value
        for i, value in self._converted.items():
            values[self._rows[i]] = value
        return cells_from(values)
