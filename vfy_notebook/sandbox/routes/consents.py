"""``/v1/consents`` and a customer's consents."""

from __future__ import annotations

from typing import Any

from vfy_notebook.sandbox.answers import Answer, ApiError, bad_payload, json_answer, not_found
from vfy_notebook.sandbox.routes.calls import Call
from vfy_notebook.sandbox.state import Sandbox


def list_consents(box: Sandbox, call: Call) -> Answer:
    """Play ``GET /v1/consents``."""
    _refuse_if_gone(box, call)
    return json_answer(
        {
            "groups": _list(box, box.consents.groups),
            "consents": _list(box, box.consents.consents),
        }
    )


def update_consents(box: Sandbox, call: Call) -> Answer:
    """Play ``PUT /v1/customers/{id or source_id}/consents``."""
    _refuse_if_gone(box, call)
    ref = call.parts[2]
    record = box.customers.get(ref)
    if record is None:
        raise not_found("customer", ref)
    body = call.json_object()
    if not body:
        raise bad_payload("Body should NOT have fewer than 1 properties")
    known = {*box.consents.known_ids(), "unsubscribed"}
    for name, value in body.items():
        if name not in known:
            raise bad_payload(f"Cannot find consent with id {name}")
        if not isinstance(value, bool):
            raise bad_payload(f"Property .{name} should be boolean")
    box.consents.write(record["id"], body)
    return Answer(204)


def _list(box: Sandbox, objects: list[dict[str, Any]]) -> dict[str, Any]:
    return {
        "object": "list",
        "data_ref": "data",
        "data": [box.show(each) for each in objects],
        "total": len(objects),
    }


def _refuse_if_gone(box: Sandbox, call: Call) -> None:
    """Consents left the vendor's public files in 2024; many projects answer 404."""
    if not box.switches.consents:
        raise ApiError(404, f"There is no {call.method} /{'/'.join(call.parts)}")
