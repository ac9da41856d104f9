"""The push journal: what a push will send, what it has sent, and the outcomes.

It is written before and after each request, so that a push that was cut off anywhere can be
continued (`project.resume_push`), reported and undone by another process. Entries older than
`keep_days` are removed when the journal is opened.
"""

from __future__ import annotations

import secrets
import time
from dataclasses import asdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Self

from vfy_notebook.edits.changes import Change
from vfy_notebook.errors import PlanError
from vfy_notebook.frames.json_text import dump, load
from vfy_notebook.journal.entries import (
    ENDED,
    FINISHED,
    PLANNED,
    SENDING,
    SENT,
    Batch,
    BatchEntry,
    Outcome,
    PushFacts,
    RowEntry,
    RowResult,
    SentConsent,
)
from vfy_notebook.journal.file import JournalFile

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from pathlib import Path
    from types import TracebackType

    from vfy_notebook.journal.entries import Batch

#: Days for which pushes and sent consents are kept.
KEEP_DAYS = 30


_OUTCOME = ("outcome", "reason", "learnt", "now_id", "updated_ms", "read_ms")


class Journal:
    """The journal of one project.

    Args:
        path: The SQLite file; it may hold the journals of other projects too.
        site: Which project: the API's address and the application ID.
        keep_days: Older entries are removed now.
        now: Gives seconds since the epoch.
        also_forget: Told the names of customers who are forgotten: whatever else this process
            keeps about them goes with it.
    """

    def __init__(
        self,
        path: Path,
        *,
        site: str,
        keep_days: int = KEEP_DAYS,
        now: Callable[[], float] = time.time,
        also_forget: Callable[[Iterable[str]], None] = lambda _names: None,
    ) -> None:
        self._also_forget = also_forget
        self._file = JournalFile(path)
        self._site = site
        self._now = now
        self._clean_up(now() - keep_days * 86_400)

    @property
    def path(self) -> Path:
        """Where the file lies."""
        return self._file.path

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _clean_up(self, oldest: float) -> None:
        old = self._file.read("SELECT push_id FROM pushes WHERE made_at < ?", oldest)
        stale = self._file.read("SELECT 1 FROM consents WHERE sent_at < ? LIMIT 1", oldest)
        if not old and not stale:
            return
        with self._file.step("clean up") as db:
            for table in ("rows", "batches", "pushes"):
                db.executemany(
                    f"DELETE FROM {table} WHERE push_id = ?",  # noqa: S608 - our own names
                    [(row["push_id"],) for row in old],
                )
            db.execute("DELETE FROM consents WHERE sent_at < ?", (oldest,))

    # -- a push's life -------------------------------------------------------------------------

    def begin(
        self,
        kind: str,
        facts: PushFacts,
        changes: Sequence[Change],
        batches: Sequence[Batch],
        left_out: Mapping[int, Outcome],
    ) -> str:
        """Enter a push with everything that it is going to send; gives its id."""
        push_id = f"push_{secrets.token_hex(8)}"
        in_batch = {p: number for number, batch in enumerate(batches) for p in batch.positions}
        with self._file.step("begin") as db:
            db.execute(
                "INSERT INTO pushes VALUES (?, ?, ?, ?, 1, ?)",
                (push_id, self._site, self._now(), kind, dump(asdict(facts)).decode()),
            )
            db.executemany(
                "INSERT INTO batches (push_id, number, route, state) VALUES (?, ?, ?, ?)",
                [(push_id, n, batch.route, PLANNED) for n, batch in enumerate(batches)],
            )
            db.executemany(
                "INSERT INTO rows (push_id, position, batch, customer_id, source_id, since_ms, "
                "created_ms, cells, outcome, reason) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    _row_values(push_id, p, in_batch.get(p), change, left_out.get(p))
                    for p, change in enumerate(changes)
                ),
            )
        return push_id

    def set_facts(self, push_id: str, facts: PushFacts) -> None:
        """Replace what holds for the push as a whole."""
        with self._file.step("facts") as db:
            db.execute(
                "UPDATE pushes SET facts = ? WHERE push_id = ?",
                (dump(asdict(facts)).decode(), push_id),
            )

    def change_row(self, push_id: str, position: int, change: Change) -> None:
        """Replace what is going to be sent for a customer."""
        values = _row_values(push_id, position, None, change, None)
        with self._file.step("change") as db:
            db.execute(
                "UPDATE rows SET source_id = ?, since_ms = ?, cells = ? "
                "WHERE push_id = ? AND position = ?",
                (change.source_id, change.unchanged_since_ms, values[7], push_id, position),
            )

    def sending(self, push_id: str, numbers: Iterable[int], intent_ms: int) -> None:
        """Enter that these requests are about to be sent."""
        with self._file.step("sending") as db:
            db.executemany(
                "UPDATE batches SET state = ?, intent_ms = ?, attempts = attempts + 1 "
                "WHERE push_id = ? AND number = ?",
                [(SENDING, intent_ms, push_id, number) for number in numbers],
            )

    def sent(self, push_id: str, number: int, action_id: str, *, found_again: bool = False) -> None:
        """Enter that the API has taken a request."""
        with self._file.step("sent") as db:
            db.execute(
                "UPDATE batches SET state = ?, action_id = ?, found_again = ? "
                "WHERE push_id = ? AND number = ?",
                (SENT, action_id, found_again, push_id, number),
            )

    def to_be_sent_again(self, push_id: str, number: int) -> None:
        """Enter that a request's job was not ours, or did nothing."""
        with self._file.step("again") as db:
            db.execute(
                "UPDATE batches SET state = ?, action_id = NULL, found_again = 0, ended_as = NULL "
                "WHERE push_id = ? AND number = ?",
                (PLANNED, push_id, number),
            )

    def ended(self, push_id: str, statuses: Mapping[int, str]) -> None:
        """Enter how the actions of these batches have ended."""
        with self._file.step("ended") as db:
            db.executemany(
                "UPDATE batches SET state = ?, ended_as = ? WHERE push_id = ? AND number = ?",
                [(ENDED, status, push_id, number) for number, status in statuses.items()],
            )

    def enter_outcomes(
        self, push_id: str, outcomes: Mapping[int, Outcome], *, batches: Iterable[int] = ()
    ) -> None:
        """Enter rows' outcomes by position, and the batches that are finished with them."""
        with self._file.step("outcomes") as db:
            db.executemany(
                "UPDATE rows SET outcome = ?, reason = ?, learnt = ?, now_id = ?, updated_ms = ?, "
                "read_ms = ? WHERE push_id = ? AND position = ?",
                [
                    (*(getattr(outcome, name) for name in _OUTCOME), push_id, position)
                    for position, outcome in outcomes.items()
                ],
            )
            db.executemany(
                "UPDATE batches SET state = ? WHERE push_id = ? AND number = ?",
                [(FINISHED, push_id, number) for number in batches],
            )

    def close_push(self, push_id: str) -> None:
        """Enter that there is nothing left to do."""
        with self._file.step("close") as db:
            db.execute("UPDATE pushes SET is_open = 0 WHERE push_id = ?", (push_id,))

    # -- reading -------------------------------------------------------------------------------

    def open_pushes(self) -> list[str]:
        """Pushes of this project that are not finished, oldest first."""
        found = self._file.read(
            "SELECT push_id FROM pushes WHERE site = ? AND is_open ORDER BY made_at", self._site
        )
        return [row["push_id"] for row in found]

    def is_open(self, push_id: str) -> bool:
        """Whether there is something left to do."""
        return push_id in self.open_pushes()

    def facts(self, push_id: str) -> PushFacts:
        """What holds for a push as a whole.

        Raises:
            PlanError: The journal does not have it.
        """
        found = self._file.read(
            "SELECT facts FROM pushes WHERE push_id = ? AND site = ?", push_id, self._site
        )
        if not found:
            message = (
                f"The journal at {self._file.path} has no push {push_id!r} of this project: it "
                f"may be older than {KEEP_DAYS} days, or have been made with another journal."
            )
            raise PlanError(message)
        return PushFacts(**load(found[0]["facts"]))

    def batches(self, push_id: str) -> list[BatchEntry]:
        """All requests of a push."""
        found = self._file.read("SELECT * FROM batches WHERE push_id = ? ORDER BY number", push_id)
        return [
            BatchEntry(
                row["number"],
                row["route"],
                row["state"],
                row["attempts"],
                row["intent_ms"],
                row["action_id"],
                bool(row["found_again"]),
                row["ended_as"],
            )
            for row in found
        ]

    def rows(self, push_id: str, batch: int | None = None) -> list[RowEntry]:
        """The customers of a push, or of one of its batches."""
        narrowed = "" if batch is None else " AND batch = ?"
        values = (push_id,) if batch is None else (push_id, batch)
        found = self._file.read(
            f"SELECT * FROM rows WHERE push_id = ?{narrowed} ORDER BY position",  # noqa: S608
            *values,
        )
        return [_row_entry(row) for row in found]

    def outcomes(self, push_id: str) -> list[RowResult]:
        """The customers of a push without their cells, which a report does not need."""
        found = self._file.read(
            "SELECT batch, coalesce(now_id, customer_id) AS customer_id, source_id, outcome, "
            "reason, learnt FROM rows WHERE push_id = ? ORDER BY position",
            push_id,
        )
        return [RowResult(*row) for row in found]

    def count(self, push_id: str) -> int:
        """How many customers of a push are to be sent."""
        found = self._file.read(
            "SELECT count(*) FROM rows WHERE push_id = ? AND batch IS NOT NULL", push_id
        )
        return int(found[0][0])

    def claimed_actions(self) -> set[str]:
        """Async actions that are known to belong to a batch of any push."""
        found = self._file.read("SELECT action_id FROM batches WHERE action_id IS NOT NULL")
        return {row["action_id"] for row in found}

    # -- consents ------------------------------------------------------------------------------

    def log_consents(self, customer: str, consents: Mapping[str, bool], *, outcome: str) -> None:
        """Remember what was sent for a customer, now.

        Args:
            customer: Its id or source_id, as it was addressed.
            consents: What was sent: consent id → given (True) or withdrawn (False).
            outcome: What became of the request.
        """
        with self._file.step("consents") as db:
            db.execute(
                "INSERT INTO consents (site, customer, sent_at, consents, outcome) "
                "VALUES (?, ?, ?, ?, ?)",
                (self._site, customer, self._now(), dump(dict(consents)).decode(), outcome),
            )

    def last_consents(
        self, customers: Iterable[str], *, outcomes: Sequence[str] = ("sent",)
    ) -> dict[str, dict[str, SentConsent]]:
        """What was last sent from here: customer → consent id → what and when.

        Customers are addressed as they were when it was sent; those of whom nothing is known
        are left out.
        """
        last: dict[str, dict[str, SentConsent]] = {}
        for customer in customers:
            found = self._file.read(
                "SELECT sent_at, consents, outcome FROM consents "
                "WHERE site = ? AND customer = ? ORDER BY number",
                self._site,
                customer,
            )
            for row in found:
                if row["outcome"] not in outcomes:
                    continue
                when = datetime.fromtimestamp(row["sent_at"], tz=UTC)
                for consent, given in load(row["consents"]).items():
                    last.setdefault(customer, {})[consent] = SentConsent(given, when)
        return last

    # -- forgetting ----------------------------------------------------------------------------

    def forget_customer(self, customer_id: str | None, source_id: str | None) -> None:
        """Remove every byte about a customer of this project, as permanent deletion demands.

        Reports of earlier pushes lose its rows; what was to be sent for it is not sent.
        """
        who = [name for name in (customer_id, source_id) if name]
        self._also_forget(who)
        marks = ",".join("?" * len(who))
        ours = "push_id IN (SELECT push_id FROM pushes WHERE site = ?)"
        with self._file.step("forget") as db:
            # An error that names no customer is the reason of all rows of its request, and may
            # quote any of them.
            db.execute(
                "UPDATE rows SET reason = 'removed with a deleted customer' "  # noqa: S608
                f"WHERE reason IS NOT NULL AND {ours} AND (push_id, batch) IN "
                f"(SELECT push_id, batch FROM rows WHERE customer_id IN ({marks}) "
                f"OR source_id IN ({marks}) OR now_id IN ({marks}))",
                (self._site, *who, *who, *who),
            )
            db.execute(
                f"DELETE FROM rows WHERE {ours} AND (customer_id IN ({marks}) "  # noqa: S608
                f"OR source_id IN ({marks}) OR now_id IN ({marks}))",
                (self._site, *who, *who, *who),
            )
            db.execute(
                f"DELETE FROM consents WHERE site = ? AND customer IN ({marks})",  # noqa: S608
                (self._site, *who),
            )
        self._file.shrink()


def _row_values(
    push_id: str, position: int, batch: int | None, change: Change, left_out: Outcome | None
) -> tuple[Any, ...]:
    cells = [
        change.label,
        change.before,
        change.after,
        change.rest_of_metadata,
        change.rest_of_address,
    ]
    return (
        push_id,
        position,
        batch,
        change.customer_id,
        change.source_id,
        change.unchanged_since_ms,
        change.created_ms,
        dump(cells).decode(),
        None if left_out is None else left_out.outcome,
        None if left_out is None else left_out.reason,
    )


def _row_entry(row: sqlite3.Row) -> RowEntry:
    label, before, after, rest_of_metadata, rest_of_address = load(row["cells"])
    change = Change(
        label=label,
        customer_id=row["customer_id"],
        source_id=row["source_id"],
        before=before,
        after=after,
        rest_of_metadata=rest_of_metadata,
        rest_of_address=rest_of_address,
        unchanged_since_ms=row["since_ms"],
        created_ms=row["created_ms"],
    )
    told = {name: row[name] for name in _OUTCOME}
    return RowEntry(row["position"], row["batch"], change, **told)
