"""One customer: create, get, update, delete."""

from __future__ import annotations

from vfy_notebook.sandbox.answers import Answer, not_found
from vfy_notebook.sandbox.calls import Call
from vfy_notebook.sandbox.state import Sandbox


def get_customer(box: Sandbox, call: Call) -> Answer:
    """Play ``GET /v1/customers/{id or source_id}``."""
    ref = call.parts[2]
    text = box.customers.text(ref)
    if text is None:
        raise not_found("customer", ref)
    return Answer(200, box.shown(text).encode())
