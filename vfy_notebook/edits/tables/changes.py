"""The changes of a plan: held column by column, each made when it is asked for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, overload

import numpy as np

from vfy_notebook.edits.cells.json_cells import JsonCells
from vfy_notebook.edits.fields import metadata_key
from vfy_notebook.snapshots.snapshot import NEVER_MS

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, KeysView

    from vfy_notebook.edits.cells.cells import Bools, Positions
    from vfy_notebook.edits.changes import Change
    from vfy_notebook.edits.tables.change_table import ChangeTable
    from vfy_notebook.snapshots.snapshot import Milliseconds

#: So many changes are made at a time where all are gone through; first fewer, as often only the
#: first ones are looked at.
_FIRST_BLOCK, _BLOCK = 16, 1_024


@dataclass(frozen=True)
class FieldEdits:
    """All edits of one field.

    Attributes:
        name: The field.
        positions: Whose edits they are: positions among the changes, in order.
        before: The values before the edit.
        after: The values after it.
        places: Where each comes among the edits of its change.
    """

    name: str
    positions: Positions
    before: JsonCells
    after: JsonCells
    places: Positions | int


class Changes(Sequence["Change"]):
    """Changes in the order of a plan.

    What comes out of it is a copy: a change that is altered has to be put back, by `replaced`.

    Args:
        table: Changes of customers who exist, by column.
        rows: For each change its row in the table; -1 for one that is held as it is.
        held: Those that are held as they are, by position.
    """

    def __init__(
        self, table: ChangeTable | None, rows: Positions, held: Mapping[int, Change]
    ) -> None:
        self._table = table
        self._rows = rows
        self._held = held

    @classmethod
    def of(cls, changes: Iterable[Change]) -> Changes:
        """Changes that have been made already."""
        if isinstance(changes, Changes):
            return changes
        held = dict(enumerate(changes))
        return cls(None, np.full(len(held), -1, dtype=np.intp), held)

    @classmethod
    def of_table(cls, table: ChangeTable, created: Sequence[Change] = ()) -> Changes:
        """All changes of a table, and those that create customers behind them."""
        rows = np.concatenate([np.arange(len(table)), np.full(len(created), -1)])
        held = dict(enumerate(created, start=len(table)))
        return cls(table, rows.astype(np.intp), held)

    # -- one by one ----------------------------------------------------------------------------

    def __len__(self) -> int:
        return len(self._rows)

    @overload
    def __getitem__(self, index: int) -> Change: ...

    @overload
    def __getitem__(self, index: slice) -> list[Change]: ...

    def __getitem__(self, index: int | slice) -> Change | list[Change]:
        if isinstance(index, slice):
            return list(self.at(range(*index.indices(len(self)))))
        (change,) = self.at([range(len(self))[index]])
        return change

    def __iter__(self) -> Iterator[Change]:
        return self.at(range(len(self)))

    def at(self, positions: Sequence[int] | Positions) -> Iterator[Change]:
        """The changes at some positions, made block by block."""
        start, size = 0, _FIRST_BLOCK
        while start < len(positions):
            yield from self._block(np.asarray(positions[start : start + size], dtype=np.intp))
            start, size = start + size, min(4 * size, _BLOCK)

    def _block(self, positions: Positions) -> list[Change]:
        rows = self._rows[positions]
        in_table = rows >= 0
        if self._table is None or not in_table.any():
            return [self._held[position] for position in positions.tolist()]
        made = iter(self._table.changes(rows[in_table]))
        return [
            next(made) if is_made else self._held[position]
            for position, is_made in zip(positions.tolist(), in_table.tolist(), strict=True)
        ]

    # -- others of them ------------------------------------------------------------------------

    def replaced(self, changes: Mapping[int, Change]) -> Changes:
        """The same with other changes at some positions."""
        if not changes:
            return self
        rows = self._rows.copy()
        rows[list(changes)] = -1
        return Changes(self._table, rows, {**self._held, **changes})

    def kept(self, keep: Bools) -> Changes:
        """Those where `keep` is true."""
        if keep.all():
            return self
        positions = np.flatnonzero(keep).tolist()
        held = {new: self._held[p] for new, p in enumerate(positions) if p in self._held}
        return Changes(self._table, self._rows[keep], held)

    def existing(self) -> Changes:
        """Those of customers who exist."""
        keep = np.ones(len(self), dtype=bool)
        keep[[p for p, change in self._held.items() if change.customer_id is None]] = False
        return self.kept(keep)

    def created(self) -> list[Change]:
        """Those of customers that are to be created."""
        return [c for _, c in sorted(self._held.items()) if c.customer_id is None]

    @property
    def rows(self) -> Positions:
        """For each change its row in the table that it is from; -1 for none."""
        return self._rows

    # -- of all at once ------------------------------------------------------------------------

    @cached_property
    def labels(self) -> list[str]:
        """How the frame calls each."""
        known: Sequence[str] = () if self._table is None else self._table.labels
        rows = enumerate(self._rows.tolist())
        return [self._held[p].label if row < 0 else known[row] for p, row in rows]

    @property
    def customer_ids(self) -> list[str | None]:
        """The customers' ids; None for those that are to be created."""
        ids: list[str | None] = [*self.labels]  # of the table, labels are ids
        for position, change in self._held.items():
            ids[position] = change.customer_id
        return ids

    @property
    def source_ids(self) -> list[str | None]:
        """The customers' `source_id`s."""
        ids: list[str | None] = [None] * len(self)
        if self._table is not None:
            in_table = np.flatnonzero(self._rows >= 0)
            found = self._table.source_ids_at(self._rows[in_table])
            for position, source_id in zip(in_table.tolist(), found, strict=True):
                ids[position] = source_id
        for position, change in self._held.items():
            ids[position] = change.source_id
        return ids

    @property
    def created_ms(self) -> Milliseconds:
        """When each customer was created; `NEVER_MS` where that is not known."""
        table = None if self._table is None else self._table.created_ms
        return self._times(table, {p: c.created_ms for p, c in self._held.items()})

    @property
    def versions_ms(self) -> Milliseconds:
        """The version that each change starts from; `NEVER_MS` where that is not known."""
        table = None if self._table is None else self._table.versions_ms
        return self._times(table, {p: c.unchanged_since_ms for p, c in self._held.items()})

    def _times(self, table: Milliseconds | None, held: Mapping[int, int | None]) -> Milliseconds:
        out = np.full(len(self), NEVER_MS, dtype=np.int64)
        if table is not None:
            in_table = self._rows >= 0
            out[in_table] = table[self._rows[in_table]]
        for position, ms in held.items():
            out[position] = NEVER_MS if ms is None else ms
        return out

    def fields(self) -> Iterator[FieldEdits]:
        """The edits field by field; a field may come again, with the edits of other customers."""
        if self._table is not None:
            position_of = np.full(len(self._table), -1, dtype=np.intp)
            in_table = np.flatnonzero(self._rows >= 0)
            position_of[self._rows[in_table]] = in_table
            for place, column in enumerate(self._table.columns):
                at = position_of if column.places is None else position_of[column.places]
                if (at >= 0).all():
                    yield FieldEdits(column.name, at, column.before, column.after, place)
                elif (at >= 0).any():
                    kept = np.flatnonzero(at >= 0)
                    before, after = column.before.take(kept), column.after.take(kept)
                    yield FieldEdits(column.name, at[kept], before, after, place)
        yield from self._held_fields()

    def _held_fields(self) -> Iterator[FieldEdits]:
        found: dict[str, list[tuple[int, int, Any, Any]]] = {}
        for position, change in sorted(self._held.items()):
            for place, (name, after) in enumerate(change.after.items()):
                found.setdefault(name, []).append((position, place, change.before[name], after))
        for name, cells in found.items():
            positions, places, before, after = zip(*cells, strict=True)
            yield FieldEdits(
                name,
                np.array(positions, dtype=np.intp),
                JsonCells.of(before),
                JsonCells.of(after),
                np.array(places, dtype=np.intp),
            )

    @property
    def cells(self) -> int:
        """How many cells are changed."""
        return sum(len(edits.positions) for edits in self.fields())

    @property
    def with_metadata(self) -> Bools:
        """Those that change metadata."""
        found = np.zeros(len(self), dtype=bool)
        for edits in self.fields():
            if metadata_key(edits.name) is not None:
                found[edits.positions] = True
        return found

    def labels_of(self, name: str) -> list[str]:
        """The customers of whom a field is changed."""
        found = [edits.positions for edits in self.fields() if edits.name == name]
        if not found:
            return []
        return [self.labels[position] for position in np.sort(np.concatenate(found)).tolist()]


class ChangesById(Mapping[str, "Change"]):
    """Changes of customers who exist, by the customers' ids.

    Args:
        changes: The changes; those of customers that are to be created are left out.
    """

    def __init__(self, changes: Iterable[Change]) -> None:
        self._changes = Changes.of(changes)

    @cached_property
    def _positions(self) -> dict[str, int]:
        ids = self._changes.customer_ids
        return {who: position for position, who in enumerate(ids) if who is not None}

    def __len__(self) -> int:
        return len(self._positions)

    def __iter__(self) -> Iterator[str]:
        return iter(self._positions)

    def __contains__(self, customer_id: object) -> bool:
        return customer_id in self._positions

    def keys(self) -> KeysView[str]:
        """The customers' ids; a dict's own keys, as those of `Mapping` are slow."""
        return self._positions.keys()

    def __getitem__(self, customer_id: str) -> Change:
        return self._changes[self._positions[customer_id]]

    def some(self, customer_ids: Collection[str]) -> dict[str, tuple[int, Change]]:
        """The changes of some customers and their positions, in order; others are left out."""
        if not customer_ids:
            return {}
        found = sorted(
            (self._positions[who], who) for who in set(customer_ids) if who in self._positions
        )
        changes = self._changes.at([position for position, _ in found])
        return {
            who: (position, change) for (position, who), change in zip(found, changes, strict=True)
        }

    def version_ms(self, customer_id: str) -> int | None:
        """The version that a customer's change starts from; None if that is not known."""
        ms = int(self._versions_ms[self._positions[customer_id]])
        return None if ms == NEVER_MS else ms

    @cached_property
    def _versions_ms(self) -> Milliseconds:
        return self._changes.versions_ms

    @property
    def created_ms(self) -> Milliseconds:
        """When each customer was created; `NEVER_MS` where that is not known."""
        return self._changes.created_ms[list(self._positions.values())]
