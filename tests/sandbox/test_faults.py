"""Fault scripts: each fault does what it says, to the requests it names and no others."""

from __future__ import annotations

import contextlib
import http.client
import socket
from urllib.parse import urlsplit

import pytest

from vfy_notebook.sandbox import SandboxError

from .support import customers, path_of

LIST = "/v1/customers"


@pytest.fixture(autouse=True)
def three_customers(box):
    box.reset(customers(3))


def statuses(api, number, path=LIST):
    return [api.get(path).status for _ in range(number)]


def test_a_status_without_the_operation(api, box):
    box.script(
        {
            "method": "POST",
            "path": LIST,
            "do": "status",
            "status": 429,
            "headers": {"Retry-After": "7"},
            "body": {"code": 429, "own": True},
        }
    )
    reply = api.post(LIST, {"source_id": "new"})
    assert (reply.status, reply.headers["retry-after"]) == (429, "7")
    assert reply.json == {"code": 429, "own": True}
    assert box.customer("new") is None
    assert api.post(LIST, {"source_id": "new"}).status == 200


@pytest.mark.parametrize(
    ("status", "key"),
    [
        *[(400, "invalid_payload"), (401, "unauthorized"), (402, "payment_required")],
        *[(403, "forbidden"), (404, "not_found"), (409, "conflict"), (423, "locked")],
        *[(429, "too_many_requests"), (500, "internal_error"), (503, "service_unavailable")],
        (418, "error"),
    ],
)
def test_a_status_without_a_body_has_the_apis_error_shape(api, box, status, key):
    box.script({"path": LIST, "do": "status", "status": status})
    reply = api.get(LIST)
    assert reply.status == status
    assert reply.json.keys() == {"code", "key", "message", "request_id"}
    assert (reply.json["code"], reply.json["key"]) == (status, key)


def test_a_status_without_content_has_none(api, box):
    box.script({"path": LIST, "do": "status", "status": 204, "body": {"a": 1}})
    reply = api.get(LIST)
    assert (reply.status, reply.body) == (204, b"")


def test_a_body_can_be_any_text(api, box):
    box.script({"path": LIST, "do": "status", "status": 200, "body": "{half"})
    assert api.get(LIST).text == "{half"


@pytest.mark.parametrize(
    ("nth", "expected"),
    [
        (1, [500, 200, 200, 200]),
        (2, [200, 500, 200, 200]),
        ([1, 3], [500, 200, 500, 200]),
        ("every", [500, 500, 500, 500]),
    ],
)
def test_the_nth_matching_request(api, box, nth, expected):
    box.script({"path": LIST, "nth": nth, "do": "status", "status": 500})
    api.get("/v1/segments")
    assert statuses(api, 4) == expected


def test_counting_begins_when_the_fault_is_scripted(api, box):
    statuses(api, 3)
    box.script({"path": LIST, "nth": 2, "do": "status", "status": 500})
    assert statuses(api, 3) == [200, 500, 200]


def test_a_fault_names_method_path_and_query(api, box):
    box.script(
        {
            "method": "get",
            "path": "/v1/customers/*",
            "query": "*x=1*",
            "nth": "every",
            "do": "status",
            "status": 503,
        }
    )
    path = path_of("c000")
    assert api.get(path, x=1, y=2).status == 503
    assert api.get(path, y=2).status == 200
    assert api.call("DELETE", path + "?x=1").status == 204
    assert api.get(LIST, x=1).status == 200


def test_the_first_of_several_faults_wins_and_all_count(api, box):
    box.script(
        {"path": LIST, "nth": [1, 2], "do": "status", "status": 500},
        {"path": LIST, "nth": [2, 3], "do": "status", "status": 503},
    )
    assert statuses(api, 4) == [500, 500, 503, 200]


def test_a_cut_answer_has_half_its_body(api, box):
    whole = api.get(LIST)
    box.script({"path": LIST, "do": "cut"}, {"method": "PUT", "do": "cut"})
    with pytest.raises(http.client.IncompleteRead) as cut:
        api.get(LIST)
    assert cut.value.partial == whole.body[: len(whole.body) // 2]
    with pytest.raises(http.client.IncompleteRead):
        api.put(path_of("c000"), {"name": "written"})
    assert box.customer("c000")["name"] == "written"
    assert api.get(LIST).status == 200


def test_a_lost_answer_belongs_to_an_operation_that_ran(api, box):
    box.script({"method": "POST", "path": LIST, "do": "lose"})
    with pytest.raises(http.client.RemoteDisconnected):
        api.post(LIST, {"source_id": "new"})
    assert box.customer("new")["source_id"] == "new"
    assert box.requests()[-1]["status"] == 0


def test_an_export_can_be_cut(api, box):
    box.reset(3000)
    made = api.post("/v1/exports", {"exported_object": "customer"}).json
    for _ in range(2):
        url = api.get(f"/v1/exports/{made['id']}").json.get("result")
    whole = api.get(url["url"])
    box.script({"query": "token=*", "do": "cut"})
    with pytest.raises(http.client.IncompleteRead) as cut:
        api.get(url["url"])
    assert cut.value.partial == whole.body[: len(whole.body) // 2]


def test_a_delay_outlasts_a_clients_patience_and_others_are_served_meanwhile(api, box):
    box.script({"method": "PUT", "do": "delay", "seconds": 30})
    with pytest.raises(TimeoutError):
        api.send("PUT", path_of("c000"), body=b'{"name": "late"}', timeout_s=0.1)
    assert api.get(LIST).status == 200
    assert box.customer("c000")["name"] == "late"
    until(lambda: box.requests()[0]["status"] == 0)


def test_requests_at_the_same_time_are_counted(api, box):
    box.script({"path": LIST, "nth": "every", "do": "delay", "seconds": 600})
    where = urlsplit(box.url)
    request = (
        f"GET {LIST} HTTP/1.1\r\nHost: {where.netloc}\r\nX-App-Id: {box.app_id}\r\n"
        f"X-App-Token: {box.app_token}\r\n\r\n"
    ).encode()
    with contextlib.ExitStack() as connections:
        for number in range(1, 4):
            connection = socket.create_connection((where.hostname, where.port))
            connections.enter_context(connection).sendall(request)
            until(lambda number=number: len(box.requests()) == number)
        assert [entry["in_flight"] for entry in box.requests()] == [1, 2, 3]
    # A client that has gone does not count any more.
    until(lambda: (api.get("/v1/segments"), box.requests()[-1]["in_flight"] == 1)[1])


def until(condition):
    assert any(condition() for _ in range(2000))


def test_an_html_page_instead_of_json(api, box):
    box.script(
        {"path": LIST, "do": "html"},
        {"path": LIST, "nth": 2, "do": "html", "status": 200, "body": "<p>Maintenance</p>"},
    )
    first, second = api.get(LIST), api.get(LIST)
    assert (first.status, second.status) == (502, 200)
    assert first.headers["content-type"] == "text/html; charset=utf-8"
    assert first.text.startswith("<!DOCTYPE html>")
    assert second.text == "<p>Maintenance</p>"


def test_server_errors_can_be_html_pages(api, box):
    box.set(server_error_html=True)
    box.script(
        {"path": LIST, "do": "status", "status": 503},
        {"path": LIST, "nth": 2, "do": "status", "status": 404},
    )
    first, second = api.get(LIST), api.get(LIST)
    assert first.headers["content-type"].startswith("text/html")
    assert (first.status, second.json["code"]) == (503, 404)


def test_a_redirect(api, box):
    box.script({"path": LIST, "do": "redirect", "location": "http://elsewhere.example/x"})
    reply = api.get(LIST)
    assert (reply.status, reply.headers["location"]) == (302, "http://elsewhere.example/x")


def test_data_can_change_in_the_middle_of_a_listing(api, box):
    box.script(
        {
            "path": LIST,
            "nth": 2,
            "do": "run",
            "insert": [{"id": "cust_new"}],
            "remove": ["c000"],
            "touch": {"cust_001": {"name": "touched"}},
            "advance": 60,
        }
    )
    before = api.get(LIST).json
    clock = box.advance(0)
    after = api.get(LIST).json
    assert (before["total"], after["total"]) == (3, 3)
    assert {each["id"] for each in after["customers"]} == {"cust_001", "cust_002", "cust_new"}
    assert box.customer("cust_001")["name"] == "touched"
    assert box.customer("cust_new")["created_at"] > clock


def test_a_run_and_another_fault_may_meet(api, box):
    box.script(
        {"path": LIST, "do": "status", "status": 500},
        {"path": LIST, "do": "run", "insert": [{"id": "cust_new"}]},
    )
    assert api.get(LIST).status == 500
    assert box.customer("cust_new") is not None


@pytest.mark.parametrize(
    "changes",
    [
        {"remove": ["nobody"]},
        {"remove": 5},
        {"touch": ["c000"]},
        {"touch": {"nobody": {"name": "x"}}},
        {"insert": ["text"]},
        {"insert": [{"name": 5}]},
        {"advance": "soon"},
    ],
)
def test_a_script_that_cannot_run_says_so(api, box, changes):
    box.script({"path": LIST, "do": "run", **changes})
    reply = api.get(LIST)
    assert reply.status == 500
    assert reply.json["details"].startswith("The fault script cannot run: ")
    assert api.get(LIST).json["total"] == 3


def test_faults_come_before_credentials_and_quota(api, box):
    box.set(monthly_left=0)
    box.script({"path": LIST, "do": "status", "status": 503})
    assert api.send("GET", LIST, headers={"X-App-Token": None}).status == 503


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        ("status", "a fault is a dict"),
        ({"do": "explode"}, "a fault's 'do' is one of status, html"),
        ({}, "a fault's 'do' is one of"),
        ({"do": "cut", "seconds": 1}, "a fault that does 'cut' has no seconds"),
        ({"do": "status"}, "needs a 'status'"),
        ({"do": "status", "status": 99}, "'status' is a number from 200 to 599"),
        ({"do": "status", "status": "500"}, "'status' is a number from 200 to 599"),
        ({"do": "status", "status": 500, "headers": {"a": 1}}, "'headers' is a dict"),
        ({"do": "delay"}, "'seconds' is a number"),
        ({"do": "delay", "seconds": -1}, "'seconds' is a number"),
        ({"do": "redirect"}, "'location' is a text"),
        ({"do": "run"}, "needs 'insert', 'remove', 'touch' or 'advance'"),
        ({"do": "cut", "nth": 0}, "'nth' is a number from 1"),
        ({"do": "cut", "nth": []}, "'nth' is a number from 1"),
        ({"do": "cut", "nth": "first"}, "'nth' is a number from 1"),
        ({"do": "cut", "path": 5}, "'path' is a text"),
        ({"do": "cut", "method": 5}, "'method' is a text"),
    ],
)
def test_faults_that_make_no_sense_are_refused(api, box, fault, words):
    with pytest.raises(SandboxError, match=words):
        box.script({"path": LIST, "do": "status", "status": 500}, fault)
    assert api.get(LIST).status == 200


def test_a_reset_forgets_the_script(api, box):
    box.script({"nth": "every", "do": "status", "status": 500})
    box.reset([])
    assert api.get(LIST).status == 200
