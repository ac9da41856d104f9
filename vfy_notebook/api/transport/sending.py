"""The transport of one project: one request, as many attempts as it takes, one answer."""

from __future__ import annotations

import contextlib
import os
import random
import threading
from dataclasses import replace
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import urljoin, urlsplit

import tenacity

from vfy_notebook.api import call_log
from vfy_notebook.api.calls import Calls
from vfy_notebook.api.clock import SystemClock
from vfy_notebook.api.downloads import refused_download
from vfy_notebook.api.governor import DEFAULT_MAX_WAIT_S, Governor
from vfy_notebook.api.header_values import moment_s
from vfy_notebook.api.keys.addresses import is_loopback, may_be_loopback, shown_address
from vfy_notebook.api.keys.download_hosts import gets_keys, is_api
from vfy_notebook.api.keys.links import Link
from vfy_notebook.api.keys.secret import without_frames
from vfy_notebook.api.refused_answers import error_from_answer
from vfy_notebook.api.staying import StaysInProcess
from vfy_notebook.api.transport import bodies, network_errors
from vfy_notebook.api.transport.ahead import SentAhead
from vfy_notebook.api.transport.connection import Watch
from vfy_notebook.api.transport.request import Failed, Request, Resend, Response
from vfy_notebook.api.transport.retrying import (
    NOT_RUN_STATUSES,
    PASSING_STATUSES,
    Patience,
    failure_of,
)
from vfy_notebook.api.transport.session import Session
from vfy_notebook.errors import (
    ArgumentError,
    ConnectError,
    FolderError,
    QuotaError,
    ResponseError,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from vfy_notebook.api.clock import Clock
    from vfy_notebook.api.credentials import Credentials
    from vfy_notebook.api.transport.received import Received
    from vfy_notebook.errors import VfyNotebookError

#: The version of the API that this package was written for, whatever the project's own setting:
#: https://docs.voucherify.io/api-reference/versioning
API_VERSION = "v2018-08-01"

#: Under which name our calls stand in Voucherify's audit log.
CHANNEL = "vfy-notebook"

MAX_REDIRECTS = 3

Answer = TypeVar("Answer")


class Transport(StaysInProcess):
    """Sends requests for one project; used by several threads at once.

    Every request has an end, whatever the other side does: a minute without a byte, three minutes
    for an answer as a whole, two hours for a download (and less for one that trickles), two minutes
    of retries, `max_wait_s` of waiting for the quota.

    Args:
        credentials: Where to, and as whom.
        clock: Time; injected in tests.
        jitter: Gives numbers in [0, 1) that spread the retries of many clients.
        max_wait_s: Longest wait for the quota before one request, in seconds.
    """

    def __init__(
        self,
        credentials: Credentials,
        *,
        clock: Clock | None = None,
        jitter: Callable[[], float] | None = None,
        max_wait_s: float = DEFAULT_MAX_WAIT_S,
    ) -> None:
        self.credentials = credentials
        self.calls = Calls()
        self.clock: Clock = clock or SystemClock()
        self.governor = Governor(self.clock, self.calls, max_wait_s=max_wait_s)
        self._jitter = jitter or random.random
        self._local = threading.local()
        self._sessions: list[Session] = []
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
        session: Session | None = self._local.__dict__.pop("session", None)
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
        return self.ask(request, lambda response: response)

    def ask(
        self,
        request: Request,
        understand: Callable[[Response], Answer],
        *,
        ahead: SentAhead | None = None,
    ) -> Answer:
        """Send a request and give what its answer means.

        What only reads is sent again if its answer is empty, cut or cannot be understood. Anything
        else may have run then, and the error says so.

        Args:
            request: The request.
            understand: Makes something of an answer, or raises a `ResponseError`.
            ahead: The same request, if it has been sent already: that is its first attempt.

        Raises:
            ApiError: The API said no (one subclass for each kind of no).
            ConnectError: No answer; `may_have_run` tells whether the request may have taken effect.
            ResponseError: The answer is not the API's.
        """

        def read(response: Received, _session: Session) -> bytes:
            return bodies.whole(response, operation=request.operation)

        try:
            return self._with_retries(request, read, understand, ahead)
        finally:
            if ahead is not None:
                ahead.drop()

    def send_ahead(self, request: Request) -> SentAhead | None:
        """Send a request that only reads now; `ask` receives its answer, or `drop` gives it up.

        It counts as a call from now on. None where that cannot be done at once: no connection is
        open yet, or the quota has little room. Nothing was sent then.
        """
        if self._closed or not request.only_reads:
            return None
        session, url = self._session(), self._url_of(request)
        slot = self.governor.slot_ahead(bulk=request.bulk)
        exchange = sent = None
        try:
            if slot is not None:
                exchange = session.borrow(request, url, _headers(request))
            if slot is not None and exchange is not None:
                self.calls.count(request.operation)
                session.watch.begin()
                exchange.send()
                sent = SentAhead(request, session, exchange, slot)
        except (*network_errors.NETWORK_ERRORS, UnicodeEncodeError, Failed):
            pass  # `ask` meets with it again, and says so
        finally:
            if sent is None and slot is not None:
                slot.leave()
            if sent is None and exchange is not None:
                session.give_back(exchange)
        return sent

    def download(self, request: Request, sink: Callable[[bytes], Any]) -> Response:
        """Like `send`, handing the body on piece by piece; `sink(b"")` says: starting anew.

        Raises:
            FolderError: The sink could not store a piece, such as on a full disk.
        """

        def stream(response: Received, session: Session) -> bytes:
            size = 0
            _store(sink, b"")
            for piece in bodies.pieces(response):
                _store(sink, piece)
                size += len(piece)
                session.watch.took_in(size)
            return b""

        return self._with_retries(request, stream, lambda response: response)

    # -- one request, several attempts ---------------------------------------------------------

    def _with_retries(
        self,
        request: Request,
        read: Callable[[Received, Session], bytes],
        understand: Callable[[Response], Answer],
        ahead: SentAhead | None = None,
    ) -> Answer:
        patience = Patience(self.clock, self._jitter, max_quota_wait_s=self.governor.longest_wait_s)
        attempts = 0
        # What one attempt may have done is not undone by the answer to the next.
        may_have_run = False

        def once() -> Answer:
            nonlocal attempts, may_have_run
            attempts += 1
            try:
                return self._once(request, read, understand, attempts, ahead)
            except Failed as failure:
                failure.error.may_have_run |= _may_have_run(request, failure)
                may_have_run |= failure.error.may_have_run
                raise

        try:
            try:
                return once()  # as nearly always: what is for trying again is made only for that
            except Failed as failure:
                first = failure
            return self._after(first, once, request.operation, patience)
        except Failed as failure:
            failure.error.attempts = attempts
            failure.error.may_have_run = may_have_run
            raise self._redacted(failure.error) from None

    def _after(
        self, first: Failed, once: Callable[[], Answer], operation: str, patience: Patience
    ) -> Answer:
        """Try again after a first failure, as long as that is safe and of use."""
        reason = ""

        def tell(state: tenacity.RetryCallState) -> None:
            nonlocal reason
            wait_s = 0.0 if state.next_action is None else state.next_action.sleep
            failure = failure_of(state)
            reason = failure.in_words
            attempt = state.attempt_number
            call_log.tried_again(operation, failure.why, wait_s=wait_s, attempt=attempt)

        retrying = tenacity.Retrying(
            retry=tenacity.retry_if_exception(lambda e: isinstance(e, Failed) and e.again),
            wait=patience.wait_s,
            stop=patience.is_over,
            sleep=lambda seconds: self.governor.wait(seconds, reason),
            before_sleep=tell,
            reraise=True,
        )
        for attempt in retrying:
            with attempt:
                if attempt.retry_state.attempt_number == 1:
                    raise first
                return once()
        raise AssertionError  # tenacity either returns, retries or re-raises

    def _redacted(self, error: VfyNotebookError) -> VfyNotebookError:
        """The same error, whatever of the server's it quotes: the secret key is not in it."""
        redact = self.credentials.redact
        error.args = tuple(redact(each) if isinstance(each, str) else each for each in error.args)
        for name, value in vars(error).items():
            if isinstance(value, str):
                setattr(error, name, redact(value))
        return error

    def _once(
        self,
        request: Request,
        read: Callable[[Received, Session], bytes],
        understand: Callable[[Response], Answer],
        attempt: int,
        ahead: SentAhead | None,
    ) -> Answer:
        if self._closed:
            message = "This project is closed: open a new one with connect() or demo()."
            raise Failed(ConnectError(message), again=False)
        if ahead is not None and not ahead.can_be_received:
            ahead = None
        with self._admitted(request, ahead):
            began_s = self.clock.monotonic()
            try:
                response, body = self._answered(request, read, ahead)
            except Failed as failure:
                took_s = self.clock.monotonic() - began_s
                call_log.unanswered(request.operation, failure.why, took_s=took_s, attempt=attempt)
                raise
            call_log.answered(
                request.operation,
                response.status,
                took_s=self.clock.monotonic() - began_s,
                attempt=attempt,
                size=len(body) or response.raw.tell(),
            )
        if not _is_success(response):
            raise self._refused(request, response, body)
        answer = Response(response.status, response.headers, body, attempt)
        try:
            return understand(answer)
        except ResponseError as error:
            raise Failed(error, again=request.only_reads, unreadable=True) from None

    def _answered(
        self,
        request: Request,
        read: Callable[[Received, Session], bytes],
        ahead: SentAhead | None,
    ) -> tuple[Received, bytes]:
        """One exchange to its end: the answer and its body."""
        session = self._session() if ahead is None else ahead.session
        session.watch.begin()
        url = self._url_of(request)
        try:
            with self._exchange(session, request, url, ahead) as response:
                self.governor.observe(response.headers, bulk=request.bulk)
                self._note_server_time(response)
                if _is_success(response):
                    return response, read(response, session)
                return response, bodies.beginning(response)
        except network_errors.NETWORK_ERRORS as error:
            attempt = network_errors.Attempt(
                request,
                session.asked_url or url,
                proxy=session.proxy_for(session.asked_url or url),
                never_sent=session.watch.connecting,
            )
            raise network_errors.failure(without_frames(error), attempt) from None
        except Failed:
            raise
        except BaseException as error:  # noqa: BLE001 - Ctrl-C and what nobody foresaw go on
            # The frames below are not ours; their local variables hold the login of a proxy.
            raise without_frames(error) from None

    @contextlib.contextmanager
    def _admitted(self, request: Request, ahead: SentAhead | None) -> Iterator[None]:
        """Wait until the quota has room, and count the request; both is done if it was sent ahead.

        It is counted before its answer: who is interrupted meanwhile has paid for it too.
        """
        if ahead is not None:
            with self.governor.received(ahead.slot):
                yield
            return
        with self.governor.slot(bulk=request.bulk):
            self.calls.count(request.operation)
            try:
                yield
            except Failed as failure:
                if not failure.sent:
                    self.calls.take_back(request.operation)
                raise

    def _url_of(self, request: Request) -> str:
        if request.path.startswith("http"):
            _check_readable(request)
            self._check_target(request.path, sent=False)
            return request.path
        return self.credentials.url.rstrip("/") + request.path

    def _exchange(
        self, session: Session, request: Request, url: str, ahead: SentAhead | None
    ) -> Received:
        """One HTTP exchange, redirects of reading requests followed by hand."""
        for _ in range(MAX_REDIRECTS + 1):
            try:
                if ahead is not None:
                    session.asked_url = url
                    response, ahead = ahead.receive(), None
                else:
                    response = session.exchange(request, url, _headers(request))
            except UnicodeEncodeError as error:
                message = (
                    f"{error.object!r} contains half a character, as cut texts do: nothing sent."
                )
                raise Failed(ArgumentError(message), again=False, sent=False) from None
            if not response.is_redirect:
                return response
            with response:
                bodies.beginning(response)
            link = Link.of(self._redirect_target(request, url, response.headers["Location"]))
            target = link.address
            if not request.only_reads:
                message = (
                    f"The API answered {request.operation} with a redirect to "
                    f"{self._shown(target)}: check the address given to connect()."
                )
                raise Failed(ResponseError(message), again=False)
            self._check_target(target, sent=True)
            request, url = replace(request, path=target, params={}, query=link.query), target
        message = f"More than {MAX_REDIRECTS} redirects in a row for {request.operation}."
        raise Failed(ResponseError(message), again=False)

    def _redirect_target(self, request: Request, url: str, location: str) -> str:
        try:
            target = urljoin(url, location)
            urlsplit(target)
        except ValueError:
            message = (
                f"The API answered {request.operation} with a redirect to "
                f"{self._shown(location)!r}, which is no address: check the address given to "
                "connect(), and any proxy in between."
            )
            raise Failed(ResponseError(message), again=False) from None
        return target

    def _check_target(self, url: str, *, sent: bool) -> None:
        """Refuse an address, named by the API, that is not encrypted or means this machine."""
        parts = urlsplit(url)
        host = parts.hostname or ""
        what = "redirects to" if sent else "names as the address of a file"
        if parts.scheme != "https" and not is_loopback(host):
            message = (
                f"The API {what} {self._shown(url)}, which is not encrypted: nothing was sent "
                "there. Try again, and tell Voucherify's support if it stays so."
            )
            raise Failed(ResponseError(message), again=False, sent=sent)
        if may_be_loopback(host) and not is_loopback(urlsplit(self.credentials.url).hostname or ""):
            message = (
                f"The API {what} {self._shown(url)}, an address of this machine, which no API "
                "elsewhere is at: nothing was sent there."
            )
            raise Failed(ResponseError(message), again=False, sent=sent)

    def _shown(self, url: str) -> str:
        """An address that the server names, for a message: download links carry tokens."""
        return shown_address(self.credentials.redact(url))

    def _note_server_time(self, response: Received) -> None:
        if is_api(response.url, api_url=self.credentials.url):
            told_s = moment_s(response.headers.get("Date"))
            if told_s is not None:
                self._server_time_s = told_s

    def _gets_keys(self, url: str) -> bool:
        credentials = self.credentials
        return gets_keys(url, api_url=credentials.url, download_host=credentials.download_host)

    def _keys_for(self, url: str) -> Credentials | None:
        return self.credentials if self._gets_keys(url) else None

    def _session(self) -> Session:
        """A session of this thread's own: sessions are not promised to be thread-safe.

        And of this process's own: on connections shared with a forked child, each would get the
        other's answers.
        """
        session: Session | None = getattr(self._local, "session", None)
        if session is None or self._local.process_id != os.getpid():
            session = Session(Watch(self.clock), self._keys_for)
            self._local.process_id = os.getpid()
            session.headers["User-Agent"] = "vfy-notebook"
            self._local.session = session
            self._sessions.append(session)
        return session

    def _refused(self, request: Request, response: Received, body: bytes) -> Failed:
        """What an answer outside 2xx means, and whether to ask again."""
        status, headers = response.status, response.headers
        if request.path.startswith("http"):
            refused = refused_download(
                response.url,
                status=status,
                body=body,
                operation=request.operation,
                had_keys=self._gets_keys(response.url),
                redact=self.credentials.redact,
            )
            if refused is not None:
                return Failed(refused, again=False)
        wait_s = self.governor.retry_after_s(headers) if status in NOT_RUN_STATUSES else None
        error = error_from_answer(
            request.operation,
            status=status,
            headers=headers,
            reason=response.reason,
            body=body,
            credentials=self.credentials,
            wait_s=wait_s,
            longest_wait_s=self.governor.longest_wait_s,
        )
        if isinstance(error, QuotaError):
            return Failed(error, again=False)
        if status == 429 and wait_s is not None:
            self.governor.block(wait_s, bulk=request.bulk)
        if status in NOT_RUN_STATUSES:
            return Failed(error, again=True, wait_s=wait_s)
        if status not in PASSING_STATUSES:
            return Failed(error, again=False)
        error.may_have_run = True
        told = {name: headers[name] for name in ("Retry-After", "Date") if name in headers}
        return Failed(
            error,
            again=request.resend is Resend.ALWAYS,
            wait_s=self.governor.retry_after_s(told),
        )


def _headers(request: Request) -> dict[str, str]:
    """What a request says beside its address, its body and the keys."""
    headers = {
        "Accept": "application/json",
        "Accept-Encoding": bodies.ACCEPTED_ENCODINGS,
        "X-Voucherify-API-Version": API_VERSION,
        "X-Voucherify-Channel": CHANNEL,
    }
    if request.body is not None:
        headers["Content-Type"] = "application/json"
    return headers


def _may_have_run(request: Request, failure: Failed) -> bool:
    """Whether an attempt may have taken effect for all that its answer, if any, does not tell.

    An answer that is not the API's may stand in front of one that was: a proxy's page, a redirect
    to what would have shown the result.
    """
    unreadable = isinstance(failure.error, ResponseError) and failure.sent
    return unreadable and not request.only_reads


def _is_success(response: Received) -> bool:
    return 200 <= response.status < 300


def _store(sink: Callable[[bytes], Any], piece: bytes) -> None:
    """Hand a piece of a download on; what goes wrong there is not the network's."""
    try:
        sink(piece)
    except OSError as error:
        message = (
            f"A download could not be stored: {error.strerror or error}. Make room on the disk of "
            "the folder for temporary files (TMPDIR), then try again."
        )
        raise Failed(FolderError(message), again=False) from None


def _check_readable(request: Request) -> None:
    try:
        parts = urlsplit(request.path)
        is_address = bool(parts.hostname) and parts.port != 0
    except ValueError:  # such as a port beyond 65,535
        is_address = False
    if not is_address:
        message = (
            f"The API's answer names an address that is none ({request.operation}): try again, and "
            "tell Voucherify's support if it stays so. Nothing was sent there."
        )
        raise Failed(ResponseError(message), again=False, sent=False) from None
