"""Changes held by column are what a list of them would be, one by one and all at once."""

from __future__ import annotations

import functools
import random
from collections import Counter

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.edits.frames import change_of, edits_of, some_frame
from vfy_notebook.edits.differences import notes_on_values
from vfy_notebook.edits.tables.changes import Changes, ChangesById
from vfy_notebook.edits.tables.edits_frame import edits_frame
from vfy_notebook.snapshots.snapshot import NEVER_MS

FIELDS = ("name", "address.city", "metadata.tier", "metadata.points", "metadata.list")
METADATA = {"tier": "gold", "points": 7, "list": [1, {"a": [2]}], "kept": "as it is"}
VALUES = {
    "name": ("x", None),
    "address.city": ("Łódź", None),
    "metadata.tier": ("silver", None),
    "metadata.points": (8, 2**60),
    "metadata.list": ([3], {"b": None}),
}
COUNT = 9


def edited(cells, count=COUNT):
    """The changes of a frame in which these cells, by row and field, are edited."""
    before = some_frame(count, metadata=METADATA, address={"city": "Lyon", "country": "FR"})
    after = before.copy()
    columns = {name: after[name].tolist() for name in FIELDS}
    for (row, name), value in cells.items():
        columns[name][row] = value
    for name, values in columns.items():
        dtype = object if name.startswith("metadata.") else after[name].dtype
        after[name] = pd.Series(values, index=after.index, dtype=dtype)
    found = edits_of(before, after)
    assert not any(problem.blocks for problem in found.problems)
    return found.changes


#: Some cells, in which rows and columns, and to what.
CELLS = st.dictionaries(
    st.tuples(st.integers(0, COUNT - 1), st.sampled_from(FIELDS)), st.integers(0, 1), max_size=30
).map(lambda cells: {cell: VALUES[cell[1]][which] for cell, which in cells.items()})


@functools.cache
def edited_at_random(seed):
    """Changes of a table: sparse ones, and of whole columns, as planning makes them of either."""
    chance = random.Random(seed)
    names = chance.sample(FIELDS, chance.randint(1, len(FIELDS)))
    share = chance.choice((0.2, 0.6, 1.0))
    cells = [(row, name) for row in range(COUNT) for name in names if chance.random() < share]
    return edited({cell: chance.choice(VALUES[cell[1]]) for cell in cells})


@st.composite
def changes_of_any_kind(draw):
    """Changes of a table, of which some are left out, altered or joined by created customers."""
    changes = edited_at_random(draw(st.integers(0, 19)))
    altered = {}
    for position in draw(st.sets(st.integers(0, COUNT - 1))):
        if position < len(changes):
            change = changes[position]
            change.leave_out(list(change.after)[:1])
            altered[position] = change
    changes = changes.replaced(altered)
    keep = draw(st.lists(st.booleans(), min_size=len(changes), max_size=len(changes)))
    changes = changes.kept(np.array(keep, dtype=bool))
    new = draw(st.integers(0, 2))
    created = [change_of(f"new_{i}", {"name": "N", "metadata.tier": None}) for i in range(new)]
    for change in created:
        change.customer_id = None
    return Changes.of([*changes, *created]) if draw(st.booleans()) else changes


@given(CELLS)
def test_each_change_holds_its_cells_and_what_is_sent_along(cells):
    changes = edited(cells)
    seen = {}
    for change in changes:
        row = int(change.label.removeprefix("cust_"))
        seen |= {(row, name): value for name, value in change.after.items()}
        assert change.before.keys() == change.after.keys()
        kept = {key for key in METADATA if f"metadata.{key}" not in change.after}
        assert change.rest_of_metadata == {key: METADATA[key] for key in kept}
        assert change.rest_of_address.get("country") == "FR"
        assert ("city" in change.rest_of_address) == ("address.city" not in change.after)
    assert seen == cells


@given(changes_of_any_kind(), st.data())
def test_all_at_once_tells_what_one_by_one_does(changes, data):
    one_by_one = list(changes)
    assert len(changes) == len(one_by_one)
    assert [changes[i] for i in range(len(changes))] == one_by_one
    some = data.draw(st.lists(st.sampled_from(range(len(changes))))) if one_by_one else []
    assert list(changes.at(some)) == [one_by_one[i] for i in some]
    assert changes.labels == [c.label for c in one_by_one]
    assert changes.customer_ids == [c.customer_id for c in one_by_one]
    assert changes.source_ids == [c.source_id for c in one_by_one]
    assert changes.created_ms.tolist() == [c.created_ms or NEVER_MS for c in one_by_one]
    assert changes.versions_ms.tolist() == [c.unchanged_since_ms or NEVER_MS for c in one_by_one]
    assert changes.with_metadata.tolist() == [not c.only_other_fields for c in one_by_one]
    assert changes.created() == [c for c in one_by_one if c.customer_id is None]
    assert list(changes.existing()) == [c for c in one_by_one if c.customer_id is not None]


@given(changes_of_any_kind())
def test_fields_tell_every_cell_once(changes):
    cells = Counter(
        (change.label, name, repr(change.before[name]), repr(after))
        for change in changes
        for name, after in change.after.items()
    )
    told = Counter(
        (changes.labels[position], edits.name, repr(before), repr(after))
        for edits in changes.fields()
        for position, before, after in zip(
            edits.positions.tolist(), edits.before, edits.after, strict=True
        )
    )
    assert told == cells
    assert changes.cells == cells.total()
    for name in FIELDS:
        assert changes.labels_of(name) == [c.label for c in changes if name in c.after]
    nulls = {(p.field, p.customers) for p in notes_on_values(changes, of_frame=True)}
    assert nulls == {
        (name, tuple(c.label for c in changes if name in c.after and c.after[name] is None))
        for name in FIELDS
        if any(name in c.after and c.after[name] is None for c in changes)
    }


@given(changes_of_any_kind())
def test_the_frame_of_edits_has_a_row_for_each_cell_customer_by_customer(changes):
    rows = [
        (change.customer_id, change.source_id, name, change.before[name], after)
        for change in changes
        for name, after in change.after.items()
    ]
    frame = edits_frame(changes)
    assert list(frame.dtypes.astype(str)) == ["str", "str", "str", "object", "object"]
    shown = frame.astype(object).where(frame.notna(), None)
    assert list(shown.itertuples(index=False, name=None)) == rows


@given(changes_of_any_kind(), st.sets(st.sampled_from([f"cust_{i}" for i in range(COUNT + 2)])))
def test_changes_are_found_by_customer(changes, wanted):
    by_id = ChangesById(changes)
    known = {c.customer_id: (p, c) for p, c in enumerate(changes) if c.customer_id is not None}
    assert dict(by_id) == {who: change for who, (_, change) in known.items()}
    found = by_id.some(wanted)
    assert found == {who: known[who] for who in wanted if who in known}
    assert [p for p, _ in found.values()] == sorted(p for p, _ in found.values())
    assert [by_id.version_ms(who) for who in by_id] == [
        change.unchanged_since_ms for _, change in known.values()
    ]


def test_an_altered_change_has_to_be_put_back():
    changes = edited({(2, "name"): "x", (5, "name"): "y"})
    change = changes[1]
    change.after["name"] = "z"
    assert changes[1].after == {"name": "y"}
    put_back = changes.replaced({1: change})
    assert [c.after["name"] for c in put_back] == ["x", "z"]
    assert [c.after["name"] for c in changes] == ["x", "y"]


def test_positions_beyond_the_end_are_none():
    changes = edited({(2, "name"): "x"})
    assert changes[-1].label == "cust_2"
    with pytest.raises(IndexError):
        changes[1]


def test_what_is_planned_does_not_change_with_the_frame():
    before = some_frame(2, metadata=METADATA)
    after = before.assign(name="edited")
    held = [1, {"deep": [2]}]
    after["metadata.list"] = pd.Series([held, held], index=after.index, dtype=object)
    after["metadata.points"] = pd.Series([1, 2], index=after.index, dtype="Int64")
    changes = edits_of(before, after).changes
    held[1]["deep"].append("later")
    after["name"].array[0] = "later"
    after["metadata.points"].array[:] = 99
    assert [c.after["metadata.list"] for c in changes] == [[1, {"deep": [2]}]] * 2
    assert [c.after["metadata.points"] for c in changes] == [1, 2]
    assert [c.after["name"] for c in changes] == ["edited", "edited"]


def test_changes_are_got_one_by_one_and_by_slices():
    made = [change_of(i, {"name": f"New {i}"}) for i in range(4)]
    changes = Changes.of(made)
    assert [each.customer_id for each in changes[1:3]] == [each.customer_id for each in made[1:3]]
    assert changes[-1].customer_id == made[-1].customer_id
    assert changes[::2][1].after == made[2].after
