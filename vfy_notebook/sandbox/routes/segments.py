"""``/v1/segments`` and a customer's segments."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from vfy_notebook.sandbox.answers import Answer, bad_payload, bad_query, json_answer, not_found
from vfy_notebook.sandbox.data.clock import to_iso
from vfy_notebook.sandbox.data.customers.records import complete
from vfy_notebook.sandbox.data.segments import TYPES, Segment
from vfy_notebook.sandbox.routes.calls import Call
from vfy_notebook.sandbox.routes.listing import moment, whole_number
from vfy_notebook.sandbox.state import Sandbox

_MAX_LIMIT = 100
_DEFAULT_LIMIT = 10
#: The vendor's caps.
MAX_STATIC_MEMBERS = 20_000
MAX_DYNAMIC_SEGMENTS = 100

_FILTER = re.compile(r"filters\[(\w+)\]\[conditions\]\[(\$\w+)\](?:\[\d*\])?")


def customer_segments(box: Sandbox, call: Call) -> Answer:
    """Play ``GET /v1/customers/{id or source_id}/segments``.

    An unknown customer is no 404: the answer lists what a new one would qualify for.
    """
    ref = call.parts[2]
    record = box.customers.get(ref)
    if record is None:
        would_be = {"id": None, "source_id": ref}
        record = complete(would_be, customer_id="", created_at=box.clock.now_iso())
    found = [
        box.show({"id": each.id, "name": each.name, "object": "segment"})
        for each in box.segments.of_customer(record)
    ]
    return json_answer({"object": "list", "data_ref": "data", "data": found, "total": len(found)})


def get_segment(box: Sandbox, call: Call) -> Answer:
    """Play ``GET /v1/segments/{id}``."""
    return json_answer(box.show(_found(box, call).as_api()))


def delete_segment(box: Sandbox, call: Call) -> Answer:
    """Play ``DELETE /v1/segments/{id}``."""
    box.segments.remove(_found(box, call).id)
    return Answer(204)


def create_segment(box: Sandbox, call: Call) -> Answer:
    """Play ``POST /v1/segments``."""
    body = call.json_object()
    kind, name = body.get("type"), body.get("name")
    if kind not in TYPES:
        raise bad_payload(
            f"Property .type should be equal to one of the allowed values [ {', '.join(TYPES)} ]"
        )
    if not isinstance(name, str) or not name:
        raise bad_payload("Property .name should be string")
    now = box.clock.now_ms()
    segment = Segment(box.ids.make("seg_"), name, kind, None, to_iso(now), now)
    if kind == "static":
        segment.members = _members(box, body.get("customers", []))
    else:
        dynamic = [each for each in box.segments.all() if each.type != "static"]
        if len(dynamic) >= MAX_DYNAMIC_SEGMENTS:
            raise bad_payload(f"A project has at most {MAX_DYNAMIC_SEGMENTS} dynamic segments")
        segment.filter = body.get("filter")
    try:
        box.segments.create(segment)
    except ValueError as error:
        raise bad_payload(f"Property .filter: {error}") from None
    return json_answer(box.show(segment.as_api()))


def list_segments(box: Sandbox, call: Call) -> Answer:
    """Play ``GET /v1/segments``: pages follow each other by the spelling that is switched on."""
    query = _known_parameters(box, call.query)
    order = query.get("order", "-created_at")
    if order not in ("created_at", "-created_at"):
        raise bad_query(
            "Property .order should be equal to one of the allowed values "
            "[ created_at, -created_at ]"
        )
    limit = whole_number(query, "limit", default=_DEFAULT_LIMIT, highest=_MAX_LIMIT)
    found = [each for each in box.segments.all() if _passes(box, each, query)]
    total = len(found)
    for name in ("starting_after", "start_date"):  # like any cursor, they do not count
        if name in query:
            found = [each for each in found if _is_behind(box, each, name, query)]
    if order == "-created_at":
        found.reverse()
    return json_answer(
        {
            "object": "list",
            "data_ref": "data",
            "data": [box.show(each.as_api()) for each in found[:limit]],
            "total": total,
        }
    )


def _found(box: Sandbox, call: Call) -> Segment:
    segment = box.segments.get(call.parts[2])
    if segment is None:
        raise not_found("segment", call.parts[2])
    return segment


def _members(box: Sandbox, refs: Any) -> set[str]:
    if not isinstance(refs, list) or not all(isinstance(ref, str) for ref in refs):
        raise bad_payload("Property .customers should be array of strings")
    if len(refs) > MAX_STATIC_MEMBERS:
        raise bad_payload(f"A static segment has at most {MAX_STATIC_MEMBERS} customers")
    found = {ref for ref in refs if box.customers.by_id(ref) is not None}
    unknown = [ref for ref in refs if ref not in found]
    if unknown and box.switches.static_unknown_ids == "refuse":
        raise bad_payload(f"Property .customers has ids of no customer: {', '.join(unknown[:10])}")
    return found


def _known_parameters(box: Sandbox, query: Mapping[str, str]) -> dict[str, str]:
    """The parameters that are heeded, by the switches."""
    known = {name: value for name, value in query.items() if _is_known(box, name)}
    unknown = [name for name in query if name not in known]
    if unknown and box.switches.segments_unknown == "refuse":
        raise bad_query(f"Property .{unknown[0]} is not allowed")
    return known


def _is_known(box: Sandbox, name: str) -> bool:
    if name in ("limit", "order", "filters[junction]"):
        return True
    match = _FILTER.fullmatch(name)
    if match is None:
        return name == box.switches.segments_paging and name != "filters"
    if match[1] == "created_at":
        return box.switches.segments_paging == "filters"
    return match[1] != "name" or box.switches.segments_by_name


def _passes(box: Sandbox, segment: Segment, query: Mapping[str, str]) -> bool:
    operands: dict[tuple[str, str], list[str]] = {}
    for name, value in query.items():
        match = _FILTER.fullmatch(name)
        if match is not None:
            operands.setdefault((match[1], match[2]), []).append(value)
    verdicts = [_meets(box, segment, *key, values) for key, values in operands.items()]
    if query.get("filters[junction]", "and").lower() == "or" and verdicts:
        return any(verdicts)
    return all(verdicts)


def _is_behind(box: Sandbox, segment: Segment, name: str, query: Mapping[str, str]) -> bool:
    """Whether a segment comes after a bound; before it where the newest come first."""
    bound = moment(name, query[name])
    if segment.created_ms == bound:
        return name == "start_date" or box.switches.range_bounds == "inclusive"
    backwards = name == "starting_after" and query.get("order", "-created_at") == "-created_at"
    return (segment.created_ms < bound) is backwards


def _meets(box: Sandbox, segment: Segment, name: str, operator: str, values: list[str]) -> bool:
    texts = {"id": segment.id, "name": segment.name, "type": segment.type}
    if name == "created_at" and operator in ("$before", "$after"):
        bound = moment("filters.created_at", values[0])
        if segment.created_ms == bound:
            return box.switches.range_bounds == "inclusive"
        return (segment.created_ms < bound) == (operator == "$before")
    if name in texts and operator in _TEXT_TESTS:
        return _TEXT_TESTS[operator](texts[name], values)
    raise bad_query(f"Property .filters.{name} does not take {operator}")


_TEXT_TESTS: dict[str, Callable[[str, list[str]], bool]] = {
    "$is": lambda text, values: text in values,
    "$in": lambda text, values: text in values,
    "$is_not": lambda text, values: text not in values,
    "$not_in": lambda text, values: text not in values,
    "$starts_with": lambda text, values: text.startswith(tuple(values)),
    "$ends_with": lambda text, values: text.endswith(tuple(values)),
    "$contains": lambda text, values: any(value in text for value in values),
    "$not_contain": lambda text, values: not any(value in text for value in values),
}
