"""The sandbox as an ASGI application: log, faults, credentials, quota, operation."""

from __future__ import annotations

import asyncio
import contextlib
import hmac
import sys
import traceback
from collections.abc import Iterator
from typing import Any

from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException
from starlette.formparsers import MultiPartException
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.types import Message, Receive, Scope, Send

from vfy_notebook.sandbox import control
from vfy_notebook.sandbox.answers import (
    MAX_BODY_BYTES,
    Answer,
    ApiError,
    BodyTooLargeError,
    dump,
    error_body,
)
from vfy_notebook.sandbox.calls import Call, split_path
from vfy_notebook.sandbox.faults import Fault
from vfy_notebook.sandbox.requestlog import TOKEN_HEADER, Entry
from vfy_notebook.sandbox.router import BULK_PATHS, find_download, find_handler
from vfy_notebook.sandbox.state import Sandbox

#: A longer body is read to its end and dropped, up to this size, before it is refused.
_MAX_DRAINED_BYTES = 16 * MAX_BODY_BYTES

_HTML = (
    "<!DOCTYPE html><html><head><title>{title}</title></head><body><h1>{title}</h1></body></html>"
)


class App:
    """Serves one `Sandbox`."""

    def __init__(self, box: Sandbox) -> None:
        self._box = box
        self._in_flight = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            return
        request = Request(scope, receive)
        raw_path: bytes = scope["raw_path"]
        if raw_path.startswith(b"/_sandbox/"):
            verb = raw_path.removeprefix(b"/_sandbox/").decode("latin-1")
            host = request.headers.get("host", "")
            answer = control.handle(self._box, verb, await request.body(), host)
            await _respond(answer)(scope, receive, send)
            return
        await self._serve(request, raw_path, send)

    async def _serve(self, request: Request, raw_path: bytes, send: Send) -> None:
        box = self._box
        call, entry, too_large = await self._read(request, raw_path)
        self._in_flight += 1
        entry.in_flight = self._in_flight
        box.log.add(entry)
        try:
            await self._play(request, send, call, entry, too_large=too_large)
        finally:
            self._in_flight -= 1

    async def _play(
        self, request: Request, send: Send, call: Call, entry: Entry, *, too_large: bool
    ) -> None:
        box, path = self._box, entry.path
        faults = box.faults.hits(call.method, path, call.query_string)
        fault: Fault | None = None
        for each in faults:
            if each.do != "run":
                fault = each
                continue
            try:
                control.change_data(box, each.options)
            except ValueError as error:
                fault = _broken_script(error)
                break
        if fault is not None and fault.do in ("status", "html", "redirect"):
            answer = _scripted(box, fault)
        else:
            answer = self._answer(call, path, entry, too_large=too_large)
        answer.headers = {"Date": box.clock.http_date(), **box.quota.headers(), **answer.headers}
        entry.status = answer.status
        if fault is not None and fault.do == "delay":
            await _wait_for_end(request, fault.options["seconds"])
        if fault is not None and fault.do in ("lose", "cut"):
            entry.status = 0 if fault.do == "lose" else answer.status
            await _break_off(request, answer, send, half=fault.do == "cut")
            return
        await _respond(answer)(request.scope, request.receive, send)

    async def _read(self, request: Request, raw_path: bytes) -> tuple[Call, Entry, bool]:
        body, size = await _read_body(request)
        headers = dict(request.headers)
        call = Call(
            method=request.method,
            parts=split_path(raw_path),
            query_string=request.scope["query_string"].decode("latin-1"),
            headers=headers,
            body=body,
        )
        if raw_path == b"/v1/customers/importCSV":
            call.upload = await _upload(request, body)
        entry = Entry(
            method=request.method,
            path=raw_path.decode("latin-1"),
            query=_query_pairs(call),
            headers=tuple(request.scope["headers"]),
            token_is_right=self._is_token(headers.get(TOKEN_HEADER, "")),
            body=body,
            body_size=size,
            at_ms=self._box.clock.now_ms(),
        )
        return call, entry, size > MAX_BODY_BYTES

    def _is_token(self, token: str) -> bool:
        return hmac.compare_digest(token.encode(), self._box.app_token.encode())

    def _answer(self, call: Call, path: str, entry: Entry, *, too_large: bool) -> Answer:
        box = self._box
        try:
            download = find_download(call)
            if download is not None:
                return download(box, call)
            if not entry.token_is_right or call.headers.get("x-app-id") != box.app_id:
                raise ApiError(401, "Invalid or missing X-App-Id and X-App-Token")
            refusal = box.quota.take(bulk=call.method == "POST" and path in BULK_PATHS)
            if refusal is not None:
                return refusal
            if too_large:
                raise BodyTooLargeError
            return find_handler(call)(box, call)
        except (ApiError, BodyTooLargeError) as error:
            return error.answer()
        except Exception:  # noqa: BLE001  # a bug here must look like the API's 500, not hang
            traceback.print_exc(file=sys.stderr)
            return ApiError(500, "The sandbox itself failed; its stderr says how").answer()


async def _read_body(request: Request) -> tuple[bytes, int]:
    chunks: list[bytes] = []
    size = 0
    async for chunk in request.stream():
        size += len(chunk)
        if size <= MAX_BODY_BYTES:
            chunks.append(chunk)
        elif size > _MAX_DRAINED_BYTES:
            break
    return (b"".join(chunks) if size <= MAX_BODY_BYTES else b""), size


async def _upload(request: Request, body: bytes) -> bytes | None:
    """The content of the form field ``file``, None where there is none."""

    async def replay() -> Message:
        return {"type": "http.request", "body": body, "more_body": False}

    if not request.headers.get("content-type", "").startswith("multipart/form-data"):
        return None
    try:
        async with Request(request.scope, replay).form() as form:
            file = form.get("file")
            return await file.read() if isinstance(file, UploadFile) else None
    except (MultiPartException, HTTPException, KeyError):
        return None


def _query_pairs(call: Call) -> list[tuple[str, str]]:
    try:
        return list(call.query.items())
    except ApiError:
        return []


def _broken_script(error: ValueError) -> Fault:
    body = error_body(500, f"The fault script cannot run: {error}")
    return Fault("status", None, "*", None, None, {"status": 500, "body": body})


def _scripted(box: Sandbox, fault: Fault) -> Answer:
    options = fault.options
    if fault.do == "redirect":
        return Answer(options.get("status", 302), headers={"Location": options["location"]})
    status: int = options.get("status", 502)
    page = options.get("body")
    if fault.do == "html" or (page is None and status >= 500 and box.switches.server_error_html):
        text = page if isinstance(page, str) else _HTML.format(title=f"{status} Sandbox gateway")
        return Answer(status, text.encode(), "text/html; charset=utf-8")
    body = error_body(status) if page is None else page
    text = body if isinstance(body, str) else dump(body)
    return Answer(status, text.encode(), headers=dict(options.get("headers", {})))


def _respond(answer: Answer) -> Response:
    if answer.chunks is not None:
        return StreamingResponse(
            _with_pauses(answer.chunks), answer.status, answer.headers, answer.media_type
        )
    # Neither 204 nor 304 may have a body or announce one.
    media_type = None if answer.status in (204, 304) else answer.media_type
    return Response(answer.body, answer.status, answer.headers, media_type)


async def _with_pauses(chunks: Iterator[bytes]) -> Any:
    """Chunks, with a chance for other requests after each."""
    for chunk in chunks:
        yield chunk
        await asyncio.sleep(0)


async def _break_off(request: Request, answer: Answer, send: Send, *, half: bool) -> None:
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


async def _wait_for_end(request: Request, seconds: float) -> None:
    """Wait so long, or until the client has gone."""
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(_end_of(request), seconds)


async def _end_of(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass
