"""Rows that are in no part yet, in pieces that lie in one span of time each.

Several windows of time arrive at once. Kept apart, they become parts each of which holds one span:
a reader who wants some months opens the parts of these months only. Pieces that touch become one.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from vfy_notebook.api.listing.remaining import Span
from vfy_notebook.frames.batches import Packing

if TYPE_CHECKING:
    from vfy_notebook.api.listing.remaining import Completed


@dataclass(frozen=True, eq=False)
class Piece:
    """Rows for one part.

    Attributes:
        packing: The rows.
        span: The span that they fill; None if they are in no order of time.
        first_ms: When the first of them was created, if they fill a span.
    """

    packing: Packing
    span: Span | None = None
    first_ms: int | None = None

    def __len__(self) -> int:
        return len(self.packing)

    def add(self, completed: Completed) -> Piece:
        """With the customers of the span that follows."""
        if completed.span is None:
            return self
        begins_ms = completed.span.from_ms if self.span is None else self.span.from_ms
        return Piece(
            self.packing.add(completed.customers) if completed.customers else self.packing,
            Span(begins_ms, completed.span.to_ms),
            _earliest(self.first_ms, completed.created_ms and completed.created_ms[0]),
        )

    def joined(self, other: Piece) -> Piece:
        """With the piece that follows."""
        assert self.span is not None  # noqa: S101 - only spans have neighbours
        assert other.span is not None  # noqa: S101
        return Piece(
            self.packing.joined(other.packing),
            Span(self.span.from_ms, other.span.to_ms),
            _earliest(self.first_ms, other.first_ms),
        )


def _earliest(*times_ms: int | None) -> int | None:
    return min((each for each in times_ms if each is not None), default=None)


def with_completed(pieces: tuple[Piece, ...], completed: Completed) -> tuple[Piece, ...]:
    """The pieces with further customers: behind the piece that they follow, or as a new one."""
    if completed.span is None:
        return pieces
    from_ms, to_ms = completed.span
    others = list(pieces)
    before = next((each for each in others if from_ms is not None and _end(each) == from_ms), None)
    if before is not None:
        others.remove(before)
    grown = (Piece(Packing()) if before is None else before).add(completed)
    behind = next((each for each in others if _begin(each) == to_ms), None)
    if behind is not None:
        others.remove(behind)
        grown = grown.joined(behind)
    return (*others, grown)


def _begin(piece: Piece) -> int | None:
    return None if piece.span is None else piece.span.from_ms


def _end(piece: Piece) -> int | None:
    return None if piece.span is None else piece.span.to_ms
