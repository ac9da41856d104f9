"""A window of the past, read by page numbers: several pages at once, and no call more.

Nothing can be added to what was created before the server's present second, and page numbers
reach 9,900 rows. So the first page's `total` tells all page numbers, and the pages can be asked for
in any order. What may still happen is a deletion, after which rows move to the page before: it
shows in a `total` that has changed. Then, as with any row that comes twice, the pages prove
nothing, and the window is read by a walk after all.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from vfy_notebook.api.pages import MAX_PAGE

if TYPE_CHECKING:
    from vfy_notebook.api.pages import Page, PageRequest


class NumberedPage:
    """One page to be read."""

    def __init__(self, request: PageRequest) -> None:
        self._request = request
        self.done = False

    def next_request(self) -> PageRequest:
        """What to ask for."""
        return self._request


class NumberedPages:
    """The pages behind the first one of a request; not thread-safe.

    Args:
        request: The request of the first page, without a cursor, for whole pages.
        first: The first page; it tells a `total` that page numbers can reach.

    Attributes:
        seen: The ids of all rows that have come.
        is_sound: Whether nothing has happened in between so far.
    """

    def __init__(self, request: PageRequest, first: Page) -> None:
        assert first.total is not None  # noqa: S101 - `reach` has looked
        self._request = request
        self._total = first.total
        self._next = 2
        self._last = -(-first.total // request.limit)
        self.seen = set(first.ids)
        self.is_sound = len(self.seen) == len(first) == min(request.limit, first.total)

    @staticmethod
    def reach(request: PageRequest, page: Page) -> bool:
        """Whether page numbers lead to all rows of a request."""
        return (
            request.starting_after_ms is None
            and not page.placed
            and page.total is not None
            and page.total <= MAX_PAGE * request.limit
        )

    @property
    def is_complete(self) -> bool:
        """Whether all rows have come, by their number; to be asked once all pages have."""
        return self.is_sound and len(self.seen) == self._total

    def take(self) -> NumberedPage | None:
        """The next page to read; None if there is none, or none would prove anything."""
        if not self.is_sound or self._next > self._last:
            return None
        self._next += 1
        return NumberedPage(replace(self._request, page=self._next - 1))

    def receive(self, numbered: NumberedPage, page: Page) -> list[int]:
        """Take a page; gives the positions of its rows that are new.

        Of a page with rows whose time cannot be read none is taken: the walk knows where they go.
        """
        numbered.done = True
        if page.placed:
            self.is_sound = False
            return []
        ids = page.ids
        new = [i for i, each in enumerate(ids) if each not in self.seen]
        self.seen.update(ids)
        number = numbered.next_request().page or 1
        expected = min(self._request.limit, self._total - (number - 1) * self._request.limit)
        if page.total != self._total or not len(new) == len(ids) == expected:
            self.is_sound = False
        return new
