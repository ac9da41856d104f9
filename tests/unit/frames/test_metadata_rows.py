"""Customers' metadata page by page: the same columns, whether all have the same keys or not."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vfy_notebook.frames.arrays import as_list
from vfy_notebook.frames.metadata.rows import MetadataRows, values_of

VALUES = st.none() | st.booleans() | st.integers() | st.text(max_size=3) | st.just([1])
ROWS = st.none() | st.dictionaries(st.sampled_from(["a", "b", "c"]), VALUES)
#: As a schema makes them, in whatever order.
ALIKE = st.permutations(["a", "b"]).flatmap(
    lambda keys: st.fixed_dictionaries(dict.fromkeys(keys, VALUES))
)
PAGES = st.lists(st.lists(ALIKE | ROWS, max_size=4) | st.lists(ALIKE, max_size=4), max_size=6)


def cells(rows):
    """All values that are not missing, by key and place."""
    return {
        (key, at): repr(value)
        for at, row in enumerate(rows)
        for key, value in (row or {}).items()
        if value is not None
    }


def cells_packed(packed):
    return {(key, at): repr(value) for key, piece in packed.items() for at, value in piece.cells()}


@given(PAGES)
def test_all_that_was_put_is_packed(pages):
    rows = MetadataRows()
    for page in pages:
        rows.put(page, at=len(rows))
    told = [row for page in pages for row in page]
    assert len(rows) == len(told)
    assert cells_packed(rows.packed(len(rows))) == cells(told)


@given(PAGES, PAGES, st.data())
def test_what_an_interrupted_call_has_put_is_replaced(pages, lost, data):
    rows = MetadataRows()
    for page in pages:
        rows.put(page, at=len(rows))
    at = data.draw(st.integers(0, len(rows)))
    told = [row for page in pages for row in page][:at]
    for page in lost:
        rows.put(page, at=at)
    told += lost[-1] if lost else [row for page in pages for row in page][at:]
    assert cells_packed(rows.packed(len(told))) == cells(told)


@pytest.mark.parametrize("count", [1, 2, 5])
def test_values_of_equal_keys_are_held_without_them(count):
    rows = MetadataRows()
    keys = [f"key {i}" for i in range(count)]
    rows.put([dict.fromkeys(keys, "x"), dict.fromkeys(reversed(keys), "y")], at=0)
    assert rows._held == (tuple(keys), [("x",) * count, ("y",) * count])
    assert {key: as_list(piece.values) for key, piece in rows.packed(2).items()} == {
        key: ["x", "y"] for key in keys
    }


@pytest.mark.parametrize("odd", [{"a": 1}, {"a": 1, "c": 2}, {"a": 1, "b": 2, "c": 3}, {}, None])
def test_one_row_with_other_keys_is_told(odd):
    assert values_of([{"a": 1, "b": 2}, odd], ("a", "b")) is None
    rows = MetadataRows()
    rows.put([{"b": 2, "a": 1}], at=0)
    rows.put([odd], at=1)
    rows.put([{"a": 5, "b": 6}], at=2)
    assert cells_packed(rows.packed(3)) == cells([{"a": 1, "b": 2}, odd, {"a": 5, "b": 6}])


def test_keys_stand_in_the_order_in_which_they_come():
    """However texts are hashed in this process: a copy's JSON is the same each time."""
    usual = [f"usual {i}" for i in range(40)]
    rare = [f"rare {i}" for i in range(40)]
    rows = MetadataRows()
    rows.put([dict.fromkeys(usual, "x") | {key: "y"} for key in rare], at=0)
    assert list(rows.packed(len(rows))) == usual + rare
    rows.put([dict.fromkeys(reversed(usual), "x")], at=0)
    assert list(rows.packed(1)) == usual[::-1]


def test_an_interrupt_leaves_other_keys_and_their_values_together():
    """The list of keys and the list of values are never of different calls."""
    rows = MetadataRows()
    rows.put([{"a": 1, "b": 2}], at=0)
    keys, held = rows._held
    rows.put([{"x": 7, "y": 8}], at=0)
    assert (keys, held) == (("a", "b"), [(1, 2)])
    assert rows._held == (("x", "y"), [(7, 8)])
