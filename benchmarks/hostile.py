"""Customers as no server should show them, and as some do: the same ones on every run.

Fields are missing, null, of the wrong kind or out of range; texts are cut in the middle of a
character; times come in five spellings, tied and unreadable ones among them; metadata changes its
types and its keys. What becomes of each is the package's business; `values` holds it fast.
"""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterator
from typing import Any

from benchmarks.made_up import iso, made_up

_FIRST_MS = 1_640_995_200_000
_STEP_MS = 500_000

#: Values that may stand in anybody's field.
_ODD: tuple[Any, ...] = (
    None, "", " ", "NULL", "NaN", 0, -1, 2**53 + 1, 2**63 - 1, 2**63, -(2**70), 0.1, 1e300, 3.0,
    True, False, [], {}, ["a", 1, None], {"a": {"b": [1]}}, "\ud83d", "\ud83d\ude00",
    "\x00\x1b[31m", "=1+1", "00042", "1e5", "Łódź 東京", "2024-02-30", "2024-01",
    "2023-11-14T22:13:20.123456+05:30",
    "0001-01-01T00:00:00Z", "9999-12-31T23:59:59.999Z", "soon", "x" * 300,
)  # fmt: skip

#: How a time may be spelt, that of creation too.
_SPELLINGS: tuple[Callable[[str], Any], ...] = (
    lambda text: text,
    lambda text: text.replace("Z", "+00:00"),
    lambda text: text.replace("Z", "000Z"),
    lambda text: text.removesuffix("Z"),
    lambda text: text.replace("T", " "),
)

_PARTS = ("address", "summary", "loyalty", "referrals", "metadata", "system_metadata")


def customers(count: int, *, seed: int = 1) -> Iterator[tuple[int, bytes]]:
    """When each customer was created, and its JSON; oldest first."""
    chance = random.Random(seed)
    created_ms = _FIRST_MS
    for number in range(count):
        if chance.random() < 0.9:  # the others share a millisecond with the one before
            created_ms += chance.randint(1, 2 * _STEP_MS)
        customer = _spoilt(made_up(number, created_ms, chance), number, chance)
        customer["created_at"] = chance.choice(_SPELLINGS)(iso(created_ms))
        if chance.random() < 0.002:
            customer["created_at"] = None  # placed by its neighbours
        # A whole page whose times are in one spelling is the usual case, and stays one here.
        if number // 100 % 3:
            customer["created_at"] = iso(created_ms)
        yield (
            created_ms,
            json.dumps(customer, ensure_ascii=True, separators=(",", ":")).encode(),
        )


def _spoilt(customer: dict[str, Any], number: int, chance: random.Random) -> dict[str, Any]:
    """A customer with some of its values, or whole parts of it, replaced or left out."""
    metadata = customer["metadata"]
    if number // 1000 % 2:  # every other thousand has keys of its own, in any order
        for i in chance.sample(range(40), 5):
            metadata[f"key {i}.a"] = chance.choice(_ODD) if i % 3 else i
    if chance.random() < 0.5:
        metadata["amount"] = chance.choice((1, 2.5, 2**53 + 1, 7) if number % 5000 else ("many",))
    if number // 100 % 4 == 0:
        return customer  # a page in four is plain
    for _ in range(chance.randint(0, 3)):
        if not _spoil_one(customer, chance):
            break
    if chance.random() < 0.02:
        customer[chance.choice(_PARTS)] = chance.choice(_ODD)
    if chance.random() < 0.02:
        customer["birthday"] = "1990-01-31"
        customer.pop("birthdate", None)
    return customer


def _spoil_one(customer: dict[str, Any], chance: random.Random) -> bool:
    """Replace or leave out one value, at any depth but the id; whether its part has others left."""
    holder = customer
    while True:
        name = chance.choice(list(holder))
        inner = holder[name]
        if not (isinstance(inner, dict) and inner) or chance.random() < 0.1:
            break
        holder = inner
    if holder is customer and name == "id":
        return True
    if chance.random() < 0.2:
        del holder[name]
    else:
        holder[name] = chance.choice(_ODD)
    return bool(holder)
