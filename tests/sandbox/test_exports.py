"""Exports: from the order to the downloaded file."""

from __future__ import annotations

import csv
import io
from urllib.parse import urlsplit

import pytest

from .support import customers

EXPORTS = "/v1/exports"
SCHEMA = {
    "properties": {
        "tier": {"type": "string"},
        "score": {"type": "number"},
        "tags": {"type": "string", "array": True},
        "old": {"type": "string", "deleted": True},
    }
}


def words(text):
    return text.split()


def ordered(api, **parameters):
    reply = api.post(EXPORTS, {"exported_object": "customer", "parameters": parameters})
    assert reply.status == 200, reply.body
    return reply.json["id"]


def finished(api, export_id):
    for _ in range(10):
        export = api.get(f"{EXPORTS}/{export_id}").json
        if export["status"] not in ("SCHEDULED", "IN_PROGRESS"):
            return export
    raise AssertionError(export)


def rows(api, **parameters):
    url = finished(api, ordered(api, **parameters))["result"]["url"]
    reply = api.send("GET", url)
    assert reply.status == 200
    assert reply.headers["content-type"] == "text/plain; charset=utf-8"
    return list(csv.reader(io.StringIO(reply.text, newline="")))


def test_an_export_goes_from_scheduled_to_done(api, box):
    body = {"exported_object": "customer", "parameters": {"fields": ["id"]}}
    made = api.post(EXPORTS, body).json
    assert (made["status"], made["result"], made["object"]) == ("SCHEDULED", None, "export")
    assert (made["exported_object"], made["parameters"]) == ("customer", {"fields": ["id"]})
    reads = [api.get(f"{EXPORTS}/{made['id']}").json for _ in range(3)]
    assert [each["status"] for each in reads] == ["IN_PROGRESS", "DONE", "DONE"]
    assert reads[0]["result"] is None
    assert reads[1]["result"].keys() == {"url"}
    assert [each["status"] for each in box.exports()] == ["DONE"]


def test_name_and_source_id_are_exported_where_no_fields_are_given(api, box):
    box.reset(customers(2, name="N"))
    assert rows(api) == [["Name", "Source ID"], ["N", "c001"], ["N", "c000"]]


def test_every_field_of_the_vendor(api, box):
    record = {
        "id": "cust_1",
        "source_id": 'ą,"b"',
        "name": "two\nlines",
        "description": "d",
        "email": "e",
        "phone": "+1",
        "birthdate": "2000-01-01",
        "birthday": "2000-01-02",
        "address": {
            "city": "c",
            "state": "s",
            "line_1": "1",
            "line_2": "2",
            "country": "x",
            "postal_code": "0123",
        },
        "summary": {
            "redemptions": {"total_redeemed": 6, "total_failed": 5},
            "orders": {
                "total_amount": 2**53 + 1,
                "total_count": 3,
                "average_amount": 4,
                "last_order_amount": 5,
                "last_order_date": "2024-05-05T00:00:00.000Z",
            },
        },
        "loyalty": {"points": 7, "referred_customers": 8},
        "metadata": {"tier": "gold", "score": 1.5, "tags": ["a", "ą"], "unknown": 1, "old": "x"},
        "created_at": "2024-01-01T00:00:00.001Z",
        "updated_at": "2024-01-02T00:00:00.000Z",
    }
    box.reset([record], metadata_schema=SCHEMA)
    box.set(export_titles="fields", export_metadata="dotted")
    fields = words(
        "name id description email source_id created_at address_city address_state address_line_1 "
        "address_line_2 address_country address_postal_code redemptions_total_redeemed "
        "redemptions_total_failed redemptions_total_succeeded redemptions_total_rolled_back "
        "redemptions_total_rollback_failed redemptions_total_rollback_succeeded "
        "orders_total_amount orders_total_count orders_average_amount orders_last_order_amount "
        "orders_last_order_date loyalty_points loyalty_referred_customers updated_at phone "
        "birthday metadata birthdate"
    )
    header, row = rows(api, fields=fields)
    metadata = ["metadata.tier", "metadata.score", "metadata.tags"]
    assert header == [*fields[:-2], *metadata, "birthdate"]
    assert row == [
        *["two\nlines", "cust_1", "d", "e", 'ą,"b"', "2024-01-01T00:00:00.001Z"],
        *["c", "s", "1", "2", "x", "0123", "6", "5", "0", "0", "0", "0"],
        *[str(2**53 + 1), "3", "4", "5", "2024-05-05T00:00:00.000Z", "7", "8"],
        *["2024-01-02T00:00:00.000Z", "+1", "2000-01-02", "gold", "1.5", '["a", "ą"]'],
        "2000-01-01",
    ]


def test_a_bare_customer_has_empty_cells(api, box):
    box.reset([{"id": "cust_1"}], metadata_schema=SCHEMA)
    fields = ["id", "name", "address_city", "orders_last_order_date", "updated_at", "metadata"]
    assert rows(api, fields=fields)[1] == ["cust_1", "", "", "", "", "", "", ""]


@pytest.mark.parametrize(
    ("switch", "header"),
    [
        ("display", ["Source ID", "Address Line 1", "Orders Total Count", "tier", "Creation Date"]),
        ("fields", ["source_id", "address_line_1", "orders_total_count", "tier", "created_at"]),
        ("titles", ["Source Id", "Address Line 1", "Orders Total Count", "tier", "Created At"]),
        ("mixed", ["source_id", "Address Line 1", "ORDERS_TOTAL_COUNT", "tier", "Created At"]),
    ],
)
def test_the_titles_of_the_columns(api, box, switch, header):
    box.reset([], metadata_schema={"properties": {"tier": {"type": "string"}}})
    box.set(export_titles=switch)
    fields = ["source_id", "address_line_1", "orders_total_count", "metadata", "created_at"]
    assert rows(api, fields=fields) == [header]


def test_titles_of_metadata_can_be_plain_or_dotted(api, box):
    box.reset([], metadata_schema=SCHEMA)
    assert rows(api, fields=["metadata"]) == [["tier", "score", "tags"]]
    box.set(export_metadata="dotted")
    assert rows(api, fields=["metadata"]) == [["metadata.tier", "metadata.score", "metadata.tags"]]


@pytest.mark.parametrize(
    ("switches", "cells"),
    [
        ({}, ["7", '["a", "ą"]', '{"x": [1]}', "1.5"]),
        ({"export_lists": "commas"}, ["7", "a,ą", '{"x": [1]}', "1.5"]),
        ({"export_numbers": "decimals"}, ["7.00", '["a", "ą"]', '{"x": [1]}', "1.5"]),
    ],
)
def test_cells_of_lists_and_numbers(api, box, switches, cells):
    properties = {k: {"type": "string"} for k in ("tags", "nested", "score")}
    metadata = {"tags": ["a", "ą"], "nested": {"x": [1]}, "score": 1.5}
    box.reset(
        [{"id": "a", "loyalty": {"points": 7}, "metadata": metadata}],
        metadata_schema={"properties": properties},
    )
    box.set(**switches)
    assert rows(api, fields=["loyalty_points", "metadata"])[1] == cells


def test_a_list_whose_elements_hold_commas_stays_json(api, box):
    box.set(export_lists="commas")
    box.reset([{"id": "a", "metadata": {"tags": ["a,b", "c"]}}], metadata_schema=SCHEMA)
    assert rows(api, fields=["metadata"])[1] == ["", "", '["a,b", "c"]']


def test_the_last_row_can_be_without_its_line_break(api, box):
    box.reset(customers(2))
    box.set(export_last_line="open")
    url = finished(api, ordered(api, fields=["id"]))["result"]["url"]
    assert api.get(url).text == "ID\ncust_001\ncust_000"


@pytest.mark.parametrize("files", ["urls", "list", "untitled"])
def test_an_export_can_come_in_several_files(api, box, files):
    box.reset(customers(7))
    box.set(export_files=files)
    result = finished(api, ordered(api, fields=["id"], order="id"))["result"]
    urls = [each["url"] for each in result] if files == "list" else result["urls"]
    texts = [api.get(url).text.splitlines() for url in urls]
    assert len(texts) == 3
    assert [lines[0] == "ID" for lines in texts] == [True, files != "untitled", files != "untitled"]
    rows = [line for lines in texts for line in lines if line != "ID"]
    assert rows == [each["id"] for each in customers(7)]


def test_orders_and_filters(api, box):
    box.reset(
        [
            {"id": "a", "name": "Z", "created_at": "2024-01-01T00:00:00.000Z"},
            {"id": "b", "name": "Y", "created_at": "2024-01-02T00:00:00.000Z"},
            {"id": "c", "name": "X", "created_at": "2024-01-03T00:00:00.000Z"},
        ]
    )

    def exported(**parameters):
        return "".join(row[0] for row in rows(api, fields=["id"], **parameters)[1:])

    assert exported() == "cba"
    assert exported(order="created_at") == "abc"
    assert exported(order="name") == "cba"
    assert exported(order="-name") == "abc"
    after = {"created_at": {"conditions": {"$after": ["2024-01-01T00:00:00.000Z"]}}}
    assert exported(filters={"junction": "and", **after}) == "cb"
    named = {"name": {"conditions": {"$is": ["Z", "Y"]}}}
    assert exported(filters={"junction": "and", **after, **named}) == "b"
    assert exported(filters=None) == "cba"


@pytest.mark.parametrize(("keys", "host"), [("wanted", "127.0.0.1"), ("ignored", "localhost")])
def test_a_download_wants_its_token_and_the_keys_if_so_switched(api, box, keys, host):
    box.reset(customers(1))
    box.set(download_keys=keys)
    url = finished(api, ordered(api))["result"]["url"]
    assert urlsplit(url).hostname == host
    assert urlsplit(box.url).hostname == "127.0.0.1"
    assert api.get(url).status == 200
    without = api.send("GET", url, headers={"X-App-Id": None, "X-App-Token": None})
    assert without.status == (401 if keys == "wanted" else 200)
    for wrong in (url.replace("token=", "token=x"), url.split("=")[0] + "="):
        reply = api.get(wrong)
        assert (reply.status, reply.json["key"]) == (401, "unauthorized")


def test_a_file_is_not_there_before_the_export_is_done(api, box):
    first = ordered(api)
    url = finished(api, first)["result"]["url"]
    second = ordered(api)
    assert api.get(url.replace(first, second)).status == 401


def test_exports_can_take_long_hang_or_fail(api, box):
    box.set(export_polls=3)
    slow = ordered(api)
    reads = [api.get(f"{EXPORTS}/{slow}").json["status"] for _ in range(4)]
    assert reads == ["IN_PROGRESS"] * 3 + ["DONE"]
    box.set(export_polls="never")
    hanging = ordered(api)
    assert {api.get(f"{EXPORTS}/{hanging}").json["status"] for _ in range(9)} == {"IN_PROGRESS"}
    box.set(export_polls=0, export_fails=True)
    failed = finished(api, hanging)
    assert (failed["status"], failed["result"]) == ("ERROR", None)
    box.set(export_fails="FAILED")
    assert finished(api, ordered(api))["status"] == "FAILED"


def test_exports_are_listed_and_removed(api):
    ids = [ordered(api) for _ in range(3)]
    body = api.get(EXPORTS).json
    assert (body["object"], body["data_ref"], body["total"]) == ("list", "exports", 3)
    assert [each["id"] for each in body["exports"]] == ids[::-1]
    first = api.get(EXPORTS, order="created_at", limit=2).json["exports"]
    assert [each["id"] for each in first] == ids[:2]
    second = api.get(EXPORTS, order="created_at", limit=2, page=2).json["exports"]
    assert [each["id"] for each in second] == ids[2:]
    finished(api, ids[0])
    # Reading the list counts as a status read of all.
    assert [each["status"] for each in api.get(EXPORTS, order="status").json["exports"]] == [
        "DONE"
    ] * 3
    assert api.delete(f"{EXPORTS}/{ids[0]}").status == 204
    reply = api.get(f"{EXPORTS}/{ids[0]}")
    assert (reply.status, reply.json["resource_type"]) == (404, "export")
    assert api.delete(f"{EXPORTS}/{ids[0]}").status == 404


@pytest.mark.parametrize(
    ("body", "key", "details"),
    [
        ({}, "invalid_payload", "Property .exported_object should be equal to one of the allowed"),
        (
            {"exported_object": "voucher"},
            "invalid_payload",
            "Property .exported_object should be equal to one of the allowed",
        ),
        (
            {"exported_object": "customer", "parameters": "all"},
            "invalid_payload",
            "Property .parameters should be object",
        ),
        (
            {"exported_object": "customer", "parameters": {"fields": ["id", "shoe_size"]}},
            "invalid_export_fields",
            "Unsupported field used. Allowed fields: name, id, description",
        ),
        (
            {"exported_object": "customer", "parameters": {"fields": "id"}},
            "invalid_export_fields",
            "Unsupported field used.",
        ),
        (
            {"exported_object": "customer", "parameters": {"order": "city"}},
            "invalid_payload",
            "Property .parameters.order should be equal to one of the allowed values",
        ),
        (
            {"exported_object": "customer", "parameters": {"filters": {"name": "Ada"}}},
            "invalid_payload",
            "Property .parameters.filters: name should have conditions",
        ),
        (
            {"exported_object": "customer", "parameters": {"filters": "all"}},
            "invalid_payload",
            "Property .parameters.filters: filter should be object",
        ),
    ],
)
def test_orders_that_make_no_sense_are_refused(api, box, body, key, details):
    reply = api.post(EXPORTS, body)
    assert (reply.status, reply.json["key"]) == (400, key)
    assert reply.json["details"].startswith(details)
    assert box.exports() == []


def test_an_export_longer_than_its_chunks_is_whole(api, box):
    box.reset(4500)
    exported = rows(api, fields=["id"], order="created_at")
    assert [row[0] for row in exported[1:]] == [each["id"] for each in box.customers()]
