"""Cells of which nobody can tell whether they were edited, or are only of another version.

A row's version is known by its frame's mark, or else by its own `updated_at`. Both may deceive: a
mark stays when other fetches' cells are put into its frame, and it is documented nowhere that each
write moves `updated_at`. So where another fetch has shown a cell otherwise in what passes for the
same version, that cell is a conflict.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from vfy_notebook.edits.cells.values import same_json
from vfy_notebook.snapshots.snapshot import NEVER_MS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from vfy_notebook.edits.cells.cells import Bools, Positions
    from vfy_notebook.edits.tables.changes import Changes, FieldEdits
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
        changes: Changes of customers who exist.
        base: The base of each.
        told: What the frame tells of them.
        has_none: Which of them are of rows that tell nothing themselves.
        store: What is remembered.
    """

    def __init__(
        self,
        changes: Changes,
        base: SnapshotRows,
        told: Told,
        has_none: Bools,
        store: ProjectSnapshots,
    ) -> None:
        self._changes = changes
        self._base = base
        self._told = told
        self._has_none = has_none
        self._store = store

    @cached_property
    def found(self) -> dict[str, list[int]]:
        """Field → the changes whose cell some other fetch has shown otherwise, in order."""
        snapshots = self._store.all()
        if len(snapshots) <= 1 or not self._changes:
            return {}
        marked = [each.mark == self._told.mark for each in self._base.snapshots]
        by_mark = np.array(marked, dtype=bool)[self._base.source]
        times_ms = self._base.updated_ms()
        ids = pa.array(self._changes.customer_ids, pa.large_string())
        unclear: dict[str, set[int]] = {}
        for snapshot in snapshots:
            at = snapshot.positions(ids)
            itself = [i for i, each in enumerate(self._base.snapshots) if each is snapshot]
            may_be = (at >= 0) & ~np.isin(self._base.source, itself)
            if not self._told.nothing:
                may_be &= self._has_none | (snapshot.updated_ms(at) == times_ms)
            if self._told.is_sure:
                may_be &= ~by_mark
            for edits in self._changes.fields() if may_be.any() else ():
                told = set(self._in_doubt(edits, may_be, by_mark, snapshot, at))
                if told:
                    unclear.setdefault(edits.name, set()).update(told)
        return {name: sorted(places) for name, places in unclear.items()}

    def times_stay(self) -> bool:
        """Whether a customer was seen to change without a new `updated_at`.

        A time in whole seconds may be of two writes.
        """
        if self._told.nothing or not self.found:
            return False
        times_ms = self._base.updated_ms()[sorted(set().union(*self.found.values()))]
        return bool(((times_ms == NEVER_MS) | (times_ms % 1000 != 0)).any())

    def _in_doubt(
        self,
        edits: FieldEdits,
        may_be: Bools,
        by_mark: Bools,
        snapshot: Snapshot,
        at: Positions,
    ) -> Iterator[int]:
        """The changes whose cell a fetch shows otherwise."""
        asked = np.flatnonzero(may_be[edits.positions])
        places = edits.positions[asked]
        base = self._base.take(places)
        one, column = base.column(edits.name), snapshot.column(edits.name)
        # An export leaves keys out: what is not there is not known.
        known = np.full(len(places), column is not None or snapshot.is_whole)
        if one is None:
            known &= base.is_whole()
        other = None if column is None else column.take(at[places])
        for i in np.flatnonzero(known & _may_differ(one, other, len(places))).tolist():
            place, here, there = int(places[i]), _value(one, i), _value(other, i)
            if not same_json(here, there) and self._is_in_doubt(
                place,
                edits.name,
                edits.after[int(asked[i])],
                (here, there),
                by_mark=bool(by_mark[place]),
            ):
                yield place

    def _is_in_doubt(
        self, place: int, name: str, after: Any, shown: tuple[Any, Any], *, by_mark: bool
    ) -> bool:
        """Whether a cell may be only old, given its value in its base and in another fetch."""
        who = self._changes.labels[place]
        base = self._base.snapshots[self._base.source[place]]
        if _has(self._store.pushed_values(who, name, since=base), after):
            return False  # it was pushed from here, from this base
        pushed = self._store.pushed_values(who, name)
        is_ours = any(_has(pushed, each) for each in shown)
        return same_json(after, shown[1]) if by_mark or is_ours else True


def _has(values: list[Any], value: Any) -> bool:
    return any(same_json(each, value) for each in values)


def _may_differ(one: Column | None, other: Column | None, count: int) -> Bools:
    """Where two columns may differ; the other cells are surely equal."""
    if one is None or other is None or one.values.type != other.values.type:
        return np.ones(count, dtype=bool)
    unequal = pc.fill_null(pc.not_equal(one.values, other.values), False)
    lacking = pc.not_equal(one.values.is_null(), other.values.is_null())
    return np.asarray(pc.or_(unequal, lacking))


def _value(column: Column | None, at: int) -> Any:
    return None if column is None else column.value(at)
