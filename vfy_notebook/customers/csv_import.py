"""Imports a CSV by the API's CSV route; the report has one row for each of its rows."""

from __future__ import annotations

import warnings
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from vfy_notebook.customers.csv_from_disk import read_csv_file
from vfy_notebook.customers.csv_from_frame import csv_of_frame
from vfy_notebook.edits.metadata_schema import MetadataSchema
from vfy_notebook.errors import ArgumentError, OverwriteWarning, ResponseError, VfyNotebookError
from vfy_notebook.fetch.metadata_schema import fetch_metadata_schema
from vfy_notebook.progress import Progress
from vfy_notebook.push.async_actions import find_lost, follow

if TYPE_CHECKING:
    from collections.abc import Callable

    from vfy_notebook.api.models import AsyncAction, ImportFailure, JobResult
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
    api: Api, source: Any, *, allow_partial: bool, progress: Shown, timeout_s: float
) -> pd.DataFrame:
    """Upload customers and follow the import to its end."""
    file = _file_of(source, cache(lambda: MetadataSchema.from_api(fetch_metadata_schema(api))))
    file.check(allow_partial=allow_partial)
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
        action_id, since_ms = _upload(api, file)
        followed = follow(api, [action_id], queued_since_ms=since_ms, patience_s=timeout_s)
        bar.update(len(file.source_ids) * (action_id in followed.statuses))
    return _rows(file, action_id, followed.results.get(action_id), followed.statuses)


def _file_of(source: Any, schema: Callable[[], MetadataSchema]) -> CsvFile:
    if isinstance(source, pd.DataFrame):
        return csv_of_frame(source, schema)
    if isinstance(source, str | Path):
        return read_csv_file(Path(source))
    message = f"A {type(source).__name__} cannot be imported: give a path or a DataFrame."
    raise ArgumentError(message)


def _upload(api: Api, file: CsvFile) -> tuple[str, int]:
    """Send the file; gives its action, and a moment before that was made."""
    claimed: set[str] = set()
    since_ms = _server_ms(api)
    for attempt in range(1, _MAX_ATTEMPTS + 1):
        try:
            return api.import_csv(file.content), since_ms
        except VfyNotebookError as error:
            if not error.may_have_run and not isinstance(error, ResponseError):
                raise
            found = find_lost(api, _JOB_TYPE, intent_ms=since_ms, claimed=claimed)
            if len(found) == 1:
                return found[0].id, since_ms
            if attempt == _MAX_ATTEMPTS:
                raise
    raise AssertionError  # the loop returns or raises


def _server_ms(api: Api) -> int:
    told = api.transport.server_time_ms
    return int(api.transport.clock.now() * 1000) - _CLOCK_MARGIN_MS if told is None else told


def _rows(
    file: CsvFile, action_id: str, action: AsyncAction | None, statuses: dict[str, str]
) -> pd.DataFrame:
    count = len(file.source_ids)
    outcomes = ["unknown"] * count
    reasons: list[str | None] = [_why_unknown(action_id, statuses)] * count
    result = None if action is None else action.result
    if result is not None:
        _judge(result, outcomes, reasons)
    return pd.DataFrame(
        {
            "row": pd.array(range(1, count + 1), dtype="Int64"),
            "source_id": pd.array(list(file.source_ids), dtype="str"),
            "outcome": pd.array(outcomes, dtype="str"),
            "reason": pd.array(reasons, dtype="str"),
            "async_action_id": pd.array([action_id] * count, dtype="str"),
        }
    )


def _why_unknown(action_id: str, statuses: dict[str, str]) -> str:
    status = statuses.get(action_id)
    if status is None:
        return f"async action {action_id} has not ended; see it in Voucherify's dashboard"
    return f"async action {action_id} ended as {status} and does not tell what became of the row"


def _judge(result: JobResult, outcomes: list[str], reasons: list[str | None]) -> None:
    """Rows that the result names have failed; the others have not, if its counts agree."""
    failures = {f.row: f for f in result.failed or [] if f.row is not None}
    named = [row for row in failures if 1 <= row <= len(outcomes)]
    adds_up = result.done_count == len(outcomes) - len(named)
    for i in range(len(outcomes)):
        failure = failures.get(i + 1)
        if failure is not None:
            outcomes[i], reasons[i] = "failed", _reason(failure)
        elif adds_up:
            outcomes[i], reasons[i] = "imported", None
        else:
            reasons[i] = (
                f"the import counts {result.failed_count} failures and names {len(named)} rows"
            )


def _reason(failure: ImportFailure) -> str:
    return "no reason was given" if failure.reason is None else str(failure.reason)
