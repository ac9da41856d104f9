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
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response, StreamingResponse
from starlette.types import Message, Receive, Scope, Send

from vfy_notebook.sandbox.answers import (
    MAX_BODY_BYTES,
    Answer,
    ApiError,
    BodyTooLargeError,
    json_answer,
)
from vfy_notebook.sandbox.routes.calls import Call, split_path
from vfy_notebook.sandbox.server import control
from vfy_notebook.sandbox.server.misbehaviour import (
    EARLY_HINTS,
    befall,
    break_off,
    client_waits,
    scripted_answer,
)
from vfy_notebook.sandbox.server.router import BULK_PATHS, find_download, find_handler
from vfy_notebook.sandbox.state import Sandbox
from vfy_notebook.sandbox.traffic.request_log import TOKEN_HEADER, Entry

#: A longer body is read to its end and dropped, up to this size, before it is refused.
_MAX_DRAINED_BYTES = 16 * MAX_BODY_BYTES


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
            why = control.why_refused(request.headers, is_token=self._is_token)
            if why is None:
                answer = control.handle(self._box, verb, await request.body())
            else:
                answer = json_answer({"error": why}, status=403)
            await _respond(answer)(scope, receive, send)
            return
        # A client that goes before its body has come has asked nothing.
        with contextlib.suppress(ClientDisconnect):
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
        try:
            fault = befall(box, box.faults.hits(call.method, path, call.query_string))
            answer = None if fault is None else scripted_answer(box, fault)
        except ApiError as error:
            fault, answer = None, error.answer()
        if answer is None:
            answer = self._answer(call, path, entry, too_large=too_large)
        answer.headers = {"Date": box.clock.http_date(), **box.quota.headers(), **answer.headers}
        if fault is not None and fault.do == "hints":
            request.scope["state"]["transport"].write(EARLY_HINTS)
        if fault is not None and fault.do in ("lose", "cut"):
            entry.status = 0 if fault.do == "lose" else answer.status
            await break_off(request, answer, send, half=fault.do == "cut")
        elif (
            fault is None
            or fault.do != "delay"
            or await client_waits(request, fault.options["seconds"])
        ):
            entry.status = answer.status
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
            has_keys = entry.token_is_right and call.headers.get("x-app-id") == box.app_id
            wants_keys = download is None or box.switches.download_keys == "wanted"
            if wants_keys and not has_keys:
                raise ApiError(401, "Invalid or missing X-App-Id and X-App-Token")
            if download is not None:
                return download(box, call)
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
    except (MultiPartException, HTTPException, KeyError, ValueError):  # Starlette's changed
        return None


def _query_pairs(call: Call) -> list[tuple[str, str]]:
    try:
        return list(call.query.items())
    except ApiError:
        return []


def _respond(answer: Answer) -> Response:
    if answer.chunks is not None:
        return StreamingResponse(
            _with_pauses(answer.chunks), answer.status, answer.headers, answer.media_type
        )
    if answer.status in (204, 304):
        # Neither may have a body or announce one.
        return Response(b"", answer.status, answer.headers)
    return Response(answer.body, answer.status, answer.headers, answer.media_type)


async def _with_pauses(chunks: Iterator[bytes]) -> Any:
    """Chunks, with a chance for other requests after each."""
    for chunk in chunks:
        yield chunk
        await asyncio.sleep(0)
