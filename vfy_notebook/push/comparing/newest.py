"""The newest state of customers that is known without asking the server."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import numpy as np
import pyarrow as pa

from vfy_notebook.api.pages import iso_from_ms
from vfy_notebook.edits.differences import needs_whole_metadata
from vfy_notebook.edits.fields import address_part, with_values
from vfy_notebook.snapshots.rows import SnapshotRows

if TYPE_CHECKING:
    from collections.abc import Sequence

    from vfy_notebook.api.models import Customer
    from vfy_notebook.edits.changes import Change
    from vfy_notebook.edits.tables.changes import Changes
    from vfy_notebook.snapshots.pushed import PushedCells
    from vfy_notebook.snapshots.snapshot import Snapshot
    from vfy_notebook.snapshots.store import ProjectSnapshots


class NewestKnown:
    """What later fetches and the project's own pushes tell of changed customers.

    Args:
        changes: What is to be changed.
        base: The base of each.
        store: What is remembered.
    """

    def __init__(self, changes: Changes, base: SnapshotRows, store: ProjectSnapshots) -> None:
        self._changes = changes
        self._base = base
        self._since = changes.versions_ms
        #: Place among the changes → where a newer state stands.
        self._at: dict[int, tuple[Snapshot, int]] = {}
        #: Place → what has been pushed on top of that, and was not read back whole.
        self._pushed: dict[int, list[PushedCells]] = {}
        #: Customers of whom only a file tells.
        self.unverified: set[str] = set()
        self._look_through(store)

    def _look_through(self, store: ProjectSnapshots) -> None:
        customer_ids = self._changes.customer_ids
        ids = pa.array(customer_ids, pa.large_string())
        for snapshot in store.all():
            positions = snapshot.positions(ids)
            version_ms = snapshot.version_ms(positions)
            later = (positions >= 0) & (version_ms > self._since)
            for place in np.flatnonzero(later).tolist():
                self._at[place] = (snapshot, int(positions[place]))
            self._since = np.where(later, version_ms, self._since)
        for push in store.pushes():
            for place, customer_id in enumerate(customer_ids):
                row = push.rows.get(customer_id or "")
                if (
                    row is not None
                    and row.updated_ms is not None
                    and row.over_ms == self._since[place]
                    and row.updated_ms > self._since[place]
                ):
                    self._since[place] = row.updated_ms
                    self._pushed.setdefault(place, []).append(push)

    def customers(self) -> tuple[dict[str, Customer], dict[str, int | None]]:
        """Customers newer than their base, by id; and who must be read, and was created when.

        Those must of whom a part has to be sent along that is not known.
        """
        known: list[int] = []
        to_read: dict[str, int | None] = {}
        whole, verified = self._base.is_whole(), self._base.is_verified()
        doubtful = ~whole | ~verified
        doubtful[[*self._at, *self._pushed]] = True
        places = np.flatnonzero(doubtful)
        for place, change in zip(places.tolist(), self._changes.at(places), strict=True):
            snapshot, _ = self._at.get(place, (None, -1))
            is_whole = whole[place] if snapshot is None else snapshot.is_whole
            is_partly_known = place in self._pushed and (
                needs_whole_metadata(change) or _changes_address(change)
            )
            is_lacking = not is_whole and (snapshot is not None or needs_whole_metadata(change))
            if not verified[place]:
                self.unverified.add(change.label)
            if is_lacking or is_partly_known or not verified[place]:
                to_read[change.label] = change.created_ms
            elif snapshot is not None or place in self._pushed:
                known.append(place)
        return self._states(known), to_read

    def _states(self, places: Sequence[int]) -> dict[str, Customer]:
        """The customers at some places, as they are known now."""
        snapshots = list({id(s): s for s, _ in self._at.values()}.values())
        number = {id(snapshot): i for i, snapshot in enumerate(snapshots)}
        from_base = np.array([p for p in places if p not in self._at], dtype=np.intp)
        newer = [p for p in places if p in self._at]
        rows = SnapshotRows(
            snapshots,
            np.array([number[id(self._at[p][0])] for p in newer], dtype=np.intp),
            np.array([self._at[p][1] for p in newer], dtype=np.intp),
        )
        shown = [*self._base.take(from_base).customers(), *rows.customers()]
        states = {}
        for place, customer in zip([*from_base.tolist(), *newer], shown, strict=True):
            state = customer
            for push in self._pushed.get(place, ()):
                state = with_values(state, push.cells(state.id))
            states[self._changes.labels[place]] = _as_of(state, int(self._since[place]))
        return states


def _changes_address(change: Change) -> bool:
    return any(address_part(name) is not None for name in change.after)


def _as_of(customer: Customer, updated_ms: int) -> Customer:
    return msgspec.structs.replace(customer, updated_at=iso_from_ms(updated_ms))
