"""One HTTP exchange, with the proxies and certificates that the environment names now."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import urlsplit

import requests
import urllib3
from requests.adapters import HTTPAdapter
from requests.utils import get_environ_proxies, select_proxy

from vfy_notebook.api.keys.addresses import is_loopback
from vfy_notebook.api.transport.borrowed import Borrowed
from vfy_notebook.api.transport.connection import (
    CONNECT_TIMEOUT_S,
    READ_TIMEOUT_S,
    watch_connections,
)
from vfy_notebook.api.transport.plain_answers import ROOM_BYTES
from vfy_notebook.api.transport.received import Received
from vfy_notebook.api.transport.request import Failed, Outgoing
from vfy_notebook.api.transport.sealing import Sealed, sealed_query, without_query
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


class _PageAsked(NamedTuple):
    """A page of a listing, as it was asked for.

    Attributes:
        url: Whom, without the query.
        headers: The request's own headers.
        outgoing: The request without what is sealed.
        pool: The connections that it was sent on.
        head: Its first bytes on the wire, without what is sealed.
        keys: Whose keys it carried.
    """

    url: str
    headers: Mapping[str, str]
    outgoing: Outgoing
    pool: urllib3.HTTPConnectionPool
    head: bytes
    keys: Credentials | None


#: Whether and when to try again is the transport's business.
_NO_RETRIES = urllib3.Retry(total=False)


class Session(requests.Session):
    """A session that sends one request and receives one answer, and does nothing around it.

    What `requests` knows is used where it counts: addresses, multipart bodies, proxies, their
    logins and certificates. What it does around each exchange is left out. It looks at redirects
    even where it is not to follow them: it reads the whole body, however slowly that trickles in,
    and fails on an address that is none with a bare `ValueError`. It also looks for proxies and
    certificates in the environment, prepares the request for each page of a listing anew, where
    only the query differs, and looks for cookies; that takes longer than the exchange itself.

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
        self._adapter = _Adapter(watch)
        for scheme in ("https://", "http://"):
            self.mount(scheme, self._adapter)
        #: Whom the last exchange was with; after redirects not whom the request names.
        self.asked_url: str | None = None
        self._timeout = urllib3.Timeout(connect=CONNECT_TIMEOUT_S, read=READ_TIMEOUT_S)
        #: The last page's address and headers: the next one differs in what is sealed only.
        self._last: tuple[str, Mapping[str, str], Outgoing] | None = None
        self._environment: tuple[str | None, ...] = ()
        self._routes: dict[tuple[str, str], Route] = {}
        self._pools: dict[tuple[str, str], urllib3.HTTPConnectionPool] = {}
        #: How a page of a listing was asked for: the next one can be asked for ahead.
        self._page: _PageAsked | None = None
        self._borrowed: Borrowed | None = None
        self._room = memoryview(b"")

    def exchange(self, request: Request, url: str, headers: Mapping[str, str]) -> Received:
        """Send a request; the body of the answer is left to be read.

        Raises:
            Failed: The certificates to trust are not where the environment says.
        """
        self.asked_url = url
        route = self.route(url)
        pool = self._pool(url, route)
        outgoing = self._outgoing(request, url, headers, route)
        keys = self._keys_for(url)
        self.watch.sealed = Sealed(sealed_query(url, request.params, request.query), keys)
        raw = pool.urlopen(
            outgoing.method,
            outgoing.target,
            body=outgoing.body,
            headers=outgoing.headers,
            redirect=False,
            assert_same_host=False,
            preload_content=False,
            decode_content=False,
            retries=_NO_RETRIES,
            timeout=self._timeout,
        )
        is_page = self._last is not None and outgoing is self._last[2]
        if is_page and outgoing.target.startswith("/"):
            self._page = _PageAsked(url, headers, outgoing, pool, self.watch.head, keys)

        def give_back() -> None:
            raw.close()
            raw.release_conn()

        return Received(outgoing.url, raw, give_back)

    def borrow(self, request: Request, url: str, headers: Mapping[str, str]) -> Borrowed | None:
        """A connection on which the next page of a listing can be asked for now, and read later.

        It goes the way of the page before, without another look at the environment. None where
        there was none in `exchange`, where one is borrowed already, and where a proxy has to be
        asked for each request anew.
        """
        page = self._page
        if self._borrowed is not None or page is None or page[:2] != (url, headers):
            return None
        self.watch.sealed = Sealed(sealed_query(url, request.params), page.keys)
        self._room = self._room or memoryview(bytearray(ROOM_BYTES))
        self._borrowed = Borrowed.of(page.pool, page.outgoing, page.head, self._room)
        return self._borrowed

    def give_back(self, borrowed: Borrowed) -> None:
        """The answer to what was sent has been read, or is not wanted any more."""
        if self._borrowed is borrowed:
            self._borrowed = None
        borrowed.give_back()

    def close(self) -> None:
        """End all connections."""
        super().close()
        if self._borrowed is not None:
            self.give_back(self._borrowed)

    def route(self, url: str) -> Route:
        """How a host is reached; a change of the environment counts at once."""
        environment = tuple(map(os.environ.get, _VARIABLES))
        if environment != self._environment:
            self._environment = environment
            self._routes.clear()
            self._pools.clear()
            self._last = self._page = None
        host = urlsplit(url)[:2]
        if host not in self._routes:
            self._routes[host] = _route_to(url)
        return self._routes[host]

    def proxy_for(self, url: str) -> str | None:
        """The proxy on the way to an address; None if there is none."""
        proxy: str | None = select_proxy(url, self.route(url).proxies)
        return proxy

    def _pool(self, url: str, route: Route) -> urllib3.HTTPConnectionPool:
        """The connections to a host, on the way that the environment names now."""
        _check_ca_bundle(route, url)
        host = urlsplit(url)[:2]
        pool = self._pools.get(host)
        if pool is None or pool.pool is None:
            pool = self._pools[host] = self._adapter.pool_for(url, route)
        return pool

    def _outgoing(
        self, request: Request, url: str, headers: Mapping[str, str], route: Route
    ) -> Outgoing:
        """The request without its query and the keys, which it gets as it is sent."""
        bare = without_query(url)
        if request.method != "GET" or request.path.startswith("http"):
            return self._encoded(request, bare, headers, route)
        if self._last is None or self._last[:2] != (bare, headers):
            self._last = (bare, headers, self._encoded(request, bare, headers, route))
        return self._last[2]

    def _encoded(
        self, request: Request, url: str, headers: Mapping[str, str], route: Route
    ) -> Outgoing:
        prepared = self.prepare_request(
            requests.Request(request.method, url, headers, data=request.body, files=request.files)
        )
        target = self._adapter.request_url(prepared, route.proxies)
        body = prepared.body
        assert body is None or isinstance(body, bytes)  # noqa: S101 - as we give bytes
        return Outgoing(request.method, prepared.url or url, target, dict(prepared.headers), body)


class _Adapter(HTTPAdapter):
    """Makes connections that are watched, straight ones and those through a proxy."""

    def __init__(self, watch: Watch) -> None:
        self._watch = watch
        super().__init__()

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs)
        watch_connections(self.poolmanager, self._watch)

    def pool_for(self, url: str, route: Route) -> urllib3.HTTPConnectionPool:
        """The connections to a host, as `send` would take them."""
        verify = route.ca_bundle or True
        request = requests.Request("GET", url).prepare()
        pool = self.get_connection_with_tls_context(request, verify, proxies=route.proxies)
        self.cert_verify(pool, url, verify, None)  # type: ignore[no-untyped-call]
        assert isinstance(pool, urllib3.HTTPConnectionPool)  # noqa: S101 - as all pools are
        return pool

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
