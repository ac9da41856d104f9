"""Groups of customers that are shown at the same time.

A date-time cursor cannot stop inside such a group. A window as wide as times are shown, either
side, holds the group, and page numbers reach 9,900 rows of it; beyond that, other orders of the
same window bring other rows to the front.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from vfy_notebook.api.listing.walking.resolution import second_of
from vfy_notebook.api.pages import MAX_PAGE, PageRequest, iso_from_ms
from vfy_notebook.errors import ResponseError, TieGroupError

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from vfy_notebook.api.pages import Page

#: The first order is cheapest; the further ones are for groups that page numbers cannot
#: exhaust, or whose inner order changed between two pages.
_ORDERS = ("created_at", "source_id", "-source_id", "updated_at", "-updated_at")

#: A page may be the same as the one before by chance, where ties come in another order each time:
#: hardly so often in a row, with rows in the same order, unless it has but one row.
_REPEATED_AT_MOST = 3
_ONE_ROW_REPEATED_AT_MOST = 20


class Place(NamedTuple):
    """Where a group lies, and what is known of it before it is read.

    Attributes:
        at_ms: The time at which its rows are shown.
        unit_ms: How finely times are shown: rows of the group differ by less.
        sign: 1 in walks oldest first, -1 in walks newest first.
        nearest_ms: A bound that the group's window must not reach beyond on its near side, where
            the walk has come from; None if there is none.
        furthest_ms: The same on its far side.
        may_grow: Whether rows can still be added on the side of the future.
    """

    at_ms: int
    unit_ms: int = 1
    sign: int = 1
    nearest_ms: int | None = None
    furthest_ms: int | None = None
    may_grow: bool = True

    def near_bounds(self, *, tight: bool) -> list[int]:
        """Bounds on the near side, the narrowest first; the last one surely holds the group."""
        if self.sign > 0:
            steps = [self.at_ms - 1, self.at_ms - self.unit_ms]
        else:
            steps = [self.at_ms + self.unit_ms]
        if tight and (self.sign > 0 or self.unit_ms == 1):
            steps.insert(0, self.at_ms)
        return list(
            dict.fromkeys(self._clamped(step, self.nearest_ms, self.sign) for step in steps)
        )

    def far_bound(self) -> int:
        """The bound on the far side; wide, as nothing would tell what a narrower one leaves out."""
        return self._clamped(self.at_ms + self.sign * self.unit_ms, self.furthest_ms, -self.sign)

    @staticmethod
    def _clamped(bound_ms: int, limit_ms: int | None, sign: int) -> int:
        return bound_ms if limit_ms is None else sign * max(sign * bound_ms, sign * limit_ms)


class TieGroup:
    """Reads all customers that are shown at one time, by page number.

    Which bound of a window belongs to it is documented nowhere, nor whether the API compares times
    more finely than it shows them. So the window is wide, and rows of the neighbouring times may
    come along; they are as welcome as any. A narrower one, without those that have been read
    before, counts only if it has brought again all those of the group that are known.

    Args:
        place: Where it lies.
        page_size: Rows to ask for.
        known: The ids of the group that have come before, the nearest ones among them.
        tight: Whether rows from beside a window have come, as if its bounds were part of it.
    """

    def __init__(
        self,
        place: Place,
        *,
        page_size: int,
        known: Collection[str] = (),
        tight: bool = False,
    ) -> None:
        self.place = place
        self.at_ms = place.at_ms
        #: Whether a bound that seemed to be part of its window has proven not to be.
        self.tight_failed = False
        #: Whether none of the known rows lies in the widest window around their shown time.
        self.is_hidden = False
        self._known = frozenset(known)
        self._near_bounds = place.near_bounds(tight=tight and bool(known))
        self._tight = len(self._near_bounds) > len(place.near_bounds(tight=False))
        if not self._known:
            self._near_bounds = self._near_bounds[-1:]
        self._page_size = page_size
        self._largest_page = 0
        self._ids: set[str] = set()
        self._pass_ids: set[str] = set()  # those of the present order alone
        self._totals: set[int | None] = set()  # what the present order's pages told
        self._largest_total = 0
        self._order = 0
        self._page = 1
        self._last_ids: list[str] = []
        self._repeated = 0
        self._grows = False
        self._cut_at_last_page = False
        self.done = False

    def next_request(self) -> PageRequest:
        """The page to ask for now."""
        near_ms, far_ms = self._near_bounds[0], self.place.far_bound()
        after_ms, before_ms = (near_ms, far_ms) if self.place.sign > 0 else (far_ms, near_ms)
        return PageRequest(
            order=_ORDERS[self._order],
            limit=self._page_size,
            after_ms=after_ms,
            before_ms=before_ms,
            page=self._page,
        )

    def following(self, to_ms: int | None) -> PageRequest | None:
        """The page on which the group ends and others follow; None if page numbers do not reach it.

        The rows of the window are the first ones of the same window without its far bound.

        Args:
            to_ms: The far bound instead, None for none.
        """
        rows = len(self._pass_ids)
        page = (rows - 1) // max(self._largest_page, 1) + 1
        if not rows or page > MAX_PAGE:
            return None
        near_ms = self._near_bounds[0]
        forward = self.place.sign > 0
        return PageRequest(
            order="created_at" if forward else "-created_at",
            limit=self._page_size,
            after_ms=near_ms if forward else to_ms,
            before_ms=to_ms if forward else near_ms,
            page=page,
        )

    def receive(self, page: Page) -> None:
        """Take a page's rows.

        Raises:
            TieGroupError: The group is larger than all orders of the API together can list.
            ResponseError: The API returns rows from outside the window.
        """
        if self._has_others(page.times):
            message = (
                f"Asked for customers created at {iso_from_ms(self.at_ms)}, the API gave others: "
                "it does not heed created_at[after] and [before] here, so more customers than "
                "fit a page at one time cannot be listed. "
                'fetch_customers(via="export") goes another way.'
            )
            raise ResponseError(message)
        goes_on = self._goes_on(page) and not self._repeats(page)
        self._pass_ids.update(page.ids)
        self._totals.add(page.total)
        self._largest_total = max(self._largest_total, page.total or 0)
        self._largest_page = max(self._largest_page, len(page))
        self._grows |= any(ms > self.at_ms for ms in page.times)
        if goes_on and self._page < MAX_PAGE:
            self._page += 1
            return
        self._cut_at_last_page |= goes_on
        if len(self._near_bounds) > 1 and not self._known <= self._pass_ids:
            self._widen()
            return
        self.is_hidden = bool(self._known) and self._known.isdisjoint(self._pass_ids)
        self._ids |= self._pass_ids
        if self._is_complete():
            self.done = True
        else:
            self._try_next_order(page.total)

    def _has_others(self, times: Sequence[int]) -> bool:
        return any(abs(ms - self.at_ms) > self.place.unit_ms for ms in times)

    def is_a_second(self, times: Sequence[int]) -> bool:
        """Whether a window of milliseconds has brought whole seconds beside it, but no more."""
        second_ms = second_of(self.at_ms)
        return self._has_others(times) and all(
            abs(second_of(ms) - second_ms) <= 1000 for ms in times
        )

    def _widen(self) -> None:
        """Begin again with the next window: this one has not brought what is known to be there."""
        self.tight_failed |= self._tight
        self._tight = False
        self._near_bounds = self._near_bounds[1:]
        self._page = 1
        self._order = 0
        self._cut_at_last_page = False
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
        if self.place.may_grow and self._grows and self._page > 1 and self._order == 0:
            return False  # who was just created may make up in `total` for who was deleted
        steady = self._totals == {len(self._pass_ids)}
        return steady or len(self._ids) >= self._largest_total

    def _goes_on(self, page: Page) -> bool:
        if not page.ids:
            return False
        if page.has_more is None:
            return len(page) >= self._largest_page
        return page.has_more

    def _repeats(self, page: Page) -> bool:
        """Whether a page is the one before: the API does not heed page numbers, and all is read.

        Raises:
            ResponseError: More rows follow, but nothing leads to them.
        """
        ids = list(page.ids)
        self._repeated = self._repeated + 1 if ids == self._last_ids else 0
        self._last_ids = ids
        if page.has_more is None and len(page) < self._page_size:
            return self._repeated > 0
        at_most = _REPEATED_AT_MOST if len(ids) > 1 else _ONE_ROW_REPEATED_AT_MOST
        if self._repeated == at_most and page.total != len(ids):
            message = (
                f"All pages of the customers created at {iso_from_ms(self.at_ms)} are the same: "
                "the API does not heed page numbers, and perhaps no cursor, so a complete listing "
                'is impossible. fetch_customers(via="export") goes another way.'
            )
            raise ResponseError(message)
        return False

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
        unit = "millisecond" if self.place.unit_ms == 1 else "second"
        of = f"{total:,}" if total is not None else "an unknown number of"
        message = (
            f"In one {unit}, {of} customers were created at {iso_from_ms(self.at_ms)}; "
            f"the API can list only {len(self._ids):,} of them. "
            'Use fetch_customers(via="export"), or narrow the listing by segment, city or name.'
        )
        raise TieGroupError(message)
