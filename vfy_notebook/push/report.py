"""What became of each customer of a push."""

from __future__ import annotations

import html
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import pandas as pd

from vfy_notebook.errors import PushFailed
from vfy_notebook.push.journal import PLANNED, SENDING, SENT

if TYPE_CHECKING:
    from collections.abc import Sequence

    from vfy_notebook.push.journal import BatchEntry, RowFate
    from vfy_notebook.push.plan import PushPlan

OUTCOMES = ("updated", "created", "failed", "skipped", "unknown")

#: So many rows that failed are shown.
_SHOWN = 20

_COLUMNS = (
    "customer_id",
    "source_id",
    "route",
    "outcome",
    "reason",
    "async_action_id",
    "learnt",
)


class Planner(Protocol):
    """What makes plans out of an earlier push."""

    def plan_undo(self, push_id: str | None, *, on_conflict: str) -> PushPlan:
        """Plan what takes a push back."""

    def plan_retry(self, push_id: str | None, *, max_records: int | None) -> PushPlan:
        """Plan what failed in a push."""


@dataclass(frozen=True)
class PushReport:
    """What became of each customer of a push.

    Attributes:
        push_id: The push's name in the journal; None if there was nothing to push.
        rows: One row per changed customer, in the order of the plan: `customer_id`, `source_id`,
            `route` (`metadata`, `bulk`, `put`; NA for those left out), `outcome` (`updated`,
            `created`, `failed`, `skipped`, `unknown`), `reason`, `async_action_id`, and `learnt`:
            how the outcome is known (`read back`, `export`, `time of update`, `report`,
            `job result`, `answer`; see the documentation of pushes).
        is_finished: Whether nothing is left that `project.resume_push` could do.

    >>> customers = project.fetch_customers(limit=3, progress=False)
    >>> plan = project.plan_push(customers, customers.assign(description="Seen at the fair"))
    >>> report = plan.push(progress=False)
    >>> report.rows["outcome"].tolist(), len(report.failed)
    (['updated', 'updated', 'updated'], 0)
    """

    push_id: str | None
    rows: pd.DataFrame
    is_finished: bool
    _planner: Planner

    @property
    def failed(self) -> pd.DataFrame:
        """The rows that failed."""
        return self.rows[self.rows["outcome"] == "failed"]

    @property
    def counts(self) -> dict[str, int]:
        """Outcome → number of customers; outcomes that nobody has are left out."""
        found = self.rows["outcome"].value_counts()
        return {outcome: int(found[outcome]) for outcome in OUTCOMES if outcome in found}

    def raise_if_failed(self) -> None:
        """Raise if a row failed, or if one's fate is unknown.

        Raises:
            PushFailed: With this report in `report`.
        """
        counts = self.counts
        bad = counts.get("failed", 0) + counts.get("unknown", 0)
        if not bad:
            return
        first = self.rows[self.rows["outcome"].isin(["failed", "unknown"])].iloc[0]
        who = first["customer_id"] if pd.notna(first["customer_id"]) else first["source_id"]
        message = (
            f"{counts.get('failed', 0):,} customers failed and {counts.get('unknown', 0):,} are "
            f"unknown, of {len(self.rows):,}; the first is {who}: {first['reason']}. "
            "See report.failed; report.plan_retry() plans them again, project.resume_push() "
            "looks for the unknown ones."
        )
        raise PushFailed(message, report=self)

    def plan_undo(self, *, on_conflict: str = "refuse") -> PushPlan:
        """Plan what puts every updated customer back to what it was before.

        Created customers stay, and so do metadata keys that did not exist before: they become
        null. The plan's `problems` say so. Customers changed by others since are conflicts.

        Args:
            on_conflict: As in `project.plan_push`.

        Cost in API calls: that of `project.plan_push`, without the metadata schema.
        """
        return self._planner.plan_undo(self.push_id, on_conflict=on_conflict)

    def plan_retry(self, *, max_records: int | None = None) -> PushPlan:
        """Plan the failed rows again, and nothing else.

        Args:
            max_records: Most customers a request; None is what it was.

        Cost in API calls: that of `project.plan_push`, without the metadata schema.
        """
        return self._planner.plan_retry(self.push_id, max_records=max_records)

    def __repr__(self) -> str:
        return f"<PushReport: {self._summary()}>"

    def _summary(self) -> str:
        told = ", ".join(f"{count:,} {outcome}" for outcome, count in self.counts.items())
        return (told or "nothing to push") + ("" if self.is_finished else "; not finished")

    def _repr_html_(self) -> str:
        bad = self.rows[~self.rows["outcome"].isin(["updated", "created"])]
        head = f"<p><b>Push</b>: {html.escape(self._summary())}</p>"
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
    return "" if pd.isna(value) else html.escape(str(value))  # type: ignore[call-overload]


def report_rows(rows: Sequence[RowFate], batches: Sequence[BatchEntry]) -> pd.DataFrame:
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


def _told(row: RowFate, batch: BatchEntry | None) -> tuple[str | None, ...]:
    outcome, reason = row.outcome, row.reason
    if outcome is None:
        outcome, reason = _not_known_yet(batch)
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
