"""The control interface: content, switches, the clock, the request log."""

from __future__ import annotations

import http.client
import json
import re
from urllib.parse import urlsplit

import pytest

from tests.processes import ENDS_S
from vfy_notebook.sandbox import SandboxError
from vfy_notebook.sandbox.data import switches

from .support import customers, path_of


def test_given_customers_are_completed(box):
    assert box.reset([{"source_id": "s"}, {"metadata": {"a": 1}, "summary": None}]) == 2
    first, second = box.customers()
    assert first["id"].startswith("cust_")
    assert first["id"] != second["id"]
    assert first["summary"]["redemptions"]["gift"] == {"redeemed_amount": 0, "amount_to_go": 0}
    assert (first["loyalty"]["campaigns"], first["referrals"]["campaigns"]) == ({}, [])
    assert first["created_at"] < second["created_at"]
    assert "metadata" not in first
    assert (second["metadata"], second["summary"], second["source_id"]) == ({"a": 1}, None, None)


def test_given_parts_of_a_summary_are_completed_and_unknown_fields_kept(box):
    box.reset([{"summary": {"orders": {"total_amount": 5, "new": 1}}, "assets": {"u": "x"}}])
    (record,) = box.customers()
    assert record["summary"]["orders"] == {
        "total_amount": 5,
        "total_count": 0,
        "average_amount": 0,
        "last_order_amount": 0,
        "new": 1,
    }
    assert record["summary"]["redemptions"]["total_failed"] == 0
    assert record["assets"] == {"u": "x"}


def test_what_the_api_returned_can_be_put_back(box, api):
    box.reset(25)
    before = box.customers()
    box.reset(before)
    assert box.customers() == before
    assert api.get("/v1/customers", order="created_at", limit=100).json["customers"] == before


@pytest.mark.parametrize(
    "wrong",
    [
        [{"id": "a"}, {"id": "a"}],
        [{"source_id": "a"}, {"source_id": "a"}],
        [{"created_at": "yesterday"}],
        [{"updated_at": 5}],
        [{"name": 5}],
        [{"id": ""}],
        [{"id": 5}],
        ["text"],
        -1,
        -1.5,
        "many",
        {"id": "a"},
    ],
)
def test_customers_that_are_none_are_refused_and_the_sandbox_lives_on(box, wrong):
    with pytest.raises(SandboxError, match="reset: "):
        box._tell("reset", customers=wrong)
    box.reset(customers(1))
    assert len(box.customers()) == 1


@pytest.mark.parametrize(
    "content",
    [
        {"segments": [{"filter": {"a": 1}}]},
        {"segments": [{"type": "round"}]},
        {"segments": ["text"]},
        {"metadata_schema": {"properties": {"a": {"type": "colour"}}}},
        {"metadata_schema": {"properties": {"a": 1}}},
        {"consents": {"consents": [1]}},
        {"unknown": 1},
    ],
)
def test_content_that_is_none_is_refused_and_the_sandbox_lives_on(box, content):
    with pytest.raises(SandboxError, match="reset: "):
        box._tell("reset", customers=[], **content)
    box.reset([])
    assert box.customers() == []


def test_without_content_the_sample_comes_back(box, api):
    assert box.reset() == 2357
    assert api.get("/v1/customers").json["total"] == 2357
    assert api.get("/v1/segments").json["total"] > 5
    assert api.get("/v1/consents").json["consents"]["total"] > 1
    assert "tier" in api.get("/v1/metadata-schemas/customer").json["properties"]


def test_given_customers_come_without_the_samples_segments(box, api):
    box.reset([])
    assert api.get("/v1/segments").json["total"] == 0
    assert api.get("/v1/consents").json["groups"]["total"] == 0
    assert api.get("/v1/metadata-schemas/customer").json["properties"] == {}


def test_a_reset_puts_everything_back(box, api):
    box.reset(customers(1))
    box.set(cursor="inclusive", monthly_left=7)
    later = box.advance(10_000)
    api.post("/v1/exports", {"exported_object": "customer"})
    api.post("/v1/customers/bulk/async", [{"source_id": "s"}])
    box.reset([])
    assert box.switches() == switches.Switches().positions()
    assert (box.requests(), box.jobs(), box.exports(), box.customers()) == ([], [], [], [])
    assert box.advance(0) < later


def test_changes_behind_the_clients_back(box, api):
    box.reset(customers(2))
    box.insert([{"id": "more"}, {"source_id": "and more"}])
    box.remove(["c000"])
    box.touch("c001", name="touched", metadata={"a": 1})
    box.touch("more", updated_at="2030-01-01T00:00:00.000Z")
    assert box.customer("c000") is None
    touched = box.customer("cust_001")
    assert (touched["name"], touched["metadata"]) == ("touched", {"a": 1})
    assert touched["updated_at"] > touched["created_at"]
    assert box.customer("more")["updated_at"] == "2030-01-01T00:00:00.000Z"
    assert api.get("/v1/customers").json["total"] == 3
    assert api.get(path_of("and more")).status == 200
    assert box.requests()[-1]["path"] == "/v1/customers/and%20more"


@pytest.mark.parametrize(
    "change",
    [
        lambda box: box.remove(["nobody"]),
        lambda box: box.touch("nobody", name="x"),
        lambda box: box.touch("c000", name=5),
        lambda box: box.touch("c000", source_id="c001"),
        lambda box: box.insert([{"source_id": "c001"}]),
        lambda box: box.insert([{"source_id": "half a pair \ud800"}]),
        lambda box: box.customer("\ud800"),
        lambda box: box.advance(-1),
        lambda box: box.advance(float("1e300")),
        lambda box: box.advance("soon"),
        lambda box: box.advance(4e10),
        lambda box: box.script("x"),
        lambda box: box._tell("customer"),
        lambda box: box._tell("explode"),
        lambda box: box._tell("change", remove=[5]),
    ],
)
def test_what_cannot_be_done_is_refused_and_changes_nothing(box, change):
    box.reset(customers(2))
    before = box.customers()
    with pytest.raises(SandboxError):
        change(box)
    assert box.customers() == before


def test_the_clock_goes_forward(box):
    first = box.advance(0)
    assert box.advance(0.001) > first
    assert box.advance(3600)[:13] != first[:13]


# ---- switches -------------------------------------------------------------------------


def test_switches_are_turned_all_or_none(box):
    assert box.set(cursor="inclusive")["cursor"] == "inclusive"
    with pytest.raises(SandboxError, match="'put_metadata' takes 'merge' or 'replace'"):
        box.set(cursor="exclusive", put_metadata="both")
    with pytest.raises(SandboxError, match="there is no switch 'courser'"):
        box.set(cursor="exclusive", courser="inclusive")
    assert box.switches()["cursor"] == "inclusive"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("has_more", 1),
        ("has_more", "yes"),
        ("job_polls", -1),
        ("job_polls", "always"),
        ("job_polls", True),
        ("jobs_per_poll", 0),
        ("job_failures", ["a"]),
        ("job_failures", {"a": 1}),
        ("max_bulk_records", 1.5),
        ("rate_limit", 100),
        ("rate_limit", {"limit": 1}),
        ("rate_limit", {"limit": 1, "window_s": 0}),
        ("rate_limit", {"limit": True, "window_s": 1}),
        ("rate_limit", {"limit": 1, "window_s": True}),
        ("monthly_left", "none"),
        ("cursor", None),
        ("cursor", ["inclusive"]),
    ],
)
def test_values_a_switch_does_not_take_are_refused(box, name, value):
    before = box.switches()
    with pytest.raises(SandboxError, match=f"switch '{name}' takes "):
        box.set(**{name: value})
    assert box.switches() == before


def test_the_table_documents_every_switch_and_its_default():
    rows = re.findall(r"^(\w+) +``(.+?)``", switches.__doc__, flags=re.MULTILINE)
    documented = {name: default.strip('"') for name, default in rows}
    assert documented == {
        name: str(value) for name, value in switches.Switches().positions().items()
    }


# ---- the request log --------------------------------------------------------------------


def test_the_log_tells_what_was_asked_and_answered(api, box):
    api.call("POST", "/v1/customers?a=1&b=&a=2", {"name": "Ł"})
    api.get(path_of("a/b"))
    api.send("POST", "/v1/customers", body=b"{half", headers={"X-App-Token": "wrong"})
    created, looked, wrong = box.requests()
    assert {k: created[k] for k in ("method", "path", "query", "json", "status")} == {
        "method": "POST",
        "path": "/v1/customers",
        "query": {"a": "2", "b": ""},
        "json": {"name": "Ł"},
        "status": 200,
    }
    assert created["body_size"] == len(json.dumps({"name": "Ł"}))
    assert (looked["path"], looked["json"], looked["status"]) == (
        "/v1/customers/a%2Fb",
        None,
        404,
    )
    assert (wrong["json"], wrong["status"]) == (None, 401)


def test_the_log_never_holds_the_token(api, box):
    api.get("/v1/customers")
    api.send("GET", "/v1/customers", headers={"X-App-Token": "my other secret"})
    api.send("GET", "/v1/customers", headers={"X-App-Token": None})
    tokens = [entry["headers"].get("x-app-token") for entry in box.requests()]
    assert tokens == ["right", "wrong", None]
    shown = json.dumps(box.requests())
    assert box.app_token not in shown
    assert "my other secret" not in shown


def test_the_log_can_be_forgotten(api, box):
    api.get("/v1/customers")
    box.forget_requests()
    assert box.requests() == []
    api.get("/v1/customers")
    assert len(box.requests()) == 1


# ---- who may ask ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("headers", "why"),
    [
        ({"Host": "attacker.example"}, "attacker.example"),
        ({"Origin": "https://evil.example"}, "evil.example"),
        ({"Origin": "null"}, "null"),
        ({"Origin": "http://127.0.0.1:1"}, "127.0.0.1:1"),
        ({"Sec-Fetch-Site": "cross-site"}, "other sites"),
        ({"Sec-Fetch-Site": "same-site"}, "other sites"),
        ({"X-App-Token": ""}, "x-app-token"),
        ({"X-App-Token": "wrong"}, "x-app-token"),
    ],
)
@pytest.mark.parametrize("verb", ["reset", "requests"])
def test_only_who_has_the_token_and_is_no_foreign_page_governs_the_sandbox(box, headers, why, verb):
    where = urlsplit(box.url)
    connection = http.client.HTTPConnection(where.hostname, where.port, timeout=ENDS_S)
    connection.request("POST", f"/_sandbox/{verb}", "{}", {"X-App-Token": box.app_token} | headers)
    answer = connection.getresponse()
    told = json.loads(answer.read())["error"]
    connection.close()
    assert (answer.status, why in told, box.app_token in told) == (403, True, False)


def test_control_calls_do_not_show_in_the_log(api, box):
    box.customers()
    assert box.requests() == []
