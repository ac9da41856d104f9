"""Addresses: the API's own, as it is given, and those of others as a message shows them.

Regions and the variable's name are the vendor's own:
https://docs.voucherify.io/api-reference/introduction
"""

from __future__ import annotations

import ipaddress
import os
import socket
from urllib.parse import SplitResult, urlsplit

from vfy_notebook.api.keys.download_hosts import is_host
from vfy_notebook.errors import ArgumentError
from vfy_notebook.shown_text import shown_text

BASE_URL_VARIABLE = "VOUCHERIFY_API_BASE_URL"

REGION_URLS: dict[str, str] = {
    "eu": "https://api.voucherify.io",
    "us": "https://us1.api.voucherify.io",
    "asia": "https://as1.api.voucherify.io",
}


def check_download_host(download_host: object) -> None:
    """Refuse a host for downloads that is none.

    Raises:
        ArgumentError: It is no `host` or `host:port`.
    """
    if download_host is None or (isinstance(download_host, str) and is_host(download_host)):
        return
    message = (
        f"download_host={download_host!r} is no host: give it as 'download.example.com' or "
        "'download.example.com:8443', without scheme and path. It gets the keys over https only."
    )
    raise ArgumentError(message)


def api_address(url: str | None, region: str | None) -> str:
    """The API's address: given, of a region, of the environment, or Europe's.

    Raises:
        ArgumentError: The address or region is not valid.
    """
    if region is not None and region not in REGION_URLS:
        allowed = ", ".join(repr(name) for name in REGION_URLS)
        message = f"Unknown region {region!r}: give one of {allowed}, or url=."
        raise ArgumentError(message)
    if url is None:
        url = REGION_URLS[region] if region else os.environ.get(BASE_URL_VARIABLE)
    url = str(url or REGION_URLS["eu"]).strip().rstrip("/").removesuffix("/v1")
    parts = _parts_of_address(url)
    host = _host_in_ascii(parts.hostname or "")
    if parts.scheme == "http" and not is_loopback(host):
        message = f"Plain http to {host} would show the secret key to the network: use https."
        raise ArgumentError(message)
    return _address_with(parts, host)


def _parts_of_address(url: str) -> SplitResult:
    """The parts of an address that has a scheme, host and path only."""
    # First what may hold a password, of which no message shows anything.
    if "@" in url or "?" in url or "#" in url or "\\" in url:
        message = "The API's address may have a scheme, host and path only: remove anything else."
        raise ArgumentError(message)
    try:
        parts = urlsplit(url)
        is_address = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
    except ValueError:  # brackets or a port that are none
        is_address = False
    # `urlsplit` drops line ends and tabs silently.
    is_clear = not any(letter.isspace() or not letter.isprintable() for letter in url)
    if not (is_address and is_clear):
        # What has no dot may be a key in the wrong place.
        shown = repr(shown_text(url, 100)) if "." in url or ":" in url else "That"
        message = f"{shown} is not the address of an API, such as https://api.voucherify.io."
        raise ArgumentError(message)
    return parts


def _address_with(parts: SplitResult, host: str) -> str:
    port = "" if parts.port is None else f":{parts.port}"
    return f"{parts.scheme}://{f'[{host}]' if ':' in host else host}{port}{parts.path}"


def _host_in_ascii(host: str) -> str:
    """A host as it is looked up: letters of other scripts, which may look like ours, in punycode.

    Raises:
        ArgumentError: No host can be called so.
    """
    try:
        return host if host.isascii() else host.encode("idna").decode("ascii")
    except UnicodeError:
        message = f"{shown_text(host, 100)!r} is no name of a host."
        raise ArgumentError(message) from None


def shown_address(url: str, longest: int = 300) -> str:
    r"""An address for a message: no login, no query, hosts of other scripts in punycode.

    >>> shown_address("https://me:pw@api.voucherif\u0443.io/v1/\x1b[2J?token=1")
    'https://api.xn--voucherif-o4h.io/v1/\\x1b[2J'
    """
    try:
        parts = urlsplit(url)
        shown = _address_with(parts, _host_in_ascii(parts.hostname or ""))
    except ValueError:  # an ArgumentError is one, too
        shown = url.partition("?")[0].rpartition("@")[2]
    return shown_text(shown, longest)


def is_loopback(host: str) -> bool:
    """Whether the host is this machine itself."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def may_be_loopback(host: str) -> bool:
    """Whether the host may lead to this machine, however it is written.

    >>> [may_be_loopback(host) for host in ("127.1", "2130706433", "a.localhost.", "::ffff:7f00:1")]
    [True, True, True, True]
    >>> may_be_loopback("api.voucherify.io")
    False
    """
    name = host.rstrip(".").lower()
    if name == "localhost" or name.endswith((".localhost", ".localdomain")):
        return True
    try:
        address = ipaddress.ip_address(name)
    except ValueError:
        try:  # forms that only the system's own functions still understand
            address = ipaddress.ip_address(socket.inet_aton(name))
        except (OSError, UnicodeError, ValueError):
            return False
    address = getattr(address, "ipv4_mapped", None) or address
    return address.is_loopback or address.is_unspecified


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
