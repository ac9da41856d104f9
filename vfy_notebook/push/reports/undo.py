"""Plans out of an earlier push: what takes it back, and what tries its failures again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vfy_notebook.edits.changes import Change
from vfy_notebook.edits.problems.problems import Problem, note

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from vfy_notebook.journal.entries import RowEntry


def undo_of(rows: Sequence[RowEntry]) -> tuple[list[Change], list[Problem]]:
    """The changes that put updated customers back, and what cannot be put back.

    Of whom nobody knows whether they were updated is among them: the customers themselves are
    looked at before a plan is made, and cells that are as they were before need nothing.
    """
    changes = [_reversed(row) for row in rows if _is_updated(row)]
    problems = []
    created = [row.now_id or row.change.label for row in rows if row.outcome == "created"]
    if created:
        problems.append(
            note(
                "created_stay",
                "Created by the push, and not deleted by an undo",
                created,
                way_out="See project.plan_deletion() if they are not wanted.",
                noun="customer",
            )
        )
    return changes, problems + _not_known(rows, "were updated", {None})


def known_until_ms(rows: Sequence[RowEntry]) -> int:
    """Changes of the updated rows after this may be unknown."""
    known = [_known_ms(row) for row in rows if _is_updated(row)]
    return min((ms for ms in known if ms is not None), default=0)


def _is_updated(row: RowEntry) -> bool:
    """Whether there may be something to take back."""
    return row.outcome in ("updated", "unknown")


def _known_ms(row: RowEntry) -> int | None:
    """The version up to which everything about a row is known."""
    is_known = row.updated_ms is not None and row.reason is None
    return row.updated_ms if is_known else row.change.unchanged_since_ms


def _reversed(row: RowEntry) -> Change:
    change = row.change
    return Change(
        label=change.label,
        customer_id=row.now_id or change.customer_id,
        source_id=change.source_id,
        # What the server has made of it is what it starts from.
        before={**change.after, **(row.shown or {})},
        after=dict(change.before),
        rest_of_metadata=change.rest_of_metadata,
        rest_of_address=change.rest_of_address,
        # Without a time of its own, or where others wrote at the same time, the customer is read.
        unchanged_since_ms=_known_ms(row),
        created_ms=change.created_ms,
    )


def retry_of(rows: Sequence[RowEntry]) -> tuple[list[Change], list[Problem]]:
    """The changes that failed, as they were."""
    changes = [row.change for row in rows if row.outcome == "failed"]
    return changes, _not_known(rows, "failed", {None, "unknown"})


def _not_known(
    rows: Sequence[RowEntry], what: str, outcomes: Collection[str | None]
) -> list[Problem]:
    labels = [row.change.label for row in rows if row.outcome in outcomes]
    if not labels:
        return []
    return [
        note(
            "unknown",
            f"Left out, because it is not known whether they {what}",
            labels,
            way_out="project.resume_push() may tell.",
            noun="customer",
        )
    ]
