"""What became of each row, once the async actions have ended. DONE is not success.

A row is called `updated` only on evidence, and `learnt` says on which:

* `read back`: the API shows the customer, and every changed cell is as it was sent;
* `export`: the same, read from an export;
* `time of update`: an export shows that the customer was updated after the push began, but none
  of the changed cells (exports have the metadata of the schema only);
* `report`: the action's report file says so of this customer;
* `job result`: the action's own count leaves no room for a failure;
* `answer`: (of failures) the API refused the request.

Which evidence is gathered first depends on what it costs in calls: a listing of the customers
updated since the push began (a call for 100), an export (about 6 in all), or the actions'
results and report files (2 for each action). Rows that the first does not prove are looked up
in their action's result. What contradicts it is read one by one or, where that would be many, by
a listing of the customers created in the same span.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from vfy_notebook.api.listing.fetching import Listing
from vfy_notebook.api.listing.query import CustomerQuery
from vfy_notebook.api.pages import MAX_PAGE_SIZE, ms_or_none
from vfy_notebook.edits.fields import as_customer
from vfy_notebook.errors import NotFoundError
from vfy_notebook.journal.entries import Outcome
from vfy_notebook.push.lookup import export_lookup
from vfy_notebook.push.outcomes.job_results import JobSays, read_result
from vfy_notebook.push.outcomes.shown_values import (
    Shows,
    changed_beside,
    first_difference,
    is_rewritten,
    shown_by_customer,
    shown_by_export,
    shown_otherwise,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from vfy_notebook.api.jobs import AsyncAction
    from vfy_notebook.api.models import Customer
    from vfy_notebook.api.operations import Api
    from vfy_notebook.journal.entries import BatchEntry, PushFacts, RowEntry
    from vfy_notebook.push.lookup.export_lookup import ExportedRow

#: Most customers that are read one by one after everything else has left them open.
MAX_SINGLE_READS = 100

#: A listing of everything updated since the push began is given up when it turns out to be
#: longer than expected by so many pages: others are writing too.
_PAGES_IN_VAIN = 5

#: Before a customer that contradicts its job is read again: the API may show changes late.
_SECOND_LOOK_WAIT_S = 3.0


@dataclass
class Verified:
    """What became of the rows, by position, and the batches whose job was not theirs.

    `read` has the customers that were read back with their change, as they are now.
    """

    outcomes: dict[int, Outcome] = field(default_factory=dict)
    send_again: set[int] = field(default_factory=set)
    read: list[Customer] = field(default_factory=list)


def verify(
    api: Api,
    facts: PushFacts,
    batches: Sequence[BatchEntry],
    rows: Sequence[RowEntry],
    results: Mapping[str, AsyncAction],
) -> Verified:
    """Learn the outcome of rows whose actions have ended.

    Args:
        api: Where to ask.
        facts: Of the push.
        batches: Those that have ended.
        rows: Their rows without an outcome.
        results: Actions that were already got with their results.
    """
    return _Verifier(api, facts, batches, rows, results).run()


class _Verifier:
    def __init__(
        self,
        api: Api,
        facts: PushFacts,
        batches: Sequence[BatchEntry],
        rows: Sequence[RowEntry],
        results: Mapping[str, AsyncAction],
    ) -> None:
        self._api = api
        self._started_ms = facts.started_ms or 0
        self._batches = {batch.number: batch for batch in batches}
        self._results = results
        self._rows = list(rows)
        self._open = {row.position: row for row in rows}
        self._by_id = {
            row.change.customer_id: row for row in rows if row.change.customer_id is not None
        }
        self._by_source_id = {row.change.source_id: row for row in rows}
        #: Rows that a complete reading has shown not to carry their change.
        self._unchanged: set[int] = set()
        self._ways_left = [self._by_listing, self._by_export]
        #: What was seen of rows whose cells are neither as before nor as sent.
        self._otherwise: dict[int, Outcome] = {}
        self._says: dict[int, JobSays] = {}
        self._verified = Verified()

    def run(self) -> Verified:
        """Gather evidence until every row has an outcome."""
        if self._results_are_cheapest():
            self._ask_jobs(with_reports=True)
            self._look_for_created()
        if self._unread():
            self._read_back()
        if self._open and not self._says:
            self._ask_jobs(with_reports=len(self._batches) <= export_lookup.EXPECTED_CALLS)
        self._conclude()
        return self._verified

    def _results_are_cheapest(self) -> bool:
        """Whether results and reports of all actions take fewer calls than reading back."""
        if any(batch.action_id is None for batch in self._batches.values()):
            return False
        by_results = 2 * len(self._batches) - len(self._results)
        return by_results < min(_pages(len(self._open)), export_lookup.EXPECTED_CALLS)

    def _unread(self) -> list[RowEntry]:
        return [row for row in self._open.values() if row.position not in self._unchanged]

    # -- reading customers ---------------------------------------------------------------------

    def _read_back(self) -> None:
        if any(row.change.customer_id is None for row in self._unread()):
            self._by_creation()
        known = [row for row in self._unread() if row.change.customer_id is not None]
        if known and _pages(len(known)) > export_lookup.EXPECTED_CALLS:
            self._ways_left.reverse()
        while self._ways_left and any(row.change.customer_id for row in self._unread()):
            way = self._ways_left.pop(0)
            if way(len(known)):
                self._unchanged |= {r.position for r in self._unread() if r.change.customer_id}

    def _by_listing(self, expected: int) -> bool:
        """Read all customers updated since the push began; False if they are too many."""
        query = CustomerQuery(updated_from_ms=self._started_ms)
        return self._look_at_all(query, expected, lambda customer: self._by_id.get(customer.id))

    def _by_span(self, rows: Sequence[RowEntry]) -> bool:
        """Read all customers created when these were, should `updated_at` not tell of a push."""
        times = [row.change.created_ms for row in rows if row.change.created_ms is not None]
        if not times:
            return False
        query = CustomerQuery(created_from_ms=min(times), created_to_ms=max(times) + 1)
        return self._look_at_all(query, len(rows), lambda customer: self._by_id.get(customer.id))

    def _by_creation(self) -> bool:
        """Read all customers created since the push began."""
        query = CustomerQuery(created_from_ms=self._started_ms)
        expected = sum(row.change.customer_id is None for row in self._rows)
        return self._look_at_all(
            query, expected, lambda customer: self._by_source_id.get(customer.source_id)
        )

    def _look_at_all(
        self,
        query: CustomerQuery,
        expected: int,
        row_of: Callable[[Customer], RowEntry | None],
    ) -> bool:
        listing = Listing(self._api, query)
        for page in listing:
            total = listing.progress.total
            if total is not None and _pages(total) > _pages(expected) + _PAGES_IN_VAIN:
                return False
            for customer in page:
                row = row_of(customer)
                if row is not None:
                    self._look(row, customer)
        return True

    def _by_export(self, _expected: int) -> bool:
        fields = sorted({name for row in self._open.values() for name in row.change.after})
        query = CustomerQuery(updated_from_ms=self._started_ms)
        return export_lookup.read_export(
            self._api,
            query,
            fields,
            self._look_at_exported,
            found_all=lambda: not any(row.change.customer_id for row in self._unread()),
        )

    def _look_at_exported(self, exported: ExportedRow) -> None:
        row = self._by_id.get(exported.customer_id)
        if row is None or row.position not in self._open:
            return
        shows = shown_by_export(row.change, exported)
        if shows in (Shows.ALL, Shows.NOTHING_TO_TELL):
            learnt = "export" if shows is Shows.ALL else "time of update"
            updated_ms = ms_or_none(exported.updated_at)
            self._set(row, Outcome("updated", learnt=learnt, updated_ms=updated_ms))

    # -- asking jobs ---------------------------------------------------------------------------

    def _ask_jobs(self, *, with_reports: bool) -> None:
        for number in sorted({row.batch for row in self._open.values() if row.batch is not None}):
            if self._batches[number].action_id is None:
                continue  # customers that were updated one by one have no job
            rows = [row for row in self._rows if row.batch == number]
            says = read_result(
                self._api,
                self._batches[number],
                rows,
                self._results,
                doubted=self._unchanged,
                with_report=with_reports,
            )
            self._says[number] = says
            for position, outcome in says.outcomes.items():
                if position in self._open:
                    self._set(self._open[position], outcome)

    def _look_for_created(self) -> None:
        """Customers deleted and created anew, where a job's count alone spoke for them."""
        if any(o.learnt == "job result" for o in self._verified.outcomes.values()):
            self._by_creation()

    # -- what is left --------------------------------------------------------------------------

    def _conclude(self) -> None:
        if self._are_late():
            # A job tells of failures, but more rows are unchanged: some may be shown late.
            self._api.transport.clock.sleep(_SECOND_LOOK_WAIT_S)
            self._by_listing(len(self._open))
        suspects = [row for row in list(self._open.values()) if not self._infer(row)]
        if suspects:
            self._api.transport.clock.sleep(_SECOND_LOOK_WAIT_S)
        if len(suspects) > MAX_SINGLE_READS:
            self._by_span(suspects)
            suspects = [row for row in suspects if row.position in self._open]
        for row in suspects[:MAX_SINGLE_READS]:
            self._read_single(row)
        for row in suspects[MAX_SINGLE_READS:]:
            why = (
                "its job does not tell what became of it, and more than "
                f"{MAX_SINGLE_READS} customers would have had to be read one by one"
            )
            seen = self._otherwise.get(row.position)
            self._set(row, seen or Outcome("unknown", self._reason(row) or why))

    def _are_late(self) -> bool:
        """Whether more rows were seen without their change than their jobs call failed."""
        unchanged = Counter(row.batch for row in self._open.values() if self._is_unchanged(row))
        return any(
            self._says[number].reason is not None and self._says[number].others_failed != count
            for number, count in unchanged.items()
            if number in self._says and self._says[number].is_final
        )

    def _is_unchanged(self, row: RowEntry) -> bool:
        return row.position in self._unchanged

    def _infer(self, row: RowEntry) -> bool:
        """Settle a row that was read without its change, if its job says why."""
        number = row.batch
        says = self._says.get(number) if number is not None else None
        if says is None or number is None:
            return False
        is_unchanged = self._is_unchanged(row)
        if says.is_of_others or (is_unchanged and says.reason is None and not says.is_surely_ours):
            self._verified.send_again.add(number)
            del self._open[row.position]
            return True
        if is_unchanged and says.reason is not None and row.position not in self._otherwise:
            self._set(row, Outcome(_unless_final(says), says.reason, "read back"))
            return True
        return False

    def _read_single(self, row: RowEntry) -> None:
        change = row.change
        customer = self._get(change.customer_id)
        if customer is None:
            customer = self._get(change.source_id)
        says = self._says.get(row.batch) if row.batch is not None else None
        told = None if says is None else says.reason
        failed = "failed" if says is None else _unless_final(says)
        if customer is None:
            if change.customer_id:
                outcome = Outcome(failed, told or "the customer is no longer on the server")
            else:
                outcome = Outcome(failed, told or "it was not created")
            self._set(row, replace(outcome, learnt="read back"))
        elif not self._look(row, customer):
            seen = f"its job reports no failure, but {first_difference(change, customer)}"
            told_by = "unknown" if told is None else failed
            self._set(
                row,
                Outcome(
                    told_by,
                    told or seen,
                    "read back",
                    updated_ms=ms_or_none(customer.updated_at),
                    shown=shown_otherwise(change, customer) or None,
                ),
            )

    def _reason(self, row: RowEntry) -> str | None:
        says = self._says.get(row.batch) if row.batch is not None else None
        return None if says is None else says.reason

    def _get(self, ref: str | None) -> Customer | None:
        if ref is None:
            return None
        try:
            return as_customer(self._api.get_customer(ref))
        except NotFoundError:
            return None

    def _look(self, row: RowEntry, customer: Customer) -> bool:
        """Settle a row by what the customer shows; gives whether that proves it."""
        shows = shown_by_customer(row.change, customer)
        if shows is Shows.ALL:
            self._verified.read.append(customer)
            self._set(row, self._proven(row, customer))
            return True
        otherwise = shown_otherwise(row.change, customer)
        if shows is not Shows.OTHER or not otherwise:
            return False
        seen = replace(self._proven(row, customer), shown=otherwise)
        if is_rewritten(row.change, otherwise):
            told = f"the server writes it differently: {first_difference(row.change, customer)}"
            self._set(row, replace(seen, reason=seen.reason or told))
            return True
        told = first_difference(row.change, customer)
        self._otherwise[row.position] = replace(seen, outcome="unknown", reason=told)
        return False

    def _proven(self, row: RowEntry, customer: Customer) -> Outcome:
        known_id = row.change.customer_id
        updated_ms = ms_or_none(customer.updated_at)
        created_now = (ms_or_none(customer.created_at) or 0) >= self._started_ms
        now_id = None if customer.id == known_id else customer.id
        if known_id is None and created_now:
            return Outcome("created", None, "read back", now_id, updated_ms)
        if known_id is not None and now_id is not None:
            reason = "the customer had been deleted; the request created it anew"
            return Outcome("created", reason, "read back", now_id, updated_ms)
        return Outcome(
            "updated", changed_beside(row.change, customer), "read back", now_id, updated_ms
        )

    def _set(self, row: RowEntry, outcome: Outcome) -> None:
        self._verified.outcomes[row.position] = outcome
        self._open.pop(row.position, None)


def _unless_final(says: JobSays) -> str:
    """The outcome of a row without its change: while its job has not ended, nothing has failed."""
    return "failed" if says.is_final else "unknown"


def _pages(customers: int) -> int:
    return max(1, -(-customers // MAX_PAGE_SIZE))
