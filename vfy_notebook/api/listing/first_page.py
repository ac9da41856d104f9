"""Reads the first few customers in an order that cannot be paged safely."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from vfy_notebook.api.listing.reading import as_page
from vfy_notebook.api.pages import PageRequest, readable_ms

if TYPE_CHECKING:
    from collections.abc import Sequence

    from vfy_notebook.api.listing.query import CustomerQuery
    from vfy_notebook.api.listing.reading import OddRecords
    from vfy_notebook.api.models import Customer
    from vfy_notebook.api.operations import Api


def first_page(
    api: Api, query: CustomerQuery, *, order: str, limit: int, odd: OddRecords
) -> list[Customer] | None:
    """The first customers in one of the API's orders by one call; None if a call is not enough.

    One more call where those who were never updated come before all others. What is odd in what
    is given is added to `odd`.
    """
    from_ms, to_ms = query.created_from_ms, query.created_to_ms
    after_ms, before_ms = query.created_bounds_ms
    request = PageRequest(order=order, limit=limit, after_ms=after_ms, before_ms=before_ms)
    found = api.list_customers(query.params(), request)
    page = as_page(found, near_ms=0)
    inside = [
        i
        for i, created_ms in enumerate(page.times)
        if i in page.placed
        or ((from_ms is None or created_ms >= from_ms) and (to_ms is None or created_ms < to_ms))
    ]
    customers = [found.customers[i] for i in odd.take(found, inside)]
    kept = [customer for customer in customers if query.holds(customer)]
    if found.has_more is False and query.updated_from_ms != _EVER:
        return kept
    by = order.removeprefix("-")
    if all(getattr(customer, by) is not None for customer in found.customers):
        return kept[:limit] if len(kept) >= limit and _in_order(kept, order) else None
    # It is not documented whether missing values come first or last; here they come last.
    if by == "updated_at" and query.updated_from_ms is None:
        query = replace(query, updated_from_ms=_EVER)
        return first_page(api, query, order=order, limit=limit, odd=odd)
    return None


#: A lower bound that drops nobody but customers without the time.
_EVER = 0


def _in_order(customers: Sequence[Customer], order: str) -> bool:
    """Whether the API has kept the order; how it sorts texts is not documented."""
    if order.endswith("source_id"):
        return True
    read = [readable_ms(customer.updated_at) for customer in customers]
    times = [each for each in read if each is not None]
    return len(times) == len(read) and times == sorted(times, reverse=order.startswith("-"))
