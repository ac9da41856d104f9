"""Customers by export."""

from __future__ import annotations

import contextlib
import dataclasses
import functools
import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc

from vfy_notebook.api.pages import PageRequest, iso_from_ms
from vfy_notebook.errors import IncompleteListingWarning, NotFoundError, VfyNotebookWarning
from vfy_notebook.fetch.exports.complete import CompleteExport, exported
from vfy_notebook.fetch.exports.order import ExportOrder
from vfy_notebook.frames.exports.customers import CUSTOMERS, FIELD_OF, customer_batch
from vfy_notebook.frames.schema import FIXED_NAMES
from vfy_notebook.shown_text import first_few

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from vfy_notebook.api.listing.query import CustomerQuery
    from vfy_notebook.api.operations import Api
    from vfy_notebook.frames.batches import Batch
    from vfy_notebook.progress import Progress

#: Calls that an export takes if it is made within five seconds: the metadata schema, the export
#: itself, up to two questions whether it is ready, the download, the count.
USUAL_CALLS = 6

_COLUMNS_SHOWN = 6

#: The API's clock is told in whole seconds: what was created in this one is to be among the rows.
_SECOND_MS = 1000


@dataclass(frozen=True)
class ExportedCustomers:
    """Customers of an export on their way into a DataFrame or a folder."""

    query: CustomerQuery
    export: CompleteExport
    properties: Mapping[str, Any]

    def batches(self) -> Iterator[Batch]:
        """The customers that match, some thousand at a time."""
        return _inside(
            self.query, (customer_batch(rows, self.properties) for rows in self.export.pieces())
        )

    def warn(self, customers: int, *, stacklevel: int) -> None:
        """Say what is missing, if anything is, once all customers have been read.

        Args:
            customers: How many distinct customers there are.
            stacklevel: As of `warnings.warn`, counted from the caller.
        """
        counted = self.export.counted
        if counted is not None and counted not in (customers, self.export.rows):
            warnings.warn(
                f"The export has {self.export.rows:,} rows, but the API now counts {counted:,} "
                "customers: some were created, changed or deleted meanwhile, or one of the two is "
                "not complete. Fetch again when the project is quiet, or compare with "
                'via="list".',
                IncompleteListingWarning,
                stacklevel=stacklevel + 1,
            )
        if self.export.missing:
            named = [name for name, field in FIELD_OF.items() if field in self.export.missing]
            shown = first_few(named, _COLUMNS_SHOWN)
            warnings.warn(
                f'The export has no column for {shown}: they show as NA. Use via="list" for them.',
                VfyNotebookWarning,
                stacklevel=stacklevel + 1,
            )


@contextlib.contextmanager
def exported_customers(
    api: Api, query: CustomerQuery, bar: Progress, *, properties: Mapping[str, Any] | None = None
) -> Iterator[ExportedCustomers]:
    """The customers that match, by one export. Its file is gone when the context is left.

    The metadata schema's `properties` are asked for unless they are given; a call.

    Raises:
        ResponseError: The file is no table of customers, or is cut short.
        VfyNotebookError: Voucherify could not make the export, or not in time.
    """
    if properties is None:
        properties = metadata_properties(api)
    keys = None if properties is None else schema_keys(properties)
    closed = closed_now(api, query)
    order = ExportOrder(CUSTOMERS, filters_of(closed))
    with exported(api, order, bar, keys=keys, counts=counts_of(api, closed)) as export:
        _ = export.counted  # before the rows are used, as long as the two are close in time
        yield ExportedCustomers(closed, export, properties or {})


def closed_now(api: Api, query: CustomerQuery) -> CustomerQuery:
    """The query without those created after the present second, by the server's own clock.

    So that an export and a count, which come some calls apart, are of the same customers. A clock
    that is slower than ours is not believed: it would hide the newest customers.
    """
    server_ms = api.transport.server_time_ms
    if server_ms is None:
        return query
    now_ms = max(server_ms + _SECOND_MS, int(api.transport.clock.now() * 1000))
    if query.created_to_ms is not None and query.created_to_ms <= now_ms:
        return query
    return dataclasses.replace(query, created_to_ms=now_ms)


def counts_of(api: Api, query: CustomerQuery) -> list[Callable[[], int | None]]:
    """Ways to ask how many customers there are: twice, as the API may count late, and narrower.

    Whether bounds are part of a span is documented nowhere, and need not be the same for exports
    and listings: they are asked for a millisecond more, and last as if they were.
    """
    narrow = dataclasses.replace(
        query,
        created_from_ms=_moved(query.created_from_ms, 1),
        created_to_ms=_moved(query.created_to_ms, -1),
        updated_from_ms=_moved(query.updated_from_ms, 1),
        updated_to_ms=_moved(query.updated_to_ms, -1),
    )
    wide = functools.partial(_count, api, query)
    return [wide, wide, functools.partial(_count, api, narrow)]


def _moved(bound_ms: int | None, by_ms: int) -> int | None:
    return None if bound_ms is None else bound_ms + by_ms


def _count(api: Api, query: CustomerQuery) -> int | None:
    """The number by the very bounds that the export has; a listing asks for whole seconds."""
    params = dataclasses.replace(query, updated_from_ms=None, updated_to_ms=None).params()
    if query.updated_from_ms is not None:
        params["updated_at[after]"] = iso_from_ms(query.updated_from_ms - 1)
    if query.updated_to_ms is not None:
        params["updated_at[before]"] = iso_from_ms(query.updated_to_ms)
    request = PageRequest(
        limit=1, after_ms=_moved(query.created_from_ms, -1), before_ms=query.created_to_ms
    )
    return api.list_customers(params, request).total


def filters_of(query: CustomerQuery) -> dict[str, Any]:
    """The filters as exports take them, times a millisecond wide of what is asked for."""
    conditions: dict[str, dict[str, list[str]]] = {
        name: {"$is": [value]}
        for name, value in (("email", query.email), ("city", query.city), ("name", query.name))
        if value is not None
    }
    for name, from_ms, to_ms in _spans(query):
        if from_ms is not None:
            conditions.setdefault(name, {})["$after"] = [iso_from_ms(from_ms - 1)]
        if to_ms is not None:
            conditions.setdefault(name, {})["$before"] = [iso_from_ms(to_ms)]
    if not conditions:
        return {}
    return {"junction": "and"} | {name: {"conditions": each} for name, each in conditions.items()}


def _spans(query: CustomerQuery) -> list[tuple[str, int | None, int | None]]:
    return [
        ("created_at", query.created_from_ms, query.created_to_ms),
        ("updated_at", query.updated_from_ms, query.updated_to_ms),
    ]


def metadata_properties(api: Api) -> dict[str, Any] | None:
    """The metadata schema's `properties`, None where the API has no schema to show; a call."""
    try:
        return api.metadata_schema().get("properties") or {}
    except NotFoundError:
        return None


def schema_keys(properties: Mapping[str, Any]) -> list[str]:
    """The keys that have a column in an export, in their order: those that were not removed."""
    return [
        key
        for key, each in properties.items()
        if not (isinstance(each, dict) and each.get("deleted"))
    ]


def _inside(query: CustomerQuery, batches: Iterator[Batch]) -> Iterator[Batch]:
    """Without the rows that bounds counted in bring along from a millisecond outside."""
    bounds = [
        (FIXED_NAMES.index(name), bound)
        for name, from_ms, to_ms in _spans(query)
        for bound in (None if from_ms is None else from_ms - 1, to_ms)
        if bound is not None
    ]
    for batch in batches:
        kept = batch
        for position, bound_ms in bounds:
            bound = pa.scalar(bound_ms * 1000, pa.int64()).cast(pa.timestamp("us", tz="UTC"))
            outside = pc.equal(kept.fixed[position], bound).fill_null(False)
            if pc.any(outside).as_py():
                kept = kept.where(pc.invert(outside))
        yield kept
