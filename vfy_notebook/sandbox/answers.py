"""What the sandbox answers: bodies, headers and the API's error shapes."""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

#: Bodies may not be longer (the vendor's 413 names the number).
MAX_BODY_BYTES = 10_485_760

#: Made once: json.dumps() makes one a call when it is given options.
_ENCODER = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), allow_nan=False)

JSON_TYPE = "application/json; charset=utf-8"

_MESSAGES = {
    400: ("invalid_payload", "Invalid payload"),
    401: ("unauthorized", "Unauthorized"),
    402: ("payment_required", "Payment required"),
    403: ("forbidden", "Forbidden"),
    404: ("not_found", "Resource not found"),
    405: ("method_not_allowed", "Method not allowed"),
    406: ("not_acceptable", "Not acceptable"),
    409: ("conflict", "Conflict"),
    413: ("payload_too_large", "Request Entity Too Large"),
    415: ("unsupported_media_type", "Unsupported media type"),
    423: ("locked", "Locked"),
    429: ("too_many_requests", "Too many requests hit the API too quickly."),
    500: ("internal_error", "Internal server error"),
    502: ("bad_gateway", "Bad gateway"),
    503: ("service_unavailable", "Service unavailable"),
    504: ("gateway_timeout", "Gateway timeout"),
}


@dataclass(slots=True)
class Answer:
    """One HTTP answer; `chunks` replaces `body` where the length is not known beforehand."""

    status: int = 200
    body: bytes = b""
    media_type: str | None = JSON_TYPE
    headers: dict[str, str] = field(default_factory=dict)
    chunks: Iterator[bytes] | None = None


class ApiError(Exception):
    """An answer of the API that is no success; handlers raise it from any depth."""

    def __init__(
        self,
        status: int,
        details: str | None = None,
        *,
        key: str | None = None,
        message: str | None = None,
        resource_id: str | None = None,
        resource_type: str | None = None,
    ) -> None:
        super().__init__(details or message or str(status))
        self.status = status
        self.details = details
        self.key = key
        self.message = message
        self.resource_id = resource_id
        self.resource_type = resource_type

    def answer(self) -> Answer:
        """The error as the API sends it."""
        body = error_body(self.status, self.details, key=self.key, message=self.message)
        if self.resource_id is not None:
            body["resource_id"] = self.resource_id
        if self.resource_type is not None:
            body["resource_type"] = self.resource_type
        return json_answer(body, status=self.status)


class BodyTooLargeError(Exception):
    """The request's body is longer than the API takes."""

    def answer(self) -> Answer:
        """The vendor's 413, which has another shape than its other errors."""
        return json_answer(
            {
                "statusCode": 413,
                "error": "Request Entity Too Large",
                "message": (
                    f"Payload content length greater than maximum allowed: {MAX_BODY_BYTES}"
                ),
            },
            status=413,
        )


def error_body(
    status: int, details: str | None = None, *, key: str | None = None, message: str | None = None
) -> dict[str, Any]:
    """The API's error object for a status."""
    usual_key, usual_message = _MESSAGES.get(status, ("error", "Error"))
    body: dict[str, Any] = {
        "code": status,
        "key": key or usual_key,
        "message": message or usual_message,
    }
    if details is not None:
        body["details"] = details
    body["request_id"] = new_request_id()
    return body


def not_found(kind: str, ref: str) -> ApiError:
    """The API's 404 for a resource."""
    return ApiError(404, f"Cannot find {kind} with id {ref}", resource_id=ref, resource_type=kind)


def bad_query(details: str) -> ApiError:
    """The API's 400 for a query parameter."""
    return ApiError(400, details, key="invalid_query_params", message="Invalid query params")


def bad_payload(details: str) -> ApiError:
    """The API's 400 for a request body."""
    return ApiError(400, details, key="invalid_payload", message="Invalid payload")


def json_answer(value: Any, *, status: int = 200) -> Answer:
    """`value` as a JSON answer."""
    # Half a surrogate pair, which a switch may hold, is told as JSON escapes it.
    return Answer(status, dump(value).encode("utf-8", "backslashreplace"))


def dump(value: Any) -> str:
    """JSON as the sandbox stores and sends it: compact, no NaN."""
    return _ENCODER.encode(value)


def new_request_id() -> str:
    """An id such as ``v-0b4c590350857970df``."""
    return f"v-{secrets.token_hex(9)}"
