"""Finds the operation for a method and a path."""

from __future__ import annotations

from collections.abc import Callable

from vfy_notebook.sandbox.answers import Answer, ApiError
from vfy_notebook.sandbox.routes import (
    activity,
    bulk,
    consents,
    csv_import,
    customers,
    exports,
    history,
    jobs,
    metadata_schemas,
    segments,
)
from vfy_notebook.sandbox.routes.calls import Call
from vfy_notebook.sandbox.routes.listing import list_customers
from vfy_notebook.sandbox.state import Sandbox

Handler = Callable[[Sandbox, Call], Answer]

_ROUTES: dict[tuple[str, str], Handler] = {
    ("GET", "customers"): list_customers,
    ("POST", "customers"): customers.create_customer,
    ("POST", "customers/importCSV"): csv_import.import_csv,
    ("POST", "customers/bulk/async"): bulk.update_in_bulk,
    ("POST", "customers/metadata/async"): bulk.update_metadata_in_bulk,
    ("GET", "customers/*"): customers.get_customer,
    ("PUT", "customers/*"): customers.update_customer,
    ("DELETE", "customers/*"): customers.delete_customer,
    ("POST", "customers/*/permanent-deletion"): customers.delete_customer_permanently,
    ("GET", "customers/*/segments"): segments.customer_segments,
    ("GET", "customers/*/activity"): activity.list_activity,
    ("GET", "customers/*/activities"): activity.list_activities,
    ("PUT", "customers/*/consents"): consents.update_consents,
    ("GET", "consents"): consents.list_consents,
    ("GET", "async-actions"): jobs.list_async_actions,
    ("GET", "async-actions/*"): jobs.get_async_action,
    ("GET", "segments"): segments.list_segments,
    ("POST", "segments"): segments.create_segment,
    ("GET", "segments/*"): segments.get_segment,
    ("DELETE", "segments/*"): segments.delete_segment,
    ("GET", "orders"): history.list_orders,
    ("POST", "orders/export"): exports.create_orders_export,
    ("GET", "redemptions"): history.list_redemptions,
    ("POST", "exports"): exports.create_export,
    ("GET", "exports"): exports.list_exports,
    ("GET", "exports/*"): exports.get_export,
    ("DELETE", "exports/*"): exports.delete_export,
    ("GET", "metadata-schemas"): metadata_schemas.list_schemas,
    ("GET", "metadata-schemas/*"): metadata_schemas.get_schema,
}

#: The routes that create async actions: they have a quota of their own.
BULK_PATHS = frozenset(
    {"/v1/customers/bulk/async", "/v1/customers/metadata/async", "/v1/customers/importCSV"}
)


def _pattern_table() -> dict[int, list[tuple[str, tuple[str, ...], Handler]]]:
    table: dict[int, list[tuple[str, tuple[str, ...], Handler]]] = {}
    for (method, pattern), handler in _ROUTES.items():
        parts = tuple(pattern.split("/"))
        table.setdefault(len(parts), []).append((method, parts, handler))
    return table


_TABLE = _pattern_table()


def find_download(call: Call) -> Handler | None:
    """The download a call asks for: a GET whose address holds a token."""
    if call.method != "GET" or len(call.parts) != 3 or "token" not in call.query:
        return None
    return {
        ("v1", "exports"): exports.download_export,
        ("v1", "reports"): jobs.download_report,
    }.get(call.parts[:2])


def find_handler(call: Call) -> Handler:
    """The operation for a call.

    Raises:
        ApiError: 404 if no operation has this path, 405 if none has it with this method.
    """
    if call.parts[:1] != ("v1",):
        raise _no_route(call)
    parts = call.parts[1:]
    others: list[str] = []
    for method, pattern, handler in _TABLE.get(len(parts), ()):
        if all((p == "*" and part) or p == part for p, part in zip(pattern, parts, strict=True)):
            if method == call.method:
                return handler
            others.append(method)
    if others:
        raise ApiError(
            405,
            f"{call.method} is not supported here. Did you mean {' or '.join(others)}?",
            message="HTTP Method Not Allowed",
        )
    raise _no_route(call)


def _no_route(call: Call) -> ApiError:
    return ApiError(404, f"There is no {call.method} /{'/'.join(call.parts)}")
