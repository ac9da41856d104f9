"""The connect form without widgets: what it knows and does."""

from __future__ import annotations

import pytest

from vfy_notebook.api.keys.secret import Secret
from vfy_notebook.errors import ArgumentError
from vfy_notebook.forms.connecting import DEMO, OTHER, ConnectState, Offer
from vfy_notebook.forms.state import Tone


@pytest.fixture
def orders():
    return []


@pytest.fixture
def stored():
    return []


@pytest.fixture
def state(make_project, sandbox, orders, stored):
    def connect(order):
        orders.append(order)
        return make_project(app_token=order.app_token, url=order.url or sandbox.url)

    def remember(project):
        stored.append(project)
        return len(stored) == 1

    state = ConnectState(connect, remember)
    state.app_id = "sandbox"
    return state


def test_what_is_missing_is_said(state):
    state.app_id = " "
    state.region = OTHER
    assert state.order() is None
    assert state.message.text == ("Still missing: the application ID, the secret key, the address.")


def test_right_credentials_connect_and_are_tried_with_one_call(state, sandbox, orders):
    state.take_token(Secret(sandbox.app_token))
    state.connect(state.order(), False)
    assert state.message.tone is Tone.GOOD
    assert "the credentials work" in state.message.text
    assert state.connected().calls.total == 1
    assert orders[0].region == "eu"
    assert orders[0].url is None
    assert state.order() is None  # connected: a second click does nothing


def test_wrong_credentials_are_a_sentence_and_leave_no_project(state):
    state.take_token(Secret("wrong"))
    state.connect(state.order(), False)
    assert state.message.tone is Tone.BAD
    assert "Check the application ID, the secret key and the region" in state.message.text
    with pytest.raises(ArgumentError, match="not connected yet"):
        state.connected()


def test_the_token_is_given_once_and_shows_nowhere(state, sandbox):
    state.take_token(Secret(sandbox.app_token))
    assert state.token_length == len(sandbox.app_token)
    order = state.order()
    assert state.token_length == 0
    assert sandbox.app_token not in repr(order)
    assert sandbox.app_token not in repr(vars(state))
    state.connect(order, False)
    assert sandbox.app_token not in state.message.text


def test_another_address_is_used_as_it_is(state, sandbox, orders):
    state.take_token(Secret(sandbox.app_token))
    state.region = OTHER
    state.url = f" {sandbox.url} "
    state.connect(state.order(), False)
    assert orders[0].url == sandbox.url
    assert orders[0].region is None
    assert state.project is not None


def test_credentials_are_stored_only_when_asked_for_and_only_if_they_work(state, sandbox, stored):
    state.remember = True
    state.take_token(Secret("wrong"))
    state.connect(state.order(), False)
    assert stored == []
    state.take_token(Secret(sandbox.app_token))
    state.connect(state.order(), False)
    assert stored == [state.project]
    assert "in this system's keyring" in state.message.text


def test_a_missing_keyring_is_said(state, sandbox, stored):
    stored.append("earlier")
    state.remember = True
    state.take_token(Secret(sandbox.app_token))
    state.connect(state.order(), False)
    assert "Nothing was stored: there is no working keyring" in state.message.text
    assert state.project is not None


def test_where_the_demo_offers_its_sandbox_no_keys_are_asked_for(sandbox, make_project):
    ordered = []

    def connect(order):
        ordered.append(order)
        return make_project(url=order.url)

    state = ConnectState(connect, lambda _: False, Offer(DEMO, sandbox.url))
    assert state.region == DEMO
    assert sandbox.url in state.regions[DEMO]
    assert state.missing == ""
    state.connect(state.order(), False)
    assert "the credentials work" in state.message.text
    assert (ordered[0].app_id, ordered[0].app_token, ordered[0].url) == (None, None, sandbox.url)


def test_elsewhere_the_sandbox_is_not_among_the_regions(state):
    assert DEMO not in state.regions
