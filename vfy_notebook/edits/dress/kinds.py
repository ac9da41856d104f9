"""The kind of JSON that a column holds of its own, whatever dress it comes in."""

from __future__ import annotations

import enum
import re
from typing import TYPE_CHECKING

import pyarrow.compute as pc

from vfy_notebook.edits.cells.cells import Held
from vfy_notebook.edits.fields import metadata_key
from vfy_notebook.frames.schema import FIXED, Kind

if TYPE_CHECKING:
    from vfy_notebook.edits.cells.cells import Cells


class Own(enum.Enum):
    """A column's own kind."""

    TEXT = "text"
    NUMBER = "a number"
    FLAG = "a flag"
    DAY = "a day"
    MOMENT = "a time"
    NESTED = "a list or an object"
    #: Values of several kinds, or none at all yet.
    ANY = "anything"


_OF_FIXED = {
    Kind.TEXT: Own.TEXT,
    Kind.WHOLE: Own.NUMBER,
    Kind.NUMBER: Own.NUMBER,
    Kind.FLAG: Own.FLAG,
    Kind.TIME: Own.MOMENT,
    Kind.DATE: Own.DAY,
    Kind.OBJECT: Own.NESTED,
}
_FIXED = {column.name: _OF_FIXED[column.kind] for column in FIXED}

_OF_SCHEMA = {
    "string": Own.TEXT,
    "number": Own.NUMBER,
    "boolean": Own.FLAG,
    "date": Own.DAY,
    "datetime": Own.MOMENT,
    "image_url": Own.TEXT,
    "object": Own.NESTED,
    "array": Own.NESTED,
}

_OF_HELD = {
    Held.WHOLE: Own.NUMBER,
    Held.NUMBER: Own.NUMBER,
    Held.FLAG: Own.FLAG,
    Held.TIME: Own.MOMENT,
}

_DAY = r"^\d{4}-\d\d-\d\d$"
_MOMENT = r"^\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d{1,9})?)?(Z|[+-]\d\d:?\d\d)?$"


def own_kind(field: str, base: Cells, *, schema_type: str | None) -> Own:
    """What a column holds of its own.

    Args:
        field: The column's name.
        base: Its values on the server.
        schema_type: What the metadata schema says of it, `array` for lists; None if nothing.
    """
    if metadata_key(field) is None:
        return _FIXED.get(field, Own.ANY)
    if schema_type in _OF_SCHEMA:
        return _OF_SCHEMA[schema_type]
    return kind_of_values(base)


def kind_of_values(base: Cells) -> Own:
    """The one kind of a column's values; ANY if they are of several, or there are none."""
    if base.missing.all():
        return Own.ANY
    if base.held is Held.TEXT:
        return _kind_of_texts(base)
    if base.held is Held.OBJECT:
        kinds = {type(v) for v, gone in zip(base.values, base.missing, strict=True) if not gone}
        if kinds <= {list, dict}:
            return Own.NESTED
        return Own.NUMBER if kinds <= {int, float} else Own.ANY
    return _OF_HELD[base.held]


def _kind_of_texts(base: Cells) -> Own:
    first = next(value.as_py() for value in base.values if value.is_valid)
    for own, pattern in ((Own.DAY, _DAY), (Own.MOMENT, _MOMENT)):
        if re.match(pattern, first):
            all_match = pc.all(pc.match_substring_regex(base.values, pattern)).as_py()
            return own if all_match else Own.TEXT
    return Own.TEXT
