"""The version that each row of a frame came from.

Looked for in this order, and never by what was fetched last:

1. the snapshot that the frame is marked with, where the row's own `updated_at` (if the frame has
   that column) says the same;
2. a snapshot that holds the row's own `updated_at`;
3. without either, the newest that is remembered of the customer;
4. the server, for rows whose `updated_at` is still the same there, and for rows that only say what
   is to be set.

Where other versions may be meant as well, and differ, `versions` finds that out.

A row that neither the mark nor a cell that cannot be written shows to be a copy of what was
fetched, such as one of a colleague's list or one that a merge has filled up, holds values to set:
nobody has emptied its blank cells.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pyarrow as pa

from vfy_notebook.edits.cells.cells import read_cells
from vfy_notebook.edits.differences import milliseconds
from vfy_notebook.edits.dress.origin import may_be_from_a_file
from vfy_notebook.edits.dress.times import moved_times
from vfy_notebook.edits.fields import Access, access_of
from vfy_notebook.fetch.marks import known_from_ms
from vfy_notebook.frames.customers import customers_frame
from vfy_notebook.push.comparing.reading import Span
from vfy_notebook.snapshots.columns import remembered
from vfy_notebook.snapshots.rows import SnapshotRows
from vfy_notebook.snapshots.snapshot import NEVER_MS
from vfy_notebook.snapshots.store import MARK

if TYPE_CHECKING:
    from vfy_notebook.api.operations import Api
    from vfy_notebook.edits.cells.cells import Bools, Positions
    from vfy_notebook.push.comparing.reading import CustomerReader
    from vfy_notebook.snapshots.snapshot import Milliseconds, Snapshot
    from vfy_notebook.snapshots.store import ProjectSnapshots

#: What Voucherify's own ids begin with.
ID_PREFIX = "cust_"


@dataclass
class Bases:
    """The bases of a frame's rows.

    Attributes:
        rows: Positions of the rows that have a base, in order.
        base: The base of each of them.
        only_values: Which of them only say what is to be set.
        aged: Which of them are copies of a version that nobody remembers; the base is what the
            server shows now.
        unknown: Positions of the rows of whom neither the project nor the server knows anything.
        read: How many customers were read from the server.
        fresh: What was read; None if nothing.
    """

    rows: Positions
    base: SnapshotRows
    only_values: Bools
    aged: Bools
    unknown: Positions
    read: int = 0
    fresh: Snapshot | None = None


def find_bases(
    frame: pd.DataFrame,
    snapshots: ProjectSnapshots,
    api: Api,
    reader: CustomerReader,
) -> Bases:
    """Find the base of each row of a frame that is indexed by customer.

    Raises:
        PlanError: The frame is another project's, or too much would have to be read.
    """
    return _Search(frame, snapshots, api, reader).run()


class _Search:
    def __init__(
        self,
        frame: pd.DataFrame,
        snapshots: ProjectSnapshots,
        api: Api,
        reader: CustomerReader,
    ) -> None:
        self._frame = frame
        self._store = snapshots
        self._api = api
        self._reader = reader
        self._ids = ids_of(frame)
        count = len(frame)
        self._found: list[Snapshot] = []
        self._source = np.full(count, -1, dtype=np.intp)
        self._position = np.full(count, -1, dtype=np.intp)
        self._own_ms: Milliseconds | None = None
        if "updated_at" in frame.columns:
            self._own_ms = milliseconds(frame["updated_at"])
        self._only_values = np.zeros(count, dtype=bool)
        self._aged = np.zeros(count, dtype=bool)

    def run(self) -> Bases:
        marked = self._store.marked(self._frame)
        self._only_values = self._is_no_copy()
        lists = bool(self._only_values.any())
        asked = marked is None or self._own_ms is not None or lists
        others = self._store.all() if asked else []
        if lists:
            self._by_what_is_remembered(others, np.flatnonzero(self._only_values))
        if marked is not None:
            self._by_version(marked)
        if self._own_ms is not None:
            # Of equal versions one with all metadata is taken first, then what was used last.
            others = sorted(others, key=lambda each: each.is_whole)[::-1]
            for snapshot in others:
                if self._open().size:
                    self._by_version(snapshot)
            # Where no row's time is known to the millisecond, a file may hold all as it shows them.
            is_exact = ((self._source >= 0) & (self._own_ms != NEVER_MS)).any()
            if may_be_from_a_file(self._frame) and not is_exact:
                self._by_look(others)
        elif MARK not in self._frame.attrs:
            self._by_what_is_remembered(others, self._open())
        fresh = self._by_server(marked)
        rows = np.flatnonzero(self._source >= 0)
        return Bases(
            rows,
            SnapshotRows(self._found, self._source[rows], self._position[rows]),
            self._only_values[rows],
            self._aged[rows],
            self._open(),
            0 if fresh is None else len(fresh),
            fresh,
        )

    def _open(self) -> Positions:
        return np.flatnonzero(self._source < 0)

    def _take(self, snapshot: Snapshot, rows: Positions, positions: Positions) -> None:
        if not rows.size:
            return
        if snapshot not in self._found:
            self._found.append(snapshot)
        self._source[rows] = self._found.index(snapshot)
        self._position[rows] = positions

    def _positions(self, snapshot: Snapshot, rows: Positions) -> Positions:
        """Where the customers of some rows stand in a snapshot; -1 for those who do not."""
        if 2 * len(rows) > len(self._ids):  # all are found at once where they are in place
            return snapshot.positions(self._ids)[rows]
        return snapshot.positions(self._ids.take(pa.array(rows)))

    def _by_version(self, snapshot: Snapshot) -> None:
        """Rows whose `updated_at`, if they tell it, is the snapshot's."""
        rows = self._open()
        positions = self._positions(snapshot, rows)
        fits = positions >= 0
        if self._own_ms is not None:
            fits &= snapshot.updated_ms(positions) == self._own_ms[rows]
        self._take(snapshot, rows[fits], positions[fits])

    def _by_look(self, others: list[Snapshot]) -> None:
        """Rows whose `updated_at` is what a file makes of a snapshot's: cut, or in local clothes.

        Where two versions of a customer look the same, nobody knows which one the row came from.
        """
        rows = self._open()
        cells = read_cells(self._frame["updated_at"]).take(rows)
        count = len(rows)
        # Of each row the first snapshot that fits, in which position, and which version that is.
        first, at = np.full(count, -1, dtype=np.intp), np.full(count, -1, dtype=np.intp)
        version_ms = np.full(count, NEVER_MS, dtype=np.int64)
        is_clear = np.ones(count, dtype=bool)
        for number, snapshot in enumerate(others):
            positions = self._positions(snapshot, rows)
            there = np.flatnonzero(positions >= 0)
            told = snapshot.updated_ms(positions[there])
            fits = ~moved_times(cells.take(there), told * 1000, told != NEVER_MS, cut=True)
            there, told = there[fits], told[fits]
            is_first = first[there] < 0
            is_clear[there[~is_first & (told != version_ms[there])]] = False
            new = there[is_first]
            first[new], at[new], version_ms[new] = number, positions[new], told[is_first]
        for number, snapshot in enumerate(others):
            taken = is_clear & (first == number)
            self._take(snapshot, rows[taken], at[taken])

    def _by_what_is_remembered(self, others: list[Snapshot], asked: Positions) -> None:
        """Rows without mark and time: the newest version; `versions` asks the others as well."""
        newest_ms = np.full(len(asked), NEVER_MS, dtype=np.int64)
        for snapshot in others:
            positions = self._positions(snapshot, asked)
            here = np.flatnonzero(positions >= 0)
            if not here.size:
                continue
            version_ms = snapshot.version_ms(positions[here])
            newer = version_ms >= newest_ms[here]
            newest_ms[here[newer]] = version_ms[newer]
            self._take(snapshot, asked[here[newer]], positions[here[newer]])

    def _by_server(self, marked: Snapshot | None) -> Snapshot | None:
        """Rows of which nothing is remembered, or not this version."""
        rows = np.array(
            [row for row in self._open().tolist() if self._is_an_id(row)], dtype=np.intp
        )
        if not rows.size:
            return None
        wanted = self._ids.take(pa.array(rows))
        began_s = self._api.transport.clock.monotonic()
        customers = self._reader.read(dict.fromkeys(wanted.to_pylist()), self._span(rows))
        fresh = self._store.remember(
            customers_frame(customers, like=self._frame),
            is_whole=True,
            read_from_ms=known_from_ms(self._api.transport, began_s),
        )
        positions = fresh.positions(wanted)
        here = positions >= 0
        rows, positions = rows[here], positions[here]
        self._take(fresh, rows, positions)
        if not rows.size:
            return fresh
        copies = ~self._only_values[rows]
        rows, positions = rows[copies], positions[copies]
        if self._own_ms is not None:
            moved = fresh.updated_ms(positions) != self._own_ms[rows]
            if marked is not None:
                self._back_to_mark(marked, rows[moved], fresh)
                moved &= self._source[rows] == self._found.index(fresh)
            self._aged[rows[moved]] = True
        else:
            self._aged[rows] = True
        return fresh

    def _back_to_mark(self, marked: Snapshot, rows: Positions, fresh: Snapshot) -> None:
        """Rows whose `updated_at` is nobody's, though the server has not moved since the fetch."""
        if not rows.size:
            return
        at = self._positions(marked, rows)
        now = fresh.version_ms(self._positions(fresh, rows))
        same = (at >= 0) & (marked.version_ms(at) == now)
        self._take(marked, rows[same], at[same])

    def _is_an_id(self, row: int) -> bool:
        value = self._ids[row].as_py()
        return isinstance(value, str) and value.startswith(ID_PREFIX)

    def _span(self, rows: Positions) -> Span:
        if "created_at" not in self._frame.columns:
            return Span()
        created_ms = milliseconds(self._frame["created_at"])[rows]
        if (created_ms == NEVER_MS).any():
            return Span()
        return Span(int(created_ms.min()), int(created_ms.max()))

    def _is_no_copy(self) -> Bools:
        """Which rows nothing shows to come from what was fetched."""
        if MARK in self._frame.attrs:
            return np.zeros(len(self._ids), dtype=bool)
        blank = np.ones(len(self._ids), dtype=bool)
        for name in self._read_only_columns():
            if not blank.any():
                break
            blank &= self._frame[name].isna().to_numpy(dtype=bool)
        return blank

    def _read_only_columns(self) -> list[str]:
        names = [name for name in self._frame.columns if isinstance(name, str)]
        return [n for n in names if access_of(n) is Access.READ_ONLY and n != "source_id"]


def ids_of(frame: pd.DataFrame) -> pa.Array:
    """A frame's customer ids as they are compared; null for labels that are no text."""
    if isinstance(frame.index.dtype, pd.StringDtype):
        return remembered(frame.index.to_series()).values
    labels = [label if isinstance(label, str) else None for label in frame.index]
    return pa.array(labels, pa.large_string())
