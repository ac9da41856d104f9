"""A listing API whose clock is finer than the times that it shows."""

from __future__ import annotations

import math
import zlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from vfy_notebook.api.pages import MAX_PAGE, Page, Row

if TYPE_CHECKING:
    from vfy_notebook.api.pages import PageRequest


@dataclass
class FinerServer:
    """Customers by id and time of creation in microseconds.

    Args:
        created_us: When each was created.
        compared_us: In which steps times are compared: 1 is exactly, 1,000 by the millisecond.
        shown_us: In which steps times are shown.
        rounded: Whether shown times are rounded, rather than cut.
        inclusive: Whether bounds are part of what they bound.
        cuts_bounds: Whether bounds are cut to the steps of the comparison, too.
    """

    created_us: dict[str, int]
    compared_us: int = 1
    shown_us: int = 1_000
    rounded: bool = False
    inclusive: bool = False
    cuts_bounds: bool = False
    tells_has_more: bool = True
    tells_total: bool = True
    ties_shuffled: int = 0
    requests: list[PageRequest] = field(default_factory=list)

    def shown_ms(self, customer: str) -> int:
        slack = self.shown_us // 2 if self.rounded else 0
        at_us = self.created_us[customer]
        if self.compared_us <= self.shown_us:
            at_us = self._compared(customer)
        return (at_us + slack) // self.shown_us * self.shown_us // 1_000

    def _compared(self, customer: str) -> int:
        return self.created_us[customer] // self.compared_us * self.compared_us

    def _shuffled(self, customer: str) -> int:
        """Where a tied row comes; the same in each process, unlike `hash`."""
        return zlib.crc32(f"{customer} {self.ties_shuffled}".encode())

    def answer(self, request: PageRequest) -> Page:
        self.requests.append(request)
        assert request.page is None or 1 <= request.page <= MAX_PAGE
        slack = 1 if self.inclusive else 0

        def bound(ms: int | None, side: int) -> float:
            if ms is None:
                return side * -math.inf
            step_us = self.compared_us if self.cuts_bounds else 1
            return ms * 1_000 // step_us * step_us - side * slack

        after, before = bound(request.after_ms, 1), bound(request.before_ms, -1)
        matching = [c for c in self.created_us if after < self._compared(c) < before]
        total = len(matching)
        backwards = request.order.startswith("-")
        if request.starting_after_ms is not None:
            at = bound(request.starting_after_ms, -1 if backwards else 1)
            matching = [
                c
                for c in matching
                if (self._compared(c) < at if backwards else self._compared(c) > at)
            ]
        by_id = "source_id" in request.order
        matching.sort(
            key=lambda c: (c,) if by_id else (self._compared(c), self._shuffled(c)),
            reverse=backwards,
        )
        start = ((request.page or 1) - 1) * request.limit
        end = start + request.limit
        return Page.of(
            [Row(c, self.shown_ms(c)) for c in matching[start:end]],
            total=total if self.tells_total else None,
            has_more=len(matching) > end if self.tells_has_more else None,
        )
