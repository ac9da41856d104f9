"""Async actions, read leniently: one odd part of a result must not hide what the rest tells.

What a part should be and is not counts as missing. Only an answer that is no action at all is an
error.

https://docs.voucherify.io/api-reference/async-actions/get-async-action
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from vfy_notebook.api.decoding import decode
from vfy_notebook.api.keys.links import Link
from vfy_notebook.api.pages import ms_or_none
from vfy_notebook.errors import ResponseError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from vfy_notebook.api.transport import Response

#: The states in which nothing more happens. DONE does not mean that anything succeeded.
_ENDS = frozenset({"DONE", "FAILED"})


@dataclass(frozen=True)
class BulkError:
    """Why a row of a job failed; metadata jobs leave `source_id` out."""

    message: str | None = None
    details: Any = None
    key: str | None = None
    source_id: str | None = None


@dataclass(frozen=True)
class ImportFailure:
    """Why a row of a CSV import failed; `row` counts from 1 without the header."""

    source_id: str | None = None
    row: int | None = None
    reason: Any = None


@dataclass(frozen=True)
class JobResult:
    """The outcomes of a job's rows; None is not told."""

    done_count: int | None = None
    failed_count: int | None = None
    reports: tuple[Link, ...] = ()
    errors: tuple[BulkError, ...] = ()
    failed: tuple[ImportFailure, ...] = ()


@dataclass(frozen=True)
class AsyncAction:
    """A queued job. The list call leaves `result` out."""

    id: str
    status: str | None = None
    type: str | None = None
    progress: float = 0.0
    created_ms: int | None = None
    result: JobResult | None = None

    @property
    def ended(self) -> bool:
        """Whether nothing more will happen."""
        return self.status in _ENDS


@dataclass(frozen=True)
class AsyncActionPage:
    """Some jobs, newest first."""

    actions: tuple[AsyncAction, ...]
    has_more: bool | None = None


def read_ticket(response: Response, *, operation: str) -> str:
    """The id of the action that a request has queued.

    Raises:
        ResponseError: The answer names none.
    """
    action_id = _name(decode(response.body, dict[str, Any], operation=operation), _TICKET)
    if action_id is None:
        message = (
            f"The answer to {operation} has no {_TICKET}: check the address given to connect(), "
            "and any proxy in between."
        )
        raise ResponseError(message)
    return action_id


_TICKET = "async_action_id"


def read_action(response: Response, *, operation: str, action_id: str) -> AsyncAction:
    """The action that was asked for.

    Raises:
        ResponseError: The answer shows none, or another one.
    """
    action = _action(decode(response.body, dict[str, Any], operation=operation))
    if action is None or action.id != action_id:
        raise ResponseError(f"The answer to {operation} does not show async action {action_id}.")
    return action


def read_actions(response: Response, *, operation: str) -> AsyncActionPage:
    """A list of actions; entries that are none are left out.

    Raises:
        ResponseError: The answer is no such list.
    """
    told = decode(response.body, dict[str, Any], operation=operation)
    entries = told.get("async_actions")
    if not isinstance(entries, list):
        raise ResponseError(f"The answer to {operation} has no list of async actions.")
    has_more = told.get("has_more")
    actions = tuple(a for a in map(_action, entries) if a is not None)
    return AsyncActionPage(actions, has_more if isinstance(has_more, bool) else None)


def _action(told: Any) -> AsyncAction | None:
    if not isinstance(told, dict):
        return None
    action_id = _name(told, "id")
    if action_id is None:
        return None
    return AsyncAction(
        action_id,
        _text(told, "status"),
        _text(told, "type"),
        _progress(told.get("progress")),
        ms_or_none(told.get("created_at")),
        _result(told.get("result")),
    )


def _result(told: Any) -> JobResult | None:
    if not isinstance(told, dict):
        return None
    reports = told.get("reports")
    reports = [reports] if isinstance(reports, str) else reports
    return JobResult(
        _whole(told.get("done_count")),
        _whole(told.get("failed_count")),
        tuple(
            Link.of(url)
            for url in _list(reports)
            if isinstance(url, str) and url.startswith("http")
        ),
        tuple(map(_error, _list(told.get("errors")))),
        tuple(map(_failure, _list(told.get("failed")))),
    )


def _error(told: Any) -> BulkError:
    if not isinstance(told, dict):
        return BulkError(message=str(told))
    return BulkError(
        _text(told, "message"), told.get("details"), _text(told, "key"), _name(told, "source_id")
    )


def _failure(told: Any) -> ImportFailure:
    if not isinstance(told, dict):
        return ImportFailure(reason=told)
    return ImportFailure(_name(told, "source_id"), _whole(told.get("row")), told.get("reason"))


def _list(told: Any) -> Iterable[Any]:
    """A list's entries; what should be one and is not counts as its only entry."""
    if isinstance(told, list):
        return told
    return [] if told is None or told in ("", {}) else [told]


def _text(told: dict[str, Any], name: str) -> str | None:
    value = told.get(name)
    return value if isinstance(value, str) else None


def _name(told: dict[str, Any], name: str) -> str | None:
    """An id; a number is one, too."""
    value = told.get(name)
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    return value if isinstance(value, str) and value else None


def _whole(value: Any) -> int | None:
    """A count, also where it is written as text."""
    if isinstance(value, str) and value.isascii() and value.isdigit():
        return int(value[:18])
    is_count = isinstance(value, int) and not isinstance(value, bool) and value >= 0
    return value if is_count else None


def _progress(value: Any) -> float:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return min(float(value), 100.0) if is_number and math.isfinite(value) else 0.0
