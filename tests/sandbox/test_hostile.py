"""Odd and hostile requests: the answer has the API's shape, and is never a 500."""

from __future__ import annotations

import contextlib
import socket
from urllib.parse import urlsplit

import pytest

from tests.processes import ENDS_S

from .support import customers, path_of

PATHS = [
    "/",
    "/v1",
    "/v1/",
    "/v2/customers",
    "/v1/customers/",
    "/v1//customers",
    "//v1/customers",
    "/v1/customers/%00",
    "/v1/customers/%FF%FE",
    "/v1/customers/%",
    "/v1/customers/%zz",
    "/v1/customers/" + "a" * 20_000,
    "/v1/customers/x/y/z",
    "/v1/customers/x/unknown",
    "/v1/customers/..%2F..%2Fetc%2Fpasswd",
    "/v1/segments/'%20OR%201=1",
    "/v1/async-actions/%27",
    "/v1/exports/x?token=",
    "/v1/exports/x?token=%FF",
    "/v1/reports/x?token=a&token=b",
    "/_sandboxx",
    "/docs",
    "/v1/customers/importCSV/more",
]
QUERIES = [
    "limit=1e2",
    "limit=0x10",
    "limit=%31%00",
    "limit=99999999999999999999",
    "limit=-0",
    "page=%F0%9F%8E%B5",
    "order=created_at;drop table customers",
    "order=",
    "starting_after=0001-01-01T00:00:00%2B14:00",
    "starting_after=9999-12-31T23:59:59-14:00",
    "starting_after=2024-W01-1",
    "starting_after=20240101",
    "starting_after=1704067200000",
    "starting_after=%00",
    "created_at[after]=' OR 1=1 --",
    "created_at[sometime]=x",
    "created_at=x",
    "email=%00%FF",
    "name=" + "%F0%9F%8E%B5" * 2000,
    "segment_id=%27%3B",
    "&&&===&",
    "&".join(f"k{n}=1" for n in range(600)),
]


@pytest.mark.parametrize("method", ["GET", "PUT", "POST", "DELETE", "PATCH"])
@pytest.mark.parametrize("path", PATHS)
def test_odd_paths(api, method, path):
    reply = api.send(method, path)
    assert reply.status in (400, 401, 404, 405, 415), reply.body
    assert reply.json["code"] == reply.status
    assert {"key", "message", "request_id"} <= reply.json.keys()


@pytest.mark.parametrize("query", QUERIES)
@pytest.mark.parametrize("route", ["/v1/customers", "/v1/segments", "/v1/async-actions"])
def test_odd_queries(api, box, route, query):
    box.reset(customers(3))
    reply = api.send("GET", f"{route}?{query.replace(' ', '%20')}")
    assert reply.status in (200, 400, 404), reply.body
    assert (reply.json.get("code") or 200) == reply.status


def test_extreme_dates_are_just_dates(api, box):
    box.reset([{"id": "a", "created_at": "0001-01-01T00:00:00.000Z"}, {"id": "b"}])
    box.insert([{"id": "z", "created_at": "9999-12-31T23:59:59.999Z"}])
    assert api.ids(order="created_at") == ["a", "b", "z"]
    assert api.ids(**{"created_at[after]": "0001-01-01"}) == ["z", "b"]
    assert api.ids(**{"created_at[before]": "9999-12-31"}) == ["b", "a"]


@pytest.mark.parametrize("method", ["HEAD", "OPTIONS", "TRACE", "BREW"])
def test_odd_methods(api, method):
    assert api.send(method, "/v1/customers").status == 405
    assert api.send(method, "/v1/nowhere").status == 404


BODIES = [
    b"",
    b"null",
    b"true",
    b"[]",
    b"{}",
    b'""',
    b"[[]]",
    b"[null]",
    b"\x00",
    b"\xff\xfe",
    b'{"source_ids": null, "metadata": null}',
    b'{"source_ids": [null], "metadata": {}}',
    b'[{"source_id": null}]',
    b'[{"source_id": {"$gt": ""}}]',
    b'{"name": "x", "type": "static", "customers": [null]}',
    b'{"name": null, "type": null, "filter": null}',
    b'{"exported_object": ["customer"]}',
    b'{"exported_object": "customer", "parameters": {"fields": [null], "filters": [1]}}',
    b'{"exported_object": "customer", "parameters": {"order": {"a": 1}}}',
    b'{"exported_object": "customer", "parameters": {"filters": {"junction": ["and"]}}}',
    b'{"unsubscribed": "\\udc00"}',
    b'{"unsubscribed": null}',
    b'{"__proto__": {"x": 1}, "constructor": 1}',
]


@pytest.mark.parametrize("body", BODIES)
@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/v1/customers"),
        ("PUT", path_of("c000")),
        ("PUT", path_of("c000", "consents")),
        ("POST", "/v1/customers/bulk/async"),
        ("POST", "/v1/customers/metadata/async"),
        ("POST", "/v1/customers/importCSV"),
        ("POST", "/v1/segments"),
        ("POST", "/v1/exports"),
    ],
)
def test_odd_bodies(api, box, method, path, body):
    box.reset(customers(1))
    reply = api.send(method, path, body=body, headers={"Content-Type": "application/json"})
    assert reply.status in (200, 202, 400, 415), reply.body
    if reply.status >= 400:
        assert reply.json["code"] == reply.status
    assert api.get("/v1/customers").status == 200


@pytest.mark.parametrize(
    "text",
    [
        "' OR 1=1 --",
        '"; DROP TABLE customers; --',
        "<img src=x onerror=alert(1)>",
        "=HYPERLINK(1)",
        "null",
        "\u0000",
        "\u202eabc",
        "e\u0301",
        "🎵" * 500,
        "{{7*7}}",
        "\r\nX-Injected: 1",
    ],
)
def test_any_text_survives_unchanged(api, text):
    body = {
        "source_id": text,
        "name": text,
        "address": {"city": text},
        "metadata": {text: {text: [text]}},
    }
    made = api.post("/v1/customers", body).json
    assert {key: made[key] for key in body} == body
    assert api.get(path_of(text)).json == made
    assert api.ids(name=text, city=text) == [made["id"]]
    reply = api.get(path_of(text + "?"))
    assert reply.json["resource_id"] == text + "?"
    filters = {"name": {"conditions": {"$is": [text]}}}
    segment = api.post("/v1/segments", {"name": text, "type": "passive", "filter": filters}).json
    assert api.ids(segment_id=segment["id"]) == [made["id"]]


def raw(box, request: bytes) -> bytes:
    where = urlsplit(box.url)
    with socket.create_connection((where.hostname, where.port), timeout=ENDS_S) as connection:
        answer = b""
        # A server that has read enough may close the door while we still talk.
        with contextlib.suppress(OSError):
            connection.sendall(request)
            connection.shutdown(socket.SHUT_WR)
            while some := connection.recv(65_536):
                answer += some
    return answer


@pytest.mark.parametrize(
    "request_bytes",
    [
        b"rubbish\r\n\r\n",
        b"GET /v1/customers HTTP/1.1\r\n\r\n",
        b"GET /v1/customers HTTP/9.9\r\nHost: x\r\n\r\n",
        b"GET /\xc5\x81 HTTP/1.1\r\nHost: x\r\n\r\n",
        b"POST /v1/customers HTTP/1.1\r\nHost: x\r\nContent-Length: -5\r\n\r\n",
        b"POST /v1/customers HTTP/1.1\r\nHost: x\r\nContent-Length: 50\r\n\r\n{half",
        b"POST /v1/customers HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"GET /v1/customers HTTP/1.1\r\nHost: x\r\nX: " + b"a" * 200_000 + b"\r\n\r\n",
    ],
)
def test_requests_that_are_no_http_do_no_harm(api, box, request_bytes):
    assert not raw(box, request_bytes).startswith(b"HTTP/1.1 500")
    assert api.get("/v1/customers").status == 200


def test_a_body_that_breaks_off_writes_nothing(api, box):
    head = (
        f"POST /v1/customers HTTP/1.1\r\nHost: x\r\nX-App-Id: {box.app_id}\r\n"
        f"X-App-Token: {box.app_token}\r\nContent-Length: 500\r\n\r\n"
    )
    raw(box, head.encode() + b'{"source_id": "s"}')
    assert api.get("/v1/customers").json["total"] == 0


def test_several_requests_share_a_connection(box):
    line = (
        f"GET /v1/customers HTTP/1.1\r\nHost: x\r\nX-App-Id: {box.app_id}\r\n"
        f"X-App-Token: {box.app_token}\r\n\r\n"
    ).encode()
    assert raw(box, line * 3).count(b"HTTP/1.1 200 OK") == 3
