"""Uvicorn on a loopback socket of our own."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable
from typing import Any

import uvicorn
from uvicorn.protocols.http.h11_impl import H11Protocol

from vfy_notebook.sandbox.server.app import App
from vfy_notebook.sandbox.state import Sandbox

HOST = "127.0.0.1"
_KEEP_ALIVE_S = 75


class _Protocol(H11Protocol):
    """HTTP/1.1 whose application can reach the connection, to cut it when a script says so."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self.app_state = {**self.app_state, "transport": transport}


class _Server(uvicorn.Server):
    """A server that tells when it answers."""

    def __init__(self, config: uvicorn.Config, on_ready: Callable[[], None]) -> None:
        super().__init__(config)
        self._on_ready = on_ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._on_ready()


def open_socket(port: int) -> socket.socket:
    """A listening socket on loopback; port 0 takes any free one.

    Raises:
        OSError: If the port is taken.
    """
    # asyncio sends small answers at once (TCP_NODELAY) only where the protocol is named.
    listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind((HOST, port))
        listening.listen(2048)
    except OSError:
        listening.close()
        raise
    return listening


def serve(box: Sandbox, listening: socket.socket, on_ready: Callable[[], None]) -> None:
    """Serve until the process is told to end."""
    port = listening.getsockname()[1]
    # Downloads have another host name than the API, as they do at the vendor's.
    box.serve_at(f"http://{HOST}:{port}", f"http://localhost:{port}")
    app: Any = App(box)
    config = uvicorn.Config(
        app,
        http=_Protocol,
        ws="none",
        lifespan="off",
        log_level="warning",
        access_log=False,
        server_header=False,
        date_header=False,
        timeout_keep_alive=_KEEP_ALIVE_S,
        timeout_graceful_shutdown=1,
    )
    _Server(config, on_ready).run(sockets=[listening])
