"""The vendor's OpenAPI files as judges of answers: read, corrected, turned into JSON Schema.

OpenAPI 3.0 is almost JSON Schema. What differs is translated here (`nullable`, keywords beside a
`$ref`), and one thing is made stricter: an object whose properties are listed may have no others,
so that a misspelt or invented field of the sandbox is found.
"""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

import jsonschema

Json = Any

#: Keywords with the same meaning in OpenAPI 3.0 and in JSON Schema.
SHARED_KEYWORDS = {
    "type",
    "enum",
    "required",
    "format",
    "minimum",
    "maximum",
    "pattern",
    "minItems",
}
#: What `made` may contain for null to need no alternative of its own.
SAY_NOTHING_OF_NULL = {
    *("type", "required", "format", "minimum", "maximum", "pattern"),
    *("properties", "items", "additionalProperties", "unevaluatedProperties"),
}
KEYWORDS_WITHOUT_EFFECT = {"title", "description", "default", "example"}
TRANSLATED_KEYWORDS = {
    "$ref",
    "allOf",
    "oneOf",
    "anyOf",
    "properties",
    "items",
    "additionalProperties",
    "nullable",
}

formats = jsonschema.FormatChecker(formats=())


@formats.checks("date-time", raises=ValueError)
def _is_moment(value: object) -> bool:
    """A moment as Voucherify writes it: milliseconds and Z, and a day that exists."""
    if not isinstance(value, str):
        return True
    if not re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", value):
        return False
    datetime.fromisoformat(value)
    return True


@formats.checks("date", raises=ValueError)
def _is_day(value: object) -> bool:
    if isinstance(value, str):
        date.fromisoformat(value)
        return len(value) == len("2022-01-31")
    return True


@dataclass(frozen=True)
class Correction:
    """One place where a file is wrong, and what to read there instead."""

    file: str
    #: JSON pointer to the node that `change` gets, without the leading slash; may name parents
    #: that do not exist yet only if `change` makes them.
    at: str
    change: Callable[[Json], None]
    why: str


@dataclass(frozen=True)
class Example:
    """An answer that the vendor shows for an operation."""

    operation: str
    status: str
    name: str
    body: Json


#: The files whose operations the sandbox plays; others may lie beside them.
PLAYED = (
    "async-actions",
    "customers",
    "exports",
    "metadata-schemas",
    "orders",
    "redemptions",
    "segments",
)


class VendorFiles:
    """The vendor's files that the sandbox plays, by name without the extension."""

    def __init__(self, documents: dict[str, Json]) -> None:
        self._documents = documents
        self._schemas: dict[tuple[str, str], Json] = {}

    @classmethod
    def read(cls, folder: Path) -> VendorFiles:
        """Read the files of a folder that the sandbox plays."""
        return cls(
            {
                name: json.loads((folder / f"{name}.json").read_text(encoding="utf-8"))
                for name in PLAYED
            }
        )

    def corrected(self, corrections: Iterable[Correction]) -> VendorFiles:
        """Apply corrections to a copy."""
        documents = copy.deepcopy(self._documents)
        for correction in corrections:
            correction.change(reach(documents[correction.file], correction.at))
        return VendorFiles(documents)

    def operations(self, file: str | None = None) -> Iterator[str]:
        """Name each operation, of one file or of all: ``GET /v1/customers/{customerId}``."""
        for document in [self._documents[file]] if file else self._documents.values():
            for path, methods in document["paths"].items():
                for method in methods:
                    if method in {"get", "post", "put", "delete"}:
                        yield f"{method.upper()} {path}"

    def declared_statuses(self, operation: str) -> set[str]:
        """Give the statuses that a file knows for an operation."""
        return set(self._operation(operation)[1]["responses"])

    def errors(self, operation: str, status: int | str, body: Json) -> list[str]:
        """Say what is wrong with an answer; nothing, if it is as declared.

        Args:
            operation: Method and path as in the file.
            status: HTTP status.
            body: Decoded JSON, or None for an empty body.
        """
        document, declaration = self._operation(operation)
        response = declaration["responses"].get(str(status))
        if response is None:
            return [f"status {status} is not declared"]
        content = response.get("content")
        if content is None:
            return [] if body is None else [f"a body, where none is declared: {body!r:.80}"]
        key = (operation, str(status))
        if key not in self._schemas:
            declared = content["application/json"]["schema"]
            self._schemas[key] = json_schema(document, declared)
        return wrongs(self._schemas[key], body)

    def named_schema(self, file: str, name: str) -> Json:
        """Give one of a file's named schemas as JSON Schema."""
        document = self._documents[file]
        return json_schema(document, document["components"]["schemas"][name])

    def schema_titled(self, file: str, title: str) -> str:
        """Find the name of the schema with a title."""
        schemas = self._documents[file]["components"]["schemas"]
        (name,) = (name for name, schema in schemas.items() if schema.get("title") == title)
        return name

    def examples(self) -> Iterator[Example]:
        """Give every answer that the files show."""
        for operation in self.operations():
            for status, response in self._operation(operation)[1]["responses"].items():
                content = response.get("content", {}).get("application/json", {})
                for name, example in content.get("examples", {}).items():
                    yield Example(operation, status, name, example["value"])

    def _operation(self, operation: str) -> tuple[Json, Json]:
        method, path = operation.split()
        for document in self._documents.values():
            declaration = document["paths"].get(path, {}).get(method.lower())
            if declaration is not None:
                return document, declaration
        raise KeyError(operation)


def reach(node: Json, pointer: str) -> Json:
    """Follow a JSON pointer (RFC 6901, without its first slash)."""
    for part in pointer.split("/"):
        key = part.replace("~1", "/").replace("~0", "~")
        node = node[int(key)] if isinstance(node, list) else node[key]
    return node


def wrongs(schema: Json, body: Json) -> list[str]:
    """List what a schema does not allow in a body.

    A property that breaks its own rule also counts as not evaluated; that echo is left out.
    """
    validator = jsonschema.Draft202012Validator(schema, format_checker=formats)
    errors = sorted(validator.iter_errors(body), key=lambda error: error.json_path)
    echoed = {
        path
        for error in errors
        if error.validator != "unevaluatedProperties"
        for path in _with_parents(error)
    }
    return [
        f"{error.json_path}: {error.message:.300}"
        for error in errors
        if error.validator != "unevaluatedProperties" or error.json_path not in echoed
    ]


def _with_parents(error: jsonschema.ValidationError | None) -> Iterator[str]:
    path = list(error.absolute_path) if error else []
    for length in range(len(path) + 1):
        yield "$" + "".join(
            f"[{part}]" if isinstance(part, int) else f".{part}" for part in path[:length]
        )


def json_schema(document: Json, schema: Json, *, closed: bool = True) -> Json:
    """Translate a schema, references followed.

    Args:
        document: Where references point to.
        schema: Of OpenAPI 3.0.
        closed: Whether unlisted properties are refused. Members of a combination are judged
            together, so each of them stays open and the combination is closed.
    """
    if "$ref" in schema:
        return json_schema(document, reach(document, schema["$ref"][2:]), closed=closed)
    unknown = schema.keys() - SHARED_KEYWORDS - KEYWORDS_WITHOUT_EFFECT - TRANSLATED_KEYWORDS
    if unknown:
        raise ValueError(f"keywords without a translation: {sorted(unknown)}")

    made: Json = {key: schema[key] for key in SHARED_KEYWORDS & schema.keys()}
    for key in {"allOf", "oneOf", "anyOf"} & schema.keys():
        made[key] = [json_schema(document, each, closed=False) for each in schema[key]]
    if "properties" in schema:
        made["properties"] = {
            name: json_schema(document, each) for name, each in schema["properties"].items()
        }
    if "items" in schema:
        made["items"] = json_schema(document, schema["items"])
    if "additionalProperties" in schema:
        rest = schema["additionalProperties"]
        made["additionalProperties"] = (
            rest if isinstance(rest, bool) else json_schema(document, rest)
        )
    elif closed and {"properties", "allOf", "oneOf", "anyOf"} & schema.keys():
        made["unevaluatedProperties"] = False
    if not schema.get("nullable"):
        return made
    if isinstance(made.get("type"), str) and made.keys() <= SAY_NOTHING_OF_NULL:
        # The same as `anyOf`, and much sooner judged.
        return {**made, "type": [made["type"], "null"]}
    return {"anyOf": [{"type": "null"}, made]}
