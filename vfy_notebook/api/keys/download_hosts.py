"""To which addresses the two keys go.

The vendor wants them for the download of an export too, whose host is the API's with the label
`api` replaced by `download`. An address comes from an answer, which nobody vouches for: a host
gets the keys only where it follows from the address that the user has given.

https://docs.voucherify.io/guides/csv-export
"""

from __future__ import annotations

import re
from typing import NamedTuple

_API_LABEL = "api"
_DOWNLOAD_LABEL = "download"

#: Labels that must follow `api`: were it the domain itself, its sibling would be someone else's.
_LABELS_OF_A_DOMAIN = 2

_DEFAULT_PORTS = {"http": 80, "https": 443}

#: An address as strict as all who read it understand it alike: no user, no backslash, no space.
_ADDRESS = re.compile(
    r"(https?)://([a-z0-9](?:[a-z0-9.-]*[a-z0-9])?|\[[0-9a-f:.]+\])(?::([0-9]{1,5}))?(?:[/?#].*)?",
    re.IGNORECASE | re.ASCII,
)
_HOST = re.compile(r"[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?(?::[0-9]{1,5})?", re.IGNORECASE | re.ASCII)


class _Origin(NamedTuple):
    scheme: str
    host: str
    port: int


def gets_keys(url: str, *, api_url: str, download_host: str | None = None) -> bool:
    """Whether a request for `url` carries the keys.

    Args:
        url: Where the request goes.
        api_url: The API's address, which the user has given.
        download_host: The host of downloads, `host` or `host:port`, if the user has given one.

    >>> eu = "https://api.voucherify.io"
    >>> gets_keys("https://download.voucherify.io/v1/exports/exp_1?token=t", api_url=eu)
    True
    >>> gets_keys("https://us1.download.voucherify.io/v1/exports/exp_1?token=t", api_url=eu)
    False
    """
    target, api = _origin(url), _origin(api_url)
    if target is None or api is None:
        return False
    allowed = {api}
    if api.scheme == "https" and (sibling := _sibling(api.host)) is not None:
        allowed.add(api._replace(host=sibling))
    if download_host is not None and (named := _origin(f"https://{download_host}")) is not None:
        allowed.add(named)
    return target in allowed


def is_api(url: str, *, api_url: str) -> bool:
    """Whether an address is the API's own: the same scheme, host and port."""
    origin = _origin(url)
    return origin is not None and origin == _origin(api_url)


def is_host(text: str) -> bool:
    """Whether a text is `host` or `host:port`.

    >>> is_host("files.example.com:8443"), is_host("https://files.example.com/")
    (True, False)
    """
    return _HOST.fullmatch(text) is not None and _origin(f"https://{text}") is not None


def _origin(url: str) -> _Origin | None:
    """Scheme, host and port; None for an address that readers may take for different ones."""
    found = _ADDRESS.fullmatch(url)
    if found is None:
        return None
    scheme, host = found[1].lower(), found[2].lower()
    port = int(found[3] or _DEFAULT_PORTS[scheme])
    return _Origin(scheme, host, port) if 0 < port < 1 << 16 and ".." not in host else None


def _sibling(host: str) -> str | None:
    """The host with `download` in place of its label `api`, where it has one such label."""
    labels = host.split(".")
    at = [i for i, label in enumerate(labels) if label == _API_LABEL]
    if len(at) != 1 or len(labels) - at[0] - 1 < _LABELS_OF_A_DOMAIN:
        return None
    return ".".join([*labels[: at[0]], _DOWNLOAD_LABEL, *labels[at[0] + 1 :]])
