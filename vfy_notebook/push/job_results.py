"""What a job says of its rows: its counts, its errors and its report file.

https://docs.voucherify.io/api-reference/async-actions/get-async-action
"""

from __future__ import annotations

import csv
import io
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from vfy_notebook.errors import NotFoundError, RateLimitError, VfyNotebookError
from vfy_notebook.journal.entries import Outcome

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from vfy_notebook.api.models import AsyncAction, BulkError, JobResult
    from vfy_notebook.api.operations import Api
    from vfy_notebook.journal.entries import BatchEntry, RowEntry

#: So many different texts of errors that name no customer are told of a job.
_TEXTS_TOLD = 3


@dataclass
class JobSays:
    """What a job tells.

    Attributes:
        outcomes: Of rows whose outcome it tells beyond doubt, by position.
        reason: Why some of its other rows failed, if it says that some did.
        is_of_others: It cannot be the job that it was taken for.
    """

    outcomes: dict[int, Outcome] = field(default_factory=dict)
    reason: str | None = None
    is_of_others: bool = False


def read_result(
    api: Api,
    batch: BatchEntry,
    rows: Sequence[RowEntry],
    known: Mapping[str, AsyncAction],
    *,
    doubted: Collection[int],
    with_report: bool,
) -> JobSays:
    """What a batch's job tells of its rows.

    Args:
        api: Where to ask.
        batch: The batch; its action has ended.
        rows: All rows of its request.
        known: Actions that need not be got again.
        doubted: Positions of rows that were read and seen without their change: the job's count
            alone does not make them updated.
        with_report: Whether to fetch the report file too.
    """
    action_id = batch.action_id or ""
    action = known.get(action_id)
    if action is None:
        try:
            action = api.get_async_action(action_id)
        except NotFoundError:
            return JobSays(reason=f"async action {action_id} is no longer known to the API")
    if action.result is None or action.status == "FAILED":
        return JobSays(reason=f"async action {action_id} ended as {action.status}")
    reading = _Reading(api, action.result, rows, is_surely_ours=not batch.found_again)
    return reading.says(doubted, with_report=with_report)


class _Reading:
    def __init__(
        self, api: Api, result: JobResult, rows: Sequence[RowEntry], *, is_surely_ours: bool
    ) -> None:
        self._api = api
        self._result = result
        self._rows = {row.change.source_id: row for row in rows}
        self._is_surely_ours = is_surely_ours

    def says(self, doubted: Collection[int], *, with_report: bool) -> JobSays:
        says = JobSays()
        unnamed: list[BulkError] = []
        for error in self._result.errors or []:
            row = self._rows.get(error.source_id) if error.source_id else None
            if row is None:
                unnamed.append(error)
            else:
                says.outcomes[row.position] = Outcome("failed", error_text(error), "job result")
        if not self._is_surely_ours and self._is_of_others(unnamed):
            return JobSays(is_of_others=True)
        failed = self._result.failed_count
        others_failed = bool(unnamed) if failed is None else failed > len(says.outcomes)
        if others_failed:
            says.reason = _texts(unnamed) or "the job reports failures without a reason"
        elif self._result.done_count == len(self._rows) - len(says.outcomes):
            self._rest_is_done(says, doubted, with_report=with_report)
        return says

    def _is_of_others(self, unnamed: Sequence[BulkError]) -> bool:
        counted = (self._result.done_count or 0) + (self._result.failed_count or 0)
        return counted != len(self._rows) or any(error.source_id for error in unnamed)

    def _rest_is_done(self, says: JobSays, doubted: Collection[int], *, with_report: bool) -> None:
        report = self._report() if with_report else {}
        for source_id, row in self._rows.items():
            if row.position in says.outcomes or row.position in doubted:
                continue
            outcome = _told_by(report.get(source_id or ""), row)
            # A job that was only found again may still be another's of the same size.
            if outcome is not None and (self._is_surely_ours or outcome.learnt == "report"):
                says.outcomes[row.position] = outcome

    def _report(self) -> dict[str, dict[str, str]]:
        """The report files' lines by source_id; empty where they cannot be had."""
        lines: dict[str, dict[str, str]] = {}
        for url in self._result.reports or []:
            try:
                lines |= read_report(self._api, url)
            except RateLimitError:
                raise
            except VfyNotebookError:
                continue
        return lines


def _told_by(line: Mapping[str, str] | None, row: RowEntry) -> Outcome | None:
    """A row's outcome by its line of the report, where the job counts it as done."""
    is_new = row.change.customer_id is None
    if line is None:
        # Whether a new customer was created or found after all is to be read.
        return None if is_new else Outcome("updated", None, "job result")
    found = line.get("found") != "false"
    if line.get("updated") == "false" or found == is_new:
        return None  # not as expected: to be read
    return Outcome("created" if is_new else "updated", None, "report")


def read_report(api: Api, url: str) -> dict[str, dict[str, str]]:
    """A report file's lines by source_id, as title → text, both in lower case.

    Only the columns `found` and `updated` are documented: a file without source_ids is empty.
    """
    body = bytearray()

    def sink(chunk: bytes) -> None:
        if chunk:
            body.extend(chunk)
        else:
            body.clear()

    api.download(url, sink)
    text = io.StringIO(body.decode("utf-8-sig", "replace"), newline="")
    lines = csv.reader(text)
    titles = [title.strip().casefold().replace(" ", "_") for title in next(lines, [])]
    if "source_id" not in titles:
        return {}
    at = titles.index("source_id")
    return {
        line[at]: dict(zip(titles, (cell.strip().casefold() for cell in line), strict=False))
        for line in lines
        if len(line) > at
    }


def error_text(error: BulkError) -> str:
    """An error's message and details as one sentence."""
    parts = [_plain(error.message), _plain(error.details)]
    return ": ".join(part for part in parts if part) or str(error.key or "no reason was given")


def _plain(value: Any) -> str:
    return "" if value is None else value if isinstance(value, str) else str(value)


def _texts(errors: Sequence[BulkError]) -> str | None:
    counted = Counter(error_text(error) for error in errors)
    if not counted:
        return None
    told = [text for text, _ in counted.most_common(_TEXTS_TOLD)]
    more = f" (and {len(counted) - len(told)} other reasons)" if len(counted) > len(told) else ""
    return " | ".join(told) + more
