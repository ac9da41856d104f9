"""The rows of a push's report, from what the journal holds, and how they show."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from vfy_notebook.journal.entries import PLANNED, SENDING, SENT
from vfy_notebook.push.imports import CSV, WHY_LEFT
from vfy_notebook.shown_text import shown_html

if TYPE_CHECKING:
    from collections.abc import Sequence

    from vfy_notebook.journal.entries import BatchEntry, RowResult

#: So many rows that failed are shown.
_SHOWN = 20

OUTCOMES = ("updated", "created", "imported", "failed", "skipped", "unknown")

_COLUMNS = (
    "customer_id",
    "source_id",
    "route",
    "outcome",
    "reason",
    "async_action_id",
    "learnt",
)


def report_rows(rows: Sequence[RowResult], batches: Sequence[BatchEntry]) -> pd.DataFrame:
    """The rows of a report, from what the journal holds."""
    by_number = {batch.number: batch for batch in batches}
    told = [_told(row, None if row.batch is None else by_number[row.batch]) for row in rows]
    columns = list(zip(*told, strict=True)) if told else [()] * len(_COLUMNS)
    return pd.DataFrame(
        {
            name: pd.array(list(values), dtype="str")
            for name, values in zip(_COLUMNS, columns, strict=True)
        }
    )


def _told(row: RowResult, batch: BatchEntry | None) -> tuple[str | None, ...]:
    outcome, reason = row.outcome, row.reason
    if outcome is None:
        outcome, reason = _not_known_yet(batch)
        if batch is not None and batch.route == CSV:
            reason = WHY_LEFT.get(batch.state, reason)
    return (
        row.customer_id,
        row.source_id,
        None if batch is None else batch.route,
        outcome,
        reason,
        None if batch is None else batch.action_id,
        row.learnt,
    )


def _not_known_yet(batch: BatchEntry | None) -> tuple[str, str]:
    """What is known of a row whose push was cut off, or whose job does not end."""
    state = PLANNED if batch is None else batch.state
    action = "" if batch is None or batch.action_id is None else f" {batch.action_id}"
    if state == PLANNED:
        return "skipped", "not sent: the push was cut off before; project.resume_push() sends it"
    if state == SENDING:
        return "unknown", "sent without an answer; project.resume_push() looks for its job"
    if state == SENT:
        return "unknown", f"async action{action} has not ended; project.resume_push() looks again"
    return "unknown", "its outcome was not read yet; project.resume_push() does"


def empty_rows() -> pd.DataFrame:
    """The rows of a push that had nothing to push."""
    return report_rows([], [])


def report_html(title: str, summary: str, rows: pd.DataFrame) -> str:
    """A report in a cell: its summary, and the first rows that were not changed."""
    bad = rows[~rows["outcome"].isin(["updated", "created", "imported"])]
    head = f"<p><b>{shown_html(title)}</b>: {shown_html(summary)}</p>"
    if bad.empty:
        return head
    lines = "".join(
        f"<tr><td>{_cell(row.customer_id)}</td><td>{_cell(row.source_id)}</td>"
        f"<td>{_cell(row.outcome)}</td><td>{_cell(row.reason)}</td></tr>"
        for row in bad.head(_SHOWN).itertuples()
    )
    rest = len(bad) - _SHOWN
    more = f"<p>and {rest:,} more: see report.rows</p>" if rest > 0 else ""
    titles = "".join(f"<th>{t}</th>" for t in ("customer_id", "source_id", "outcome", "reason"))
    return f"{head}<table><thead><tr>{titles}</tr></thead><tbody>{lines}</tbody></table>{more}"


def _cell(value: object) -> str:
    return "" if pd.isna(value) else shown_html(value)  # type: ignore[call-overload]
