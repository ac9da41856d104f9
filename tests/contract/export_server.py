"""A server that plays one export and whose file can be broken in every way, over HTTP or TLS."""

from __future__ import annotations

import contextlib
import http.server
import json
import threading
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.processes import ENDS_S


@dataclass
class Script:
    """What the server answers; each list is used up from its front, its last element for ever.

    Attributes:
        files: What writes the file, called with the handler.
        totals: What a list of customers, orders or redemptions counts.
        statuses: How the export is, whenever it is asked for; 404 where it is not known.
        orders: The body of the answer to an order.
        keys: The metadata schema's keys.
        redirect: Where the file's address leads instead.
        host: The host that the file's address names; None is the one that was asked.
        link: The file's address itself; None is a good one.
    """

    files: list[Any]
    totals: list[int | None] = field(default_factory=lambda: [None])
    statuses: list[str | int] = field(default_factory=lambda: ["DONE"])
    orders: list[Any] = field(default_factory=lambda: [{"id": "exp_1", "status": "SCHEDULED"}])
    keys: tuple[str, ...] = ()
    redirect: str | None = None
    host: str | None = None
    link: str | None = None
    seen: list[tuple[str, dict[str, str], dict[str, list[str]]]] = field(default_factory=list)

    def paths(self) -> list[str]:
        return [path for path, _, _ in self.seen]


def _next(answers):
    return answers.pop(0) if len(answers) > 1 else answers[0]


def plain(content, *, status=200, length=None):
    """A file with its length, or with a length that is not met."""

    def write(handler):
        handler.send_response(status)
        handler.send_header("Content-Type", "text/csv")
        handler.send_header("Content-Length", str(len(content) if length is None else length))
        handler.end_headers()
        handler.wfile.write(content)
        handler.close_connection = length is not None

    return write


def chunked(*chunks, encoding=None, end=True):
    """A file in chunks, of which the last, empty one may be missing."""

    def write(handler):
        handler.send_response(200)
        handler.send_header("Transfer-Encoding", "chunked")
        if encoding is not None:
            handler.send_header("Content-Encoding", encoding)
        handler.end_headers()
        for chunk in chunks:
            handler.wfile.write(b"%x\r\n%b\r\n" % (len(chunk), chunk))
        if end:
            handler.wfile.write(b"0\r\n\r\n")
        handler.close_connection = not end

    return write


def _handler(script):
    class Handler(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self):
            where = urlsplit(self.path)
            self.rfile.read(int(self.headers.get("Content-Length") or 0))
            headers = {name.lower(): value for name, value in self.headers.items()}
            script.seen.append((where.path, headers, parse_qs(where.query)))
            answer = {
                "/v1/metadata-schemas/customer": self._schema,
                "/v1/metadata-schemas/order": self._schema,
                "/v1/metadata-schemas/redemption": self._schema,
                "/v1/orders": lambda: self._json({"orders": [], "total": _next(script.totals)}),
                "/v1/redemptions": lambda: self._json(
                    {"redemptions": [], "total": _next(script.totals)}
                ),
                "/v1/exports": lambda: self._json(_next(script.orders)),
                "/v1/exports/exp_1": self._export,
                "/v1/customers": lambda: self._json(
                    {"customers": [], "total": _next(script.totals), "has_more": False}
                ),
                "/elsewhere": lambda: _next(script.files)(self),
            }
            answer.get(where.path, self._file)()

        do_POST = do_GET  # noqa: N815 - the name that the library calls

        def _schema(self):
            self._json({"properties": {key: {"type": "string"} for key in script.keys}})

        def _export(self):
            status = _next(script.statuses)
            scheme = "https" if hasattr(self.connection, "cipher") else "http"
            host = script.host or self.headers["Host"]
            if isinstance(status, int):
                self._json({"code": status, "message": "Not found"}, status=status)
                return
            result = {"url": script.link or f"{scheme}://{host}/file.csv?token=t0p"}
            self._json({"id": "exp_1", "status": status, "result": result})

        def _file(self):
            if script.redirect is None:
                _next(script.files)(self)
                return
            self.send_response(302)
            self.send_header("Location", script.redirect)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def _json(self, body, *, status=200):
            content = body if isinstance(body, bytes) else json.dumps(body).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_):
            pass

    return Handler


@contextlib.contextmanager
def serving(script, *, tls=None):
    """Serve a script; gives the port."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), _handler(script))
    server.daemon_threads = True
    server.handle_error = lambda *_: None
    if tls is not None:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        thread.join(ENDS_S)
        server.server_close()
