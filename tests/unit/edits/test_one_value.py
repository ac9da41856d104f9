"""One value for many customers, as a form is given it."""

from __future__ import annotations

import pytest

from vfy_notebook.edits.one_value import EditableField, ValueKind, value_from
from vfy_notebook.errors import ArgumentError


@pytest.mark.parametrize("kind", list(ValueKind))
@pytest.mark.parametrize("given", [None, ""])
def test_nothing_is_no_value(kind, given):
    with pytest.raises(ArgumentError, match="name"):
        value_from(EditableField("name", kind), given)


@pytest.mark.parametrize(
    ("kind", "given", "value"),
    [
        (ValueKind.TEXT, "Ada", "Ada"),
        (ValueKind.NUMBER, "2.5", 2.5),
        (ValueKind.NUMBER, "2357", 2357),
        (ValueKind.JSON, '["a"]', ["a"]),
    ],
)
def test_what_was_put_in_becomes_the_value(kind, given, value):
    assert value_from(EditableField("name", kind), given) == value
