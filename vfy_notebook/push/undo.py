"""Plans out of an earlier push: what takes it back, and what tries its failures again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vfy_notebook.edits.changes import Change
from vfy_notebook.edits.problems import Problem

if TYPE_CHECKING:
    from collections.abc import Sequence

    from vfy_notebook.journal.entries import RowEntry

#: The server's time is known to the second only.
_SECOND_MS = 1000


def undo_of(rows: Sequence[RowEntry]) -> tuple[list[Change], list[Problem]]:
    """The changes that put updated customers back, and what cannot be put back."""
    changes = [_reversed(row) for row in rows if row.outcome == "updated"]
    problems = []
    created = [row.now_id or row.change.label for row in rows if row.outcome == "created"]
    if created:
        problems.append(
            Problem(
                "created_stay",
                "Created by the push, and not deleted by an undo",
                blocks=False,
                customers=tuple(created),
                way_out="See project.plan_deletion() if they are not wanted.",
                noun="customer",
            )
        )
    return changes, problems + _not_known(rows, "were updated")


def known_until_ms(rows: Sequence[RowEntry]) -> int:
    """Whatever the server has changed later than this is not known of the updated rows.

    Rows that were read together are known up to the newest change among them, if each showed its
    own: a listing from there on is short, though they were all updated in the same second.
    """
    together: dict[int, list[int | None]] = {}
    for row in rows:
        if row.outcome == "updated":
            together.setdefault(row.read_ms or 0, []).append(row.updated_ms)
    return min((_known_until(*group) for group in together.items()), default=0)


def _known_until(read_ms: int, updated: Sequence[int | None]) -> int:
    if all(ms is None for ms in updated):
        return read_ms + _SECOND_MS
    if any(ms is None for ms in updated):
        return read_ms
    same_second = [ms for ms in updated if ms is not None and ms < read_ms + _SECOND_MS]
    return max([read_ms, *same_second])


def _reversed(row: RowEntry) -> Change:
    change = row.change
    since_ms = row.updated_ms
    if since_ms is None:
        # Its own time was not read: whatever came after the outcomes were is another's.
        since_ms = (row.read_ms or 0) + _SECOND_MS
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
    return changes, _not_known(rows, "failed")


def _not_known(rows: Sequence[RowEntry], what: str) -> list[Problem]:
    labels = [row.change.label for row in rows if row.outcome in (None, "unknown")]
    if not labels:
        return []
    return [
        Problem(
            "unknown",
            f"Left out, because it is not known whether they {what}",
            blocks=False,
            customers=tuple(labels),
            way_out="project.resume_push() may tell.",
            noun="customer",
        )
    ]
