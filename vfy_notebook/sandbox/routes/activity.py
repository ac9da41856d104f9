"""``GET /v1/customers/{id}/activity``, and its old spelling ``/activities``."""

from __future__ import annotations

from collections.abc import Mapping

from vfy_notebook.sandbox.answers import Answer, bad_query, json_answer, not_found
from vfy_notebook.sandbox.data.clock import parse_iso
from vfy_notebook.sandbox.data.history.activity import Event, category, events
from vfy_notebook.sandbox.routes.calls import Call
from vfy_notebook.sandbox.routes.listing import moment, whole_number
from vfy_notebook.sandbox.state import Sandbox

_MAX_LIMIT = 100
_DEFAULT_LIMIT = 10
_ORDERS = ("created_at", "-created_at")


def list_activity(box: Sandbox, call: Call) -> Answer:
    """Play ``GET /v1/customers/{id}/activity``: no total, and a cursor by the event's id."""
    found = _events(box, call)
    page, has_more = _page(found, call.query)
    body = {
        "object": "list",
        "data_ref": "data",
        "data": [_shown(box, each) for each in page],
        "has_more": has_more,
    }
    if has_more and box.switches.activity_cursor:
        body["more_starting_after"] = page[-1]["id"]
    return json_answer(body)


def list_activities(box: Sandbox, call: Call) -> Answer:
    """Play the old spelling: a total, and a cursor by time beside the one by id."""
    found = _events(box, call)
    after = call.query.get("starting_after")
    if after is not None:
        bound_ms, is_descending = moment("starting_after", after), _is_descending(call.query)
        left = [
            each
            for each in found
            if (parse_iso(each["created_at"]) < bound_ms) == is_descending
            and parse_iso(each["created_at"]) != bound_ms
        ]
    else:
        left = found
    page, _ = _page(left, call.query)
    return json_answer(
        {
            "object": "list",
            "data_ref": "data",
            "data": [_shown(box, each) for each in page],
            "total": len(found),
        }
    )


def _events(box: Sandbox, call: Call) -> list[Event]:
    """The events that match, in the order asked for."""
    query, ref = call.query, call.parts[2]
    customer = box.customers.get(ref)
    if customer is None:
        raise not_found("customer", ref)
    found = events(customer, box.history.of_customer(customer["id"]))
    for name, sign in (("start_date", 1), ("end_date", -1)):
        if name in query:
            bound_ms = sign * moment(name, query[name])
            found = [each for each in found if sign * parse_iso(each["created_at"]) >= bound_ms]
    if "type" in query:
        found = [each for each in found if each["type"] == query["type"]]
    if "category" in query:
        found = [each for each in found if category(each) == query["category"]]
    return found[::-1] if _is_descending(query) else found


def _shown(box: Sandbox, event: Event) -> Event:
    if box.switches.activity_data == "flat":
        event = {**event, "data": event["data"]["data"]}
    return box.show(event)


def _is_descending(query: Mapping[str, str]) -> bool:
    order = query.get("order", "-created_at")
    if order not in _ORDERS:
        raise bad_query(
            f"Property .order should be equal to one of the allowed values [ {', '.join(_ORDERS)} ]"
        )
    return order.startswith("-")


def _page(found: list[Event], query: Mapping[str, str]) -> tuple[list[Event], bool]:
    """A page of the events, and whether more follow."""
    limit = whole_number(query, "limit", default=_DEFAULT_LIMIT, highest=_MAX_LIMIT)
    after = query.get("starting_after_id")
    if after is not None:
        places = [i for i, each in enumerate(found) if each["id"] == after]
        if not places:
            raise bad_query(f"Cannot find event with id {after}")
        found = found[places[0] + 1 :]
    return found[:limit], len(found) > limit
