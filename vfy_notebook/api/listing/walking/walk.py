"""Lists customers by creation time, each exactly once.

The API's cursor is a date-time, and many customers may share one: a loop that passes the last
row's time loses every tied row beyond the page's edge, or runs for ever, depending on whether
the server counts the bound in, which is documented nowhere. So the cursor is moved back by one
millisecond and rows are recognised by `id`; a page without a new row is a group of ties longer
than a page, read by `TieGroup`. Behind such a group the walk goes on at the page on which it ends.

The API may compare times more finely than it shows them, or less, so no step relies on what a bound
seems to mean: each page brings a row again that has come before, or `total` proves that none lies
between. Where the last row does not come again, the walk looks from the beginning of its second on:
either the row has been deleted, or the API compares by the second, and so does the walk from then.

Moving back reads one row per page twice, and more where customers share a millisecond. This can be
avoided if the window ends in the past (no customer can be added to it) and has no other filter,
because then `total` tells how many rows are left:

* after a page that ends between two milliseconds, the cursor is put right behind it, and `total` of
  the next page shows whether nothing was skipped (a *seam*);
* after a page that ends inside a group of ties, the next page number of the same request is read,
  and an unchanged `total` with only new rows shows the same (a *run*).

If the numbers disagree, the rows that may have been lost are read again. After two disagreements
the walk moves the cursor back as before.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from operator import gt
from typing import TYPE_CHECKING

from vfy_notebook.api.listing.walking.resolution import Resolution, second_from, second_of
from vfy_notebook.api.listing.walking.ties import Place, TieGroup
from vfy_notebook.api.pages import (
    MAX_PAGE,
    MAX_PAGE_SIZE,
    Page,
    PageRequest,
    iso_from_ms,
)
from vfy_notebook.errors import ResponseError

if TYPE_CHECKING:
    from collections.abc import Sequence

#: After this many seams and runs whose numbers disagree, the walk does not trust `total` any more.
_MAX_DISTRUST = 2

#: As long as it is not known whether times are compared by the second, so much may come again.
_UNSURE_MS = 2000


@dataclass
class _Run:
    """Consecutive pages of one request, as long as they end inside groups of ties."""

    request: PageRequest
    total: int
    seen: int
    page: int = 1

    def is_continued_by(self, page: Page, new_count: int) -> bool:
        """Whether a page proves that nothing was lost between it and those before."""
        seen = self.seen + len(page)
        return (
            page.total == self.total
            and new_count == len(page) > 0
            and (len(page) == self.request.limit or seen == self.total)
        )


class Walk:
    """Decides which page to ask for next, and which of its rows are new.

    Args:
        from_ms: The first millisecond of the walk; None is unbounded.
        to_ms: The first millisecond after the walk; None is unbounded.
        page_size: Rows to ask for.
        newest_first: Walk backwards in time.
        closed: Nothing can be added between the two bounds and no other filter applies: seams
            and runs may be proven by `total`.
        start_ms: Begin here by the cursor, as if all before had been read; for walks oldest first.
            Unlike `from_ms` it adds no filter to the request.
        resolution: How finely times are shown; shared with the listing's other walks.
        cut: Whether `from_ms` is where another walk has given away the rest: rows of that time may
            lie a little before it, if shown times are rounded.
    """

    def __init__(
        self,
        *,
        from_ms: int | None = None,
        to_ms: int | None = None,
        page_size: int = MAX_PAGE_SIZE,
        newest_first: bool = False,
        closed: bool = False,
        start_ms: int | None = None,
        resolution: Resolution | None = None,
        cut: bool = False,
    ) -> None:
        self.resolution = resolution or Resolution()
        self.from_ms = from_ms
        self.to_ms = to_ms
        #: First millisecond whose rows are given.
        self.begins_ms = from_ms if start_ms is None else start_ms
        self.done = False
        #: Distinct rows met, those just outside the bounds included, as `total` counts them.
        self.distinct = 0
        self.first_total: int | None = None
        self.page_size = page_size
        self._sign = -1 if newest_first else 1
        self._closed = closed
        self._cursor = start_ms
        self._reached_ms: int | None = None
        self._asked: PageRequest | None = None
        self._asked_ms: int | None = None
        self._near: dict[str, int] = {}  # ids that a later page may bring again, with their time
        self._largest_page = 0
        self._ties: TieGroup | None = None
        self._cut = cut
        self._begun_anew = False  # whether it did so behind rows that do not belong to it
        self._end_is_cut = False  # whether `to_ms` is where the rest has been given away
        #: The last row that was taken; the next page is to bring it again.
        self._last_id: str | None = None
        self._wide = False  # whether it takes the widest step back for that
        self._coarse = False  # whether its times are cut to seconds, as the API compares them
        self._earlier_stayed_away = False  # proof that times are compared by the millisecond
        #: The second from whose beginning on the walk looks, as a row has not come again.
        self._looking_from_ms: int | None = None
        self._looked_from_ms: int | None = None  # the last one of which that is done
        self._missed: set[str] = set()  # the rows that have not come again
        self._next: PageRequest | None = None  # where the rows behind a group of ties begin
        self._following: PageRequest | None = None  # the same, as long as it is not needed
        self._behind_ties = False
        #: Whether bounds seem to be part of what they bound: rows shown at them have come.
        self._bound_inclusive = False
        self._bounds_are_finer = False  # and whether that has proven wrong
        self._seam: int | None = None
        self._run: _Run | None = None
        #: The request of which further pages are being read already, and the last one's number.
        self._numbered: tuple[PageRequest, int] | None = None
        #: Rows behind the cursor by `total`, and the far end of the window they were counted in.
        self._unseen: tuple[int | None, int] | None = None
        self._distrust = 0
        #: Rows that fell through a seam, by the numbers, and those of them that have come since.
        self._missing = 0
        self._mended = 0

    # -- asking --------------------------------------------------------------------------------

    def next_request(self) -> PageRequest:
        """The page to ask for now; not to be called when `done`."""
        if self._all_lies_before():
            self._begun_anew = True
            self._cursor = None
            self._forget_plans()
        if self._ties is not None:
            return self._ties.next_request()
        if self._run is not None:
            return replace(self._run.request, page=self._run.page + 1)
        if self._next is not None:
            self._asked, self._next = self._next, None
            self._asked_ms = self._asked.after_ms if self._sign > 0 else self._asked.before_ms
            self._seam = None
            return self._asked
        if self._unseen is not None and self._unseen[0] != self._last_bound_ms():
            self._seam = None  # counted in a window that has been split since: no proof
        self._asked_ms = self._cursor_to_ask()
        self._asked = self._window(self._asked_ms)
        return self._asked

    def _all_lies_before(self) -> bool:
        """Whether all that has come lies before the window, which began earlier then.

        That was while times might have been shown by the second.
        """
        first_ms = self._first_bound_ms() if self._cut and not self._begun_anew else None
        return first_ms is not None and self._cursor is not None and self._cursor < first_ms

    def _cursor_to_ask(self) -> int | None:
        """The bound that brings what lies behind the cursor, or that and the cursor's own ties."""
        if self._cursor is None:
            return None
        if self._looking_from_ms is not None:
            return self._looking_from_ms - 1 if self._sign > 0 else self._looking_from_ms + 1000
        if self._seam is not None:
            return self._cursor + self._sign * self._bound_inclusive
        if self._behind_ties:
            return self._cursor
        return self._cursor - self._sign * self._step_back_ms()

    def _step_back_ms(self) -> int:
        """How far the cursor goes back, so that the rows shown at its time come again."""
        if self._sign < 0 or self._wide:
            return self.resolution.unit_ms
        return 1

    def _window(self, cursor_ms: int | None) -> PageRequest:
        """A page of the walk's window; bounds a millisecond wide of what belongs to it."""
        after_ms = self._first_bound_ms()
        starting_after_ms = None
        if cursor_ms is not None:
            if self._closed:
                after_ms = cursor_ms
            else:
                starting_after_ms = cursor_ms
        return PageRequest(
            order="created_at" if self._sign > 0 else "-created_at",
            limit=self.page_size,
            starting_after_ms=starting_after_ms,
            after_ms=after_ms,
            before_ms=self._last_bound_ms(),
        )

    def _first_bound_ms(self) -> int | None:
        if self.from_ms is None:
            return None
        if self._cut:
            return self.from_ms - self.resolution.unit_ms
        return second_of(self.from_ms) - 1

    def _last_bound_ms(self) -> int | None:
        if self.to_ms is None or self._end_is_cut:
            return self.to_ms
        return second_from(self.to_ms)

    # -- sharing -------------------------------------------------------------------------------

    def close(self, at_ms: int) -> Walk:
        """Give away what lies at and behind a time of the past, and be closed from now on.

        Only for a walk oldest first that has read one page at most: what the server means by
        its cursor says nothing of what it means by the bounds of a window.
        """
        rest = self._rest(at_ms, closed=False)
        self.to_ms = at_ms
        self._end_is_cut = True
        self._closed = True
        return rest

    def split(self, at_ms: int) -> Walk:
        """Give away what lies at and behind a time that the walk has not reached."""
        rest = self._rest(at_ms, closed=self._closed)
        self.to_ms = at_ms
        self._end_is_cut = True
        return rest

    def _rest(self, at_ms: int, *, closed: bool) -> Walk:
        rest = Walk(
            from_ms=at_ms,
            to_ms=self.to_ms,
            page_size=self.page_size,
            closed=closed,
            resolution=self.resolution,
            cut=True,
        )
        rest._end_is_cut = self._end_is_cut
        return rest

    @property
    def reached_ms(self) -> int | None:
        """The furthest time of which a row has come; a split must lie behind it."""
        if self._reached_ms is None or self.begins_ms is None or self._sign < 0:
            return self._reached_ms
        return max(self._reached_ms, self.begins_ms)  # rows from before it may come along

    @property
    def complete_before_ms(self) -> int | None:
        """All rows of the walk before this time have come; for walks oldest first.

        The cursor may lie in front of the walk: a server that counts its bounds in brings rows
        from there, and whole groups of ties with them.
        """
        if self.done:
            return self.to_ms
        reached_ms = self.begins_ms if self._cursor is None else self._cursor
        if reached_ms is not None and self._ties is not None:
            reached_ms = min(self._ties.at_ms, reached_ms)
        if reached_ms is None:
            return None
        if not self.resolution.is_fine:
            reached_ms = second_of(reached_ms)  # those of its second may come in any order
        if self.to_ms is not None:
            reached_ms = min(reached_ms, self.to_ms)
        return reached_ms if self.begins_ms is None else max(reached_ms, self.begins_ms)

    @property
    def rows_left(self) -> int | None:
        """Rows behind the cursor by the last page's `total`; None if that tells nothing."""
        if self._unseen is None or self._unseen[0] != self._last_bound_ms():
            return None
        return self._unseen[1]

    def page_ahead(self, count: int) -> PageRequest | None:
        """The page so many behind the one that is asked for now; None where no number leads there.

        Nothing can be added to a closed window, so a request's page numbers lead to all its rows.
        The walk asks for this page by the same request, unless what comes before it disagrees.
        """
        run, asked = self._run, self._asked
        request = asked if run is None else run.request
        number = (1 if run is None else run.page + 1) + count
        is_sound = self._closed and self._distrust < _MAX_DISTRUST and self._ties is None
        if not is_sound or request is None or request.page is not None or number > MAX_PAGE:
            return None
        if self._sign < 0 or self._looking_from_ms is not None:
            return None
        self._numbered = (request, number)
        return replace(request, page=number)

    # -- taking --------------------------------------------------------------------------------

    def receive(self, page: Page) -> list[int]:
        """Take a page; gives the positions of the rows that are new and belong to the walk.

        Raises:
            ResponseError: The rows are out of order or the listing does not move on.
            TieGroupError: More rows share a millisecond than can be listed.
        """
        if self.first_total is None and self._cursor is None:
            self.first_total = page.total
        shown_ms = page.times
        self.resolution.see(shown_ms)
        if not self.resolution.is_coarse:
            self._see_whether_coarse(page)
        if self._turns_coarse():
            return []  # it was asked for too narrowly: its rows come again
        if self._coarse:
            page = replace(page, times=list(map(second_of, page.times)))
        if self._ties is None:
            self._check_order(page.times)
            if self._run is None and self._leaves_a_gap(page):
                return []  # none of its rows is taken: they come again
        new = self._new_rows(page.ids)
        if self._run is not None and not self._continues(self._run, page, len(new)):
            self._run = None  # none of its rows is taken: they come again behind the cursor
            self._unseen = None
            self._distrust += 1
            return []
        self._take_rows(page, new)
        if self._ties is not None:
            self._mended += len(new)
            self._receive_ties(page)
        elif self._run is not None:
            self._receive_run(self._run, page)
        else:
            self._receive_walked(page, new_count=len(new))
        return self._own_rows(new, shown_ms)

    def _new_rows(self, ids: Sequence[str]) -> list[int]:
        """The positions of the rows that have not come before."""
        if len(set(ids)) == len(ids) and self._near.keys().isdisjoint(ids):
            return list(range(len(ids)))
        first_at: dict[str, int] = {}  # a page, too, may hold a customer twice
        for i, customer in enumerate(ids):
            first_at.setdefault(customer, i)
        return [i for customer, i in first_at.items() if customer not in self._near]

    def _own_rows(self, new: list[int], times: Sequence[int]) -> list[int]:
        """Those of some positions whose rows belong to the walk."""
        if new and self.owns(min(times)) and self.owns(max(times)):
            return new
        return [i for i in new if self.owns(times[i])]

    def _take_rows(self, page: Page, new: list[int]) -> None:
        if not new:
            return
        ids, times = page.ids, page.times
        if len(new) < len(page):
            ids, times = [ids[i] for i in new], [times[i] for i in new]
        self._near.update(zip(ids, times, strict=True))
        self._last_id = ids[-1]
        self.distinct += len(ids)
        furthest = max(times)
        self._reached_ms = max(self._reached_ms or furthest, furthest)

    def owns(self, created_ms: int) -> bool:
        """Whether a row of this time belongs to the walk."""
        begins_ms = self.begins_ms
        if begins_ms is not None and not self._cut:
            # What is not shown of a time may lie behind the bound that a user gives.
            begins_ms = self.resolution.shown(begins_ms)
        return (begins_ms is None or created_ms >= begins_ms) and (
            self.to_ms is None or created_ms < self.to_ms
        )

    def _leaves_a_gap(self, page: Page) -> bool:
        """Whether rows may lie between a page and those before it; then it is asked for otherwise.

        A page has to begin with rows that are known, where something was asked for to that end.
        """
        asked = self._asked
        if asked is None or self._cursor is None or self._seam is not None:
            return False
        if asked.page is not None:
            if asked.page == 1 or (page.ids and page.ids[0] in self._near):
                return False
            self._behind_ties = True
            self._following = None
            return True
        if self.resolution.unit_ms == 1:
            return not self._behind_ties and self._leaves_a_second(page)
        if not (self._behind_ties or self._wide or self._sign < 0):
            self._wide = self._last_id not in page.ids
            return self._wide
        return False

    # -- times that are compared by the second ---------------------------------------------------

    def _leaves_a_second(self, page: Page) -> bool:
        """Whether the cursor's second is to be looked at: no row of it has come again."""
        if self.resolution.is_fine or self._cursor is None:
            return False
        if not page.ids or page.ids[0] not in self._near:
            return self._look_from(self._cursor)
        asked_ms = self._asked_ms
        self.resolution.is_fine = (
            self._sign > 0  # backwards, all of a second comes anyway
            and asked_ms is not None
            and second_of(asked_ms) == second_of(self._cursor) < asked_ms
            and all(ms >= asked_ms for ms in page.times)
        )
        # The earlier rows of the second would have come, had all of it been compared as one. Where
        # there are none, a later page may still bring a whole second again.
        self._earlier_stayed_away |= (
            self.resolution.is_fine
            and asked_ms is not None
            and any(second_of(asked_ms) <= ms < asked_ms for ms in self._near.values())
        )
        return False

    def _look_from(self, at_ms: int) -> bool:
        """Go back to the beginning of a second; whether that has not been done before."""
        if self.resolution.unit_ms > 1 or self.resolution.is_fine:
            return False
        if self._looked_from_ms == second_of(at_ms):
            return False
        self._looking_from_ms = self._looked_from_ms = second_of(at_ms)
        self._missed = {i for i, ms in self._near.items() if ms == at_ms}
        self._cursor = at_ms
        self._forget_plans()
        return True

    def _see_whether_coarse(self, page: Page) -> None:
        """See it by the order or the span of a page, or by the second of a row that is missing.

        The row has been deleted if it does not come there either, nor another one that should
        have come before; and the page must reach beyond that second to tell so.
        """
        if self._ties is not None:
            self.resolution.is_coarse = self._ties.is_a_second(page.times)
            return
        times = self._in_walk_order(page.times)
        if any(map(gt, times, times[1:])):
            seconds = self._in_walk_order(list(map(second_of, page.times)))
            self.resolution.is_coarse = not any(map(gt, seconds, seconds[1:]))
        elif self._begins_elsewhere(times):
            self.resolution.is_coarse = second_of(page.times[0]) == second_of(self._asked_ms or 0)
        if self._looking_from_ms is not None:
            second_ms, self._looking_from_ms = self._looking_from_ms, None
            inside = {
                customer
                for customer, ms in zip(page.ids, page.times, strict=True)
                if second_of(ms) == second_ms
            }
            self.resolution.is_coarse |= (
                not self._missed.isdisjoint(inside)
                or not self._near.keys() >= inside
                or (len(inside) == len(page) > 0 and page.has_more is not False)
            )

    def _turns_coarse(self) -> bool:
        """Cut times to seconds from now on, if it is time; whether a page has been asked finely.

        Nothing that finer times have told is relied on any more.
        """
        if self._coarse or not self.resolution.is_coarse:
            return False
        self._coarse = True
        self._near = {customer: second_of(ms) for customer, ms in self._near.items()}
        self._looking_from_ms = None
        if self._cursor is not None and self._ties is not None:  # where rows may be missing
            self._cursor = self._sign * min(
                self._sign * self._cursor, self._sign * self._ties.at_ms
            )
        self._forget_plans()
        self._bound_inclusive = self._bounds_are_finer = False
        self._missing = self._mended = 0
        if self._cursor is None:
            return False
        self._cursor = second_of(self._cursor)
        return True

    def _forget_plans(self) -> None:
        """Ask next for what lies at the cursor and behind it."""
        self._seam = self._run = self._unseen = self._ties = None
        self._next = self._following = None
        self._behind_ties = self.done = False

    def _receive_ties(self, page: Page) -> None:
        assert self._ties is not None  # noqa: S101 - the caller has asked
        ties = self._ties
        ties.receive(page)
        if not ties.done:
            return
        if ties.tight_failed:
            self._bound_inclusive = False
            self._bounds_are_finer = True
        if self._missing and self._mended == self._missing:
            self._distrust -= 1  # `total` was right: the seam lay inside a group of ties
        self._missing = 0
        self._ties = None
        self._unseen = None
        if ties.is_hidden and self._look_from(ties.at_ms):
            return
        if ties.at_ms == self._cursor:
            far_ms = self._last_bound_ms() if self._sign > 0 else self._first_bound_ms()
            self._following = ties.following(far_ms)
            self._go_behind_ties()

    def _go_behind_ties(self) -> None:
        """Go on behind a group that has been read.

        Its time as a bound leaves nothing out. It may bring the whole group again, if it is part of
        what it bounds; then the page is asked for on which the group ends.
        """
        self._behind_ties = True
        if self._bound_inclusive:
            self._next, self._following = self._following, None
            self._behind_ties = self._next is None

    def _receive_walked(self, page: Page, *, new_count: int) -> None:
        self._learn_bound(page.times)
        self._largest_page = max(self._largest_page, len(page))
        gap_at_ms = self._check_seam(page, new_count)
        if not page.times:
            # Nothing behind the cursor; a seam that did not add up is still to be read.
            self._ties = self._tie_group(gap_at_ms)
            self.done = gap_at_ms is None
            return
        if new_count == 0 and not self._is_ahead(page.times[-1]):
            self._stuck_or_done(page)
            return
        self._behind_ties = False
        self._following = None
        self._cursor = page.times[-1]
        if gap_at_ms is None:  # else the rows of the seam are about to come again
            self._forget_far()
        self._ties = self._tie_group(gap_at_ms)
        if not self._goes_on(page):
            self.done = self._ties is None
        self._plan_seam_or_run(page)

    def _is_ahead(self, created_ms: int) -> bool:
        """Whether a row known already (ties bring their neighbours along) still leads on."""
        return self._cursor is None or self._sign * created_ms > self._sign * self._cursor

    def _learn_bound(self, times: Sequence[int]) -> None:
        """See whether the server seems to count its bound in; what is shown may deceive."""
        if not self._bounds_are_finer:
            self._bound_inclusive |= self._asked_ms in times

    def _tie_group(self, at_ms: int | None) -> TieGroup | None:
        if at_ms is None:
            return None
        bounds = (self._first_bound_ms(), self._last_bound_ms())
        nearest_ms, furthest_ms = bounds if self._sign > 0 else bounds[::-1]
        place = Place(
            at_ms,
            unit_ms=self.resolution.unit_ms,
            sign=self._sign,
            nearest_ms=nearest_ms,
            furthest_ms=furthest_ms,
            may_grow=not self._closed,
        )
        return TieGroup(
            place,
            page_size=self.page_size,
            known=[i for i, ms in self._near.items() if ms == at_ms],
            tight=self._bound_inclusive,
        )

    def _in_walk_order(self, times: Sequence[int]) -> Sequence[int]:
        """Times that rise as the walk goes on."""
        return times if self._sign > 0 else [-ms for ms in times]

    def _check_order(self, shown_ms: Sequence[int]) -> None:
        times = self._in_walk_order(shown_ms)
        if any(map(gt, times, times[1:])):
            message = (
                "The API listed customers out of the order asked for: stopped, not guessed. "
                'fetch_customers(via="export") goes another way.'
            )
            raise ResponseError(message)
        if self._begins_elsewhere(times) and self._asked_ms is not None:
            message = (
                f"Asked for customers from {iso_from_ms(self._asked_ms)} on, the API began "
                "elsewhere: it does not heed the cursor, so a complete listing is impossible. "
                'fetch_customers(via="export") goes another way.'
            )
            raise ResponseError(message)

    def _begins_elsewhere(self, times: Sequence[int]) -> bool:
        """Whether a page has rows from before its cursor; shown times may be cut, it is not."""
        return (
            len(times) > 0
            and self._asked_ms is not None
            and times[0] + self.resolution.unit_ms <= self._sign * self._asked_ms
        )

    def _goes_on(self, page: Page) -> bool:
        end_ms = self._last_bound_ms()
        if self._closed and end_ms is not None and page.times[-1] >= end_ms:
            return False  # what follows has been given away
        if page.has_more is None:
            return True  # until a page brings nothing new
        return page.has_more

    def _stuck_or_done(self, page: Page) -> None:
        """A page of rows known already: the end, or ties that fill a whole page."""
        more = page.has_more
        if more is None:
            more = len(page) >= min(self._largest_page, self.page_size)
        if not more:
            self.done = True
            return
        assert self._cursor is not None  # noqa: S101 - rows are known because some have come
        if self._asked is not None and self._asked.page is not None:
            if self._asked.page < MAX_PAGE:
                self._next = replace(self._asked, page=self._asked.page + 1)
            else:
                self._behind_ties = True
            return
        if self._behind_ties and self._following is not None:
            self._bound_inclusive = not self._bounds_are_finer
            self._next, self._following = self._following, None
            return
        if self._behind_ties:
            # All that is shown at the cursor has come, and fills a page still: on to what follows.
            self._cursor += self._sign * self.resolution.unit_ms
            self._behind_ties = False
        self._ties = self._tie_group(self._cursor)

    def _forget_far(self) -> None:
        """Keep only the ids that later pages may repeat: those around the cursor."""
        assert self._cursor is not None  # noqa: S101 - set by the caller
        is_sure = self.resolution.is_fine and (self._earlier_stayed_away or self._sign < 0)
        kept_ms = 2 * self.resolution.unit_ms if is_sure else _UNSURE_MS
        edge = self._sign * self._cursor - kept_ms
        self._near = {i: ms for i, ms in self._near.items() if self._sign * ms >= edge}

    # -- seams and runs, checked by `total` ----------------------------------------------------

    def _plan_seam_or_run(self, page: Page) -> None:
        """How to go on without reading a row twice, if that can be proven."""
        self._seam = None
        trusted = self._closed and self._unseen is not None and self._distrust < _MAX_DISTRUST
        if self.done or not trusted or self._ties is not None:
            return
        if not _has_ties(page.times) and not self._is_numbered(self._asked, 1):
            self._seam = self._cursor
        elif len(page) == self.page_size and page.total is not None and self._asked is not None:
            # Page numbers count in pages of the size asked for: of a shorter page nothing follows.
            number = self._asked.page or 1
            seen = (number - 1) * self.page_size + len(page)
            self._run = _Run(replace(self._asked, page=None), page.total, seen, number)
            if number == MAX_PAGE:
                self._run = None

    def _check_seam(self, page: Page, new_count: int) -> int | None:
        """Whether rows may have fallen through the last seam; gives its time if so."""
        asked_to_ms = None if self._asked is None else self._asked.before_ms
        seam, expected = self._seam, self._unseen
        self._seam = None
        self._unseen = None
        if self._closed and page.total is not None:
            before = self._rows_before(page)
            if before is not None:
                self._unseen = (asked_to_ms, page.total - before - len(page))
        if seam is None:
            return None
        known = len(page) - new_count
        if page.total is not None and expected == (asked_to_ms, page.total - known):
            first_ms = page.times[0] if page.times else seam
            if second_of(seam) == second_of(first_ms) < seam < first_ms:
                self.resolution.is_fine = not self._coarse
            return None
        if self._bound_inclusive:
            self._bound_inclusive = False
            self._bounds_are_finer = True
        self._distrust += 1
        self._mended = 0
        if page.total is not None and expected is not None and expected[0] == asked_to_ms:
            self._missing = expected[1] - (page.total - known)
        return seam

    def _rows_before(self, page: Page) -> int | None:
        """Rows on the pages before a numbered one; None if the API's pages may be shorter."""
        number = 1 if self._asked is None else self._asked.page or 1
        if number > 1 and len(page) < self.page_size:
            return None
        return (number - 1) * self.page_size

    def _continues(self, run: _Run, page: Page, new_count: int) -> bool:
        ahead = not page.times or self._cursor is None or page.times[0] >= self._cursor
        return ahead and run.is_continued_by(page, new_count)

    def _receive_run(self, run: _Run, page: Page) -> None:
        """Take the next page of a run, which has been proven to follow the one before."""
        run.seen += len(page)
        run.page += 1
        stays = _has_ties(page.times) or self._is_numbered(run.request, run.page)
        self._cursor = page.times[-1]
        self._forget_far()
        self._unseen = (run.request.before_ms, run.total - run.seen)
        self.done = not self._goes_on(page)
        if not stays:
            self._seam = self._cursor
        if self.done or not stays or run.page == MAX_PAGE:
            self._run = None

    def _is_numbered(self, request: PageRequest | None, number: int) -> bool:
        """Whether pages behind this one of a request are being read already."""
        numbered = self._numbered
        return numbered is not None and numbered[0] == request and number < numbered[1]


def _has_ties(times: Sequence[int]) -> bool:
    """Whether rows share a millisecond, so that the last one's may go on behind the page too."""
    return len(set(times)) < max(len(times), 2)
