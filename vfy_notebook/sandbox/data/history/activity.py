"""The events of one customer, as orders, redemptions and the customer itself leave them behind."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from vfy_notebook.sandbox.data.history.redemptions import simple_customer
from vfy_notebook.sandbox.data.history.store import Kind

#: What an order's status leaves behind, beside that it was created.
_OF_STATUS = {
    "PAID": ("paid",),
    "FULFILLED": ("paid", "fulfilled"),
    "CANCELED": ("canceled",),
}
_ENDINGS = {"SUCCESS": "succeeded", "FAILURE": "failed"}

#: Types that something else has brought about.
_EFFECTS = ("customer.order.paid", "customer.order.fulfilled")

Event = dict[str, Any]


def events(
    customer: Mapping[str, Any], history: Iterable[tuple[Kind, Mapping[str, Any]]]
) -> list[Event]:
    """All events of a customer, oldest first; those of one moment as they came about."""
    found = [_event("customer.created", customer["created_at"], customer["id"], _whole(customer))]
    for kind, each in history:
        found += _of_order(customer, each) if kind == "order" else _of_redemption(customer, each)
    return sorted(found, key=lambda event: str(event["created_at"]))


def category(event: Event) -> str:
    """``ACTION`` or ``EFFECT``."""
    return "EFFECT" if event["type"] in _EFFECTS else "ACTION"


def _of_order(customer: Mapping[str, Any], order: Mapping[str, Any]) -> Iterator[Event]:
    # The last thing that has happened to the order happened when it was last changed.
    changes = ("created", *_OF_STATUS.get(order["status"], ()))
    for change in changes:
        is_last = change == changes[-1] and len(changes) > 1
        moment = (is_last and order.get("updated_at")) or order["created_at"]
        data = {"customer": simple_customer(customer["id"], customer), "order": order}
        yield _event(f"customer.order.{change}", moment, order["id"], data)


def _of_redemption(customer: Mapping[str, Any], made: Mapping[str, Any]) -> Iterator[Event]:
    is_rollback = made["object"] == "redemption_rollback"
    name = "redemption.rollback" if is_rollback else "redemption"
    data: dict[str, Any] = {"customer": simple_customer(customer["id"], customer)}
    if (voucher := made.get("voucher")) is not None:
        data["voucher"] = {
            key: voucher[key]
            for key in ("id", "code", "type", "campaign", "created_at", "object")
            if voucher.get(key) is not None
        }
    data["redemption_rollback" if is_rollback else "redemption"] = {
        **{key: made[key] for key in ("id", "date", "customer_id", "result", "metadata")},
        # As it was then: whether it was rolled back later is told by an event of its own.
        "status": "SUCCEEDED" if made["result"] == "SUCCESS" else "FAILED",
        "object": made["object"],
    }
    ending = _ENDINGS.get(made["result"], "failed")
    yield _event(f"customer.{name}.{ending}", made["date"], made["id"], data)


def _whole(customer: Mapping[str, Any]) -> dict[str, Any]:
    return {"customer": dict(customer)}


def _event(kind: str, created_at: str, ref: str, data: dict[str, Any]) -> Event:
    digest = hashlib.sha256(f"{kind} {ref}".encode()).hexdigest()
    return {
        "id": f"evcus_{digest[:18]}",
        "type": kind,
        "data": {"data": data, "event_source": {"channel": "API"}},
        "created_at": created_at,
        "group_id": f"v-{digest[18:36]}",
    }
