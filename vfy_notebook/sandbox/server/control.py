"""``/_sandbox/...``: how tests look into the sandbox, change it and make it misbehave."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from vfy_notebook.sandbox.answers import Answer, json_answer
from vfy_notebook.sandbox.data.customers.records import in_order
from vfy_notebook.sandbox.data.customers.store import Where
from vfy_notebook.sandbox.state import Sandbox
from vfy_notebook.sandbox.traffic.request_log import TOKEN_HEADER

#: What a browser would send if a page of another origin asked this sandbox.
_HOSTS = frozenset({"127.0.0.1", "localhost"})

Verb = Callable[[Sandbox, dict[str, Any]], Any]


def why_refused(headers: Mapping[str, str], *, is_token: Callable[[str], bool]) -> str | None:
    """Why a control call may not be made; None if it may.

    Whoever governs the sandbox has its token. A web page that is open in the user's browser can
    reach loopback, so nothing is taken from a page of another origin, token or not.
    """
    host = headers.get("host", "")
    if host.rsplit(":", 1)[0] not in _HOSTS:
        return f"not for host {host!r}"
    origin = headers.get("origin")
    if origin not in (None, f"http://{host}"):
        return f"not for pages of {origin!r}"
    if headers.get("sec-fetch-site", "none") not in ("none", "same-origin"):
        return "not for pages of other sites"
    if not is_token(headers.get(TOKEN_HEADER, "")):
        return f"not without the sandbox's own {TOKEN_HEADER}"
    return None


def handle(box: Sandbox, verb: str, body: bytes) -> Answer:
    """Run one control verb; its arguments are the body's JSON object."""
    run = _VERBS.get(verb)
    if run is None:
        return json_answer({"error": f"no verb {verb!r}; {', '.join(_VERBS)}"}, status=404)
    try:
        arguments = json.loads(body) if body else {}
        if not isinstance(arguments, dict):
            raise ValueError("the arguments are a JSON object")
        result = run(box, arguments)
    except (ValueError, TypeError, KeyError, AttributeError, OverflowError) as error:
        return json_answer({"error": f"{type(error).__name__}: {error}"}, status=400)
    return result if isinstance(result, Answer) else json_answer(result)


def change_data(box: Sandbox, changes: Mapping[str, Any]) -> None:
    """Change customers behind the client's back: `insert`, `remove`, `touch`, `advance`.

    Raises:
        ValueError: If a change cannot be made.
    """
    if "advance" in changes:
        box.clock.advance(changes["advance"])
    if changes.get("insert"):
        box.insert(changes["insert"])
    for ref in changes.get("remove") or ():
        record = box.customers.get(ref)
        if record is None:
            raise ValueError(f"no customer {ref!r} to remove")
        box.forget_customer(record["id"])
    for ref, fields in (changes.get("touch") or {}).items():
        record = box.customers.get(ref)
        if record is None:
            raise ValueError(f"no customer {ref!r} to touch")
        box.customers.put(in_order({**box.touched(record), **fields}))


def _all_customers(box: Sandbox, _arguments: dict[str, Any]) -> Answer:
    texts = box.customers.each_text(Where(), "c.created_ms, c.id")
    return Answer(200, ("[" + ",".join(texts) + "]").encode())


def _customer(box: Sandbox, arguments: dict[str, Any]) -> Any:
    return box.customers.get(arguments["ref"])


def _changes(box: Sandbox, arguments: dict[str, Any]) -> None:
    change_data(box, arguments)


def _advance(box: Sandbox, arguments: dict[str, Any]) -> str:
    box.clock.advance(arguments["seconds"])
    return box.clock.now_iso()


def _reset(box: Sandbox, arguments: dict[str, Any]) -> int:
    return box.reset(**arguments)


def _rotate_keys(box: Sandbox, arguments: dict[str, Any]) -> None:
    box.app_id, box.app_token = arguments["app_id"], arguments["app_token"]


def _set(box: Sandbox, arguments: dict[str, Any]) -> dict[str, Any]:
    box.switches.set(arguments)
    if box.switches.segments_lag_polls:
        box.segments.keep_present()
    return box.switches.positions()


def _script(box: Sandbox, arguments: dict[str, Any]) -> None:
    box.faults.add(arguments["faults"])


def _jobs(box: Sandbox, _arguments: dict[str, Any]) -> list[dict[str, Any]]:
    return [
        {
            **action.as_api(with_result=True),
            "rows": action.rows,
            "results": [
                {"source_id": result.source_id, "found": result.found, "reason": result.reason}
                for result in action.results
            ],
        }
        for action in reversed(box.jobs.all())
    ]


def _sent_consents(box: Sandbox, arguments: dict[str, Any]) -> dict[str, bool]:
    record = box.customers.get(arguments["ref"])
    return {} if record is None else box.consents.sent(record["id"])


_VERBS: dict[str, Verb] = {
    "reset": _reset,
    "rotate_keys": _rotate_keys,
    "set": _set,
    "switches": lambda box, _: box.switches.positions(),
    "script": _script,
    "requests": lambda box, _: box.log.as_json(),
    "forget_requests": lambda box, _: box.log.forget(),
    "customers": _all_customers,
    "customer": _customer,
    "change": _changes,
    "jobs": _jobs,
    "exports": lambda box, _: [
        each.as_api(box.download_url, box.switches) for each in box.exports.all()
    ],
    "segments": lambda box, _: [
        {**each.as_api(), "members": sorted(each.members)} for each in box.segments.all()
    ],
    "sent_consents": _sent_consents,
    "advance": _advance,
}
