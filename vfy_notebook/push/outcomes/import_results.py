"""What became of each row of a CSV import, by what its action tells in the end.

https://docs.voucherify.io/api-reference/async-actions/get-async-action
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from vfy_notebook.journal.entries import Outcome

if TYPE_CHECKING:
    from collections.abc import Sequence

    from vfy_notebook.api.jobs import ImportFailure, JobResult


def import_outcomes(
    source_ids: Sequence[str], action_id: str, status: str, result: JobResult | None
) -> list[Outcome]:
    """Each row's outcome, in the order of the file: `imported`, `failed` or `unknown`.

    Rows that the result names have failed; the others have not, if its counts agree.

    Args:
        source_ids: Those of the file's rows.
        action_id: The import's async action.
        status: How it has ended.
        result: What it tells of itself.
    """
    # Of an import that failed as a whole, nobody knows how far it came.
    if result is None or status != "DONE":
        why = f"async action {action_id} ended as {status} and does not tell what became of the row"
        return [Outcome("unknown", why)] * len(source_ids)
    places = {source_id: at for at, source_id in enumerate(source_ids)}
    failures = {at: f for f in result.failed if (at := _place(f, places)) is not None}
    other = Outcome("imported", None, "job result")
    if result.done_count != len(source_ids) - len(failures):
        told = f"{result.failed_count} failures and names {len(failures)} rows"
        other = Outcome("unknown", f"the import counts {told}")
    return [
        Outcome("failed", _reason(failures[at]), "job result") if at in failures else other
        for at in range(len(source_ids))
    ]


def _place(failure: ImportFailure, places: dict[str, int]) -> int | None:
    """Where a failure's row stands in the file: by its number, or else by its source_id."""
    at = (failure.row or 0) - 1
    if 0 <= at < len(places):
        return at
    return places.get(failure.source_id or "")


def _reason(failure: ImportFailure) -> str:
    return "no reason was given" if failure.reason is None else str(failure.reason)
