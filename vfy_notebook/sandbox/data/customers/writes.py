"""What a body may write to a customer, and what the customer is like afterwards."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from vfy_notebook.sandbox.answers import bad_payload
from vfy_notebook.sandbox.data.clock import is_date
from vfy_notebook.sandbox.data.customers.records import (
    ADDRESS_FIELDS,
    DATE_FIELDS,
    TEXT_FIELDS,
    in_order,
)
from vfy_notebook.sandbox.data.schema import violations

_WRITABLE = frozenset({"id", "source_id", *TEXT_FIELDS, *DATE_FIELDS, "address", "metadata"})

#: A nested value deeper than this could not be searched any more.
_MAX_DEPTH = 100


class SchemaViolationError(Exception):
    """Metadata is not as the project's schema wants it; the message is the vendor's."""


@dataclass(frozen=True, slots=True)
class WriteRules:
    """What becomes of the keys that a body does not send."""

    merge_metadata: bool
    merge_address: bool


def check_body(body: Any, *, at: str = "", refuse_unknown: bool = False) -> dict[str, Any]:
    """The body's fields, if each has a type the API takes.

    Args:
        body: The decoded body, or one record of a bulk body.
        at: Where it stands in the body, such as ``[3]``.
        refuse_unknown: Whether a field that cannot be written is an error.

    Raises:
        ApiError: 400 that names the field.
    """
    if not isinstance(body, dict):
        raise bad_payload(f"Property .{at} should be object" if at else "Body should be object")
    prefix = f".{at}" if at else ""
    for name in ("id", "source_id", *TEXT_FIELDS):
        _check(body, prefix, name, "string", str)
    if "" in (body.get("id"), body.get("source_id")):
        raise bad_payload(f"Property {prefix}.id and .source_id should not be empty")
    for name in DATE_FIELDS:
        _check_date(body, prefix, name)
    _check(body, prefix, "address", "object", dict)
    for name in ADDRESS_FIELDS:
        _check(body.get("address") or {}, f"{prefix}.address", name, "string", str)
    if "metadata" in body:
        check_metadata(body["metadata"], f"{prefix}.metadata")
    unknown = [name for name in body if name not in _WRITABLE]
    if refuse_unknown and unknown:
        raise bad_payload(f"Property {prefix}.{unknown[0]} is not allowed")
    return body


def check_metadata(metadata: Any, where: str) -> None:
    """Refuse metadata that is no object or nested too deeply.

    Raises:
        ApiError: 400 that names the field.
    """
    if not isinstance(metadata, dict):
        raise bad_payload(f"Property {where} should be object")
    level: list[Any] = [metadata]
    for _ in range(_MAX_DEPTH):
        level = [
            inner
            for value in level
            if isinstance(value, dict | list)
            for inner in (value.values() if isinstance(value, dict) else value)
        ]
        if not level:
            return
    raise bad_payload(f"Property {where} is nested too deeply")


def _check(body: Mapping[str, Any], prefix: str, name: str, kind: str, python_type: type) -> None:
    value = body.get(name)
    if value is not None and not isinstance(value, python_type):
        raise bad_payload(f"Property {prefix}.{name} should be {kind}")


def _check_date(body: Mapping[str, Any], prefix: str, name: str) -> None:
    value = body.get(name)
    if value is not None and not is_date(value):
        raise bad_payload(f'Property {prefix}.{name} should match format "date"')


def written(
    record: Mapping[str, Any],
    body: Mapping[str, Any],
    rules: WriteRules,
    schema: Mapping[str, Any],
) -> dict[str, Any]:
    """The customer after a body has been written to it; ids and times are left alone.

    Raises:
        SchemaViolationError: If the metadata violates the schema.
    """
    result = dict(record)
    for name in (*TEXT_FIELDS, *DATE_FIELDS):
        if name in body:
            result[name] = body[name]
    if "address" in body:
        before = result.get("address")
        after = body["address"]
        if after is not None:
            kept = before if rules.merge_address and isinstance(before, dict) else {}
            known = {name: after[name] for name in ADDRESS_FIELDS if name in after}
            after = {**kept, **known}
        result["address"] = after
    if "metadata" in body:
        sent: dict[str, Any] = body["metadata"]
        held = result.get("metadata") or {}
        result["metadata"] = {**held, **sent} if rules.merge_metadata else dict(sent)
        wrong = violations(schema, sent, result["metadata"])
        if wrong:
            raise SchemaViolationError("; ".join(wrong))
    return in_order(result)
