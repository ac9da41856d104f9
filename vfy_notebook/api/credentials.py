"""Finds the credentials and the API's address: arguments, environment, keyring, then a prompt.

Regions and variable names are the vendor's own:
https://docs.voucherify.io/api-reference/introduction
"""

from __future__ import annotations

import getpass
import importlib
import ipaddress
import os
import re
import sys
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from vfy_notebook.api.download_keys import is_host
from vfy_notebook.api.staying import StaysInProcess
from vfy_notebook.errors import ArgumentError, CredentialsError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

APP_ID_VARIABLE = "VOUCHERIFY_APP_ID"
APP_TOKEN_VARIABLE = "VOUCHERIFY_APP_TOKEN"  # noqa: S105 - the variable's name, not a token
BASE_URL_VARIABLE = "VOUCHERIFY_API_BASE_URL"

#: Service name under which both credentials lie in the system's keyring.
KEYRING_SERVICE = "vfy-notebook"

REGION_URLS: dict[str, str] = {
    "eu": "https://api.voucherify.io",
    "us": "https://us1.api.voucherify.io",
    "asia": "https://as1.api.voucherify.io",
}


#: Visible ASCII signs but quotation marks, which come along from code and configuration files.
_KEY = re.compile(r"[!#-&(-_a-~]+")


@dataclass(frozen=True)
class Credentials(StaysInProcess):
    """A project's address and keys. `repr()` does not show the token, and no pickle has it.

    `download_host` is a further host that gets the keys, for the files of exports.
    """

    app_id: str
    app_token: str = field(repr=False)
    url: str
    download_host: str | None = None

    def headers(self) -> dict[str, str]:
        """The two headers that authenticate a request."""
        return {"X-App-Id": self.app_id, "X-App-Token": self.app_token}

    def redact(self, text: str) -> str:
        """The text without the token; a server may have echoed it."""
        return text.replace(self.app_token, "***") if self.app_token else text


def find_credentials(
    app_id: str | None = None,
    app_token: str | None = None,
    *,
    url: str | None = None,
    region: str | None = None,
    download_host: str | None = None,
    environ: Mapping[str, str] | None = None,
    ask: Callable[[str], str] | None = None,
) -> Credentials:
    """Find the credentials: arguments, then variables, then keyring, then a hidden prompt.

    Args:
        app_id: The application ID; None uses the other sources.
        app_token: The secret key; None uses the other sources.
        url: The API's address; it takes precedence over `region`.
        region: `"eu"`, `"us"` or `"asia"`.
        download_host: Another host that gets the keys, for downloads.
        environ: The environment; None is the process's own.
        ask: Asks the user without echo; None asks only in an interactive session.

    Raises:
        CredentialsError: A credential is missing; the message names the variable to set.
        ArgumentError: The address or region is not valid.
    """
    environ = os.environ if environ is None else environ
    address = _address(url, region, environ)
    _check_download_host(download_host)
    app_id = app_id or environ.get(APP_ID_VARIABLE) or None
    app_token = app_token or environ.get(APP_TOKEN_VARIABLE) or None
    if app_id is None or app_token is None:
        stored_id, stored_token = read_keyring(address, app_id)
        app_id, app_token = app_id or stored_id, app_token or stored_token
    ask = ask or _person_to_ask()
    if ask is not None:
        app_id = app_id or ask("Voucherify application ID: ").strip()
        app_token = app_token or ask("Voucherify secret key (hidden): ").strip()
    for value, variable, what in (
        (app_id, APP_ID_VARIABLE, "application ID"),
        (app_token, APP_TOKEN_VARIABLE, "secret key"),
    ):
        if not value:
            message = (
                f"No {what}: set the environment variable {variable} "
                "(Voucherify: Project settings > Application keys), or pass it to connect(). "
                "To try without an account: vfy.demo()."
            )
            raise CredentialsError(message)
    assert app_id is not None  # noqa: S101 - the loop above has raised otherwise
    assert app_token is not None  # noqa: S101
    for value, what in ((app_id, "application ID"), (app_token, "secret key")):
        if not _KEY.fullmatch(value):
            message = (
                f"The {what} has a character that no key has: copy it again, without quotation "
                "marks, blanks or line ends around it or in it."
            )
            raise CredentialsError(message)
    return Credentials(app_id, app_token, address, download_host)


def _check_download_host(download_host: object) -> None:
    if download_host is None or (isinstance(download_host, str) and is_host(download_host)):
        return
    message = (
        f"download_host={download_host!r} is no host: give it as 'download.example.com' or "
        "'download.example.com:8443', without scheme and path. It gets the keys over https only."
    )
    raise ArgumentError(message)


def _address(url: str | None, region: str | None, environ: Mapping[str, str]) -> str:
    if region is not None and region not in REGION_URLS:
        allowed = ", ".join(repr(name) for name in REGION_URLS)
        message = f"Unknown region {region!r}: give one of {allowed}, or url=."
        raise ArgumentError(message)
    if url is None:
        url = REGION_URLS[region] if region else environ.get(BASE_URL_VARIABLE)
    url = (url or REGION_URLS["eu"]).strip().rstrip("/").removesuffix("/v1")
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        message = f"{url!r} is not the address of an API, such as https://api.voucherify.io."
        raise ArgumentError(message)
    if parts.username or parts.password or parts.query or parts.fragment:
        message = "The API's address may have a scheme, host and path only: remove anything else."
        raise ArgumentError(message)
    if parts.scheme == "http" and not is_loopback(parts.hostname):
        message = (
            f"Plain http to {parts.hostname} would show the secret key to the network: use https."
        )
        raise ArgumentError(message)
    return url


def is_loopback(host: str) -> bool:
    """Whether the host is this machine itself."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _person_to_ask() -> Callable[[str], str] | None:
    """`getpass` where somebody can answer it: a terminal, or a kernel with a front end."""
    kernel = getattr(_ipython(), "kernel", None)
    if kernel is not None:
        return getpass.getpass if getattr(kernel, "_allow_stdin", False) else None
    return getpass.getpass if sys.stdin is not None and sys.stdin.isatty() else None


def _ipython() -> Any:
    module = sys.modules.get("IPython")
    return None if module is None else module.get_ipython()


def _keyring() -> Any:
    """The keyring module where it is installed and has a working backend, else None."""
    try:
        keyring = importlib.import_module("keyring")
        return keyring if keyring.get_keyring().priority > 0 else None
    except Exception:  # noqa: BLE001 - each backend fails in its own way; all mean "not here"
        return None


def read_keyring(url: str, app_id: str | None = None) -> tuple[str | None, str | None]:
    """Application ID and token stored for an address; None for what is not there."""
    keyring = _keyring()
    if keyring is None:
        return None, None
    try:
        app_id = app_id or keyring.get_password(KEYRING_SERVICE, url)
        token = keyring.get_password(KEYRING_SERVICE, f"{url} {app_id}") if app_id else None
    except Exception:  # noqa: BLE001 - a locked or broken keyring counts as absent
        return None, None
    return app_id, token


def write_keyring(credentials: Credentials) -> bool:
    """Store the credentials; False where there is no working keyring."""
    keyring = _keyring()
    if keyring is None:
        return False
    try:
        keyring.set_password(KEYRING_SERVICE, credentials.url, credentials.app_id)
        keyring.set_password(
            KEYRING_SERVICE, f"{credentials.url} {credentials.app_id}", credentials.app_token
        )
    except Exception:  # noqa: BLE001 - as above
        return False
    return True


def same_address(url: str) -> str:
    """One spelling for all spellings of an address.

    >>> same_address("HTTPS://API.Voucherify.io:443/"), same_address("https://api.voucherify.io")
    ('https://api.voucherify.io', 'https://api.voucherify.io')
    """
    parts = urlsplit(url.strip())
    host = (parts.hostname or "").rstrip(".")
    host = f"[{host}]" if ":" in host else host
    usual = {"http": 80, "https": 443}.get(parts.scheme)
    port = "" if parts.port in (None, usual) else f":{parts.port}"
    return f"{parts.scheme}://{host}{port}{parts.path.rstrip('/')}"
