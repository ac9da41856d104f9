"""Whether the customers of a plan still exist, and whether someone else has changed them.

The cheapest way that answers is taken; what is paid for is the number of calls:

* one or two customers are got one by one;
* else one page of the customers created between the oldest and the newest one concerned tells
  their number. Customers are never created in the past, so such a span can only shrink: where
  the frame has as many rows in it as the server counts, all are still there. (A frame that
  holds only some of the span's customers proves nothing this way, unless as many of the others
  were deleted meanwhile.) A second page, of those among them updated since the fetch, tells of
  conflicts: usually there are none on it;
* where numbers differ, the customers are got one by one, or the span is listed, or exported,
  whichever takes the fewest calls.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from vfy_notebook.api.listing.fetching import Listing
from vfy_notebook.api.listing.query import CustomerQuery
from vfy_notebook.api.pages import MAX_PAGE_SIZE, ms_or_none
from vfy_notebook.edits.fields import as_customer
from vfy_notebook.errors import NotFoundError
from vfy_notebook.journal.entries import Base
from vfy_notebook.push import export_lookup

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from vfy_notebook.api.models import Customer
    from vfy_notebook.api.operations import Api
    from vfy_notebook.edits.changes import Change
    from vfy_notebook.push.export_lookup import ExportedRow

#: So few customers are got one by one: no other way is cheaper.
_FEW = 2


@dataclass
class Findings:
    """What the server knows better.

    Attributes:
        gone: Ids of customers that are no longer there.
        changed: Customers that were changed since, by id, as they are now.
    """

    gone: set[str] = field(default_factory=set)
    changed: dict[str, Customer] = field(default_factory=dict)


def check_on_server(
    api: Api, changes: Sequence[Change], base: Base, *, existence: bool
) -> Findings:
    """Look for conflicts, and with `existence` for customers that are gone."""
    known = {c.customer_id: c for c in changes if c.customer_id is not None}
    if not known:
        return Findings()
    return _Check(api, known, base).run(existence=existence)


def find_gone(api: Api, customers: Sequence[Change], base: Base) -> set[str]:
    """The ids of those who are no longer there, whatever else has changed.

    Costs a call where the count proves that all are there. Customers of whom nothing is known but
    their ids are looked for among all.
    """
    known = {c.customer_id: c for c in customers if c.customer_id is not None}
    return _Check(api, known, base, conflicts=False).gone() if known else set()


class _Check:
    def __init__(
        self, api: Api, known: dict[str, Change], base: Base, *, conflicts: bool = True
    ) -> None:
        self._api = api
        self._looks_for_conflicts = conflicts
        self._known = known
        self._base = base
        self._seen: set[str] = set()
        self._findings = Findings()

    def run(self, *, existence: bool) -> Findings:
        times = [c.created_ms for c in self._known.values() if c.created_ms is not None]
        if len(self._known) <= _FEW or len(times) < len(self._known):
            return self._one_by_one()
        first, last = min(times), max(times)
        if self._base.from_ms is not None and self._base.to_ms is not None:
            first, last = min(first, self._base.from_ms), max(last, self._base.to_ms)
        span = CustomerQuery(created_from_ms=first, created_to_ms=last + 1)
        if existence:
            return self._existence_and_conflicts(span)
        return self._conflicts(span, span_calls=None)

    def gone(self) -> set[str]:
        """Who is no longer there."""
        if len(self._known) <= _FEW:
            return self._one_by_one().gone
        times = [c.created_ms for c in self._known.values() if c.created_ms is not None]
        if len(times) < len(self._known):
            self._base = Base(0)  # a number of some customers proves nothing of others
            return self._existence_and_conflicts(CustomerQuery()).gone
        span = CustomerQuery(created_from_ms=min(times), created_to_ms=max(times) + 1)
        return self._existence_and_conflicts(span).gone

    def _existence_and_conflicts(self, span: CustomerQuery) -> Findings:
        pages = iter(listing := Listing(self._api, span))
        self._look_at(next(pages, []))
        total = listing.progress.total
        span_calls = None if total is None else _calls(total) - 1
        if span_calls == 0 or not self._unseen():
            return self._all_seen()
        if total is not None and total == self._base.count:
            if not self._looks_for_conflicts:
                return self._findings
            return self._conflicts(span, span_calls=span_calls)
        return self._thoroughly(pages, span, span_calls)

    def _conflicts(self, span: CustomerQuery, *, span_calls: int | None) -> Findings:
        """Of customers that are known to exist, or need not."""
        updated = CustomerQuery(
            created_from_ms=span.created_from_ms,
            created_to_ms=span.created_to_ms,
            updated_from_ms=self._base.as_of_ms,
        )
        pages = iter(listing := Listing(self._api, updated))
        self._look_at(next(pages, []))
        total = listing.progress.total
        more_calls = 0 if total is None else _calls(total) - 1
        other_ways = [len(self._unseen()), export_lookup.EXPECTED_CALLS]
        if span_calls is not None:
            other_ways.append(span_calls)
        if more_calls > min(other_ways):
            return self._thoroughly(None, span, span_calls)
        for page in pages:
            self._look_at(page)
        return self._findings

    def _thoroughly(
        self, pages: Iterator[list[Customer]] | None, span: CustomerQuery, span_calls: int | None
    ) -> Findings:
        """Look at every customer, by the way that takes the fewest calls."""
        each = len(self._unseen())
        listed = MAX_PAGE_SIZE if span_calls is None else span_calls
        if min(each, listed) > export_lookup.EXPECTED_CALLS:
            found = self._by_export(span)
            if found is not None:
                return found
        if each <= listed:
            return self._one_by_one()
        return self._read_remaining(pages if pages is not None else iter(Listing(self._api, span)))

    def _unseen(self) -> set[str]:
        return self._known.keys() - self._seen

    # -- three ways ----------------------------------------------------------------------------

    def _one_by_one(self) -> Findings:
        for customer_id in sorted(self._unseen()):
            try:
                shown = self._api.get_customer(customer_id)
            except NotFoundError:
                self._findings.gone.add(customer_id)
            else:
                self._look_at([as_customer(shown)])
        return self._findings

    def _read_remaining(self, pages: Iterator[list[Customer]]) -> Findings:
        for page in pages:
            self._look_at(page)
        return self._all_seen()

    def _all_seen(self) -> Findings:
        """Whoever was not met in a complete listing is gone."""
        self._findings.gone |= self._unseen()
        return self._findings

    def _by_export(self, span: CustomerQuery) -> Findings | None:
        suspects = []

        def take(row: ExportedRow) -> None:
            change = self._known.get(row.customer_id)
            if change is not None:
                self._seen.add(row.customer_id)
                if self._looks_for_conflicts and _is_newer(row.updated_at, change):
                    suspects.append(row.customer_id)

        if not export_lookup.read_export(
            self._api, span, [], take, found_all=lambda: not self._unseen()
        ):
            self._seen.difference_update(suspects)
            return None  # nobody is gone because a file is short
        found = self._all_seen()
        for customer_id in suspects:
            # Exports tell times to an unknown precision; the customer itself is the judge.
            try:
                self._look_at([as_customer(self._api.get_customer(customer_id))])
            except NotFoundError:
                found.gone.add(customer_id)
        return found

    def _look_at(self, customers: Sequence[Customer]) -> None:
        for customer in customers:
            change = self._known.get(customer.id)
            if change is None:
                continue
            self._seen.add(customer.id)
            if _is_newer(customer.updated_at, change):
                self._findings.changed[customer.id] = customer


def _is_newer(updated_at: str | None, change: Change) -> bool:
    """Whether a customer has been changed since; where its time is none, it has to be compared."""
    if updated_at is None:
        return False
    updated_ms, since_ms = ms_or_none(updated_at), change.unchanged_since_ms
    return updated_ms is None or since_ms is None or updated_ms > since_ms


def _calls(total: int) -> int:
    return max(1, -(-total // MAX_PAGE_SIZE))
