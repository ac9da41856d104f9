"""One customer: create, get, update, delete, delete permanently."""

from __future__ import annotations

from typing import Any

from vfy_notebook.sandbox.answers import Answer, ApiError, bad_payload, dump, json_answer, not_found
from vfy_notebook.sandbox.data.customers.records import complete, in_order
from vfy_notebook.sandbox.data.customers.writes import (
    SchemaViolationError,
    WriteRules,
    check_body,
    written,
)
from vfy_notebook.sandbox.routes.calls import Call
from vfy_notebook.sandbox.state import Sandbox


def get_customer(box: Sandbox, call: Call) -> Answer:
    """Play ``GET /v1/customers/{id or source_id}``."""
    ref = call.parts[2]
    text = box.customers.text(ref)
    if text is None:
        raise not_found("customer", ref)
    return Answer(200, box.shown(text).encode("utf-8", "surrogateescape"))


def create_customer(box: Sandbox, call: Call) -> Answer:
    """Play ``POST /v1/customers``: update the customer with this id or source_id, or create."""
    body = _body(box, call)
    known = _known(box, body)
    if known is not None:
        return _store(box, box.touched(_changed(box, known, body)))
    if body.get("id") is not None and box.switches.post_unknown_id == "refuse":
        raise not_found("customer", body["id"])
    fresh = fresh_customer(box, body.get("source_id"))
    return _store(box, _changed(box, fresh, body))


def update_customer(box: Sandbox, call: Call) -> Answer:
    """Play ``PUT /v1/customers/{id or source_id}``: what is not sent stays."""
    record = _found(box, call)
    body = _body(box, call)
    source_id = body.get("source_id", record["source_id"])
    if source_id != record["source_id"] and box.switches.put_source_id == "refuse":
        raise bad_payload("Property .source_id cannot be changed")
    return _store(box, box.touched(_changed(box, record, body)))


def delete_customer(box: Sandbox, call: Call) -> Answer:
    """Play ``DELETE /v1/customers/{id or source_id}``."""
    box.forget_customer(_found(box, call)["id"])
    return Answer(204)


def delete_customer_permanently(box: Sandbox, call: Call) -> Answer:
    """Play ``POST /v1/customers/{id or source_id}/permanent-deletion``.

    The sandbox holds no events; the receipt's numbers follow from the customer's orders.
    """
    record = _found(box, call)
    segments = box.forget_customer(record["id"])
    box.history.forget_customer(record["id"])
    orders = ((record.get("summary") or {}).get("orders") or {}).get("total_count") or 0
    receipt = {
        "id": box.ids.make("del_"),
        "created_at": box.clock.now_iso(),
        "related_object_id": record["id"],
        "related_object": "customer",
        "status": "DONE",
        "data_json": {
            "events": 2 * orders,
            "customer_events": 3 * orders + 1,
            "daily_events": 0,
            "segments": segments,
            "orders": orders,
            "order_events": orders,
            "customer": 1,
        },
        "object": "pernament_deletion",
    }
    return json_answer(box.show(receipt))


def fresh_customer(box: Sandbox, source_id: str | None) -> dict[str, Any]:
    """A customer that nobody has written to yet."""
    return complete(
        {"source_id": source_id},
        customer_id=box.ids.make("cust_"),
        created_at=box.clock.now_iso(),
    )


def _body(box: Sandbox, call: Call) -> dict[str, Any]:
    refuse = box.switches.unknown_fields == "refuse"
    return check_body(call.json(), refuse_unknown=refuse)


def _found(box: Sandbox, call: Call) -> dict[str, Any]:
    ref = call.parts[2]
    record = box.customers.get(ref)
    if record is None:
        raise not_found("customer", ref)
    return record


def _known(box: Sandbox, body: dict[str, Any]) -> dict[str, Any] | None:
    """The customer a POST means: by ``id``; where there is none, by ``source_id``."""
    customer_id = body.get("id")
    if customer_id is not None:
        known = box.customers.by_id(customer_id)
        if known is not None:
            return known
    source_id = body.get("source_id")
    return None if source_id is None else box.customers.by_source_id(source_id)


def _changed(box: Sandbox, record: dict[str, Any], body: dict[str, Any]) -> dict[str, Any]:
    rules = WriteRules(
        merge_metadata=box.switches.put_metadata == "merge",
        merge_address=box.switches.put_address == "merge",
    )
    try:
        return written(record, body, rules, box.schema)
    except SchemaViolationError as error:
        raise ApiError(400, str(error)) from None


def _store(box: Sandbox, record: dict[str, Any]) -> Answer:
    record = in_order(record)
    box.customers.put(record)
    return Answer(200, box.shown(dump(record)).encode("utf-8", "surrogateescape"))
