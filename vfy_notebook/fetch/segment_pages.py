"""All segments of a project, page by page, whichever spelling of paging the server heeds.

The vendor's papers have three: a filter on `created_at` (the API reference), `starting_after` (the
changelog of November 2025) and `start_date` (the changelog of May 2026). All say "created after
this"; so all are sent at once, and one by one only to a server that refuses what it does not know.

Reference: https://docs.voucherify.io/api-reference/segments/list-segments
"""

from __future__ import annotations

import warnings
from itertools import pairwise
from typing import TYPE_CHECKING, Protocol

from vfy_notebook.api.operations import MAX_SEGMENTS_LISTED, SEGMENT_BOUNDS
from vfy_notebook.api.pages import iso_from_ms, ms_from_iso
from vfy_notebook.errors import (
    ApiError,
    IncompleteListingWarning,
    ResponseError,
    TieGroupError,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from vfy_notebook.api.models import Segment, SegmentPage


class AskForSegments(Protocol):
    """Gives up to a page of segments, the oldest first or the newest."""

    def __call__(
        self,
        *,
        newest_first: bool = False,
        after_ms: int | None = None,
        bounds: tuple[str, ...] = SEGMENT_BOUNDS,
    ) -> SegmentPage:
        """Those created after a millisecond, which is sent in these spellings."""


def read_all(ask: AskForSegments, *, first: SegmentPage | None = None) -> list[Segment]:
    """All segments, each once, oldest first; a call for every hundred.

    Whether a bound is part of the answer is documented nowhere, and a page may end between
    segments created at the same time: so the bound goes back a millisecond and ids tell what is
    new.

    Args:
        ask: Asks the API.
        first: The first page, if it has been read.

    Raises:
        ResponseError: The server heeds no spelling, or its pages are not in order, so that nothing
            tells whether they are all.
        TieGroupError: More segments than a page holds were created at the same time.
    """
    walk = _Walk(ask, ask() if first is None else first)
    walk.run()
    if walk.total is not None and walk.total != len(walk.known):
        warnings.warn(
            f"Read {len(walk.known):,} segments, but the API counted {walk.total:,} at the "
            "beginning: some were created or deleted meanwhile. Fetch again when nobody edits "
            "segments.",
            IncompleteListingWarning,
            stacklevel=4,
        )
    return sorted(walk.known.values(), key=lambda segment: (segment.created_at or "", segment.id))


class _Walk:
    def __init__(self, ask: AskForSegments, first: SegmentPage) -> None:
        self._ask = ask
        self._page = first
        self.total = first.total
        self.known: dict[str, Segment] = {}
        self._largest_page = 1
        #: Spellings that are still to be tried; the first one is the present one.
        self._bounds: list[tuple[str, ...]] = [SEGMENT_BOUNDS]

    def run(self) -> None:
        is_new = self._take(self._page)
        back_ms = 1
        after_ms: int | None = None
        while not self._is_over(is_new):
            times = _times_in_order(self._page.data)
            if after_ms in times:
                back_ms = 0  # the bound is part of the answer
            if not is_new and times[-1] - back_ms == after_ms:
                if self._tells_nothing and len(self._page.data) < MAX_SEGMENTS_LISTED:
                    self._take_from_the_other_end()
                    return
                raise _too_many_at(times[-1])
            after_ms = times[-1] - back_ms
            page = self._next_page(after_ms)
            if page is None:
                self._take_from_the_other_end()
                return
            self._page = page
            is_new = self._take(page)

    def _take(self, page: SegmentPage) -> bool:
        before = len(self.known)
        self._largest_page = max(self._largest_page, len(page.data))
        self.known.update((each.id, each) for each in page.data if each.id not in self.known)
        return len(self.known) > before

    def _is_over(self, is_new: bool) -> bool:  # noqa: FBT001 - the one thing that is asked
        """Whether nothing can follow the present page."""
        page = self._page
        if self.total is not None and len(self.known) >= self.total:
            return True
        if page.has_more is not None:
            return not page.has_more
        # A server may have its own opinion on how long a page is.
        if not is_new and len(page.data) < (
            self._largest_page if self._tells_nothing else MAX_SEGMENTS_LISTED
        ):
            return True
        # `total` may count all segments, or only those behind the bound.
        return page.total is not None and len(page.data) >= page.total

    @property
    def _tells_nothing(self) -> bool:
        """Whether only a page without anything new shows that there are no more."""
        return self._page.total is None and self._page.has_more is None

    def _next_page(self, after_ms: int) -> SegmentPage | None:
        """The page behind a moment, by the first spelling that is heeded; None if none is."""
        while self._bounds:
            bounds = self._bounds[0]
            try:
                page = self._ask(after_ms=after_ms, bounds=bounds)
            except ApiError as error:
                if error.status != 400:
                    raise
                if bounds == SEGMENT_BOUNDS:  # something in it is refused
                    self._bounds += [(each,) for each in SEGMENT_BOUNDS]
            else:
                if _begins_behind(page, after_ms):
                    return page
            self._bounds.pop(0)
        return None

    def _take_from_the_other_end(self) -> None:
        """The newest ones, which together with the oldest may be all."""
        oldest = len(self.known)
        newest = self._ask(newest_first=True)
        overlap = any(each.id in self.known for each in newest.data)
        self._take(newest)
        if len(self.known) == self.total or (self.total is None and overlap):
            return
        told = f"of {self.total:,} " if self.total is not None else ""
        message = (
            f"This server shows only the oldest {oldest:,} and the newest {len(newest.data):,} "
            f"segments ({len(self.known):,} {told}in all): it heeds none of "
            f"the known ways to ask for the others ({', '.join(SEGMENT_BOUNDS)}). Give the ids of "
            "those you want instead of names, and tell Voucherify's support."
        )
        raise ResponseError(message)


def _begins_behind(page: SegmentPage, after_ms: int) -> bool:
    """Whether a bound was heeded: nothing on the page is older."""
    try:
        return all(ms_from_iso(each.created_at or "") >= after_ms for each in page.data)
    except ValueError:
        return True  # the order is looked at next, and tells what is wrong


def _too_many_at(moment_ms: int) -> TieGroupError:
    message = (
        f"More than {MAX_SEGMENTS_LISTED - 1} segments were created around "
        f"{iso_from_ms(moment_ms)}: the API has no way to list them all. "
        "Give the ids of those you want instead of names."
    )
    return TieGroupError(message)


def _times_in_order(segments: Sequence[Segment]) -> list[int]:
    """When the segments of a page were created.

    Raises:
        ResponseError: They are not in order of creation.
    """
    try:
        times = [ms_from_iso(segment.created_at or "") for segment in segments]
    except ValueError:
        times = []
    if not times or any(a > b for a, b in pairwise(times)):
        message = (
            "The API listed segments in another order than asked for, or without their time of "
            "creation, so it is not certain that these are all. Give ids instead of names."
        )
        raise ResponseError(message)
    return times
