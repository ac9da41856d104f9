"""The push journal: what a push will send, what it has sent, and the outcomes.

It is written before and after each request, so that a push that was cut off anywhere can be
continued (`project.resume_push`), reported and undone by another process. Finished pushes and sent
consents older than `keep_days` are removed when the journal is opened, if this computer's clock and
the server's agree that they are so old: one clock that is wrong for a while loses nothing.
"""

from __future__ import annotations

import secrets
import time
from dataclasses import asdict, replace
from datetime import UTC, datetime
from hashlib import blake2b
from typing import TYPE_CHECKING, Any, Self

from vfy_notebook.api.project_marks import ProjectMarks
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
    PushEntry,
    PushFacts,
    RowEntry,
    RowResult,
    SegmentEntry,
    SentConsent,
)
from vfy_notebook.journal.file import JournalFile, RunLock
from vfy_notebook.journal.sites import Sites

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from pathlib import Path

#: Days for which pushes and sent consents are kept.
KEEP_DAYS = 30


_OUTCOME = ("outcome", "reason", "learnt", "now_id", "updated_ms", "read_ms", "shown")


class Journal:
    """The journal of one project.

    Args:
        path: The SQLite file; it may hold the journals of other projects too.
        site: Which project: the API's address and the application ID.
        marks: What tells the project from others, whatever its key and address: what has been
            written under another key, or another spelling of the address, is found too.
        keep_days: Older entries are removed now.
        now: Gives seconds since the epoch, by this computer.
        server_ms: Gives milliseconds since the epoch by the server's clock; None: not known yet.
        also_forget: Told the names of customers who are forgotten: whatever else this process
            keeps about them goes with it.
    """

    def __init__(
        self,
        path: Path,
        *,
        site: str,
        marks: ProjectMarks | None = None,
        keep_days: int = KEEP_DAYS,
        now: Callable[[], float] = time.time,
        server_ms: Callable[[], int | None] = lambda: None,
        also_forget: Callable[[Iterable[str]], None] = lambda _names: None,
    ) -> None:
        self._also_forget = also_forget
        self._file = JournalFile(path)
        self._site = site
        self._now = now
        self._server_ms = server_ms
        self._sites = Sites(self._file, site, marks or ProjectMarks())
        self._clean_up(keep_days * 86_400)

    @property
    def path(self) -> Path:
        """Where the file lies."""
        return self._file.path

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _clean_up(self, keep_s: float) -> None:
        server_ms = self._server_ms()
        if server_ms is None:
            return
        oldest = (self._now() - keep_s, server_ms - keep_s * 1000)
        is_old = "made_at < ? AND made_ms < ?"
        found = self._file.read(
            f"SELECT push_id FROM pushes WHERE NOT is_open AND {is_old}",  # noqa: S608
            *oldest,
        )
        is_stale = "sent_at < ? AND sent_ms < ?"
        stale = self._file.read(f"SELECT 1 FROM consents WHERE {is_stale} LIMIT 1", *oldest)  # noqa: S608
        unanswered = self._file.read(f"SELECT 1 FROM segments WHERE {is_old} LIMIT 1", *oldest)  # noqa: S608
        if not found and not stale and not unanswered:
            return
        with self._file.step("clean up") as db:
            for row in found:
                _remove(db, row["push_id"])
            db.execute(f"DELETE FROM consents WHERE {is_stale}", oldest)  # noqa: S608
            db.execute(f"DELETE FROM segments WHERE {is_old}", oldest)  # noqa: S608

    # -- one at a time -------------------------------------------------------------------------

    def lock_push(self, push_id: str) -> RunLock:
        """What a process holds while it runs a push."""
        return RunLock(self.path, push_id, f"Push {push_id}")

    def lock_segment(self, name: str) -> RunLock:
        """What a process holds while it makes a segment of this name."""
        digest = blake2b(f"{self._site} {name}".encode(), digest_size=16).hexdigest()
        return RunLock(self.path, f"segment_{digest}", f"Making the segment {name!r}")

    # -- a push's life -------------------------------------------------------------------------

    def begin(
        self,
        kind: str,
        facts: PushFacts,
        changes: Sequence[Change],
        batches: Sequence[Batch],
        left_out: Mapping[int, Outcome],
        *,
        push_id: str | None = None,
    ) -> str:
        """Enter a push with everything that it is going to send; gives its id."""
        push_id = push_id or new_push_id()
        facts = replace(facts, file_number=self._file.number)
        in_batch = {p: number for number, batch in enumerate(batches) for p in batch.positions}
        with self._file.step("begin") as db:
            db.execute(
                "INSERT INTO pushes (push_id, site, made_at, made_ms, kind, is_open, facts) "
                "VALUES (?, ?, ?, ?, ?, 1, ?)",
                (
                    push_id,
                    self._site,
                    self._now(),
                    self._server_ms(),
                    kind,
                    dump(asdict(facts)).decode(),
                ),
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

    def discard(self, push_id: str) -> None:
        """Remove a push of which nothing was sent."""
        with self._file.step("discard") as db:
            _remove(db, push_id)

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
                "read_ms = ?, shown = ? WHERE push_id = ? AND position = ?",
                [
                    (*_outcome_values(outcome), push_id, position)
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

    def pushes(self) -> list[PushEntry]:
        """All pushes of this project, oldest first."""
        found = self._read_ours("pushes", "number > 0 ORDER BY number")
        return [_push_entry(row) for row in found]

    def open_pushes(self) -> list[str]:
        """Pushes of this project that are not finished, oldest first."""
        return [push.push_id for push in self.pushes() if push.is_open]

    def push(self, push_id: str) -> PushEntry:
        """One push.

        Raises:
            PlanError: The journal does not have it.
        """
        found = self._read_ours("pushes", "push_id = ?", push_id)
        if not found:
            message = (
                f"The journal at {self._file.path} has no push {push_id!r} of this project: it "
                f"may be older than {KEEP_DAYS} days, or have been made with another journal. "
                f"project.pushes() lists those it has.{self._elsewhere()}"
            )
            raise PlanError(message)
        return _push_entry(found[0])

    def is_open(self, push_id: str) -> bool:
        """Whether there is something left to do."""
        return self.push(push_id).is_open

    def is_copied(self, push_id: str) -> bool:
        """Whether a push was entered into another file, of which this one is a copy."""
        return self.facts(push_id).file_number not in {None, self._file.number}

    def facts(self, push_id: str) -> PushFacts:
        """What holds for a push as a whole.

        Raises:
            PlanError: The journal does not have it.
        """
        return self.push(push_id).facts

    def batches(self, push_id: str) -> list[BatchEntry]:
        """All requests of a push."""
        found = self._file.read_checked("batches", "push_id = ? ORDER BY number", push_id)
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
        where = f"push_id = ?{narrowed} ORDER BY position"
        return [_row_entry(row) for row in self._file.read_checked("rows", where, *values)]

    def outcomes(self, push_id: str) -> list[RowResult]:
        """The customers of a push without their cells, which a report does not need."""
        return [
            RowResult(
                row["batch"],
                row["now_id"] or row["customer_id"],
                row["source_id"],
                row["outcome"],
                row["reason"],
                row["learnt"],
            )
            for row in self._file.read_checked("rows", "push_id = ? ORDER BY position", push_id)
        ]

    @property
    def could_know_more(self) -> bool:
        """Whether there are entries that may be this project's, if one knew more of its marks."""
        return self._sites.are_undecided()

    def learn(self) -> None:
        """Heed marks that have come to be known since it was opened."""
        self._sites.learn()

    @property
    def _is_ours(self) -> str:
        """What holds for this project's entries, in SQL; its values are the sites."""
        return f"site IN ({','.join('?' * len(self._sites.ours))})"

    def _read_ours(self, table: str, where: str, *values: object) -> list[sqlite3.Row]:
        """This project's rows of a table, whatever the key and address under which they came."""
        where = f"{self._is_ours} AND {where}"
        return self._file.read_checked(table, where, *self._sites.ours, *values)

    def _elsewhere(self) -> str:
        """Where else the journal has pushes of, in a sentence; empty if nowhere."""
        found = self._file.read(
            "SELECT site, count(*) AS pushes FROM pushes "  # noqa: S608 - our own
            f"WHERE NOT {self._is_ours} GROUP BY site",
            *self._sites.ours,
        )
        if not found:
            return ""
        shown = "; ".join(f"{row['site']} ({row['pushes']:,})" for row in found)
        return (
            f" It has pushes of other connections: {shown}. If one of them is this project under "
            "an earlier key or address, project.adopt_pushes(…) with its name makes them this "
            "project's."
        )

    def adopt(self, site: str) -> int:
        """Make another site's entries this project's; gives the number of its pushes."""
        with self._file.step("adopt") as db:
            moved = db.execute("UPDATE pushes SET site = ? WHERE site = ?", (self._site, site))
            for table in ("consents", "deletions", "receipts", "segments"):
                db.execute(
                    f"UPDATE {table} SET site = ? WHERE site = ?",  # noqa: S608 - our own names
                    (self._site, site),
                )
            db.execute("DELETE FROM sites WHERE site = ?", (site,))
        return moved.rowcount

    def counts(self, push_id: str) -> dict[str | None, int]:
        """Outcome → number of customers of a push; None: not known yet."""
        found = self._file.read(
            "SELECT outcome, count(*) AS customers FROM rows WHERE push_id = ? GROUP BY outcome",
            push_id,
        )
        return {row["outcome"]: row["customers"] for row in found}

    def count(self, push_id: str) -> int:
        """How many customers of a push are to be sent."""
        found = self._file.read(
            "SELECT count(*) FROM rows WHERE push_id = ? AND batch IS NOT NULL", push_id
        )
        return int(found[0][0])

    def claimed_actions(self) -> set[str]:
        """Async actions that are known to belong to a batch of any push of this project."""
        found = self._file.read(
            "SELECT action_id FROM batches JOIN pushes USING (push_id) "  # noqa: S608 - our own
            f"WHERE action_id IS NOT NULL AND {self._is_ours}",
            *self._sites.ours,
        )
        return {row["action_id"] for row in found}

    def push_of_action(self, action_id: str) -> str | None:
        """The push of this project to which an async action belongs; None: nobody knows it."""
        found = self._file.read("SELECT push_id FROM batches WHERE action_id = ?", action_id)
        ours = {push.push_id for push in self.pushes()}
        return next((row["push_id"] for row in found if row["push_id"] in ours), None)

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
                "INSERT INTO consents (site, customer, sent_at, sent_ms, consents, outcome) "
                "VALUES (?, ?, ?, ?, ?, ?)",
                (
                    self._site,
                    customer,
                    self._now(),
                    self._server_ms(),
                    dump(dict(consents)).decode(),
                    outcome,
                ),
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
            found = self._read_ours("consents", "customer = ? ORDER BY number", customer)
            for row in found:
                if row["outcome"] not in outcomes:
                    continue
                when_s = row["sent_at"] if row["sent_ms"] is None else row["sent_ms"] / 1000
                when = datetime.fromtimestamp(when_s, tz=UTC)
                for consent, given in load(row["consents"]).items():
                    last.setdefault(customer, {})[consent] = SentConsent(given, when, row["number"])
        return last

    # -- segments ------------------------------------------------------------------------------

    def begin_segment(
        self,
        name: str,
        kind: str,
        rule: Mapping[str, Any] | None,
        members_digest: str,
        known_ids: Iterable[str],
    ) -> int:
        """Enter a segment that is about to be made; gives the entry's number."""
        with self._file.step("begin segment") as db:
            made = db.execute(
                "INSERT INTO segments (site, made_at, made_ms, name, type, rule, members_digest, "
                "known_ids) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    self._site,
                    self._now(),
                    self._server_ms(),
                    name,
                    kind,
                    None if rule is None else dump(dict(rule)).decode(),
                    members_digest,
                    dump(list(known_ids)).decode(),
                ),
            )
        return int(made.lastrowid or 0)

    def end_segment(self, number: int) -> None:
        """Enter that it is known what became of a segment."""
        with self._file.step("end segment") as db:
            db.execute("DELETE FROM segments WHERE number = ?", (number,))

    def open_segments(self, name: str) -> list[SegmentEntry]:
        """Segments of a name of which it is not known whether they were made, oldest first."""
        return [
            SegmentEntry(
                row["number"],
                row["name"],
                row["type"],
                None if row["rule"] is None else load(row["rule"]),
                row["members_digest"],
                tuple(load(row["known_ids"])),
            )
            for row in self._read_ours("segments", "name = ? ORDER BY number", name)
        ]

    # -- deletions -----------------------------------------------------------------------------

    def begin_deletion(
        self, customers: Iterable[tuple[str, str | None]], *, permanent: bool
    ) -> str:
        """Enter the customers, by id and source_id, that are about to be deleted; gives its id."""
        deletion_id = f"deletion_{secrets.token_hex(8)}"
        with self._file.step("begin deletion") as db:
            db.executemany(
                "INSERT INTO deletions (deletion_id, site, customer_id, source_id, permanent) "
                "VALUES (?, ?, ?, ?, ?)",
                [(deletion_id, self._site, *customer, permanent) for customer in customers],
            )
        return deletion_id

    def deleted(self, customer_id: str) -> None:
        """Enter that a customer is gone, whichever deletion was to delete it."""
        with self._file.step("deleted") as db:
            db.execute(
                f"DELETE FROM deletions WHERE {self._is_ours} AND customer_id = ?",  # noqa: S608
                (*self._sites.ours, customer_id),
            )

    def end_deletion(self, deletion_id: str) -> None:
        """Enter that a deletion has ended, and been told of."""
        with self._file.step("end deletion") as db:
            db.execute("DELETE FROM deletions WHERE deletion_id = ?", (deletion_id,))

    def cut_off_deletions(self, *, permanent: bool) -> list[tuple[str, str | None]]:
        """The customers, by id and source_id, of deletions that were cut off before them."""
        found = self._read_ours("deletions", "permanent = ? ORDER BY number", permanent)
        return [(row["customer_id"], row["source_id"]) for row in found]

    def keep_receipt(self, customer_id: str, receipt: Mapping[str, Any]) -> None:
        """Keep what a receipt counts and when it was given; nothing of the customer."""
        told = receipt.get("data_json") or {}
        kept = {name: receipt.get(name) for name in ("id", "created_at", "status", "object")}
        kept["data_json"] = {name: n for name, n in told.items() if type(n) is int}
        with self._file.step("receipt") as db:
            db.execute(
                "INSERT INTO receipts (site, customer_digest, receipt) VALUES (?, ?, ?)",
                (self._site, _digest(customer_id), dump(kept).decode()),
            )

    def receipts(self, customer_id: str | None = None) -> list[dict[str, Any]]:
        """The receipts that were kept, oldest first; of one customer, or of all."""
        where, values = "number > 0 ORDER BY number", []
        if customer_id is not None:
            where, values = f"customer_digest = ? AND {where}", [_digest(customer_id)]
        return [load(row["receipt"]) for row in self._read_ours("receipts", where, *values)]

    # -- forgetting ----------------------------------------------------------------------------

    def forget_customer(self, customer_id: str | None, source_id: str | None) -> None:
        """Remove every byte about a customer, as permanent deletion demands.

        Under all keys and addresses of the file's projects: the same project may have been
        reached by others. Reports of earlier pushes lose the customer's rows; what was to be sent
        for it is not sent.

        Raises:
            JournalError: It could not be written, or another program reads the journal, so that
                not all bytes could be erased yet.
        """
        who = [name for name in (customer_id, source_id) if name]
        self._also_forget(who)
        marks = ",".join("?" * len(who))
        with self._file.step("forget") as db:
            # An error that names no customer is the reason of all rows of its request, and may
            # quote any of them.
            db.execute(
                "UPDATE rows SET reason = 'removed with a deleted customer' "  # noqa: S608
                "WHERE reason IS NOT NULL AND (push_id, batch) IN "
                f"(SELECT push_id, batch FROM rows WHERE customer_id IN ({marks}) "
                f"OR source_id IN ({marks}) OR now_id IN ({marks}))",
                (*who, *who, *who),
            )
            db.execute(
                f"DELETE FROM rows WHERE customer_id IN ({marks}) "  # noqa: S608
                f"OR source_id IN ({marks}) OR now_id IN ({marks})",
                (*who, *who, *who),
            )
            db.execute(f"DELETE FROM consents WHERE customer IN ({marks})", who)  # noqa: S608
            db.execute(
                f"DELETE FROM deletions WHERE customer_id IN ({marks}) "  # noqa: S608
                f"OR source_id IN ({marks})",
                (*who, *who),
            )
        self._file.shrink()


def _digest(customer_id: str) -> str:
    """What tells that a receipt is a customer's, to whoever has the id already."""
    return blake2b(customer_id.encode(), digest_size=16).hexdigest()


def new_push_id() -> str:
    """A name for a push that no other has."""
    return f"push_{secrets.token_hex(8)}"


def _remove(db: sqlite3.Connection, push_id: str) -> None:
    for table in ("rows", "batches", "pushes"):
        db.execute(f"DELETE FROM {table} WHERE push_id = ?", (push_id,))  # noqa: S608


def _push_entry(row: sqlite3.Row) -> PushEntry:
    made_s = row["made_at"] if row["made_ms"] is None else row["made_ms"] / 1000
    return PushEntry(
        row["push_id"],
        row["kind"],
        datetime.fromtimestamp(made_s, tz=UTC),
        bool(row["is_open"]),
        PushFacts(**load(row["facts"])),
    )


def _outcome_values(outcome: Outcome) -> tuple[Any, ...]:
    shown = None if outcome.shown is None else dump(dict(outcome.shown)).decode()
    return (*(getattr(outcome, name) for name in _OUTCOME[:-1]), shown)


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
    told["shown"] = None if row["shown"] is None else load(row["shown"])
    return RowEntry(row["position"], row["batch"], change, **told)
