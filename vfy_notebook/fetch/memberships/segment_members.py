"""Reads the members of a segment page by page, only as far as needed."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from vfy_notebook.api.listing.fetching import Listing
from vfy_notebook.api.listing.query import CustomerQuery
from vfy_notebook.api.pages import MAX_PAGE_SIZE
from vfy_notebook.errors import NotFoundError

if TYPE_CHECKING:
    from collections.abc import Set as AbstractSet

    from vfy_notebook.api.listing.fetching import Difference
    from vfy_notebook.api.listing.reading import OddRecords
    from vfy_notebook.api.operations import Api

#: The assumed pages of a list of unknown length: more than any other route can take.
UNTOLD_PAGES = 1 << 40


class MemberList:
    """A segment's members, or all customers, as far as they have been read.

    A segment is read by cursor, without filters on `created_at`: these may be "in conflict with
    the segment filters" and "return unexpected results", says the vendor.

    Attributes:
        members: The ids read so far that are in `wanted`.
        read: The number of rows read so far, wanted or not.
        complete: Whether all rows have been read.
        gone: Whether the API says that there is no such segment.

    Args:
        api: The operations.
        segment_id: The segment; None is all customers of the project.
        wanted: Keep only these customers; None keeps all.
    """

    def __init__(
        self, api: Api, segment_id: str | None, *, wanted: AbstractSet[str] | None = None
    ) -> None:
        self._segment_id = segment_id
        self._listing = Listing(api, CustomerQuery(segment_id=segment_id))
        self._pages = iter(self._listing)
        self._wanted = wanted
        self.read = 0
        self.members: set[str] = set()
        self.started = False
        self.complete = False
        self.gone = False

    @property
    def total(self) -> int | None:
        """How many there are, by the first page; None before it, or if the API does not tell."""
        return self._listing.progress.total

    @property
    def difference(self) -> Difference | None:
        """How the number read differs from the number that the API counts in the end."""
        return self._listing.difference

    @property
    def odd(self) -> OddRecords:
        """Who among them could not be listed as usual."""
        return self._listing.odd

    @property
    def pages_left(self) -> int:
        """The calls to the end: exact without ties, at least 1 before the first page."""
        if self.complete:
            return 0
        if not self.started:
            return 1
        if self.total is None:
            return UNTOLD_PAGES
        return pages_of(self.total, already=self.read)

    def read_page(self) -> MemberList:
        """Take the next page in; after the last one the list is `complete`."""
        self._take_page()
        # When all have come, what is left is to compare the numbers: mostly without a call.
        while not self.complete and self.total is not None and self.read >= self.total:
            self._take_page()
        return self

    def _take_page(self) -> None:
        self.started = True
        try:
            page = next(self._pages, None)
        except NotFoundError:
            if self._segment_id is None:
                raise
            self.gone = self.complete = True
            return
        if page is None:
            self.complete = True
            return
        self.read += len(page)
        ids = (sys.intern(customer.id) for customer in page)  # one text for all segments
        self.members.update(i for i in ids if self._wanted is None or i in self._wanted)


def pages_of(total: int, *, already: int = 0) -> int:
    """The number of calls to list this many customers, without ties.

    Each page after the first repeats the last row of the page before.

    >>> [pages_of(n) for n in (0, 100, 101, 199, 200, 20_000)]
    [1, 1, 2, 2, 3, 203]
    """
    first = max(MAX_PAGE_SIZE - already, 0)
    later = max(total - already - first, 0)
    return bool(first) + -(-later // (MAX_PAGE_SIZE - 1))
