"""The order object: from the sample, from given ones, and from what a customer's summary tells."""

from __future__ import annotations

import csv
import hashlib
from collections.abc import Iterator, Mapping
from typing import Any

from vfy_notebook.sandbox.data.clock import parse_iso, to_iso
from vfy_notebook.sandbox.data.sample import sample_folder

_DISC = "Compact disc"


def order(
    partial: Mapping[str, Any], *, order_id: str, created_at: str, number: int
) -> dict[str, Any]:
    """An order as the API returns it, from the fields that are given.

    Unknown fields stay. What is missing is that of a paid order of one thing.
    """
    amount = partial.get("amount", 0)
    discount = partial.get("discount_amount", 0)
    items_discount = partial.get("items_discount_amount", 0)
    customer_id = partial.get("customer_id")
    whole: dict[str, Any] = {
        "id": order_id,
        "source_id": f"web-{number:06}",
        "created_at": created_at,
        "updated_at": None,
        "status": "PAID",
        "amount": amount,
        "total_amount": amount - discount - items_discount,
        "items": [_item(amount, 1)],
        "metadata": {},
        "customer": None if customer_id is None else {"id": customer_id, "object": "customer"},
        "customer_id": customer_id,
        "referrer_id": None,
        "object": "order",
        "redemptions": {},
    }
    if discount or items_discount:
        whole["total_discount_amount"] = discount + items_discount
    return {**whole, **partial}


def sample_orders() -> Iterator[dict[str, Any]]:
    """The sample's orders."""
    with (sample_folder() / "orders.csv").open(encoding="utf-8", newline="") as lines:
        for number, row in enumerate(csv.DictReader(lines), start=1):
            amount, discount, cds = (int(row[n]) for n in ("amount", "discount_amount", "cds"))
            partial = {
                "source_id": row["source_id"],
                "status": row["status"],
                "updated_at": row["updated_at"] or None,
                "amount": amount,
                **({"discount_amount": discount} if discount else {}),
                "items": [_item(amount, cds)],
                "metadata": {"cds": cds},
                "customer_id": row["customer_id"],
            }
            yield order(partial, order_id=row["id"], created_at=row["created_at"], number=number)


def orders_told_by(customers: Iterator[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Orders that would give customers the summaries that they have, one customer's at a time."""
    number = 0
    for customer in customers:
        told = (customer.get("summary") or {}).get("orders") or {}
        count, last_at = told.get("total_count") or 0, told.get("last_order_date")
        if not count or last_at is None:
            continue
        earlier = (told["total_amount"] - told["last_order_amount"]) if count > 1 else 0
        first_ms, last_ms = sorted((parse_iso(customer["created_at"]), parse_iso(last_at)))
        for i in range(count):
            number += 1
            is_last = i == count - 1
            each, left_over = divmod(earlier, max(count - 1, 1))
            amount = told["last_order_amount"] if is_last else each + (i < left_over)
            when_ms = last_ms if is_last else first_ms + (last_ms - first_ms) * i // count
            yield order(
                {"amount": amount, "customer_id": customer["id"]},
                order_id=_id(customer["id"], i),
                created_at=to_iso(when_ms),
                number=number,
            )


def _item(amount: int, quantity: int) -> dict[str, Any]:
    return {
        "object": "order_item",
        "source_id": "cd",
        "related_object": "product",
        "quantity": quantity,
        "amount": amount,
        "subtotal_amount": amount,
        "product": {"name": _DISC},
    }


def _id(customer_id: str, position: int) -> str:
    return "ord_" + hashlib.sha256(f"{customer_id} {position}".encode()).hexdigest()[:24]
