"""One value for one field of many customers: what a form lets people change, and to what."""

from __future__ import annotations

import enum
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pandas as pd

from vfy_notebook.edits.checks.near_names import near_names
from vfy_notebook.edits.fields import Access, access_of
from vfy_notebook.errors import ArgumentError
from vfy_notebook.frames.arrays import objects
from vfy_notebook.frames.conditions import kind_of
from vfy_notebook.frames.schema import FIXED_NAMES, METADATA_PREFIX, Kind
from vfy_notebook.frames.typed_numbers import number_in
from vfy_notebook.shown_text import shown_text

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator


#: Signs that come along when a name is copied out of code or a table.
_QUOTES = "\"'`\u2018\u2019\u201c\u201d\u201e\u00ab\u00bb"

_LONGEST_KEY = 64

#: So many columns that a key resembles are named.
_RESEMBLED = 3


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


def new_key(key: str, kind: ValueKind, known: Collection[str] = ()) -> EditableField:
    """A metadata key that nobody has yet.

    Args:
        key: Its name, with or without `metadata.` before it.
        kind: How its values are put in.
        known: The columns that there are.

    Raises:
        ArgumentError: It has no name, or one with quotation marks around it or line ends in it, or
            it is there already.
    """
    bare = bare_key(key)
    if not bare:
        message = "The new metadata key has no name: type one."
        raise ArgumentError(message)
    refuse_unlike_a_key(bare)
    name = METADATA_PREFIX + bare
    if name in known:
        message = f"{shown_text(name, _LONGEST_KEY)} is there already: choose it as the field."
        raise ArgumentError(message)
    return EditableField(name, kind)


def refuse_unlike_a_key(bare: str) -> None:
    """See that what was typed as a key is one: what is created by mistake stays for ever.

    Raises:
        ArgumentError: There are blanks or quotation marks around it, or line ends in it.
    """
    around = bare[0] in _QUOTES or bare[-1] in _QUOTES or bare != bare.strip()
    if around or not bare.isprintable():
        message = (
            f"{shown_text(repr(bare), _LONGEST_KEY)} has blanks or quotation marks around it, or "
            "signs in it that cannot be seen, such as a line end: type the key without them."
        )
        raise ArgumentError(message)


def bare_key(key: str) -> str:
    """What was typed as a metadata key, without blanks around it and `metadata.` before it.

    >>> bare_key(" metadata.tier "), bare_key("tier"), bare_key("Metadata.Tier")
    ('tier', 'tier', 'Tier')
    """
    key = key.strip()
    while key.casefold().startswith(METADATA_PREFIX):
        key = key[len(METADATA_PREFIX) :].strip()
    return key


def resembled_by(key: str, known: Collection[str]) -> list[str]:
    """The columns that a new metadata key may be a slip for, the nearest first.

    >>> resembled_by("teir", ["metadata.tier", "name"]), resembled_by("Email", ["email"])
    (['metadata.tier'], ['email'])
    >>> resembled_by("metadta.tier", ["metadata.tier"]), resembled_by("wave", ["metadata.tier"])
    (['metadata.tier'], [])
    """
    bare = bare_key(key)
    head, dot, rest = bare.partition(".")
    if dot and near_names(head + dot, [METADATA_PREFIX]):
        bare = rest
    keys = [
        each.removeprefix(METADATA_PREFIX) for each in known if each.startswith(METADATA_PREFIX)
    ]
    same = [bare] if bare in keys else []
    near = [METADATA_PREFIX + each for each in [*same, *near_names(bare, keys)]]
    fields = [name for name in known if name.casefold() == bare.casefold()]
    return (near + fields)[:_RESEMBLED]


def value_from(field: EditableField, given: Any) -> Any:
    """What was put in, as the value of a cell.

    Raises:
        ArgumentError: It is empty, or no number or JSON where that is wanted.
    """
    if given is None or given == "":
        message = f"{field.name} to what? Put in a value, or choose to empty it."
        raise ArgumentError(message)
    if field.kind is ValueKind.NUMBER:
        number = number_in(str(given))
        if number is None:
            message = f"{given!r} is not a number: write it like 2357 or 2.5."
            raise ArgumentError(message)
        return number
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
