"""What differs between two DataFrames, customer by customer and cell by cell."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from vfy_notebook.edits import messages
from vfy_notebook.edits.cells import (
    Cells,
    Form,
    Held,
    JsonCells,
    Positions,
    missing_cells,
    read_cells,
    to_json,
)
from vfy_notebook.edits.changes import Change
from vfy_notebook.edits.checks.unknown_columns import unknown_columns
from vfy_notebook.edits.columns import difference, form_of, read_field
from vfy_notebook.edits.fields import Access, access_of, address_part, metadata_key
from vfy_notebook.frames.schema import FIXED_NAMES, METADATA_PREFIX

if TYPE_CHECKING:
    from collections.abc import Callable, Container, Iterable, Mapping, Sequence

    from vfy_notebook.edits.metadata_schema import MetadataSchema
    from vfy_notebook.edits.problems import Problem
    from vfy_notebook.edits.values import Unsendable


@dataclass
class Edits:
    """All changes between two frames, and what is wrong with some of them.

    `changes` is in the order of the rows of `before`, created customers last. Refused cells are
    problems and in no change.
    """

    changes: list[Change] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)


def find_edits(
    before: pd.DataFrame,
    after: pd.DataFrame,
    *,
    schema: Callable[[], MetadataSchema],
    create_missing: bool,
) -> Edits:
    """Compare two checked frames by customer; the order of rows and columns does not matter.

    `schema` is called only where metadata may have changed.
    """
    return _Comparison(before, after, schema).run(create_missing=create_missing)


class _Comparison:
    """Column by column: what differs becomes a cell of a change, or a problem."""

    def __init__(
        self,
        before: pd.DataFrame,
        after: pd.DataFrame,
        schema: Callable[[], MetadataSchema],
    ) -> None:
        self._before = before
        self._after = after
        self._schema = schema
        self._problems: list[Problem] = []
        ids = pd.Index(before.index.astype(object))
        positions = ids.get_indexer(pd.Index(after.index.astype(object)))
        known = np.flatnonzero(positions >= 0)
        in_order = known[np.argsort(positions[known], kind="stable")]
        #: Rows that both frames have, as positions in each, in the order of `before`.
        self._rows_before = positions[in_order]
        self._rows_after = in_order
        self._rows_new = np.flatnonzero(positions < 0)
        self._labels = [str(label) for label in ids.take(self._rows_before)]
        self._changes: dict[int, Change] = {}
        #: Column → number of its edits.
        self._edited: Counter[str] = Counter()

    def run(self, *, create_missing: bool) -> Edits:
        """Compare everything."""
        columns = self._columns()
        for name in columns:
            self._compare(name)
        rows = sorted(self._changes)
        changes = [self._changes[row] for row in rows]
        if changes:
            self._fill_in(changes, self._rows_before[np.array(rows, dtype=np.intp)])
        changes += self._new_customers(columns, create_missing=create_missing)
        self._note(changes)
        return Edits(changes, self._problems)

    def _columns(self) -> list[str]:
        """The columns of `after` that mean something, in a fixed order."""
        names = set()
        others = []
        for name in self._after.columns:
            if isinstance(name, str) and access_of(name) is not Access.UNKNOWN:
                names.add(name)
            else:
                others.append(name)
        self._problems += unknown_columns(others)
        metadata = sorted(name for name in names if name.startswith(METADATA_PREFIX))
        return [name for name in FIXED_NAMES if name in names] + metadata

    # -- one column ----------------------------------------------------------------------------

    def _compare(self, name: str) -> None:
        after = read_field(self._after[name], name).take(self._rows_after)
        before = missing_cells(len(after))
        if name in self._before.columns:
            before = read_field(self._before[name], name).take(self._rows_before)
        found = difference(before, after, lambda: form_of(name, before, after, self._schema))
        if found is None:
            return
        rows = found.rows.tolist()
        labels = [self._labels[row] for row in rows]
        if access_of(name) is Access.READ_ONLY:
            self._problems.append(messages.read_only(name, labels))
            return
        refused = {**found.before.refused, **found.after.refused}
        out = self._refuse_cells(name, labels, refused)
        out |= self._refuse_violations(name, labels, found.after.values, refused)
        changes = self._changes
        for i, (row, old, new) in enumerate(
            zip(rows, found.before.values, found.after.values, strict=True)
        ):
            if i in out:
                continue
            if row not in changes:
                changes[row] = Change(labels[i], labels[i], None)
            change = changes[row]
            change.before[name] = old
            change.after[name] = new
        self._edited[name] = len(rows) - len(out)

    def _refuse_cells(
        self, name: str, labels: Sequence[str], refused: Mapping[int, Unsendable]
    ) -> set[int]:
        told = ((labels[i], reason) for i, reason in refused.items())
        self._problems += messages.unsendable(name, told)
        return set(refused)

    def _refuse_violations(
        self, name: str, labels: Sequence[str], values: Sequence[Any], known: Container[int]
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
        told = ((labels[i], violation) for i, violation in wrong.items())
        self._problems += messages.violates_schema(name, told)
        return set(wrong)

    # -- what else a request needs -------------------------------------------------------------

    def _fill_in(self, changes: Sequence[Change], at: Positions) -> None:
        """Ids, times, and the metadata and address that stay as they are."""
        source_ids = to_json(read_cells(self._before["source_id"]).take(at), Form.ANY).values
        updated = _milliseconds(self._before["updated_at"], at)
        created = _milliseconds(self._before["created_at"], at)
        for change, source_id, updated_ms, created_ms in zip(
            changes, source_ids, updated, created, strict=True
        ):
            change.source_id = source_id
            change.created_ms = created_ms
            change.unchanged_since_ms = created_ms if updated_ms is None else updated_ms
        for name in _text_labels(self._before):
            key, part = metadata_key(name), address_part(name)
            if key is None and part is None:
                continue
            cells = read_cells(self._before[name]).take(at)
            odd = cells.held in (Held.OBJECT, Held.TIME)
            if not odd and self._edited[name] == len(changes):
                continue  # nothing of it stays as it is
            told = to_json(cells, Form.STRICT if odd else Form.ANY)
            self._refuse_edited_before(name, changes, told)
            for change, value in zip(changes, told.values, strict=True):
                if value is None or name in change.after:
                    continue
                if key is not None:
                    change.rest_of_metadata[key] = value
                elif part is not None:
                    change.rest_of_address[part] = value

    def _refuse_edited_before(self, name: str, changes: Sequence[Change], told: JsonCells) -> None:
        """Values of `before` must be such as the API gives."""
        if told.refused:
            labels = [changes[i].label for i in told.refused]
            holds = next(iter(told.refused.values()))
            self._problems.append(messages.edited_before(name, holds, labels))

    # -- customers that `before` does not have -------------------------------------------------

    def _new_customers(self, columns: Sequence[str], *, create_missing: bool) -> list[Change]:
        labels = [str(label) for label in self._after.index.take(self._rows_new)]
        if not labels:
            return []
        if not create_missing:
            self._problems.append(messages.unknown_customers(labels))
            return []
        changes = [Change(label, None, None) for label in labels]
        for name in columns:
            cells = read_field(self._after[name], name).take(self._rows_new)
            if name == "source_id":
                self._set_source_ids(changes, cells)
            else:
                self._fill_created(name, changes, cells)
        return self._creatable(changes)

    def _set_source_ids(self, changes: Sequence[Change], cells: Cells) -> None:
        told = to_json(cells, Form.TEXT)
        self._refuse_cells("source_id", [c.label for c in changes], told.refused)
        for change, value in zip(changes, told.values, strict=True):
            change.source_id = value

    def _fill_created(self, name: str, changes: Sequence[Change], cells: Cells) -> None:
        told = to_json(cells, form_of(name, cells, cells, self._schema))
        filled = [i for i, value in enumerate(told.values) if value is not None]
        if access_of(name) is Access.READ_ONLY:
            if filled:
                self._problems.append(messages.ignored(name, [changes[i].label for i in filled]))
            return
        labels = [change.label for change in changes]
        out = self._refuse_cells(name, labels, told.refused)
        nothing = {i for i, value in enumerate(told.values) if value is None}
        out |= self._refuse_violations(name, labels, told.values, nothing)
        for i in filled:
            if i not in out:
                changes[i].before[name] = None
                changes[i].after[name] = told.values[i]

    def _creatable(self, changes: Sequence[Change]) -> list[Change]:
        """Only those with a source_id of their own."""
        taken = set(to_json(read_cells(self._before["source_id"]), Form.ANY).values)
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

    def _note(self, changes: Sequence[Change]) -> None:
        """What does not stop a push, but ought to be known before it."""
        dropped = [
            name
            for name in _text_labels(self._before)
            if name not in self._after.columns
            and access_of(name) not in (Access.UNKNOWN, Access.READ_ONLY)
        ]
        if dropped:
            self._problems.append(messages.missing_columns(dropped))
        with_metadata = [change for change in changes if change.metadata_change()]
        for key in self._schema().required_keys if with_metadata else ():
            name = METADATA_PREFIX + key
            lacking = [
                change.label
                for change in with_metadata
                if name not in change.after and key not in change.rest_of_metadata
            ]
            if lacking:
                self._problems.append(messages.required_key(key, name, lacking))


def needing_whole_metadata(changes: Iterable[Change]) -> list[Problem]:
    """Changes that only a request can carry which has to send metadata that is not known."""
    labels = [
        change.label
        for change in changes
        if change.customer_id is not None
        and change.metadata_change()
        and not (change.source_id and change.only_metadata)
    ]
    return [messages.metadata_not_whole(labels)] if labels else []


def notes_on_values(changes: Iterable[Change]) -> list[Problem]:
    """What the stored values will not look like from their frame."""
    nulls = _grouped(
        (name, change.label)
        for change in changes
        for name, value in change.after.items()
        if value is None
    )
    return [messages.emptied(name, labels) for name, labels in nulls.items()]


def _text_labels(frame: pd.DataFrame) -> list[str]:
    labels: list[Any] = list(frame.columns)
    return [label for label in labels if isinstance(label, str)]


def _grouped(pairs: Iterable[tuple[str, Any]]) -> dict[str, list[Any]]:
    groups: dict[str, list[Any]] = {}
    for key, value in pairs:
        groups.setdefault(key, []).append(value)
    return groups


def _milliseconds(column: pd.Series[Any], at: Positions) -> list[int | None]:
    """Times as the API counts them; None where there is none that can be read."""
    if not pd.api.types.is_datetime64_any_dtype(column.dtype):
        column = pd.to_datetime(column, utc=True, errors="coerce")
    cells = read_cells(column).take(at)
    return [
        None if gone else us // 1000
        for us, gone in zip(cells.values.tolist(), cells.missing.tolist(), strict=True)
    ]
