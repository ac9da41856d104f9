"""The one place through which requests go, and the only module that imports `requests`.

It adds the credentials, keeps time, retries what is safe to retry, obeys the quota, turns every
failure into an error of this package's family, and shows no token to anyone.
"""

from __future__ import annotations

import contextlib
import enum
import os
import random
import threading
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode, urljoin, urlsplit

import requests
import tenacity
import urllib3

from vfy_notebook.api.answers import error_from_answer
from vfy_notebook.api.calls import Calls
from vfy_notebook.api.clock import SystemClock
from vfy_notebook.api.credentials import is_loopback
from vfy_notebook.api.governor import MAX_QUOTA_WAIT_S, Governor
from vfy_notebook.api.http_date import seconds_from_http_date
from vfy_notebook.errors import (
    ArgumentError,
    ConnectError,
    QuotaError,
    RateLimitError,
    ResponseError,
    VfyNotebookError,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from vfy_notebook.api.clock import Clock
    from vfy_notebook.api.credentials import Credentials

#: Seconds to wait for a connection, for the next bytes of an answer, and for a whole answer.
CONNECT_TIMEOUT_S = 10.0
READ_TIMEOUT_S = 60.0
ANSWER_TIMEOUT_S = 180.0

#: Bounds on trying again: how often, and how long after the first try the last may begin.
MAX_ATTEMPTS = 6
MAX_RETRY_TIME_S = 120.0

#: A 429 is a "not yet", not a failure: it may be met more often than real failures.
MAX_RATE_LIMIT_ATTEMPTS = 20

#: So often a wait that the API asked for may prove too short before ours grow beyond it.
_TOLD_IN_VAIN = 3

MAX_REDIRECTS = 3
CHUNK_BYTES = 1 << 18

#: Faults of the request itself, which no second try mends.
_NOT_SENDABLE = (
    requests.exceptions.InvalidURL,
    requests.exceptions.InvalidHeader,
    requests.exceptions.InvalidSchema,
    requests.exceptions.MissingSchema,
    requests.exceptions.ProxyError,
)

_RETRIED_STATUSES = frozenset({500, 502, 503, 504})


class Resend(enum.Enum):
    """When a request may be sent a second time."""

    ALWAYS = enum.auto()  #: a second time changes nothing more than the first
    IF_NOT_RUN = enum.auto()  #: only if the first surely never reached the API's own code


@dataclass(frozen=True)
class Response:
    """An answer with a 2xx status."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    attempts: int = 1


@dataclass(frozen=True)
class Request:
    """One call of the API.

    `path` begins with a slash and is already percent-encoded; a full URL is a download and gets
    the credentials only on the API's own host.
    """

    operation: str
    method: str
    path: str
    params: Mapping[str, str] = field(default_factory=dict)
    body: bytes | None = None
    files: Mapping[str, tuple[str, bytes, str]] | None = None
    resend: Resend = Resend.ALWAYS
    bulk: bool = False


class _Failed(Exception):
    """One attempt failed; says with what, whether to try again, and how long to wait first.

    `sent` says whether the request may have reached anybody.
    """

    def __init__(
        self,
        error: VfyNotebookError,
        *,
        again: bool,
        wait_s: float | None = None,
        sent: bool = True,
    ) -> None:
        super().__init__(str(error))
        self.error = error
        self.again = again
        self.wait_s = wait_s
        self.sent = sent


class _Session(requests.Session):
    """A session that sends one request and receives one answer, and does nothing around it.

    `requests` looks at redirects even where it is not to follow them: it reads the whole body,
    however slowly that trickles in, and fails on an address that is none with a bare
    `ValueError`. It also looks for proxies and certificates in the environment and prepares the
    request for each page of a listing anew, where only the query differs; that takes as long as
    the exchange itself.
    """

    def __init__(self) -> None:
        super().__init__()
        self._last: tuple[str, Mapping[str, str], requests.PreparedRequest] | None = None
        self._settings: dict[tuple[str, ...], Any] = {}

    def exchange(self, request: Request, url: str, headers: Mapping[str, str]) -> requests.Response:
        """Send a request; the body of the answer is left to be read."""
        prepared = self._prepared(request, url, headers)
        settings = self._settings_for(url)
        return self.get_adapter(url).send(
            prepared,
            stream=True,
            timeout=(CONNECT_TIMEOUT_S, READ_TIMEOUT_S),
            verify=settings["verify"] or True,
            cert=settings["cert"],
            proxies=settings["proxies"],
        )

    def _settings_for(self, url: str) -> Any:
        """Proxies and certificates for a host, as the environment had them at first."""
        host = urlsplit(url)[:2]
        if host not in self._settings:
            settings: Any = self.merge_environment_settings(url, {}, None, None, None)
            self._settings[host] = settings
        return self._settings[host]

    def _prepared(
        self, request: Request, url: str, headers: Mapping[str, str]
    ) -> requests.PreparedRequest:
        if request.method != "GET" or request.path.startswith("http"):
            return self.prepare_request(
                requests.Request(
                    request.method,
                    url,
                    headers,
                    data=request.body,
                    files=request.files,
                    params=request.params,
                )
            )
        if self._last is None or self._last[:2] != (url, headers):
            self._last = (url, headers, self.prepare_request(requests.Request("GET", url, headers)))
        same = self._last[2]
        prepared = requests.PreparedRequest()
        prepared.method, prepared.headers, prepared.hooks = same.method, same.headers, same.hooks
        prepared.url = f"{same.url}?{urlencode(request.params)}" if request.params else same.url
        return prepared


class Transport:
    """Sends requests for one project; used by several threads at once.

    Args:
        credentials: Where to, and as whom.
        clock: Time; injected in tests.
        jitter: Gives numbers in [0, 1) that spread the retries of many clients.
    """

    def __init__(
        self,
        credentials: Credentials,
        *,
        clock: Clock | None = None,
        jitter: Callable[[], float] | None = None,
    ) -> None:
        self.credentials = credentials
        self.calls = Calls()
        self.clock: Clock = clock or SystemClock()
        self.governor = Governor(self.clock, self.calls)
        self._jitter = jitter or random.random
        self._local = threading.local()
        self._sessions: list[requests.Session] = []
        self._closed = False
        self._server_time_s: float | None = None

    @property
    def server_time_ms(self) -> int | None:
        """When the API last answered, by its own clock, cut to a second; None before that."""
        return None if self._server_time_s is None else int(self._server_time_s) * 1000

    def close(self) -> None:
        """End all connections; a closed transport refuses further requests."""
        self._closed = True
        while self._sessions:
            self._sessions.pop().close()

    def release_session(self) -> None:
        """End the calling thread's connections; for threads that end before the project does."""
        session: requests.Session | None = self._local.__dict__.pop("session", None)
        if session is not None:
            with contextlib.suppress(ValueError):  # the whole transport may be closing
                self._sessions.remove(session)
            session.close()

    def send(self, request: Request) -> Response:
        """Send a request and give its answer.

        Raises:
            ApiError: The API said no (one subclass for each kind of no).
            ConnectError: No answer; `may_have_run` tells whether the request may have taken effect.
            ResponseError: The answer is not the API's.
        """
        return self._with_retries(request, self._read_whole)

    def download(self, request: Request, sink: Callable[[bytes], Any]) -> Response:
        """Like `send`, handing the body on piece by piece; `sink(b"")` says: starting anew."""

        def stream(response: requests.Response, _deadline: float) -> bytes:
            # Large files may take their time; each read still has its own timeout.
            sink(b"")
            for chunk in self._chunks(response, deadline=None):
                sink(chunk)
            return b""

        return self._with_retries(request, stream)

    # -- one request, several attempts ---------------------------------------------------------

    def _with_retries(
        self, request: Request, read: Callable[[requests.Response, float], bytes]
    ) -> Response:
        patience = _Patience(self.clock, self._jitter)
        retrying = tenacity.Retrying(
            retry=tenacity.retry_if_exception(lambda e: isinstance(e, _Failed) and e.again),
            wait=patience.wait_s,
            stop=patience.is_over,
            sleep=self.governor.wait,
            reraise=True,
        )
        attempts = 0
        try:
            for attempt in retrying:
                with attempt:
                    attempts += 1
                    status, headers, body = self._once(request, read)
                    return Response(status, headers, body, attempts)
        except _Failed as failure:
            failure.error.attempts = attempts
            raise failure.error from None
        raise AssertionError  # tenacity either returns, retries or re-raises

    def _once(
        self, request: Request, read: Callable[[requests.Response, float], bytes]
    ) -> tuple[int, Mapping[str, str], bytes]:
        if self._closed:
            message = "This project is closed: open a new one with connect() or demo()."
            raise _Failed(ConnectError(message), again=False)
        with self.governor.slot(bulk=request.bulk), self._counted(request.operation):
            deadline = self.clock.monotonic() + ANSWER_TIMEOUT_S
            try:
                with self._exchange(request, deadline) as response:
                    self.governor.observe(response.headers, bulk=request.bulk)
                    self._note_server_time(response)
                    if 200 <= response.status_code < 300:
                        body = read(response, deadline)
                        return response.status_code, response.headers, body
                    body = self._read_whole(response, deadline)
            except (requests.RequestException, urllib3.exceptions.HTTPError, TimeoutError) as error:
                raise self._no_answer(request, error) from None
        raise self._refused(request, response, body)

    @contextlib.contextmanager
    def _counted(self, operation: str) -> Iterator[None]:
        """Count a request before its answer: who is interrupted meanwhile has paid for it too."""
        self.calls.count(operation)
        try:
            yield
        except _Failed as failure:
            if not failure.sent:
                self.calls.take_back(operation)
            raise

    def _exchange(self, request: Request, deadline: float) -> requests.Response:
        """One HTTP exchange, redirects of reading requests followed by hand."""
        url = self.credentials.url.rstrip("/") + request.path
        if request.path.startswith("http"):
            url = request.path
            _check_encrypted(url, sent=False)
        headers = {"Accept": "application/json"}
        if request.body is not None:
            headers["Content-Type"] = "application/json"
        for _ in range(MAX_REDIRECTS + 1):
            own = self._is_own_host(url)
            try:
                response = self._session().exchange(
                    request, url, {**headers, **(self.credentials.headers() if own else {})}
                )
            except UnicodeEncodeError as error:
                message = f"{error.object!r} holds half a character, as cut texts do: nothing sent."
                raise _Failed(ArgumentError(message), again=False, sent=False) from None
            if not response.is_redirect:
                return response
            with response:
                self._read_whole(response, deadline)
            target = _redirect_target(request, url, response.headers["Location"])
            if request.method != "GET":
                message = (
                    f"The API answered {request.operation} with a redirect to "
                    f"{_shown(target)}: check the address given to connect()."
                )
                raise _Failed(ResponseError(message), again=False)
            _check_encrypted(target, sent=True)
            request, url = replace(request, path=target, params={}), target
        message = f"More than {MAX_REDIRECTS} redirects in a row for {request.operation}."
        raise _Failed(ResponseError(message), again=False)

    def _note_server_time(self, response: requests.Response) -> None:
        if self._is_own_host(response.url):
            told = seconds_from_http_date(response.headers.get("Date"))
            if told is not None:
                self._server_time_s = told

    def _is_own_host(self, url: str) -> bool:
        """Whether the credentials may go to this address: the same scheme, host and port."""
        ours, theirs = urlsplit(self.credentials.url), urlsplit(url)
        return (ours.scheme, ours.netloc.lower()) == (theirs.scheme, theirs.netloc.lower())

    def _session(self) -> _Session:
        """A session of this thread's own: sessions are not promised to be thread-safe.

        And of this process's own: on connections shared with a forked child, each would get the
        other's answers.
        """
        session: _Session | None = getattr(self._local, "session", None)
        if session is None or self._local.process_id != os.getpid():
            session = _Session()
            self._local.process_id = os.getpid()
            # A proxy or netrc entry meant for the network has no business on this machine.
            session.trust_env = not is_loopback(urlsplit(self.credentials.url).hostname or "")
            session.headers["User-Agent"] = "vfy-notebook"
            self._local.session = session
            self._sessions.append(session)
        return session

    # -- bodies --------------------------------------------------------------------------------

    def _read_whole(self, response: requests.Response, deadline: float) -> bytes:
        return b"".join(self._chunks(response, deadline))

    def _chunks(self, response: requests.Response, deadline: float | None) -> Iterator[bytes]:
        """The body in pieces, as they arrive.

        `read1` returns after each piece that the network brings, where `iter_content` would wait
        for a full one: a server that trickles for ever runs into the deadline.
        """
        while piece := response.raw.read1(CHUNK_BYTES, decode_content=True):
            if deadline is not None and self.clock.monotonic() > deadline:
                raise TimeoutError
            yield piece

    # -- failures ------------------------------------------------------------------------------

    def _no_answer(self, request: Request, error: Exception) -> _Failed:
        surely_not_run = isinstance(error, requests.ConnectTimeout) or _never_connected(error)
        host = urlsplit(self.credentials.url).netloc
        if isinstance(error, requests.exceptions.SSLError):
            message = f"No safe connection to {host}: its certificate is not trusted here."
            return _Failed(ConnectError(message), again=False, sent=False)
        if isinstance(error, _NOT_SENDABLE):
            message = f"{request.operation} could not be sent: {type(error).__name__}."
            return _Failed(ConnectError(message), again=False, sent=False)
        timed_out = isinstance(
            error, requests.Timeout | urllib3.exceptions.TimeoutError | TimeoutError
        )
        what = (
            f"{host} cannot be reached"
            if surely_not_run
            else f"{host} did not answer in time"
            if timed_out
            else f"{host} broke the connection in the middle of an answer"
        )
        fate = (
            "Nothing was sent. Check the network and the address given to connect()."
            if surely_not_run
            else "Whether the request took effect is not known: look before sending it again."
            if request.method != "GET"
            else "Try again later."
        )
        failed = ConnectError(f"{what} ({request.operation}). {fate}")
        failed.may_have_run = not surely_not_run
        return _Failed(
            failed,
            again=surely_not_run or request.resend is Resend.ALWAYS,
            sent=not surely_not_run,
        )

    def _refused(self, request: Request, response: requests.Response, body: bytes) -> _Failed:
        """What an answer outside 2xx means, and whether to ask again."""
        status, headers = response.status_code, response.headers
        wait_s = self.governor.retry_after_s(headers) if status == 429 else None
        error = error_from_answer(
            request.operation,
            status=status,
            headers=headers,
            reason=response.reason or "",
            body=body,
            credentials=self.credentials,
            wait_s=wait_s,
        )
        if status == 429 and not isinstance(error, QuotaError):
            if wait_s is not None:
                self.governor.block(wait_s, bulk=request.bulk)
            return _Failed(error, again=True, wait_s=wait_s)
        if status not in _RETRIED_STATUSES or isinstance(error, QuotaError):
            return _Failed(error, again=False)
        error.may_have_run = True
        told = {name: headers[name] for name in ("Retry-After", "Date") if name in headers}
        return _Failed(
            error,
            again=request.resend is Resend.ALWAYS,
            wait_s=self.governor.retry_after_s(told),
        )


class _Patience:
    """How long to go on trying, and how long to wait in between."""

    def __init__(self, clock: Clock, jitter: Callable[[], float]) -> None:
        self._clock = clock
        self._jitter = jitter
        self._started = clock.monotonic()
        self._failures = 0
        self._quota_wait_s = 0.0

    def is_over(self, state: tenacity.RetryCallState) -> bool:
        """Whether the failure just met is the last."""
        failure = _failure_of(state)
        if isinstance(failure.error, RateLimitError):
            # A "not yet" is no failure; it has a bound of its own.
            self._quota_wait_s += failure.wait_s or 0.0
            return (
                self._quota_wait_s > MAX_QUOTA_WAIT_S
                or state.attempt_number >= MAX_RATE_LIMIT_ATTEMPTS
            )
        self._failures += 1
        spent_s = self._clock.monotonic() - self._started - self._quota_wait_s
        return (
            self._failures >= MAX_ATTEMPTS or spent_s + (failure.wait_s or 0.0) > MAX_RETRY_TIME_S
        )

    def wait_s(self, state: tenacity.RetryCallState) -> float:
        """What the server said, or a backoff that grows and is spread."""
        failure = _failure_of(state)
        if failure.wait_s is not None:
            # Told times that have proved too short again and again are not to be believed.
            at_least_s = min(2.0 ** (state.attempt_number - _TOLD_IN_VAIN), 60.0)
            is_quota = isinstance(failure.error, RateLimitError)
            too_short = is_quota and state.attempt_number > _TOLD_IN_VAIN
            return max(failure.wait_s, at_least_s) if too_short else failure.wait_s
        return min(0.5 * 2.0 ** (state.attempt_number - 1), 20.0) * (0.5 + self._jitter())


def _failure_of(state: tenacity.RetryCallState) -> _Failed:
    assert state.outcome is not None  # noqa: S101 - tenacity asks only after an attempt
    failure = state.outcome.exception()
    assert isinstance(failure, _Failed)  # noqa: S101 - nothing else is retried
    return failure


def _never_connected(error: Exception) -> bool:
    """Whether the connection itself failed, so that no byte of the request went out."""
    reason = error.args[0] if error.args else None
    reason = getattr(reason, "reason", reason)
    return isinstance(reason, urllib3.exceptions.NewConnectionError)


def _redirect_target(request: Request, url: str, location: str) -> str:
    try:
        return urljoin(url, location)
    except ValueError:
        message = (
            f"The API answered {request.operation} with a redirect to {location!r}, which is no "
            "address: check the address given to connect(), and any proxy in between."
        )
        raise _Failed(ResponseError(message), again=False) from None


def _check_encrypted(url: str, *, sent: bool) -> None:
    parts = urlsplit(url)
    if parts.scheme != "https" and not is_loopback(parts.hostname or ""):
        message = f"The API sends us to {_shown(url)}, which is not encrypted: refused."
        raise _Failed(ResponseError(message), again=False, sent=sent)


def _shown(url: str) -> str:
    """An address without its query: download links carry tokens there."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}{parts.path}"
