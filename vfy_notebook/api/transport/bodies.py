"""Reads the bodies of answers, within bounds: nothing that comes is taken in without end."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vfy_notebook.api.transport.request import Failed
from vfy_notebook.api.transport.unpacking import Unpacking
from vfy_notebook.errors import ResponseError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from vfy_notebook.api.transport.received import Received

#: Most bytes of an answer, unpacked. A page of 100 customers is seldom more than one million.
MAX_ANSWER_BYTES = 128 * 1024 * 1024

#: Of an answer that says no, so much is enough to tell why.
MAX_REFUSAL_BYTES = 1024 * 1024

#: What may be asked for at once. A packed piece can grow a thousandfold when it is unpacked, so
#: it has to be small.
_PLAIN_PIECE = 1 << 18
_PACKED_PIECE = 1 << 14

#: The packings that are asked for, and so the only ones that may come, one at a time.
ACCEPTED_ENCODINGS = "gzip, deflate"
_KNOWN_ENCODINGS = frozenset({"", "identity", "gzip", "x-gzip", "deflate"})


def pieces(response: Received) -> Iterator[bytes]:
    """The body in pieces, unpacked, as they arrive.

    `read1` returns after each piece that the network brings, where `iter_content` would wait for
    a full one.

    Raises:
        Failed: The body is packed in a way that nobody asked for.
        CutShortError: It has ended before its end.
    """
    encoding = response.headers.get("Content-Encoding", "").strip().lower()
    if encoding not in _KNOWN_ENCODINGS:
        message = (
            f"An answer came packed as {encoding[:40]!r}, which was not asked for: "
            "check the address given to connect(), and any proxy in between."
        )
        raise Failed(ResponseError(message), again=False)
    size = _PLAIN_PIECE if encoding in {"", "identity"} else _PACKED_PIECE
    unpacking = Unpacking(encoding)
    while piece := response.raw.read1(size, decode_content=False):
        yield from filter(None, unpacking.take(piece))
    yield from filter(None, unpacking.end())


def whole(response: Received, *, operation: str) -> bytes:
    """The whole body.

    Raises:
        Failed: It is larger than any answer of the API.
    """
    parts: list[bytes] = []
    size = 0
    for piece in pieces(response):
        size += len(piece)
        if size > MAX_ANSWER_BYTES:
            message = (
                f"The answer to {operation} is larger than {MAX_ANSWER_BYTES:,} bytes, as no "
                "answer of the API is: given up. Check the address given to connect()."
            )
            raise Failed(ResponseError(message), again=False)
        parts.append(piece)
    return b"".join(parts)


def beginning(response: Received) -> bytes:
    """The beginning of a body that is not to be used; the connection ends if there is more."""
    parts: list[bytes] = []
    size = 0
    for piece in pieces(response):
        parts.append(piece)
        size += len(piece)
        if size > MAX_REFUSAL_BYTES:
            response.close()
            break
    return b"".join(parts)[:MAX_REFUSAL_BYTES]
