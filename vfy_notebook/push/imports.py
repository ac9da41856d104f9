"""CSV imports in the journal: found among the pushes, and followed to their end by any process.

The journal has the source_id of each row and the async action, and nothing else of the file: what
the profiles were before is not known, so an import cannot be taken back.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from vfy_notebook.edits.changes import Change
from vfy_notebook.errors import PlanError
from vfy_notebook.journal.entries import (
    FINISHED,
    PLANNED,
    SENDING,
    Batch,
    BatchEntry,
    Outcome,
    PushFacts,
)
from vfy_notebook.push.outcomes.async_actions import follow
from vfy_notebook.push.outcomes.import_results import import_outcomes

if TYPE_CHECKING:
    from collections.abc import Sequence

    from vfy_notebook.api.jobs import JobResult
    from vfy_notebook.api.operations import Api
    from vfy_notebook.journal.journal import Journal

#: The kind of such an entry, and the route of its only request.
IMPORT, CSV = "import", "csv"

#: The number of that request.
ONLY_BATCH = 0

#: What is told of the rows of an upload of which no answer has come, by its state.
WHY_LEFT = {
    PLANNED: "not sent: the import was cut off before; import the file or frame again",
    SENDING: "sent without an answer; import the same file or frame again, which gives the same "
    "profiles",
}


def begin_import(
    journal: Journal, push_id: str, source_ids: Sequence[str], *, since_ms: int
) -> None:
    """Enter an import that is about to be uploaded.

    Raises:
        JournalError: It could not be written; nothing was sent.
    """
    changes = [
        Change(label=source_id, customer_id=None, source_id=source_id, before={}, after={})
        for source_id in source_ids
    ]
    batch = Batch(CSV, tuple(range(len(changes))))
    facts = PushFacts(started_ms=since_ms)
    journal.begin(IMPORT, facts, changes, [batch], {}, push_id=push_id)
    journal.sending(push_id, [ONLY_BATCH], since_ms)


def end_import(
    journal: Journal, push_id: str, status: str, result: JobResult | None
) -> list[Outcome]:
    """Enter how an import has ended; gives the outcome of each row."""
    (batch,) = journal.batches(push_id)
    source_ids = [row.source_id or "" for row in journal.outcomes(push_id)]
    outcomes = import_outcomes(source_ids, batch.action_id or "", status, result)
    journal.ended(push_id, {batch.number: status})
    _close(journal, push_id, batch, outcomes)
    return outcomes


def finish_import(api: Api, journal: Journal, push_id: str, *, patience_s: float) -> None:
    """Follow an import that was cut off to its end; what was not sent stays so.

    Raises:
        VfyNotebookError: It could not be followed; the journal holds all that is known.
    """
    (batch,) = journal.batches(push_id)
    count = len(journal.outcomes(push_id))
    if batch.state == PLANNED:
        _close(journal, push_id, batch, [Outcome("skipped", WHY_LEFT[PLANNED])] * count)
    elif batch.state == SENDING:
        _close(journal, push_id, batch, [Outcome("unknown", WHY_LEFT[SENDING])] * count)
    elif batch.state == FINISHED:
        journal.close_push(push_id)
    elif batch.action_id is not None:
        followed = follow(api, [batch.action_id], queued_since_ms=0, patience_s=patience_s)
        status = followed.statuses.get(batch.action_id)
        if status is not None:
            action = followed.results.get(batch.action_id)
            end_import(journal, push_id, status, None if action is None else action.result)


def _close(journal: Journal, push_id: str, batch: BatchEntry, outcomes: Sequence[Outcome]) -> None:
    journal.enter_outcomes(push_id, dict(enumerate(outcomes)), batches=[batch.number])
    journal.close_push(push_id)


def refuse_import(kind: str) -> None:
    """Refuse to plan anything out of an import.

    Raises:
        PlanError: It is one.
    """
    if kind == IMPORT:
        message = (
            "This is a CSV import: it has overwritten whole profiles, and the journal does not "
            "have what they were before, nor the file. To send failed rows again, give them to "
            "import_csv(), or to plan_push(), whose pushes can be undone."
        )
        raise PlanError(message)
