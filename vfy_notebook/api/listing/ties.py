"""Reads groups of customers created in the same millisecond (ties).

A date-time cursor cannot stop inside such a group. So the group is read with filters from one
millisecond before to one millisecond after, by page number, which reaches 9,900 rows. For larger
groups, the same window is read in other orders, which bring other rows to the front.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from vfy_notebook.api.pages import MAX_PAGE, PageRequest, iso_from_ms
from vfy_notebook.errors import ResponseError, TieGroupError

if TYPE_CHECKING:
    from vfy_notebook.api.pages import Page

#: The first order is cheapest; the further ones are for groups that page numbers cannot
#: exhaust, or whose inner order changed between two pages.
_ORDERS = ("created_at", "source_id", "-source_id", "updated_at", "-updated_at")


class Bounds(NamedTuple):
    """Which bounds of a window the server is known to include."""

    after_inclusive: bool = False
    before_inclusive: bool = False


class TieGroup:
    """Reads all customers of one millisecond, by page number.

    It is not documented whether the server includes the bounds of a window, so rows of the
    neighbouring milliseconds may come too; they are used like any others. When they show that a
    bound is included, the window is made narrower: otherwise, customers created in the next
    millisecond could hide in `total` that others were deleted.
    """

    def __init__(self, at_ms: int, *, page_size: int, bounds: Bounds | None = None) -> None:
        self.at_ms = at_ms
        self.bounds = bounds or Bounds()
        self._page_size = page_size
        self._largest_page = 0
        self._ids: set[str] = set()
        self._pass_ids: set[str] = set()  # those of the present order alone
        self._totals: set[int | None] = set()  # what the present order's pages told
        self._largest_total = 0
        self._order = 0
        self._page = 1
        self._cut_at_last_page = False
        self.done = False

    def next_request(self) -> PageRequest:
        """The page to ask for now."""
        return PageRequest(
            order=_ORDERS[self._order],
            limit=self._page_size,
            after_ms=self.at_ms - (not self.bounds.after_inclusive),
            before_ms=self.at_ms + (not self.bounds.before_inclusive),
            page=self._page,
        )

    def receive(self, page: Page) -> None:
        """Take a page's rows.

        Raises:
            TieGroupError: The group is larger than all orders of the API together can list.
            ResponseError: The API returns rows from outside the window.
        """
        if any(abs(row.created_ms - self.at_ms) > 1 for row in page.rows):
            message = (
                f"Asked for customers created at {iso_from_ms(self.at_ms)}, the API returned "
                "others: it ignores created_at[after] and [before] here, so customers cannot be "
                'listed if more of them than fit a page share a millisecond. Use via="export".'
            )
            raise ResponseError(message)
        goes_on = self._goes_on(page)
        if self._learn_bounds(page) and (goes_on or self._page > 1):
            self._begin_again()
            return
        self._pass_ids.update(row.id for row in page.rows)
        self._totals.add(page.total)
        self._largest_total = max(self._largest_total, page.total or 0)
        self._largest_page = max(self._largest_page, len(page.rows))
        if goes_on and self._page < MAX_PAGE:
            self._page += 1
            return
        self._cut_at_last_page |= goes_on
        self._ids |= self._pass_ids
        if self._is_complete():
            self.done = True
        else:
            self._try_next_order(page.total)

    def _learn_bounds(self, page: Page) -> bool:
        """Whether a page shows for the first time that a bound is part of the window."""
        known = self.bounds
        times = {row.created_ms for row in page.rows}
        self.bounds = Bounds(
            known.after_inclusive or self.at_ms - 1 in times,
            known.before_inclusive or self.at_ms + 1 in times,
        )
        return self.bounds != known

    def _begin_again(self) -> None:
        """Read the narrower window from its first page."""
        self._page = 1
        self._ids = set()
        self._pass_ids = set()
        self._totals = set()
        self._largest_total = 0

    def _is_complete(self) -> bool:
        """Whether nothing can be missing.

        A customer deleted between two pages moves those behind it a place up, one of them over a
        page's edge. `total` shows it: it was not the same on all pages, or more than came.
        """
        if None in self._totals:
            return not self._cut_at_last_page
        steady = self._totals == {len(self._pass_ids)}
        return steady or len(self._ids) >= self._largest_total

    def _goes_on(self, page: Page) -> bool:
        if not page.rows:
            return False
        if page.has_more is None:
            return len(page.rows) >= self._largest_page
        return page.has_more

    def _try_next_order(self, total: int | None) -> None:
        self._order += 1
        self._page = 1
        self._pass_ids = set()
        self._totals = set()
        if self._order < len(_ORDERS):
            return
        if not self._cut_at_last_page:
            self.done = True  # a difference to `total` shows in the listing's reconciliation
            return
        of = f"{total:,}" if total is not None else "an unknown number of"
        message = (
            f"{of} customers were created at {iso_from_ms(self.at_ms)}, in one millisecond; "
            f"the API can list only {len(self._ids):,} of them. "
            'Use fetch_customers(via="export"), or narrow the listing by segment, city or name.'
        )
        raise TieGroupError(message)
