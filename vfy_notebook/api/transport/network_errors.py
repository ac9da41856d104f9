"""Why there was no answer, in words that name what is to be done.

The kinds come from the exceptions' types and codes. Nothing of `requests`, no name of a class and
no password of a proxy is in a message.
"""

from __future__ import annotations

import re
import socket
import ssl
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import requests
import urllib3

from vfy_notebook.api.transport.request import Failed, Resend
from vfy_notebook.errors import ConnectError, ResponseError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from vfy_notebook.api.transport.request import Request

#: What can go wrong on the way, as `requests` and the libraries below it tell it.
NETWORK_ERRORS = (requests.RequestException, urllib3.exceptions.HTTPError, OSError)

_README = "README: Behind a company's proxy"

#: OpenSSL's reasons for not trusting a certificate: its `X509_V_ERR_…` numbers.
_NOT_YET_VALID, _EXPIRED, _OTHER_HOST = 9, 10, 62

#: http.client has no other way to tell what a proxy has answered.
_TUNNEL_REFUSED = re.compile(r"Tunnel connection failed: (\d{3})")


@dataclass(frozen=True)
class Attempt:
    """An exchange that has failed.

    Attributes:
        request: What was asked.
        url: Whom; after redirects another one than the request says.
        proxy: The proxy on the way; None if there is none.
        never_sent: Whether it failed before a byte of the request could go out.
    """

    request: Request
    url: str
    proxy: str | None
    never_sent: bool

    @property
    def host(self) -> str:
        """Whom, without what only the two know."""
        return _host_of(self.url)

    @property
    def proxy_host(self) -> str:
        """The proxy without its login."""
        return _host_of(self.proxy or "")


def failure(error: Exception, attempt: Attempt) -> Failed:
    """What a failure on the way means, and whether to try again."""
    causes = list(_causes(error))
    for explain in _EXPLANATIONS:
        failed = explain(causes, attempt)
        if failed is not None:
            return failed
    return _broken(causes, attempt)


def _causes(error: BaseException) -> Iterator[BaseException]:
    """An exception and all that it was made of, outermost first."""
    pending: list[object] = [error]
    seen: set[int] = set()
    while pending:
        each = pending.pop(0)
        if isinstance(each, BaseException) and id(each) not in seen:
            seen.add(id(each))
            yield each
            pending += [*each.args, getattr(each, "reason", None), each.__cause__]
            pending.append(each.__context__)


def _first(causes: list[BaseException], kind: type[BaseException]) -> BaseException | None:
    return next((each for each in causes if isinstance(each, kind)), None)


def _unsent(message: str, *, again: bool = False) -> Failed:
    return Failed(ConnectError(f"{message} Nothing was sent."), again=again, sent=False)


# -- each kind of failure --------------------------------------------------------------------------


def _socks(causes: list[BaseException], attempt: Attempt) -> Failed | None:
    proxy = attempt.proxy or ""
    if not (_first(causes, requests.exceptions.InvalidSchema) and proxy.startswith("socks")):
        return None
    return _unsent(
        f"The proxy {attempt.proxy_host} speaks SOCKS, for which a package is missing: "
        "pip install 'requests[socks]'."
    )


def _not_sendable(causes: list[BaseException], attempt: Attempt) -> Failed | None:
    """Faults of the request itself, which no second try mends."""
    if _first(causes, requests.exceptions.InvalidProxyURL):
        return _unsent(
            "HTTPS_PROXY, HTTP_PROXY or ALL_PROXY holds no address of a proxy, such as "
            f"http://proxy.example:8080: correct it ({_README})."
        )
    # urllib3's own is about the answer's headers, such as two lengths: that request was sent.
    of_the_answer = _first(causes, urllib3.exceptions.InvalidHeader)
    if _first(causes, requests.exceptions.InvalidHeader) and not of_the_answer:
        return _unsent("The application ID or the secret key holds a character that no key has.")
    kinds = (
        requests.exceptions.InvalidURL,
        requests.exceptions.InvalidSchema,
        requests.exceptions.MissingSchema,
        urllib3.exceptions.LocationValueError,
    )
    if any(isinstance(each, kinds) for each in causes):
        if attempt.request.path.startswith("http"):
            return _unsent(
                f"The API's answer names an address that is none ({attempt.request.operation}): "
                "try again, and tell Voucherify's support if it stays so."
            )
        return _unsent(
            f"{attempt.host or 'An empty text'} is no address that can be reached "
            f"({attempt.request.operation}): check the address given to connect()."
        )
    return None


def _refused_by_proxy(causes: list[BaseException], attempt: Attempt) -> Failed | None:
    """The proxy was asked to let us through and has said no."""
    told = next(filter(None, (_TUNNEL_REFUSED.match(str(each)) for each in causes)), None)
    if told is None:
        return None
    status = int(told[1])
    proxy = attempt.proxy_host
    if status == 407:
        return _unsent(
            f"The proxy {proxy} wants a login (407): put it into the variable, as in "
            f"HTTPS_PROXY=http://user:password@{proxy} ({_README})."
        )
    busy = status >= 500 or status in {408, 425, 429}
    advice = "Try again later." if busy else f"Ask who runs the proxy ({_README})."
    return _unsent(
        f"The proxy {proxy} does not let us through to {attempt.host} ({status}). {advice}",
        again=busy,
    )


def _no_certificate(causes: list[BaseException], attempt: Attempt) -> Failed | None:
    found = _first(causes, ssl.SSLCertVerificationError)
    if not isinstance(found, ssl.SSLCertVerificationError):
        return None
    host = attempt.host
    code = getattr(found, "verify_code", None)
    if code in {_EXPIRED, _NOT_YET_VALID}:
        when = "has expired" if code == _EXPIRED else "is not valid yet"
        return _unsent(
            f"No safe connection to {host}: its certificate {when}. "
            "Check this machine's date, then ask who runs that host."
        )
    if code == _OTHER_HOST:
        return _unsent(
            f"No safe connection to {host}: its certificate is for another host. "
            f"Check the address given to connect(), and any proxy in between ({_README})."
        )
    return _unsent(
        f"No safe connection to {host}: its certificate is not trusted here. Behind a company's "
        "proxy that reads along, let REQUESTS_CA_BUNDLE name the file of the company's "
        f"certificates ({_README})."
    )


def _no_encryption(causes: list[BaseException], attempt: Attempt) -> Failed | None:
    """The handshake failed; if it was only cut off, another may succeed."""
    found = _first(causes, ssl.SSLError)
    if not (attempt.never_sent and isinstance(found, ssl.SSLError)):
        return None
    if isinstance(found, ssl.SSLEOFError | ssl.SSLZeroReturnError | ssl.SSLSyscallError):
        return None  # like any other connection that breaks
    plain = found.reason in {"WRONG_VERSION_NUMBER", "HTTP_REQUEST", "UNKNOWN_PROTOCOL"}
    if plain and attempt.proxy:
        why = f"the proxy {attempt.proxy_host} does not speak TLS: name it with http://"
    elif plain:
        why = "it does not speak TLS at this port: check the address given to connect()"
    else:
        told = str(found.reason).replace("_", " ").lower()
        why = f"no encryption could be agreed on ({told}; {_README})"
    return _unsent(f"No safe connection to {attempt.host}: {why}.")


def _not_found(causes: list[BaseException], attempt: Attempt) -> Failed | None:
    if not _first(causes, socket.gaierror):
        return None
    host = attempt.proxy_host if attempt.proxy else attempt.host
    what = f"the proxy {host}" if attempt.proxy else host
    source = (
        _README
        if attempt.proxy
        else "the API named it for a file"
        if attempt.request.path.startswith("http")
        else "the address given to connect()"
    )
    return _unsent(
        f"{what} cannot be reached: no such name is known here ({attempt.request.operation}). "
        f"Check the network, and where the name is from: {source}.",
        again=True,
    )


def _not_connected(causes: list[BaseException], attempt: Attempt) -> Failed | None:
    if not attempt.never_sent:
        return None
    refused = _first(causes, ConnectionRefusedError)
    timed_out = _timed_out(causes)
    how = (
        "the connection was refused"
        if refused
        else "there was no answer in time"
        if timed_out
        else "the connection broke off before it stood"
    )
    via_proxy = attempt.proxy is not None
    what = f"The proxy {attempt.proxy_host}" if via_proxy else attempt.host
    advice = (
        f"Check HTTPS_PROXY and the network ({_README})."
        if via_proxy
        else "Check the network and the address given to connect()."
    )
    message = f"{what} cannot be reached: {how} ({attempt.request.operation})."
    failed = ConnectError(f"{message} Nothing was sent. {advice}")
    return Failed(failed, again=True, sent=False)


def _unpackable(causes: list[BaseException], attempt: Attempt) -> Failed | None:
    if not _first(causes, urllib3.exceptions.DecodeError):
        return None
    error = ResponseError(
        f"{attempt.host} answered {attempt.request.operation} with something that cannot be "
        "unpacked: check the address given to connect(), and any proxy in between."
    )
    error.may_have_run = not attempt.request.only_reads
    return Failed(error, again=attempt.request.only_reads, unreadable=True)


def _broken(causes: list[BaseException], attempt: Attempt) -> Failed:
    """The request may have arrived, and the answer has not."""
    what = (
        "did not answer in time"
        if _timed_out(causes)
        else "broke the connection in the middle of an answer"
    )
    advice = (
        "Try again later."
        if attempt.request.only_reads
        else "Whether the request took effect is not known: look before sending it again."
    )
    failed = ConnectError(f"{attempt.host} {what} ({attempt.request.operation}). {advice}")
    failed.may_have_run = True
    return Failed(failed, again=attempt.request.resend is Resend.ALWAYS)


_EXPLANATIONS: tuple[Callable[[list[BaseException], Attempt], Failed | None], ...] = (
    _socks,
    _not_sendable,
    _refused_by_proxy,
    _no_certificate,
    _no_encryption,
    _not_found,
    _not_connected,
    _unpackable,
)


def _timed_out(causes: list[BaseException]) -> bool:
    kinds = (requests.Timeout, urllib3.exceptions.TimeoutError, TimeoutError)
    return any(isinstance(each, kinds) for each in causes)


def _host_of(url: str) -> str:
    try:
        parts = urlsplit(url if "://" in url else f"//{url}")
        port = f":{parts.port}" if parts.port is not None else ""
    except ValueError:
        return ""
    return f"{parts.hostname or ''}{port}"
