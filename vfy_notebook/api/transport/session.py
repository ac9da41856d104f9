"""One HTTP exchange, with the proxies and certificates that the environment names now."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import urlsplit

import requests
from requests.adapters import HTTPAdapter
from requests.utils import get_environ_proxies, select_proxy

from vfy_notebook.api.keys.addresses import is_loopback
from vfy_notebook.api.keys.secret import Secret
from vfy_notebook.api.transport.connection import (
    CONNECT_TIMEOUT_S,
    READ_TIMEOUT_S,
    watch_connections,
)
from vfy_notebook.api.transport.request import Failed
from vfy_notebook.api.transport.sealing import Sealed, query_of, without_query
from vfy_notebook.errors import ConnectError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from vfy_notebook.api.credentials import Credentials
    from vfy_notebook.api.transport.connection import Watch
    from vfy_notebook.api.transport.request import Request

#: Where certificates beyond the usual ones are looked for, as `requests` and curl do.
_CA_VARIABLES = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")

_PROXY_VARIABLES = ("HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY", "NO_PROXY")

_VARIABLES = (*_CA_VARIABLES, *_PROXY_VARIABLES, *map(str.lower, _PROXY_VARIABLES))


class Route(NamedTuple):
    """How a host is reached, by the environment.

    Attributes:
        proxies: Proxies by scheme; none for this machine itself.
        ca_bundle: A file or folder of certificates to trust instead of the usual ones.
        ca_variable: The variable that names it.
    """

    proxies: dict[str, str]
    ca_bundle: str | None
    ca_variable: str | None


class Session(requests.Session):
    """A session that sends one request and receives one answer, and does nothing around it.

    `requests` looks at redirects even where it is not to follow them: it reads the whole body,
    however slowly that trickles in, and fails on an address that is none with a bare
    `ValueError`. It also looks for proxies and certificates in the environment and prepares the
    request for each page of a listing anew, where only the query differs; that takes as long as
    the exchange itself.

    Args:
        watch: Watches its connections.
        keys_for: The keys that an address gets, if any.
    """

    def __init__(self, watch: Watch, keys_for: Callable[[str], Credentials | None]) -> None:
        super().__init__()
        self.watch = watch
        self._keys_for = keys_for
        # What the environment says is read in `route`; a login in ~/.netrc is none of the API's.
        self.trust_env = False
        for scheme in ("https://", "http://"):
            self.mount(scheme, _Adapter(watch))
        #: Whom the last exchange was with; after redirects not whom the request names.
        self.asked_url: str | None = None
        self._last: tuple[str, Mapping[str, str], requests.PreparedRequest] | None = None
        self._environment: tuple[str | None, ...] = ()
        self._routes: dict[tuple[str, str], Route] = {}

    def exchange(self, request: Request, url: str, headers: Mapping[str, str]) -> requests.Response:
        """Send a request; the body of the answer is left to be read.

        Raises:
            Failed: The certificates to trust are not where the environment says.
        """
        self.asked_url = url
        prepared = self._prepared(request, url, headers)
        route = self.route(url)
        _check_ca_bundle(route, url)
        return self.get_adapter(url).send(
            prepared,
            stream=True,
            timeout=(CONNECT_TIMEOUT_S, READ_TIMEOUT_S),
            verify=route.ca_bundle or True,
            proxies=route.proxies,
        )

    def route(self, url: str) -> Route:
        """How a host is reached; a change of the environment counts at once."""
        environment = tuple(map(os.environ.get, _VARIABLES))
        if environment != self._environment:
            self._environment = environment
            self._routes.clear()
        host = urlsplit(url)[:2]
        if host not in self._routes:
            self._routes[host] = _route_to(url)
        return self._routes[host]

    def proxy_for(self, url: str) -> str | None:
        """The proxy on the way to an address; None if there is none."""
        proxy: str | None = select_proxy(url, self.route(url).proxies)
        return proxy

    def _prepared(
        self, request: Request, url: str, headers: Mapping[str, str]
    ) -> requests.PreparedRequest:
        """The request without its query and the keys, which it gets as it is sent."""
        self.watch.sealed = Sealed(Secret(query_of(url, request.params)), self._keys_for(url))
        bare = without_query(url)
        if request.method != "GET" or request.path.startswith("http"):
            return self.prepare_request(
                requests.Request(
                    request.method, bare, headers, data=request.body, files=request.files
                )
            )
        if self._last is None or self._last[:2] != (bare, headers):
            prepared = self.prepare_request(requests.Request("GET", bare, headers))
            self._last = (bare, headers, prepared)
        return self._last[2]


class _Adapter(HTTPAdapter):
    """Makes connections that are watched, straight ones and those through a proxy."""

    def __init__(self, watch: Watch) -> None:
        self._watch = watch
        super().__init__()

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs)
        watch_connections(self.poolmanager, self._watch)

    def proxy_manager_for(self, proxy: str, **kwargs: Any) -> Any:
        known = proxy in self.proxy_manager
        manager = super().proxy_manager_for(proxy, **kwargs)
        if not known:
            watch_connections(manager, self._watch)
        return manager


def _route_to(url: str) -> Route:
    # A proxy meant for the network has no business on this machine; a certificate may.
    near = is_loopback(urlsplit(url).hostname or "")
    proxies = {} if near else get_environ_proxies(url, no_proxy=None)
    variable = next((name for name in _CA_VARIABLES if os.environ.get(name)), None)
    return Route(dict(proxies), os.environ[variable] if variable else None, variable)


def _check_ca_bundle(route: Route, url: str) -> None:
    if route.ca_bundle is None or not url.startswith("https:") or Path(route.ca_bundle).exists():
        return
    message = (
        f"The certificates to trust are not there: {route.ca_variable} names {route.ca_bundle}. "
        "Nothing was sent. Correct the variable or unset it; the next call looks again."
    )
    raise Failed(ConnectError(message), again=False, sent=False)
