"""Divides one listing among several workers, without threads and without HTTP.

The span of time that a listing covers is cut into windows, each read by a `Walk`. A reader
without work takes the later part of the largest window left (work stealing), so that all end
at about the same time however unevenly customers are spread over the years. Windows are cut
where the times change that the API shows and compares (at whole seconds, unless it has proven to
compare more finely), and each row belongs to the window of its shown time: nothing is lost or
doubled at a cut, and none needs to be read twice.

All windows but the last one end at or before the newest customer at the start of the listing. They
are in the past, so no customer can be added to them. The last one is read last, so that it includes
customers created during the listing.
"""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass, field
from statistics import median
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from vfy_notebook.api.listing.walking.walk import Walk
    from vfy_notebook.api.pages import Page, PageRequest

#: A window is cut only if each part keeps so many pages; less would cost more than it saves.
_MIN_PAGES_EACH = 2

#: How dense rows lie is taken from so many pages: one import must not mislead, a new era must.
_PAGES_REMEMBERED = 3


@dataclass
class _Window:
    """A walk, and an estimate of the rows that it still has to read."""

    walk: Walk
    rows_left: float = math.inf
    ms_per_row: deque[float] = field(default_factory=lambda: deque(maxlen=_PAGES_REMEMBERED))
    #: Pages asked for and not taken yet.
    under_way: int = 1
    #: Whether page numbers may lead to rows further on.
    has_numbers: bool = True
    #: Whether a page has come since the window was last cut: only then is it known well enough.
    known: bool = False

    @property
    def rows_not_asked_for(self) -> float:
        """Rows behind the pages that are under way."""
        return self.rows_left - self.under_way * self.walk.page_size

    def learn(self, page: Page, new_count: int) -> None:
        self.known = True
        self.under_way = max(self.under_way - 1, 1)
        left = self.walk.rows_left
        self.rows_left = max(self.rows_left - new_count, 0) if left is None else left
        span_ms = page.times[-1] - page.times[0] if page.times else 0
        if span_ms:  # a page of one import in one millisecond tells nothing of what follows
            self.ms_per_row.append(span_ms / len(page))

    def middle(self, kept: float) -> tuple[int, int]:
        """A time before which a share of the rows left may lie, and the time reached."""
        reached_ms = self.walk.reached_ms or self.walk.from_ms
        to_ms = self.walk.to_ms
        assert reached_ms is not None  # noqa: S101 - a window is cut after its first page
        assert to_ms is not None  # noqa: S101 - and only if it is closed
        span_ms = to_ms - reached_ms - 1
        dense_ms = self.rows_left * median(self.ms_per_row) if self.ms_per_row else math.inf
        at_ms = reached_ms + 1 + int(min(span_ms, dense_ms) * kept)
        return self.walk.resolution.cut(at_ms), reached_ms


class Windows:
    """The windows of one listing, and which worker reads which; not thread-safe.

    Args:
        walks: The walks to read; the first one may be open to the future.
        span: The first millisecond of the listing and the first one after it.
        max_cuts: The maximum number of cuts; each cut takes at most one call more.
    """

    def __init__(
        self,
        walks: Sequence[Walk],
        *,
        span: tuple[int | None, int | None] = (None, None),
        max_cuts: int = 0,
    ) -> None:
        self._from_ms, self._to_ms = span
        self._cuts_left = max_cuts
        self._unread = [_Window(walk) for walk in walks]
        self._reading: dict[Walk, _Window] = {}
        self._last: Walk | None = None
        self._owned = 0
        self._outside: set[str] = set()

    @property
    def done(self) -> bool:
        """Whether all windows have been read to their end."""
        return not (self._unread or self._reading or self._last)

    @property
    def counted(self) -> int:
        """Distinct rows met, as `total` counts them.

        That includes those outside the span: a server that counts its bounds in also counts the
        rows a millisecond outside, and the span is asked for in whole seconds.
        """
        return self._owned + len(self._outside)

    # -- sharing -------------------------------------------------------------------------------

    def close(self, newest_ms: int, *, parts: int = 1) -> None:
        """Put off the newest customers' time and all behind it; cut the rest into parts.

        To be called after the first page. The span's own end may be given: then nothing is put off.
        """
        ((walk, window),) = self._reading.items()
        self._reading.clear()
        rest = walk.close(newest_ms)
        self._last = None if newest_ms == self._to_ms else rest
        window.rows_left = max((walk.first_total or 0) - self._owned, 0)
        self._unread = [*self._cut_into(window, parts), *self._unread]

    def put_back(self, walk: Walk, *, parts: int) -> None:
        """Leave the rest of a walk to others, in so many parts."""
        self._unread = [*self._cut_into(self._reading.pop(walk), parts), *self._unread]

    def _cut_into(self, window: _Window, parts: int) -> list[_Window]:
        shared = [window]
        for others in range(parts - 1, 0, -1):
            shared += self._cut(shared[-1], kept=1 / (others + 1))
        return shared

    def take(self, *, cut: bool = True) -> Walk | None:
        """Work for a reader that has none; None if there is nothing to do at present.

        Args:
            cut: Cut the largest window if there is no other.
        """
        if cut and not self._unread:
            self._unread += self._cut_largest()
        if not self._unread and self._last is not None and self._is_ending():
            self._unread.append(_Window(self._last))
            self._last = None
        if not self._unread:
            return None
        window = self._unread.pop(0)
        self._reading[window.walk] = window
        return window.walk

    def _is_ending(self) -> bool:
        """Whether all that is left of the other windows is under way."""
        return all(window.rows_not_asked_for <= 0 for window in self._reading.values())

    def take_ahead(self) -> tuple[Walk, PageRequest] | None:
        """A page behind those that are under way, for a reader for whom there is no window.

        It is one of the window with the most rows left; None where no number leads to a page.
        """
        by_rows = sorted(self._reading.values(), key=lambda each: -each.rows_not_asked_for)
        for window in by_rows:
            is_known = window.has_numbers and window.walk.rows_left is not None
            if is_known and window.rows_not_asked_for > 0:
                request = window.walk.page_ahead(window.under_way)
                if request is not None:
                    window.under_way += 1
                    return window.walk, request
        return None

    def stop_ahead(self, walk: Walk, *, of_use: bool) -> None:
        """A walk asks for something else than has been taken ahead.

        If some of that was of no use (pages may be shorter than asked for), nothing more is taken
        ahead of it: each such page is a call in vain.
        """
        window = self._reading[walk]
        window.under_way = 1
        window.has_numbers &= of_use

    def _cut_largest(self) -> list[_Window]:
        known = [window for window in self._reading.values() if window.known]
        if not known:
            return []
        largest = max(known, key=lambda window: window.rows_left)
        under_way = largest.under_way * largest.walk.page_size
        rows = largest.rows_left - under_way
        if not 2 * _MIN_PAGES_EACH * largest.walk.page_size <= rows < math.inf:
            return []
        return self._cut(largest, kept=(rows / 2 + under_way) / largest.rows_left)

    def _cut(self, window: _Window, *, kept: float) -> list[_Window]:
        at_ms, reached_ms = window.middle(kept)
        to_ms = window.walk.to_ms
        if not self._cuts_left or to_ms is None or not reached_ms < at_ms < to_ms:
            return []
        self._cuts_left -= 1
        cut = _Window(window.walk.split(at_ms), rows_left=window.rows_left * (1 - kept))
        window.rows_left *= kept
        window.known = False
        return [cut]

    # -- reading -------------------------------------------------------------------------------

    def receive(self, walk: Walk, page: Page) -> list[int]:
        """Take a walk's page; gives the positions of the rows that are new and belong to it."""
        new = walk.receive(page)
        self._owned += len(new)
        if self._to_ms is not None or self._from_ms is not None:
            shown = walk.resolution.shown
            from_ms = None if self._from_ms is None else shown(self._from_ms)
            self._outside.update(
                customer
                for customer, created_ms in zip(page.ids, page.times, strict=True)
                if (from_ms is not None and created_ms < from_ms)
                or (self._to_ms is not None and created_ms >= self._to_ms)
            )
        self._reading[walk].learn(page, len(new))
        if walk.done:
            del self._reading[walk]
        return new
