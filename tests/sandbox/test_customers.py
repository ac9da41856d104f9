"""One customer: create, get, update, delete, forget."""

from __future__ import annotations

import json

import pytest

from .support import customers, path_of

ODD_REFS = ["a/b", "anna@example.com", "with space", "100%", "顧客/№1?#", "ą+b", "..", "a%2Fb"]


def test_a_fresh_customer_has_what_the_api_gives_it_and_no_more(api):
    made = api.post("/v1/customers", {}).json
    assert made.keys() == {
        "id",
        "source_id",
        "address",
        "summary",
        "loyalty",
        "referrals",
        "system_metadata",
        "created_at",
        "object",
    }
    assert made["id"].startswith("cust_")
    assert (made["source_id"], made["address"], made["object"]) == (None, None, "customer")
    assert made["summary"]["orders"] == {
        "total_amount": 0,
        "total_count": 0,
        "average_amount": 0,
        "last_order_amount": 0,
    }
    assert api.get(path_of(made["id"])).json == made


def test_everything_that_can_be_written_is_kept(api):
    body = {
        "source_id": "s",
        "name": "Łucja Żurawina",
        "description": "d",
        "email": "l@example.com",
        "phone": "+1",
        "birthdate": "2000-02-29",
        "birthday": "2000-01-01",
        "address": {
            "city": "Łódź",
            "state": "s",
            "line_1": "1",
            "line_2": "2",
            "country": "PL",
            "postal_code": "0",
        },
        "metadata": {
            "text": "00042",
            "big": 2**53 + 1,
            "float": 1.5,
            "flag": False,
            "none": None,
            "list": [1, "a", None],
            "object": {"a": {"b": []}},
            "": "empty key",
            'q"uote.and.dots': 1,
        },
    }
    made = api.post("/v1/customers", body).json
    assert {key: made[key] for key in body} == body


def test_creating_again_updates_by_source_id_or_by_id(api, box):
    first = api.post("/v1/customers", {"source_id": "s", "name": "A", "phone": "1"}).json
    assert "updated_at" not in first
    second = api.post("/v1/customers", {"source_id": "s", "name": "B"}).json
    assert (second["id"], second["name"], second["phone"]) == (first["id"], "B", "1")
    assert second["updated_at"] >= first["created_at"]
    third = api.post("/v1/customers", {"id": first["id"], "source_id": "other", "name": "C"}).json
    assert (third["id"], third["source_id"], third["name"]) == (first["id"], "s", "C")
    assert len(box.customers()) == 1


def test_an_id_nobody_has_makes_a_customer_with_another_id_or_a_404(api, box):
    made = api.post("/v1/customers", {"id": "cust_unknown", "name": "A"})
    assert made.status == 200
    assert made.json["id"] != "cust_unknown"
    box.set(post_unknown_id="refuse")
    assert api.post("/v1/customers", {"id": "cust_unknown", "name": "A"}).status == 404
    assert len(box.customers()) == 1


@pytest.mark.parametrize("ref", ODD_REFS)
def test_any_source_id_can_be_addressed(api, box, ref):
    box.reset([{"id": "cust_1", "source_id": ref}])
    path = path_of(ref)
    assert api.get(path).json["id"] == "cust_1"
    assert api.put(path, {"name": "n"}).json["name"] == "n"
    assert api.get(path_of(ref, "segments")).status == 200
    assert api.delete(path).status == 204
    assert box.customers() == []


@pytest.mark.parametrize(
    ("method", "more"),
    [("GET", ()), ("PUT", ()), ("DELETE", ()), ("POST", ("permanent-deletion",))],
)
def test_an_unknown_customer_is_a_404_that_names_it(api, method, more):
    reply = api.call(method, path_of("nobody/here", *more), {} if method == "PUT" else None)
    assert reply.status == 404
    error = reply.json
    error.pop("request_id")
    assert error == {
        "code": 404,
        "key": "not_found",
        "message": "Resource not found",
        "details": "Cannot find customer with id nobody/here",
        "resource_id": "nobody/here",
        "resource_type": "customer",
    }


def test_an_update_changes_what_is_sent(api, box):
    box.reset([{"id": "c", "source_id": "s", "name": "A", "phone": "1", "metadata": {"a": 1}}])
    before = box.customer("c")
    after = api.put(path_of("s"), {"name": "B"}).json
    assert after.pop("updated_at") > before["created_at"]
    assert after == before | {"name": "B"}


def test_null_is_stored(api, box):
    box.reset([{"id": "c", "name": "A", "address": {"city": "X"}, "metadata": {"a": 1, "b": 2}}])
    after = api.put(path_of("c"), {"name": None, "address": None, "metadata": {"a": None}}).json
    assert (after["name"], after["address"]) == (None, None)
    assert after["metadata"] == {"a": None, "b": 2}


@pytest.mark.parametrize(("send", "route"), [("put", path_of("s")), ("post", "/v1/customers")])
def test_keys_not_sent_stay_or_go(api, box, send, route):
    start = [{"id": "c", "source_id": "s", "metadata": {"a": 1}, "address": {"city": "X"}}]
    body = {"source_id": "s", "metadata": {"b": 2}, "address": {"state": "Y"}}
    box.reset(start)
    merged = getattr(api, send)(route, body).json
    assert merged["metadata"] == {"a": 1, "b": 2}
    assert merged["address"] == {"city": "X", "state": "Y"}
    box.reset(start)
    box.set(put_metadata="replace", put_address="replace")
    replaced = getattr(api, send)(route, body).json
    assert replaced["metadata"] == {"b": 2}
    assert replaced["address"] == {"state": "Y"}


def test_what_cannot_be_written_is_ignored_or_refused(api, box):
    box.reset(customers(1))
    before = box.customer("c000")
    body = {"summary": {"orders": {"total_count": 9}}, "created_at": "2000-01-01", "shoe_size": 44}
    after = api.put(path_of("c000"), body).json
    assert after.pop("updated_at")
    assert after == before
    box.set(unknown_fields="refuse")
    for name, value in body.items():
        reply = api.put(path_of("c000"), {name: value})
        assert (reply.status, reply.json["details"]) == (400, f"Property .{name} is not allowed")


def test_a_source_id_cannot_be_changed(api, box):
    box.reset(customers(1))
    assert api.put(path_of("c000"), {"source_id": "new"}).json["source_id"] == "c000"
    box.set(put_source_id="refuse")
    assert api.put(path_of("c000"), {"source_id": "c000", "name": "n"}).status == 200
    reply = api.put(path_of("c000"), {"source_id": "new"})
    assert (reply.status, reply.json["key"]) == (400, "invalid_payload")
    assert box.customer("c000")["source_id"] == "c000"


@pytest.mark.parametrize(
    ("body", "details"),
    [
        ([], "Body should be object"),
        ("text", "Body should be object"),
        ({"name": 1}, "Property .name should be string"),
        ({"email": ["a"]}, "Property .email should be string"),
        ({"source_id": 7}, "Property .source_id should be string"),
        ({"source_id": ""}, "Property .id and .source_id should not be empty"),
        ({"address": "home"}, "Property .address should be object"),
        ({"address": {"city": 1}}, "Property .address.city should be string"),
        ({"metadata": None}, "Property .metadata should be object"),
        ({"metadata": [1]}, "Property .metadata should be object"),
        ({"birthdate": "01.02.2000"}, 'Property .birthdate should match format "date"'),
        ({"birthdate": "2001-02-29"}, 'Property .birthdate should match format "date"'),
        ({"birthday": 5}, 'Property .birthday should match format "date"'),
    ],
)
def test_values_of_a_wrong_type_are_refused_and_nothing_is_written(api, box, body, details):
    box.reset(customers(1))
    before = box.customers()
    for reply in (api.post("/v1/customers", body), api.put(path_of("c000"), body)):
        assert (reply.status, reply.json["key"], reply.json["details"]) == (
            400,
            "invalid_payload",
            details,
        )
    assert box.customers() == before


def test_unknown_parts_of_an_address_are_dropped(api):
    made = api.post("/v1/customers", {"address": {"city": "X", "planet": "Mars"}}).json
    assert made["address"] == {"city": "X"}


def test_times_come_from_the_sandboxes_clock(api, box):
    now = box.advance(3600 * 24 * 400)
    made = api.post("/v1/customers", {"source_id": "s"}).json
    assert made["created_at"] >= now
    later = box.advance(1.5)
    assert api.put(path_of("s"), {"name": "n"}).json["updated_at"] >= later > made["created_at"]


def test_deleting_leaves_nothing_and_a_second_time_is_a_404(api, box):
    box.reset(customers(2))
    reply = api.delete(path_of("c000"))
    assert (reply.status, reply.body) == (204, b"")
    assert api.delete(path_of("cust_000")).status == 404
    assert [each["id"] for each in box.customers()] == ["cust_001"]


def test_a_permanent_deletion_answers_with_a_receipt(api, box):
    box.reset(
        [{"id": "cust_1", "source_id": "s", "summary": {"orders": {"total_count": 9}}}],
        segments=[{"name": "fixed", "type": "static", "members": ["cust_1"]}],
        consents={"consents": [{"id": "cnst_1"}]},
    )
    api.put(path_of("s", "consents"), {"cnst_1": True})
    reply = api.post(path_of("s", "permanent-deletion"))
    receipt = reply.json
    assert reply.status == 200
    assert receipt["id"].startswith("del_")
    assert (receipt["related_object_id"], receipt["related_object"], receipt["status"]) == (
        "cust_1",
        "customer",
        "DONE",
    )
    assert receipt["object"] == "pernament_deletion"
    counts = receipt["data_json"]
    assert (counts["orders"], counts["segments"], counts["customer"]) == (9, 1, 1)
    assert counts.keys() == {
        "events",
        "customer_events",
        "daily_events",
        "segments",
        "orders",
        "order_events",
        "customer",
    }
    assert box.customers() == []
    assert box.sent_consents("s") == {}
    box.insert([{"id": "cust_1"}])
    assert box.sent_consents("cust_1") == {}
    assert api.get(path_of("cust_1", "segments")).json["data"] == []


def test_a_deleted_source_id_can_be_used_again(api, box):
    box.reset(customers(1))
    api.delete(path_of("c000"))
    again = api.post("/v1/customers", {"source_id": "c000"}).json
    assert again["id"] != "cust_000"


def test_an_id_wins_over_a_source_id(api, box):
    box.reset([{"id": "a", "source_id": "b"}, {"id": "b", "source_id": "c"}])
    assert api.get(path_of("b")).json["source_id"] == "c"


@pytest.mark.parametrize(
    "body",
    [
        b'{"metadata": {"x": NaN}}',
        b'{"metadata": {"x": Infinity}}',
        b'{"metadata": {"x": 1e999}}',
        b'{"metadata": {"x": "\\ud800"}}',
        b'{"name": "\xff"}',
        b'{"name": "half',
        b"",
        b"[" * 100_000,
        b'{"a":' * 3000 + b"1" + b"}" * 3000,
        b'{"metadata": {"x": ' + b"9" * 5000 + b"}}",
        b'{"metadata": {"x": ' + b"[" * 200 + b"]" * 200 + b"}}",
    ],
)
def test_a_body_that_is_no_json_is_a_400(api, body):
    reply = api.send("POST", "/v1/customers", body=body)
    assert (reply.status, reply.json["key"]) == (400, "invalid_payload")


def test_a_pair_of_surrogates_is_one_character(api):
    made = api.send("POST", "/v1/customers", body=json.dumps({"name": "🎵"}).encode())
    assert made.json["name"] == "🎵"
