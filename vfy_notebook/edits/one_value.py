"""One value for one field of many customers: what a form lets people change, and to what."""

from __future__ import annotations

import enum
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pandas as pd

from vfy_notebook.edits.fields import Access, access_of
from vfy_notebook.errors import ArgumentError
from vfy_notebook.frames.arrays import objects
from vfy_notebook.frames.conditions import kind_of
from vfy_notebook.frames.schema import FIXED_NAMES, METADATA_PREFIX, Kind

if TYPE_CHECKING:
    from collections.abc import Iterator


class ValueKind(enum.Enum):
    """How a value is put in."""

    TEXT = "text"
    NUMBER = "number"
    FLAG = "yes or no"
    DATE = "date"
    TIME = "date and time (UTC)"
    LISTED = "one of a list"
    JSON = "JSON (a list or an object)"


@dataclass(frozen=True)
class EditableField:
    """A field or metadata key that may be written.

    Attributes:
        name: The column's name.
        kind: How its value is put in.
        options: The values allowed, where they are listed.
    """

    name: str
    kind: ValueKind
    options: tuple[Any, ...] = ()


_BY_TYPE = {
    "string": ValueKind.TEXT,
    "image_url": ValueKind.TEXT,
    "geopoint": ValueKind.TEXT,
    "number": ValueKind.NUMBER,
    "boolean": ValueKind.FLAG,
    "date": ValueKind.DATE,
    "datetime": ValueKind.TIME,
    "object": ValueKind.JSON,
}

_BY_KIND = {
    Kind.TEXT: ValueKind.TEXT,
    Kind.WHOLE: ValueKind.NUMBER,
    Kind.NUMBER: ValueKind.NUMBER,
    Kind.FLAG: ValueKind.FLAG,
}


def editable_fields(customers: pd.DataFrame, schema: pd.DataFrame | None) -> list[EditableField]:
    """The fields that may be written: metadata by the schema, then other metadata, then the rest.

    Args:
        customers: The customers; metadata that the schema does not know has the type seen here.
        schema: As `fetch_metadata_schema` gives it; None demands nothing.
    """
    defined = {field.name: field for field in ([] if schema is None else _defined(schema))}
    removed = set() if schema is None else {METADATA_PREFIX + str(key) for key in schema.index}
    others = [
        EditableField(name, _BY_KIND.get(kind_of(customers[name]), ValueKind.JSON))
        for name in map(str, customers.columns)
        if name.startswith(METADATA_PREFIX) and name not in removed
    ]
    rest = [
        EditableField(name, ValueKind.DATE if access is Access.DATE else ValueKind.TEXT)
        for name in FIXED_NAMES
        if (access := access_of(name)) in (Access.TEXT, Access.DATE)
    ]
    return [*defined.values(), *([] if only_defined(schema) else others), *rest]


def only_defined(schema: pd.DataFrame | None) -> bool:
    """Whether no other metadata keys than the schema's are allowed."""
    return schema is not None and bool(schema.attrs.get("allow_defined_only"))


def _defined(schema: pd.DataFrame) -> Iterator[EditableField]:
    for key, row in schema[~schema["deleted"]].sort_index().iterrows():
        name = f"{METADATA_PREFIX}{key}"
        if row["array"]:
            yield EditableField(name, ValueKind.JSON)
        elif isinstance(row["eq"], list) and row["eq"]:
            yield EditableField(name, ValueKind.LISTED, tuple(row["eq"]))
        else:
            yield EditableField(name, _BY_TYPE.get(str(row["type"]), ValueKind.TEXT))


def new_key(key: str, kind: ValueKind) -> EditableField:
    """A metadata key that nobody has yet.

    Raises:
        ArgumentError: It has no name.
    """
    key = key.strip()
    if not key:
        message = "The new metadata key has no name: type one."
        raise ArgumentError(message)
    return EditableField(METADATA_PREFIX + key, kind)


def value_from(field: EditableField, given: Any) -> Any:
    """What was put in, as the value of a cell.

    Raises:
        ArgumentError: It is empty, or no JSON where JSON is wanted.
    """
    if given is None or given == "":
        message = f"{field.name} to what? Put in a value, or choose to empty it."
        raise ArgumentError(message)
    if field.kind is not ValueKind.JSON:
        return given
    try:
        return json.loads(given)
    except ValueError:
        message = (
            f'{given!r} is no JSON: write a list like ["rock", "jazz"], an object like '
            '{"size": 4}, a number, or a text in double quotes.'
        )
        raise ArgumentError(message) from None


def assigned(customers: pd.DataFrame, field: EditableField, value: Any) -> pd.DataFrame:
    """The edited frame for `plan_push`: the customers with this one value; None empties it."""
    edited = customers.copy()
    edited[field.name] = objects([value] * len(customers))
    return edited


def replaced(customers: pd.DataFrame, fresh: pd.DataFrame) -> pd.DataFrame:
    """The customers as they were, but for those of them that were fetched anew."""
    known = fresh[fresh.index.isin(customers.index)]
    if known.empty:
        return customers
    kept = customers[~customers.index.isin(known.index)]
    merged = known if kept.empty else pd.concat([kept, known])
    merged = merged.reindex(customers.index)
    merged.attrs = dict(customers.attrs)
    return merged


def newest_change(customers: pd.DataFrame) -> pd.Timestamp | None:
    """The last moment at which one of the customers was created or updated; None if nobody is."""
    times = pd.concat([customers["created_at"], customers["updated_at"]]).dropna()
    return None if times.empty else times.max()
