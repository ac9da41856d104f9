"""Sends the requests that walks ask for, and yields the customers that are new."""

from __future__ import annotations

import contextlib
import threading
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from vfy_notebook.api.listing.numbered_pages import NumberedPage, NumberedPages
from vfy_notebook.api.listing.one_ahead import OneAhead
from vfy_notebook.api.listing.reading import OddRecords, as_page
from vfy_notebook.api.listing.remaining import ListedPage, Span
from vfy_notebook.api.listing.shared_pages import SharedPage, SharedPages
from vfy_notebook.api.listing.walking.resolution import Divider, Resolution
from vfy_notebook.api.listing.walking.walk import Walk
from vfy_notebook.api.listing.windows import Windows
from vfy_notebook.api.listing.worker_pool import WorkerPool
from vfy_notebook.api.pages import (
    MAX_PAGE_SIZE,
    PageRequest,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator

    from vfy_notebook.api.governor import WaitListener
    from vfy_notebook.api.listing.query import CustomerQuery
    from vfy_notebook.api.listing.remaining import RemainingWindows
    from vfy_notebook.api.models import Customer, CustomerPage
    from vfy_notebook.api.operations import Api

#: From so many pages on, a listing asks for the newest customer too: with the end known, no row
#: is read twice, which in a listing by one worker saves a page in a hundred, and
#: several workers can share the rest. Smaller ones would pay more than they gain.
_CLOSED_FROM_PAGES = 100
_SHARED_FROM_PAGES = 50
_MIN_PAGES_A_WORKER = 10

#: So many readers begin with a window each.
_FEW_READERS = 4

#: A server that answers sooner (it can only be near) keeps one worker busy with taking pages in:
#: others would not wait for answers meanwhile, but get in its way.
_SHARED_FROM_S = 0.005

#: Answers that take so many times as long come from afar for sure. In between, load on this machine
#: may be what takes the time: then the quickest of so many answers tells.
_FAR_TIMES = 4
_ANSWERS_TO_TELL = 6

#: Calls that a shared listing may take beyond its pages, for each worker. A cut window costs at
#: most one; the newest customer, the last window and an import at a seam take one each.
_EXTRA_CALLS_A_WORKER = 4
_EXTRA_CALLS_UNCUT = 4


Asked = TypeVar("Asked")


@dataclass
class Progress:
    """The progress of a listing. `total` is the API's first `total`; None if it sent none."""

    rows: int = 0
    total: int | None = None


@dataclass(frozen=True)
class Difference:
    """The number of customers read, and the number that the API counts at the end."""

    read: int
    counted: int


class Listing:
    """All customers that match a query, each exactly once, page by page.

    Iterate over it once; afterwards `difference` tells whether the numbers agree. With several
    workers the pages come in no particular order.

    Args:
        api: The API.
        query: The filters.
        newest_first: Walk backwards in time, with one worker.
        limit: The maximum number of customers, in the order of the walk; with one worker.
        workers: The maximum number of requests in flight. Only large listings with no filter but
            the time of creation are shared among workers, because only there the cursor is known
            to work; and only if answers take long enough.
        on_wait: Called with the seconds that the listing still has to wait for the quota, always
            in the thread that iterates.
        remaining: Read only what an earlier listing of the same query has left.
    """

    def __init__(
        self,
        api: Api,
        query: CustomerQuery,
        *,
        newest_first: bool = False,
        limit: int | None = None,
        workers: int = 1,
        on_wait: WaitListener | None = None,
        remaining: RemainingWindows | None = None,
    ) -> None:
        self._api = api
        self._query = query
        self._remaining = remaining
        #: To what was created before, nothing can be added; None if that is not known.
        self.closed_before_ms = None if remaining is None else remaining.closed_before_ms
        self._newest_first = newest_first
        self._limit = limit
        self._workers = self._readers = workers
        self._quickest_s: float | None = None
        self._answers_timed = 0
        self._on_wait = on_wait
        self._pool: (
            WorkerPool[SharedPage[CustomerPage], Callable[[], CustomerPage], list[ListedPage]]
            | WorkerPool[NumberedPage, Callable[[], CustomerPage], ListedPage]
            | None
        ) = None
        #: The pages of a window of the past, where they can be read by their numbers.
        self._pages_by_number: NumberedPages | None = None
        self._in_any_order = False
        self._filters = query.params()
        self._resolution = Resolution(None if remaining is None else remaining.unit_ms)
        self._open, closed = self._walks()
        self._windows = Windows(
            [*([] if self._open is None else [self._open]), *closed],
            span=(query.created_from_ms, query.created_to_ms),
            max_cuts=max_cuts(workers),
        )
        self._numbers: dict[Walk, int] = {}
        #: What was odd in what has come.
        self.odd = OddRecords()
        self.progress = Progress()
        self.difference: Difference | None = None

    def __iter__(self) -> Generator[list[Customer], None, None]:
        self._in_any_order = True
        with contextlib.closing(self.pages()) as pages:
            for page in pages:
                customers = page.customers
                if self._limit is not None:
                    customers = customers[: self._limit - self.progress.rows]
                self.progress.rows += len(customers)
                yield customers
                if self._limit is not None and self.progress.rows >= self._limit:
                    return

    def pages(self) -> Generator[ListedPage, None, None]:
        """The pages as they are read, `limit` left to the caller."""
        if self._on_wait is None:
            yield from self._pages()
            return
        with self._api.transport.governor.told_of_waits(_only_here(self._on_wait)):
            yield from self._pages()

    def _walks(self) -> tuple[Walk | None, list[Walk]]:
        """The walk to what may still grow, and those through closed windows."""
        query, remaining = self._query, self._remaining
        if remaining is None:
            return (
                Walk(
                    from_ms=query.created_from_ms,
                    to_ms=query.created_to_ms,
                    page_size=min(MAX_PAGE_SIZE, self._limit or MAX_PAGE_SIZE),
                    newest_first=self._newest_first,
                    resolution=self._resolution,
                ),
                [],
            )
        growing: Walk | None = None
        closed = []
        for from_ms, to_ms in remaining.spans:
            if not query.by_creation_only:
                growing = Walk(
                    from_ms=query.created_from_ms,
                    to_ms=to_ms,
                    start_ms=from_ms,
                    resolution=self._resolution,
                )
            elif (
                to_ms is None
                or remaining.closed_before_ms is None
                or to_ms > remaining.closed_before_ms
            ):
                growing = self._rest(from_ms, to_ms, closed=False)
            else:
                closed.append(self._rest(from_ms, to_ms, closed=True))
        return growing, closed

    def _rest(self, from_ms: int | None, to_ms: int | None, *, closed: bool) -> Walk:
        """A walk through what an earlier listing has left."""
        return Walk(
            from_ms=from_ms,
            to_ms=to_ms,
            closed=closed,
            resolution=self._resolution,
            cut=from_ms != self._query.created_from_ms,
        )

    def _pages(self) -> Iterator[ListedPage]:
        walk = self._open
        if walk is not None:
            self._windows.take()
            request = walk.next_request()
            found = self._timed(partial(self._ask, request))
            page = self._take(walk, found)
            if self._remaining is None:
                self.progress.total = walk.first_total
            yield page
            if self._can_number(request, found):
                if (found.total or 0) // MAX_PAGE_SIZE < _SHARED_FROM_PAGES:
                    self._readers = 1
                yield from self._read_numbers(walk, request, found)
                if self._pages_by_number is not None and self._pages_by_number.is_complete:
                    return
            elif walk.done or self._close(walk, found):
                walk = None
        if walk is None:
            yield from self._read_until_told()
        if walk is None and self._readers > 1:
            yield from self._share()
        else:
            yield from self._read_alone(walk)
        self._reconcile()

    @property
    def counted(self) -> int:
        """Distinct rows met so far, as `total` counts them."""
        return self._windows.counted

    def _read_alone(self, walk: Walk | None) -> Iterator[ListedPage]:
        with contextlib.closing(OneAhead(self._api, self._filters)) as pages:
            while (walk := walk or self._windows.take()) is not None:
                request = None if walk.done else walk.next_request()
                while request is not None:
                    page = self._take(walk, pages.read(request))
                    request = None if walk.done else walk.next_request()
                    # With a limit, it is the consumer who knows whether there is a next page.
                    if request is not None and self._limit is None:
                        pages.ask(request)
                    yield page
                walk = None

    def _read_until_told(self) -> Iterator[ListedPage]:
        """Read alone as long as the answers do not tell whether to share."""
        walk = None
        while self._is_told() is None and (walk := walk or self._windows.take()) is not None:
            request = walk.next_request()
            yield self._take(walk, self._timed(partial(self._ask, request)))
            walk = None if walk.done else walk
        if walk is not None:
            self._windows.put_back(walk, parts=self._parts(walk.rows_left or 0))

    def _parts(self, rows: int) -> int:
        """Into how many windows so many rows are cut for the readers that there are."""
        return parts_for(self._readers, rows)

    def _share(self) -> Iterator[ListedPage]:
        pages = SharedPages(self._windows, self._take)
        pool = self._pool = WorkerPool(
            pages,
            ask=lambda request: self._api.ask_for_customers(self._filters, request),
            take=lambda page, answer: pages.receive(page, answer()),
            workers=self._readers,
            on_wait=self._on_wait or (lambda _seconds, _why: None),
            around=self._worker,
        )
        for taken in pool:
            yield from taken

    def _can_number(self, request: PageRequest, first: CustomerPage) -> bool:
        """Whether the pages can be read by their numbers, as nothing can be added."""
        return (
            self._in_any_order
            and self._remaining is None
            and self._limit is None
            and not self._newest_first
            and self._is_past
            and (first.total or 0) > request.limit
            and NumberedPages.reach(request, as_page(first, near_ms=0))
        )

    def _read_numbers(
        self, walk: Walk, request: PageRequest, first: CustomerPage
    ) -> Iterator[ListedPage]:
        """Read the pages behind the first one by their numbers; `walk` goes on if that fails."""
        numbered = self._pages_by_number = NumberedPages(request, as_page(first, near_ms=0))

        def take(work: NumberedPage, found: CustomerPage) -> ListedPage:
            page = as_page(found, near_ms=walk.reached_ms)
            new = self.odd.take(found, numbered.receive(work, page), page.placed)
            new = [i for i in new if walk.owns(page.times[i])]
            customers = [found.customers[i] for i in new]
            created_ms = [page.times[i] for i in new]
            return ListedPage(customers, created_ms, 0, Span(None, None))

        while self._is_told() is None and (work := numbered.take()) is not None:
            yield take(work, self._timed(partial(self._ask, work.next_request())))
        if self._readers == 1:
            with contextlib.closing(OneAhead(self._api, self._filters)) as pages:
                work = numbered.take()
                while work is not None:
                    listed = take(work, pages.read(work.next_request()))
                    work = numbered.take()
                    if work is not None:
                        pages.ask(work.next_request())
                    yield listed
            return
        pool = self._pool = WorkerPool(
            numbered,
            ask=lambda request: self._api.ask_for_customers(self._filters, request),
            take=lambda work, answer: take(work, answer()),
            workers=self._readers,
            on_wait=self._on_wait or (lambda _seconds, _why: None),
            around=self._worker,
        )
        yield from pool

    @contextlib.contextmanager
    def _worker(self) -> Iterator[None]:
        """Around a worker's life: its waits are told to the worker pool, which may end them."""
        assert self._pool is not None  # noqa: S101 - it is the worker pool that calls
        transport = self._api.transport
        with transport.governor.told_of_waits(_only_here(self._pool.waits)):
            try:
                yield
            finally:
                transport.release_session()

    def _ask(self, request: PageRequest) -> CustomerPage:
        return self._api.list_customers(self._filters, request)

    def _take(self, walk: Walk, found: CustomerPage) -> ListedPage:
        """What a walk makes of an answer."""
        page = as_page(found, near_ms=walk.reached_ms)
        new = self._windows.receive(walk, page)
        customers = found.customers
        created_ms = page.times
        new = self.odd.take(found, new, page.placed)
        if self._pages_by_number is not None:
            new = [i for i in new if page.ids[i] not in self._pages_by_number.seen]
        if len(new) < len(customers) or self._query.spans_updates:
            unit_ms = self._resolution.shown_ms
            new = [i for i in new if self._query.holds(customers[i], unit_ms=unit_ms)]
            customers = [customers[i] for i in new]
            created_ms = [created_ms[i] for i in new]
        return ListedPage(
            customers,
            created_ms,
            self._numbers.setdefault(walk, len(self._numbers)),
            Span(walk.begins_ms, walk.complete_before_ms),
        )

    # -- large listings ------------------------------------------------------------------------

    def _timed(self, ask: Callable[[], Asked]) -> Asked:
        """An answer, of which is noted how long it took."""
        if self._workers == 1:
            return ask()
        clock = self._api.transport.clock
        began_s = clock.monotonic()
        answer = ask()
        took_s = clock.monotonic() - began_s
        self._quickest_s = took_s if self._quickest_s is None else min(self._quickest_s, took_s)
        self._answers_timed += 1
        return answer

    def _is_told(self) -> bool | None:
        """Whether to share, by the quickest answer: load only slows them. None: not known yet."""
        if self._readers == 1 or self._quickest_s is None:
            return self._readers > 1
        if self._quickest_s < _SHARED_FROM_S:
            self._readers = 1
            return False
        is_far = self._quickest_s >= _FAR_TIMES * _SHARED_FROM_S
        return True if is_far or self._answers_timed >= _ANSWERS_TO_TELL else None

    @property
    def _is_past(self) -> bool:
        """Whether nothing can be added to what is asked for, by the server's own clock."""
        to_ms = self._query.created_to_ms
        if to_ms is None or not self._query.by_creation_only:
            return False
        now_ms = self._api.transport.server_time_ms
        return now_ms is not None and to_ms <= now_ms

    def _close(self, walk: Walk, first: CustomerPage) -> bool:
        """Look where the customers end, if that is worth a call; whether it was of use."""
        total = first.total
        if (
            total is None
            or not first.has_more
            or self._newest_first
            or self._limit is not None
            or not self._query.by_creation_only
        ):
            return False
        pages = total // MAX_PAGE_SIZE
        if pages < (_SHARED_FROM_PAGES if self._workers > 1 else _CLOSED_FROM_PAGES):
            return False
        newest_ms = self._timed(partial(self._newest_ms, first))
        if newest_ms is None or newest_ms <= (walk.reached_ms or 0) + self._resolution.unit_ms:
            return False
        # If it is not known yet whether to share, it is not shared yet.
        parts = self._parts(total) if self._is_told() else 1
        self._windows.close(newest_ms, parts=parts)
        self.closed_before_ms = newest_ms
        return True

    def _newest_ms(self, first: CustomerPage) -> int | None:
        """When the newest customer of the span was created, down to where windows can be cut.

        The first page may have rows of one second: then the call also shows whether the API
        compares times more finely than that, as it has to divide these rows.
        """
        request = self._count_request("-created_at")
        divider = Divider.of(as_page(first, near_ms=0).times)
        if divider is not None:
            request = replace(request, after_ms=divider.at_ms)
        page = as_page(self._ask(request), near_ms=0)
        if not page.times or page.placed:
            return None
        if divider is not None and first.total is not None and page.total is not None:
            self._resolution.is_fine |= divider.divides(total=first.total, behind=page.total)
        to_ms = self._query.created_to_ms
        # A server that counts its bounds in may give one from behind the span.
        newest_ms = page.times[0]
        self._resolution.see([newest_ms])
        return self._resolution.cut(newest_ms if to_ms is None else min(newest_ms, to_ms - 1))

    def _count_request(self, order: str) -> PageRequest:
        """The smallest page of the span."""
        after_ms, before_ms = self._query.created_bounds_ms
        return PageRequest(order=order, limit=1, after_ms=after_ms, before_ms=before_ms)

    def _reconcile(self) -> None:
        """Compare with `total`; where it differs, with what the API counts now."""
        read = self._windows.counted + (0 if self._remaining is None else self._remaining.rows)
        if self._remaining is None and self.progress.total in (None, read):
            return
        again = self._ask(self._count_request("created_at"))
        if again.total is not None and again.total != read:
            self.difference = Difference(read=read, counted=again.total)


def _only_here(listener: WaitListener) -> WaitListener:
    """A listener deaf to the waits of other threads than the present one."""
    here = threading.get_ident()

    def listen(seconds: float, why: str) -> None:
        if threading.get_ident() == here:
            listener(seconds, why)

    return listen


def max_cuts(workers: int) -> int:
    """How many windows may be cut so that calls stay within what is promised."""
    return max(_EXTRA_CALLS_A_WORKER * workers - _EXTRA_CALLS_UNCUT, 0) if workers > 1 else 0


def parts_for(readers: int, rows: int) -> int:
    """Into how many windows so many rows are cut at first.

    One for each of a few readers, so that all begin at once; of more readers one for two: a cut may
    miss the rows and cost a call, and page numbers share what is in a window. In several windows
    there is always one with a page further on.
    """
    readers = min(readers, rows // MAX_PAGE_SIZE // _MIN_PAGES_A_WORKER)
    return max(min(readers, _FEW_READERS), readers // 2, 1)
