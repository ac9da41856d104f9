"""HTTP connections that know what they are at, and that never wait beyond a deadline.

`requests` bounds each wait for the next bytes, but not how often it waits: headers or a body that
trickle in, a byte now and then, would hold a request for ever. Here every read from a socket asks
first how much time is left. And whether a failure came while the connection was still being made
(name, proxy, handshake) tells for sure that no request has gone out.
"""

from __future__ import annotations

import http.client
import io
import math
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import socket

    import urllib3

    from vfy_notebook.api.clock import Clock
    from vfy_notebook.api.transport.sealing import Sealed

#: Seconds to wait for a connection, for the next bytes of an answer or until the next are taken,
#: and for a whole answer.
CONNECT_TIMEOUT_S = 10.0
READ_TIMEOUT_S = 60.0
ANSWER_TIMEOUT_S = 180.0

#: A download may take longer than an answer by a second for each so many bytes that have come,
#: and so long at most.
SLOWEST_BYTES_PER_S = 10_000
DOWNLOAD_TIMEOUT_S = 7_200.0

#: So many bytes are sent between two looks at the clock.
_SENT_AT_ONCE = 1 << 16

#: A server may tell so often that it is at work (102, 103) before it answers.
_MAX_INTERIM_ANSWERS = 20


class Watch:
    """One exchange: until when it may last, and whether it is still connecting.

    Attributes:
        connecting: Whether the connection is still being made.
        sealed: What the next request gets as it is written to the socket.
        head: The first bytes of the request written last, without what was sealed.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._began = -math.inf
        self._ends = math.inf
        self.connecting = False
        self.sealed: Sealed | None = None
        self.head = b""

    def begin(self) -> None:
        """A new exchange begins."""
        self._began = self._clock.monotonic()
        self._ends = self._began + ANSWER_TIMEOUT_S
        self.connecting = False

    def took_in(self, size: int) -> None:
        """So much of a download has come in all: it may take so much longer."""
        longer_s = ANSWER_TIMEOUT_S + size / SLOWEST_BYTES_PER_S
        self._ends = self._began + min(longer_s, DOWNLOAD_TIMEOUT_S)

    def completed(self, head: bytes) -> bytes | memoryview:
        """The first bytes of a request, with what was sealed until now."""
        sealed, self.sealed = self.sealed, None
        self.head = head
        return head if sealed is None else sealed.added_to(head)

    def wait_s(self) -> float:
        """How long the next wait may last.

        Raises:
            TimeoutError: The exchange has taken too long already.
        """
        left_s = self._ends - self._clock.monotonic()
        if left_s <= 0:
            raise TimeoutError
        return min(left_s, READ_TIMEOUT_S)


def watch_connections(manager: urllib3.PoolManager, watch: Watch) -> None:
    """Let a manager make connections that are watched."""
    pools: dict[str, Any] = manager.pool_classes_by_scheme
    manager.pool_classes_by_scheme = {
        scheme: type(pool.__name__, (pool,), {"ConnectionCls": _watched(pool.ConnectionCls, watch)})
        for scheme, pool in pools.items()
    }


def _watched(kind: Any, watch: Watch) -> type:
    """The same kind of connection, watched; SOCKS brings kinds of its own."""

    def connect(self: Any) -> None:
        # A proxy that is asked for a tunnel is not given the keys, whatever went before.
        self.head_comes = False
        watch.connecting = True
        kind.connect(self)
        watch.connecting = False

    def endheaders(self: Any, *args: Any, **kwargs: Any) -> None:
        # Not while the head is being written: making a connection writes things of its own.
        if self.sock is None:
            self.connect()
        self.head_comes = True
        try:
            kind.endheaders(self, *args, **kwargs)
        finally:
            self.head_comes = False

    def send(self: Any, data: Any) -> None:
        if self.head_comes:
            self.head_comes = False
            data = watch.completed(data)
        if not isinstance(data, bytes | memoryview):
            kind.send(self, data)
            return
        for at in range(0, len(data), _SENT_AT_ONCE):
            if self.sock is not None and not watch.connecting:
                self.sock.settimeout(watch.wait_s())
            kind.send(self, data[at : at + _SENT_AT_ONCE])

    def read_answer(sock: socket.socket, *args: Any, **kwargs: Any) -> _Answer:
        readable: Any = _Readable(sock, watch)
        return _Answer(readable, *args, **kwargs)

    members: dict[str, Any] = {
        "connect": connect,
        "head_comes": False,
        "endheaders": endheaders,
        "send": send,
        "watch": watch,
        "response_class": staticmethod(read_answer),
    }
    return type(kind.__name__, (_Again, kind), members)


class _Again:
    """What a watched connection can do without urllib3, once that has made it and written to it."""

    sock: Any
    watch: Watch

    def send_again(self, head: bytes) -> None:
        """Send a request without a body, the head of which has been written before."""
        self.sock.settimeout(self.watch.wait_s())
        self.sock.sendall(self.watch.completed(head))

    def receive_into(self, room: memoryview) -> int:
        """Some bytes of an answer, as many as come at once; 0 at the connection's end."""
        self.sock.settimeout(self.watch.wait_s())
        count: int = self.sock.recv_into(room)
        return count

    def answer_behind(self, began: bytes) -> http.client.HTTPResponse:
        """The answer of which so much has been received already."""
        readable: Any = _Readable(self.sock, self.watch, began)
        return _Answer(readable, method="GET")


class _Answer(http.client.HTTPResponse):
    """The final answer: early hints (103) and the like come before it."""

    def begin(self) -> None:
        """Read the status and the headers."""
        for _ in range(_MAX_INTERIM_ANSWERS):
            super().begin()
            if not 100 <= self.status < 200 or self.status == http.client.SWITCHING_PROTOCOLS:
                return
            nothing: Any = None  # as before the first line
            self.headers = self.msg = nothing
        message = f"more than {_MAX_INTERIM_ANSWERS} interim answers"
        raise http.client.HTTPException(message)


class _Readable:
    """A socket as far as an answer needs it: something to read from."""

    def __init__(self, sock: socket.socket, watch: Watch, began: bytes = b"") -> None:
        self._sock = sock
        self._watch = watch
        self._began = began

    def makefile(self, mode: str) -> io.BufferedReader:
        raw: Any = self._sock.makefile(mode, buffering=0)  # type: ignore[call-overload]
        return io.BufferedReader(_Timed(raw, self._sock, self._watch, self._began))


class _Timed(io.RawIOBase):
    """Reads a socket, no longer than there is time; first of all what has been read before."""

    def __init__(self, raw: io.RawIOBase, sock: socket.socket, watch: Watch, began: bytes) -> None:
        self._raw = raw
        self._sock = sock
        self._watch = watch
        self._began = began

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        if self._began:
            count = min(len(buffer), len(self._began))
            buffer[:count], self._began = self._began[:count], self._began[count:]
            return count
        wait_s = self._watch.wait_s()
        if self._sock.fileno() >= 0:  # an answer that ends a connection outlives its socket
            self._sock.settimeout(wait_s)
        return self._raw.readinto(buffer)

    def close(self) -> None:
        if not self.closed:
            self._raw.close()
        super().close()
