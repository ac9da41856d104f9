"""All that this process remembers of what it fetched, by project: the one state of a module.

A project is known by its address and application ID, so that running `connect()` again finds
what was fetched before. What is used least goes when the bound of memory is reached; whatever
is gone is read anew when it is needed.
"""

from __future__ import annotations

import hashlib
import secrets
import threading
import weakref
from typing import TYPE_CHECKING, Any

import numpy as np

from vfy_notebook.errors import PlanError
from vfy_notebook.snapshots.pushed import PushedCells
from vfy_notebook.snapshots.snapshot import Snapshot

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    import pandas as pd
    import pyarrow as pa

#: Memory that all snapshots of the process may take, in bytes, if nothing else is said.
MAX_BYTES = 1_000_000_000

#: Where a frame's mark stands in its `attrs`.
MARK = "vfy_snapshot"


def site_key(address: str) -> str:
    """A project's address and application ID as one word that tells neither, for files.

    >>> site_key("https://api.voucherify.io app") == site_key("https://api.voucherify.io app")
    True
    """
    return hashlib.sha256(address.encode()).hexdigest()


class SnapshotStore:
    """The snapshots of all projects of a process, within one bound of memory.

    Args:
        max_bytes: Memory that they may take.
    """

    def __init__(self, max_bytes: int = MAX_BYTES) -> None:
        self._max_bytes = max_bytes
        self._lock = threading.RLock()
        #: Mark → the site and what is held of it, what was used last at the end.
        self._held: dict[str, tuple[str, Snapshot | PushedCells]] = {}
        #: Mark → site, of those that are gone too: a few bytes each.
        self._sites: dict[str, str] = {}
        #: Mark → its number, in the order in which they came to be remembered.
        self._numbers: dict[str, int] = {}
        self._open: dict[str, weakref.WeakSet[Any]] = {}
        #: Whether a site's writes have been seen to move `updated_at`.
        self._times_tell: dict[str, bool] = {}

    @property
    def max_bytes(self) -> int:
        """Memory that the snapshots may take."""
        return self._max_bytes

    @max_bytes.setter
    def max_bytes(self, max_bytes: int) -> None:
        with self._lock:
            self._max_bytes = max_bytes
            self._make_room()

    @property
    def nbytes(self) -> int:
        """Memory that they take, what is shared with frames counted in full."""
        with self._lock:
            return sum(held.nbytes for _, held in self._held.values())

    def open(self, site: str, holder: object) -> ProjectSnapshots:
        """The snapshots of one project, for as long as `holder` is not closed."""
        with self._lock:
            self._open.setdefault(site, weakref.WeakSet()).add(holder)
        return ProjectSnapshots(self, site)

    def close(self, site: str, holder: object) -> None:
        """A holder is closed: with the last one of a project, what is remembered of it goes."""
        with self._lock:
            holders = self._open.get(site)
            if holders is None or holder not in holders:
                return
            holders.discard(holder)
            if not holders:
                del self._open[site]
                self._times_tell.pop(site, None)
                self._held = {m: held for m, held in self._held.items() if held[0] != site}

    def note_times(self, site: str, *, tell: bool) -> None:
        """Whether a project's writes have just been seen to move `updated_at`."""
        self._times_tell[site] = tell

    def times_tell(self, site: str) -> bool | None:
        """Whether a later `updated_at` tells of every write; None before any has been seen."""
        return self._times_tell.get(site)

    def add(self, site: str, held: Snapshot | PushedCells) -> None:
        """Remember a snapshot, or what was pushed."""
        with self._lock:
            self._sites[held.mark] = site
            self._numbers.setdefault(held.mark, len(self._numbers))
            if held.nbytes > self._max_bytes:
                return  # all others would go, and it as well
            self._held[held.mark] = (site, held)
            self._make_room()

    def site_of(self, mark: str) -> str | None:
        """The project that gave a mark, also where its snapshot is gone; None if nobody did."""
        return self._sites.get(mark)

    def number(self, mark: str) -> int:
        """The place of a mark in the order in which they came to be remembered."""
        return self._numbers[mark]

    def marked(self, mark: str) -> Snapshot | None:
        """The snapshot of a mark, which is used by this; None if it is gone."""
        with self._lock:
            held = self._held.pop(mark, None)
            if held is None:
                return None
            self._held[mark] = held
            return held[1] if isinstance(held[1], Snapshot) else None

    def of_site(self, site: str) -> list[Snapshot | PushedCells]:
        """All that is held of a project, what was used last at the end."""
        with self._lock:
            return [held for at, held in self._held.values() if at == site]

    def holders(self, site: str) -> list[Any]:
        """Who has a project open here."""
        with self._lock:
            return list(self._open.get(site, ()))

    def forget(self, names: set[str]) -> None:
        """Remove customers of these ids or source_ids, under whatever address they were fetched."""
        with self._lock:
            self._held = {
                mark: (site, held.without(names)) for mark, (site, held) in self._held.items()
            }

    def _make_room(self) -> None:
        taken = self.nbytes
        for mark in list(self._held):
            if taken <= self._max_bytes:
                return
            taken -= self._held.pop(mark)[1].nbytes


class ProjectSnapshots:
    """What is remembered of one project.

    Args:
        store: Where it is kept.
        site: The project's address and application ID.
    """

    def __init__(self, store: SnapshotStore, site: str) -> None:
        self._store = store
        self._site = site

    def close(self, holder: object) -> None:
        """A holder is closed."""
        self._store.close(self._site, holder)

    def remember(
        self, frame: pd.DataFrame, *, is_whole: bool, read_from_ms: int | None
    ) -> Snapshot:
        """Remember a frame as it was fetched, and mark it."""
        mark = _new_mark()
        snapshot = Snapshot.of(frame, mark, is_whole=is_whole, read_from_ms=read_from_ms)
        self._store.add(self._site, snapshot)
        frame.attrs[MARK] = mark
        return snapshot

    def marked(self, frame: pd.DataFrame) -> Snapshot | None:
        """The snapshot that a frame is marked with; None if it has no mark, or that one is gone.

        Raises:
            PlanError: Another project has fetched it.
        """
        mark = frame.attrs.get(MARK)
        if not isinstance(mark, str):
            return None
        if self._store.site_of(mark) not in (None, self._site):
            message = (
                "The frame was fetched from another project: its customers are not this one's. "
                "Push it with the project that fetched it, or fetch the customers here."
            )
            raise PlanError(message)
        return self._store.marked(mark)

    def all(self) -> list[Snapshot]:
        """All that the API has shown, what was used last at the end."""
        held = self._store.of_site(self._site)
        return [each for each in held if isinstance(each, Snapshot) and each.is_verified]

    def cells_held(self, ids: pa.Array, names: Collection[str]) -> np.ndarray[Any, Any]:
        """For each customer, in how many of these columns some fetch has shown a value."""
        most = np.zeros(len(ids), dtype=np.intp)
        for snapshot in self.all():
            positions = snapshot.positions(ids)
            held = np.zeros(len(ids), dtype=np.intp)
            for name in names:
                column = snapshot.column(name)
                if column is not None:
                    there = np.asarray(column.values.is_valid())
                    held += (positions >= 0) & there[positions]
            most = np.maximum(most, held)
        return most

    def note_pushed(
        self, pushed: Mapping[str, tuple[Mapping[str, Any], int | None, int | None]]
    ) -> None:
        """Remember what a push has written.

        Args:
            pushed: For each customer the cells written, the version that they were written over,
                and the version that it became; None for versions that are not known.
        """
        if pushed:
            self._store.add(self._site, PushedCells.of(_new_mark(), pushed))

    def note_times(self, *, tell: bool) -> None:
        """Whether a push has been seen to move `updated_at`."""
        self._store.note_times(self._site, tell=tell)

    @property
    def times_tell(self) -> bool | None:
        """Whether a later `updated_at` tells of every write; None before any has been seen."""
        return self._store.times_tell(self._site)

    def pushes(self) -> list[PushedCells]:
        """What has been pushed, in the order of the pushes."""
        return [held for held in self._store.of_site(self._site) if isinstance(held, PushedCells)]

    def last_pushed(self, customer_id: str | None) -> dict[str, Any]:
        """The values that were pushed last for a customer, by field."""
        cells: dict[str, Any] = {}
        for push in self.pushes():
            cells |= push.cells(customer_id or "")
        return cells

    def pushed_values(
        self, customer_id: str | None, name: str, *, since: Snapshot | None = None
    ) -> list[Any]:
        """All values that were pushed for a cell, in order; of pushes after a snapshot only."""
        first = -1 if since is None else self._store.number(since.mark)
        found = [
            push.cells(customer_id or "")
            for push in self.pushes()
            if self._store.number(push.mark) > first
        ]
        return [cells[name] for cells in found if name in cells]

    def has_pushed(self, name: str) -> bool:
        """Whether a field of any customer was pushed."""
        return any(push.has(name) for push in self.pushes())

    def forget(self, names: Iterable[str | None]) -> None:
        """Remove customers of these ids or source_ids, as a permanent deletion demands."""
        self._store.forget({name for name in names if name})


def _new_mark() -> str:
    return secrets.token_hex(16)


#: What this process remembers.
PROCESS_STORE = SnapshotStore()
