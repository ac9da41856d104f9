"""Sends what the journal says is to be sent, follows it to its end, and learns what became of it.

Everything here starts from the journal and not from memory, so that a push that a crash cut off
goes on by the same steps as one that runs through.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from vfy_notebook.api.pages import ms_or_none
from vfy_notebook.edits.fields import as_customer, value_of
from vfy_notebook.edits.three_way import meet
from vfy_notebook.errors import (
    ApiError,
    AuthError,
    ConflictError,
    NotFoundError,
    RateLimitError,
    ResponseError,
    ServerError,
    VfyNotebookError,
)
from vfy_notebook.journal.entries import (
    ENDED,
    FINISHED,
    PLANNED,
    SENDING,
    SENT,
    BatchEntry,
    Outcome,
    RowEntry,
)
from vfy_notebook.journal.journal import Journal
from vfy_notebook.push.batches import BULK, JOB_TYPES, PUT, body_of
from vfy_notebook.push.lookup.checks import check_on_server
from vfy_notebook.push.outcomes.async_actions import (
    Followed,
    check_is_new,
    find_lost,
    follow,
)
from vfy_notebook.push.outcomes.shown_values import (
    Shows,
    changed_beside,
    first_difference,
    is_rewritten,
    shown_by_customer,
    shown_otherwise,
)
from vfy_notebook.push.outcomes.verification import verify

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from vfy_notebook.api.models import Customer
    from vfy_notebook.api.operations import Api

#: How often a request whose answers get lost is sent before its push is cut off.
MAX_ATTEMPTS = 4

#: How often a request is sent whose job turns out to have been another's, over all resumptions.
_MAX_SENT = 10

#: Without any answer yet, the server's clock is taken to be behind ours by no more than this.
_CLOCK_MARGIN_MS = 300_000

#: Refusals that the next request would meet too.
_FOR_ALL = (AuthError, RateLimitError, ConflictError)

#: Customers updated one by one between two entries in the journal, for each worker.
_PUTS_A_STEP = 5

_CHANGED_MEANWHILE = (
    "changed on the server while the push was cut off; fetch again and redo the edit"
)


@dataclass(frozen=True)
class RunOptions:
    """How to run a push.

    Attributes:
        workers: Requests in flight at most, for customers updated one by one.
        patience_s: Seconds without progress after which an async action is given up.
        told: Called with the number of customers done.
    """

    workers: int
    patience_s: float
    told: Callable[[int], None]


class Runner:
    """Runs one push of the journal, or what is left of it."""

    def __init__(self, api: Api, journal: Journal, push_id: str, options: RunOptions) -> None:
        self._api = api
        self._journal = journal
        self._push_id = push_id
        self._options = options
        self._facts = journal.facts(push_id)
        self._done = 0
        #: Customers as they were read back, with their change.
        self.read: list[Customer] = []

    def run(self, *, resumed: bool = False) -> None:
        """Do all that is left to do.

        Raises:
            VfyNotebookError: It cannot go on; the journal holds all that is known.
        """
        if resumed:
            self._look_again()
            self._pick_up()
        while True:
            for batch in self._in_state(PLANNED):
                if batch.route != PUT:
                    self._send(batch)
            followed = self._follow()
            if not self._settle(followed):
                break
        # Last, so that what was read back is younger than what they change: see `undo`.
        self._put([batch for batch in self._in_state(PLANNED) if batch.route == PUT])
        if all(batch.state == FINISHED for batch in self._journal.batches(self._push_id)):
            self._journal.close_push(self._push_id)

    def _in_state(self, *states: str) -> list[BatchEntry]:
        return [b for b in self._journal.batches(self._push_id) if b.state in states]

    def _rows(self, batch: BatchEntry) -> list[RowEntry]:
        """A batch's rows that have no outcome yet."""
        rows = self._journal.rows(self._push_id, batch.number)
        return [row for row in rows if row.outcome is None]

    def _server_ms(self) -> int:
        return server_ms(self._api)

    def _tell(self, more: int) -> None:
        self._done += more
        self._options.told(self._done)

    # -- bulk requests -------------------------------------------------------------------------

    def _send(self, batch: BatchEntry) -> None:
        """Send one bulk request, again if it got lost, until the API has taken or refused it."""
        rows = self._rows(batch)
        if not rows:
            self._journal.enter_outcomes(self._push_id, {}, batches=[batch.number])
            return
        body = body_of(batch.route, [row.change for row in rows])
        queue = self._api.bulk_update if batch.route == BULK else self._api.bulk_update_metadata
        claimed = self._journal.claimed_actions()
        for attempt in range(1, MAX_ATTEMPTS + 1):
            intent_ms = self._server_ms()
            self._journal.sending(self._push_id, [batch.number], intent_ms)
            try:
                action_id = queue(body)
                check_is_new(action_id, claimed)
            except VfyNotebookError as error:
                if self._is_refusal(error):
                    self._refused(batch, rows, error)
                    return
                if not error.may_have_run:
                    self._journal.to_be_sent_again(self._push_id, batch.number)
                    raise
                if self._find(replace(batch, intent_ms=intent_ms)):
                    return
                if attempt == MAX_ATTEMPTS:
                    raise
            else:
                self._journal.sent(self._push_id, batch.number, action_id)
                self._tell(len(rows))
                return

    @staticmethod
    def _is_refusal(error: VfyNotebookError) -> bool:
        """Whether the API refused this request, rather than all or none in particular."""
        is_told = isinstance(error, ApiError) and not isinstance(error, (*_FOR_ALL, ServerError))
        return is_told and not error.may_have_run

    def _refused(
        self, batch: BatchEntry, rows: Sequence[RowEntry], error: VfyNotebookError
    ) -> None:
        outcome = Outcome("failed", str(error), "answer")
        outcomes = {row.position: outcome for row in rows}
        self._journal.enter_outcomes(self._push_id, outcomes, batches=[batch.number])
        self._tell(len(rows))

    def _find(self, batch: BatchEntry) -> bool:
        """Find the job of a request whose answer was lost; False if there is no telling."""
        found = find_lost(
            self._api,
            JOB_TYPES[batch.route],
            intent_ms=batch.intent_ms or 0,
            claimed=self._journal.claimed_actions(),
        )
        if len(found) != 1:
            return False
        self._journal.sent(self._push_id, batch.number, found[0].id, found_again=True)
        self._tell(len(self._rows(batch)))
        return True

    # -- customers one by one ------------------------------------------------------------------

    def _put(self, batches: Sequence[BatchEntry]) -> None:
        """Update customers that no bulk request can address."""
        done = [batch.number for batch in batches if not self._rows(batch)]
        if done:
            self._journal.enter_outcomes(self._push_id, {}, batches=done)
        step = self._options.workers * _PUTS_A_STEP
        for start in range(0, len(batches), step):
            some = batches[start : start + step]
            rows = [row for batch in some for row in self._rows(batch)]
            numbers = [row.batch for row in rows if row.batch is not None]
            self._journal.sending(self._push_id, numbers, self._server_ms())
            with ThreadPoolExecutor(self._options.workers) as pool:
                told = list(pool.map(self._update, rows))
            self._enter_puts(rows, told)

    def _enter_puts(
        self, rows: Sequence[RowEntry], told: Sequence[Outcome | VfyNotebookError]
    ) -> None:
        """Enter the outcomes there are, then raise the first error that ends the push."""
        outcomes: dict[int, Outcome] = {}
        verified: list[int] = []
        fatal: VfyNotebookError | None = None
        not_sent: list[int] = []
        for row, each in zip(rows, told, strict=True):
            number = row.batch if row.batch is not None else -1
            if isinstance(each, Outcome):
                outcomes[row.position] = each
                verified.append(number)
                continue
            fatal = fatal or each
            if not each.may_have_run:
                not_sent.append(number)
        self._journal.enter_outcomes(self._push_id, outcomes, batches=verified)
        self._tell(len(verified))
        for number in not_sent:
            self._journal.to_be_sent_again(self._push_id, number)
        if fatal is not None:
            raise fatal

    def _update(self, row: RowEntry) -> Outcome | VfyNotebookError:
        """Update one customer; errors that concern more than it are given back."""
        change = row.change
        try:
            customer = as_customer(
                self._api.update_customer(change.customer_id or "", change.whole_fields())
            )
        except NotFoundError:
            return Outcome("failed", "the customer is no longer on the server", "answer")
        except VfyNotebookError as error:
            if self._is_refusal(error):
                return Outcome("failed", str(error), "answer")
            is_odd = isinstance(error, ApiError | ResponseError)
            if is_odd and error.may_have_run and not isinstance(error, (*_FOR_ALL, ServerError)):
                return self._read_back(row, error)
            return error
        return self._outcome_of(row, customer)

    def _read_back(self, row: RowEntry, error: VfyNotebookError) -> Outcome | VfyNotebookError:
        """What became of a customer whose update was answered in a way that nobody can read."""
        try:
            customer = as_customer(self._api.get_customer(row.change.customer_id or ""))
        except VfyNotebookError:
            return error
        outcome = self._outcome_of(row, customer)
        return outcome if outcome.outcome == "updated" else replace(outcome, outcome="unknown")

    def _outcome_of(self, row: RowEntry, customer: Customer) -> Outcome:
        change = row.change
        updated_ms = ms_or_none(customer.updated_at)
        read_ms = updated_ms or self._server_ms()
        seen = Outcome("updated", None, "read back", updated_ms=updated_ms, read_ms=read_ms)
        shows = shown_by_customer(change, customer)
        if shows is Shows.ALL:
            self.read.append(customer)
            return replace(seen, reason=changed_beside(change, customer))
        otherwise = shown_otherwise(change, customer)
        told = first_difference(change, customer)
        if shows is Shows.NOT_ALL:
            return replace(seen, outcome="failed", reason=told, shown=otherwise or None)
        outcome = "updated" if is_rewritten(change, otherwise) else "unknown"
        return replace(seen, outcome=outcome, reason=told, shown=otherwise)

    # -- after a crash -------------------------------------------------------------------------

    def _pick_up(self) -> None:
        """Find out how far a push had come, and leave out what has changed since."""
        for batch in self._in_state(SENDING):
            if batch.route == PUT or not self._find(batch):
                self._journal.to_be_sent_again(self._push_id, batch.number)
        unsent = [row for batch in self._in_state(PLANNED) for row in self._rows(batch)]
        if not unsent:
            return
        changes = [row.change for row in unsent]
        read_ms = self._server_ms()
        existence = not self._facts.create_missing
        found = check_on_server(self._api, changes, self._facts.base, existence=existence)
        outcomes: dict[int, Outcome] = {}
        for row in unsent:
            customer_id = row.change.customer_id
            if customer_id is None:
                continue
            changed = found.changed.get(customer_id)
            if changed is not None and shown_by_customer(row.change, changed) is Shows.ALL:
                updated_ms = ms_or_none(changed.updated_at)
                outcomes[row.position] = Outcome(
                    "updated", None, "read back", updated_ms=updated_ms, read_ms=read_ms
                )
            elif customer_id in found.gone and existence:
                outcomes[row.position] = Outcome(
                    "skipped", "the customer is no longer on the server"
                )
            elif changed is not None and not self._start_from(row, changed):
                outcomes[row.position] = Outcome("skipped", _CHANGED_MEANWHILE)
        if outcomes:
            self._journal.enter_outcomes(self._push_id, outcomes)

    def _look_again(self) -> None:
        """Read once more what was not known: the API may show changes late."""
        rows = [row for row in self._journal.rows(self._push_id) if row.is_unknown]
        if not rows:
            return
        numbers = {row.batch for row in rows}
        batches = [b for b in self._journal.batches(self._push_id) if b.number in numbers]
        verified = verify(self._api, self._facts, batches, rows, {})
        read_ms = self._server_ms()
        known = {
            position: replace(outcome, read_ms=read_ms)
            for position, outcome in verified.outcomes.items()
            if outcome.outcome != "unknown" or outcome.shown
        }
        if known:
            self._journal.enter_outcomes(self._push_id, known)

    def _start_from(self, row: RowEntry, current: Customer) -> bool:
        """Let a row that was not sent start from what is there now; False if a cell clashes."""
        change = row.change
        sent = dict(change.after)
        conflicts = meet(change, current, lambda _name, _value: False)
        if conflicts and not self._facts.overwrite:
            return False
        # All cells stay, also those that are there already: a request may hold one object for all
        # of its customers.
        change.before = {name: value_of(current, name) for name in sent}
        change.after = sent
        self._journal.change_row(self._push_id, row.position, change)
        return True

    # -- to the end ----------------------------------------------------------------------------

    def _follow(self) -> Followed:
        sent = {b.action_id: b.number for b in self._in_state(SENT) if b.action_id}
        if not sent:
            return Followed()
        followed = follow(
            self._api,
            sent,
            queued_since_ms=self._facts.started_ms or 0,
            patience_s=self._options.patience_s,
        )
        if followed.statuses:
            statuses = {sent[action_id]: s for action_id, s in followed.statuses.items()}
            self._journal.ended(self._push_id, statuses)
        return followed

    def _settle(self, followed: Followed) -> bool:
        """Learn what became of the rows; gives whether something is to be sent again."""
        batches = self._in_state(ENDED)
        if not batches:
            return False
        read_ms = self._server_ms()
        rows = [row for batch in batches for row in self._rows(batch)]
        verified = verify(self._api, self._facts, batches, rows, followed.results)
        self.read += verified.read
        again = {
            batch.number
            for batch in batches
            if batch.number in verified.send_again and batch.attempts < _MAX_SENT
        }
        for row in rows:
            if row.position not in verified.outcomes and row.batch not in again:
                told = f"it was sent {_MAX_SENT} times without a trace of it on the server"
                verified.outcomes[row.position] = Outcome("unknown", told)
        outcomes = {p: replace(o, read_ms=read_ms) for p, o in verified.outcomes.items()}
        finished = [batch.number for batch in batches if batch.number not in again]
        self._journal.enter_outcomes(self._push_id, outcomes, batches=finished)
        for number in again:
            self._journal.to_be_sent_again(self._push_id, number)
        return bool(again)


def server_ms(api: Api) -> int:
    """The server's time, or a moment that is surely not after it."""
    told = api.transport.server_time_ms
    return int(api.transport.clock.now() * 1000) - _CLOCK_MARGIN_MS if told is None else told
