"""A request to the API, decoded as far as every operation needs it."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any, NoReturn
from urllib.parse import parse_qsl, unquote

from vfy_notebook.sandbox.answers import bad_payload, bad_query

_MAX_QUERY_PARAMETERS = 500


@dataclass(slots=True)
class Call:
    """One request: the path split and decoded, the query, the body."""

    method: str
    parts: tuple[str, ...]
    query_string: str
    headers: dict[str, str]
    body: bytes = b""
    #: The uploaded file of a multipart body.
    upload: bytes | None = None
    _query: dict[str, str] | None = field(default=None)

    @property
    def query(self) -> dict[str, str]:
        """The query's parameters; of a repeated one the last counts."""
        if self._query is None:
            try:
                pairs = parse_qsl(
                    self.query_string,
                    keep_blank_values=True,
                    max_num_fields=_MAX_QUERY_PARAMETERS,
                )
            except ValueError:
                raise bad_query("Too many query parameters") from None
            self._query = dict(pairs)
        return self._query

    def json(self) -> Any:
        """The decoded body.

        Raises:
            ApiError: 400 if it is no JSON, holds NaN or an infinity, or text that is none.
        """
        try:
            text = self.body.decode("utf-8")
            value = json.loads(text, parse_constant=_no_constant, parse_float=_finite)
            if "\\ud" in text or "\\uD" in text:
                json.dumps(value, ensure_ascii=False).encode()
        except RecursionError:
            raise bad_payload("Body is nested too deeply") from None
        except ValueError as error:
            raise bad_payload(f"Body is not valid JSON: {error}") from None
        return value

    def json_object(self) -> dict[str, Any]:
        """The decoded body, which must be an object."""
        value = self.json()
        if not isinstance(value, dict):
            raise bad_payload("Body should be object")
        return value


def split_path(raw_path: bytes) -> tuple[str, ...]:
    """The path's parts, each percent-decoded after splitting: ``%2F`` is no separator."""
    path = raw_path.split(b"?", 1)[0].decode("latin-1")
    return tuple(unquote(part, errors="replace") for part in path.split("/")[1:])


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON")


def _finite(text: str) -> float:
    value = float(text)
    if value in (float("inf"), float("-inf")):
        raise ValueError(f"{text} is out of range")
    return value
