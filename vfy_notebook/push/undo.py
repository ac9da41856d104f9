"""Plans out of an earlier push: what takes it back, and what tries its failures again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vfy_notebook.push.changes import Change
from vfy_notebook.push.problems import Problem, named

if TYPE_CHECKING:
    from collections.abc import Sequence

    from vfy_notebook.push.journal import PushFacts, RowEntry

#: The server's time is known to the second only.
_SECOND_MS = 1000


def undo_of(facts: PushFacts, rows: Sequence[RowEntry]) -> tuple[list[Change], list[Problem]]:
    """The changes that put updated customers back, and what cannot be put back."""
    changes = [_reversed(row, facts) for row in rows if row.outcome == "updated"]
    problems = []
    created = [row.now_id or row.change.label for row in rows if row.outcome == "created"]
    if created:
        problems.append(
            Problem(
                "created_stay",
                f"{named(created)} were created by the push and stay: delete them with "
                "project.plan_deletion() if they are not wanted.",
                blocks=False,
                customers=tuple(created),
            )
        )
    open_ = [row.change.label for row in rows if row.outcome in (None, "unknown")]
    if open_:
        problems.append(
            Problem(
                "unknown",
                f"It is not known whether {named(open_)} were updated: they are left out. "
                "project.resume_push() may tell.",
                blocks=False,
                customers=tuple(open_),
            )
        )
    return changes, problems


def _reversed(row: RowEntry, facts: PushFacts) -> Change:
    change = row.change
    since_ms = row.updated_ms
    if since_ms is None:
        # Its own time was not read: whatever came after the outcomes were is another's.
        since_ms = (facts.read_back_ms or facts.as_of_ms) + _SECOND_MS
    return Change(
        label=change.label,
        customer_id=row.now_id or change.customer_id,
        source_id=change.source_id,
        before=dict(change.after),
        after=dict(change.before),
        rest_of_metadata=change.rest_of_metadata,
        rest_of_address=change.rest_of_address,
        unchanged_since_ms=since_ms,
        created_ms=change.created_ms,
    )


def retry_of(rows: Sequence[RowEntry]) -> tuple[list[Change], list[Problem]]:
    """The changes that failed, as they were."""
    changes = [row.change for row in rows if row.outcome == "failed"]
    open_ = [row.change.label for row in rows if row.outcome in (None, "unknown")]
    if not open_:
        return changes, []
    note = Problem(
        "unknown",
        f"It is not known whether {named(open_)} failed: they are left out. "
        "project.resume_push() may tell.",
        blocks=False,
        customers=tuple(open_),
    )
    return changes, [note]
