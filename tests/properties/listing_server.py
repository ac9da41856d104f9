"""A listing API in a few lines, without a socket: the judge of the walk.

Every point on which the vendor is silent is a switch here.
"""

from __future__ import annotations

import math
import zlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from vfy_notebook.api.pages import MAX_PAGE, Page, PageRequest, Row

if TYPE_CHECKING:
    from vfy_notebook.api.listing.walking.walk import Walk


@dataclass
class ListingServer:
    rows: list[Row]
    cursor_inclusive: bool = False
    bounds_inclusive: bool = False
    tells_has_more: bool = True
    tells_total: bool = True
    ties_shuffled: int = 0
    largest_page: int = 100
    requests: list[PageRequest] = field(default_factory=list)
    _sorted: dict[tuple[str, int], list[Row]] = field(default_factory=dict)

    def answer(self, request: PageRequest) -> Page:
        self.requests.append(request)
        assert request.page is None or 1 <= request.page <= MAX_PAGE
        backwards = request.order.startswith("-")
        slack = 1 if self.bounds_inclusive else 0
        after = -math.inf if request.after_ms is None else request.after_ms - slack
        before = math.inf if request.before_ms is None else request.before_ms + slack
        matching = [r for r in self._in_order(request.order) if after < r.created_ms < before]
        total = len(matching)
        if request.starting_after_ms is not None:
            slack = 1 if self.cursor_inclusive else 0
            cursor_ms = request.starting_after_ms
            if backwards:
                matching = [row for row in matching if row.created_ms < cursor_ms + slack]
            else:
                matching = [row for row in matching if row.created_ms > cursor_ms - slack]
        limit = min(request.limit, self.largest_page)
        start = ((request.page or 1) - 1) * limit
        return Page.of(
            rows=matching[start : start + limit],
            total=total if self.tells_total else None,
            has_more=len(matching) > start + limit if self.tells_has_more else None,
        )

    def forget_order(self) -> None:
        """The rows have changed."""
        self._sorted.clear()

    def _in_order(self, order: str) -> list[Row]:
        """All rows; ties come in whatever order the server likes."""
        key = (order, len(self.rows))
        if key not in self._sorted:
            by_id = "source_id" in order
            self._sorted[key] = sorted(
                self.rows,
                key=lambda row: (row.id,) if by_id else (row.created_ms, self._shuffled(row)),
                reverse=order.startswith("-"),
            )
        return self._sorted[key]

    def _shuffled(self, row: Row) -> int:
        """Where a tied row comes; the same in each process, unlike `hash`."""
        return zlib.crc32(f"{row.id} {self.ties_shuffled}".encode())


def read_all(walk: Walk, server: ListingServer, *, calls_at_most: int = 5_000) -> list[Row]:
    found: list[Row] = []
    while not walk.done:
        assert len(server.requests) < calls_at_most, "the walk does not end"
        page = server.answer(walk.next_request())
        found += [page.rows[i] for i in walk.receive(page)]
    return found
