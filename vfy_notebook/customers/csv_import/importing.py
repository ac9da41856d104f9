"""Imports a CSV by the API's CSV route; the report has one row for each of its rows."""

from __future__ import annotations

import contextlib
import warnings
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from vfy_notebook.customers.csv_import.from_disk import read_csv_file
from vfy_notebook.customers.csv_import.from_frame import csv_of_frame
from vfy_notebook.customers.csv_import.verification import is_ours
from vfy_notebook.edits.metadata_schema import MetadataSchema
from vfy_notebook.errors import (
    ArgumentError,
    ImportInterrupted,
    JournalError,
    OverwriteWarning,
    VfyNotebookError,
)
from vfy_notebook.fetch.metadata_schema import fetch_metadata_schema
from vfy_notebook.journal.entries import Outcome
from vfy_notebook.journal.journal import new_push_id
from vfy_notebook.progress import Progress
from vfy_notebook.push.imports import ONLY_BATCH, begin_import, end_import
from vfy_notebook.push.outcomes.async_actions import check_is_new, find_lost, follow
from vfy_notebook.push.outcomes.import_results import import_outcomes
from vfy_notebook.push.runner import server_ms

if TYPE_CHECKING:
    from collections.abc import Callable

    from vfy_notebook.api.jobs import JobResult
    from vfy_notebook.api.operations import Api
    from vfy_notebook.customers.csv_import.file import CsvFile
    from vfy_notebook.journal.journal import Journal
    from vfy_notebook.progress import Shown

_JOB_TYPE = "CUSTOMERS.IMPORT_CSV"

#: How often the file is sent when its answers get lost; each time overwrites the same profiles.
_MAX_ATTEMPTS = 3


def import_csv(
    api: Api,
    open_journal: Callable[[], Journal],
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
    with bar, api.transport.governor.told_of_waits(bar.waits), open_journal() as journal:
        run = _Import(api, journal, file, timeout_s)
        ended = run.upload() if async_action_id is None else run.take_up(async_action_id)
        bar.update(len(file.source_ids) * (ended.status is not None))
    return _rows(file, ended)


def _file_of(source: Any, schema: Callable[[], MetadataSchema]) -> CsvFile:
    if isinstance(source, pd.DataFrame):
        return csv_of_frame(source, schema)
    if isinstance(source, str | Path):
        return read_csv_file(Path(source))
    message = f"A {type(source).__name__} cannot be imported: give a path or a DataFrame."
    raise ArgumentError(message)


@dataclass(frozen=True)
class _FollowedImport:
    """An import: its action, and what is known of its end; no status where it has not ended."""

    action_id: str
    push_id: str | None
    status: str | None
    result: JobResult | None


class _Import:
    """One upload on its way."""

    def __init__(self, api: Api, journal: Journal, file: CsvFile, timeout_s: float) -> None:
        self._api = api
        self._journal = journal
        self._file = file
        self._timeout_s = timeout_s
        self._push_id: str | None = None

    def upload(self) -> _FollowedImport:
        """Send the file until the API has taken it, and follow the import."""
        since_ms = server_ms(self._api)
        push_id = self._push_id = new_push_id()
        with self._journal.lock_push(push_id):
            begin_import(self._journal, push_id, self._file.source_ids, since_ms=since_ms)
            try:
                return self._end(self._upload(since_ms))
            except VfyNotebookError as error:
                if not error.may_have_run:
                    # Nothing was sent; where it stays in the journal, it is told as cut off.
                    with contextlib.suppress(JournalError):
                        self._journal.discard(push_id)
                raise

    def _upload(self, since_ms: int) -> _FollowedImport:
        not_ours = self._journal.claimed_actions()
        may_have_run = False
        try:
            for attempt in range(1, _MAX_ATTEMPTS + 1):
                try:
                    action_id = self._api.import_csv(self._file.content)
                    check_is_new(action_id, not_ours)
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
                    self._enter(action_id)
                    return self._follow(action_id)
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
            followed = self._follow(action.id)
            result = followed.result
            if result is not None and is_ours(self._api, self._file, result, since_ms=since_ms):
                self._enter(action.id, found_again=True)
                return followed
            not_ours.add(action.id)
        return None

    def take_up(self, action_id: str) -> _FollowedImport:
        """Follow an earlier upload to its end."""
        self._push_id = self._journal.push_of_action(action_id)
        return self._end(self._follow(action_id))

    def _enter(self, action_id: str, *, found_again: bool = False) -> None:
        if self._push_id is not None:
            try:
                self._journal.sent(self._push_id, ONLY_BATCH, action_id, found_again=found_again)
            except JournalError as error:
                raise self._interrupted(action_id, str(error)) from error

    def _end(self, followed: _FollowedImport) -> _FollowedImport:
        """Enter how it has ended; a journal that is full by now changes nothing of that."""
        if self._push_id is not None and followed.status is not None:
            with contextlib.suppress(JournalError):
                end_import(self._journal, self._push_id, followed.status, followed.result)
        return followed

    def _follow(self, action_id: str) -> _FollowedImport:
        """Follow an import to its end.

        Raises:
            ImportInterrupted: That was cut off; the error keeps the action's id.
        """
        try:
            followed = follow(self._api, [action_id], queued_since_ms=0, patience_s=self._timeout_s)
        except (VfyNotebookError, KeyboardInterrupt) as error:
            why = "interrupted." if isinstance(error, KeyboardInterrupt) else str(error)
            raise self._interrupted(action_id, why) from error
        action = followed.results.get(action_id)
        return _FollowedImport(
            action_id,
            self._push_id,
            followed.statuses.get(action_id),
            None if action is None else action.result,
        )

    def _interrupted(self, action_id: str, why: str) -> ImportInterrupted:
        or_by_name = f", as does project.resume_push({self._push_id!r})" * bool(self._push_id)
        message = (
            f"Voucherify has taken the CSV as async action {action_id}, and works through it. "
            f"Waiting for its end was cut off: {why} import_csv(the same file or frame, "
            f"async_action_id={action_id!r}) goes on waiting and uploads nothing{or_by_name}."
        )
        return ImportInterrupted(message, async_action_id=action_id, push_id=self._push_id)


def _rows(file: CsvFile, ended: _FollowedImport) -> pd.DataFrame:
    count, action_id = len(file.source_ids), ended.action_id
    if ended.status is None:
        why = (
            f"async action {action_id} has not ended; import_csv(the same file or frame, "
            f"async_action_id={action_id!r}) looks again"
        )
        outcomes = [Outcome("unknown", why)] * count
    else:
        outcomes = import_outcomes(file.source_ids, action_id, ended.status, ended.result)
    return pd.DataFrame(
        {
            "row": pd.array(range(1, count + 1), dtype="Int64"),
            "source_id": pd.array(list(file.source_ids), dtype="str"),
            "outcome": pd.array([each.outcome for each in outcomes], dtype="str"),
            "reason": pd.array([each.reason for each in outcomes], dtype="str"),
            "async_action_id": pd.array([action_id] * count, dtype="str"),
            "push_id": pd.array([ended.push_id] * count, dtype="str"),
        }
    )
