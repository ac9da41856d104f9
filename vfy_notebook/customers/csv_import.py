"""Imports a CSV by the API's CSV route; the report has one row for each of its rows."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from vfy_notebook.customers.csv_from_disk import read_csv_file
from vfy_notebook.customers.csv_from_frame import csv_of_frame
from vfy_notebook.customers.csv_proof import is_ours
from vfy_notebook.edits.metadata_schema import MetadataSchema
from vfy_notebook.errors import (
    ArgumentError,
    ImportInterrupted,
    OverwriteWarning,
    VfyNotebookError,
)
from vfy_notebook.fetch.metadata_schema import fetch_metadata_schema
from vfy_notebook.progress import Progress
from vfy_notebook.push.outcomes.async_actions import find_lost, follow

if TYPE_CHECKING:
    from collections.abc import Callable

    from vfy_notebook.api.jobs import ImportFailure, JobResult
    from vfy_notebook.api.operations import Api
    from vfy_notebook.customers.csv_file import CsvFile
    from vfy_notebook.edits.metadata_schema import MetadataSchema
    from vfy_notebook.progress import Shown

_JOB_TYPE = "CUSTOMERS.IMPORT_CSV"

#: How often the file is sent when its answers get lost; each time overwrites the same profiles.
_MAX_ATTEMPTS = 3

#: Without any answer yet, the server's clock is taken to be behind ours by no more than this.
_CLOCK_MARGIN_MS = 300_000


def import_csv(
    api: Api,
    source: Any,
    *,
    allow_partial: bool,
    async_action_id: str | None,
    progress: Shown,
    timeout_s: float,
) -> pd.DataFrame:
    """Upload customers, or take up an earlier upload, and follow the import to its end."""
    file = _file_of(source, cache(lambda: MetadataSchema.from_api(fetch_metadata_schema(api))))
    file.check(allow_partial=allow_partial or async_action_id is not None)
    if async_action_id is None:
        warnings.warn(
            f"Importing {len(file.source_ids):,} customers: an import overwrites existing profiles "
            "whole. Fields and metadata that are not in the CSV are lost, and it cannot be undone. "
            "plan_push() changes what you edited and nothing else.",
            OverwriteWarning,
            stacklevel=3,
        )
    bar = Progress(
        "Importing",
        unit="customers",
        calls=lambda: api.transport.calls.total,
        shown=progress,
    )
    with bar, api.transport.governor.told_of_waits(bar.waits):
        run = _Import(api, file, timeout_s)
        followed = run.upload() if async_action_id is None else run.follow(async_action_id)
        bar.update(len(file.source_ids) * (followed.action_id in followed.statuses))
    return _rows(file, followed)


def _file_of(source: Any, schema: Callable[[], MetadataSchema]) -> CsvFile:
    if isinstance(source, pd.DataFrame):
        return csv_of_frame(source, schema)
    if isinstance(source, str | Path):
        return read_csv_file(Path(source))
    message = f"A {type(source).__name__} cannot be imported: give a path or a DataFrame."
    raise ArgumentError(message)


@dataclass(frozen=True)
class _FollowedImport:
    """An import: its action, and what is known of its end."""

    action_id: str
    statuses: dict[str, str]
    result: JobResult | None


class _Import:
    """One upload on its way."""

    def __init__(self, api: Api, file: CsvFile, timeout_s: float) -> None:
        self._api = api
        self._file = file
        self._timeout_s = timeout_s

    def upload(self) -> _FollowedImport:
        """Send the file until the API has taken it, and follow the import."""
        since_ms = self._server_ms()
        not_ours: set[str] = set()
        may_have_run = False
        try:
            for attempt in range(1, _MAX_ATTEMPTS + 1):
                try:
                    action_id = self._api.import_csv(self._file.content)
                except VfyNotebookError as error:
                    may_have_run |= error.may_have_run
                    if not error.may_have_run:
                        raise
                    found = self._found(since_ms, not_ours)
                    if found is not None:
                        return found
                    if attempt == _MAX_ATTEMPTS:
                        raise
                else:
                    return self.follow(action_id)
        except VfyNotebookError as error:
            # Whatever ended it in the end, and however surely that has changed nothing.
            error.may_have_run |= may_have_run
            raise
        raise AssertionError  # the loop returns or raises

    def _found(self, since_ms: int, not_ours: set[str]) -> _FollowedImport | None:
        """The import of an upload whose answer was lost, if it surely is that one.

        Else the file is sent again: that overwrites the same profiles with the same values.
        """
        for action in find_lost(self._api, _JOB_TYPE, intent_ms=since_ms, claimed=not_ours):
            followed = self.follow(action.id)
            result = followed.result
            if result is not None and is_ours(self._api, self._file, result, since_ms=since_ms):
                return followed
            not_ours.add(action.id)
        return None

    def follow(self, action_id: str) -> _FollowedImport:
        """Follow an import to its end.

        Raises:
            ImportInterrupted: That was cut off; the error keeps the action's id.
        """
        try:
            followed = follow(self._api, [action_id], queued_since_ms=0, patience_s=self._timeout_s)
        except (VfyNotebookError, KeyboardInterrupt) as error:
            why = "interrupted." if isinstance(error, KeyboardInterrupt) else str(error)
            message = (
                f"Voucherify has taken the CSV as async action {action_id}, and works through it. "
                f"Waiting for its end was cut off: {why} import_csv(the same file or frame, "
                f"async_action_id={action_id!r}) goes on waiting and uploads nothing."
            )
            raise ImportInterrupted(message, async_action_id=action_id) from error
        action = followed.results.get(action_id)
        return _FollowedImport(
            action_id, followed.statuses, None if action is None else action.result
        )

    def _server_ms(self) -> int:
        told = self._api.transport.server_time_ms
        now_ms = int(self._api.transport.clock.now() * 1000)
        return now_ms - _CLOCK_MARGIN_MS if told is None else told


def _rows(file: CsvFile, followed: _FollowedImport) -> pd.DataFrame:
    count = len(file.source_ids)
    outcomes = ["unknown"] * count
    reasons: list[str | None] = [_why_unknown(followed.action_id, followed.statuses)] * count
    # Of an import that failed as a whole, nobody knows how far it came.
    if followed.result is not None and followed.statuses.get(followed.action_id) == "DONE":
        _judge(followed.result, file, outcomes, reasons)
    return pd.DataFrame(
        {
            "row": pd.array(range(1, count + 1), dtype="Int64"),
            "source_id": pd.array(list(file.source_ids), dtype="str"),
            "outcome": pd.array(outcomes, dtype="str"),
            "reason": pd.array(reasons, dtype="str"),
            "async_action_id": pd.array([followed.action_id] * count, dtype="str"),
        }
    )


def _why_unknown(action_id: str, statuses: dict[str, str]) -> str:
    status = statuses.get(action_id)
    if status is None:
        return (
            f"async action {action_id} has not ended; import_csv(the same file or frame, "
            f"async_action_id={action_id!r}) looks again"
        )
    return f"async action {action_id} ended as {status} and does not tell what became of the row"


def _judge(
    result: JobResult, file: CsvFile, outcomes: list[str], reasons: list[str | None]
) -> None:
    """Rows that the result names have failed; the others have not, if its counts agree."""
    failures = {at: f for f in result.failed if (at := _place(f, file)) is not None}
    adds_up = result.done_count == len(outcomes) - len(failures)
    for i in range(len(outcomes)):
        failure = failures.get(i)
        if failure is not None:
            outcomes[i], reasons[i] = "failed", _reason(failure)
        elif adds_up:
            outcomes[i], reasons[i] = "imported", None
        else:
            reasons[i] = (
                f"the import counts {result.failed_count} failures and names {len(failures)} rows"
            )


def _place(failure: ImportFailure, file: CsvFile) -> int | None:
    """Where a failure's row stands in the file: by its number, or else by its source_id."""
    at = (failure.row or 0) - 1
    if 0 <= at < len(file.source_ids):
        return at
    if failure.source_id in file.source_ids:
        return file.source_ids.index(failure.source_id)
    return None


def _reason(failure: ImportFailure) -> str:
    return "no reason was given" if failure.reason is None else str(failure.reason)
