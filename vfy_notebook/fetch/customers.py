"""Reads customers, complete and in order, into one DataFrame."""

from __future__ import annotations

import contextlib
import warnings
from numbers import Integral
from typing import TYPE_CHECKING

from vfy_notebook.api.garbage_collection import rare_collections
from vfy_notebook.api.listing.fetching import Listing
from vfy_notebook.api.listing.first_page import first_page
from vfy_notebook.api.listing.query import ORDERS, CustomerQuery
from vfy_notebook.api.listing.reading import OddRecords
from vfy_notebook.api.pages import MAX_PAGE_SIZE
from vfy_notebook.errors import (
    ArgumentError,
    IncompleteListingWarning,
    VfyNotebookWarning,
)
from vfy_notebook.fetch.cost import warn_of_cost
from vfy_notebook.fetch.exports.customers import exported_customers
from vfy_notebook.fetch.memberships.customer_segments import hidden_segments
from vfy_notebook.fetch.metadata_keys import KeysKept, warn_of_rest
from vfy_notebook.fetch.odd_records import warn_of_odd
from vfy_notebook.fetch.partial import partial_in_errors
from vfy_notebook.frames.customers import CustomerFrame, names_twice
from vfy_notebook.progress import Progress

if TYPE_CHECKING:
    from collections.abc import Collection

    import pandas as pd

    from vfy_notebook.api.operations import Api
    from vfy_notebook.progress import Shown


#: The routes: by listing, page by page, or by one export.
ROUTES = ("list", "export")


def check_order(order: str) -> None:
    """Refuse an order that the API does not have."""
    if order not in ORDERS:
        allowed = ", ".join(map(repr, ORDERS))
        message = f"order={order!r} is not one of {allowed}."
        raise ArgumentError(message)


def check_limit(limit: object) -> None:
    """Refuse a limit that is not a positive whole number."""
    if limit is None:
        return
    if isinstance(limit, bool) or not isinstance(limit, Integral) or limit < 1:
        message = f"limit={limit!r}: give a whole number from 1 up, or None for all customers."
        raise ArgumentError(message)


def check_route(via: str, *, segment: str | None) -> None:
    """Refuse an unknown route, or one that does not have the filters asked for."""
    if via not in ROUTES:
        message = f"via={via!r} is neither 'list' nor 'export'."
        raise ArgumentError(message)
    if via == "export" and segment is not None:
        message = (
            f'segment={segment!r}: exports cannot be filtered by segment. Use via="list", or '
            "export all customers and keep the members that fetch_memberships() returns."
        )
        raise ArgumentError(message)


def fetch_customers(
    api: Api,
    query: CustomerQuery,
    *,
    order: str,
    limit: int | None,
    via: str = "list",
    metadata_keys: Collection[str] = (),
    workers: int = 1,
    progress: Shown,
) -> pd.DataFrame:
    """All customers that match, in the order asked for."""
    keep = KeysKept(api, frozenset(metadata_keys))
    if via == "export":
        return _by_export(api, query, order=order, limit=limit, keep=keep, progress=progress)
    return _by_listing(
        api, query, order=order, limit=limit, keep=keep, workers=workers, progress=progress
    )


def _by_export(
    api: Api,
    query: CustomerQuery,
    *,
    order: str,
    limit: int | None,
    keep: KeysKept,
    progress: Shown,
) -> pd.DataFrame:
    arrived = CustomerFrame()
    with (
        partial_in_errors(lambda: arrived.build(order=order, keep=lambda: keep.asked), "customers"),
        _bar(api, progress) as bar,
        api.transport.governor.told_of_waits(bar.waits),
        exported_customers(api, query, bar) as export,
    ):
        for batch in export.batches():
            arrived.add_batch(batch)
            bar.update(len(arrived))
        keep.properties = export.properties
        frame = arrived.build(order=order, keep=keep)
        if names_twice(frame):
            twice = frame.index.duplicated()
            warnings.warn(
                f"The export named {int(twice.sum()):,} customers twice, such as "
                f"{frame.index[twice][0]}: each is in the DataFrame once.",
                VfyNotebookWarning,
                stacklevel=4,
            )
            frame = frame[~twice]
        export.warn(len(frame), stacklevel=4)
        warn_of_rest(arrived, stacklevel=4)
        frame = frame.iloc[:limit]
        bar.update(len(frame))
    return frame


def _by_listing(
    api: Api,
    query: CustomerQuery,
    *,
    order: str,
    limit: int | None,
    keep: KeysKept,
    workers: int,
    progress: Shown,
) -> pd.DataFrame:
    by_creation = order.endswith("created_at")
    arrived = CustomerFrame()
    with (
        partial_in_errors(lambda: arrived.build(order=order, keep=lambda: keep.asked), "customers"),
        _bar(api, progress) as bar,
    ):
        if limit is not None and limit <= MAX_PAGE_SIZE and not by_creation:
            odd = OddRecords()
            with api.transport.governor.told_of_waits(bar.waits):
                found = first_page(api, query, order=order, limit=limit, odd=odd)
            if found is not None:
                arrived.add(found)
                bar.update(len(arrived))
                frame = arrived.build(order=order, keep=keep)
                warn_of_rest(arrived, stacklevel=4)
                warn_of_odd(frame, odd, stacklevel=4)
                return frame
        # Other orders cannot be paged through safely: read all, then sort and cut.
        listing = Listing(
            api,
            query,
            newest_first=order == "-created_at" and limit is not None,
            limit=limit if by_creation else None,
            workers=workers,
            on_wait=bar.waits,
        )
        # Closed at once if something goes wrong here: its workers must not read on.
        with rare_collections(), contextlib.closing(iter(listing)) as pages:
            for number, customers in enumerate(pages):
                arrived.add(customers)
                bar.update(len(arrived), listing.progress.total)
                if number == 0:
                    rows = _rows_left(listing, limit if by_creation else None)
                    warn_of_cost(api, query, rows, "fetch_customers", stacklevel=4)
        frame = arrived.build(order=order, limit=limit, keep=keep)
        bar.update(len(frame))
    warn_of_difference(listing)
    if frame.empty:
        warn_of_hidden_members(api, query, stacklevel=4)
    warn_of_rest(arrived, stacklevel=4)
    warn_of_odd(frame, listing.odd, stacklevel=4)
    return frame


def _rows_left(listing: Listing, limit: int | None) -> int:
    """Rows to come after the first page; 0 if the API does not tell."""
    total = listing.progress.total
    if total is None:
        return 0
    return (total if limit is None else min(total, limit)) - listing.progress.rows


def _bar(api: Api, progress: Shown) -> Progress:
    return Progress(
        "Fetching customers",
        unit="customers",
        calls=lambda: api.transport.calls.total,
        shown=progress,
    )


def warn_of_hidden_members(api: Api, query: CustomerQuery, *, stacklevel: int) -> None:
    """Say so where a segment lists nobody although a customer is in it.

    Two calls; none where other filters may well leave nobody.
    """
    segment = query.segment_id
    if segment is None or query != CustomerQuery(segment_id=segment):
        return
    customer, hidden = hidden_segments(api, {segment})
    if hidden:
        warnings.warn(
            f"Segment {segment} listed nobody, but customer {customer} is in it: this server does "
            "not list who is in passive segments. Fetch all customers, and keep those whom "
            'fetch_memberships(customers, segments=[…], via="customers") tells.',
            IncompleteListingWarning,
            stacklevel=stacklevel + 1,
        )


def warn_of_difference(listing: Listing) -> None:
    """Warn if the API counts another number of customers than were read."""
    difference = listing.difference
    if difference is None:
        return
    warnings.warn(
        f"Read {difference.read:,} distinct customers, but the API now counts "
        f"{difference.counted:,}: customers were created or deleted meanwhile, or the API "
        "counts late. Fetch again when the project is quiet, or compare with via='export'.",
        IncompleteListingWarning,
        stacklevel=4,
    )
