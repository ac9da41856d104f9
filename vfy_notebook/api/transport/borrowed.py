"""A live connection taken out of its pool, to send a request now and read the answer later.

Pools of urllib3 send and receive in one go. They make connections of any kind, though: through
TLS, through a proxy's tunnel, through SOCKS. So the first exchange with a host is theirs, and from
then on its connection can be borrowed. Once the head of a request has been written by urllib3, the
same head is written again for each further page, and an answer that is plain is read without it.
"""

from __future__ import annotations

import contextlib
import http.client
import queue
from typing import TYPE_CHECKING, Any

import urllib3

from vfy_notebook.api.transport.plain_answers import PlainAnswer, read_plain
from vfy_notebook.api.transport.received import Received

if TYPE_CHECKING:
    from vfy_notebook.api.transport.request import Outgoing


class Borrowed:
    """One connection, and the one exchange on it.

    Args:
        pool: Whose connection it is, and who gets it back.
        connection: The connection, which waits for a request.
        request: The request, which has no body.
        head: The first bytes of such a request without what is sealed, as urllib3 has written them.
        room: Where an answer is received.
    """

    def __init__(
        self,
        pool: urllib3.HTTPConnectionPool,
        connection: Any,
        request: Outgoing,
        head: bytes,
        room: memoryview,
    ) -> None:
        self._pool = pool
        self._connection = connection
        self._request = request
        self._head = head
        self._room = room
        self._was_used = False
        self._ends_connection = False
        self._answer: urllib3.BaseHTTPResponse | PlainAnswer | None = None

    @classmethod
    def of(
        cls,
        pool: urllib3.HTTPConnectionPool,
        request: Outgoing,
        head: bytes,
        room: memoryview,
    ) -> Borrowed | None:
        """A connection of a pool that is open and idle; None if there is none."""
        if pool.pool is None:
            return None
        try:
            connection = pool.pool.get(block=False)
        except queue.Empty:
            return None
        if connection is not None and connection.is_connected:
            return cls(pool, connection, request, head, room)
        _put_back(pool, connection)
        return None

    def send(self) -> None:
        """Send the request; a connection that breaks meanwhile shows when the answer is read."""
        self._was_used = True
        with contextlib.suppress(OSError):
            self._connection.send_again(self._head)

    def receive(self) -> Received:
        """The answer to what was sent.

        Raises:
            ProtocolError: There is none; urllib3's own.
            OSError: There is no connection any more, or it took too long.
        """
        try:
            self._answer = self._read()
        except http.client.HTTPException as error:
            message = "Connection aborted."
            raise urllib3.exceptions.ProtocolError(message, error) from error
        return Received(self._request.url, self._answer, self.give_back)

    def _read(self) -> urllib3.BaseHTTPResponse | PlainAnswer:
        """An answer to what urllib3 has not sent, and so knows nothing of."""
        plain, began = read_plain(self._connection.receive_into, self._room)
        if plain is not None:
            return plain
        answer = self._connection.answer_behind(began)
        answer.begin()
        self._ends_connection = answer.will_close
        return urllib3.HTTPResponse(
            body=answer,
            headers=urllib3.HTTPHeaderDict(answer.headers.items()),
            status=answer.status,
            version=answer.version,
            reason=answer.reason,
            preload_content=False,
            decode_content=False,
            original_response=answer,
            request_method=self._request.method,
        )

    def give_back(self) -> None:
        """Let the pool have its connection again: closed, unless the whole answer has been read."""
        connection, self._connection = self._connection, None
        if connection is None:
            return
        is_read = self._answer is not None and self._answer.closed
        if self._was_used and (self._ends_connection or not is_read):
            connection.close()
        _put_back(self._pool, connection)


def _put_back(pool: urllib3.HTTPConnectionPool, connection: Any) -> None:
    try:
        if pool.pool is not None:
            pool.pool.put(connection, block=False)
            return
    except queue.Full:
        pass
    if connection is not None:  # the pool is closed, or has as many as it takes
        connection.close()
