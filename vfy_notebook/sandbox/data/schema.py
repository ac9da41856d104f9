"""The metadata schema: what the project says about its customers' metadata.

Violations read as the vendor's do: the whole definition of the property, then the value.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from vfy_notebook.sandbox.data.clock import is_date, parse_iso

#: The schema of a project that has defined nothing, but for its id, which no other project has.
EMPTY_SCHEMA: dict[str, Any] = {
    "related_object": "customer",
    "properties": {},
    "allow_defined_only": False,
    "created_at": "2024-01-01T00:00:00.000Z",
    "updated_at": None,
    "object": "metadata_schema",
}


def completed(schema: Mapping[str, Any]) -> dict[str, Any]:
    """A schema object as the API answers it; what is missing is filled in.

    Raises:
        ValueError: If a definition has an unknown type.
    """
    properties: dict[str, Any] = {}
    for name, definition in dict(schema.get("properties", {})).items():
        if definition.get("type") not in _TYPES:
            raise ValueError(f"metadata {name!r}: type {definition.get('type')!r} does not exist")
        properties[name] = {"array": False, "optional": True, "objectType": None, **definition}
    return {**EMPTY_SCHEMA, **schema, "properties": properties}


def defined_keys(schema: Mapping[str, Any]) -> set[str]:
    """The metadata keys that have a definition; removed ones have none any more."""
    return {
        name for name, definition in schema["properties"].items() if not definition.get("deleted")
    }


def violations(
    schema: Mapping[str, Any], sent: Mapping[str, Any], result: Mapping[str, Any]
) -> list[str]:
    """What is wrong with metadata, one sentence a key.

    Args:
        schema: The schema object.
        sent: The keys a request writes: each is checked.
        result: All metadata the customer would have: what is required must be there.
    """
    defined = defined_keys(schema)
    definitions = {name: each for name, each in schema["properties"].items() if name in defined}
    found: list[str] = []
    for name, definition in definitions.items():
        if name in sent:
            value = sent[name]
            if not _is_met(definition, value):
                found.append(_sentence(name, definition, _quoted(value)))
        elif not definition["optional"] and result.get(name) is None:
            found.append(_sentence(name, definition, "'undefined'"))
    if schema.get("allow_defined_only"):
        found += [
            f"{name}: property is not defined in the schema"
            for name in sent
            if name not in definitions
        ]
    return found


def _sentence(name: str, definition: Mapping[str, Any], actual: str) -> str:
    return f"{name}: {', '.join(_demands(definition))} (actual value is {actual})"


def _quoted(value: Any) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return f"'{text}'"


def _demands(definition: Mapping[str, Any]) -> Iterable[str]:
    singular, plural, _ = _TYPES[definition["type"]]
    yield f"must be an array of {plural}" if definition["array"] else f"must be {singular}"
    if not definition["optional"]:
        yield "property is required"
    for name, (phrase, _) in _CONSTRAINTS.items():
        bound = definition.get(name)
        if bound is not None:
            listed = isinstance(bound, list)
            yield f"{phrase} {','.join(map(str, bound)) if listed else bound}"


def _is_met(definition: Mapping[str, Any], value: Any) -> bool:
    if value is None:
        return bool(definition["optional"])
    values = [value]
    if definition["array"]:
        if not isinstance(value, list):
            return False
        values = value
    is_type = _TYPES[definition["type"]][2]
    return all(is_type(each) and _meets_constraints(definition, each) for each in values)


def _meets_constraints(definition: Mapping[str, Any], value: Any) -> bool:
    for name, (_, check) in _CONSTRAINTS.items():
        if definition.get(name) is not None:
            try:
                met = check(value, definition[name])
            except TypeError:
                # A constraint that makes no sense for this type, such as a number's length.
                continue
            if not met:
                return False
    return True


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _is_datetime(value: Any) -> bool:
    if not isinstance(value, str):
        return False
    try:
        parse_iso(value)
    except ValueError:
        return False
    return True


def _is_geopoint(value: Any) -> bool:
    """``"52.4,16.9"`` or ``[52.4, 16.9]``: latitude, longitude."""
    parts = value.split(",") if isinstance(value, str) else value
    if not isinstance(parts, list) or len(parts) != 2:
        return False
    try:
        latitude, longitude = (float(part) for part in parts)
    except (TypeError, ValueError):
        return False
    return math.fabs(latitude) <= 90 and math.fabs(longitude) <= 180


def _is_url(value: Any) -> bool:
    return isinstance(value, str) and value.startswith(("http://", "https://"))


#: A type's name in the singular with its article, in the plural, and its check.
_TYPES: dict[str, tuple[str, str, Callable[[Any], bool]]] = {
    "string": ("a string", "strings", lambda value: isinstance(value, str)),
    "number": ("a number", "numbers", _is_number),
    "boolean": ("a boolean", "booleans", lambda value: isinstance(value, bool)),
    "date": ("a date", "dates", is_date),
    "datetime": ("a datetime", "datetimes", _is_datetime),
    "geopoint": ("a geopoint", "geopoints", _is_geopoint),
    "image_url": ("an image url", "image urls", _is_url),
    "object": ("an object", "objects", lambda value: isinstance(value, dict)),
}

_CONSTRAINTS: dict[str, tuple[str, Callable[[Any, Any], bool]]] = {
    "eq": ("must be equal to one of", lambda value, bound: value in bound),
    "ne": ("must not be equal to any of", lambda value, bound: value not in bound),
    "lt": ("must be less than", lambda value, bound: value < bound),
    "lte": ("must be less than or equal to", lambda value, bound: value <= bound),
    "gt": ("must be greater than", lambda value, bound: value > bound),
    "gte": ("must be greater than or equal to", lambda value, bound: value >= bound),
    "minLength": ("must have minimum length of", lambda value, bound: len(value) >= bound),
    "maxLength": ("must have maximum length of", lambda value, bound: len(value) <= bound),
    "exactLength": ("must have exact length of", lambda value, bound: len(value) == bound),
}
