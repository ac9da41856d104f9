"""Customers of about a kilobyte each, as the API shows them, the same ones on every run."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

#: No two customers share a millisecond: then every listing loop is complete, the peers' too.
_FIRST_MS = 1_640_995_200_000
_STEP_MS = 700_000
_CITIES = ("Łódź", "Kraków", "Berlin", "Lyon", "Porto", "Malmö", "Austin", "東京")
_TIERS = ("bronze", "silver", "gold")
_NOTES = "Came with the import from the old shop, prefers to be called in the morning. " * 2


def iso(milliseconds: int) -> str:
    """A time as the API writes it."""
    seconds, rest = divmod(milliseconds, 1000)
    return f"{datetime.fromtimestamp(seconds, tz=UTC):%Y-%m-%dT%H:%M:%S}.{rest:03d}Z"


def customers(count: int, *, seed: int = 0, nested: bool = False) -> Iterator[tuple[int, bytes]]:
    """When each customer was created, and its JSON; oldest first."""
    chance = random.Random(seed)
    created_ms = _FIRST_MS
    for number in range(count):
        created_ms += chance.randint(1, 2 * _STEP_MS)
        customer = made_up(number, created_ms, chance)
        if nested:
            customer["metadata"] |= _nested(number)
        text = json.dumps(customer, ensure_ascii=False, separators=(",", ":"))
        yield created_ms, text.encode()


def _nested(number: int) -> dict[str, object]:
    """Three keys with lists and objects."""
    return {
        "basket": [{"sku": f"s-{number % 997}", "count": number % 7}, {"sku": "s-1", "count": 1}],
        "household": {"size": number % 5, "pets": {"cats": number % 3, "names": ["Mia", "Leo"]}},
        "devices": [f"phone-{number % 101}", f"tablet-{number % 53}"],
    }


def made_up(number: int, created_ms: int, chance: random.Random) -> dict[str, Any]:
    orders = chance.randint(0, 40)
    amount = orders * chance.randint(500, 20_000)
    succeeded = chance.randint(0, 9)
    return {
        "id": f"cust_{number:024d}",
        "source_id": f"crm-{number:08d}",
        "name": f"Ada Made-Up {number}",
        "description": _NOTES[: chance.randint(20, 150)],
        "email": f"ada.{number}@example.com",
        "phone": f"+48 000 {number:06d}",
        "birthdate": f"{chance.randint(1940, 2005)}-0{chance.randint(1, 9)}-17",
        "address": {
            "city": chance.choice(_CITIES),
            "state": None,
            "line_1": f"{number % 99} Sample Lane",
            "line_2": None,
            "country": "PL",
            "postal_code": f"90-{number % 1000:03d}",
        },
        "summary": {
            "redemptions": {
                "total_redeemed": succeeded,
                "total_failed": 1,
                "total_succeeded": succeeded,
                "total_rolled_back": 0,
                "total_rollback_failed": 0,
                "total_rollback_succeeded": 0,
                "gift": {"redeemed_amount": 0, "amount_to_go": 0},
                "loyalty_card": {"redeemed_points": 0, "points_to_go": succeeded * 10},
            },
            "orders": {
                "total_amount": amount,
                "total_count": orders,
                "average_amount": amount // max(orders, 1),
                "last_order_amount": chance.randint(500, 20_000),
                "last_order_date": iso(created_ms + 86_400_000),
            },
        },
        "loyalty": {"points": succeeded * 10, "referred_customers": 0, "campaigns": {}},
        "referrals": {"total": 0, "campaigns": []},
        "metadata": {
            "tier": chance.choice(_TIERS),
            "store_code": f"{number % 500:05d}",
            "score": round(chance.random() * 100, 2),
            "newsletter": chance.random() < 0.5,
            "visits": chance.randint(0, 1000),
            "language": "pl",
        },
        "system_metadata": {},
        "created_at": iso(created_ms),
        "updated_at": iso(created_ms + 86_400_000),
        "object": "customer",
    }
