"""What a column's cells hold in a workbook, as far as its values and the metadata schema tell."""

from __future__ import annotations

import enum
import re
from datetime import datetime
from typing import TYPE_CHECKING, Any

from vfy_notebook.edits.cells.values import is_date_text
from vfy_notebook.frames.schema import FIXED, METADATA_PREFIX, Kind

if TYPE_CHECKING:
    from collections.abc import Iterable

    from vfy_notebook.edits.metadata_schema import MetadataSchema


class CellKind(enum.Enum):
    """What an edited cell of a column means."""

    TEXT = "text"
    NUMBER = "number"
    FLAG = "flag"
    DATE = "date"
    TIME = "time"
    #: Lists and objects, as JSON.
    NESTED = "nested"
    #: Values of several kinds: each cell says by its own type what it is.
    MIXED = "mixed"


_BY_FRAME: dict[Kind, CellKind] = {
    Kind.TEXT: CellKind.TEXT,
    Kind.WHOLE: CellKind.NUMBER,
    Kind.NUMBER: CellKind.NUMBER,
    Kind.FLAG: CellKind.FLAG,
    Kind.DATE: CellKind.DATE,
    Kind.TIME: CellKind.TIME,
    Kind.OBJECT: CellKind.NESTED,
}
_FIXED = {column.name: _BY_FRAME[column.kind] for column in FIXED}

_BY_SCHEMA = {
    "string": CellKind.TEXT,
    "image_url": CellKind.TEXT,
    "number": CellKind.NUMBER,
    "boolean": CellKind.FLAG,
    "date": CellKind.DATE,
    "datetime": CellKind.TIME,
    "object": CellKind.NESTED,
}

_BY_DTYPE = {
    "int64": CellKind.NUMBER,
    "float64": CellKind.NUMBER,
    "boolean": CellKind.FLAG,
    "bool": CellKind.FLAG,
    "str": CellKind.TEXT,
}

_TIME = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d{1,9})?(Z|[+-]\d{2}:?\d{2})")


def kind_of(name: str, values: Iterable[Any], schema: MetadataSchema, *, dtype: str) -> CellKind:
    """The kind of a column.

    Args:
        name: The column.
        values: Its values as JSON, None where missing.
        schema: What the project demands; the empty one if that is not known.
        dtype: The frame's dtype, which decides where there are no values.
    """
    if name in _FIXED:
        return _FIXED[name]
    demand = schema.demands.get(name.removeprefix(METADATA_PREFIX))
    if demand is not None and name.startswith(METADATA_PREFIX):
        if demand.array:
            return CellKind.NESTED
        if demand.kind in _BY_SCHEMA:
            return _BY_SCHEMA[demand.kind]
    return _seen([value for value in values if value is not None], dtype)


def kind_of_field(name: str) -> CellKind | None:
    """The kind of a column of the fixed schema; None for others."""
    return _FIXED.get(name)


def _seen(values: list[Any], dtype: str) -> CellKind:
    if not values:
        return _BY_DTYPE.get(dtype.lower(), CellKind.MIXED)
    types = set(map(type, values))
    if types == {str}:
        if all(map(is_date_text, values)):
            return CellKind.DATE
        return CellKind.TIME if all(map(is_time_text, values)) else CellKind.TEXT
    if types == {bool}:
        return CellKind.FLAG
    if types <= {int, float}:
        return CellKind.NUMBER
    return CellKind.NESTED if types <= {list, dict} else CellKind.MIXED


def is_time_text(text: Any) -> bool:
    """Whether a text is a moment as the API writes it, with its zone.

    >>> is_time_text("2024-01-31T12:00:00.000Z"), is_time_text("2024-01-31")
    (True, False)
    """
    if not isinstance(text, str) or not _TIME.fullmatch(text):
        return False
    try:
        datetime.fromisoformat(text)
    except ValueError:
        return False
    return True
