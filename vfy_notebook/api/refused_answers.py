"""Turns an answer outside 2xx into one of this package's errors.

The class depends on the status and the vendor's headers, never on the wording of a message:
https://docs.voucherify.io/api-reference/errors
"""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from vfy_notebook.errors import (
    ApiError,
    AuthError,
    ConflictError,
    NotFoundError,
    PayloadTooLargeError,
    QuotaError,
    RateLimitError,
    ResponseError,
    ServerError,
    VfyNotebookError,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from vfy_notebook.api.credentials import Credentials

_KINDS: dict[int, type[ApiError]] = {
    401: AuthError,
    402: AuthError,
    403: AuthError,
    404: NotFoundError,
    409: ConflictError,
    413: PayloadTooLargeError,
    423: ConflictError,
    429: RateLimitError,
}

_ADVICE = {
    401: "Check the application ID, the secret key and the region.",
    407: "A proxy wants a login: put it into HTTPS_PROXY (README: Behind a company's proxy).",
    402: "The plan does not cover this call.",
    403: "This key may not do that: see its permissions in the project settings.",
    413: "The server or a proxy takes no request so large: in a push, lower max_records.",
    423: "Another job holds this; try again when it has ended.",
}

#: What a gateway says with these is told even where it says it in HTML.
_GATEWAYS_TOO = frozenset({408, 413, 425, 429})

#: As much of another machine's texts as an error repeats.
_MAX_TEXT = 300
_MAX_DETAILS = 2_000

#: `X-Rate-Limit-Type` of a limit that clears only with the next billing cycle.
_MONTHLY = "api_calls_cycle"


def error_from_answer(
    operation: str,
    *,
    status: int,
    headers: Mapping[str, str],
    reason: str,
    body: bytes,
    credentials: Credentials,
    wait_s: float | None = None,
    longest_wait_s: float = math.inf,
) -> VfyNotebookError:
    """The error for an answer.

    Args:
        operation: What was asked.
        status: The answer's status.
        headers: Its headers.
        reason: What its first line says beside the status.
        body: The beginning of its body.
        credentials: What must not show in the error.
        wait_s: The time until a 429 allows the next call; None if it tells none.
        longest_wait_s: As long as one is willing to wait for that.
    """
    told = _error_object(body)
    if told is None and status < 500 and status not in _GATEWAYS_TOO:
        return _not_the_api(operation, status, body, credentials)
    told = told or {}
    monthly = status == 429 and headers.get("X-Rate-Limit-Type") == _MONTHLY
    kind = QuotaError if monthly else _KINDS.get(status, ServerError if status >= 500 else ApiError)
    advice = (
        "The month's API calls are used up; waiting will not help: "
        "see Voucherify > Team settings > Usage."
        if monthly
        else _ADVICE.get(status, "")
    )
    if status == 429 and wait_s is not None and wait_s > longest_wait_s and not monthly:
        advice = (
            f"The server asks to wait {wait_s:,.0f} s, longer than connect(max_wait_s=…) allows: "
            "not waited for; try again later."
        )
    elif status == 429 and not monthly:
        when = "" if wait_s is None else f" The next call is possible in {wait_s:,.0f} s."
        advice = f"The rate limit was still reached after waiting; try again later.{when}"

    # The API's own texts may quote what was sent; the token is not to be among it.
    def text_of(value: Any, longest: int = _MAX_TEXT) -> str:
        return _one_line(credentials.redact(str(value or "")), longest)

    summary = text_of(told.get("message") or told.get("error") or reason)
    details = text_of(told.get("details"), _MAX_DETAILS)
    shown = text_of(told.get("details"))
    text = f"{status} {summary}".strip() + (f": {shown}" if shown else "")
    text += "" if text.endswith((".", "!", "?")) else "."
    return kind(
        f"{text} ({operation})" + (f" {advice}" if advice else ""),
        status=status,
        key=text_of(told.get("key")),
        details=details,
        request_id=text_of(told.get("request_id")),
        operation=operation,
    )


def _one_line(text: str, longest: int) -> str:
    """A text that a terminal can show: no control characters, no more than so many letters."""
    cut = text[: longest + 1]
    plain = "".join(each if each.isprintable() else " " for each in cut)
    return plain if len(plain) <= longest else plain[: longest - 1] + "…"


def _not_the_api(
    operation: str, status: int, body: bytes, credentials: Credentials
) -> ResponseError:
    page = "an HTML page" if body.lstrip()[:1] == b"<" else "something that is not JSON"
    message = (
        f"{urlsplit(credentials.url).netloc} answered {operation} (status {status}) with {page}: "
        "check the address given to connect(), and any proxy in between."
    )
    return ResponseError(message)


def _error_object(body: bytes) -> dict[str, Any] | None:
    try:
        told = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return told if isinstance(told, dict) else None
