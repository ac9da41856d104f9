"""Consents: listed, given, withdrawn, never read back."""

from __future__ import annotations

import pytest

from .support import customers, path_of

CONSENTS = {
    "groups": [{"id": "cnstgr_1", "name": "All", "consents": ["cnst_mail", "cnst_sms"]}],
    "consents": [
        {"id": "cnst_mail", "name": "E-mail", "category": "email"},
        {"id": "cnst_sms", "name": "SMS"},
    ],
}


@pytest.fixture(autouse=True)
def one_customer(box):
    box.reset(customers(1), consents=CONSENTS)


def send(api, body, ref="c000"):
    return api.put(path_of(ref, "consents"), body)


def test_the_list_has_groups_and_consents(api):
    body = api.get("/v1/consents").json
    assert body.keys() == {"groups", "consents"}
    assert {k: v for k, v in body["groups"].items() if k != "data"} == {
        "object": "list",
        "data_ref": "data",
        "total": 1,
    }
    (group,) = body["groups"]["data"]
    assert (group["consents"], group["object"]) == (["cnst_mail", "cnst_sms"], "consent_group")
    mail, sms = body["consents"]["data"]
    assert mail.keys() == {
        "id",
        "name",
        "description",
        "category",
        "created_at",
        "updated_at",
        "object",
    }
    assert (mail["category"], sms["name"], sms["object"]) == ("email", "SMS", "consent")


def test_what_was_sent_adds_up(api, box):
    assert box.sent_consents("c000") == {}
    reply = send(api, {"cnst_mail": True})
    assert (reply.status, reply.body) == (204, b"")
    send(api, {"cnst_sms": True, "cnst_mail": False})
    assert box.sent_consents("cust_000") == {"cnst_mail": False, "cnst_sms": True}
    assert "consents" not in api.get(path_of("c000")).json


def test_to_unsubscribe_withdraws_all_until_one_is_given_again(api, box):
    send(api, {"cnst_mail": True})
    send(api, {"unsubscribed": True})
    assert box.sent_consents("c000") == {
        "cnst_mail": False,
        "cnst_sms": False,
        "unsubscribed": True,
    }
    send(api, {"cnst_sms": True})
    assert box.sent_consents("c000") == {"cnst_mail": False, "cnst_sms": True}


@pytest.mark.parametrize(
    "body",
    [{}, [], {"cnst_mail": "yes"}, {"cnst_mail": None}, {"cnst_unknown": True}, {"cnst_mail": 1}],
)
def test_bodies_that_make_no_sense_are_refused(api, box, body):
    reply = send(api, body)
    assert (reply.status, reply.json["key"]) == (400, "invalid_payload")
    assert box.sent_consents("c000") == {}


def test_one_wrong_value_spoils_the_whole_body(api, box):
    assert send(api, {"cnst_mail": True, "cnst_sms": "no"}).status == 400
    assert box.sent_consents("c000") == {}


def test_an_unknown_customer_is_a_404(api):
    assert send(api, {"cnst_mail": True}, "nobody").json["resource_type"] == "customer"


def test_a_project_without_consents_knows_no_such_route(api, box):
    box.set(consents=False)
    for reply in (api.get("/v1/consents"), send(api, {"cnst_mail": True})):
        assert reply.status == 404
        assert "resource_type" not in reply.json
    assert box.sent_consents("c000") == {}


def test_deleting_a_customer_forgets_what_was_sent(api, box):
    send(api, {"cnst_mail": True})
    api.delete(path_of("c000"))
    box.insert(customers(1))
    assert box.sent_consents("c000") == {}
