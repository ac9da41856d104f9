"""The log of all requests since the last reset, for tests."""

from __future__ import annotations

import json
from collections import deque
from dataclasses import dataclass
from typing import Any

#: A sandbox may run for days: beyond these the oldest are forgotten.
_MAX_ENTRIES = 100_000
_MAX_BODY_BYTES = 256 * 1024 * 1024

#: What the log keeps of the token.
TOKEN_HEADER = "x-app-token"  # noqa: S105  # a header's name


@dataclass(slots=True)
class Entry:
    """One request and how it was answered (status 0: not at all)."""

    method: str
    path: str
    query: list[tuple[str, str]]
    headers: tuple[tuple[bytes, bytes], ...]
    token_is_right: bool
    body: bytes
    body_size: int
    at_ms: int
    status: int = 0
    #: How many requests were being served when this one came, itself included.
    in_flight: int = 1

    def as_json(self) -> dict[str, Any]:
        """The entry for the control interface; the token itself is never shown."""
        headers = {k.decode("latin-1"): v.decode("latin-1") for k, v in self.headers}
        if TOKEN_HEADER in headers:
            headers[TOKEN_HEADER] = "right" if self.token_is_right else "wrong"
        try:
            decoded = json.loads(self.body) if self.body else None
        except (ValueError, RecursionError):
            decoded = None
        return {
            "method": self.method,
            "path": self.path,
            "query": dict(self.query),
            "headers": headers,
            "body_size": self.body_size,
            "json": decoded,
            "status": self.status,
            "at_ms": self.at_ms,
            "in_flight": self.in_flight,
        }


class RequestLog:
    """Entries in the order in which the requests arrived."""

    def __init__(self) -> None:
        self._entries: deque[Entry] = deque()
        self._body_bytes = 0

    def add(self, entry: Entry) -> None:
        """Remember a request; its status is filled in later."""
        self._entries.append(entry)
        self._body_bytes += len(entry.body)
        while len(self._entries) > _MAX_ENTRIES or self._body_bytes > _MAX_BODY_BYTES:
            self._body_bytes -= len(self._entries.popleft().body)

    def forget(self) -> None:
        """Begin anew."""
        self._entries.clear()
        self._body_bytes = 0

    def as_json(self) -> list[dict[str, Any]]:
        """All entries."""
        return [entry.as_json() for entry in self._entries]
