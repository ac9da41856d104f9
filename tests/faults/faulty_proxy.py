"""A server before the sandbox that does one thing wrong, on the wire, to one kind of request."""

from __future__ import annotations

import contextlib
import gzip
import socket
import struct
import threading
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from collections.abc import Callable

#: No exchange of a test takes longer.
_WIRE_S = 120


@dataclass(frozen=True)
class Fault:
    """What goes wrong.

    Attributes:
        name: For the table.
        answer: Raw bytes that are sent; None: those of the sandbox.
        runs: How often the request reaches the sandbox before that.
        then: What becomes of the connection: `close`, `reset`, `silence`, `trickle`; `down`: from
            then on all others are refused.
        times: How many requests it befalls; None: all.
        late: The request reaches the sandbox only after the next one was answered.
        keep: The share of the sandbox's answer that is passed on.
        is_down: All connections are refused from the beginning.
        is_refusal: The other side says that nothing has run, for as long as anyone asks.
        passes: It is over with the next request, and says that nothing has run.
    """

    name: str
    answer: bytes | None = None
    runs: int = 1
    then: str = "close"
    times: int | None = 1
    late: bool = False
    keep: float = 1.0
    is_down: bool = False
    is_refusal: bool = False
    passes: bool = False


class FaultyProxy:
    """Passes requests on to the sandbox; those that match meet the fault."""

    def __init__(self, sandbox_url: str) -> None:
        self._target = (urlsplit(sandbox_url).hostname, urlsplit(sandbox_url).port)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self._fault: Fault | None = None
        self._matches: Callable[[str, str], bool] = lambda _method, _path: False
        self._left = 0
        self._late: list[bytes] = []
        self._closing = threading.Event()
        threading.Thread(target=self._accept, daemon=True).start()

    def befall(self, fault: Fault, method: str, path: str) -> None:
        """From now on requests of this kind meet the fault."""
        self._matches = lambda m, p: m == method and fnmatchcase(p, path)
        self._left = 10**9 if fault.times is None else fault.times
        self._fault = fault
        if fault.is_down:
            self._go_down()

    def run_late(self) -> None:
        """What was held back reaches the sandbox now."""
        while self._late:
            self._forward(self._late.pop(0))

    def close(self) -> None:
        """End it."""
        self._closing.set()
        self._go_down()

    def _go_down(self) -> None:
        with contextlib.suppress(OSError):
            # Closing alone does not wake the thread that waits in `accept`.
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        client.settimeout(_WIRE_S)
        with client, contextlib.suppress(OSError):
            request = _read_message(client)
            if not request:
                return
            method, target = request.split(b" ", 2)[:2]
            is_hit = self._fault is not None and self._left > 0
            if is_hit and self._matches(method.decode(), target.decode().partition("?")[0]):
                self._left -= 1
                self._go_wrong(client, request, self._fault)
                return
            answer = self._forward(request)
            self.run_late()  # before the client can ask for anything else
            client.sendall(answer)

    def _go_wrong(self, client: socket.socket, request: bytes, fault: Fault) -> None:
        if fault.late:
            self._late.append(request)
        own = b""
        for _ in range(fault.runs):
            own = self._forward(request)
        answer = own if fault.answer is None else fault.answer
        answer = answer[: int(len(answer) * fault.keep)]
        if fault.then == "trickle":
            for at in range(len(answer)):
                if self._closing.wait(0.05):
                    return
                client.sendall(answer[at : at + 1])
            return
        if fault.then == "down":
            self._go_down()
        client.sendall(answer)
        if fault.then == "silence":
            client.recv(1)  # until the client gives up
        if fault.then == "reset":
            client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

    def _forward(self, request: bytes) -> bytes:
        with socket.create_connection(self._target, timeout=_WIRE_S) as server:
            head, _, body = request.partition(b"\r\n\r\n")
            lines = [x for x in head.split(b"\r\n") if not x.lower().startswith(b"connection:")]
            server.sendall(b"\r\n".join([*lines, b"Connection: close"]) + b"\r\n\r\n" + body)
            parts = []
            while piece := server.recv(1 << 16):
                parts.append(piece)
            return b"".join(parts)


def _read_message(client: socket.socket) -> bytes:
    """One request: its head, and as much body as it announces."""
    message = b""
    while b"\r\n\r\n" not in message:
        piece = client.recv(1 << 16)
        if not piece:
            return b""
        message += piece
    head, _, body = message.partition(b"\r\n\r\n")
    size = 0
    for line in head.split(b"\r\n"):
        name, _, value = line.partition(b":")
        if name.lower() == b"content-length":
            size = int(value)
    while len(body) < size:
        body += client.recv(1 << 16)
    return head + b"\r\n\r\n" + body


def answer(status: str, body: bytes = b"", *headers: str, kind: str = "application/json") -> bytes:
    """Raw bytes of an answer."""
    lines = [f"HTTP/1.1 {status}", f"Content-Type: {kind}", f"Content-Length: {len(body)}"]
    head = "\r\n".join([*lines, *headers, "Connection: close"])
    return head.encode() + b"\r\n\r\n" + body


_PAGE = b"<!DOCTYPE html><html><body>Log in</body></html>"
_TOO_MANY = b'{"code":429,"message":"Too many requests hit the API too quickly."}'
_SERVER = b'{"code":500,"key":"internal_server_error","message":"Internal server error"}'


def _refusal(name: str, *headers: str, passes: bool = True) -> Fault:
    refused = answer("429 Too Many", _TOO_MANY, *headers)
    return Fault(f"429 {name}", refused, runs=0, passes=passes, is_refusal=not passes)


FAULTS = (
    Fault("refused from the beginning", runs=0, is_down=True, is_refusal=True),
    Fault("gone down in the request, not run", b"", runs=0, then="down"),
    Fault("gone down in the request, run", b"", then="down"),
    Fault("reset before the answer", b"", runs=0, then="reset"),
    Fault("reset in the answer, not run", b"HTTP/1.1 200 OK\r\nContent-", runs=0, then="reset"),
    Fault("reset in the answer, run", then="reset", keep=0.5),
    Fault("reset after the answer", then="reset"),
    Fault("reset for ever", b"", runs=0, then="reset", times=None),
    Fault("accepted and lost", b"", runs=1),
    Fault("accepted and lost for ever", b"", runs=1, times=None),
    Fault("silence, not run", b"", runs=0, then="silence"),
    Fault("silence, run", b"", then="silence"),
    Fault("silence in the body", then="silence", keep=0.7),
    Fault("trickle of the headers", answer("200 OK", b"{}", *[f"X-{i}: a" for i in range(90)]),
          runs=0, then="trickle"),
    Fault("trickle of the body", answer("200 OK", b"[" + b" " * 900 + b"]"), then="trickle"),
    _refusal("without a header"),
    _refusal("Retry-After: seconds", "Retry-After: 7"),
    _refusal("Retry-After: a date", "Retry-After: Fri, 27 Nov 2026 00:00:00 GMT"),
    _refusal("Retry-After: 1e18", "Retry-After: 1e18", passes=False),
    _refusal("Retry-After: -5", "Retry-After: -5"),
    _refusal("X-Rate-Limit-Retry", "X-Rate-Limit-Retry: 1", "X-Rate-Limit-Remaining: 0"),
    Fault("429 for ever", answer("429 Too Many", _TOO_MANY, "Retry-After: 60"),
          runs=0, times=None, is_refusal=True),
    Fault("429 of the month",
          answer("429 Too Many", _TOO_MANY, "X-Rate-Limit-Type: api_calls_cycle"),
          runs=0, times=None, is_refusal=True),
    Fault("500 once, not run", answer("500 Error", _SERVER), runs=0),
    Fault("500 once, run", answer("500 Error", _SERVER)),
    Fault("503 three times", answer("503 Unavailable", _SERVER), runs=0, times=3),
    Fault("503 for ever", answer("503 Unavailable", _SERVER), runs=0, times=None),
    Fault("502 in HTML", answer("502 Bad Gateway", _PAGE, kind="text/html"), runs=0),
    Fault("a login page, not run", answer("200 OK", _PAGE, kind="text/html"), runs=0),
    Fault("a login page, run", answer("200 OK", _PAGE, kind="text/html")),
    Fault("a login page for ever", answer("200 OK", _PAGE, kind="text/html"), runs=0, times=None),
    Fault("JSON cut", answer("200 OK", b'{"id": "cust_1", "customers": [{')),
    Fault("JSON of another shape", answer("200 OK", b'{"hello": {"world": 1}}'), runs=0),
    Fault("an empty object for ever", answer("200 OK", b"{}"), runs=0, times=None),
    Fault("a list", answer("200 OK", b"[1, 2]"), runs=0),
    Fault("a wrong type",
          answer("200 OK", b'{"id": 7, "customers": "none", "async_action_id": []}'), runs=0),
    Fault("broken gzip",
          answer("200 OK", gzip.compress(b"{}" * 900)[:-20], "Content-Encoding: gzip")),
    Fault("gzip without end", answer("200 OK", gzip.compress(b" " * 150_000_000, 9),
                                     "Content-Encoding: gzip"), runs=0, times=None),
    Fault("a redirect to itself", answer("302 Found", b"", "Location: /v1/customers"),
          runs=0, times=None),
    Fault("a redirect elsewhere, run",
          answer("303 See Other", b"", "Location: http://127.0.0.1:9/x")),
    Fault("an empty 200, not run", answer("200 OK"), runs=0),
    Fault("an empty 200, run", answer("200 OK")),
    Fault("a 202 without a body", answer("202 Accepted"), runs=0),
    Fault("run twice", runs=2),
    Fault("run late", b"", runs=0, late=True),
    Fault("404 of what is queued", answer("404 Not Found", b'{"code":404,"key":"not_found",'
                                          b'"message":"Resource not found"}'), runs=0),
)  # fmt: skip
