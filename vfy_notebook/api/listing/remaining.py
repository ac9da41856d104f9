"""What a listing has completed and what is left, so that a later listing can continue.

Rows belong to spans of time by the millisecond of their creation. If a millisecond may still have
more rows, its rows are held back: the whole millisecond belongs to what is left.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from vfy_notebook.api.models import Customer


class Span(NamedTuple):
    """From a first millisecond up to, not including, another one; None is unbounded."""

    from_ms: int | None
    to_ms: int | None

    def without(self, other: Span) -> list[Span]:
        """What is left of it, oldest first.

        >>> Span(None, None).without(Span(10, 20))
        [Span(from_ms=None, to_ms=10), Span(from_ms=20, to_ms=None)]
        >>> Span(0, 9).without(Span(None, None)), Span(0, 9).without(Span(5, 5))
        ([], [Span(from_ms=0, to_ms=9)])
        """
        (begins, ends), (other_begins, other_ends) = self._finite(), other._finite()
        if other_begins >= other_ends:
            return [self]
        pieces = [(begins, min(ends, other_begins)), (max(begins, other_ends), ends)]
        return [
            Span(None if a == _BEGINNING else int(a), None if b == _END else int(b))
            for a, b in pieces
            if a < b
        ]

    def _finite(self) -> tuple[float, float]:
        return (
            _BEGINNING if self.from_ms is None else self.from_ms,
            _END if self.to_ms is None else self.to_ms,
        )


_BEGINNING, _END = float("-inf"), float("inf")


@dataclass(frozen=True)
class ListedPage:
    """New customers of one page, oldest first, and the span that is complete after it.

    Attributes:
        customers: The customers.
        created_ms: The time when each was created.
        window: The listing's window that they belong to.
        complete: The span, from the window's beginning on, of which all customers have been
            read by now.
    """

    customers: list[Customer]
    created_ms: Sequence[int]
    window: int
    complete: Span


@dataclass(frozen=True)
class RemainingWindows:
    """What a listing that was cut off still has to read.

    Attributes:
        spans: The spans in which customers are still missing.
        closed_before_ms: No customer can be added before this time; None if it is not known.
        rows: Rows read so far, as `total` counts them.
    """

    spans: tuple[Span, ...]
    closed_before_ms: int | None = None
    rows: int = 0

    @property
    def unit_ms(self) -> int | None:
        """How finely times seem to be shown, by the bounds of what is left; None if untold."""
        bounds = [ms for span in self.spans for ms in span if ms is not None]
        return None if any(ms % 1000 for ms in bounds) or not bounds else 1000


class Completed(NamedTuple):
    """Customers whose milliseconds a page has completed.

    Attributes:
        customers: The customers.
        span: The span that they fill, behind the one that the window's page before has filled;
            None if nothing is known to be complete.
        created_ms: When the first and the last of them was created; None if there are none.
    """

    customers: list[Customer]
    span: Span | None
    created_ms: tuple[int, int] | None


class Completion:
    """Releases the rows of a listing as soon as their milliseconds are complete.

    Args:
        spans: The spans that the listing reads.
    """

    def __init__(self, spans: Iterable[Span]) -> None:
        self._spans = list(spans)
        self._kept: dict[int, list[tuple[int, Customer]]] = {}
        self._done: dict[int, Span] = {}

    def take(self, page: ListedPage) -> Completed:
        """The customers whose milliseconds a page has completed."""
        rows = [
            *self._kept.pop(page.window, ()),
            *zip(page.created_ms, page.customers, strict=True),
        ]
        from_ms, end_ms = page.complete
        before = self._done.get(page.window)
        if end_ms is not None:
            self._kept[page.window] = [row for row in rows if row[0] >= end_ms]
            rows = [row for row in rows if row[0] < end_ms]
        elif rows:
            end_ms = max(ms for ms, _ in rows) + 1
        if end_ms is not None:
            self._done[page.window] = Span(from_ms, end_ms)
        begins_ms = from_ms if before is None else before.to_ms
        times = [ms for ms, _ in rows]
        return Completed(
            [customer for _, customer in rows],
            None if end_ms is None else Span(begins_ms, end_ms),
            (min(times), max(times)) if times else None,
        )

    @property
    def left(self) -> tuple[Span, ...]:
        """The spans that are not complete, oldest first.

        The last one is never complete: a later listing finds customers created since then in it.
        """
        left = self._spans
        for done in self._done.values():
            left = [rest for span in left for rest in span.without(done)]
        return tuple(left)
