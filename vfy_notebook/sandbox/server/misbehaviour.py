"""Applies a fault script to an answer: replaces it, cuts it, or drops it."""

from __future__ import annotations

import asyncio

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Message, Send

from vfy_notebook.sandbox.answers import Answer, ApiError, dump, error_body
from vfy_notebook.sandbox.server.control import change_data
from vfy_notebook.sandbox.state import Sandbox
from vfy_notebook.sandbox.traffic.faults import Fault

_HTML = (
    "<!DOCTYPE html><html><head><title>{title}</title></head><body><h1>{title}</h1></body></html>"
)


#: An interim answer (RFC 8297), which no framework here has a word for.
EARLY_HINTS = b"HTTP/1.1 103 Early Hints\r\nLink: </style.css>; rel=preload\r\n\r\n"


def befall(box: Sandbox, faults: list[Fault]) -> Fault | None:
    """Run what a script runs before the request is served; gives the fault that is left.

    Raises:
        ApiError: If the script cannot be run.
    """
    left: Fault | None = None
    for fault in faults:
        if fault.do != "run":
            left = fault
            continue
        try:
            change_data(box, fault.options)
        except (ValueError, TypeError, AttributeError) as error:
            raise ApiError(500, f"The fault script cannot run: {error}") from None
    return left


def scripted_answer(box: Sandbox, fault: Fault) -> Answer | None:
    """The answer a fault gives in place of the operation's, if it does."""
    options = fault.options
    if fault.do == "redirect":
        return Answer(options.get("status", 302), headers={"Location": options["location"]})
    if fault.do not in ("status", "html"):
        return None
    status: int = options.get("status", 502)
    page = options.get("body")
    if fault.do == "html" or (page is None and status >= 500 and box.switches.server_error_html):
        text = page if isinstance(page, str) else _HTML.format(title=f"{status} Sandbox gateway")
        return Answer(status, text.encode(), "text/html; charset=utf-8")
    body = error_body(status) if page is None else page
    text = body if isinstance(body, str) else dump(body)
    return Answer(status, text.encode(), headers=dict(options.get("headers", {})))


async def break_off(request: Request, answer: Answer, send: Send, *, half: bool) -> None:
    """Close the connection, after half of the body or without an answer."""
    if half:
        body = answer.body if answer.chunks is None else b"".join(answer.chunks)
        headers = Response(b"", answer.status, answer.headers, answer.media_type).raw_headers
        raw = [(k, v) for k, v in headers if k != b"content-length"]
        raw.append((b"content-length", str(len(body)).encode()))
        start: Message = {"type": "http.response.start", "status": answer.status, "headers": raw}
        await send(start)
        await send(
            {"type": "http.response.body", "body": body[: len(body) // 2], "more_body": True}
        )
    request.scope["state"]["transport"].close()
    await _end_of(request)


async def client_waits(request: Request, seconds: float) -> bool:
    """Wait so long, or until the client has gone; tells whether it is still there."""
    try:
        await asyncio.wait_for(_end_of(request), seconds)
    except TimeoutError:
        return True
    return False


async def _end_of(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass
