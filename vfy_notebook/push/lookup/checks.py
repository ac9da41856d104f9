"""Whether the customers of a plan still exist, and whether someone else has changed them.

The cheapest way that answers is taken; what is paid for is the number of calls:

* one or two customers are got one by one;
* else one page of the customers created between the oldest and the newest one concerned, those who
  were updated last at the top. It tells their number: customers are never created in the past, so
  such a span can only shrink, and where the server counts as many as are known, all are still
  there. (A fetch that has only some of the span's customers proves nothing this way; but once all
  were looked at, the next look knows what the server counts.) And it tells of conflicts, unless
  more than a page of customers were updated since: then those are listed;
* where numbers differ, the customers are got one by one, or the span is listed, or exported,
  whichever takes the fewest calls.

Whoever is read is compared cell by cell, too: it is documented nowhere that all writes move
`updated_at`. Where a push has shown that they do not, all customers are read.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING

from vfy_notebook.api.listing.fetching import Listing
from vfy_notebook.api.listing.query import CustomerQuery
from vfy_notebook.api.pages import MAX_PAGE_SIZE, PageRequest, ms_or_none, readable_ms
from vfy_notebook.edits.fields import as_customer
from vfy_notebook.edits.tables.changes import ChangesById
from vfy_notebook.edits.three_way import differs
from vfy_notebook.errors import NotFoundError
from vfy_notebook.journal.entries import Base
from vfy_notebook.push.lookup import export_lookup
from vfy_notebook.snapshots.snapshot import NEVER_MS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from vfy_notebook.api.models import Customer
    from vfy_notebook.api.operations import Api
    from vfy_notebook.edits.changes import Change
    from vfy_notebook.push.lookup.export_lookup import ExportedRow

#: So few customers are got one by one: no other way is cheaper.
_FEW = 2

#: How coarsely the API may show a time at most.
_SHOWN_TO_MS = 1000


@dataclass
class Findings:
    """What the server knows better.

    Attributes:
        gone: Ids of customers that are no longer there.
        changed: Customers that were changed since, by id, as they are now.
        base: What is known now, where it is more than before: how many customers the server counts
            in a span of whom all that concern the plan were looked at.
    """

    gone: set[str] = field(default_factory=set)
    changed: dict[str, Customer] = field(default_factory=dict)
    base: Base | None = None


def check_on_server(
    api: Api,
    changes: Sequence[Change],
    base: Base,
    *,
    existence: bool,
    times_tell: bool = True,
    may_be_done: bool = False,
    allow: Callable[[int, int], None] | None = None,
) -> Findings:
    """Look for conflicts, and with `existence` for customers that are gone.

    Args:
        api: The API.
        changes: What is to be written.
        base: What is known of the customers.
        existence: Whether it matters that they are still there.
        times_tell: Whether writes move `updated_at`; else every customer is read.
        may_be_done: Whether cells that are as they are to be may still change.
        allow: Called with a number of calls, and of customers that these are for, before they are
            made, where they are many; refuses by an error of its own.
    """
    known = ChangesById(changes)
    if not known:
        return Findings()
    check = _Check(api, known, base, times_tell=times_tell, allow=allow)
    check.differs = partial(differs, may_be_done=may_be_done)
    return check.run(existence=existence)


def find_gone(api: Api, customers: Sequence[Change], base: Base) -> set[str]:
    """The ids of those who are no longer there, whatever else has changed.

    Costs a call where the count proves that all are there. Customers of whom nothing is known but
    their ids are looked for among all.
    """
    known = ChangesById(customers)
    return _Check(api, known, base, conflicts=False).gone() if known else set()


class _Check:
    def __init__(
        self,
        api: Api,
        known: ChangesById,
        base: Base,
        *,
        conflicts: bool = True,
        times_tell: bool = True,
        allow: Callable[[int, int], None] | None = None,
    ) -> None:
        self._api = api
        self._looks_for_conflicts = conflicts
        self._known = known
        self._base = base
        self._times_tell = times_tell
        self._allow = allow
        self.differs: Callable[[Change, Customer], bool] = partial(differs, may_be_done=False)
        self._seen: set[str] = set()
        self._findings = Findings()

    def run(self, *, existence: bool) -> Findings:
        times = self._known.created_ms
        if len(self._known) <= _FEW or (times == NEVER_MS).any():
            return self._one_by_one()
        first, last = int(times.min()), int(times.max())
        if self._base.from_ms is not None and self._base.to_ms is not None:
            first, last = min(first, self._base.from_ms), max(last, self._base.to_ms)
        span = CustomerQuery(created_from_ms=first, created_to_ms=last + 1)
        if not existence and self._times_tell:
            return self._conflicts(span, span_calls=None)
        return self._existence_and_conflicts(span)

    def gone(self) -> set[str]:
        """Who is no longer there."""
        if len(self._known) <= _FEW:
            return self._one_by_one().gone
        times = self._known.created_ms
        if (times == NEVER_MS).any():
            self._base = Base(0)  # a number of some customers proves nothing of others
            return self._existence(CustomerQuery()).gone
        first, last = int(times.min()), int(times.max())
        span = CustomerQuery(created_from_ms=first, created_to_ms=last + 1)
        return self._existence(span).gone

    def _existence(self, span: CustomerQuery) -> Findings:
        """Who is there; a listing that has to be read to its end is begun by the first call."""
        pages = iter(listing := Listing(self._api, span))
        self._look_at(next(pages, []))
        total = listing.progress.total
        span_calls = None if total is None else _calls(total) - 1
        if span_calls == 0 or not self._unseen():
            return self._all_seen()
        if total is not None and total == self._base.count:
            return self._findings
        return self._thoroughly(span, span_calls, pages)

    def _existence_and_conflicts(self, span: CustomerQuery) -> Findings:
        page = self._api.list_customers({}, _newest_first(span))
        self._look_at(page.customers)
        if page.total is None:
            return self._thoroughly(span, None)
        if not self._unseen():
            return self._counted(span, page.total)
        if len(page.customers) >= page.total:
            return self._counted(span, page.total, self._all_seen())
        span_calls = _calls(page.total)
        if page.total != self._base.count or not self._times_tell:
            return self._counted(span, page.total, self._thoroughly(span, span_calls))
        if _goes_back_to(self._base.as_of_ms, page.customers):
            return self._findings
        return self._conflicts(span, span_calls=span_calls)

    def _counted(self, span: CustomerQuery, total: int, found: Findings | None = None) -> Findings:
        """All customers concerned were looked at while the server counted so many in the span."""
        found = self._findings if found is None else found
        if span.created_from_ms is not None and span.created_to_ms is not None:
            first_ms, last_ms = span.created_from_ms, span.created_to_ms - 1
            found.base = replace(self._base, count=total, from_ms=first_ms, to_ms=last_ms)
        return found

    def _conflicts(self, span: CustomerQuery, *, span_calls: int | None) -> Findings:
        """Of customers that are known to exist, or need not."""
        pages = iter(listing := Listing(self._api, self._updated(span)))
        self._look_at(next(pages, []))
        total = listing.progress.total
        more_calls = 0 if total is None else _calls(total) - 1
        other_ways = [len(self._unseen()), export_lookup.EXPECTED_CALLS]
        if span_calls is not None:
            other_ways.append(span_calls)
        if more_calls > min(other_ways):
            return self._thoroughly(span, span_calls)
        self._will_take(more_calls)
        for page in pages:
            self._look_at(page)
        return self._findings

    def _updated(self, span: CustomerQuery) -> CustomerQuery:
        return replace(span, updated_from_ms=self._base.as_of_ms)

    def _thoroughly(
        self,
        span: CustomerQuery,
        span_calls: int | None,
        pages: Iterator[list[Customer]] | None = None,
    ) -> Findings:
        """Look at every customer, by the way that takes the fewest calls."""
        each = len(self._unseen())
        listed = MAX_PAGE_SIZE if span_calls is None else span_calls
        by_export = self._times_tell or not self._looks_for_conflicts
        if by_export and min(each, listed) > export_lookup.EXPECTED_CALLS:
            found = self._by_export(span)
            if found is not None:
                return found
        if each <= listed:
            return self._one_by_one()
        self._will_take(listed)
        for page in Listing(self._api, span) if pages is None else pages:
            self._look_at(page)
        return self._all_seen()

    def _unseen(self) -> set[str]:
        return self._known.keys() - self._seen

    def _will_take(self, calls: int) -> None:
        if self._allow is not None:
            self._allow(calls, len(self._known))

    # -- three ways ----------------------------------------------------------------------------

    def _one_by_one(self) -> Findings:
        return self._got(sorted(self._unseen()))

    def _got(self, ids: Sequence[str]) -> Findings:
        self._will_take(len(ids))
        for customer_id in ids:
            try:
                shown = self._api.get_customer(customer_id)
            except NotFoundError:
                self._findings.gone.add(customer_id)
            else:
                self._look_at([as_customer(shown)])
        return self._findings

    def _all_seen(self) -> Findings:
        """Whoever was not met in a complete listing is gone."""
        self._findings.gone |= self._unseen()
        return self._findings

    def _by_export(self, span: CustomerQuery) -> Findings | None:
        suspects: set[str] = set()

        def take(row: ExportedRow) -> None:
            if row.customer_id in self._known:
                self._seen.add(row.customer_id)
                since_ms = self._known.version_ms(row.customer_id)
                if self._looks_for_conflicts and _is_newer(row.updated_at, since_ms):
                    suspects.add(row.customer_id)

        if not export_lookup.read_export(
            self._api, span, [], take, found_all=lambda: not self._unseen()
        ):
            self._seen.difference_update(suspects)
            return None  # nobody is gone because a file is short
        self._all_seen()
        # Exports tell times to an unknown precision; the customer itself is the judge.
        self._seen -= suspects
        return self._read(suspects, span)

    def _read(self, suspects: set[str], span: CustomerQuery) -> Findings:
        """Read customers who seem to have changed: listed as far as that takes fewer calls."""
        pages = iter(listing := Listing(self._api, self._updated(span)))
        while len(open_ := suspects & self._unseen()) > _FEW:
            page = next(pages, None)
            if page is None:
                break
            self._look_at(page)
            left = suspects & self._unseen()
            total, read = listing.progress.total, listing.progress.rows
            more_calls = 0 if total is None else _calls(total - read)
            if len(left) < min(more_calls, len(open_)):
                break
            self._will_take(more_calls)
        return self._got(sorted(suspects & self._unseen()))

    def _look_at(self, customers: Sequence[Customer]) -> None:
        changes = self._known.some([customer.id for customer in customers])
        for customer in customers:
            if customer.id not in changes:
                continue
            _, change = changes[customer.id]
            self._seen.add(customer.id)
            is_newer = _is_newer(customer.updated_at, change.unchanged_since_ms)
            if is_newer or self.differs(change, customer):
                self._findings.changed[customer.id] = customer


def _newest_first(span: CustomerQuery) -> PageRequest:
    from_ms = span.created_from_ms
    return PageRequest(
        order="-updated_at",
        after_ms=None if from_ms is None else from_ms - 1,
        before_ms=span.created_to_ms,
    )


def _goes_back_to(as_of_ms: int, customers: Sequence[Customer]) -> bool:
    """Whether a page that begins with the last update has everybody updated since a time."""
    read = [readable_ms(customer.updated_at) for customer in customers]
    times = [ms for ms in read if ms is not None]
    if not times or len(times) < len(read):
        return False
    return times == sorted(times, reverse=True) and times[-1] < as_of_ms - _SHOWN_TO_MS


def _is_newer(updated_at: str | None, since_ms: int | None) -> bool:
    """Whether a customer has been changed since; where its time is none, it has to be compared."""
    if updated_at is None:
        return False
    updated_ms = ms_or_none(updated_at)
    return updated_ms is None or since_ms is None or updated_ms > since_ms


def _calls(total: int) -> int:
    return max(1, -(-total // MAX_PAGE_SIZE))
