"""A segment to be made, to be looked at before anything is sent."""

from __future__ import annotations

import warnings
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

import pandas as pd

from vfy_notebook.edits.problems.problems import problems_frame
from vfy_notebook.errors import PlanError, VfyNotebookWarning
from vfy_notebook.frames.segments.segments import segments_frame
from vfy_notebook.push.preview import refusal
from vfy_notebook.segments import messages
from vfy_notebook.segments.messages import shown_name
from vfy_notebook.segments.order import STATIC
from vfy_notebook.segments.preview import SegmentPreview

if TYPE_CHECKING:
    from collections.abc import Sequence

    from vfy_notebook.api.models import Segment
    from vfy_notebook.edits.problems.problems import Problem, WhoIs
    from vfy_notebook.progress import Shown
    from vfy_notebook.push.plan import PushPlan, PushReport
    from vfy_notebook.segments.flag import Flag
    from vfy_notebook.segments.names import Taken
    from vfy_notebook.segments.order import SegmentOrder
    from vfy_notebook.segments.report import SegmentReport
    from vfy_notebook.segments.selection import Selection


class Creator(Protocol):
    """What carries plans out."""

    def create(
        self, plan: SegmentPlan, *, delete_old: str | None, progress: Shown
    ) -> SegmentReport:
        """Make the segment, and put the report into the plan."""


@dataclass
class SegmentPlan:
    """A segment to be made: who gets in, who does not, what it costs, and what is wrong with it.

    Made by `project.plan_segment`. Shown in a notebook cell it is a preview. `len(plan)` is the
    number of customers who get in.

    Attributes:
        order: What will be asked for.
        selection: Who was given.
        taken: Segments of the same name, or nearly.
        replaces: Whether it is to take the place of a segment of the same name.
        replaced: The segments whose place it is to take.
        flag: The metadata key that its customers get; None for a static one.
        found: What has to be known of it, beside what is to be known of the push.
        push_plan: The push that flags them; None if none has to be.
        push_report: The report of that push; None before it.
        report: What `create` has made; None before it.

    >>> customers = project.fetch_customers(city="Łódź", progress=False)
    >>> plan = project.plan_segment("From Łódź", customers)
    >>> len(plan) == len(customers), plan.type, bool(plan.problems["blocks"].any())
    (True, 'static', False)
    """

    _creator: Creator = field(repr=False)
    order: SegmentOrder
    selection: Selection
    taken: Taken
    replaces: bool
    replaced: Sequence[Segment] = field(repr=False)
    found: Sequence[Problem] = field(repr=False)
    _whois: WhoIs = field(repr=False)
    flag: Flag | None = None
    push_plan: PushPlan | None = None
    push_report: PushReport | None = None
    report: SegmentReport | None = None

    def __len__(self) -> int:
        return len(self.selection.customers)

    @property
    def name(self) -> str:
        """What the segment is called."""
        return self.order.name

    @property
    def type(self) -> str:
        """`static`, or `passive` for a segment of those who have a flag in their metadata."""
        return self.order.type

    @property
    def customers(self) -> pd.DataFrame:
        """Who gets in, indexed by `customer_id`, with the columns that were given."""
        return self.selection.customers

    @property
    def not_found(self) -> tuple[str, ...]:
        """Ids and source_ids that were given and that the server does not have."""
        return self.selection.not_found

    @property
    def near_segments(self) -> pd.DataFrame:
        """Segments whose names equal the new one or nearly, as in `project.fetch_segments()`."""
        return segments_frame([*self.taken.equal, *self.taken.near])

    @property
    def problems(self) -> pd.DataFrame:
        """What has to be known, what blocks the plan first; the columns are those of a push's."""
        return problems_frame(self._problems(), self._whois)

    @property
    def calls(self) -> dict[str, int]:
        """Route → number of requests that write: those of the push, and one for the segment."""
        pushed = {} if self.push_plan is None else self.push_plan.calls
        return {**pushed, "segment": 1}

    # -- looks ---------------------------------------------------------------------------------

    def __repr__(self) -> str:
        return f"<SegmentPlan {self._preview().text()}>"

    def __str__(self) -> str:
        return self._preview().text()

    def _repr_html_(self) -> str:
        return self._preview().html()

    def _preview(self) -> SegmentPreview:
        count = len(self)
        title = (
            f"New {self.type} segment {shown_name(self.name)}: "
            f"{count:,} customer{'s' * (count != 1)}"
        )
        if self.flag is not None:
            flagged = 0 if self.push_plan is None else len(self.push_plan.edits)
            whom = "who" if flagged == count else f"of whom {flagged:,}"
            title += f", {whom} get {shown_name(self.flag.column, quoted=False)} = true"
        verb = "plan.create() makes it."
        if any(problem.blocks for problem in self._problems()):
            verb = "It cannot be made before what is marked with ✗ is solved."
        if self.report is not None:
            verb = f"It was made: {self.report!r}"
        return SegmentPreview(
            title, self._cost(), self.customers, self._problems(), self._whois, verb
        )

    def _cost(self) -> str:
        calls = self.calls
        writes = sum(calls.values())
        by_route = ", ".join(f"{number:,} {route}" for route, number in calls.items())
        follow = " and some to follow and verify the push" if len(calls) > 1 else ""
        return (
            f"{writes:,} API call{'s' * (writes != 1)} to write ({by_route}), 1 to see that the "
            f"name is still free, 2 or more to see who is in it and that it is there once{follow}. "
            f"Planning took {self.selection.calls:,} to find the customers."
        )

    # -- what it does --------------------------------------------------------------------------

    def create(self, *, delete_old: str | None = None, progress: Shown = None) -> pd.DataFrame:
        """Make the segment, and see that those who are planned are in it.

        Where its customers are flagged, the push comes first, and no segment is made if it fails
        for one of them.

        Args:
            delete_old: The name of the segment that the new one takes the place of: it is deleted,
                once the new one is verified. Only for plans with `replace=True`.
            progress: None shows a bar where one can be seen; False is silent.

        Returns:
            The segment's row, as in `project.fetch_segments()`. The plan's `report` tells who is
            in it; a warning names customers who are missing.

        Raises:
            PlanError: Something blocks the plan (see `problems`), the segment was made already, or
                another one of this name has come into being meanwhile.
            PushFailed: Not all customers could be flagged; `report` is the push's, and no segment
                was made.
            PushInterrupted: The push was cut off: after `project.resume_push()`, plan again.
            JournalError: The journal cannot be written, or another process is making a segment of
                this name; nothing was sent.
            VfyNotebookError: The API refused it. With `may_have_run` it is not known what became
                of the request: calling `create` again, also of a new plan or in another process,
                looks for the segment before anything is sent.

        Warns:
            VfyNotebookWarning: The API shows other members than planned, or does not show any.

        How long it may take: its calls, each of which has an end (see `Project`), three minutes of
        waiting for what appears late, and for flags as `PushPlan.push`.

        Cost in API calls: `calls`; one before them, to see whether the name is still free; one to
        verify the members, up to six more if they appear late, and one for each 100 members if
        they are others than planned; one to see that the segment is there once. `delete_old` takes
        one.

        Source: https://docs.voucherify.io/api-reference/segments/create-segment
        """
        report = self.make(delete_old=delete_old, progress=progress)
        if report.difference or report.notes:
            told = f"The segment {report.segment_id} was made. {report.told} See plan.report."
            warnings.warn(told, VfyNotebookWarning, stacklevel=2)
        return report.segment

    def make(self, *, delete_old: str | None = None, progress: Shown = None) -> SegmentReport:
        """The same, but gives the report, and leaves it to the caller to tell what it says.

        Args:
            delete_old: As in `create`.
            progress: As in `create`.

        Raises:
            VfyNotebookError: As in `create`.
        """
        if self.report is not None:
            message = (
                f"This plan has made its segment already: {self.report.segment_id}; see "
                "plan.report. Nothing was sent."
            )
            raise PlanError(message)
        self.refuse_if_blocked()
        self._check_old(delete_old)
        return self._creator.create(self, delete_old=delete_old, progress=progress)

    def refuse_if_blocked(self) -> None:
        """Raise if something stands in the plan's way.

        Raises:
            PlanError: With what blocks it.
        """
        blocking = [problem for problem in self._problems() if problem.blocks]
        if blocking:
            raise PlanError(refusal(blocking, self._whois))

    def _check_old(self, delete_old: str | None) -> None:
        if delete_old is None:
            return
        wrong = ""
        if not self.replaces:
            wrong = "this plan replaces nothing: plan it with replace=True"
        elif delete_old != self.name:
            wrong = f"the segment that is replaced is called {self.name!r}: give that name"
        elif not self.replaced:
            wrong = "no segment is called so: leave it out"
        elif len(self.replaced) > 1:
            wrong = (
                f"{len(self.replaced)} segments are called so: leave it out, and delete by id "
                "with project.delete_segment(id, confirm=name)"
            )
        if wrong:
            message = f"delete_old={delete_old!r}: {wrong}. Nothing was sent."
            raise PlanError(message)

    def _problems(self) -> list[Problem]:
        pushed = [] if self.push_plan is None else self.push_plan.found_problems
        return [*self.found, *messages.of_the_push(pushed)]

    @property
    def is_static(self) -> bool:
        """Whether its members are a list."""
        return self.type == STATIC
