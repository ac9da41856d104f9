"""m: the frame's value; b: the base's; s: the server's now. m = b never comes here."""

from __future__ import annotations

import msgspec
import pytest

from tests.unit.edits.frames import change_of, customer
from vfy_notebook.api.models import Customer
from vfy_notebook.edits.three_way import meet


def current(**fields):
    return msgspec.convert(customer(0, **fields), Customer)


def never(_name, _value):
    return False


def test_the_server_stands_where_the_edit_began():
    change = change_of(0, {"name": "m"}, before={"name": "b"})
    assert meet(change, current(name="b"), never) == []
    assert (change.before, change.after) == ({"name": "b"}, {"name": "m"})


def test_what_the_server_shows_already_is_no_edit():
    change = change_of(0, {"name": "m", "phone": "1"}, before={"name": "b", "phone": None})
    assert meet(change, current(name="m"), never) == []
    assert change.after == {"phone": "1"}


def test_anything_else_is_a_conflict_of_this_cell_alone():
    change = change_of(0, {"name": "m", "phone": "1"}, before={"name": "b", "phone": None})
    assert meet(change, current(name="s"), never) == ["name"]
    assert change.after == {"name": "m", "phone": "1"}


def test_what_this_project_pushed_last_counts_as_the_base():
    change = change_of(0, {"metadata.tier": "m"}, before={"metadata.tier": "b"})
    shown = current(metadata={"tier": "ours"})
    assert meet(change, shown, lambda name, value: (name, value) == ("metadata.tier", "ours")) == []
    assert change.before == {"metadata.tier": "ours"}


@pytest.mark.parametrize("value", [0, False, "", None])
def test_values_are_told_apart_by_type(value):
    change = change_of(0, {"metadata.x": 5}, before={"metadata.x": value})
    others = [other for other in (0, False, "", None) if other is not value]
    for other in others:
        assert meet(change, current(metadata={"x": other}), never) == ["metadata.x"]
    assert meet(change, current(metadata={"x": value}), never) == []


def test_what_is_sent_along_comes_from_the_server():
    change = change_of(
        0,
        {"metadata.tier": "m", "address.city": "Łódź"},
        rest_of_metadata={"old": 1},
        rest_of_address={"country": "PL"},
    )
    shown = current(
        source_id="other",
        metadata={"tier": None, "new": [1], "empty": None},
        address={"country": "DE", "state": None},
        updated_at="2024-03-01T00:00:00.000Z",
    )
    assert meet(change, shown, never) == []
    assert change.whole_fields() == {
        "metadata": {"new": [1], "tier": "m"},
        "address": {"country": "DE", "city": "Łódź"},
    }
    assert change.source_id == "other"
    assert change.unchanged_since_ms == 1_709_251_200_000
