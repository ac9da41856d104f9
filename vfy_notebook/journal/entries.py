"""The journal's entries for a push: its facts, its batches and its rows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from vfy_notebook.edits.changes import Change

#: A batch's life: nothing sent yet · about to be sent, or sent without an answer · taken by the
#: API, its action known · the action has ended · the outcome of each row is known.
PLANNED, SENDING, SENT, ENDED, FINISHED = "planned", "sending", "sent", "ended", "finished"


@dataclass(frozen=True)
class Base:
    """What is known of the customers that a plan starts from.

    Attributes:
        as_of_ms: Whatever has happened later is not known yet.
        count: How many customers are known in the span below; None if that proves nothing.
        from_ms: When the oldest customer concerned was created.
        to_ms: When the newest one was.
    """

    as_of_ms: int
    count: int | None = None
    from_ms: int | None = None
    to_ms: int | None = None


@dataclass(frozen=True)
class Batch:
    """One request: its route, and the positions of its customers among the plan's changes."""

    route: str
    positions: tuple[int, ...]


@dataclass(frozen=True)
class PushFacts:
    """What holds for a push as a whole.

    Attributes:
        of_push: The push that this one undoes or tries again.
        overwrite: Customers changed by others are overwritten.
        create_missing: Customers that are not there are created.
        max_records: Most customers a request.
        whole_metadata: All metadata of the customers is known.
        as_of_ms: The moment from which on changes by others are conflicts.
        started_ms: The server's time just before the first request.
        count: With `from_ms` and `to_ms`: so many customers were created in that span, all known.
        from_ms: See `count`.
        to_ms: See `count`.
        file_number: The file that it was entered into, by the number that a copy does not have.
    """

    of_push: str | None = None
    overwrite: bool = False
    create_missing: bool = False
    max_records: int = 100
    whole_metadata: bool = True
    as_of_ms: int = 0
    started_ms: int | None = None
    count: int | None = None
    from_ms: int | None = None
    to_ms: int | None = None
    file_number: int | None = None

    @property
    def base(self) -> Base:
        """What the plan knew of the customers it started from."""
        return Base(self.as_of_ms, self.count, self.from_ms, self.to_ms)


@dataclass(frozen=True)
class PushEntry:
    """One push as the journal knows it.

    Attributes:
        push_id: Its name.
        kind: `push`, `undo`, `retry`, or `import` of a CSV file.
        made_at: When it began, by the server's clock where that was known.
        is_open: Whether something is left to do.
        facts: What holds for it as a whole.
    """

    push_id: str
    kind: str
    made_at: datetime
    is_open: bool
    facts: PushFacts


@dataclass(frozen=True)
class BatchEntry:
    """One request as the journal knows it."""

    number: int
    route: str
    state: str
    attempts: int = 0
    intent_ms: int | None = None
    action_id: str | None = None
    found_again: bool = False
    ended_as: str | None = None


@dataclass(frozen=True)
class RowEntry:
    """One customer of a push; `batch` is None for those left out of it."""

    position: int
    batch: int | None
    change: Change
    outcome: str | None = None
    reason: str | None = None
    learnt: str | None = None
    now_id: str | None = None
    updated_ms: int | None = None
    read_ms: int | None = None
    shown: Mapping[str, Any] | None = None

    @property
    def is_unknown(self) -> bool:
        """Whether it was sent, and nobody knows what became of it."""
        return self.outcome == "unknown" and self.batch is not None


@dataclass(frozen=True)
class RowResult:
    """What a report tells of a customer of a push."""

    batch: int | None
    customer_id: str | None
    source_id: str | None
    outcome: str | None
    reason: str | None
    learnt: str | None


@dataclass(frozen=True)
class Outcome:
    """The outcome of a row: `updated`, `created`, `failed`, `skipped` or `unknown`.

    Attributes:
        outcome: One of the five.
        reason: Why, where it is not plain success.
        learnt: How it was learnt.
        now_id: The customer's id, where it is another than was known.
        updated_ms: The customer's `updated_at` when it was last looked at.
        read_ms: When that was, by the server's clock: later changes are not known.
        shown: Cells that the server shows neither as they were before nor as they were sent.
    """

    outcome: str
    reason: str | None = None
    learnt: str | None = None
    now_id: str | None = None
    updated_ms: int | None = None
    read_ms: int | None = None
    shown: Mapping[str, Any] | None = None


@dataclass(frozen=True)
class SegmentEntry:
    """A segment that was about to be made, and of which no answer has come.

    Attributes:
        number: The entry's number.
        name: What it was to be called.
        type: `static` or `passive`.
        rule: The filter of a passive one.
        members_digest: Tells whether another selection is the same; no customer is told by it.
        known_ids: Segments of that name that there were before.
    """

    number: int
    name: str
    type: str
    rule: Mapping[str, Any] | None
    members_digest: str
    known_ids: tuple[str, ...]


@dataclass(frozen=True)
class SentConsent:
    """A consent as it was last sent from here, which is not what the customer has now."""

    given: bool
    sent_at: datetime
    #: Grows with each entry, whatever the clocks say.
    number: int = 0
