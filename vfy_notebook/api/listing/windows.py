"""Shares one listing among several readers, without threads and without a socket.

The span of time that a listing covers is cut into windows, each read by a `Walk`. A reader
without work takes the later part of the largest window left (work stealing), so that all end
at about the same time however unevenly customers are spread over the years. Windows are cut
between milliseconds and each row belongs to the window of its millisecond: nothing is lost or
doubled at a cut, and none needs to be read twice.

All windows but the last end at or before the newest customer there was in the beginning. They
lie in the past: nothing can be added to them. The last one is read last, so that it brings
whoever was created meanwhile.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from vfy_notebook.api.listing.pages import Page, PageRequest
    from vfy_notebook.api.listing.walk import Walk

#: A window is cut only if each part keeps so many pages; less would cost more than it saves.
_MIN_PAGES_EACH = 2


class Windows:
    """The windows of one listing and who reads what; not thread-safe.

    Args:
        first: A walk over all that is asked for.
        max_cuts: So many windows may be cut in two; each cut costs at most one call more.
    """

    def __init__(self, first: Walk, *, max_cuts: int = 0) -> None:
        self.from_ms = first.from_ms
        self.to_ms = first.to_ms
        self._first = first
        self._cuts_left = max_cuts
        self._page_size = first.page_size
        self._unread: list[Walk] = [first]
        self._reading: list[Walk] = []
        self._last: Walk | None = None
        self._rows_left: dict[Walk, float] = {}
        self._owned = 0
        self._outside: set[str] = set()

    @property
    def done(self) -> bool:
        """Whether all windows have been read to their end."""
        return not (self._unread or self._reading or self._last)

    @property
    def first_total(self) -> int | None:
        """What the API counted in the beginning."""
        return self._first.first_total

    @property
    def counted(self) -> int:
        """Distinct rows met, as `total` counts them.

        A server that counts its bounds in also counts the rows a millisecond outside.
        """
        return self._owned + len(self._outside)

    def left(self) -> list[tuple[int | None, int | None]]:
        """The spans that have not been read to their end, from the first missing millisecond."""
        walks = [*self._unread, *self._reading, *([self._last] if self._last else [])]
        return sorted(
            ((walk.complete_before_ms, walk.to_ms) for walk in walks),
            key=lambda span: (span[0] is not None, span[0]),
        )

    # -- sharing -------------------------------------------------------------------------------

    def close(self, walk: Walk, newest_ms: int) -> None:
        """Put off the newest customers' millisecond and all behind it to the end."""
        self._last = walk.close(newest_ms)
        total = walk.first_total or 0
        self._rows_left[walk] = max(total - self._owned, 0)

    def take(self) -> Walk | None:
        """Work for a reader that has none; None if there is nothing to do at present."""
        if not self._unread:
            self._unread.extend(self._cut_largest())
        if not self._unread and self._last is not None and self._is_ending():
            self._unread.append(self._last)
            self._last = None
        if not self._unread:
            return None
        walk = self._unread.pop(0)
        self._reading.append(walk)
        return walk

    def put_back(self, walk: Walk) -> None:
        """Leave a window to another reader."""
        self._reading.remove(walk)
        self._unread.insert(0, walk)

    def _is_ending(self) -> bool:
        """Whether all that is left of the other windows is under way."""
        return all(self._rows_left.get(walk, 0) <= self._page_size for walk in self._reading)

    def _cut_largest(self) -> list[Walk]:
        candidates = [walk for walk in self._reading if walk in self._rows_left]
        if not candidates or not self._cuts_left:
            return []
        walk = max(candidates, key=self._rows_left.__getitem__)
        rows_left = self._rows_left[walk]
        under_way = self._page_size
        if rows_left - under_way < 2 * _MIN_PAGES_EACH * self._page_size:
            return []
        reached_ms, to_ms = walk.reached_ms or walk.from_ms, walk.to_ms
        assert reached_ms is not None  # noqa: S101 - rows_left is known: a page has come
        assert to_ms is not None  # noqa: S101 - only closed windows have rows_left
        kept = (rows_left + under_way) / (2 * rows_left)
        at_ms = reached_ms + 1 + int((to_ms - reached_ms - 1) * kept)
        if not reached_ms < at_ms < to_ms:
            return []
        self._cuts_left -= 1
        cut = walk.split(at_ms)
        self._rows_left[walk] = rows_left * kept
        self._rows_left[cut] = rows_left * (1 - kept)
        return [cut]

    # -- reading -------------------------------------------------------------------------------

    def receive(self, walk: Walk, page: Page) -> list[int]:
        """Take a walk's page; gives the positions of the rows that are new and belong to it."""
        new = walk.receive(page)
        self._owned += len(new)
        self._outside.update(row.id for row in page.rows if self._is_outside(row.created_ms))
        if walk.done:
            self._reading.remove(walk)
            self._rows_left.pop(walk, None)
        elif walk.rows_left is not None:
            self._rows_left[walk] = walk.rows_left
        elif walk in self._rows_left:
            self._rows_left[walk] = max(self._rows_left[walk] - len(new), 0)
        return new

    def _is_outside(self, created_ms: int) -> bool:
        return (self.from_ms is not None and created_ms < self.from_ms) or (
            self.to_ms is not None and created_ms >= self.to_ms
        )
