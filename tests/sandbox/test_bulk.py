"""Bulk update and bulk metadata: upserts, merging, failures, limits."""

from __future__ import annotations

import csv
import io
import json

import pytest

from .support import customers, path_of

BULK = "/v1/customers/bulk/async"
METADATA = "/v1/customers/metadata/async"
SCHEMA = {"properties": {"tier": {"type": "string", "eq": ["gold", "silver"]}}}


def report(api, result):
    """The rows of a job's report file."""
    (url,) = result["reports"]
    reply = api.send("GET", url)
    assert reply.status == 200
    return list(csv.DictReader(io.StringIO(reply.text)))


def test_a_bulk_update_writes_each_record(api, box):
    box.reset(customers(3, name="old", metadata={"a": 1}, phone="1"))
    accepted = api.post(
        BULK,
        [
            {"source_id": "c000", "name": "new", "metadata": {"b": 2}},
            {"source_id": "c002", "phone": None},
        ],
    )
    assert accepted.json.keys() == {"async_action_id"}
    assert box.customer("c000")["name"] == "old"
    result = api.result(accepted)
    assert (result["done_count"], result["failed_count"], result["errors"]) == (2, 0, [])
    first, untouched, third = box.customers()
    assert (first["name"], first["phone"], first["metadata"]) == ("new", "1", {"a": 1, "b": 2})
    assert "updated_at" not in untouched
    assert (third["phone"], third["name"]) == (None, "old")
    assert third["updated_at"] > third["created_at"]


def test_one_metadata_object_for_many(api, box):
    box.reset(customers(3, metadata={"a": 1}))
    result = api.result(
        api.post(METADATA, {"source_ids": ["c000", "c002"], "metadata": {"b": None, "c": [1]}})
    )
    assert (result["done_count"], result["failed_count"]) == (2, 0)
    assert [each["metadata"] for each in box.customers()] == [
        {"a": 1, "b": None, "c": [1]},
        {"a": 1},
        {"a": 1, "b": None, "c": [1]},
    ]


@pytest.mark.parametrize(
    ("route", "body"),
    [
        (BULK, [{"source_id": "typo", "metadata": {"x": 1}}, {"source_id": "c000", "name": "n"}]),
        (METADATA, {"source_ids": ["typo", "c000"], "metadata": {"x": 1}}),
    ],
)
def test_an_unknown_source_id_creates_a_customer_and_the_report_says_so(api, box, route, body):
    box.reset(customers(1))
    rows = report(api, api.result(api.post(route, body)))
    assert [(row["source_id"], row["found"], row["updated"]) for row in rows] == [
        ("typo", "false", "true"),
        ("c000", "true", "true"),
    ]
    created = box.customer("typo")
    assert created["metadata"] == {"x": 1}
    assert "updated_at" not in created
    assert len(box.customers()) == 2


@pytest.mark.parametrize("switch", ["merge", "replace"])
def test_what_a_bulk_update_does_not_send_stays_or_goes(api, box, switch):
    box.reset(customers(1, metadata={"a": 1}, address={"city": "X"}))
    box.set(bulk_metadata=switch, bulk_address=switch)
    body = {"source_id": "c000", "metadata": {"b": 2}, "address": {"state": "Y"}}
    api.result(api.post(BULK, [body]))
    kept = switch == "merge"
    assert box.customer("c000")["metadata"] == ({"a": 1, "b": 2} if kept else {"b": 2})
    assert box.customer("c000")["address"] == (
        {"city": "X", "state": "Y"} if kept else {"state": "Y"}
    )


def test_bulk_metadata_merges_whatever_the_switches_say(api, box):
    box.reset(customers(1, metadata={"a": 1}))
    box.set(bulk_metadata="replace", put_metadata="replace")
    api.result(api.post(METADATA, {"source_ids": ["c000"], "metadata": {"b": 2}}))
    assert box.customer("c000")["metadata"] == {"a": 1, "b": 2}


def test_failed_rows_do_not_hide_the_good_ones(api, box):
    box.reset(customers(2), metadata_schema=SCHEMA)
    body = [
        {"source_id": "c000", "metadata": {"tier": "wood"}},
        {"source_id": "c001", "metadata": {"tier": "gold"}},
        {"source_id": "new", "metadata": {"tier": 7}},
    ]
    result = api.result(api.post(BULK, body))
    assert (result["done_count"], result["failed_count"]) == (1, 2)
    said = "tier: must be a string, must be equal to one of gold,silver (actual value is '{}')"
    assert result["errors"] == [
        {
            "message": "Customer cannot be updated",
            "details": said.format(value),
            "key": "invalid_customer",
            "source_id": source_id,
        }
        for value, source_id in [("wood", "c000"), (7, "new")]
    ]
    rows = report(api, result)
    assert [(row["found"], row["updated"]) for row in rows] == [
        ("true", "false"),
        ("true", "true"),
        ("false", "false"),
    ]
    assert rows[0]["error"] == said.format("wood")
    assert box.customer("new") is None
    assert "metadata" not in box.customer("c000")


def test_errors_of_bulk_metadata_never_name_the_customer(api, box):
    box.reset(customers(2), metadata_schema=SCHEMA)
    body = {"source_ids": ["c000", "c001"], "metadata": {"tier": "wood"}}
    result = api.result(api.post(METADATA, body))
    assert result["failed_count"] == 2
    assert all(each.keys() == {"message", "details", "key"} for each in result["errors"])


def test_errors_of_bulk_updates_can_hide_the_customer_too(api, box):
    box.reset(customers(1))
    box.set(job_errors_source_id=False, job_failures={"c000": "because"})
    result = api.result(api.post(BULK, [{"source_id": "c000", "name": "n"}]))
    assert [(each["details"], "source_id" in each) for each in result["errors"]] == [
        ("because", False)
    ]


def test_a_result_can_list_fewer_errors_than_there_are(api, box):
    box.reset(customers(3))
    box.set(job_errors_listed=1, job_failures={"c000": "a", "c002": "b"})
    body = [{"source_id": f"c00{n}", "name": "n"} for n in range(3)]
    result = api.result(api.post(BULK, body))
    assert (result["failed_count"], len(result["errors"])) == (2, 1)
    assert [row["updated"] for row in report(api, result)] == ["false", "true", "false"]


@pytest.mark.parametrize(
    ("failures", "partial", "status"),
    [
        ({}, "SUCCESS", "SUCCESS"),
        ({"c000": "no"}, "SUCCESS", "SUCCESS"),
        ({"c000": "no"}, "FAILED", "FAILED"),
        ({"c000": "no"}, "UNKNOWN", "UNKNOWN"),
        ({"c000": "no", "c001": "no"}, "UNKNOWN", "FAILED"),
    ],
)
def test_the_operation_status(api, box, failures, partial, status):
    box.reset(customers(2))
    box.set(job_failures=failures, job_partial=partial)
    api.result(api.post(METADATA, {"source_ids": ["c000", "c001"], "metadata": {"a": 1}}))
    (job,) = box.jobs()
    assert (job["status"], job["operation_status"]) == ("DONE", status)
    written = [each["id"] for each in box.customers() if "metadata" in each]
    assert len(written) == 2 - len(failures)


@pytest.mark.parametrize(("death", "written"), [("before", 0), ("midway", 2)])
def test_a_job_can_die(api, box, death, written):
    box.reset(customers(4))
    box.set(job_death=death)
    ids = [each["source_id"] for each in box.customers()]
    accepted = api.post(METADATA, {"source_ids": ids, "metadata": {"a": 1}})
    api.wait_for_jobs()
    action = api.get(f"/v1/async-actions/{accepted.json['async_action_id']}").json
    assert (action["status"], action["operation_status"]) == ("FAILED", "FAILED")
    assert "result" not in action
    assert sum("metadata" in each for each in box.customers()) == written


def test_one_source_id_twice_in_a_job_is_written_in_order(api, box):
    body = [
        {"source_id": "s", "name": "first", "metadata": {"a": 1}},
        {"source_id": "s", "name": "second", "metadata": {"b": 2}},
    ]
    result = api.result(api.post(BULK, body))
    assert [row["found"] for row in report(api, result)] == ["false", "true"]
    (made,) = box.customers()
    assert (made["name"], made["metadata"]) == ("second", {"a": 1, "b": 2})


@pytest.mark.parametrize(
    ("route", "make"),
    [
        (BULK, lambda n: [{"source_id": f"s{i}"} for i in range(n)]),
        (METADATA, lambda n: {"source_ids": [f"s{i}" for i in range(n)], "metadata": {"a": 1}}),
    ],
)
def test_the_number_of_records_is_limited_or_not(api, box, route, make):
    assert api.post(route, make(100)).status == 202
    refused = api.post(route, make(101))
    assert (refused.status, refused.json["key"]) == (400, "invalid_payload")
    assert "should NOT have more than 100 items" in refused.json["details"]
    box.set(max_bulk_records=None)
    assert api.post(route, make(5000)).status == 202
    assert len(box.jobs()) == 2


@pytest.mark.parametrize("route", [BULK, METADATA, "/v1/customers", "/v1/customers/importCSV"])
def test_ten_megabytes_are_the_end(api, box, route):
    reply = api.send("POST", route, body=b" " * 10_485_761)
    assert (reply.status, reply.json) == (
        413,
        {
            "statusCode": 413,
            "error": "Request Entity Too Large",
            "message": "Payload content length greater than maximum allowed: 10485760",
        },
    )
    assert box.jobs() == []
    assert box.requests()[-1]["body_size"] == 10_485_761


def test_a_body_of_exactly_ten_megabytes_is_taken(api, box):
    record = {"source_id": "s", "description": ""}
    record["description"] = "x" * (10_485_760 - len(json.dumps([record])))
    assert api.post(BULK, [record]).status == 202


@pytest.mark.parametrize(
    ("route", "body", "details"),
    [
        (BULK, {}, "Body should be array"),
        (BULK, [], "Body should NOT have fewer than 1 items"),
        (BULK, [5], "Property .[0] should be object"),
        (BULK, [{"source_id": "a"}, {"name": "x"}], "Property .[1].source_id is required"),
        (BULK, [{"source_id": 5}], "Property .[0].source_id should be string"),
        (BULK, [{"source_id": "a", "email": 5}], "Property .[0].email should be string"),
        (BULK, [{"source_id": "a", "metadata": 5}], "Property .[0].metadata should be object"),
        (METADATA, [], "Body should be object"),
        (METADATA, {"metadata": {}}, "Property .source_ids should be array of strings"),
        (METADATA, {"source_ids": "a", "metadata": {}}, "Property .source_ids should be array"),
        (METADATA, {"source_ids": [1], "metadata": {}}, "Property .source_ids should be array"),
        (METADATA, {"source_ids": [""], "metadata": {}}, "Property .source_ids should be array"),
        (METADATA, {"source_ids": ["a"]}, "Property .metadata should be object"),
        (
            METADATA,
            {"source_ids": [], "metadata": {}},
            "Property .source_ids should NOT have fewer than 1 items",
        ),
    ],
)
def test_bodies_of_a_wrong_shape_are_refused_before_any_job(api, box, route, body, details):
    reply = api.post(route, body)
    assert reply.status == 400
    assert reply.json["details"].startswith(details)
    assert box.jobs() == []


@pytest.mark.parametrize(("keys", "host"), [("wanted", "127.0.0.1"), ("ignored", "localhost")])
def test_report_files_need_their_token_and_the_keys_if_so_switched(api, box, keys, host):
    box.set(download_keys=keys)
    result = api.result(api.post(BULK, [{"source_id": "s"}]))
    (url,) = result["reports"]
    assert url.startswith(f"http://{host}:")
    without = api.send("GET", url, headers={"X-App-Id": None, "X-App-Token": None})
    assert without.status == (401 if keys == "wanted" else 200)
    assert api.get(url).status == 200
    assert api.get(url.replace("token=", "token=x")).status == 401
    assert api.get(url.split("?")[0]).status == 404
    assert result["reports_available_till"] > box.advance(0)


def test_reports_can_be_missing_or_without_the_customers(api, box):
    box.set(report_source_id=False)
    rows = report(api, api.result(api.post(BULK, [{"source_id": "s"}])))
    assert [row.keys() for row in rows] == [{"found", "updated", "error"}]
    box.set(reports=False)
    assert api.result(api.post(BULK, [{"source_id": "s"}]))["reports"] == []


def test_unknown_fields_can_be_refused_in_bulk(api, box):
    box.set(unknown_fields="refuse")
    reply = api.post(BULK, [{"source_id": "a"}, {"source_id": "b", "summary": {}}])
    assert reply.json["details"] == "Property .[1].summary is not allowed"


def test_a_source_id_of_any_script_survives_the_report(api):
    ref = 'ą"b,\n顧客'
    (row,) = report(api, api.result(api.post(BULK, [{"source_id": ref}])))
    assert row["source_id"] == ref
    assert api.get(path_of(ref)).status == 200
