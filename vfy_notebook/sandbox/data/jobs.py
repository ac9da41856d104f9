"""Async actions: queued one behind the other, run in order, read until they are done."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from vfy_notebook.sandbox.answers import new_request_id
from vfy_notebook.sandbox.data.clock import Clock, to_iso
from vfy_notebook.sandbox.data.ids import Ids
from vfy_notebook.sandbox.data.switches import Switches

BULK_UPDATE = "CUSTOMERS.BULK_UPDATE"
METADATA_UPDATE = "CUSTOMERS.METADATA_UPDATE"
IMPORT_CSV = "CUSTOMERS.IMPORT_CSV"

_REPORT_LIFE_MS = 7 * 86_400_000


@dataclass(frozen=True, slots=True)
class RowResult:
    """The outcome of one row of a job; `reason` is None if it was written."""

    source_id: str
    found: bool
    reason: str | None = None


#: Runs the rows of a job from one number up to another; gives each row's result.
Work = Callable[[int, int], list[RowResult]]


@dataclass(slots=True)
class AsyncAction:
    """One job."""

    id: str
    type: str
    rows: int
    work: Work
    created_ms: int
    request_id: str
    token: str
    hidden_lists: int = 0
    status: str = "ENQUEUED"
    operation_status: str | None = None
    polls: int = 0
    progress: int = 0
    updated_ms: int | None = None
    results: list[RowResult] = field(default_factory=list)
    result: dict[str, Any] | None = None

    @property
    def is_over(self) -> bool:
        """Whether nothing will change any more."""
        return self.status in ("DONE", "FAILED")

    def as_api(self, *, with_result: bool) -> dict[str, Any]:
        """The action as the API returns it; lists leave the result out."""
        shown: dict[str, Any] = {"id": self.id, "type": self.type, "status": self.status}
        if self.operation_status is not None:
            shown["operation_status"] = self.operation_status
        if with_result and self.result is not None:
            shown["result"] = self.result
        shown["created_at"] = to_iso(self.created_ms)
        if self.updated_ms is not None:
            shown["updated_at"] = to_iso(self.updated_ms)
        shown |= {"request_id": self.request_id, "progress": self.progress}
        if self.is_over:
            shown["processing_time"] = 100 + 3 * self.rows
        shown["object"] = "async_action"
        return shown


class JobQueue:
    """All actions since the last reset; each status read moves the queue on.

    A list call counts as one status read, so that a client that follows its actions by
    lists alone sees them end too.
    """

    def __init__(
        self, clock: Clock, switches: Switches, download_url: Callable[[], str], *, seed: int = 0
    ) -> None:
        self._clock = clock
        self._switches = switches
        self._actions: dict[str, AsyncAction] = {}
        self._download_url = download_url
        #: They go on when the sandbox begins anew: no server gives an id twice.
        self._ids = Ids(f"actions {seed}")

    def clear(self) -> None:
        """Forget all actions."""
        self._actions.clear()

    def enqueue(self, kind: str, rows: int, work: Work) -> AsyncAction:
        """Put a job at the end of the queue."""
        action = AsyncAction(
            id=self._ids.make_hex("aa_"),
            type=kind,
            rows=rows,
            work=work,
            created_ms=self._clock.now_ms(),
            request_id=new_request_id(),
            token=secrets.token_urlsafe(18),
            hidden_lists=self._switches.async_list_lag,
        )
        self._actions[action.id] = action
        if self._switches.job_polls == 0:
            for waiting in self._waiting():
                self._finish(waiting)
        return action

    def get(self, action_id: str) -> AsyncAction | None:
        """The action with this id."""
        return self._actions.get(action_id)

    def all(self) -> list[AsyncAction]:
        """All actions, newest first."""
        return list(reversed(self._actions.values()))

    def poll(self) -> None:
        """One status read: the first of the queue move on."""
        polls = self._switches.job_polls
        for action in self._waiting()[: self._switches.jobs_per_poll]:
            if isinstance(polls, int) and action.polls >= polls:
                self._finish(action)
                continue
            action.polls += 1
            action.status = "IN_PROGRESS"
            action.updated_ms = self._clock.now_ms()
            if isinstance(polls, int):
                action.progress = 100 * action.polls // (polls + 1)

    def _waiting(self) -> list[AsyncAction]:
        return [action for action in self._actions.values() if not action.is_over]

    def _finish(self, action: AsyncAction) -> None:
        action.updated_ms = self._clock.now_ms()
        death = self._switches.job_death
        if death != "no":
            action.results = action.work(0, action.rows // 2 if death == "midway" else 0)
            action.status = action.operation_status = "FAILED"
            return
        action.results = action.work(0, action.rows)
        action.status = "DONE"
        action.progress = 100
        if action.type == IMPORT_CSV:
            action.result = _csv_result(action)
        else:
            action.operation_status = self._verdict(action)
            action.result = self._bulk_result(action)

    def _verdict(self, action: AsyncAction) -> str:
        failed = sum(result.reason is not None for result in action.results)
        if not failed:
            return "SUCCESS"
        return "FAILED" if failed == len(action.results) else self._switches.job_partial

    def _bulk_result(self, action: AsyncAction) -> dict[str, Any]:
        failed = [result for result in action.results if result.reason is not None]
        named = action.type == BULK_UPDATE and self._switches.job_errors_source_id
        report = f"{self._download_url()}/v1/reports/{action.id}.csv?token={action.token}"
        return {
            "done_count": len(action.results) - len(failed),
            "failed_count": len(failed),
            "reports": [report] if self._switches.reports else [],
            "reports_available_till": to_iso(self._clock.now_ms() + _REPORT_LIFE_MS),
            "errors": [
                {
                    "message": "Customer cannot be updated",
                    "details": result.reason,
                    "key": "invalid_customer",
                    **({"source_id": result.source_id} if named else {}),
                }
                for result in failed[: self._switches.job_errors_listed]
            ],
        }


def _csv_result(action: AsyncAction) -> dict[str, Any]:
    failed = [
        {"source_id": result.source_id, "row": number, "reason": result.reason}
        for number, result in enumerate(action.results, start=1)
        if result.reason is not None
    ]
    done = len(action.results) - len(failed)
    return {
        "message": f"{done} customer(s) imported successfully, {len(failed)} failed.",
        "failed": failed,
        "done_count": done,
        "failed_count": len(failed),
    }
