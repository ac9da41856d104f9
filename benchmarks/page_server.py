"""A list server that is no sandbox: prepared customers, cut into pages and sent.

It does as little as an HTTP server can, so that what is measured is the client: the customers'
JSON is made before it opens its port, a request costs one search and one join.

Run as a process of its own; its first line on standard output is its address.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
from bisect import bisect_left, bisect_right
from datetime import UTC, datetime
from email.utils import formatdate
from functools import partial
from urllib.parse import parse_qsl, urlsplit

from benchmarks import hostile, made_up

#: Customers by their kind.
KINDS = {
    "plain": made_up.customers,
    "nested": partial(made_up.customers, nested=True),
    "hostile": hostile.customers,
}


class Pages:
    """The customers and how a page of them is cut."""

    def __init__(self, count: int, kind: str = "plain") -> None:
        made = list(KINDS[kind](count))
        self._times = [created_ms for created_ms, _ in made]
        self._texts = [text for _, text in made]
        self.calls = 0

    def answer(self, query: dict[str, str]) -> bytes:
        """The body of a list answer; bounds are exclusive."""
        self.calls += 1
        start, end = 0, len(self._times)
        if "created_at[after]" in query:
            start = bisect_right(self._times, _ms(query["created_at[after]"]))
        if "created_at[before]" in query:
            end = bisect_left(self._times, _ms(query["created_at[before]"]))
        total = max(end - start, 0)
        backwards = query.get("order", "-created_at").startswith("-")
        if "starting_after" in query:
            cursor_ms = _ms(query["starting_after"])
            if backwards:
                end = min(end, bisect_left(self._times, cursor_ms))
            else:
                start = max(start, bisect_right(self._times, cursor_ms))
        limit = int(query.get("limit", "10"))
        skipped = (int(query.get("page", "1")) - 1) * limit
        if backwards:
            last = end - skipped
            texts = self._texts[max(start, last - limit) : max(last, 0)][::-1]
            more = last - limit > start
        else:
            first = start + skipped
            texts = self._texts[first : min(first + limit, end)]
            more = first + limit < end
        return b'{"object":"list","data_ref":"customers","customers":[%b],"total":%d,%b}' % (
            b",".join(texts),
            total,
            b'"has_more":true' if more else b'"has_more":false',
        )


def _ms(text: str) -> int:
    return round(datetime.fromisoformat(text).astimezone(UTC).timestamp() * 1000)


class _Connection(asyncio.Protocol):
    """One connection; requests have no body worth reading."""

    def __init__(self, pages: Pages) -> None:
        self._pages = pages
        self._unread = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._unread += data
        while (end := self._unread.find(b"\r\n\r\n")) >= 0:
            head, self._unread = self._unread[:end], self._unread[end + 4 :]
            self._serve(head.split(b" ", 2)[1].decode())

    def _serve(self, target: str) -> None:
        url = urlsplit(target)
        if url.path == "/calls":
            body = b"%d" % self._pages.calls
            self._pages.calls = 0
        else:
            body = self._pages.answer(dict(parse_qsl(url.query)))
        head = (
            "HTTP/1.1 200 OK\r\nContent-Type: application/json; charset=utf-8\r\n"
            f"Content-Length: {len(body)}\r\nDate: {formatdate(usegmt=True)}\r\n"
            "X-Rate-Limit-Limit: 1000000\r\nX-Rate-Limit-Remaining: 999999\r\n\r\n"
        )
        self._transport.write(head.encode())
        self._transport.write(body)


async def _serve(count: int, kind: str) -> None:
    pages = Pages(count, kind)
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: _Connection(pages), "127.0.0.1", 0)
    print(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", flush=True)
    # It ends with the process that started it.
    await loop.run_in_executor(None, sys.stdin.read)


def main() -> None:
    """Serve until standard input ends."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--customers", type=int, default=100_000)
    parser.add_argument("--kind", choices=KINDS, default="plain")
    options = parser.parse_args()
    asyncio.run(_serve(options.customers, options.kind))


if __name__ == "__main__":
    main()
