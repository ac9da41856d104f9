"""Sends the requests that a walk asks for and hands on the customers that it finds new."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from vfy_notebook.api.listing.pages import MAX_PAGE_SIZE, Page, PageRequest, Row, ms_from_iso
from vfy_notebook.api.listing.walk import Walk
from vfy_notebook.errors import ResponseError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from vfy_notebook.api.listing.query import CustomerQuery
    from vfy_notebook.api.models import Customer, CustomerPage
    from vfy_notebook.api.operations import Api


@dataclass
class Progress:
    """How far a listing is. `total` is what the API told first; None if it told nothing."""

    rows: int = 0
    total: int | None = None


@dataclass(frozen=True)
class Difference:
    """Customers read against customers counted by the API at the end."""

    read: int
    counted: int


class Listing:
    """All customers that match a query, each exactly once, page by page.

    Iterate over it once; afterwards `difference` tells whether the numbers agree.
    """

    def __init__(
        self,
        api: Api,
        query: CustomerQuery,
        *,
        newest_first: bool = False,
        limit: int | None = None,
    ) -> None:
        self._api = api
        self._query = query
        self._newest_first = newest_first
        self._limit = limit
        self._filters = query.params()
        self.progress = Progress()
        self.difference: Difference | None = None

    def __iter__(self) -> Iterator[list[Customer]]:
        walk = Walk(
            from_ms=self._query.created_from_ms,
            to_ms=self._query.created_to_ms,
            page_size=min(MAX_PAGE_SIZE, self._limit or MAX_PAGE_SIZE),
            newest_first=self._newest_first,
        )
        while not walk.done:
            customers = self._step(walk)
            self.progress.total = walk.first_total
            if self._limit is not None:
                customers = customers[: self._limit - self.progress.rows]
            self.progress.rows += len(customers)
            yield customers
            if self._limit is not None and self.progress.rows >= self._limit:
                return
        self._reconcile(walk)

    def _step(self, walk: Walk) -> list[Customer]:
        """One page of a walk."""
        found = self._api.list_customers(self._filters, walk.next_request())
        new = walk.receive(as_page(found))
        return [c for c in (found.customers[i] for i in new) if self._query.holds(c)]

    def _reconcile(self, walk: Walk) -> None:
        """Compare with `total`; where it differs, with what the API counts now."""
        if walk.first_total is None or walk.first_total == walk.distinct:
            return
        after_ms, before_ms = self._query.created_from_ms, self._query.created_to_ms
        again = self._api.list_customers(
            self._filters,
            PageRequest(
                limit=1,
                after_ms=None if after_ms is None else after_ms - 1,
                before_ms=before_ms,
            ),
        )
        if again.total is not None and again.total != walk.distinct:
            self.difference = Difference(read=walk.distinct, counted=again.total)


def first_page(api: Api, query: CustomerQuery, *, order: str, limit: int) -> list[Customer] | None:
    """The first customers in one of the API's orders by one call; None if a call is not enough."""
    after_ms, before_ms = query.created_from_ms, query.created_to_ms
    request = PageRequest(
        order=order,
        limit=limit,
        after_ms=None if after_ms is None else after_ms - 1,
        before_ms=before_ms,
    )
    found = api.list_customers(query.params(), request)
    rows = as_page(found).rows
    kept = [
        customer
        for customer, row in zip(found.customers, rows, strict=True)
        if (after_ms is None or row.created_ms >= after_ms)
        and (before_ms is None or row.created_ms < before_ms)
        and query.holds(customer)
    ]
    complete = found.has_more is False or len(kept) >= limit
    return kept[:limit] if complete else None


def as_page(found: CustomerPage) -> Page:
    """What a walk needs to know of a page.

    Raises:
        ResponseError: A customer without a readable time of creation cannot be placed.
    """
    try:
        rows = [Row(c.id, ms_from_iso(c.created_at or "")) for c in found.customers]
    except ValueError:
        raise _unplaceable(found.customers) from None
    return Page(rows, found.total, found.has_more)


def _unplaceable(customers: Sequence[Customer]) -> ResponseError:
    for customer in customers:
        try:
            ms_from_iso(customer.created_at or "")
        except ValueError:
            break
    return ResponseError(
        f"Customer {customer.id} has no readable created_at ({customer.created_at!r}): "
        "a listing cannot be told complete."
    )
