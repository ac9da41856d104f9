"""Made-up customers by the thousand: obviously fictitious, the same ones for the same seed.

The JSON text is written directly, because a million customers must be ready in well under
a minute. Sign-ups come one by one and in imports, in which hundreds share a millisecond,
as they do in real projects. The metadata keys are those of the sample's schema, so that
the sample's segments hold some of these customers too.
"""

from __future__ import annotations

import itertools
import random
import string
from collections.abc import Iterator

from vfy_notebook.sandbox.answers import dump
from vfy_notebook.sandbox.data.clock import parse_iso, to_iso
from vfy_notebook.sandbox.data.customers.records import (
    FRESH_LOYALTY,
    FRESH_REFERRALS,
    FRESH_SUMMARY,
    Row,
)

_FIRST_SIGNUP_MS = parse_iso("2023-01-02T08:00:00Z")
_LAST_SIGNUP_MS = parse_iso("2025-12-30T20:00:00Z")
_LAST_ORDER_MS = parse_iso("2026-06-30T20:00:00Z")
_DAY_MS = 86_400_000

#: The share of the customers who came with an import.
_IMPORTED = 0.3
_LARGEST_IMPORT = 400


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


_FIRST_NAMES = _words(
    "Ada Aiko Alba Amara Anouk Aziz Basil Björn Bruno Carmen Chidi Dalia Dario Edda Elio Emre "
    "Fatou Finn Giulia Hana Ines Ivo Jamal Jolanta Kenji Kira Lars Leila Łucja Malik Mei Milo "
    "Nadia Noor Oskar Paloma Priya Quentin Rosa Ruben Sanna Sora Tadeo Uma Vera Wiktor Yara Zoë"
)
_LAST_NAMES = _words(
    "Acorn Amberly Birchwood Bramble Cinderfell Clover Dewdrop Driftwood Elderberry Fernhill "
    "Foxglove Goldleaf Hazelnut Heatherby Inkwell Ivyston Juniper Kestrel Larkspur Lindenberg "
    "Marigold Mossgrove Nettleton Nightingale Oakhaven Pebble Quillfeather Ravensby Rosehip "
    "Saffron Silverbirch Thistle Umberton Violet Willowby Yarrow Zimtstern Żurawina"
)
_PLACES = tuple(
    (city, dump({"city": city, "state": state})[:-1], country, code)
    for city, state, country, code in (
        ("Łódź", "łódzkie", "PL", "90-001"),
        ("Kraków", "małopolskie", "PL", "30-002"),
        ("Gdańsk", "pomorskie", "PL", "80-003"),
        ("Berlin", "Berlin", "DE", "10115"),
        ("Köln", "Nordrhein-Westfalen", "DE", "50667"),
        ("Lyon", "Auvergne-Rhône-Alpes", "FR", "69001"),
        ("Porto", "Porto", "PT", "4000-001"),
        ("Malmö", "Skåne", "SE", "211 11"),
        ("Austin", "TX", "US", "73301"),
        ("Portland", "OR", "US", "97035"),
        ("東京", "東京都", "JP", "100-0001"),
        ("São Paulo", "SP", "BR", "01000-000"),
    )
)
_TIERS = ("bronze", "bronze", "silver", "gold")
_LANGUAGES = ("pl", "de", "fr", "pt", "sv", "en", "ja")
_CHANNELS = ("search", "social", "referral", "store", "partner")
_GENRES = ("jazz", "soul", "folk", "rock", "electronic", "classical", "hip-hop", "R&B")
_PAIRS = tuple(map("".join, itertools.product(string.ascii_letters + string.digits, repeat=2)))

_REDEMPTIONS = dump(FRESH_SUMMARY["redemptions"])
_NO_ORDERS = dump(FRESH_SUMMARY["orders"])
_LOYALTY = dump(FRESH_LOYALTY)
_REFERRALS = dump(FRESH_REFERRALS)


def made_up_rows(number: int, *, seed: int = 0) -> Iterator[Row]:
    """`number` customers as rows of the store, oldest first."""
    rng = random.Random(f"people {seed} {number}")  # noqa: S311  # made-up data, no secret
    for index, created_ms in enumerate(_signups(number, rng), start=1):
        yield _row(index, created_ms, rng)


def _signups(number: int, rng: random.Random) -> list[int]:
    """Moments in ascending order, with the ties that imports make."""
    largest = max(2, min(_LARGEST_IMPORT, number // 20))
    mean = (2 + largest) / 2
    is_import = _IMPORTED / (_IMPORTED + (1 - _IMPORTED) * mean)
    span = _LAST_SIGNUP_MS - _FIRST_SIGNUP_MS
    moments: list[int] = []
    while len(moments) < number:
        moment = _FIRST_SIGNUP_MS + int(span * rng.random())
        size = rng.randint(2, largest) if rng.random() < is_import else 1
        moments.extend([moment] * size)
    del moments[number:]
    moments.sort()
    return moments


def _row(index: int, created_ms: int, rng: random.Random) -> Row:
    first = _FIRST_NAMES[int(rng.random() * len(_FIRST_NAMES))]
    last = _LAST_NAMES[int(rng.random() * len(_LAST_NAMES))]
    name = f"{first} {last}"
    customer_id = f"cust_{''.join(rng.choices(_PAIRS, k=12))}"
    source_id = f"shop-{index:07d}" if rng.random() < 0.97 else None
    email = f"customer.{index}@example.com" if rng.random() < 0.95 else None
    city, address = _address(rng)
    orders, last_order_ms = _orders(created_ms, rng)
    updated_ms = last_order_ms
    if updated_ms is None and rng.random() < 0.3:
        updated_ms = created_ms + int(rng.random() * 30 * _DAY_MS)

    source_text = "null" if source_id is None else f'"{source_id}"'
    email_text = "" if email is None else f'"email":"{email}",'
    updated_text = "" if updated_ms is None else f'"updated_at":"{to_iso(updated_ms)}",'
    body = (
        f'{{"id":"{customer_id}","source_id":{source_text},"name":"{name}",{email_text}'
        f'{_birthdate(rng)}"address":{address},'
        f'"summary":{{"redemptions":{_REDEMPTIONS},"orders":{orders}}},'
        f'"loyalty":{_LOYALTY},"referrals":{_REFERRALS},{_metadata(rng)}"system_metadata":{{}},'
        f'"created_at":"{to_iso(created_ms)}",{updated_text}"object":"customer"}}'
    )
    return (customer_id, source_id, name, email, city, created_ms, updated_ms, body)


def _birthdate(rng: random.Random) -> str:
    if rng.random() < 0.4:
        return ""
    year, month, day = rng.randrange(1940, 2006), rng.randrange(1, 13), rng.randrange(1, 29)
    return f'"birthdate":"{year}-{month:02d}-{day:02d}",'


def _address(rng: random.Random) -> tuple[str | None, str]:
    chance = rng.random()
    if chance < 0.1:
        return None, "null"
    city, start, country, code = _PLACES[int(chance * 997) % len(_PLACES)]
    line = f"{1 + int(chance * 7919) % 180} Example Street"
    return city, f'{start},"line_1":"{line}","country":"{country}","postal_code":"{code}"}}'


def _orders(created_ms: int, rng: random.Random) -> tuple[str, int | None]:
    if rng.random() < 0.25:
        return _NO_ORDERS, None
    count = 1 + min(int(rng.expovariate(0.6)), 40)
    last_amount = 499 + int(rng.expovariate(1 / 3000))
    total = last_amount + (count - 1) * (499 + int(rng.expovariate(1 / 3000)))
    last_ms = created_ms + int((_LAST_ORDER_MS - created_ms) * rng.random() ** 2)
    text = (
        f'{{"total_amount":{total},"total_count":{count},"average_amount":{total // count},'
        f'"last_order_amount":{last_amount},"last_order_date":"{to_iso(last_ms)}"}}'
    )
    return text, last_ms


def _metadata(rng: random.Random) -> str:
    chance = rng.random()
    if chance < 0.04:
        return ""
    parts = [
        f'"tier":"{_TIERS[int(rng.random() * len(_TIERS))]}"',
        f'"language":"{_LANGUAGES[int(rng.random() * len(_LANGUAGES))]}"',
        f'"acquisition_channel":"{_CHANNELS[int(rng.random() * len(_CHANNELS))]}"',
        f'"newsletter":{"true" if rng.random() < 0.45 else "false"}',
    ]
    if chance < 0.7:
        parts.append(f'"score":{round(rng.random() * 100, 2)}')
        parts.append(f'"store_code":"{int(chance * 60):05d}"')
    if chance < 0.5:
        genres = '","'.join(rng.sample(_GENRES, 1 + int(chance * 6)))
        parts.append(f'"favourite_genres":["{genres}"]')
    if chance < 0.3:
        wrapped = "true" if chance < 0.1 else "false"
        parts.append(f'"preferences":{{"format":"digital","gift_wrap":{wrapped}}}')
    return f'"metadata":{{{",".join(parts)}}},'
