from __future__ import annotations

import sys

import pytest

from vfy_notebook.api.credentials import find_credentials as find
from vfy_notebook.api.keys.keyring import write_keyring
from vfy_notebook.errors import ArgumentError, CredentialsError

BOTH = {"VOUCHERIFY_APP_ID": "env-id", "VOUCHERIFY_APP_TOKEN": "env-token"}


class FakeKeyring:
    """The two calls of the keyring module that are used, and its sign of life."""

    def __init__(self, entries=(), *, priority=5, broken=False):
        self.entries = dict(entries)
        self.priority = priority
        self.broken = broken

    def get_keyring(self):
        return self

    def get_password(self, service, name):
        if self.broken:
            raise RuntimeError("locked")
        return self.entries.get((service, name))

    def set_password(self, service, name, value):
        if self.broken:
            raise RuntimeError("locked")
        self.entries[service, name] = value


@pytest.fixture
def find_credentials(monkeypatch):
    """Finds credentials where the environment has these variables and no other."""

    def find_with(*given, environ, **arguments):
        for name in ("VOUCHERIFY_APP_ID", "VOUCHERIFY_APP_TOKEN", "VOUCHERIFY_API_BASE_URL"):
            monkeypatch.delenv(name, raising=False)
        for name, value in environ.items():
            monkeypatch.setenv(name, value)
        return find(*given, **arguments)

    return find_with


def stored(credentials):
    return write_keyring(credentials.url, credentials.app_id, credentials.app_token)


@pytest.fixture
def use_keyring(monkeypatch):
    def use(keyring):
        monkeypatch.setitem(sys.modules, "keyring", keyring)

    use(FakeKeyring())
    return use


def test_arguments_win_over_variables_and_variables_over_the_keyring(use_keyring, find_credentials):
    use_keyring(
        FakeKeyring(
            {
                ("vfy-notebook", "https://api.voucherify.io"): "ring-id",
                ("vfy-notebook", "https://api.voucherify.io ring-id"): "ring-token",
            }
        )
    )
    given = find_credentials("arg-id", "arg-token", environ=BOTH)
    assert (given.app_id, given.app_token.reveal()) == ("arg-id", "arg-token")
    from_environment = find_credentials(environ=BOTH)
    assert (from_environment.app_id, from_environment.app_token.reveal()) == ("env-id", "env-token")
    from_keyring = find_credentials(environ={})
    assert (from_keyring.app_id, from_keyring.app_token.reveal()) == ("ring-id", "ring-token")


def test_what_is_stored_is_found_again(use_keyring, find_credentials):
    found = find_credentials("id", "token", region="us", environ={})
    assert stored(found)
    assert find_credentials(region="us", environ={}) == found
    with pytest.raises(CredentialsError):
        find_credentials(region="eu", environ={})


@pytest.mark.parametrize(
    "keyring",
    [FakeKeyring(broken=True), FakeKeyring(priority=0), None],
    ids=["locked", "no backend", "not installed"],
)
def test_a_keyring_that_does_not_work_is_no_keyring(use_keyring, keyring, find_credentials):
    use_keyring(keyring)
    with pytest.raises(CredentialsError):
        find_credentials(environ={})
    assert not stored(find_credentials("a", "b", environ={}))


def test_a_person_is_asked_last_and_only_for_what_is_missing(use_keyring, find_credentials):
    asked = []

    def ask(prompt):
        asked.append(prompt)
        return " typed "

    found = find_credentials(environ={"VOUCHERIFY_APP_ID": "env-id"}, ask=ask)
    assert (found.app_id, found.app_token.reveal()) == ("env-id", "typed")
    assert len(asked) == 1
    assert "hidden" in asked[0]


@pytest.mark.parametrize(
    ("environ", "variable"),
    [
        ({}, "VOUCHERIFY_APP_ID"),
        ({"VOUCHERIFY_APP_ID": "x"}, "VOUCHERIFY_APP_TOKEN"),
        ({"VOUCHERIFY_APP_ID": "", "VOUCHERIFY_APP_TOKEN": "x"}, "VOUCHERIFY_APP_ID"),
    ],
)
def test_a_missing_credential_names_the_variable_to_set(
    use_keyring, environ, variable, find_credentials
):
    with pytest.raises(CredentialsError, match=variable) as info:
        find_credentials(environ=environ)
    assert isinstance(info.value, LookupError)
    assert "vfy.demo()" in str(info.value)


@pytest.mark.parametrize(
    ("arguments", "environ", "url"),
    [
        ({}, {}, "https://api.voucherify.io"),
        ({"region": "eu"}, {}, "https://api.voucherify.io"),
        ({"region": "us"}, {}, "https://us1.api.voucherify.io"),
        ({"region": "asia"}, {}, "https://as1.api.voucherify.io"),
        ({}, {"VOUCHERIFY_API_BASE_URL": "https://x.example/"}, "https://x.example"),
        ({"region": "us"}, {"VOUCHERIFY_API_BASE_URL": "https://x.example"}, None),
        ({"url": "https://y.example", "region": "us"}, {}, "https://y.example"),
        ({"url": "https://y.example/v1"}, {}, "https://y.example"),
        ({"url": "http://127.0.0.1:8000"}, {}, "http://127.0.0.1:8000"),
        ({"url": "http://[::1]:8000"}, {}, "http://[::1]:8000"),
        ({"url": "http://localhost"}, {}, "http://localhost"),
    ],
)
def test_the_address(arguments, environ, url, find_credentials):
    found = find_credentials("a", "b", environ=environ, **arguments)
    assert found.url == (url or "https://us1.api.voucherify.io")


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ({"region": "mars"}, "'eu', 'us', 'asia'"),
        ({"url": "http://api.voucherify.io"}, "https"),
        ({"url": "http://127.0.0.1.evil.example"}, "https"),
        ({"url": "ftp://x.example"}, "https://api.voucherify.io"),
        ({"url": "api.voucherify.io"}, "https://api.voucherify.io"),
        ({"url": "https://user:secret@x.example"}, "remove"),
        ({"url": "https://x.example?token=1"}, "remove"),
    ],
)
def test_an_address_that_cannot_be_is_refused(arguments, told, find_credentials):
    with pytest.raises(ArgumentError, match=told):
        find_credentials("a", "b", environ={}, **arguments)


@pytest.mark.parametrize("token", ["with\nnewline", "ключ", "nul\0", " inner"])
def test_a_token_that_no_header_can_carry_is_refused_without_showing_it(token, find_credentials):
    with pytest.raises(CredentialsError) as info:
        find_credentials("id", token, environ={})
    assert token not in str(info.value)


def test_the_token_shows_nowhere(find_credentials):
    found = find_credentials("id", "s3cr3t-token", environ={})
    assert "s3cr3t-token" not in repr(found) + str(found)
    assert found.redact("echo s3cr3t-token") == "echo ***"
