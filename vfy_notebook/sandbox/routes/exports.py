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
from vfy_notebook.sandbox.data.exports import (
    DEFAULT_FIELDS,
    FIELDS,
    ORDERS,
    PARTS,
    Export,
    csv_chunks,
)
from vfy_notebook.sandbox.data.filters.filters import compile_filter
from vfy_notebook.sandbox.routes.calls import Call
from vfy_notebook.sandbox.routes.listing import whole_number
from vfy_notebook.sandbox.state import Sandbox

_MAX_LIMIT = 100
_MAX_PAGE = 100
_DEFAULT_LIMIT = 10
_LIST_ORDERS = ("created_at", "-created_at", "status", "-status")
_COLUMNS = {"created_at": "created_ms", "updated_at": "updated_ms"}


def create_export(box: Sandbox, call: Call) -> Answer:
    """Play ``POST /v1/exports`` for customers."""
    body = call.json_object()
    if body.get("exported_object") != "customer":
        raise bad_payload(
            "Property .exported_object should be equal to one of the allowed values [ customer ]"
        )
    parameters = body.get("parameters") or {}
    if not isinstance(parameters, dict):
        raise bad_payload("Property .parameters should be object")
    _check_parameters(box, parameters)
    export = box.exports.create(parameters, box.ids)
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
    parameters = export.parameters
    condition, values = compile_filter(parameters.get("filters") or {}, box.clock.now_ms())
    texts = box.customers.each_text(
        Where().and_(f"({condition})", *values), _sql_order(parameters.get("order"))
    )
    fields = parameters.get("fields") or list(DEFAULT_FIELDS)
    part = int(call.query.get("part", "0"))
    if box.switches.export_files != "one":
        texts = _part_of(list(texts), part)
    chunks = csv_chunks(texts, fields, box.schema, box.switches, part=part)
    return Answer(200, media_type="text/plain; charset=utf-8", chunks=chunks)


def _part_of(texts: list[str], part: int) -> Iterator[str]:
    begins, ends = (len(texts) * number // PARTS for number in (part, part + 1))
    return iter(texts[begins:ends])


def _check_parameters(box: Sandbox, parameters: dict[str, Any]) -> None:
    fields = parameters.get("fields")
    if fields is not None and (
        not isinstance(fields, list)
        or not all(isinstance(name, str) and name in FIELDS for name in fields)
    ):
        raise ApiError(
            400,
            f"Unsupported field used. Allowed fields: {', '.join(FIELDS)}",
            key="invalid_export_fields",
            message="Invalid Export",
        )
    order = parameters.get("order")
    if order is not None and order not in ORDERS:
        raise bad_payload(
            "Property .parameters.order should be equal to one of the allowed values "
            f"[ {', '.join(ORDERS)} ]"
        )
    try:
        clause = compile_filter(parameters.get("filters") or {}, box.clock.now_ms())
        box.customers.check(*clause)
    except ValueError as error:
        raise bad_payload(f"Property .parameters.filters: {error}") from None


def _found(box: Sandbox, call: Call) -> Export:
    export = box.exports.get(call.parts[2])
    if export is None:
        raise not_found("export", call.parts[2])
    return export


def _sql_order(order: str | None) -> str:
    order = order or "-created_at"
    direction = "DESC" if order.startswith("-") else "ASC"
    name = order.removeprefix("-")
    return f"c.{_COLUMNS.get(name, name)} {direction}, c.id {direction}"
