"""Reads an answer that is as plain as an answer can be: status 200, headers, a told length.

Nearly all pages of a listing come so, and http.client and urllib3 take longer over such a head
than over the body behind it. Whatever is not quite as plain (chunks, hints before the answer,
lines that go on, no length) is left to them, from its first byte on.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING

import urllib3

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

#: Room for a page of customers and its head; of what is larger, so much is read at a time.
ROOM_BYTES = 1 << 18

#: What the head may take of it: such heads have a few hundred bytes.
_MAX_HEAD_BYTES = 1 << 14

_HEAD = re.compile(
    rb"HTTP/1\.1 200 ([ -~]*)\r\n((?:[!#$%&'*+.^_`|~0-9A-Za-z-]+:[\t -~]*\r\n)+)\r\n"
)
_LENGTH = re.compile(r"[0-9]{1,12}")

#: Headers that say how a body ends, or what becomes of the connection.
_FRAMING = ("transfer-encoding", "connection", "upgrade", "trailer")


class Headers(Mapping[str, str]):
    """An answer's headers, by their names in whatever case.

    >>> headers = Headers({"date": "Fri, 27 Nov 2026 08:00:00 GMT"})
    >>> headers["Date"], "DATE" in headers, headers.get("Location")
    ('Fri, 27 Nov 2026 08:00:00 GMT', True, None)
    """

    def __init__(self, by_small_name: dict[str, str]) -> None:
        self._held = by_small_name

    def __getitem__(self, name: str) -> str:
        return self._held[name.lower()]

    def __iter__(self) -> Iterator[str]:
        return iter(self._held)

    def __len__(self) -> int:
        return len(self._held)


class PlainAnswer:
    """An answer whose body is still to be read, with the names that urllib3's answers have.

    Args:
        reason: What stands behind its status.
        headers: Its headers.
        length: Bytes of its body.
        room: Where bytes are received; it belongs to this answer until that has been read.
        began: Which part of `room` holds the beginning of the body.
        receive: Receives some bytes; gives how many, 0 at the connection's end.
    """

    status = 200

    def __init__(
        self,
        reason: str,
        headers: Headers,
        length: int,
        *,
        room: memoryview,
        began: slice,
        receive: Callable[[memoryview], int],
    ) -> None:
        self.reason = reason
        self.headers = headers
        self._length = self._left = length
        self._room = room
        self._at, self._end = began.start, began.stop
        self._receive = receive

    @property
    def closed(self) -> bool:
        """Whether the whole body has been read."""
        return self._left == 0

    def tell(self) -> int:
        """Bytes read so far."""
        return self._length - self._left

    def read1(self, size: int, *, decode_content: bool = False) -> bytes:
        """The next bytes, as many as fit into the room; none at the body's end.

        Raises:
            ProtocolError: The connection has ended before the body; urllib3's own.
        """
        assert not decode_content  # noqa: S101 - bodies are unpacked elsewhere
        size = min(size, self._left)
        if self._at + size > len(self._room):
            held = self._end - self._at
            self._room[:held] = bytes(self._room[self._at : self._end])
            self._at, self._end = 0, held
            size = min(size, len(self._room))
        while self._end - self._at < size:
            count = self._receive(self._room[self._end : self._at + size])
            if not count:
                come = self.tell() + self._end - self._at
                broken = urllib3.exceptions.IncompleteRead(come, self._length - come)
                message = f"Connection broken: {broken!r}"
                raise urllib3.exceptions.ProtocolError(message, broken)
            self._end += count
        piece = bytes(self._room[self._at : self._at + size])
        self._at += size
        self._left -= size
        return piece


def read_plain(
    receive: Callable[[memoryview], int], room: memoryview
) -> tuple[PlainAnswer | None, bytes]:
    """The plain answer that begins; None and what has come of it, if it is any other.

    Args:
        receive: Receives some bytes; gives how many, 0 at the connection's end.
        room: Where bytes are received.
    """
    end = receive(room)
    head = _HEAD.match(room[: min(end, _MAX_HEAD_BYTES)])
    if head is not None:
        reason, lines = (each.decode("ascii") for each in head.groups())
        headers = _headers(lines)
        length = None if headers is None else _length(headers, at_least=end - head.end())
        if headers is not None and length is not None:
            began = slice(head.end(), end)
            answer = PlainAnswer(reason, headers, length, room=room, began=began, receive=receive)
            return answer, b""
    return None, bytes(room[:end])


def _headers(lines: str) -> Headers | None:
    """The headers; None if one has come twice."""
    told = [line.partition(":") for line in lines.split("\r\n")[:-1]]
    held = {name.lower(): value.strip(" \t") for name, _, value in told}
    return Headers(held) if len(held) == len(told) else None


def _length(headers: Headers, *, at_least: int) -> int | None:
    """How long the body is; None if anything else may be true of it."""
    told = headers.get("content-length", "")
    if _LENGTH.fullmatch(told) is None or any(name in headers for name in _FRAMING):
        return None
    return length if (length := int(told)) >= at_least else None
