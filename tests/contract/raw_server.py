"""A server on loopback that answers with the very bytes that a test gives."""

from __future__ import annotations

import contextlib
import json
import socket
import threading

from tests.fake_clock import FakeClock
from tests.processes import ENDS_S
from vfy_notebook.api.credentials import Credentials
from vfy_notebook.api.transport import Transport
from vfy_notebook.project import Project


def answer(status="200 OK", body=b"", headers=()):
    """An HTTP answer as bytes; `body` may be what is to become JSON."""
    if not isinstance(body, bytes):
        body = json.dumps(body).encode()
    lines = [f"HTTP/1.1 {status}", *(f"{name}: {value}" for name, value in headers)]
    lines.append(f"Content-Length: {len(body)}")
    return "\r\n".join([*lines, "", ""]).encode() + body


class RawServer:
    """Answers each request by `script(number, request)`: bytes, or an iterator of bytes.

    None closes the connection without a word. `requests` are the heads of what has come.
    """

    def __init__(self, script, *, context=None):
        self._script = script
        self._context = context
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self.requests = []
        self.connections = 0
        self._open = []
        self._lock = threading.Lock()

    def __enter__(self):
        self._accepting = threading.Thread(target=self._accept, daemon=True)
        self._accepting.start()
        return self

    def __exit__(self, *_):
        # Closing alone would leave the thread in its accept(), and the port open behind it: whoever
        # connects then would be answered by a server that its test has long forgotten.
        self._close(self._listener)
        self._accepting.join(ENDS_S)
        assert not self._accepting.is_alive()
        for each in self._open:
            self._close(each)

    @staticmethod
    def _close(each):
        with contextlib.suppress(OSError):
            each.shutdown(socket.SHUT_RDWR)
        each.close()

    def _accept(self):
        with contextlib.suppress(OSError):
            while True:
                connection, _ = self._listener.accept()
                self.connections += 1
                self._open.append(connection)
                threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection):
        with contextlib.suppress(OSError), connection:
            if self._context is not None:
                connection = self._context.wrap_socket(connection, server_side=True)
            with connection, connection.makefile("rb") as stream:
                while head := self._head(stream):
                    with self._lock:
                        self.requests.append(head)
                        number = len(self.requests)
                    said = self._script(number, head)
                    if said is None:
                        return
                    for piece in [said] if isinstance(said, bytes) else said:
                        connection.sendall(piece)

    @staticmethod
    def _head(stream):
        lines = []
        while (line := stream.readline()) not in (b"\r\n", b""):
            lines.append(line.decode("latin-1").rstrip())
        for line in lines:
            if line.lower().startswith("content-length:"):
                stream.read(int(line.partition(":")[2]))
        return "\n".join(lines)


@contextlib.contextmanager
def project_on(url, tmp_path, *, clock=None, workers=1, **options):
    """A project whose waits take no time."""
    transport = Transport(
        Credentials("app", "token-4711", url),
        clock=clock or FakeClock(),
        jitter=lambda: 0.5,
        **options,
    )
    project = Project(transport, workers=workers, journal_path=tmp_path / "journal.sqlite")
    try:
        yield project
    finally:
        project.close()


def customer(i, **more):
    return {
        "id": f"cust_{i:03d}",
        "source_id": f"s-{i}",
        "created_at": f"2024-01-01T00:{i // 60:02d}:{i % 60:02d}.001Z",
        **more,
    }


def page(customers, **more):
    return {"customers": customers, "total": len(customers), "has_more": False, **more}
