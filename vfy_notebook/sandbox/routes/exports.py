"""``/v1/exports`` and the download, which has a host name of its own."""

from __future__ import annotations

import hmac
from collections.abc import Iterator
from typing import Any

from vfy_notebook.sandbox.answers import (
    Answer,
    ApiError,
    bad_payload,
    bad_query,
    json_answer,
    not_found,
)
from vfy_notebook.sandbox.data.customers.store import Where
from vfy_notebook.sandbox.data.exports.book import PARTS, Export
from vfy_notebook.sandbox.data.exports.csv_file import csv_chunks
from vfy_notebook.sandbox.data.exports.objects import KINDS, ExportedKind
from vfy_notebook.sandbox.data.filters.filters import Clause, FilterError, compile_filter
from vfy_notebook.sandbox.data.history.store import Kind
from vfy_notebook.sandbox.data.schema import EMPTY_SCHEMA
from vfy_notebook.sandbox.routes.calls import Call
from vfy_notebook.sandbox.routes.listing import whole_number
from vfy_notebook.sandbox.state import Sandbox

_MAX_LIMIT = 100
_MAX_PAGE = 100
_DEFAULT_LIMIT = 10
_LIST_ORDERS = ("created_at", "-created_at", "status", "-status")
_COLUMNS = {"created_at": "created_ms", "updated_at": "updated_ms"}


def create_export(box: Sandbox, call: Call) -> Answer:
    """Play ``POST /v1/exports`` for customers, orders and redemptions."""
    body = call.json_object()
    exported_object = body.get("exported_object")
    if not isinstance(exported_object, str) or exported_object not in KINDS:
        raise bad_payload(
            "Property .exported_object should be equal to one of the allowed values "
            f"[ {', '.join(KINDS)} ]"
        )
    return _created(box, exported_object, body.get("parameters") or {})


def create_orders_export(box: Sandbox, call: Call) -> Answer:
    """Play ``POST /v1/orders/export``, which takes the parameters under the same name."""
    return _created(box, "order", call.json_object().get("parameters") or {})


def _created(box: Sandbox, exported_object: str, parameters: Any) -> Answer:
    if not isinstance(parameters, dict):
        raise bad_payload("Property .parameters should be object")
    _check_parameters(box, exported_object, parameters)
    export = box.exports.create(exported_object, parameters, box.ids)
    return json_answer(box.show(export.as_api(box.download_url, box.switches)))


def get_export(box: Sandbox, call: Call) -> Answer:
    """Play ``GET /v1/exports/{id}``."""
    export = _found(box, call)
    box.exports.poll([export])
    return json_answer(box.show(export.as_api(box.download_url, box.switches)))


def list_exports(box: Sandbox, call: Call) -> Answer:
    """Play ``GET /v1/exports``."""
    query = call.query
    limit = whole_number(query, "limit", default=_DEFAULT_LIMIT, highest=_MAX_LIMIT)
    page = whole_number(query, "page", default=1, highest=_MAX_PAGE)
    order = query.get("order", "-created_at")
    if order not in _LIST_ORDERS:
        raise bad_query(
            "Property .order should be equal to one of the allowed values "
            f"[ {', '.join(_LIST_ORDERS)} ]"
        )
    box.exports.poll(box.exports.all())
    found = box.exports.all()
    if order.endswith("status"):
        found.sort(key=lambda each: each.status)
    if order.startswith("-"):
        found.reverse()
    start = (page - 1) * limit
    shown = [
        box.show(each.as_api(box.download_url, box.switches))
        for each in found[start : start + limit]
    ]
    return json_answer(
        {"object": "list", "data_ref": "exports", "exports": shown, "total": len(found)}
    )


def delete_export(box: Sandbox, call: Call) -> Answer:
    """Play ``DELETE /v1/exports/{id}``."""
    box.exports.remove(_found(box, call).id)
    return Answer(204)


def download_export(box: Sandbox, call: Call) -> Answer:
    """Serve a file of an export; its address holds a token."""
    export = box.exports.get(call.parts[2])
    token = call.query.get("token", "")
    if (
        export is None
        or export.status != "DONE"
        or not hmac.compare_digest(token.encode(), export.token.encode())
    ):
        raise ApiError(401)
    kind, parameters = KINDS[export.exported_object], export.parameters
    texts = _texts(box, export)
    fields = parameters.get("fields") or list(kind.default_fields)
    part = int(call.query.get("part", "0"))
    if box.switches.export_files != "one":
        texts = _part_of(list(texts), part)
    schema = box.schemas.get(export.exported_object, EMPTY_SCHEMA)
    chunks = csv_chunks(texts, kind, fields, schema, box.switches, part=part)
    return Answer(200, media_type="text/plain; charset=utf-8", chunks=chunks)


def _texts(box: Sandbox, export: Export) -> Iterator[str]:
    kind = KINDS[export.exported_object]
    order = _sql_order(kind, export.parameters.get("order"))
    where = _condition(box, kind, export.parameters)
    if export.exported_object == "customer":
        condition, values = where
        return box.customers.each_text(Where().and_(f"({condition})", *values), order)
    history: Kind = "order" if export.exported_object == "order" else "redemption"
    return map(box.shown_history, box.history.texts(history, where, order))


def _condition(box: Sandbox, kind: ExportedKind, parameters: dict[str, Any]) -> Clause:
    filters = parameters.get("filters") or {}
    if kind.filters is not None and isinstance(filters, dict):
        for name in filters:
            if name not in kind.filters and name != "junction" and name[:9] != "metadata.":
                raise FilterError(f"{name} is no field to filter by")
    return compile_filter(filters, box.clock.now_ms(), kind.aliases)


def _part_of(texts: list[str], part: int) -> Iterator[str]:
    begins, ends = (len(texts) * number // PARTS for number in (part, part + 1))
    return iter(texts[begins:ends])


def _check_parameters(box: Sandbox, exported_object: str, parameters: dict[str, Any]) -> None:
    kind = KINDS[exported_object]
    fields = parameters.get("fields")
    if fields is not None and (
        not isinstance(fields, list)
        or not all(isinstance(name, str) and name in kind.fields for name in fields)
    ):
        raise ApiError(
            400,
            f"Unsupported field used. Allowed fields: {', '.join(kind.fields)}",
            key="invalid_export_fields",
            message="Invalid Export",
        )
    order = parameters.get("order")
    orders = [sign + name for name in kind.orders for sign in ("-", "")]
    if order is not None and order not in orders:
        raise bad_payload(
            "Property .parameters.order should be equal to one of the allowed values "
            f"[ {', '.join(orders)} ]"
        )
    try:
        clause = _condition(box, kind, parameters)
        box.customers.check(*clause)
    except ValueError as error:
        raise bad_payload(f"Property .parameters.filters: {error}") from None


def _found(box: Sandbox, call: Call) -> Export:
    export = box.exports.get(call.parts[2])
    if export is None:
        raise not_found("export", call.parts[2])
    return export


def _sql_order(kind: ExportedKind, order: str | None) -> str:
    order = order or "-created_at"
    direction = "DESC" if order.startswith("-") else "ASC"
    name = order.removeprefix("-")
    column = _COLUMNS.get(name)
    if column is None and kind is KINDS["customer"]:
        column = name
    if column is None:
        keys = kind.fields[name]
        column = f"json_extract(c.body, '$.{'.'.join(keys)}')"
        return f"{column} {direction}, c.id {direction}"
    return f"c.{column} {direction}, c.id {direction}"
