"""What a push would do, to be looked at before anything is sent, and what became of it.

A plan gives a report and a report gives plans (undo, retry), so both stand here.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
import pandas as pd

from vfy_notebook.edits.cells.values import same_json
from vfy_notebook.edits.differences import notes_on_values
from vfy_notebook.edits.fields import value_of
from vfy_notebook.edits.problems import messages
from vfy_notebook.edits.problems.problems import problems_frame
from vfy_notebook.edits.tables.changes import Changes, ChangesById
from vfy_notebook.edits.tables.edits_frame import edits_frame
from vfy_notebook.edits.three_way import meet
from vfy_notebook.errors import PlanError, PushFailed
from vfy_notebook.journal.entries import Outcome
from vfy_notebook.push.batches import make_batches
from vfy_notebook.push.imports import IMPORT
from vfy_notebook.push.preview import Preview, refusal
from vfy_notebook.push.reports.rows import OUTCOMES, report_html

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from vfy_notebook.api.models import Customer
    from vfy_notebook.edits.cells.cells import Bools
    from vfy_notebook.edits.changes import Change
    from vfy_notebook.edits.problems.problems import Problem, WhoIs
    from vfy_notebook.journal.entries import Base
    from vfy_notebook.progress import Shown
    from vfy_notebook.push.batches import Batches
    from vfy_notebook.push.lookup.checks import Findings

#: What a push of each kind is called.
TITLES = {"push": "Push", "undo": "Undo", "retry": "Retry", "import": "Import"}


@dataclass(frozen=True)
class PlanOptions:
    """How a plan is to be carried out.

    Attributes:
        kind: `push`, `undo` or `retry`.
        of_push: The push that is undone or tried again.
        on_conflict: `refuse`, `skip` or `overwrite` customers changed by others.
        create_missing: Whether customers may be created.
        max_records: Most customers a request.
        whole_metadata: Whether all metadata of the customers is known.
    """

    kind: str = "push"
    of_push: str | None = None
    on_conflict: str = "refuse"
    create_missing: bool = False
    max_records: int = 100
    whole_metadata: bool = True


class Pusher(Protocol):
    """What carries plans out."""

    def last_pushed(self, customer_id: str | None) -> Mapping[str, Any]:
        """The values that this project has last pushed for a customer, by field."""

    def push(self, plan: PushPlan, *, progress: Shown, timeout_s: float) -> PushReport:
        """Carry a plan out."""


class Planner(Protocol):
    """What makes plans out of an earlier push."""

    def plan_undo(self, push_id: str | None, *, on_conflict: str, progress: Shown) -> PushPlan:
        """Plan what takes a push back."""

    def plan_retry(
        self, push_id: str | None, *, max_records: int | None, progress: Shown
    ) -> PushPlan:
        """Plan what failed in a push."""

    def customers_of(self, rows: pd.DataFrame, frame: pd.DataFrame | None) -> pd.DataFrame:
        """A report's customers as they are on the server now."""


@dataclass
class PushPlan:
    """What a push would do: its edits, what they cost, and what is wrong with them.

    Made by `project.plan_push`, `report.plan_undo` and `report.plan_retry`. Shown in a notebook
    cell it is a preview. It can be pushed once.

    >>> customers = project.fetch_customers(city="Kraków", progress=False)
    >>> plan = project.plan_push(customers.assign(description="Seen at the fair"))
    >>> len(plan.edits) == len(customers), bool(plan.problems["blocks"].any())
    (True, False)
    """

    _pusher: Pusher = field(repr=False)
    _changes: Changes = field(repr=False)
    _found: list[Problem] = field(repr=False)
    _base: Base = field(repr=False)
    _options: PlanOptions = field(repr=False)
    _whois: WhoIs | None = field(default=None, repr=False)
    _heads: Sequence[str] = field(default=(), repr=False)
    _frame: pd.DataFrame | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        #: Customers of whom no cell is left to be sent, and why.
        self._skipped: dict[str, str] = {}
        self._conflicts: list[Problem] = []
        #: Ids of customers of whom every cell was looked at; None where their times tell enough.
        self._compared: set[str] | None = None
        self._batches: Batches | None = None
        self._edits: pd.DataFrame | None = None
        self._is_used = False
        self._being_pushed = threading.Lock()

    # -- what it shows -------------------------------------------------------------------------

    @property
    def edits(self) -> pd.DataFrame:
        """What is sent, one row per changed cell.

        Columns `customer_id`, `source_id`, `field`, `before` and `after`; values are those of
        the API's JSON, None for null. Customers that are left out are not in it.
        """
        if self._edits is None:
            self._edits = edits_frame(self._sent())
        return self._edits

    @property
    def problems(self) -> pd.DataFrame:
        """What has to be known, one row for each column and kind, what blocks the push first.

        Columns `blocks`, `kind`, `field` (NA where it is about none or several), `count` (of
        rows, or of columns where it is about no rows), `customers` (a list of all ids),
        `message`, and its parts `example` and `way_out`.
        """
        return problems_frame(self._problems(), self._whois)

    @property
    def calls(self) -> dict[str, int]:
        """Route → number of requests that write.

        `metadata`: one metadata object for many customers; `bulk`: a list of customers with
        their fields; `put`: one customer each. Following and verifying them takes about six
        more (see `project.plan_push`).
        """
        return self.batches.calls

    def __repr__(self) -> str:
        return f"<PushPlan {self._preview().text()}>"

    def __str__(self) -> str:
        return self._preview().text()

    def _repr_html_(self) -> str:
        return self._preview().html()

    def _preview(self) -> Preview:
        title = TITLES[self._options.kind]
        return Preview(title, self._sent(), self._problems(), self.calls, self._whois, self._heads)

    # -- what it does --------------------------------------------------------------------------

    def push(self, *, progress: Shown = None, timeout_s: float = 900.0) -> PushReport:
        """Send the plan, follow it to its end and learn what became of each customer.

        Args:
            progress: None shows a bar where one can be seen; False is silent.
            timeout_s: Seconds without any progress of the API's queue after which its async
                actions are given up (after six hours whatever their progress); their rows are
                `unknown` then, and `project.resume_push` looks again.

        Returns:
            The report. Customers that failed are in it and raise nothing.

        Raises:
            PlanError: Something blocks the plan (see `problems`), or it was pushed before.
                Nothing was sent.
            PushInterrupted: The push was cut off by an interrupt, or by an error that the next
                request would have met too; `project.resume_push()` goes on.
            JournalError: The journal cannot be written; nothing was sent.

        How long it may take: its calls, each of which has an end (see `Project`), and then as
        `timeout_s` says.

        Cost in API calls: `calls`, one to look once more for conflicts and deletions, and to follow
        and verify them: two or more to follow (how many depends on the API's queue), then one for
        each 100 of up to 600 customers; for more of them four or so to read an export of what has
        changed, or one or two for each action where those are fewer. Rows that these do not
        prove take more.

        Source: https://docs.voucherify.io/api-reference/customers/update-customers-in-bulk
        """
        if not self._being_pushed.acquire(blocking=False):
            message = "This plan is being pushed by another thread: its report comes there."
            raise PlanError(message)
        try:
            if self._is_used:
                message = "This plan was pushed already: make a new one with plan_push()."
                raise PlanError(message)
            self.refuse_if_blocked()
            return self._pusher.push(self, progress=progress, timeout_s=timeout_s)
        finally:
            self._being_pushed.release()

    def refuse_if_blocked(self) -> None:
        """Raise if something stands in the plan's way.

        Raises:
            PlanError: With what blocks it, in less than 4 kB.
        """
        blocking = [problem for problem in self._problems() if problem.blocks]
        if blocking:
            raise PlanError(refusal(blocking, self._whois, self._heads))

    # -- for the planner --------------------------------------------------------------------------

    @property
    def changes(self) -> Changes:
        """All changed customers, those left out among them."""
        return self._changes

    @property
    def found_problems(self) -> list[Problem]:
        """What `problems` tells, one value each."""
        return self._problems()

    @property
    def left_out(self) -> dict[int, Outcome]:
        """Positions of changes that are not sent, and why."""
        if not self._skipped:
            return {}
        return {
            position: Outcome("skipped", self._skipped[label])
            for position, label in enumerate(self._changes.labels)
            if label in self._skipped
        }

    @property
    def batches(self) -> Batches:
        """The requests; positions are those of `changes`."""
        if self._batches is None:
            made = make_batches(
                self._sent(),
                max_records=self._options.max_records,
                may_pool=self._options.whole_metadata,
            )
            kept = np.flatnonzero(self._is_sent()).tolist()
            self._batches = made.renumbered(kept) if self._skipped else made
        return self._batches

    @property
    def frame(self) -> pd.DataFrame | None:
        """The frame that it was made of; None for an undo or a retry."""
        return self._frame

    @property
    def base(self) -> Base:
        """What the plan knows of the customers it starts from."""
        return self._base

    @property
    def options(self) -> PlanOptions:
        """How it is to be carried out."""
        return self._options

    def mark_used(self, *, is_used: bool = True) -> None:
        """From now on the plan cannot be pushed, or can again as nothing of it was sent."""
        self._is_used = is_used

    def note_compared(self, customer_ids: set[str] | None) -> None:
        """Of whom the server showed every cell; None where their times tell enough."""
        if customer_ids is not None and self._compared is not None:
            customer_ids = customer_ids | self._compared
        self._compared = customer_ids

    def take(self, found: Findings) -> None:
        """Heed what the server knows better: of each changed customer, cell by cell."""
        if found.base is not None:
            self._base = found.base
        if not found.gone and not found.changed:
            return  # the requests that have been made of it stand
        known = ChangesById(self._changes)
        self._take_gone([change.label for _, change in known.some(found.gone).values()])
        clashes: dict[str, list[str]] = {}
        kept = np.ones(len(self._changes), dtype=bool)
        changed = {}
        for who, (position, change) in known.some(found.changed).items():
            kept[position] = self._meets(change, found.changed[who], clashes)
            changed[position] = change
        on_conflict = self._options.on_conflict
        self._conflicts += [
            messages.conflicts(name, labels, on_conflict=on_conflict, kind=self._options.kind)
            for name, labels in clashes.items()
        ]
        self._changes = self._changes.replaced(changed).kept(kept)
        self._edits = None
        self._batches = None

    def _take_gone(self, gone: list[str]) -> None:
        """Customers who are no longer there: nobody else can be put back in their place."""
        gone = [label for label in gone if label not in self._skipped]
        if not gone or self._options.create_missing:
            return
        kind = self._options.kind
        is_left_out = kind == "undo" and self._options.on_conflict != "refuse"
        if is_left_out:
            self._skipped |= dict.fromkeys(gone, "no longer on the server")
        self._conflicts.append(messages.gone(gone, kind=kind, is_left_out=is_left_out))

    def _meets(self, change: Change, current: Customer, clashes: dict[str, list[str]]) -> bool:
        """Let a change start from what is there now; gives whether something is left of it."""
        if change.label in self._skipped:
            return True
        fields = meet(change, current, self._is_ours(change))
        for name in fields:
            clashes.setdefault(name, []).append(change.label)
        if self._options.on_conflict == "overwrite":
            for name in fields:
                change.before[name] = value_of(current, name)
        elif self._options.on_conflict == "skip" and fields:
            if len(fields) == len(change.after):
                self._skipped[change.label] = "changed on the server since it was fetched"
            else:
                change.leave_out(fields)
                change.rebase(current)
        return bool(change.after)

    def _is_ours(self, change: Change) -> Callable[[str, Any], bool]:
        pushed = self._pusher.last_pushed(change.customer_id)
        return lambda name, now: name in pushed and same_json(pushed[name], now)

    def _is_sent(self) -> Bools:
        labels = self._changes.labels if self._skipped else ()
        sent = np.ones(len(self._changes), dtype=bool)
        sent[[p for p, label in enumerate(labels) if label in self._skipped]] = False
        return sent

    def _sent(self) -> Changes:
        return self._changes.kept(self._is_sent()) if self._skipped else self._changes

    def _only_by_time(self) -> int:
        """Customers of whom only the time of the last write was looked at, which proves little."""
        compared = self._compared
        if compared is None:
            return 0
        return len({*self._sent().customer_ids} - compared - {None})

    def _problems(self) -> list[Problem]:
        problems = [*self._found, *self._conflicts]
        large = [self._changes.labels[p] for p in self.batches.too_large]
        if large:
            problems.append(messages.too_large(large))
        by_time = self._only_by_time()
        if by_time:
            problems.append(messages.only_times(by_time))
        return problems + notes_on_values(self._sent(), of_frame=self._frame is not None)


@dataclass(frozen=True)
class PushReport:
    """What became of each customer of a push.

    Attributes:
        push_id: The push's name in the journal; None if there was nothing to push.
        rows: One row per changed customer, in the order of the plan: `customer_id`, `source_id`,
            `route` (`metadata`, `bulk`, `put`; NA for those left out), `outcome` (`updated`,
            `created`, `failed`, `skipped`, `unknown`), `reason`, `async_action_id`, and `learnt`:
            how the outcome is known (`read back`, `export`, `time of update`, `report`,
            `job result`, `answer`; see the documentation of pushes).
        is_finished: Whether nothing is left to be sent or followed by `project.resume_push`.
        kind: `push`, `undo`, `retry`, or `import` of a CSV import that was found again, whose rows
            are `imported`, `failed` or `unknown`.

    >>> customers = project.fetch_customers(limit=3, progress=False)
    >>> plan = project.plan_push(customers.assign(description="Seen at the fair"))
    >>> report = plan.push(progress=False)
    >>> report.rows["outcome"].tolist(), len(report.failed)
    (['updated', 'updated', 'updated'], 0)
    """

    push_id: str | None
    rows: pd.DataFrame
    is_finished: bool
    _planner: Planner = field(repr=False)
    kind: str = "push"
    _frame: pd.DataFrame | None = field(default=None, repr=False)

    @cached_property
    def customers(self) -> pd.DataFrame:
        """The edited frame as it is on the server now, ready for the next edit.

        It is read when it is first asked for, and kept. Of a report that was got again, and of an
        undo, it has the customers of the report. Customers who are gone are not in it.

        Cost in API calls: that of `project.refresh`; one for each 100 customers who have changed.
        """
        return self._planner.customers_of(self.rows, self._frame)

    @property
    def failed(self) -> pd.DataFrame:
        """The rows that failed."""
        return self.rows[self.rows["outcome"] == "failed"]

    @property
    def counts(self) -> dict[str, int]:
        """Outcome → number of customers; outcomes that nobody has are left out."""
        found = self.rows["outcome"].value_counts()
        return {outcome: int(found[outcome]) for outcome in OUTCOMES if outcome in found}

    def raise_if_failed(self) -> None:
        """Raise if a row failed, or if one's outcome is unknown.

        Raises:
            PushFailed: With this report in `report`.
        """
        counts = self.counts
        bad = counts.get("failed", 0) + counts.get("unknown", 0)
        if not bad:
            return
        first = self.rows[self.rows["outcome"].isin(["failed", "unknown"])].iloc[0]
        who = first["customer_id"] if pd.notna(first["customer_id"]) else first["source_id"]
        message = (
            f"{counts.get('failed', 0):,} customers failed and {counts.get('unknown', 0):,} are "
            f"unknown, of {len(self.rows):,}; the first is {who}: {first['reason']}. "
            f"See report.failed; {self._way_out}"
        )
        raise PushFailed(message, report=self)

    @property
    def _way_out(self) -> str:
        if self.kind == IMPORT:
            return "import_csv() takes their rows again, once they are right."
        return (
            "report.plan_retry() plans them again, "
            f"project.resume_push({self.push_id!r}) looks for the unknown ones."
        )

    def plan_undo(self, *, on_conflict: str = "refuse", progress: Shown = None) -> PushPlan:
        """Plan what puts every updated customer back to what it was before.

        Created customers stay, and so do metadata keys that did not exist before: they become
        null. The plan's `problems` say so. Customers changed by others since are conflicts.

        Args:
            on_conflict: As in `project.plan_push`.
            progress: As in `project.plan_push`.

        Cost in API calls: that of `project.plan_push`, without the metadata schema.
        """
        return self._planner.plan_undo(self.push_id, on_conflict=on_conflict, progress=progress)

    def plan_retry(self, *, max_records: int | None = None, progress: Shown = None) -> PushPlan:
        """Plan the failed rows again, and nothing else.

        Args:
            max_records: Most customers a request; None is what it was.
            progress: As in `project.plan_push`.

        Cost in API calls: that of `project.plan_push`, without the metadata schema.
        """
        return self._planner.plan_retry(self.push_id, max_records=max_records, progress=progress)

    def __repr__(self) -> str:
        return f"<{self._title}: {self._summary()}>"

    @property
    def _title(self) -> str:
        """What it reports of, such as `Undo push_0123`."""
        title = TITLES[self.kind]
        return title if self.push_id is None else f"{title} {self.push_id}"

    def _summary(self) -> str:
        told = ", ".join(f"{count:,} {outcome}" for outcome, count in self.counts.items())
        return (told or "nothing to push") + ("" if self.is_finished else "; not finished")

    def _repr_html_(self) -> str:
        return report_html(self._title, self._summary(), self.rows)
