"""Quotas, their headers, and credentials."""

from __future__ import annotations

from datetime import datetime
from email.utils import parsedate_to_datetime

import pytest

from .support import customers, path_of

LIST = "/v1/customers"
BULK = "/v1/customers/metadata/async"


def now_s(box):
    return datetime.fromisoformat(box.advance(0)).timestamp()


def left(reply):
    return int(reply.headers["x-rate-limit-remaining"])


def test_every_answer_tells_what_is_left(api, box):
    box.set(rate_limit={"limit": 5, "window_s": 60})
    assert [left(api.get(LIST)) for _ in range(3)] == [4, 3, 2]
    refused = api.get(LIST, limit=0)
    unknown = api.get(path_of("nobody"))
    assert [left(reply) for reply in (refused, unknown)] == [1, 0]
    assert unknown.headers["x-rate-limit-limit"] == "5"


def test_one_call_too_many_is_a_429_that_says_when_to_come_back(api, box):
    box.set(rate_limit={"limit": 2, "window_s": 60})
    began = now_s(box)
    first = api.get(LIST)
    assert int(first.headers["x-rate-limit-retry"]) <= now_s(box) + 1
    api.get(LIST)
    reply = api.get(LIST)
    assert reply.status == 429
    assert (reply.json["code"], reply.json["message"]) == (
        429,
        "Too many requests hit the API too quickly.",
    )
    assert reply.headers["x-rate-limit-type"] == "api_calls"
    assert left(reply) == 0
    assert 1 <= int(reply.headers["retry-after"]) <= 60
    assert began + 59 <= int(reply.headers["x-rate-limit-retry"]) <= now_s(box) + 61
    box.advance(int(reply.headers["retry-after"]))
    assert [api.get(LIST).status for _ in range(3)] == [200, 200, 429]


def test_refused_calls_run_nothing(api, box):
    box.set(rate_limit={"limit": 0, "window_s": 60})
    assert api.post(LIST, {"source_id": "s"}).status == 429
    assert box.customers() == []


def test_a_429_can_lack_retry_after(api, box):
    box.set(rate_limit={"limit": 0, "window_s": 60}, retry_after=False)
    reply = api.get(LIST)
    assert "retry-after" not in reply.headers
    assert "x-rate-limit-retry" in reply.headers


def test_quota_headers_can_be_missing(api, box):
    box.set(quota_headers=False, rate_limit={"limit": 1, "window_s": 60})
    for reply in (api.get(LIST), api.get(LIST)):
        assert not any(name.startswith("x-rate-limit") for name in reply.headers)
    assert reply.status == 429


def test_bulk_calls_have_a_quota_of_their_own(api, box):
    box.reset(customers(1))
    box.set(bulk_rate_limit={"limit": 1, "window_s": 60}, rate_limit={"limit": 9, "window_s": 60})
    body = {"source_ids": ["c000"], "metadata": {"a": 1}}
    assert api.post(BULK, body).status == 202
    reply = api.post("/v1/customers/bulk/async", [{"source_id": "c000"}])
    assert (reply.status, reply.headers["x-rate-limit-type"]) == (429, "bulk_api_calls")
    assert len(box.jobs()) == 1
    assert api.get("/v1/async-actions").status == 200
    assert left(api.get(LIST)) == 6
    box.advance(61)
    assert api.post(BULK, body).status == 202


def test_the_months_end_cannot_be_waited_for(api, box):
    box.set(monthly_left=2)
    assert [api.get(LIST).status for _ in range(3)] == [200, 200, 429]
    box.advance(100_000)
    reply = api.get(LIST)
    assert (reply.status, reply.headers["x-rate-limit-type"]) == (429, "api_calls_cycle")
    assert "retry-after" not in reply.headers
    assert box.switches()["monthly_left"] == 0


def test_nothing_is_limited_unless_told(api):
    replies = [api.get(LIST) for _ in range(3)]
    assert {reply.status for reply in replies} == {200}
    assert left(replies[0]) - left(replies[2]) == 2


def test_control_calls_are_not_counted(api, box):
    box.set(rate_limit={"limit": 2, "window_s": 60})
    api.get(LIST)
    for _ in range(5):
        box.customers()
    assert left(api.get(LIST)) == 0


def test_a_reset_gives_a_fresh_quota(api, box):
    box.set(rate_limit={"limit": 1, "window_s": 60})
    api.get(LIST)
    box.reset([])
    box.set(rate_limit={"limit": 1, "window_s": 60})
    assert api.get(LIST).status == 200


@pytest.mark.parametrize(
    "headers",
    [
        {"X-App-Token": None},
        {"X-App-Id": None},
        {"X-App-Token": "wrong"},
        {"X-App-Token": "ünicode".encode().decode("latin-1")},
        {"X-App-Id": "wrong"},
        {"X-App-Token": "", "X-App-Id": ""},
    ],
)
def test_wrong_credentials_are_a_401_and_cost_nothing(api, box, headers):
    box.set(rate_limit={"limit": 1, "window_s": 60})
    reply = api.send("GET", LIST, headers=headers)
    assert (reply.status, reply.json["key"]) == (401, "unauthorized")
    assert reply.json["code"] == 401
    assert api.get(LIST).status == 200


def test_answers_carry_the_sandboxes_date(api, box):
    later = box.advance(86_400 * 3)
    date = api.get(LIST).headers["date"]
    assert parsedate_to_datetime(date).date().isoformat() == later[:10]
