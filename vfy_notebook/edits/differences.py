"""What differs between an edited DataFrame and its base, customer by customer, cell by cell."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from vfy_notebook.edits.cells.base_cells import cells_of
from vfy_notebook.edits.cells.cells import (
    Cells,
    cells_from,
    may_differ,
    missing_cells,
    read_cells,
)
from vfy_notebook.edits.cells.json_cells import Form, JsonCells, to_json
from vfy_notebook.edits.changes import Change
from vfy_notebook.edits.checks.masked import masked_in_new_rows, masked_left_alone
from vfy_notebook.edits.checks.slips import slips
from vfy_notebook.edits.checks.unknown_columns import unknown_columns
from vfy_notebook.edits.columns import ColumnDifference, difference, form_of, read_field
from vfy_notebook.edits.dress.kinds import Own, own_kind
from vfy_notebook.edits.dress.missing import is_among, is_blank
from vfy_notebook.edits.dress.notes import DressNotes, undecided
from vfy_notebook.edits.dress.times import moved_times, plain_times
from vfy_notebook.edits.dress.undress import undress
from vfy_notebook.edits.fields import Access, access_of, is_writable, metadata_key
from vfy_notebook.edits.problems import messages
from vfy_notebook.edits.tables.assembly import Assembly
from vfy_notebook.edits.tables.change_table import ChangeTable
from vfy_notebook.edits.tables.changes import Changes
from vfy_notebook.frames.attrs import MASKED
from vfy_notebook.frames.identities.words import MISSING
from vfy_notebook.frames.masking import masked_cells, may_be_masked
from vfy_notebook.frames.schema import FIXED_NAMES, METADATA_PREFIX
from vfy_notebook.snapshots.snapshot import NEVER_MS

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence

    from vfy_notebook.edits.cells.cells import Bools, Positions
    from vfy_notebook.edits.cells.values import Unsendable
    from vfy_notebook.edits.dress.undress import Undressed
    from vfy_notebook.edits.metadata_schema import MetadataSchema
    from vfy_notebook.edits.problems.problems import Problem
    from vfy_notebook.edits.sides import Sides
    from vfy_notebook.snapshots.snapshot import Milliseconds

    #: Gives the labels of rows at some places.
    LabelsOf = Callable[[Iterable[int]], list[str]]


@dataclass
class Edits:
    """All changes of a frame, and what is wrong with some of them.

    `changes` is in the order of the frame's rows, created customers last. Refused cells are
    problems and in no change. `rows` are the places of the changes among the compared rows, those
    of created customers left out.
    """

    changes: Changes = field(default_factory=partial(Changes.of, ()))
    problems: list[Problem] = field(default_factory=list)
    rows: Positions = field(default_factory=lambda: np.zeros(0, dtype=np.intp))


def find_edits(sides: Sides, *, schema: Callable[[], MetadataSchema]) -> Edits:
    """Compare each row with its base, column by column.

    `schema` is called only where metadata may have changed.
    """
    return _Comparison(sides, schema).run()


class _Comparison:
    """Column by column: what differs becomes a cell of a change, or a problem."""

    def __init__(self, sides: Sides, schema: Callable[[], MetadataSchema]) -> None:
        self._sides = sides
        self._edited = sides.edited
        self._schema = schema
        self._problems: list[Problem] = []
        self._dress = DressNotes()
        self._found = Assembly(len(sides.rows))
        #: The rows that were asked for last, and how the frame calls them.
        self._labelled: tuple[Positions, list[str]] | None = None
        #: Column → the rows whose blank cell there leaves a value alone.
        self._left_alone: dict[str, Positions] = {}
        #: Cells in which the frame differs from the one given as `before`.
        self._meant_cells = 0

    def run(self) -> Edits:
        """Compare everything."""
        columns = self._columns()
        for name in columns:
            self._compare(name)
        self._compare_times()
        rows, edited = self._found.columns()
        base = self._sides.base.take(rows)
        table = ChangeTable.of(self._labels_at(rows), base, edited, self._found.counts)
        created = self._new_customers(columns)
        if self._meant_cells and not len(rows) and not any(p.blocks for p in self._problems):
            self._problems.append(messages.swapped(self._meant_cells))
        changes = Changes.of_table(table, created)
        self._note(changes)
        self._problems += self._dress.problems()
        self._note_left_alone()
        return Edits(changes, self._problems, rows)

    def _columns(self) -> list[str]:
        """The columns of the edited frame that mean something, in a fixed order."""
        names = set()
        others = []
        meant = self._sides.columns
        for name in self._edited.columns:
            if meant is not None and name not in meant:
                continue
            if isinstance(name, str) and access_of(name) is not Access.UNKNOWN:
                names.add(name)
            else:
                others.append(name)
        self._problems += unknown_columns(
            others, set(self._edited.columns), self._sides.base.names if others else ()
        )
        metadata = sorted(name for name in names if name.startswith(METADATA_PREFIX))
        return [name for name in FIXED_NAMES if name in names] + metadata

    # -- one column ----------------------------------------------------------------------------

    def _compare(self, name: str) -> None:
        for one, other, rows in self._pairs(name):
            found = difference(one, other, form_of(name))
            if found is not None:
                self._take(name, found if rows is None else found.at(rows))

    def _pairs(self, name: str) -> Iterator[tuple[Cells, Cells, Positions | None]]:
        """The base's and the frame's cells, and the rows that they are of; None is all."""
        sides = self._sides
        masked = self._masked(name)
        base = self._base_cells(name)
        if base is None and sides.before is None:
            return  # the digests of what cannot be written tell whether it was edited
        cells = read_field(self._edited[name], name)
        edited = cells if sides.is_whole_frame else cells.take(sides.rows)
        meant = self._meant(name, edited, base)
        if masked is not None:
            meant = ~masked if meant is None else meant & ~masked
        if meant is not None and sides.before is not None and is_writable(name):
            self._meant_cells += int(meant.sum())
        if base is not None:
            undressed = self._undressed(name, edited, base, meant)
            if undressed.is_equal and sides.before is None:
                return
            edited = undressed.cells
        if base is not None and (meant is None or meant.all()):
            yield base, edited, None
        elif base is not None and meant is not None and meant.any():
            rows = np.flatnonzero(meant)
            yield base.take(rows), edited.take(rows), rows
        if sides.before is not None and (base is None or sides.before.is_base.any()):
            own = sides.before.is_base if base is not None else np.ones(len(edited), dtype=bool)
            rows = np.flatnonzero(own if masked is None else own & ~masked)
            before = self._before_cells(name)
            if base is not None:
                before = self._undress(name, before, base).cells
            yield before.take(rows), edited.take(rows), rows

    def _undressed(self, name: str, edited: Cells, base: Cells, meant: Bools | None) -> Undressed:
        """A column of the frame in the kind of its base; what is odd about it becomes a problem."""
        found = self._undress(name, edited, base)
        if found.undecided:
            self._refuse_undecided(name, found, edited, meant)
        if access_of(name) is not Access.READ_ONLY:
            self._dress.add(name, found, edited, base)
        return found

    def _undress(self, name: str, edited: Cells, base: Cells) -> Undressed:
        retype = name in self._sides.retype
        return undress(
            edited,
            base,
            partial(self._own_kind, name, retype=retype),
            was_in_a_file=self._sides.was_in_a_file,
            is_new=not self._sides.base.has(name),
            retype=retype,
        )

    def _own_kind(self, name: str, base: Cells, *, retype: bool) -> Own:
        """What a column holds of its own: by the schema, else by its values on the server."""
        key = metadata_key(name)
        told = None if key is None else self._schema().type_of(key)
        if retype and told is None:
            return Own.ANY
        return own_kind(name, base, schema_type=told)

    def _refuse_undecided(
        self, name: str, found: Undressed, edited: Cells, meant: Bools | None
    ) -> None:
        for why, rows in found.undecided.items():
            told = rows if meant is None else rows[meant[rows]]
            if not told.size:
                continue
            labels = self._labels_at(told)
            if access_of(name) is Access.READ_ONLY:
                self._problems.append(messages.read_only(name, labels))
                continue
            (example,) = edited.take(told[:1]).objects()
            self._problems.append(undecided(name, found.own, why, labels, example))

    def _base_cells(self, name: str) -> Cells | None:
        """What is remembered of a column; None for one that is never remembered."""
        if access_of(name) is Access.READ_ONLY and name != "source_id":
            return None
        column = self._sides.base.column(name)
        return missing_cells(len(self._sides.rows)) if column is None else cells_of(column)

    def _before_cells(self, name: str) -> Cells:
        before = self._sides.before
        if before is None or name not in before.frame.columns:
            return missing_cells(len(self._sides.rows))
        return read_field(before.frame[name], name).take(before.rows)

    def _meant(self, name: str, edited: Cells, base: Cells | None) -> Bools | None:
        """The cells that are meant, of rows whose base is remembered; None is all of them."""
        sides = self._sides
        meant = None
        if sides.only_values.any():
            differs = sides.only_values if base is None else may_differ(edited, base)
            asked = np.flatnonzero(differs & sides.only_values)
            cells = edited.take(asked)
            blank = asked[cells.missing | is_among(cells, MISSING) | is_blank(cells)]
            meant = np.ones(len(edited), dtype=bool)
            meant[blank] = False
            if base is not None and is_writable(name):
                self._left_alone[name] = blank[~base.missing[blank]]
        if sides.before is None:
            return meant
        found = difference(self._before_cells(name), edited)
        differs = np.zeros(len(edited), dtype=bool)
        if found is not None:
            differs[found.rows] = True
        differs &= ~sides.before.is_base
        return differs if meant is None else differs & meant

    def _masked(self, name: str) -> Bools | None:
        """The cells that are masked, and so are no edits; None where there are none."""
        if not may_be_masked(name, self._edited.attrs.get(MASKED) or ()):
            return None
        masked = masked_cells(self._edited[name])[self._sides.rows]
        if not masked.any():
            return None
        labels = self._labels_at(np.flatnonzero(masked))
        self._problems.append(masked_left_alone(name, labels))
        return masked

    def _take(self, name: str, found: ColumnDifference) -> None:
        if access_of(name) is Access.READ_ONLY:
            self._problems.append(messages.read_only(name, self._labels_at(found.rows)))
            return
        refused = {**found.before.refused, **found.after.refused}
        labels_of = partial(self._labels_of, found.rows)
        out = self._refuse_cells(name, labels_of, refused)
        out |= self._refuse_violations(name, labels_of, found.after, refused)
        self._found.add(name, found, out)
        labels = self._labels_at(found.rows)
        self._problems += _slips_but(out, name, labels, found.before, found.after)

    def _labels_of(self, rows: Positions, places: Iterable[int]) -> list[str]:
        return self._labels_at(rows[np.fromiter(places, dtype=np.intp)])

    def _labels_at(self, rows: Positions) -> list[str]:
        """How the frame calls some of the compared rows; columns are mostly edited in the same."""
        if self._labelled is None or not np.array_equal(self._labelled[0], rows):
            labels = self._edited.index.take(self._sides.rows[rows]).tolist()
            self._labelled = (rows, list(map(str, labels)))
        return self._labelled[1]

    def _compare_times(self) -> None:
        """Times that the API sets itself must be those of the base."""
        if self._sides.columns is not None or self._sides.before is not None:
            return
        for name, known in (
            ("created_at", self._sides.base.created_ms()),
            ("updated_at", self._sides.base.updated_ms()),
        ):
            if name not in self._edited.columns:
                continue
            cells = read_cells(self._edited[name]).take(self._sides.rows)
            has_time = known != NEVER_MS
            moved = moved_times(
                cells,
                np.where(has_time, known, 0) * 1000,
                has_time,
                cut=self._sides.was_in_a_file,
            )
            rows = np.flatnonzero(moved & ~self._sides.aged & ~self._sides.only_values)
            if rows.size:
                self._problems.append(messages.read_only(name, self._labels_at(rows)))

    def _refuse_cells(
        self, name: str, labels_of: LabelsOf, refused: Mapping[int, Unsendable]
    ) -> set[int]:
        if refused:
            told = zip(labels_of(refused), refused.values(), strict=True)
            self._problems += messages.unsendable(name, told)
        return set(refused)

    def _refuse_violations(
        self, name: str, labels_of: LabelsOf, values: JsonCells, known: Container[int]
    ) -> set[int]:
        key = metadata_key(name)
        check = None if key is None else self._schema().checker(key)
        if check is None:
            return set()
        wrong = {
            i: violation
            for i, value in enumerate(values)
            if i not in known and (violation := check(value)) is not None
        }
        if wrong:
            told = zip(labels_of(wrong), wrong.values(), strict=True)
            self._problems += messages.violates_schema(name, told)
        return set(wrong)

    # -- customers that are not there yet --------------------------------------------------------

    def _new_customers(self, columns: Sequence[str]) -> list[Change]:
        labels = [str(label) for label in self._edited.index.take(self._sides.new_rows)]
        changes = [Change(label, None, None) for label in labels]
        for name in columns if changes else ():
            cells = self._new_cells(name)
            if name == "source_id":
                self._set_source_ids(changes, cells)
            else:
                self._fill_created(name, changes, cells)
        return self._creatable(changes)

    def _new_cells(self, name: str) -> Cells:
        """The cells of created customers, in the kind of the others' where these have one."""
        cells = read_field(self._edited[name], name)
        base = None if access_of(name) is Access.READ_ONLY else self._base_cells(name)
        if base is None:
            return cells.take(self._sides.new_rows)
        count = len(self._sides.rows)
        rows = np.concatenate([self._sides.rows, self._sides.new_rows])
        nothing = [None] * len(self._sides.new_rows)
        edited = cells.take(rows)
        found = self._undress(name, edited, cells_from([*base.objects(), *nothing]))
        for why, undecided_rows in found.undecided.items():
            told = undecided_rows[undecided_rows >= count]
            if told.size:
                labels = [str(self._edited.index[row]) for row in rows[told]]
                (example,) = edited.take(told[:1]).objects()
                self._problems.append(undecided(name, found.own, why, labels, example))
        return found.cells.take(np.arange(count, len(rows)))

    def _set_source_ids(self, changes: Sequence[Change], cells: Cells) -> None:
        told = to_json(cells, Form.TEXT)
        self._refuse_cells("source_id", lambda at: [changes[i].label for i in at], told.refused)
        for change, value in zip(changes, told.values, strict=True):
            change.source_id = value

    def _fill_created(self, name: str, changes: Sequence[Change], cells: Cells) -> None:
        told = to_json(cells, form_of(name))
        filled = np.flatnonzero(~told.missing).tolist()
        if access_of(name) is Access.READ_ONLY:
            if filled:
                self._problems.append(messages.ignored(name, [changes[i].label for i in filled]))
            return
        labels = [change.label for change in changes]
        labels_of: LabelsOf = lambda at: [labels[i] for i in at]  # noqa: E731 - used twice
        out = self._refuse_cells(name, labels_of, told.refused)
        nothing = set(np.flatnonzero(told.missing).tolist())
        out |= self._refuse_violations(name, labels_of, told, nothing)
        out |= self._refuse_masked(name, labels)
        values = told.values
        for i in filled:
            if i not in out:
                changes[i].before[name] = None
                changes[i].after[name] = values[i]
        nothing_before = JsonCells.of([None] * len(labels))
        self._problems += _slips_but(out, name, labels, nothing_before, told)

    def _refuse_masked(self, name: str, labels: Sequence[str]) -> set[int]:
        if not may_be_masked(name, self._edited.attrs.get(MASKED) or ()):
            return set()
        masked = masked_cells(self._edited[name])[self._sides.new_rows]
        at = np.flatnonzero(masked).tolist()
        if at:
            self._problems.append(masked_in_new_rows(name, [labels[i] for i in at]))
        return set(at)

    def _creatable(self, changes: Sequence[Change]) -> list[Change]:
        """Only those with a source_id of their own."""
        taken = set(self._sides.source_ids_taken)
        good: list[Change] = []
        without: list[str] = []
        doubled: list[str] = []
        for change in changes:
            if not change.source_id:
                without.append(change.label)
            elif change.source_id in taken:
                doubled.append(change.label)
            else:
                taken.add(change.source_id)
                good.append(change)
        if without:
            self._problems.append(messages.without_source_id(without))
        if doubled:
            self._problems.append(messages.doubled_source_id(doubled))
        return good

    # -- notes ---------------------------------------------------------------------------------

    def _note_left_alone(self) -> None:
        """Blank cells that somebody may have emptied on purpose."""
        cells = {name: len(rows) for name, rows in self._left_alone.items() if len(rows)}
        if cells:
            rows = np.unique(np.concatenate(list(self._left_alone.values())))
            self._problems.append(messages.blank_left_alone(cells, self._labels_at(rows)))

    def _note(self, changes: Changes) -> None:
        """What does not stop a push, but ought to be known before it."""
        dropped = [
            name
            for name in self._sides.base.names
            if name != "source_id" and name not in self._edited.columns
        ]
        if dropped and self._sides.columns is None:
            self._problems.append(messages.missing_columns(dropped))
        touched = np.flatnonzero(changes.with_metadata)
        required = self._schema().required_keys if touched.size else ()
        lacking: dict[str, list[str]] = {key: [] for key in required}
        for change in changes.at(touched) if required else ():
            for key, labels in lacking.items():
                name = METADATA_PREFIX + key
                if name not in change.after and key not in change.rest_of_metadata:
                    labels.append(change.label)
        for key, labels in lacking.items():
            if labels:
                name = METADATA_PREFIX + key
                self._problems.append(messages.required_key(key, name, labels))


def _slips_but(
    out: set[int],
    name: str,
    labels: Sequence[str],
    before: JsonCells,
    after: JsonCells,
) -> list[Problem]:
    """What looks like a slip among the cells of a column that are sent."""
    if out:
        kept = np.delete(np.arange(len(labels)), list(out))
        labels = [labels[i] for i in kept.tolist()]
        before, after = before.take(kept), after.take(kept)
    return slips(name, labels, before, after)


def differing_rows(
    edited: pd.DataFrame,
    rows: Positions,
    before: pd.DataFrame,
    at: Positions,
    columns: Sequence[str] | None,
) -> Positions:
    """Which of the rows `rows` of a frame differ from the rows `at` of another, by place."""
    differs = np.zeros(len(rows), dtype=bool)
    for name in edited.columns if columns is None else columns:
        if name not in edited.columns:
            continue
        field_name = str(name)
        after = read_field(edited[name], field_name).take(rows)
        if name in before.columns:
            one = read_field(before[name], field_name).take(at)
        else:
            one = missing_cells(len(rows))
        found = difference(one, after)
        if found is not None:
            differs[found.rows] = True
    return np.flatnonzero(differs)


def needs_whole_metadata(change: Change) -> bool:
    """Whether a request can carry a change only together with all metadata."""
    return (
        change.customer_id is not None
        and not change.only_other_fields
        and not (change.source_id and change.only_metadata)
    )


def notes_on_values(changes: Changes, *, of_frame: bool) -> list[Problem]:
    """What the stored values will not look like from their frame.

    Args:
        changes: The changes.
        of_frame: Whether they are a frame's, not those of an undo or a retry.
    """
    nulls: dict[str, list[Positions]] = {}
    for edits in changes.fields():
        emptied = edits.positions[edits.after.missing]
        if emptied.size:
            nulls.setdefault(edits.name, []).append(emptied)
    labels = changes.labels if nulls else []
    return [
        messages.emptied(
            name,
            [labels[p] for p in np.sort(np.concatenate(found)).tolist()],
            of_frame=of_frame,
        )
        for name, found in nulls.items()
    ]


def milliseconds(column: pd.Series[Any]) -> Milliseconds:
    """Times as the API counts them; `NEVER_MS` where there is none that can be read."""
    us, known = plain_times(read_cells(column))
    return np.where(known, us // 1000, NEVER_MS)
