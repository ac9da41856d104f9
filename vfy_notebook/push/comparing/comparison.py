"""From an edited frame to its changes: rows are found, brought into shape, compared, looked up."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pyarrow as pa

from vfy_notebook.edits.cells.values import same_json
from vfy_notebook.edits.checks.asked_names import refuse_absent, refuse_absent_keys
from vfy_notebook.edits.checks.empty_rows import FEWEST_CELLS, emptied_rows, empty_rows
from vfy_notebook.edits.checks.unknown_columns import meant_by
from vfy_notebook.edits.checks.unknown_rows import unknown_rows
from vfy_notebook.edits.differences import differing_rows, find_edits
from vfy_notebook.edits.dress.origin import may_be_from_a_file
from vfy_notebook.edits.fields import Access, access_of, value_of
from vfy_notebook.edits.locating import DOUBLED, Located, locate
from vfy_notebook.edits.metadata_schema import MetadataSchema
from vfy_notebook.edits.odd_values import odd_beside
from vfy_notebook.edits.problems import messages
from vfy_notebook.edits.problems.problems import column_shown
from vfy_notebook.edits.sides import Before, Sides
from vfy_notebook.edits.tables.changes import ChangesById
from vfy_notebook.errors import ArgumentError, PlanError
from vfy_notebook.fetch.marks import known_from_ms
from vfy_notebook.fetch.metadata_schema import fetch_metadata_schema
from vfy_notebook.frames.schema import METADATA_PREFIX
from vfy_notebook.interchange.workbook.layout import IN_UTC
from vfy_notebook.journal.entries import Base
from vfy_notebook.push.comparing.bases import ID_PREFIX, find_bases, ids_of
from vfy_notebook.push.comparing.irreversible import Irreversible
from vfy_notebook.push.comparing.newest import NewestKnown
from vfy_notebook.push.comparing.read_only import edited_read_only, edited_rest
from vfy_notebook.push.comparing.reading import span_of
from vfy_notebook.push.comparing.versions import OtherVersions, Told
from vfy_notebook.push.lookup.checks import Findings
from vfy_notebook.snapshots.snapshot import NEVER_MS
from vfy_notebook.snapshots.store import MARK

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from vfy_notebook.api.models import Customer
    from vfy_notebook.api.operations import Api
    from vfy_notebook.edits.cells.cells import Bools, Positions
    from vfy_notebook.edits.differences import Edits
    from vfy_notebook.edits.problems.problems import Problem
    from vfy_notebook.edits.tables.changes import Changes
    from vfy_notebook.frames.identities.id_places import IdPlace
    from vfy_notebook.push.comparing.bases import Bases
    from vfy_notebook.push.comparing.reading import CustomerReader
    from vfy_notebook.push.comparing.request import PlanRequest
    from vfy_notebook.snapshots.rows import SnapshotRows
    from vfy_notebook.snapshots.snapshot import Snapshot
    from vfy_notebook.snapshots.store import ProjectSnapshots


@dataclass(frozen=True)
class Compared:
    """What a frame changes.

    Attributes:
        changes: Customer by customer, each starting from its base.
        problems: What is wrong, or to be known.
        base: What is known of the customers on the server.
        known: What is known already that is newer than a change's base.
        whole_metadata: Whether all metadata of all changed customers is known.
        heads: What a plan says before everything else.
    """

    changes: Changes
    problems: list[Problem]
    base: Base
    known: Findings
    whole_metadata: bool
    heads: list[str]


class Comparison:
    """Compares frames for one plan.

    Args:
        api: The project's API.
        snapshots: What is remembered of the project.
        reader: Reads what is not.
        request: What the user asks for.
    """

    def __init__(
        self,
        api: Api,
        snapshots: ProjectSnapshots,
        reader: CustomerReader,
        request: PlanRequest,
    ) -> None:
        self._api = api
        self._store = snapshots
        self._reader = reader
        self._request = request
        self._began_s = api.transport.clock.monotonic()
        self._schema = cache(lambda: MetadataSchema.from_api(fetch_metadata_schema(api)))

    def of(self, edited: pd.DataFrame, before: pd.DataFrame | None) -> Compared:
        """What a frame changes, of what it came from or of another frame."""
        edited = self._renamed(edited)
        self._check_names(edited)
        # Both frames are indexed by customer_id from here on.
        located = self._located(edited)
        edited = located.frame
        _refuse([each for each in located.problems if each.kind == DOUBLED], "edited")
        if before is not None:
            there = self._located(self._renamed(before))
            _refuse(there.problems, "before")
            before = there.frame
        edited, emptied = self._without_emptied(edited, before)
        if before is None:
            bases = find_bases(edited, self._store, self._api, self._reader)
            new_rows = bases.unknown
            sides = self._sides(edited, bases, bases.rows, None, new_rows)
        else:
            matched, new_rows, at = _matched(edited, before)
            of_ids = np.array([_is_an_id(each) for each in edited.index[new_rows]], dtype=bool)
            not_told, new_rows = new_rows[of_ids], new_rows[~of_ids]
            differs = differing_rows(edited, matched, before, at, self._request.columns)
            matched, at = matched[differs], at[differs]
            bases = find_bases(before.iloc[at], self._store, self._api, self._reader)
            is_base = bases.aged | bases.only_values
            sides = self._sides(
                edited,
                bases,
                matched[bases.rows],
                Before(before, at[bases.rows], is_base),
                new_rows,
            )
        found = find_edits(sides, schema=self._schema)
        problems = found.problems
        problems += located.problems
        problems += [emptied_rows(emptied)] if emptied else []
        if before is None and self._request.columns is None:
            problems += edited_read_only(edited, bases, self._store)
            problems += edited_rest(edited, bases, sides.new_rows)
        problems += self._unknown_rows(edited, new_rows, located.place)
        if before is not None:
            problems += _not_compared(edited, not_told, before, at[bases.unknown])
        aged = before is None and self._request.columns is None and bool(bases.aged.any())
        changes = self._without_aged(found, bases) if aged else found.changes
        told = _told(edited if before is None else before, is_sure=before is not None)
        changes, rows = self._without_unclear(changes, found, sides, told)
        existing, base_rows = changes.existing(), sides.base.take(rows)
        created = Irreversible(self._api, self._store, self._reader, self._request, self._schema)
        problems += created.problems(changes, map(str, edited.columns))
        known, vanished = self._newer(existing, base_rows)
        if before is not None:
            known |= _shown_anew(existing, rows, bases, is_base, known)
        problems += _odd_values(existing, rows, sides, known)
        problems += self._notes(edited, sides, found, bases)
        return Compared(
            changes,
            problems,
            self._base(existing, sides),
            Findings(vanished, known),
            bool(base_rows.is_whole().all()),
            self._heads(bases, by_source_id=located.by_source_id),
        )

    def _renamed(self, frame: pd.DataFrame) -> pd.DataFrame:
        """Headers of `vfy.to_excel` that another reader has left as they are."""
        titled = {
            name: name.removesuffix(IN_UTC)
            for name in frame.columns
            if isinstance(name, str) and name.endswith(IN_UTC)
        }
        renamed = {
            title: name
            for title, name in titled.items()
            if access_of(name) is not Access.UNKNOWN
            and name not in frame.columns
            and not any(title in snapshot.kept for snapshot in self._store.all())
        }
        return frame.rename(columns=renamed) if renamed else frame

    def _check_names(self, edited: pd.DataFrame) -> None:
        """Refuse options that name columns which the frame does not have, or nobody can write."""
        there = {str(name) for name in (*edited.columns, *edited.index.names) if name is not None}
        for argument, names in (
            ("columns", self._request.columns or ()),
            ("retype", self._request.retype),
        ):
            refuse_absent(argument, names, there)
            for name in names:
                if access_of(name) is Access.UNKNOWN:
                    raise ArgumentError(_no_column_of_the_api(argument, name))
        refuse_absent_keys("new_keys", self._request.new_keys or (), there)

    # -- who the rows are ----------------------------------------------------------------------

    def _unknown_rows(
        self, edited: pd.DataFrame, new_rows: Positions, place: IdPlace
    ) -> list[Problem]:
        """Rows whose customers neither the base nor the server has."""
        if not new_rows.size or self._request.create_missing:
            return []
        return unknown_rows(
            [str(label) for label in edited.index.take(new_rows)],
            place,
            set(edited.columns),
            all_are=len(new_rows) == len(edited),
            knows=self._knows,
            source_ids=self._source_ids(),
            ids=lambda: (who for each in self._store.all() for who in each.ids.to_pylist()),
        )

    def _located(self, frame: pd.DataFrame) -> Located:
        """A frame by customer."""

        def source_ids(wanted: Collection[str]) -> Mapping[str, str]:
            known = self._known_source_ids()
            missing = [each for each in wanted if each not in known]
            return {**known, **self._reader.ids_by_source_id(missing)} if missing else known

        return locate(frame, self._knows, source_ids)

    def _knows(self, customer_id: str) -> bool:
        """Whether something is remembered of a customer."""
        one = pa.array([customer_id], pa.large_string())
        return any(bool((each.positions(one) >= 0).any()) for each in self._store.all())

    def _known_source_ids(self) -> dict[str, str]:
        """Ids by source_id, of all customers that are remembered."""
        known: dict[str, str] = {}
        for snapshot in self._store.all():
            column = snapshot.column("source_id")
            if column is not None:
                known.update(zip(column.values.to_pylist(), snapshot.ids.to_pylist(), strict=True))
        known.pop(None, None)  # type: ignore[call-overload]
        return known

    def _without_emptied(
        self, edited: pd.DataFrame, before: pd.DataFrame | None
    ) -> tuple[pd.DataFrame, list[str]]:
        """The frame without rows that hold nothing, of customers who have something; and these."""
        empty = empty_rows(edited)
        # Without a mark such a row holds values to set, and none of them.
        holds_values = before is None and MARK not in edited.attrs
        if self._request.columns is not None or holds_values or not empty.any():
            return edited, []
        labels = edited.index[empty]
        names = [name for name in edited.columns if isinstance(name, str)]
        if before is not None:
            had = before.reindex(labels).reindex(columns=names).notna().sum(axis=1).to_numpy()
        else:
            had = self._store.cells_held(ids_of(edited[empty]), names)
        empty[empty] = (had > 0) & bool((had >= FEWEST_CELLS).any())
        return edited[~empty], _labels(edited, np.flatnonzero(empty))

    # -- what is told besides ----------------------------------------------------------------------

    def _heads(self, bases: Bases, *, by_source_id: bool) -> list[str]:
        """What a plan says before everything else."""
        told = []
        values = int(bases.only_values.sum())
        if values:
            told.append(
                f"{values:,} rows hold values to set, as nothing in them shows a version that was "
                "fetched: cells that differ from what the API has shown last are meant, and blank "
                "cells leave things as they are."
            )
        if bases.read:
            told.append(
                f"{bases.read:,} customers were read anew, because their version is not remembered."
            )
        if told:
            calls = self._reader.calls
            told.append(f"Planning took {calls:,} API call{'s' * (calls != 1)}.")
        if by_source_id:
            told.append(
                "Neither the index nor a column of the frame holds a customer_id: its rows were "
                "found by source_id."
            )
        return told

    def _notes(
        self, edited: pd.DataFrame, sides: Sides, found: Edits, bases: Bases
    ) -> list[Problem]:
        """Cells that are as they were fetched, though this project has pushed others since."""
        pushes = self._store.pushes()
        if not pushes or not len(bases.rows):
            return []
        ids = edited.index.take(sides.rows)
        place_of = {str(label): place for place, label in enumerate(ids)}
        pushed = [
            who for who in dict.fromkeys(w for p in pushes for w in p.rows) if who in place_of
        ]
        edits = ChangesById(found.changes).some(pushed)
        edited_cells = {who: change.after.keys() for who, (_, change) in edits.items()}
        places = np.array([place_of[who] for who in pushed], dtype=np.intp)
        left: dict[str, list[str]] = {}
        for who, shown in zip(pushed, sides.base.take(places).customers(), strict=True):
            cells: dict[str, object] = {}
            for push in pushes:
                cells |= push.cells(who)
            for name, value in cells.items():
                is_left = name in edited.columns and name not in edited_cells.get(who, ())
                if is_left and not same_json(value_of(shown, name), value):
                    left.setdefault(name, []).append(who)
        return [messages.pushed_since(name, labels) for name, labels in left.items()]

    def _sides(
        self,
        edited: pd.DataFrame,
        bases: Bases,
        rows: Positions,
        before: Before | None,
        new_rows: Positions,
    ) -> Sides:
        meant = self._request.columns is not None
        only_values = bases.only_values | (bases.aged & meant)
        if before is not None:
            only_values = np.zeros(len(rows), dtype=bool)
        creates = self._request.create_missing and bool(new_rows.size)
        return Sides(
            edited,
            rows,
            bases.base,
            only_values,
            bases.aged,
            before,
            self._request.columns,
            self._request.retype,
            may_be_from_a_file(edited),
            new_rows if creates else np.zeros(0, dtype=np.intp),
            self._source_ids() if creates else frozenset(),
        )

    def _source_ids(self) -> frozenset[str]:
        """All that are known to be somebody's."""
        return frozenset(self._known_source_ids())

    # -- rows that cannot be judged --------------------------------------------------------------

    def _without_aged(self, found: Edits, bases: Bases) -> Changes:
        """Leaves out changes of rows of which nobody knows what they were, as problems."""
        is_aged = np.zeros(len(found.changes), dtype=bool)
        is_aged[: len(found.rows)] = bases.aged[found.rows]
        aged = found.changes.kept(is_aged)
        if aged:
            found.problems.append(messages.aged_copy(aged.labels, aged.cells))
        return found.changes.kept(~is_aged)

    def _without_unclear(
        self, changes: Changes, found: Edits, sides: Sides, told: Told
    ) -> tuple[Changes, Positions]:
        """Tells of cells that may be of several versions; left out where conflicts are skipped.

        Gives the changes that are left, and which rows of the base those of existing customers
        start from.
        """
        existing = changes.existing()
        rows = found.rows[existing.rows]
        has_none = sides.only_values[rows]
        versions = OtherVersions(existing, sides.base.take(rows), told, has_none, self._store)
        on_conflict = self._request.on_conflict
        found.problems.extend(
            messages.unclear_base(
                name,
                [existing.labels[place] for place in places],
                on_conflict=on_conflict,
                has_version=not told.nothing,
            )
            for name, places in versions.found.items()
        )
        if versions.times_stay():
            self._store.note_times(tell=False)
        if on_conflict != "skip":
            return changes, rows
        changes, left = _without(changes, versions.found)
        return changes, rows[left[: len(rows)]]

    # -- what is known beyond the bases ------------------------------------------------------------

    def _newer(self, changes: Changes, base: SnapshotRows) -> tuple[dict[str, Customer], set[str]]:
        """What is remembered, or has to be read, that is newer or fuller than the bases.

        Also who is no longer there, of those whose base is only what a file says.

        Args:
            changes: Changes of customers who exist.
            base: The base of each.
        """
        newest = NewestKnown(changes, base, self._store)
        known, to_read = newest.customers()
        if to_read:
            span = span_of(to_read.values())
            known |= {c.id: c for c in self._reader.read(to_read.keys(), span)}
        return known, newest.unverified - known.keys()

    def _base(self, changes: Changes, sides: Sides) -> Base:
        """What is known of the customers concerned, for the look at the server."""
        snapshots = sides.base.snapshots
        # Whoever is changed by what a file says was read for this plan.
        now_ms = known_from_ms(self._api.transport, self._began_s)
        told = [each.read_from_ms if each.is_verified else now_ms for each in snapshots]
        read_from = [ms for ms in told if ms is not None]
        if len(read_from) < len(told) or not told:
            since = changes.versions_ms[changes.versions_ms != NEVER_MS]
            read_from.append(int(since.min()) if since.size else 0)
        times = changes.created_ms[changes.created_ms != NEVER_MS]
        if not times.size:
            return Base(min(read_from))
        first, last = int(times.min()), int(times.max())
        return Base(min(read_from), _count_between(snapshots, first, last), first, last)


def _told(frame: pd.DataFrame, *, is_sure: bool) -> Told:
    mark = frame.attrs.get(MARK)
    return Told(mark if isinstance(mark, str) else None, "updated_at" in frame.columns, is_sure)


def _without(changes: Changes, cells: Mapping[str, Sequence[int]]) -> tuple[Changes, Bools]:
    """Changes without some cells, by field and position; and of which of them anything is left."""
    names: dict[int, list[str]] = {}
    for name, positions in cells.items():
        for position in positions:
            names.setdefault(position, []).append(name)
    altered = dict(zip(sorted(names), changes.at(sorted(names)), strict=True))
    left = np.ones(len(changes), dtype=bool)
    for position, change in altered.items():
        change.leave_out(names[position])
        left[position] = bool(change.after)
    return changes.replaced(altered).kept(left), left


def _shown_anew(
    changes: Changes, rows: Positions, bases: Bases, is_base: Bools, known: Collection[str]
) -> dict[str, Customer]:
    """The customers, as they were read for this plan, whose base is another frame's own values."""
    own = [
        (label, row)
        for label, row in zip(changes.labels, rows.tolist(), strict=True)
        if is_base[row] and label not in known
    ]
    shown = bases.base.take(np.array([row for _, row in own], dtype=np.intp)).customers()
    return {label: customer for (label, _), customer in zip(own, shown, strict=True)}


def _odd_values(
    changes: Changes, rows: Positions, sides: Sides, known: dict[str, Customer]
) -> list[Problem]:
    """Edits beside values that no cell holds, which therefore could not be sent along."""
    if not any(s.odd for s in sides.base.snapshots) and not any(c.odd for c in known.values()):
        return []
    beside: dict[str, list[str]] = {}
    for change, source in zip(changes, sides.base.source[rows].tolist(), strict=True):
        newer = known.get(change.label)
        odd = newer.odd if newer is not None else sides.base.snapshots[source].odd.get(change.label)
        for name in odd_beside(change.after, odd or {}):
            beside.setdefault(name, []).append(change.label)
    return [messages.odd_values(name, labels) for name, labels in beside.items()]


def _refuse(problems: Sequence[Problem], name: str) -> None:
    """Refuse a frame by what is wrong with its customers."""
    if problems:
        told = " ".join(each.message for each in problems)
        raise PlanError(f"{name}: {told.replace('edited', name)}")


def _no_column_of_the_api(argument: str, name: str) -> str:
    meant = meant_by(name)
    rename = f"{METADATA_PREFIX}{name}" if meant is None else meant
    return (
        f"{argument}=[{column_shown(name)!r}]: this is none of the API's columns, so it cannot be "
        f"written. To push it, name it so: edited.rename(columns={{{column_shown(name)!r}: "
        f"{column_shown(rename)!r}}}). Nothing was sent."
    )


def _not_compared(
    edited: pd.DataFrame, not_told: Positions, before: pd.DataFrame, unknown: Positions
) -> list[Problem]:
    """Rows that `before` has not, and rows of it whom nobody knows."""
    told = [messages.not_in_before(_labels(edited, not_told))] if not_told.size else []
    return told + ([messages.gone(_labels(before, unknown))] if unknown.size else [])


def _labels(frame: pd.DataFrame, rows: Positions) -> list[str]:
    return [str(label) for label in frame.index.take(rows)]


def _is_an_id(label: object) -> bool:
    return isinstance(label, str) and label.startswith(ID_PREFIX)


def _matched(edited: pd.DataFrame, before: pd.DataFrame) -> tuple[Positions, Positions, Positions]:
    """Rows of `edited` that `before` has, those that it has not, and where it has the first."""
    at = pd.Index(before.index.astype(object)).get_indexer(pd.Index(edited.index.astype(object)))
    matched = np.flatnonzero(at >= 0)
    return matched, np.flatnonzero(at < 0), at[matched]


def _count_between(snapshots: Iterable[Snapshot], first: int, last: int) -> int:
    """How many different customers of the snapshots were created in a span of time."""
    ids = [snapshot.created_between(first, last) for snapshot in snapshots]
    if len(ids) == 1:
        return len(ids[0])
    return len(pa.compute.unique(pa.chunked_array(ids))) if ids else 0
