"""Make data/sample/ from the CDNOW purchases: real histories, made-up people.

    python data/build_sample.py [path of cdnow_sample.txt]

The same input gives the same bytes, on each run and each machine: nothing is read from the clock,
and chance comes from hashes (see `Draw`), not from a generator whose stream a Python release may
change. What is real and what is not is told in data/README.md.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
import re
import string
import sys
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
DEFAULT_SOURCE = HERE.parent.parent / "shared" / "data" / "cdnow_sample.txt"
OUTPUT = HERE / "sample"

#: 1997–98 become 2025–26. After 28 years the calendar repeats, so the weekdays stay true as well.
SHIFTED_YEARS = 28
#: The first customers were in the shop before it used Voucherify and came in with one import.
IMPORTED_CUSTOMERS = 250
IMPORT_MOMENT = "2025-01-01T00:00:00.417Z"
#: Orders after this day are paid but have not left the store yet.
FULFILLED_UNTIL = date(2026, 6, 14)
#: The shop's campaigns of discount codes.
CAMPAIGNS = {"WELCOME": "Welcome", "SPRING": "Spring in the shop", "CLUB": "Club evening"}
#: Nobody has looked at the tiers since this day: notebook 03 puts them right.
TIERS_LAST_SET = date(2025, 6, 30)
#: What a customer must have spent for a tier, in hundredths; below the lowest there is none.
TIER_THRESHOLDS = {"gold": 250_00, "silver": 100_00, "bronze": 40_00}
TIERS = list(TIER_THRESHOLDS)
CHANNELS = ["search", "social", "referral", "store", "partner"]
GENRES = ["jazz", "rock", "classical", "hip-hop", "folk", "electronic", "soul", "R&B", "disco polo"]

Json = dict[str, Any]


class Draw:
    """Reproducible chance for one subject: each question has an answer of its own.

    A new question leaves the answers to all the others as they were, so the sample can grow
    without being reshuffled.
    """

    def __init__(self, subject: str) -> None:
        self._subject = subject

    def number(self, question: str, below: int) -> int:
        """Give a whole number from 0 to `below` - 1."""
        key = f"vfy-notebook sample/{self._subject}/{question}".encode()
        return int.from_bytes(hashlib.sha256(key).digest()[:8], "big") % below

    def one_in(self, question: str, times: int) -> bool:
        """Say yes once in so many times."""
        return self.number(question, times) == 0

    def percent(self, question: str, share: int) -> bool:
        """Say yes in so many of a hundred cases."""
        return self.number(question, 100) < share

    def pick(self, question: str, values: list[Any]) -> Any:
        """Choose one of the values, all equally likely."""
        return values[self.number(question, len(values))]

    def weighted(self, question: str, values: list[Any], weights: list[int]) -> Any:
        """Choose one of the values, the heavier ones more often."""
        rest = self.number(question, sum(weights))
        for value, weight in zip(values, weights, strict=True):
            if rest < weight:
                return value
            rest -= weight
        raise AssertionError("unreachable: the rest is below the sum")

    def identifier(self, prefix: str) -> str:
        """Give an id in Voucherify's manner: the prefix and 24 letters and digits."""
        letters = string.ascii_letters + string.digits
        return prefix + "".join(letters[self.number(f"id {i}", len(letters))] for i in range(24))

    def identifier_hex(self, prefix: str) -> str:
        """Give an id in Voucherify's other manner: the prefix and 18 hexadecimal digits."""
        return f"{prefix}{self.number(f'id {prefix}', 16**15):018x}"


@dataclass(frozen=True)
class Purchase:
    """One line of the source, its year shifted."""

    day: date
    amount: int
    cds: int


def read_purchases(source: Path) -> dict[str, list[Purchase]]:
    """Read the purchases of each customer, by the source's own customer number.

    Args:
        source: cdnow_sample.txt: master id, sample id, YYYYMMDD, number of CDs, dollars.

    Returns:
        Customers in the order of their first purchase (ties: by number), purchases by day.
    """
    customers: dict[str, list[Purchase]] = {}
    for line in source.read_text(encoding="ascii").splitlines():
        _, number, day, cds, dollars = line.split()
        shifted = date(int(day[:4]) + SHIFTED_YEARS, int(day[4:6]), int(day[6:]))
        purchase = Purchase(shifted, int(Decimal(dollars) * 100), int(cds))
        customers.setdefault(number, []).append(purchase)
    for purchases in customers.values():
        purchases.sort(key=lambda purchase: purchase.day)
    return dict(sorted(customers.items(), key=lambda item: (item[1][0].day, item[0])))


def at_midnight(day: date) -> str:
    """Write a day as the API writes times."""
    return f"{day.isoformat()}T00:00:00.000Z"


def order_summary(purchases: list[Purchase]) -> Json:
    """Sum the purchases up as `summary.orders` does, in hundredths and whole numbers only."""
    total, count = sum(purchase.amount for purchase in purchases), len(purchases)
    return {
        "total_amount": total,
        "total_count": count,
        "average_amount": (2 * total + count) // (2 * count),
        "last_order_amount": purchases[-1].amount,
        "last_order_date": at_midnight(purchases[-1].day),
    }


def summary(number: str, purchases: list[Purchase]) -> Json:
    """Sum up orders and, of customers who have some, redemptions."""
    told: Json = {}
    made = [
        redemption for order in orders_of(number, purchases) for redemption in order.redemptions
    ]
    if made:
        kinds = [(each.object, each.result) for each in made]
        succeeded = kinds.count(("redemption", "SUCCESS"))
        rolled_back = kinds.count(("redemption_rollback", "SUCCESS"))
        told["redemptions"] = {
            "total_redeemed": succeeded - rolled_back,
            "total_failed": kinds.count(("redemption", "FAILURE")),
            "total_succeeded": succeeded,
            "total_rolled_back": rolled_back,
            "total_rollback_succeeded": rolled_back,
        }
    return {**told, "orders": order_summary(purchases)}


def changed_at(draw: Draw, last_day: date, created_at: str) -> str:
    """Give the moment of the last purchase: the whole day for a few, a time of it for the rest."""
    if draw.one_in("changed at midnight", 12) and at_midnight(last_day) > created_at:
        return at_midnight(last_day)
    in_ms = (6 * 3600 + draw.number("changed at", 16 * 3600)) * 1000 + draw.number("ms", 1000)
    seconds, ms = divmod(in_ms, 1000)
    return f"{last_day}T{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}.{ms:03}Z"


def slug(name: str) -> str:
    """Give what a Latin name leaves in an e-mail address; for other scripts nothing."""
    latin = name.lower().translate(
        str.maketrans({"ł": "l", "ø": "o", "ß": "ss", "ð": "d", "æ": "ae"})
    )
    ascii_only = unicodedata.normalize("NFKD", latin).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z]+", ".", ascii_only).strip(".")


def full_name(draw: Draw, place: Json, people: Json) -> str:
    """Make up a name as it is written in the customer's language; a few are hard to handle."""
    if draw.one_in("awkward name", 100):
        return str(draw.pick("which awkward name", people["awkward_names"]))
    given, family = draw.pick("given", place["given"]), draw.pick("family", place["family"])
    if place.get("family_first"):
        return f"{family} {given}" if place["language"] == "vi" else f"{family}{given}"
    return f"{given} {family}"


def source_id(draw: Draw, number: int, name: str) -> str | None:
    """Make up the shop's own key: mostly crm-00017, sometimes one that needs encoding, or none."""
    if draw.one_in("no source_id", 25):
        return None
    if draw.one_in("odd source_id", 30):
        odd = [
            f"shop/eu/{number:05}",
            f"{slug(name) or 'kunde'}.{number:05}@example.com",
            f"legacy {number:05}",
            f"sklep/Łódź/{number:05}",
            f"顧客-{number:05}",
            f"100%+#?&{number:05}",
        ]
        return str(draw.pick("which odd source_id", odd))
    return f"crm-{number:05}"


def phone(draw: Draw, country: str) -> str | None:
    """Give a number from the ranges kept free for fiction, where we know of such ranges."""
    if not draw.percent("has phone", 70):
        return None
    free = {
        "US": f"+1 202 555 01{draw.number('phone', 100):02}",
        "GB": f"+44 7700 900{draw.number('phone', 1000):03}",
        "FR": f"+33 6 39 98 {draw.number('phone', 100):02} {draw.number('phone, end', 100):02}",
    }
    return free.get(country)


def address(draw: Draw, place: Json) -> Json | None:
    """Make up an address in a real city, in a street that there is not."""
    if draw.one_in("no address", 14):
        return None
    weights = [city[3] for city in place["cities"]]
    city, state, postal, _ = draw.weighted("city", place["cities"], weights)
    for position in range(postal.count("#")):
        postal = postal.replace("#", str(draw.number(f"postal {position}", 10)), 1)
    parts = {
        "city": city,
        "state": state,
        "line_1": place["street"].format(n=1 + draw.number("house", 99)),
        "line_2": f"#{draw.number('flat', 40) + 1}" if draw.one_in("flat", 6) else None,
        "country": place["country"],
        "postal_code": postal,
    }
    return {part: text for part, text in parts.items() if text is not None}


def tier(draw: Draw, purchases: list[Purchase]) -> str | None:
    """Give the tier that was right on the day of `TIERS_LAST_SET`, and for a few a wrong one."""
    if draw.one_in("tier by mistake", 33):
        return str(draw.pick("which tier", TIERS))
    spent = sum(purchase.amount for purchase in purchases if purchase.day <= TIERS_LAST_SET)
    return next((name for name, least in TIER_THRESHOLDS.items() if spent >= least), None)


def score(draw: Draw, purchases: list[Purchase]) -> float | int:
    """Make up a score from 0 to 100 that leans on the number of orders; one in eight is whole."""
    hundredths = min(100_00, 900 * min(len(purchases), 8) + draw.number("score", 28_00))
    return hundredths // 100 if draw.one_in("whole score", 8) else hundredths / 100


def genres(draw: Draw) -> list[str]:
    """Choose up to four genres, each once."""
    chosen = [draw.pick(f"genre {i}", GENRES) for i in range(draw.number("genres", 5))]
    return list(dict.fromkeys(chosen))


def preferences(draw: Draw) -> Json:
    """Make up a small nested object."""
    return {
        "contact": {
            "by": draw.pick("contact", ["email", "sms", "post"]),
            "hour": 8 + draw.number("hour", 12),
        },
        "format": draw.pick("format", ["CD", "vinyl", "digital"]),
        "gift_wrap": draw.one_in("gift wrap", 5),
    }


def metadata(draw: Draw, number: int, place: Json, purchases: list[Purchase]) -> Json | None:
    """Make up the metadata; channel and newsletter lean on how often somebody has bought."""
    is_test = number % 197 == 5
    if not is_test and draw.one_in("no metadata", 25):
        return None
    repeats = len(purchases) > 1
    channel_weights = [26, 14, 30, 22, 8] if repeats else [34, 34, 10, 12, 10]
    last_survey = date(2026, 3, 1) + timedelta(days=draw.number("survey", 240))
    values: Json = {
        "tier": tier(draw, purchases),
        "language": place["language"],
        "acquisition_channel": draw.weighted("channel", CHANNELS, channel_weights),
        "newsletter": draw.percent("newsletter", 62 if repeats else 35),
        "score": score(draw, purchases),
        "store_code": f"{1 + draw.number('store', 60):05}",
        "favourite_genres": genres(draw),
        "preferences": preferences(draw) if draw.percent("preferences", 60) else None,
        "last_survey": last_survey.isoformat() if draw.percent("survey", 30) else None,
    }
    # Nobody asked, nothing stored: such a key is missing. A few were emptied later: they hold null.
    kept = {
        key: value
        for key, value in values.items()
        if value is not None and not draw.one_in(f"{key} missing", 20)
    }
    for key in ("tier", "newsletter", "acquisition_channel", "preferences"):
        if draw.one_in(f"{key} is null", 80):
            kept[key] = None
    if is_test:
        kept["test"] = True
    return {key: kept[key] for key in [*values, "test"] if key in kept}


def build_customer(position: int, number: str, purchases: list[Purchase], people: Json) -> Json:
    """Make one customer as the API returns it, keys in its order; what is null or 0 is left out.

    Args:
        position: 0 for the earliest customer.
        number: The source's customer number.
        purchases: Theirs, by day.
        people: The stock of names and places.
    """
    draw = Draw(f"customer {number}")
    place = draw.weighted(
        "place", people["places"], [place["weight"] for place in people["places"]]
    )
    name = full_name(draw, place, people)
    created_at = at_midnight(purchases[0].day)
    if position < IMPORTED_CUSTOMERS:
        created_at = IMPORT_MOMENT
    own_metadata = metadata(draw, int(number), place, purchases)
    is_test = bool(own_metadata and own_metadata.get("test"))
    description = None
    if is_test:
        description = "Made for a test of the checkout. May be deleted."
    elif created_at == IMPORT_MOMENT and draw.one_in("description", 3):
        description = "Came with the import from the old shop."
    birthdate = date(1946, 1, 1) + timedelta(days=draw.number("birthdate", 60 * 365))
    whole: Json = {
        "id": draw.identifier("cust_"),
        "source_id": source_id(draw, int(number), name),
        "name": f"Test {number}" if is_test else None if draw.one_in("no name", 90) else name,
        "description": description,
        "email": f"{slug(name) or 'customer'}.{number}@example.com",
        "phone": phone(draw, place["country"]),
        "birthdate": birthdate.isoformat() if draw.percent("has birthdate", 70) else None,
        "address": address(draw, place),
        "summary": summary(number, purchases),
        "metadata": own_metadata,
        "created_at": created_at,
        "updated_at": changed_at(draw, purchases[-1].day, created_at),
        "object": "customer",
    }
    if draw.one_in("no email", 40):
        whole["email"] = None
    return {key: value for key, value in whole.items() if value is not None or key == "address"}


def condition(operator: str, *values: Any) -> Json:
    """Write one condition as the API does: the values always in a list."""
    return {"conditions": {operator: list(values)}}


def build_segments(customers: list[Json]) -> list[Json]:
    """Make the ten segments; nine by filter, one by a list of guests."""
    spent_much = condition("$more_than_equal", TIER_THRESHOLDS["gold"])
    filters: list[tuple[str, str, Json]] = [
        ("Big spenders (250 and more)", "passive", {"summary.orders.total_amount": spent_much}),
        ("One-time buyers", "auto-update", {"summary.orders.total_count": condition("$is", 1)}),
        (
            "Regulars (5 orders and more)",
            "auto-update",
            {"summary.orders.total_count": condition("$more_than", 4)},
        ),
        (
            "Lapsed: nothing bought since September 2025",
            "passive",
            {"summary.orders.last_order_date": condition("$before", "2025-10-01T00:00:00.000Z")},
        ),
        (
            "Active in spring 2026",
            "auto-update",
            {"summary.orders.last_order_date": condition("$after", "2026-03-31T00:00:00.000Z")},
        ),
        ("Newsletter readers", "auto-update", {"metadata.newsletter": condition("$is", True)}),
        ("Gold tier", "auto-update", {"metadata.tier": condition("$is", "gold")}),
        (
            "Big spenders on a lower tier",
            "passive",
            {
                "summary.orders.total_amount": spent_much,
                "metadata.tier": condition("$in", "silver", "bronze"),
            },
        ),
        ("Customers in Łódź", "auto-update", {"address.city": condition("$is", "Łódź")}),
    ]
    segments = [
        {
            "id": Draw(f"segment {name}").identifier("seg_"),
            "name": name,
            "type": kind,
            "filter": {"junction": "and", **conditions},
            "created_at": f"2025-07-{7 + day:02}T09:{3 * day:02}:00.{111 * day:03}Z",
            "updated_at": "2026-05-04T08:15:00.000Z" if day % 2 else None,
        }
        for day, (name, kind, conditions) in enumerate(filters)
    ]
    guests = "Guests of the anniversary evening 2025"
    segments.append(
        {
            "id": Draw(f"segment {guests}").identifier("seg_"),
            "name": guests,
            "type": "static",
            "filter": None,
            "members": [customer["id"] for customer in customers if is_guest(customer)],
            "created_at": "2025-11-03T16:40:12.250Z",
            "updated_at": None,
        }
    )
    return segments


def is_guest(customer: Json) -> bool:
    """Say who was invited and came: the more orders, the likelier."""
    orders = customer["summary"]["orders"]["total_count"]
    return Draw(f"guest {customer['id']}").percent("came", 2 + 2 * min(orders, 12))


@dataclass(frozen=True)
class Redemption:
    """One line of redemptions.csv: a code that was used, that failed, or that was given back."""

    id: str
    object: str
    date: str
    voucher_code: str
    campaign: str
    result: str
    failure_code: str = ""
    redemption: str = ""


@dataclass(frozen=True)
class Order:
    """One line of orders.csv, and the redemptions that belong to it."""

    id: str
    created_at: str
    updated_at: str
    status: str
    amount: int
    discount_amount: int
    cds: int
    redemptions: tuple[Redemption, ...] = ()


def orders_of(number: str, purchases: list[Purchase]) -> list[Order]:
    """Give a customer's orders: the real purchases, and for a few one that came to nothing."""
    orders = [
        purchased(Draw(f"order {number} {position}"), position, purchase)
        for position, purchase in enumerate(purchases)
    ]
    draw = Draw(f"order {number} that came to nothing")
    if draw.one_in("there is one", 40):
        orders.append(came_to_nothing(draw, purchases[0].day))
    return orders


def purchased(draw: Draw, position: int, purchase: Purchase) -> Order:
    """Make an order of a real purchase; what was paid for it stays what it was.

    One in twenty was paid with a discount code, which took a tenth off.
    """
    moment = at_midnight(purchase.day)
    is_fulfilled = purchase.day <= FULFILLED_UNTIL
    discount, redemptions = 0, ()
    if purchase.amount and draw.one_in("with a code", 20):
        discount = purchase.amount // 9
        redemptions = (redeemed(draw, "WELCOME" if position == 0 else "CLUB", moment),)
    return Order(
        id=draw.identifier("ord_"),
        created_at=moment,
        updated_at=later(draw, purchase.day, 1 + draw.number("days", 4)) if is_fulfilled else "",
        status="FULFILLED" if is_fulfilled else "PAID",
        amount=purchase.amount + discount,
        discount_amount=discount,
        cds=purchase.cds,
        redemptions=redemptions,
    )


def came_to_nothing(draw: Draw, first_day: date) -> Order:
    """Make up an order that was never paid, or was cancelled: with its code, if there was one."""
    day = first_day + timedelta(days=draw.number("days until", 120))
    kind = draw.pick("kind", ["unpaid", "unpaid, code refused", "cancelled", "rolled back"])
    cds = 1 + draw.number("cds", 4)
    amount, begun = cds * 14_99, later(draw, day, 0)
    discount, redemptions = 0, []
    if kind == "unpaid, code refused":
        redemptions = [redeemed(draw, "SPRING", begun, failure="voucher_expired")]
    elif kind == "rolled back":
        discount = amount // 10
        used = redeemed(draw, "SPRING", begun)
        back = Redemption(
            id=draw.identifier_hex("rr_"),
            object="redemption_rollback",
            date=later(draw, day, 2),
            voucher_code=used.voucher_code,
            campaign=used.campaign,
            result="SUCCESS",
            redemption=used.id,
        )
        redemptions = [used, back]
    is_open = kind.startswith("unpaid")
    return Order(
        id=draw.identifier("ord_"),
        created_at=begun,
        updated_at="" if is_open else later(draw, day, 2),
        status="CREATED" if is_open else "CANCELED",
        amount=amount,
        discount_amount=discount,
        cds=cds,
        redemptions=tuple(redemptions),
    )


def redeemed(draw: Draw, campaign: str, moment: str, *, failure: str = "") -> Redemption:
    """Make up one use of a discount code."""
    return Redemption(
        id=draw.identifier_hex("r_"),
        object="redemption",
        date=moment,
        voucher_code=f"{campaign}-{draw.number('code', 36**6):X}",
        campaign=CAMPAIGNS[campaign],
        result="FAILURE" if failure else "SUCCESS",
        failure_code=failure,
    )


def later(draw: Draw, day: date, days: int) -> str:
    """Give a moment in the daytime, so many days after a day."""
    in_ms = (8 * 3600 + draw.number(f"time {days}", 12 * 3600)) * 1000
    seconds, ms = divmod(in_ms + draw.number(f"ms {days}", 1000), 1000)
    moment = f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}.{ms:03}Z"
    return f"{day + timedelta(days=days)}T{moment}"


def build_history(customers: list[Json], purchases: dict[str, list[Purchase]]) -> dict[str, str]:
    """Make orders.csv and redemptions.csv, both by time."""
    owned = [
        (customer["id"], order)
        for customer, (number, bought) in zip(customers, purchases.items(), strict=True)
        for order in orders_of(number, bought)
    ]
    owned.sort(key=lambda each: (each[1].created_at, each[1].id))
    redemptions = [(owner, order.id, each) for owner, order in owned for each in order.redemptions]
    redemptions.sort(key=lambda each: (each[2].date, each[2].id))
    order_fields = [name for name in Order.__annotations__ if name != "redemptions"]
    redemption_fields = list(Redemption.__annotations__)
    return {
        "orders.csv": table(
            ["source_id", "customer_id", *order_fields],
            (
                [f"web-{position:06}", owner, *(getattr(order, name) for name in order_fields)]
                for position, (owner, order) in enumerate(owned, start=1)
            ),
        ),
        "redemptions.csv": table(
            ["customer_id", "order_id", *redemption_fields],
            (
                [owner, order_id, *(getattr(each, name) for name in redemption_fields)]
                for owner, order_id, each in redemptions
            ),
        ),
    }


def table(titles: list[str], rows: Iterable[list[Any]]) -> str:
    """Write a CSV."""
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(titles)
    writer.writerows(rows)
    return file.getvalue()


def build_order_schema() -> Json:
    """Describe the orders' metadata as GET /v1/metadata-schemas/order does."""
    return {
        "id": Draw("metadata schema of orders").identifier("ms_"),
        "related_object": "order",
        "properties": {"cds": definition("number", gte=0)},
        "allow_defined_only": False,
        "created_at": "2025-01-02T09:05:00.000Z",
        "updated_at": None,
        "object": "metadata_schema",
    }


def build_consents() -> Json:
    """Make two groups with five consents; nobody's answers, which the API does not tell either."""
    groups: list[tuple[str, str, list[tuple[str, str, str]]]] = [
        (
            "Marketing",
            "What we may send, and how",
            [
                ("Newsletter", "A letter a month by e-mail", "email"),
                ("Text messages", "Offers by SMS, at most two a month", "sms"),
                ("Catalogue by post", "The printed catalogue, twice a year", "post"),
            ],
        ),
        (
            "Data",
            "What we may do with what we know",
            [
                ("Personal offers", "Offers chosen by earlier purchases", "profiling"),
                ("Sharing with labels", "Purchases passed on to record labels", "partners"),
            ],
        ),
    ]
    made_groups, made_consents = [], []
    for group_name, group_text, consents in groups:
        ids = []
        for name, text, category in consents:
            consent: Json = {
                "id": Draw(f"consent {name}").identifier("cnst_"),
                "name": name,
                "description": text,
                "category": category,
                "created_at": "2025-01-07T10:00:00.000Z",
                "updated_at": None,
                "object": "consent",
            }
            ids.append(consent["id"])
            made_consents.append(consent)
        made_groups.append(
            {
                "id": Draw(f"consent group {group_name}").identifier("cnstgr_"),
                "name": group_name,
                "description": group_text,
                "consents": ids,
                "created_at": "2025-01-07T10:05:00.000Z",
                "updated_at": None,
                "object": "consent_group",
            }
        )
    return {"groups": made_groups, "consents": made_consents}


def definition(kind: str, *, array: bool = False, **constraints: Any) -> Json:
    """Describe one metadata key."""
    return {"type": kind, "array": array, "optional": True, "objectType": None, **constraints}


def build_metadata_schema() -> Json:
    """Describe the metadata as GET /v1/metadata-schemas/customer does; `nickname` was removed."""
    return {
        "id": Draw("metadata schema").identifier("ms_"),
        "related_object": "customer",
        "properties": {
            "tier": definition("string", eq=list(reversed(TIERS))),
            "language": definition("string", exactLength=2),
            "acquisition_channel": definition("string", eq=CHANNELS),
            "newsletter": definition("boolean"),
            "score": definition("number", gte=0, lte=100),
            "store_code": definition("string", exactLength=5),
            "favourite_genres": definition("string", array=True),
            "preferences": definition("object"),
            "last_survey": definition("date"),
            "test": definition("boolean"),
            "nickname": definition("string", deleted=True),
        },
        "allow_defined_only": False,
        "created_at": "2025-01-02T09:00:00.000Z",
        "updated_at": "2025-07-01T12:30:00.000Z",
        "object": "metadata_schema",
    }


def build(source: Path) -> dict[str, str]:
    """Make the text of each file of the sample.

    Args:
        source: Path of cdnow_sample.txt.

    Returns:
        File name → content.
    """
    people = json.loads((HERE / "made_up_people.json").read_text(encoding="utf-8"))
    purchases = read_purchases(source)
    customers = [
        build_customer(position, number, bought, people)
        for position, (number, bought) in enumerate(purchases.items())
    ]
    lines = (
        json.dumps(customer, ensure_ascii=False, separators=(",", ":")) for customer in customers
    )
    return {
        "customers.jsonl": "".join(f"{line}\n" for line in lines),
        "segments.json": readable(build_segments(customers)),
        "consents.json": readable(build_consents()),
        "metadata_schema.json": readable(build_metadata_schema()),
        "order_schema.json": readable(build_order_schema()),
        **build_history(customers, purchases),
    }


def readable(value: Any) -> str:
    """Write indented JSON that keeps every script as it is."""
    return json.dumps(value, ensure_ascii=False, indent=1) + "\n"


def main(arguments: list[str]) -> None:
    """Write the sample and say how large it is."""
    source = Path(arguments[0]) if arguments else DEFAULT_SOURCE
    OUTPUT.mkdir(exist_ok=True)
    for name, content in build(source).items():
        (OUTPUT / name).write_bytes(content.encode())
        print(f"{name}: {len(content.encode()):,} bytes, {content.count(chr(10)):,} lines")


if __name__ == "__main__":
    main(sys.argv[1:])
