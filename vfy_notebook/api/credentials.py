"""Finds the credentials and the API's address: arguments, environment, keyring, then a prompt.

The variables' names are the vendor's own:
https://docs.voucherify.io/api-reference/introduction
"""

from __future__ import annotations

import getpass
import os
import re
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from vfy_notebook.api.keys.addresses import api_address, check_download_host
from vfy_notebook.api.keys.keyring import read_keyring
from vfy_notebook.api.keys.secret import Secret
from vfy_notebook.api.staying import StaysInProcess
from vfy_notebook.errors import CredentialsError

if TYPE_CHECKING:
    from collections.abc import Callable

APP_ID_VARIABLE = "VOUCHERIFY_APP_ID"
APP_TOKEN_VARIABLE = "VOUCHERIFY_APP_TOKEN"  # noqa: S105 - the variable's name, not a token

#: Visible ASCII signs but quotation marks, which come along from code and configuration files.
_KEY = re.compile(r"[!#-&(-_a-~]+")


@dataclass(frozen=True, init=False)
class Credentials(StaysInProcess):
    """A project's address and keys. The secret key shows nowhere, and is not pickled.

    `download_host` is a further host that gets the keys, for the files of exports.

    Raises:
        CredentialsError: A key is empty or has a character that no key has.
    """

    app_id: str
    app_token: Secret
    url: str
    download_host: str | None

    def __init__(
        self, app_id: str, app_token: str | Secret, url: str, download_host: str | None = None
    ) -> None:
        app_token = Secret.of(app_token)
        # First of all, so that a refused one can be shown in a traceback.
        for name, value in (
            ("app_id", app_id),
            ("app_token", app_token),
            ("url", url),
            ("download_host", download_host),
        ):
            object.__setattr__(self, name, value)
        if _KEY.fullmatch(app_id) is None:
            raise _not_a_key("application ID")
        if _KEY.fullmatch(app_token.reveal()) is None:
            raise _not_a_key("secret key")

    def header_lines(self) -> bytes:
        """The two headers that authenticate a request, as they stand on the wire.

        For the moment in which a request is written to the socket: see `transport/sealing.py`.
        """
        return (f"X-App-Id: {self.app_id}\r\nX-App-Token: {self.app_token.reveal()}\r\n").encode(
            "ascii"
        )

    def redact(self, text: str) -> str:
        """The text without the secret key; a server may have echoed it."""
        return self.app_token.hidden_in(text)


def find_credentials(
    app_id: str | None = None,
    app_token: str | Secret | None = None,
    *,
    url: str | None = None,
    region: str | None = None,
    download_host: str | None = None,
    ask: Callable[[str], str] | None = None,
) -> Credentials:
    """Find the credentials: arguments, then variables, then keyring, then a hidden prompt.

    Args:
        app_id: The application ID; None uses the other sources.
        app_token: The secret key; None uses the other sources.
        url: The API's address; it takes precedence over `region`.
        region: `"eu"`, `"us"` or `"asia"`.
        download_host: Another host that gets the keys, for downloads.
        ask: Asks the user without echo; None asks only in an interactive session.

    Raises:
        CredentialsError: A credential is missing; the message names the variable to set.
        ArgumentError: The address or region is not valid.
    """
    app_token = Secret.of(app_token) if app_token else None
    address = api_address(url, region)
    check_download_host(download_host)
    app_id = str(app_id) if app_id else os.environ.get(APP_ID_VARIABLE) or None
    app_token = app_token or _token_variable()
    if app_id is None or app_token is None:
        stored_id, stored_token = read_keyring(address, app_id)
        app_id, app_token = app_id or stored_id, app_token or stored_token
    ask = ask or _person_to_ask()
    if ask is not None:
        app_id = app_id or ask("Voucherify application ID: ").strip()
        app_token = app_token or Secret(ask("Voucherify secret key (hidden): ").strip())
    if not app_id:
        raise _missing(APP_ID_VARIABLE, "application ID")
    if not app_token:
        raise _missing(APP_TOKEN_VARIABLE, "secret key")
    return Credentials(app_id, app_token, address, download_host)


def _token_variable() -> Secret | None:
    """The secret key as the environment has it; no name here is bound to it."""
    return Secret(os.environ[APP_TOKEN_VARIABLE]) if os.environ.get(APP_TOKEN_VARIABLE) else None


def _missing(variable: str, what: str) -> CredentialsError:
    return CredentialsError(
        f"No {what}: set the environment variable {variable} "
        "(Voucherify: Project settings > Application keys), or pass it to connect(). "
        "To try without an account: vfy.demo()."
    )


def _not_a_key(what: str) -> CredentialsError:
    return CredentialsError(
        f"The {what} has a character that no key has: copy it again, without quotation "
        "marks, blanks or line ends around it or in it."
    )


def _person_to_ask() -> Callable[[str], str] | None:
    """`getpass` where somebody can answer it: a terminal, or a kernel with a front end."""
    kernel = getattr(_ipython(), "kernel", None)
    if kernel is not None:
        return getpass.getpass if getattr(kernel, "_allow_stdin", False) else None
    return getpass.getpass if sys.stdin is not None and sys.stdin.isatty() else None


def _ipython() -> Any:
    module = sys.modules.get("IPython")
    return None if module is None else module.get_ipython()
