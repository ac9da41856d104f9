"""Where plans are made and pushes are run, for one project."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from vfy_notebook.api.garbage_collection import rare_collections
from vfy_notebook.edits.arguments import check_frame, check_pair
from vfy_notebook.edits.tables.changes import Changes
from vfy_notebook.errors import JournalError, PlanError, PushInterrupted, VfyNotebookError
from vfy_notebook.fetch.marks import known_from_ms
from vfy_notebook.frames.attrs import MASKED
from vfy_notebook.frames.customers import customers_frame
from vfy_notebook.frames.schema import INDEX
from vfy_notebook.journal.entries import PLANNED, Base, PushFacts
from vfy_notebook.journal.journal import new_push_id
from vfy_notebook.progress import Progress
from vfy_notebook.push.comparing.comparison import Comparison
from vfy_notebook.push.comparing.reading import CustomerReader
from vfy_notebook.push.comparing.request import ON_CONFLICT, check_among, check_count
from vfy_notebook.push.customer_names import CustomerNames
from vfy_notebook.push.imports import IMPORT, finish_import, refuse_import
from vfy_notebook.push.lookup.checks import check_on_server
from vfy_notebook.push.plan import PlanOptions, PushPlan, PushReport
from vfy_notebook.push.refreshing import refresh
from vfy_notebook.push.reports.pushes_frame import pushes_frame
from vfy_notebook.push.reports.rows import empty_rows, report_rows
from vfy_notebook.push.reports.undo import known_until_ms, retry_of, undo_of
from vfy_notebook.push.runner import Runner, RunOptions, server_ms

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence

    import pandas as pd

    from vfy_notebook.api.models import Customer
    from vfy_notebook.api.operations import Api
    from vfy_notebook.edits.changes import Change
    from vfy_notebook.edits.problems.problems import Problem
    from vfy_notebook.journal.entries import RowEntry
    from vfy_notebook.journal.journal import Journal
    from vfy_notebook.progress import Shown
    from vfy_notebook.push.comparing.request import PlanRequest
    from vfy_notebook.snapshots.store import ProjectSnapshots


#: How Voucherify's own ids begin; what else stands in an index are customers to be created.
_ID_PREFIX = "cust_"


@dataclass(frozen=True)
class PushPlanner:
    """Makes plans and runs pushes.

    Args:
        api: The project's API.
        open_journal: Opens the project's journal.
        snapshots: What is remembered of the project.
        workers: Requests in flight at most.
    """

    api: Api
    open_journal: Callable[[], Journal]
    snapshots: ProjectSnapshots
    workers: int

    # -- planning ------------------------------------------------------------------------------

    def plan(
        self,
        edited: pd.DataFrame,
        before: pd.DataFrame | None,
        request: PlanRequest,
        *,
        existence: bool = True,
        progress: Shown = False,
    ) -> PushPlan:
        """Compare a frame with what it came from and look at the server; nothing is written.

        Args:
            edited: The frame.
            before: What it is compared with; None is what the project remembers.
            request: What the user asks for.
            existence: Whether to look whether the customers are still there.
            progress: Where to tell that a call waits.
        """
        check_frame("edited", edited)
        if before is not None:
            check_frame("before", before)
        check_pair(edited, before)
        with self.telling(progress):
            return self._planned(edited, before, request, existence=existence)

    @contextlib.contextmanager
    def telling(self, shown: Shown) -> Iterator[None]:
        """Tell of each wait while a plan is made."""
        bar = Progress(
            "Planning",
            unit="",
            calls=lambda: self.api.transport.calls.total,
            shown=shown,
            only_waits=True,
        )
        with bar, self.api.transport.governor.told_of_waits(bar.waits):
            yield

    def _planned(
        self,
        edited: pd.DataFrame,
        before: pd.DataFrame | None,
        request: PlanRequest,
        *,
        existence: bool,
    ) -> PushPlan:
        reader = CustomerReader(self.api, request.max_calls)
        with rare_collections():
            compared = Comparison(self.api, self.snapshots, reader, request).of(edited, before)
        options = PlanOptions(
            on_conflict=request.on_conflict,
            create_missing=request.create_missing,
            max_records=request.max_records,
            whole_metadata=compared.whole_metadata,
        )
        plan = self._plan_of(
            compared.changes,
            compared.problems,
            compared.base,
            options,
            heads=compared.heads,
            frame=edited,
        )
        plan.take(compared.known)
        return self._checked(plan, existence=existence, allow=reader.allow)

    def plan_undo(
        self, push_id: str | None, *, on_conflict: str, progress: Shown = False
    ) -> PushPlan:
        """Plan what takes a push back."""
        check_among("on_conflict", on_conflict, ON_CONFLICT)
        if push_id is None:
            return PushPlan(self, Changes.of(()), [], Base(0), PlanOptions("undo"))
        with self.open_journal() as journal:
            push, rows = journal.push(push_id), journal.rows(push_id)
        refuse_import(push.kind)
        facts = push.facts
        changes, problems = undo_of(rows)
        options = PlanOptions(
            "undo",
            push_id,
            on_conflict,
            max_records=facts.max_records,
            whole_metadata=facts.whole_metadata,
        )
        base = replace(facts.base, as_of_ms=known_until_ms(rows))
        with self.telling(progress):
            return self._checked(self._plan_of(changes, problems, base, options))

    def plan_retry(
        self, push_id: str | None, *, max_records: int | None, progress: Shown = False
    ) -> PushPlan:
        """Plan what failed in a push."""
        if max_records is not None:
            check_count("max_records", max_records)
        if push_id is None:
            return PushPlan(self, Changes.of(()), [], Base(0), PlanOptions("retry"))
        with self.open_journal() as journal:
            push, rows = journal.push(push_id), journal.rows(push_id)
        refuse_import(push.kind)
        facts = push.facts
        changes, problems = retry_of(rows)
        options = PlanOptions(
            "retry",
            push_id,
            "overwrite" if facts.overwrite else "refuse",
            facts.create_missing,
            facts.max_records if max_records is None else max_records,
            facts.whole_metadata,
        )
        with self.telling(progress):
            return self._checked(self._plan_of(changes, problems, facts.base, options))

    def _plan_of(
        self,
        changes: Iterable[Change],
        problems: list[Problem],
        base: Base,
        options: PlanOptions,
        *,
        heads: Sequence[str] = (),
        frame: pd.DataFrame | None = None,
    ) -> PushPlan:
        # Whoever masked a frame wants no names on the screen.
        is_masked = any(each.kind == "masked" for each in problems) or (
            frame is not None and bool(frame.attrs.get(MASKED))
        )
        people = None if is_masked else CustomerNames(self.snapshots)
        made = Changes.of(changes)
        return PushPlan(self, made, problems, base, options, people, heads, frame)

    def _checked(
        self,
        plan: PushPlan,
        *,
        existence: bool = True,
        may_be_gone: Collection[str] = (),
        allow: Callable[[int, int], None] | None = None,
    ) -> PushPlan:
        """Look at the server for what the frames cannot know."""
        found = check_on_server(
            self.api,
            plan.changes,
            plan.base,
            existence=existence and not plan.options.create_missing,
            times_tell=self.snapshots.times_tell is not False,
            may_be_done=plan.options.kind == "undo",
            allow=allow,
        )
        found.gone.difference_update(may_be_gone)
        plan.note_compared(None if self.snapshots.times_tell else found.compared)
        plan.take(found)
        return plan

    # -- pushing -------------------------------------------------------------------------------

    def push(self, plan: PushPlan, *, progress: Shown, timeout_s: float) -> PushReport:
        """Carry a plan out."""
        # Once more: someone may have written or deleted while the plan was looked at. Who has no
        # source_id is written to by id, which creates nobody.
        ids = zip(plan.changes.customer_ids, plan.changes.source_ids, strict=True)
        by_id = {customer_id for customer_id, source_id in ids if customer_id and not source_id}
        self._checked(plan, may_be_gone=by_id).refuse_if_blocked()
        if not plan.changes:
            plan.mark_used()
            kind = plan.options.kind
            return PushReport(
                None, empty_rows(), is_finished=True, _planner=self, kind=kind, _frame=plan.frame
            )
        options = plan.options
        facts = PushFacts(
            of_push=options.of_push,
            overwrite=options.on_conflict == "overwrite",
            create_missing=options.create_missing,
            max_records=options.max_records,
            whole_metadata=options.whole_metadata,
            as_of_ms=plan.base.as_of_ms,
            started_ms=server_ms(self.api),
            count=plan.base.count,
            from_ms=plan.base.from_ms,
            to_ms=plan.base.to_ms,
        )
        push_id = new_push_id()
        with self.open_journal() as journal, journal.lock_push(push_id):
            batches = plan.batches.batches
            journal.begin(
                options.kind, facts, plan.changes, batches, plan.left_out, push_id=push_id
            )
            plan.mark_used()
            try:
                bar = self._bar(progress)
                report = self._run(journal, push_id, bar, timeout_s=timeout_s, resumed=False)
            except PushInterrupted as error:
                if isinstance(error.__cause__, JournalError) and _discarded(journal, push_id):
                    plan.mark_used(is_used=False)
                    raise error.__cause__ from None
                raise
        return replace(report, _frame=plan.frame)

    def last_pushed(self, customer_id: str | None) -> Mapping[str, Any]:
        """The values that this project has last pushed for a customer, by field."""
        return self.snapshots.last_pushed(customer_id)

    def resume(self, push_id: str | None, *, progress: Shown, timeout_s: float) -> PushReport:
        """Go on with a push that was cut off."""
        with self.open_journal() as journal:
            self._recognise(journal)
            if push_id is None:
                push_id = _the_only_one(journal)
                _refuse_copied(journal, push_id)
            if journal.push(push_id).kind == IMPORT:
                return self._resume_import(journal, push_id, progress, timeout_s=timeout_s)
            if not journal.is_open(push_id) and "unknown" not in journal.counts(push_id):
                return self._report(journal, push_id)
            bar = self._bar(progress)
            with journal.lock_push(push_id):
                return self._run(journal, push_id, bar, timeout_s=timeout_s, resumed=True)

    def _resume_import(
        self, journal: Journal, push_id: str, progress: Shown, *, timeout_s: float
    ) -> PushReport:
        """Follow a CSV import that was cut off to its end."""
        if journal.is_open(push_id):
            with journal.lock_push(push_id), self._bar(progress):
                try:
                    finish_import(self.api, journal, push_id, patience_s=timeout_s)
                except (KeyboardInterrupt, VfyNotebookError) as error:
                    raise self._interrupted(journal, push_id, error) from error
        return self._report(journal, push_id)

    # -- found again ---------------------------------------------------------------------------

    def pushes(self) -> pd.DataFrame:
        """A row for each push of the journal."""
        with self.open_journal() as journal:
            self._recognise(journal)
            return pushes_frame([(push, journal.counts(push.push_id)) for push in journal.pushes()])

    def get(self, push_id: str) -> PushReport:
        """The report of a push of the journal."""
        with self.open_journal() as journal:
            self._recognise(journal)
            return self._report(journal, push_id)

    def _recognise(self, journal: Journal) -> None:
        """Find out whether entries of another key or address are this project's.

        Asks for what tells projects apart, once: a call or two, and none where the journal has no
        entries of others, or is sure whose they are.
        """
        for ask in (self.api.metadata_schema, self.api.list_segments):
            if self.api.marks.are_asked or not journal.could_know_more:
                return
            with contextlib.suppress(VfyNotebookError):  # they stay others', and can be adopted
                ask()
            journal.learn()
        self.api.marks.are_asked = True
        journal.learn()

    def refresh(self, customers: pd.DataFrame) -> pd.DataFrame:
        """The frame as it is on the server now."""
        return refresh(self.api, self.snapshots, customers)

    def customers_of(self, rows: pd.DataFrame, frame: pd.DataFrame | None) -> pd.DataFrame:
        """A report's customers as they are on the server now, with those of the edited frame."""
        pushed = rows["customer_id"].dropna().tolist()
        if frame is None or frame.index.name != INDEX:
            frame = customers_frame([])
        ours = [isinstance(label, str) and label.startswith(_ID_PREFIX) for label in frame.index]
        here = frame.loc[np.array(ours, dtype=bool)]
        return refresh(self.api, self.snapshots, here, more=pushed)

    def adopt(self, site: str) -> int:
        """Make another connection's pushes this project's."""
        with self.open_journal() as journal:
            return journal.adopt(site)

    def _bar(self, shown: Shown) -> Progress:
        return Progress(
            "Pushing",
            unit="customers sent",
            calls=lambda: self.api.transport.calls.total,
            shown=shown,
        )

    def _run(
        self, journal: Journal, push_id: str, bar: Progress, *, timeout_s: float, resumed: bool
    ) -> PushReport:
        total = journal.count(push_id)
        options = RunOptions(self.workers, timeout_s, lambda done: bar.update(done, total))
        runner = Runner(self.api, journal, push_id, options)
        began_s = self.api.transport.clock.monotonic()
        try:
            with bar, self.api.transport.governor.told_of_waits(bar.waits):
                runner.run(resumed=resumed)
        except (KeyboardInterrupt, Exception) as error:
            # Whatever it is, this push is found again by its name.
            raise self._interrupted(journal, push_id, error) from error
        finally:
            with contextlib.suppress(JournalError):
                self._remember_pushed(journal.rows(push_id), runner.read, began_s)
        return self._report(journal, push_id)

    def _remember_pushed(
        self, rows: Sequence[RowEntry], read: Sequence[Customer], began_s: float
    ) -> None:
        """What has been written here is no change by others; what was read back is remembered."""
        written = {
            row.now_id or row.change.customer_id: row
            for row in rows
            if row.outcome in ("updated", "created", "unknown")
        }
        self.snapshots.note_pushed(
            {
                customer_id: (_shown_now(row), row.change.unchanged_since_ms, row.updated_ms)
                for customer_id, row in written.items()
                if customer_id is not None
            }
        )
        moved = [_has_moved(row) for row in written.values() if row.learnt == "read back"]
        if moved:
            self.snapshots.note_times(tell=any(moved))
        if read:
            newest = {customer.id: customer for customer in read}
            self.snapshots.remember(
                customers_frame(newest.values()),
                is_whole=True,
                read_from_ms=known_from_ms(self.api.transport, began_s),
            )

    def _interrupted(self, journal: Journal, push_id: str, error: BaseException) -> PushInterrupted:
        why = str(error)
        if isinstance(error, KeyboardInterrupt):
            why = "interrupted."
        elif not isinstance(error, VfyNotebookError):
            why = f"something that nobody foresaw ({type(error).__name__}: {error})."
        try:
            report: PushReport | None = self._report(journal, push_id)
            so_far = f"So far: {report!r}."
        except JournalError as unread:
            report, so_far = None, f"Its journal cannot be read: {unread}"
        message = (
            f"Push {push_id} was cut off: {why} {so_far} project.resume_push({push_id!r}) goes on."
        )
        return PushInterrupted(message, report=report, push_id=push_id)

    def _report(self, journal: Journal, push_id: str) -> PushReport:
        push = journal.push(push_id)  # refuses a push that is not ours
        rows = report_rows(journal.outcomes(push_id), journal.batches(push_id))
        return PushReport(push_id, rows, not push.is_open, _planner=self, kind=push.kind)


def _shown_now(row: RowEntry) -> dict[str, Any]:
    """The pushed cells as the server shows them."""
    return {**row.change.after, **(row.shown or {})}


def _has_moved(row: RowEntry) -> bool:
    """Whether a row's push has given its customer a later time of update."""
    since_ms = row.change.unchanged_since_ms
    return row.updated_ms is not None and (since_ms is None or row.updated_ms > since_ms)


def _discarded(journal: Journal, push_id: str) -> bool:
    """Whether nothing of a push was sent, and it is out of the journal again."""
    try:
        batches = journal.batches(push_id)
        if any(batch.state != PLANNED or batch.attempts for batch in batches):
            return False
        journal.discard(push_id)
    except JournalError:
        return False
    return True


def _refuse_copied(journal: Journal, push_id: str) -> None:
    """Refuse a push that may have been finished, or undone, with the journal's original."""
    if journal.is_copied(push_id):
        message = (
            f"Push {push_id} was begun with another file than the journal at {journal.path}, "
            "which seems to be a copy of it: nobody here knows whether it was finished or undone "
            "there since. Nothing was sent. Look at the customers with fetch_customers(); "
            f"project.resume_push({push_id!r}) goes on all the same, and sends again what was "
            "undone."
        )
        raise PlanError(message)


def _the_only_one(journal: Journal) -> str:
    pushes = journal.pushes()
    open_pushes = [push.push_id for push in pushes if push.is_open]
    if not open_pushes:
        last = f" The last one is {pushes[-1].push_id!r}, which is finished." if pushes else ""
        message = (
            f"There is nothing to resume: no push of this project was cut off.{last} "
            "project.pushes() lists all, project.get_push(push_id) gives the report of one."
        )
        raise PlanError(message)
    if len(open_pushes) > 1:
        message = (
            f"{len(open_pushes)} pushes were cut off: say which to resume, one of "
            f"{', '.join(map(repr, open_pushes))} (the oldest comes first)."
        )
        raise PlanError(message)
    return open_pushes[0]
