"""Answers that are read without http.client, and those that are left to it."""

from __future__ import annotations

import pytest
import urllib3

from vfy_notebook.api.transport.plain_answers import ROOM_BYTES, read_plain

HEAD = b"HTTP/1.1 200 OK\r\nDate: Fri, 27 Nov 2026 08:00:00 GMT\r\nContent-Length: %d\r\n\r\n"


def read(*pieces, room=ROOM_BYTES):
    """What is made of an answer that comes in such pieces."""
    left = list(pieces)

    def receive(into):
        if not left:
            return 0
        piece, rest = left[0][: len(into)], left[0][len(into) :]
        left[:1] = [rest] if rest else []
        into[: len(piece)] = piece
        return len(piece)

    return read_plain(receive, memoryview(bytearray(room)))


def whole(answer, size=ROOM_BYTES):
    return b"".join(iter(lambda: answer.read1(size), b""))


@pytest.mark.parametrize("size", [1, 7, 4_000, ROOM_BYTES])
@pytest.mark.parametrize("length", [0, 1, 99, 5_000, 3 * ROOM_BYTES + 5])
def test_the_body_comes_whatever_the_pieces(length, size):
    body = bytes(i % 251 for i in range(length))
    if length > size * 50_000:
        size = 4_000
    sent = HEAD % length + body
    for cuts in ([sent], [sent[:200], sent[200:]], [HEAD % length, *map(bytes, _split(body))]):
        answer, began = read(*filter(None, cuts))
        assert began == b""
        assert answer.headers["content-length"] == str(length)
        assert whole(answer, size) == body
        assert answer.closed
        assert answer.tell() == length


def _split(body):
    return (body[at : at + 1_111] for at in range(0, len(body), 1_111))


def test_a_small_room_is_used_again_and_again():
    body = bytes(i % 251 for i in range(10_000))
    answer, _ = read(HEAD % len(body) + body, room=300)
    assert whole(answer) == body


@pytest.mark.parametrize("come", [0, 1, 50])
def test_a_body_that_ends_early_is_no_body(come):
    answer, _ = read(HEAD % 51 + b"x" * come)
    with pytest.raises(urllib3.exceptions.ProtocolError, match="IncompleteRead"):
        whole(answer)
    assert not answer.closed


@pytest.mark.parametrize(
    "sent",
    [
        b"",
        b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n",
        b"HELLO\r\n\r\n",
        b"HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.1 204 No Content\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.1 429 Too Many Requests\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.1 103 Early Hints\r\n\r\n" + HEAD % 0,
        b"HTTP/1.1 200 OK\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: \r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: +1\r\n\r\nx",
        b"HTTP/1.1 200 OK\r\nContent-Length: 1_0\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: ١\r\n\r\nx".encode(),
        b"HTTP/1.1 200 OK\r\nContent-Length: 0, 0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 99999999999999\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\nx",
        b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\ncontent-length: 2\r\n\r\nx",
        b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nxy",
        b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0",
        b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nConnection: close\r\n\r\nx",
        b"HTTP/1.1 200 OK\r\nContent-Length : 1\r\n\r\nx",
        b"HTTP/1.1 200 OK\r\nX-Long: a\r\n b\r\nContent-Length: 1\r\n\r\nx",
        b"HTTP/1.1 200 OK\r\nX-Bare: a\nContent-Length: 1\r\n\r\nx",
        b"HTTP/1.1 200 OK\r\nX-Name: \xe9\r\nContent-Length: 1\r\n\r\nx",
        b"HTTP/1.1 200 OK\r\nX-Large: " + b"x" * 20_000 + b"\r\nContent-Length: 1\r\n\r\nx",
    ],
)
def test_anything_else_is_left_to_http_client_from_its_first_byte_on(sent):
    answer, began = read(sent)
    assert answer is None
    assert began == sent
