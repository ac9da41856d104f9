"""Cells of which nobody can tell whether they were edited, or are only of another version.

A row's version is known by its frame's mark, or else by its own `updated_at`. Both may deceive: a
mark stays when other fetches' cells are put into its frame, and it is documented nowhere that each
write moves `updated_at`. So where another fetch has shown a cell otherwise in what passes for the
same version, that cell is a conflict.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from vfy_notebook.edits.cells.values import same_json
from vfy_notebook.snapshots.snapshot import NEVER_MS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from vfy_notebook.edits.cells.cells import Bools, Positions
    from vfy_notebook.edits.changes import Change
    from vfy_notebook.snapshots.columns import Column
    from vfy_notebook.snapshots.rows import SnapshotRows
    from vfy_notebook.snapshots.snapshot import Snapshot
    from vfy_notebook.snapshots.store import ProjectSnapshots


@dataclass(frozen=True)
class Told:
    """What a frame tells of the versions of its rows.

    Attributes:
        mark: Its mark; None where it has none.
        has_times: Whether it has the column `updated_at`.
        is_sure: Whether rows found by the mark are of that fetch without a doubt, as the user has
            said what they started from.
    """

    mark: str | None
    has_times: bool
    is_sure: bool = False

    @property
    def nothing(self) -> bool:
        """Whether it tells nothing, so that a row may be of any version."""
        return self.mark is None and not self.has_times


class OtherVersions:
    """Looks for other versions that changed rows may be of.

    Args:
        changes: The changes.
        base: The base of each.
        told: What the frame tells of them.
        store: What is remembered.
    """

    def __init__(
        self,
        changes: Sequence[Change],
        base: SnapshotRows,
        told: Told,
        store: ProjectSnapshots,
    ) -> None:
        self._changes = changes
        self._base = base
        self._told = told
        self._store = store
        #: Field → places among the changes, of cells that cannot be judged.
        self._unclear: dict[str, set[int]] = {}

    def unclear(self) -> dict[str, list[int]]:
        """Field → the changes whose cell some other fetch has shown otherwise, in order."""
        snapshots = self._store.all()
        if len(snapshots) > 1 and self._changes:
            marked = [each.mark == self._told.mark for each in self._base.snapshots]
            by_mark = np.array(marked, dtype=bool)[self._base.source]
            times_ms = self._base.updated_ms()
            ids = pa.array([change.customer_id for change in self._changes], pa.large_string())
            edited = self._places_by_field()
            for snapshot in snapshots:
                at = snapshot.positions(ids)
                may_be = at >= 0
                if not self._told.nothing:
                    may_be &= snapshot.updated_ms(at) == times_ms
                if self._told.is_sure:
                    may_be &= ~by_mark
                for name, places in edited.items() if may_be.any() else ():
                    self._look_at(name, places[may_be[places]], by_mark, snapshot, at)
        return {name: sorted(places) for name, places in self._unclear.items()}

    def times_stay(self) -> bool:
        """Whether a customer was seen to change without a new `updated_at`.

        A time in whole seconds may be of two writes.
        """
        if self._told.nothing or not self._unclear:
            return False
        times_ms = self._base.updated_ms()[sorted(set().union(*self._unclear.values()))]
        return bool(((times_ms == NEVER_MS) | (times_ms % 1000 != 0)).any())

    def _places_by_field(self) -> dict[str, Positions]:
        places: dict[str, list[int]] = {}
        for place, change in enumerate(self._changes):
            for name in change.after:
                places.setdefault(name, []).append(place)
        return {name: np.array(each, dtype=np.intp) for name, each in places.items()}

    def _look_at(
        self, name: str, places: Positions, by_mark: Bools, snapshot: Snapshot, at: Positions
    ) -> None:
        base = self._base.take(places)
        one, column = base.column(name), snapshot.column(name)
        # An export leaves keys out: what is not there is not known.
        known = np.full(len(places), column is not None or snapshot.is_whole)
        if one is None:
            known &= base.is_whole()
        other = None if column is None else column.take(at[places])
        for i in np.flatnonzero(known & _may_differ(one, other, len(places))).tolist():
            place, here, there = int(places[i]), _value(one, i), _value(other, i)
            if not same_json(here, there) and self._is_in_doubt(
                self._changes[place], name, here, there, by_mark=bool(by_mark[place])
            ):
                self._unclear.setdefault(name, set()).add(place)

    def _is_in_doubt(
        self, change: Change, name: str, here: Any, there: Any, *, by_mark: bool
    ) -> bool:
        """Whether a cell may be only old, given the values of its base and of another fetch."""
        after = change.after[name]
        pushed = self._store.last_pushed(change.customer_id)
        if name in pushed and same_json(after, pushed[name]):
            return False  # it was pushed from here
        is_ours = name in pushed and any(same_json(pushed[name], each) for each in (here, there))
        return same_json(after, there) if by_mark or is_ours else True


def _may_differ(one: Column | None, other: Column | None, count: int) -> Bools:
    """Where two columns may differ; the other cells are surely equal."""
    if one is None or other is None or one.values.type != other.values.type:
        return np.ones(count, dtype=bool)
    unequal = pc.fill_null(pc.not_equal(one.values, other.values), False)
    lacking = pc.not_equal(one.values.is_null(), other.values.is_null())
    return np.asarray(pc.or_(unequal, lacking))


def _value(column: Column | None, at: int) -> Any:
    return None if column is None else column.value(at)
