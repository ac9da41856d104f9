"""``GET /v1/orders`` and ``GET /v1/redemptions``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl

from vfy_notebook.sandbox.answers import Answer, bad_query
from vfy_notebook.sandbox.data.history.store import ALL, Clause, Kind
from vfy_notebook.sandbox.routes.calls import Call
from vfy_notebook.sandbox.routes.listing import moment, whole_number
from vfy_notebook.sandbox.state import Sandbox

_MAX_LIMIT = 100
_DEFAULT_LIMIT = 10
_MAX_PAGE: dict[Kind, int] = {"order": 100, "redemption": 99}
_FALLBACK: dict[Kind, str] = {"order": "created_at", "redemption": "-created_at"}
_COLUMNS: dict[Kind, dict[str, str]] = {
    "order": {"created_at": "c.created_ms", "updated_at": "c.updated_ms"},
    "redemption": {
        "created_at": "c.created_ms",
        "id": "c.id",
        "voucher_code": "json_extract(c.body, '$.voucher.code')",
        "tracking_id": "json_extract(c.body, '$.tracking_id')",
        "customer_id": "c.customer_id",
    },
}


def list_orders(box: Sandbox, call: Call) -> Answer:
    """Play ``GET /v1/orders``: there is nothing to filter by, and parameters for it go unheard."""
    return _page(box, "order", call.query, ALL)


def list_redemptions(box: Sandbox, call: Call) -> Answer:
    """Play ``GET /v1/redemptions``, but for its `filters`."""
    query = call.query
    if any(name.startswith("filters") for name in query):
        raise bad_query("The sandbox does not know filters of redemptions")
    conditions: list[str] = ["1"]
    values: list[Any] = []
    equal = "=" if box.switches.range_bounds == "inclusive" else ""
    for bound, sign in (("before", "<"), ("after", ">")):
        if (text := query.get(f"created_at[{bound}]")) is not None:
            conditions.append(f"c.created_ms {sign}{equal} ?")
            values.append(moment(f"created_at.{bound}", text))
    if (campaign := query.get("campaign")) is not None:
        conditions.append("json_extract(c.body, '$.voucher.campaign') = ?")
        values.append(campaign)
    if (ref := query.get("customer")) is not None:
        customer = box.customers.get(ref)
        conditions.append("c.customer_id = ?")
        values.append(ref if customer is None else customer["id"])
    # A parameter that may be repeated: any of them.
    results = [value for name, value in parse_qsl(call.query_string) if name == "result"]
    if results:
        marks = ", ".join("?" * len(results))
        conditions.append(f"json_extract(c.body, '$.result') IN ({marks})")
        values += results
    return _page(box, "redemption", query, (" AND ".join(conditions), tuple(values)))


def _page(box: Sandbox, kind: Kind, query: Mapping[str, str], where: Clause) -> Answer:
    limit = whole_number(query, "limit", default=_DEFAULT_LIMIT, highest=_MAX_LIMIT)
    page = whole_number(query, "page", default=1, highest=_MAX_PAGE[kind])
    order = query.get("order", _FALLBACK[kind])
    column = _COLUMNS[kind].get(order.removeprefix("-"))
    if column is None:
        allowed = ", ".join(sign + name for name in _COLUMNS[kind] for sign in ("", "-"))
        raise bad_query(
            f"Property .order should be equal to one of the allowed values [ {allowed} ]"
        )
    direction = "DESC" if order.startswith("-") else "ASC"
    texts = box.history.texts(
        kind, where, f"{column} {direction}, c.id {direction}", limit, (page - 1) * limit
    )
    name = f"{kind}s"
    parts = [
        f'{{"object":"list","data_ref":"{name}","{name}":[',
        ",".join(map(box.shown_history, texts)),
        "]",
    ]
    if box.switches.total_present:
        parts.append(f',"total":{box.history.count(kind, where)}')
    return Answer(200, "".join([*parts, "}"]).encode("utf-8", "surrogateescape"))
