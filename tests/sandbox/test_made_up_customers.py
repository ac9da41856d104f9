"""Made-up customers and the sample: deterministic, well-formed, with ties."""

from __future__ import annotations

import json
from collections import Counter

import pytest

from vfy_notebook.sandbox.data.clock import parse_iso, to_iso
from vfy_notebook.sandbox.data.customers.made_up_customers import made_up_rows
from vfy_notebook.sandbox.data.customers.records import complete, to_row
from vfy_notebook.sandbox.data.sample import sample_file, sample_rows
from vfy_notebook.sandbox.data.schema import violations


def test_the_same_seed_makes_the_same_customers():
    first, again, other = (list(made_up_rows(300, seed=seed)) for seed in (1, 1, 2))
    assert first == again
    assert [row[0] for row in first] != [row[0] for row in other]


@pytest.mark.parametrize("number", [0, 1, 2, 39, 2000])
def test_as_many_as_asked_for_with_ids_of_their_own(number):
    made = list(made_up_rows(number))
    assert len(made) == number
    assert len({row[0] for row in made}) == number
    sources = [row[1] for row in made if row[1] is not None]
    assert len(set(sources)) == len(sources)


@pytest.mark.parametrize("rows", [lambda: made_up_rows(3000), sample_rows])
def test_columns_and_text_agree_and_nothing_is_missing(rows):
    """The text of made-up customers is written by hand: it must be what the API returns."""
    for row in rows():
        record = json.loads(row[-1])
        assert to_row(record) == row
        completed = complete(record, customer_id="", created_at="")
        assert completed == record
        assert list(completed) == list(record)


def test_made_up_customers_vary():
    records = [json.loads(row[-1]) for row in made_up_rows(3000)]
    with_metadata = [each["metadata"] for each in records if "metadata" in each]
    assert 0 < len(with_metadata) < 3000
    assert any("favourite_genres" in each for each in with_metadata)
    assert any(isinstance(each.get("preferences"), dict) for each in with_metadata)
    assert any(each["source_id"] is None for each in records)
    assert any("email" not in each for each in records)
    assert any(each["address"] is None for each in records)
    assert any("updated_at" not in each for each in records)
    assert any("last_order_date" not in each["summary"]["orders"] for each in records)


def test_made_up_metadata_meet_the_samples_schema():
    schema = sample_file("metadata_schema.json")
    for row in made_up_rows(1000):
        metadata = json.loads(row[-1]).get("metadata", {})
        assert violations(schema, metadata, metadata) == []


def test_orders_make_sense():
    for row in made_up_rows(2000):
        record = json.loads(row[-1])
        orders = record["summary"]["orders"]
        if orders["total_count"]:
            assert orders["average_amount"] == orders["total_amount"] // orders["total_count"]
            assert 0 < orders["last_order_amount"] <= orders["total_amount"]
            assert record["created_at"] <= orders["last_order_date"] == record["updated_at"]


def test_imports_tie_hundreds_and_most_sign_up_alone():
    sizes = Counter(Counter(row[5] for row in made_up_rows(20_000)).values())
    alone = sizes[1]
    assert max(sizes) > 100
    assert 20_000 * 0.5 < alone < 20_000 * 0.9


@pytest.mark.parametrize(
    "text",
    ["1970-01-01T00:00:00.000Z", "2024-02-29T23:59:59.999Z", "1969-12-31T23:59:59.999Z"],
)
def test_times_survive_both_ways(text):
    assert to_iso(parse_iso(text)) == text


@pytest.mark.parametrize(
    ("text", "same"),
    [
        ("2024-01-01", "2024-01-01T00:00:00.000Z"),
        ("2024-01-01T01:02", "2024-01-01T01:02:00.000Z"),
        ("2024-01-01T00:00:00.123456Z", "2024-01-01T00:00:00.123Z"),
        ("2024-01-01T00:00:00+02:00", "2023-12-31T22:00:00.000Z"),
    ],
)
def test_times_are_read_in_all_their_forms(text, same):
    assert to_iso(parse_iso(text)) == same


@pytest.mark.parametrize(
    "text",
    ["", "now", "2024", "2024-1-1", "20240101", "2024-W01-1", "2024-01-01 00:00", "2024-02-30"],
)
def test_what_is_no_time_is_refused(text):
    with pytest.raises(ValueError, match="not an ISO-8601 date"):
        parse_iso(text)
