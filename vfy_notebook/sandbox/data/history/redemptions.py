"""The redemption object, and its rollback, which is an object of its own."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from vfy_notebook.sandbox.data.sample import sample_folder

_FAILURES = {"voucher_expired": "voucher expired"}

_VOUCHERS_MADE_AT = "2025-01-01T00:00:00.000Z"

Found = Callable[[str], dict[str, Any] | None]


def redemption(
    partial: Mapping[str, Any], *, redemption_id: str, date: str, customer_of: Found
) -> dict[str, Any]:
    """A redemption as the API returns it, from the fields that are given. Unknown fields stay.

    Args:
        partial: What is given; `voucher_code` and `campaign` become the voucher.
        redemption_id: Its id.
        date: When it was made, where that is not given.
        customer_of: Finds a customer by id.
    """
    given = dict(partial)
    code, campaign = given.pop("voucher_code", None), given.pop("campaign", None)
    customer_id = given.get("customer_id")
    customer = None if customer_id is None else customer_of(customer_id)
    result = given.get("result", "SUCCESS")
    whole: dict[str, Any] = {
        "id": redemption_id,
        "object": "redemption",
        "date": date,
        "customer_id": customer_id,
        "tracking_id": None if customer_id is None else f"track_{customer_id[5:]}",
        "metadata": {},
        "redemption": None,
        "result": result,
        "status": "SUCCEEDED" if result == "SUCCESS" else "FAILED",
        "order": None,
        "channel": {"channel_id": "sandbox", "channel_type": "API"},
        "customer": simple_customer(customer_id, customer),
        "related_object_type": "voucher",
        "related_object_id": f"v_{code}",
    }
    if code is not None:
        whole["voucher"] = _voucher(code, campaign)
    return {**whole, **given}


def simple_customer(
    customer_id: str | None, customer: Mapping[str, Any] | None
) -> dict[str, Any] | None:
    """A customer as other objects show one: without what is missing; None for nobody."""
    if customer_id is None:
        return None
    told = {} if customer is None else customer
    known = {
        name: told[name] for name in ("name", "email", "source_id") if told.get(name) is not None
    }
    return {
        "id": customer_id,
        **known,
        "metadata": told.get("metadata") or {},
        "object": "customer",
    }


def sample_redemptions(order_of: Found, customer_of: Found) -> Iterator[dict[str, Any]]:
    """The sample's redemptions."""
    with (sample_folder() / "redemptions.csv").open(encoding="utf-8", newline="") as lines:
        rows = list(csv.DictReader(lines))
    rolled_back = {row["redemption"] for row in rows}
    for row in rows:
        failure, is_rollback = row["failure_code"], row["object"] == "redemption_rollback"
        partial: dict[str, Any] = {
            "object": row["object"],
            "customer_id": row["customer_id"],
            "voucher_code": row["voucher_code"],
            "campaign": row["campaign"],
            "result": row["result"],
            "redemption": row["redemption"] or None,
            # A code that was refused was not used for the order.
            "order": None if failure else order_of(row["order_id"]),
        }
        if failure:
            partial |= {"failure_code": failure, "failure_message": _FAILURES[failure]}
        if is_rollback:
            partial["reason"] = "the order was cancelled"
        elif row["id"] in rolled_back:
            partial["status"] = "ROLLED_BACK"
        yield redemption(
            partial, redemption_id=row["id"], date=row["date"], customer_of=customer_of
        )


def _voucher(code: str, campaign: str | None) -> dict[str, Any]:
    return {
        "id": f"v_{code}",
        "code": code,
        "campaign": campaign,
        "type": "DISCOUNT_VOUCHER",
        "discount": {"type": "PERCENT", "percent_off": 10, "effect": "APPLY_TO_ORDER"},
        "active": True,
        "created_at": _VOUCHERS_MADE_AT,
        "metadata": {},
        "object": "voucher",
    }
