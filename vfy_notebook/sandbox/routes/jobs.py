"""``/v1/async-actions`` and the report files."""

from __future__ import annotations

import csv
import hmac
import io
from typing import Any

from vfy_notebook.sandbox.answers import Answer, ApiError, json_answer, not_found
from vfy_notebook.sandbox.routes.calls import Call
from vfy_notebook.sandbox.routes.listing import moment, whole_number
from vfy_notebook.sandbox.state import Sandbox

_MAX_LIMIT = 100
_DEFAULT_LIMIT = 10


def get_async_action(box: Sandbox, call: Call) -> Answer:
    """Play ``GET /v1/async-actions/{id}``."""
    action = box.jobs.get(call.parts[2])
    if action is None:
        raise not_found("async_action", call.parts[2])
    box.jobs.poll()
    return json_answer(box.show(action.as_api(with_result=True)))


def list_async_actions(box: Sandbox, call: Call) -> Answer:
    """Play ``GET /v1/async-actions``: newest first, without results."""
    limit = whole_number(call.query, "limit", default=_DEFAULT_LIMIT, highest=_MAX_LIMIT)
    end = call.query.get("end_date")
    end_ms = None if end is None else moment("end_date", end)
    box.jobs.poll()
    shown = []
    for action in box.jobs.all():
        if action.hidden_lists > 0:
            action.hidden_lists -= 1
        elif end_ms is None or _is_before(box, action.created_ms, end_ms):
            shown.append(box.show(action.as_api(with_result=False)))
    body: dict[str, Any] = {
        "object": "list",
        "data_ref": "async_actions",
        "async_actions": shown[:limit],
    }
    if box.switches.has_more:
        body["has_more"] = len(shown) > limit
    return json_answer(body)


def _is_before(box: Sandbox, created_ms: int, end_ms: int) -> bool:
    if box.switches.range_bounds == "inclusive":
        return created_ms <= end_ms
    return created_ms < end_ms


def download_report(box: Sandbox, call: Call) -> Answer:
    """Serve a report file; its address holds a token instead of the usual headers."""
    action = box.jobs.get(call.parts[2].removesuffix(".csv"))
    token = call.query.get("token", "")
    if (
        action is None
        or action.result is None
        or not hmac.compare_digest(token.encode(), action.token.encode())
    ):
        raise ApiError(401)
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    named = box.switches.report_source_id
    writer.writerow([*(["source_id"] if named else []), "found", "updated", "error"])
    for result in action.results:
        row = [result.source_id] if named else []
        updated = result.reason is None
        row += [str(result.found).lower(), str(updated).lower(), result.reason or ""]
        writer.writerow(row)
    return Answer(200, buffer.getvalue().encode(), "text/csv; charset=utf-8")
