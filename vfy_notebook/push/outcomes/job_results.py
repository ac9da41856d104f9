"""What a job says of its rows: its counts, its errors and its report file.

https://docs.voucherify.io/api-reference/async-actions/get-async-action
"""

from __future__ import annotations

import csv
import io
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from vfy_notebook.errors import (
    NotFoundError,
    RateLimitError,
    ResponseError,
    VfyNotebookError,
)
from vfy_notebook.journal.entries import Outcome
from vfy_notebook.push.batches import JOB_TYPES

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    from vfy_notebook.api.jobs import AsyncAction, BulkError, JobResult
    from vfy_notebook.api.keys.links import Link
    from vfy_notebook.api.operations import Api
    from vfy_notebook.journal.entries import BatchEntry, RowEntry

#: A report has a line for each of a request's rows, and a request at most 10 MB.
_MAX_REPORT_BYTES = 64 * 1024 * 1024

#: The clocks that stamp a server's answers and its actions are no further apart.
_CLOCKS_APART_MS = 60_000

#: So much of another machine's text is repeated.
_LONGEST_TEXT = 500

#: So many different texts of errors that name no customer are told of a job.
_TEXTS_TOLD = 3


@dataclass
class JobSays:
    """What a job tells.

    Attributes:
        outcomes: Of rows whose outcome it tells beyond doubt, by position.
        reason: Why some of its other rows failed, or may fail, if it says that some did.
        others_failed: How many others failed; None is not told.
        is_final: Whether it has ended and tells how: as long as it has not, no row has failed.
        is_surely_ours: Whether it is the request's; if not, only what is read proves anything.
        is_of_others: It cannot be the job that it was taken for.
    """

    outcomes: dict[int, Outcome] = field(default_factory=dict)
    reason: str | None = None
    others_failed: int | None = None
    is_final: bool = True
    is_surely_ours: bool = True
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
            told = f"async action {action_id} is not known to the API (any more, or yet)"
            return JobSays(reason=told, is_final=False)
        except ResponseError as error:
            told = f"what async action {action_id} has done cannot be read: {error}"
            return JobSays(reason=told, is_final=False)
    if action.ended and not _may_be_of(batch, action):
        return JobSays(is_surely_ours=False)
    if action.status == "FAILED":
        return JobSays(reason=f"async action {action_id} ended as FAILED")
    if not action.ended or action.result is None:
        state = f"has not ended, it is {action.status}"
        lacking = "is done, but shows no result that can be read"
        told = f"async action {action_id} {lacking if action.ended else state}"
        return JobSays(reason=told, is_final=False)
    reading = _Reading(api, action.result, rows, is_surely_ours=not batch.found_again)
    return reading.says(doubted, with_report=with_report)


def _may_be_of(batch: BatchEntry, action: AsyncAction) -> bool:
    """Whether an action may be a batch's: not if it is of another kind, or older.

    The answer to a request may be another request's: a proxy's cache may repeat it.
    """
    if action.type is not None and action.type != JOB_TYPES[batch.route]:
        return False
    if action.created_ms is None or batch.intent_ms is None:
        return True
    return action.created_ms >= batch.intent_ms - _CLOCKS_APART_MS


class _Reading:
    def __init__(
        self, api: Api, result: JobResult, rows: Sequence[RowEntry], *, is_surely_ours: bool
    ) -> None:
        self._api = api
        self._result = result
        self._rows = {row.change.source_id: row for row in rows}
        self._is_surely_ours = is_surely_ours

    def says(self, doubted: Collection[int], *, with_report: bool) -> JobSays:
        says = JobSays(is_surely_ours=self._is_surely_ours)
        unnamed: list[BulkError] = []
        for error in self._result.errors:
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
            says.others_failed = None if failed is None else failed - len(says.outcomes)
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
        for link in self._result.reports:
            try:
                lines |= read_report(self._api, link)
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


def read_report(api: Api, link: Link) -> dict[str, dict[str, str]]:
    """A report file's lines by source_id, as title → text, both in lower case.

    Only the columns `found` and `updated` are documented: a file without source_ids is empty.
    """
    body = bytearray()

    def sink(chunk: bytes) -> None:
        if len(body) > _MAX_REPORT_BYTES:
            message = "The report file of an async action is larger than any is."
            raise ResponseError(message)
        if chunk:
            body.extend(chunk)
        else:
            body.clear()

    api.download(link, sink)
    text = io.StringIO(body.decode("utf-8-sig", "replace"), newline="")
    try:
        return _by_source_id(csv.reader(text))
    except csv.Error as error:
        message = f"The report file of an async action is no CSV ({error})."
        raise ResponseError(message) from None


def _by_source_id(lines: Iterator[list[str]]) -> dict[str, dict[str, str]]:
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
    text = "" if value is None else value if isinstance(value, str) else str(value)
    return text if len(text) <= _LONGEST_TEXT else text[: _LONGEST_TEXT - 1] + "…"


def _texts(errors: Sequence[BulkError]) -> str | None:
    counted = Counter(error_text(error) for error in errors)
    if not counted:
        return None
    told = [text for text, _ in counted.most_common(_TEXTS_TOLD)]
    more = f" (and {len(counted) - len(told)} other reasons)" if len(counted) > len(told) else ""
    return " | ".join(told) + more
