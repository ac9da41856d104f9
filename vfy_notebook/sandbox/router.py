"""Which operation a method and a path name."""

from __future__ import annotations

from collections.abc import Callable

from vfy_notebook.sandbox import customers
from vfy_notebook.sandbox.answers import Answer, ApiError
from vfy_notebook.sandbox.calls import Call
from vfy_notebook.sandbox.listing import list_customers
from vfy_notebook.sandbox.state import Sandbox

Handler = Callable[[Sandbox, Call], Answer]

_ROUTES: dict[tuple[str, str], Handler] = {
    ("GET", "customers"): lambda box, call: list_customers(box, call.query),
    ("GET", "customers/*"): customers.get_customer,
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


def find_handler(call: Call) -> Handler:
    """The operation for a call.

    Raises:
        ApiError: 404 if no operation has this path, 405 if none has it with this method.
    """
    if call.parts[:1] != ("v1",):
        raise _no_route(call)
    parts = call.parts[1:]
    other_methods = False
    for method, pattern, handler in _TABLE.get(len(parts), ()):
        if all((p == "*" and part) or p == part for p, part in zip(pattern, parts, strict=True)):
            if method == call.method:
                return handler
            other_methods = True
    if other_methods:
        raise ApiError(405, f"{call.method} is not allowed on this path")
    raise _no_route(call)


def _no_route(call: Call) -> ApiError:
    return ApiError(404, f"There is no {call.method} /{'/'.join(call.parts)}")
