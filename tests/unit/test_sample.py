"""The sample in data/: its promises to the sandbox, the notebooks and the tests."""

from __future__ import annotations

import csv
import importlib.util
import json
import re
import sys
from collections import Counter
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]
SAMPLE = REPOSITORY / "data" / "sample"
SOURCE = REPOSITORY.parent / "shared" / "data" / "cdnow_sample.txt"

needs_source = pytest.mark.skipif(
    not SOURCE.exists(), reason="cdnow_sample.txt is not beside this repository"
)


@pytest.fixture(scope="module")
def customers():
    with (SAMPLE / "customers.jsonl").open(encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


@pytest.fixture(scope="module")
def segments():
    return json.loads((SAMPLE / "segments.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def schema():
    return json.loads((SAMPLE / "metadata_schema.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def purchases_by_customer():
    """The source read a second time, by other means than the build script's."""
    purchases = {}
    for line in SOURCE.read_text(encoding="ascii").splitlines():
        number, day, dollars = line[7:11], line[12:20], line[23:]
        purchases.setdefault(number, []).append((day, Decimal(dollars.strip())))
    return purchases


def customers_by_number(customers):
    """Each customer under the source's number, which the file's order and e-mail still show."""
    return {f"{position:04}": customer for position, customer in enumerate(customers, start=1)}


def test_2357_customers_have_ids_of_their_own(customers):
    ids = [customer["id"] for customer in customers]
    assert len(ids) == len(set(ids)) == 2357
    assert all(re.fullmatch(r"cust_[A-Za-z0-9]{24}", each) for each in ids)


def test_source_ids_are_unique_a_few_are_missing_and_a_few_need_encoding(customers):
    source_ids = [customer["source_id"] for customer in customers if "source_id" in customer]
    assert len(source_ids) == len(set(source_ids))
    assert 0.03 < 1 - len(source_ids) / len(customers) < 0.05
    for sign in "/@ %#":
        assert sum(sign in source_id for source_id in source_ids) >= 3


def test_the_first_250_share_one_millisecond_and_days_tie_after_them(customers):
    created = Counter(customer["created_at"] for customer in customers)
    (imported, first), (_, second) = created.most_common(2)
    assert (imported, first) == (min(created), 250)
    assert 30 <= second < 100
    assert all(moment.endswith("T00:00:00.000Z") for moment in created if moment != imported)


def test_times_are_recent_and_in_order(customers):
    for customer in customers:
        last_order = customer["summary"]["orders"]["last_order_date"]
        assert "2025-01-01" <= customer["created_at"] <= customer["updated_at"] < "2026-07"
        assert last_order[:10] == customer["updated_at"][:10]
        datetime.fromisoformat(customer["updated_at"])


def test_every_email_is_fictitious(customers):
    whole = (SAMPLE / "customers.jsonl").read_text(encoding="utf-8")
    assert set(re.findall(r"@[\w.-]*\w", whole)) == {"@example.com"}
    assert any("email" not in customer for customer in customers)


def test_phones_are_from_ranges_kept_for_fiction(customers):
    fiction = r"\+1 202 555 01\d\d|\+44 7700 900\d{3}|\+33 6 39 98 \d\d \d\d"
    phones = [customer["phone"] for customer in customers if "phone" in customer]
    assert len(phones) > 100
    assert all(re.fullmatch(fiction, each) for each in phones)


def test_lodz_has_several_dozen_customers(customers):
    cities = Counter((customer["address"] or {}).get("city") for customer in customers)
    assert 36 <= cities["Łódź"] <= 96
    assert cities[None] > 20


def test_metadata_has_gaps_nulls_and_both_kinds_of_numbers(customers):
    present = [customer["metadata"] for customer in customers if "metadata" in customer]
    assert 20 < len(customers) - len(present) < 200
    assert any("language" not in metadata for metadata in present)
    assert any(metadata.get("tier", "missing") is None for metadata in present)
    scores = Counter(type(metadata["score"]) for metadata in present if "score" in metadata)
    assert scores[float] > scores[int] > 100
    assert any(metadata.get("store_code", "").startswith("000") for metadata in present)
    assert any(metadata.get("favourite_genres") == [] for metadata in present)
    assert any("contact" in (metadata.get("preferences") or {}) for metadata in present)


def test_a_dozen_customers_are_marked_as_test(customers):
    marks = [customer["metadata"].get("test") for customer in customers if "metadata" in customer]
    assert Counter(marks) == {True: 12, None: len(marks) - 12}


def test_tiers_have_something_to_correct(customers):
    def deserved(spent):
        return "gold" if spent >= 250_00 else "silver" if spent >= 100_00 else None

    pairs = [
        (deserved(customer["summary"]["orders"]["total_amount"]), customer["metadata"].get("tier"))
        for customer in customers
        if "metadata" in customer
    ]
    earned = [(right, stored) for right, stored in pairs if right is not None]
    right_ones = sum(right == stored for right, stored in earned)
    assert 0.3 < right_ones / len(earned) < 0.8


@pytest.mark.parametrize("key", ["tier", "acquisition_channel"])
def test_listed_values_are_all_used(customers, schema, key):
    used = {(customer.get("metadata") or {}).get(key) for customer in customers}
    assert used - {None} == set(schema["properties"][key]["eq"])


def test_metadata_satisfies_its_schema(customers, schema):
    seen = set()
    for customer in customers:
        for key, value in (customer.get("metadata") or {}).items():
            seen.add(key)
            if value is not None:
                assert fits(value, schema["properties"][key]), (customer["id"], key, value)
    defined = {key for key, rule in schema["properties"].items() if not rule.get("deleted")}
    assert seen == defined


def fits(value, rule):
    """Whether the value is of the defined type and within the constraints."""
    if rule["array"]:
        return isinstance(value, list) and all(
            fits(each, rule | {"array": False}) for each in value
        )
    types = {"string": str, "date": str, "number": (int, float), "boolean": bool, "object": dict}
    if not isinstance(value, types[rule["type"]]):
        return False
    if rule["type"] == "number" and isinstance(value, bool):
        return False
    if rule["type"] == "date" and date.fromisoformat(value).isoformat() != value:
        return False
    return (
        value in rule.get("eq", [value])
        and value not in rule.get("ne", [])
        and ("exactLength" not in rule or len(value) == rule["exactLength"])
        and ("gte" not in rule or value >= rule["gte"])
        and ("lte" not in rule or value <= rule["lte"])
    )


def test_the_judge_of_the_schema_says_no(schema):
    properties = schema["properties"]
    for key, wrong in [
        ("tier", "platinum"),
        ("score", 100.5),
        ("score", True),
        ("score", "12"),
        ("newsletter", "true"),
        ("favourite_genres", "jazz"),
        ("favourite_genres", [1]),
        ("store_code", 42),
        ("store_code", "042"),
    ]:
        assert not fits(wrong, properties[key]), (key, wrong)


OPERATORS = {
    "$is": lambda value, wanted: value in wanted,
    "$in": lambda value, wanted: value in wanted,
    "$more_than": lambda value, wanted: value is not None and value > wanted[0],
    "$more_than_equal": lambda value, wanted: value is not None and value >= wanted[0],
    "$before": lambda value, wanted: value is not None and value < wanted[0],
    "$after": lambda value, wanted: value is not None and value > wanted[0],
}


def members(segment, customers):
    if segment["type"] == "static":
        return segment["members"]

    def reach(value, path):
        for part in path.split("."):
            value = (value or {}).get(part)
        return value

    conditions = {path: each for path, each in segment["filter"].items() if path != "junction"}
    assert segment["filter"]["junction"] == "and"
    return [
        customer["id"]
        for customer in customers
        if all(
            OPERATORS[operator](reach(customer, path), wanted)
            for path, each in conditions.items()
            for operator, wanted in each["conditions"].items()
        )
    ]


def test_segments_are_ten_of_all_types_with_names_of_their_own(segments):
    assert len(segments) == len({each["id"] for each in segments}) == 10
    assert len({each["name"] for each in segments}) == 10
    assert {each["type"] for each in segments} == {"auto-update", "passive", "static"}
    for segment in segments:
        assert (
            (segment["filter"] is None) == (segment["type"] == "static") == ("members" in segment)
        )


def test_each_segment_divides_the_customers_and_all_are_listed_in_under_100_calls(
    segments, customers
):
    sizes = {segment["name"]: len(members(segment, customers)) for segment in segments}
    assert all(50 < size < len(customers) * 0.8 for size in sizes.values()), sizes
    assert sum(-(-size // 100) for size in sizes.values()) < 100


def test_static_members_are_customers(segments, customers):
    ids = {customer["id"] for customer in customers}
    for segment in segments:
        listed = segment.get("members", [])
        assert len(listed) == len(set(listed))
        assert set(listed) <= ids


def test_consents_and_groups_know_each_other():
    sample = json.loads((SAMPLE / "consents.json").read_text(encoding="utf-8"))
    ids = [consent["id"] for consent in sample["consents"]]
    assert (len(sample["groups"]), len(ids), len(set(ids))) == (2, 5, 5)
    assert [each for group in sample["groups"] for each in group["consents"]] == ids


def test_the_sample_is_small():
    assert (SAMPLE / "customers.jsonl").stat().st_size < 2_000_000


@needs_source
def test_order_summaries_equal_the_purchases(customers, purchases_by_customer):
    by_number = customers_by_number(customers)
    assert by_number.keys() == purchases_by_customer.keys()
    for number, purchases in purchases_by_customer.items():
        customer = by_number[number]
        total = sum(dollars for _, dollars in purchases)
        average = (total / len(purchases)).quantize(Decimal("0.01"), ROUND_HALF_UP)
        last_day, last_dollars = purchases[-1]
        year = int(last_day[:4]) + 28
        assert customer["summary"]["orders"] == {
            "total_amount": int(total * 100),
            "total_count": len(purchases),
            "average_amount": int(average * 100),
            "last_order_amount": int(last_dollars * 100),
            "last_order_date": f"{year}-{last_day[4:6]}-{last_day[6:]}T00:00:00.000Z",
        }


@needs_source
def test_created_at_is_the_first_purchase_day_on_the_same_weekday(customers, purchases_by_customer):
    by_number = customers_by_number(customers)
    for number in sorted(purchases_by_customer)[250:]:
        then = date.fromisoformat(purchases_by_customer[number][0][0])
        now = date.fromisoformat(by_number[number]["created_at"][:10])
        assert (now.year - then.year, now.month, now.day) == (28, then.month, then.day)
        assert now.weekday() == then.weekday()


@needs_source
def test_the_script_makes_the_committed_files_byte_for_byte():
    spec = importlib.util.spec_from_file_location(
        "build_sample", REPOSITORY / "data" / "build_sample.py"
    )
    build_sample = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = build_sample  # dataclasses look their own module up
    try:
        spec.loader.exec_module(build_sample)
        made = build_sample.build(SOURCE)
    finally:
        del sys.modules[spec.name]
    assert made.keys() == {path.name for path in SAMPLE.iterdir()}
    for name, content in made.items():
        assert (SAMPLE / name).read_bytes() == content.encode(), name


def table(name):
    with (SAMPLE / name).open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


def test_orders_that_count_are_what_the_customers_summaries_say(customers):
    counted = {}
    for order in table("orders.csv"):
        if order["status"] in ("PAID", "FULFILLED"):
            paid = int(order["amount"]) - int(order["discount_amount"])
            counted.setdefault(order["customer_id"], []).append((order["created_at"], paid))
    assert sum(map(len, counted.values())) == 6919
    for customer in customers:
        told, orders = customer["summary"]["orders"], counted[customer["id"]]
        assert told["total_count"] == len(orders)
        assert told["total_amount"] == sum(paid for _, paid in orders)
        last = max(moment for moment, _ in orders)
        assert told["last_order_date"] == last
        assert (last, told["last_order_amount"]) in orders


def test_orders_are_by_time_and_no_moment_has_many_of_them():
    orders = table("orders.csv")
    moments = [order["created_at"] for order in orders]
    assert moments == sorted(moments)
    assert max(Counter(moments).values()) < 100
    assert len({order["id"] for order in orders}) == len(orders) == 6980
    assert {order["status"] for order in orders} == {"CREATED", "PAID", "CANCELED", "FULFILLED"}
    assert all(
        not order["updated_at"] or order["updated_at"] > order["created_at"] for order in orders
    )


def test_redemptions_are_what_the_customers_summaries_say(customers):
    orders = {order["id"]: order for order in table("orders.csv")}
    redemptions = table("redemptions.csv")
    succeeded, failed, back = Counter(), Counter(), Counter()
    for each in redemptions:
        order = orders[each["order_id"]]
        assert order["customer_id"] == each["customer_id"]
        kind = back if each["object"] == "redemption_rollback" else succeeded
        (kind if each["result"] == "SUCCESS" else failed)[each["customer_id"]] += 1
        assert bool(each["redemption"]) == (each["object"] == "redemption_rollback")
    assert len(back) > 5
    assert len(failed) > 5
    for customer in customers:
        told = customer["summary"].get("redemptions", {})
        ref = customer["id"]
        assert told.get("total_succeeded", 0) == succeeded[ref]
        assert told.get("total_failed", 0) == failed[ref]
        assert told.get("total_rolled_back", 0) == back[ref]


@needs_source
def test_each_real_purchase_is_one_order(purchases_by_customer, customers):
    made = Counter()
    for order in table("orders.csv"):
        if order["status"] in ("PAID", "FULFILLED"):
            paid = int(order["amount"]) - int(order["discount_amount"])
            made[order["created_at"][:10].replace("-", ""), paid] += 1
    real = Counter(
        (f"{int(day[:4]) + 28}{day[4:]}", int(dollars * 100))
        for purchases in purchases_by_customer.values()
        for day, dollars in purchases
    )
    assert made == real
