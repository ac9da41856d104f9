"""The customer object: defaults, order of its fields, and what may be written to it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from vfy_notebook.sandbox.answers import dump
from vfy_notebook.sandbox.data.clock import parse_iso, to_iso
from vfy_notebook.sandbox.data.ids import Ids

#: The fields a caller may write, beside ``address`` and ``metadata``.
TEXT_FIELDS = ("name", "description", "email", "phone")
DATE_FIELDS = ("birthday", "birthdate")
ADDRESS_FIELDS = ("city", "state", "line_1", "line_2", "country", "postal_code")

_FIRST = ("id", "source_id", *TEXT_FIELDS, *DATE_FIELDS, "address", "summary", "loyalty")
_LAST = ("referrals", "metadata", "system_metadata", "created_at", "updated_at")
_ORDER = (*_FIRST, *_LAST)

FRESH_SUMMARY: dict[str, Any] = {
    "redemptions": {
        "total_redeemed": 0,
        "total_failed": 0,
        "total_succeeded": 0,
        "total_rolled_back": 0,
        "total_rollback_failed": 0,
        "total_rollback_succeeded": 0,
        "gift": {"redeemed_amount": 0, "amount_to_go": 0},
        "loyalty_card": {"redeemed_points": 0, "points_to_go": 0},
    },
    "orders": {
        "total_amount": 0,
        "total_count": 0,
        "average_amount": 0,
        "last_order_amount": 0,
    },
}
FRESH_LOYALTY: dict[str, Any] = {"points": 0, "referred_customers": 0, "campaigns": {}}
FRESH_REFERRALS: dict[str, Any] = {"total": 0, "campaigns": []}

#: One row of the store: id, source_id, name, email, city, created_ms, updated_ms, JSON text.
Row = tuple[str, str | None, str | None, str | None, str | None, int, int | None, str]


def complete(partial: Mapping[str, Any], *, customer_id: str, created_at: str) -> dict[str, Any]:
    """A customer as the API returns it, from the fields that are given.

    What is missing gets the value of a fresh customer; a fresh customer has no
    ``metadata`` key, no ``updated_at`` and a null address. Unknown fields stay.
    """
    record: dict[str, Any] = dict(partial)
    record.setdefault("id", customer_id)
    record.setdefault("source_id", None)
    record.setdefault("address", None)
    record.setdefault("system_metadata", {})
    record.setdefault("created_at", created_at)
    for name, fresh in (
        ("summary", FRESH_SUMMARY),
        ("loyalty", FRESH_LOYALTY),
        ("referrals", FRESH_REFERRALS),
    ):
        if name not in record:
            record[name] = fresh  # shared: records are replaced, never changed in place
        elif isinstance(record[name], Mapping):
            record[name] = _filled(record[name], fresh)
    return in_order(record)


def _filled(partial: Mapping[str, Any], fresh: Mapping[str, Any]) -> dict[str, Any]:
    filled = dict(fresh)
    for name, value in partial.items():
        if isinstance(value, Mapping) and isinstance(filled.get(name), dict) and filled[name]:
            filled[name] = _filled(value, filled[name])
        else:
            filled[name] = value
    return filled


def in_order(record: Mapping[str, Any]) -> dict[str, Any]:
    """The same customer with its keys in the API's order; ``object`` comes last."""
    ordered = {name: record[name] for name in _ORDER if name in record}
    ordered |= {n: v for n, v in record.items() if n not in ordered and n != "object"}
    ordered["object"] = record.get("object", "customer")
    return ordered


def to_row(record: Mapping[str, Any]) -> Row:
    """A customer as a row of the store.

    Raises:
        ValueError: If an id, a time or a text that can be searched has the wrong type.
    """
    address = record.get("address")
    city = address.get("city") if isinstance(address, Mapping) else None
    updated_at = record.get("updated_at")
    texts: list[str | None] = []
    for name, value in (
        ("source_id", record.get("source_id")),
        ("name", record.get("name")),
        ("email", record.get("email")),
        ("address.city", city),
    ):
        if value is not None and not isinstance(value, str):
            raise ValueError(f"{name} must be a string or null, not {value!r}")
        texts.append(value)
    customer_id = record["id"]
    if not isinstance(customer_id, str) or not customer_id:
        raise ValueError(f"id must be a string, not {customer_id!r}")
    created_ms = _time(record["created_at"], "created_at")
    updated_ms = None if updated_at is None else _time(updated_at, "updated_at")
    source_id, name_, email, city_ = texts
    return (customer_id, source_id, name_, email, city_, created_ms, updated_ms, dump(record))


def _time(value: Any, name: str) -> int:
    if not isinstance(value, str):
        raise ValueError(f"{name} must be an ISO-8601 date, not {value!r}")
    return parse_iso(value)


def rows(partials: list[dict[str, Any]], *, base_ms: int, seed: str) -> Iterator[Row]:
    """Rows for given, possibly partial customers, a second apart where no time is given."""
    ids = Ids(seed)
    for number, partial in enumerate(partials):
        created_at = to_iso(base_ms + 1000 * number)
        yield to_row(complete(partial, customer_id=ids.make("cust_"), created_at=created_at))
