"""Where segments are planned, made and deleted, for one project."""

from __future__ import annotations

import warnings
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from vfy_notebook.errors import (
    PlanError,
    PushFailed,
    RunInterrupted,
    VfyNotebookError,
    VfyNotebookWarning,
)
from vfy_notebook.fetch.segments import fetch_segments
from vfy_notebook.frames.segments.segments import segments_frame
from vfy_notebook.progress import Progress
from vfy_notebook.push.comparing.request import PlanRequest, check_among
from vfy_notebook.push.people import People
from vfy_notebook.segments import messages
from vfy_notebook.segments.creation import SegmentMaker, open_entry
from vfy_notebook.segments.deletion import delete_known
from vfy_notebook.segments.flag import (
    defined_as,
    flag_for,
    flag_of,
    given_flag,
    others_flagged,
)
from vfy_notebook.segments.names import check_name, taken_by
from vfy_notebook.segments.order import (
    MAX_DYNAMIC_SEGMENTS,
    MAX_STATIC_MEMBERS,
    STATIC,
    SegmentOrder,
)
from vfy_notebook.segments.plan import SegmentPlan
from vfy_notebook.segments.report import SegmentReport
from vfy_notebook.segments.selection import select
from vfy_notebook.segments.verification import Verified, verify_members

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from vfy_notebook.api.models import Segment
    from vfy_notebook.api.operations import Api
    from vfy_notebook.edits.problems.problems import Problem
    from vfy_notebook.journal.entries import SegmentEntry
    from vfy_notebook.journal.journal import Journal
    from vfy_notebook.progress import Shown
    from vfy_notebook.push.planner import PushPlanner
    from vfy_notebook.segments.flag import Flag
    from vfy_notebook.segments.names import Taken
    from vfy_notebook.segments.selection import Selection
    from vfy_notebook.snapshots.store import ProjectSnapshots

ROUTES = ("auto", "static", "metadata")


@dataclass(frozen=True)
class SegmentRequest:
    """The options of `project.plan_segment`, checked.

    Attributes:
        name: What the segment is to be called.
        replaces: Whether it is to take the place of one of that name.
        via: `auto`, `static` or `metadata`.
        flag: The metadata key of a flag; None makes one of the name.
        push: What may come of the push of the flag.
    """

    name: str
    replaces: bool
    via: str
    flag: Flag | None
    push: PlanRequest

    @classmethod
    def checked(
        cls,
        name: str,
        *,
        replaces: bool,
        via: str,
        key: str | None,
        new_keys: Iterable[str] | bool,
        max_calls: int | None,
    ) -> SegmentRequest:
        """The request of these arguments.

        Raises:
            ArgumentError: One of them cannot be.
        """
        check_among("via", via, ROUTES)
        push = PlanRequest.checked(
            columns=None,
            new_keys=new_keys,
            retype=(),
            near_twins="refuse",
            create_missing=False,
            on_conflict="overwrite",
            max_records=100,
            max_calls=max_calls,
        )
        return cls(check_name(name), replaces, via, None if key is None else given_flag(key), push)


@dataclass(frozen=True)
class SegmentPlanner:
    """Makes plans of segments and carries them out.

    Args:
        api: The project's API.
        open_journal: Opens the project's journal.
        snapshots: What is remembered of the project.
        pushes: Plans and runs the pushes of flags.
    """

    api: Api
    open_journal: Callable[[], Journal]
    snapshots: ProjectSnapshots
    pushes: PushPlanner

    # -- planning ------------------------------------------------------------------------------

    def plan(self, customers: object, request: SegmentRequest) -> SegmentPlan:
        """Look who would be in a segment, and at the segments that there are; nothing is sent."""
        selection = select(self.api, self.snapshots, customers)
        segments = fetch_segments(self.api)
        taken = taken_by(request.name, segments)
        count = len(selection.customers)
        is_static = request.via == STATIC or (
            request.via == "auto" and request.flag is None and count <= MAX_STATIC_MEMBERS
        )
        order = SegmentOrder(request.name, selection.ids, selection.digest)
        entry = self._cut_off(order, is_static=is_static)
        flag = None if is_static else self._flag(request, entry, segments)
        if flag is not None:
            order = replace(order, rule=flag.rule)
        problems = self._about_names(request, taken, entry)
        problems += _about_members(selection)
        plan = SegmentPlan(
            self, order, selection, taken, request.replaces, problems, People(self.snapshots), flag
        )
        if flag is None:
            problems += [messages.fixed_for_ever()] if count <= MAX_STATIC_MEMBERS else []
            problems += [messages.too_many(count)] if count > MAX_STATIC_MEMBERS else []
            return plan
        dynamic = sum(segment.type != STATIC for segment in segments)
        if dynamic >= MAX_DYNAMIC_SEGMENTS:
            is_by_choice = count <= MAX_STATIC_MEMBERS
            problems.append(messages.no_room(dynamic, is_by_choice=is_by_choice))
        if count:
            self._plan_flags(plan, flag, request)
            problems += self._about_flag(flag, selection)
        return plan

    def _cut_off(self, order: SegmentOrder, *, is_static: bool) -> SegmentEntry | None:
        """The entry of an earlier request for the same, of which no answer has come."""
        with self.open_journal() as journal:
            return open_entry(journal, order, is_static=is_static)

    def _flag(
        self, request: SegmentRequest, entry: SegmentEntry | None, segments: Sequence[Segment]
    ) -> Flag:
        if request.flag is not None:
            return request.flag
        if entry is not None and entry.rule is not None:
            return flag_of(entry.rule)
        return flag_for(request.name, segments)

    def _about_names(
        self, request: SegmentRequest, taken: Taken, entry: SegmentEntry | None
    ) -> list[Problem]:
        name = request.name
        problems = []
        before = taken.equal
        if entry is not None:
            new = [segment for segment in taken.equal if segment.id not in entry.known_ids]
            before = tuple(each for each in taken.equal if each.id in entry.known_ids)
            problems.append(messages.cut_off(name, new))
        if request.replaces:
            problems.append(messages.replaced(name, before))
        elif before:
            problems.append(messages.name_taken(name, before))
        if taken.near:
            problems.append(messages.near_name(name, taken.near))
        return problems

    def _plan_flags(self, plan: SegmentPlan, flag: Flag, request: SegmentRequest) -> None:
        edited = flag.edited(plan.selection.ids, plan.customers.attrs)
        push_plan = self.pushes.plan(edited, None, request.push, existence=False)
        if push_plan.changes or any(problem.blocks for problem in push_plan.found_problems):
            plan.push_plan = push_plan

    def _about_flag(self, flag: Flag, selection: Selection) -> list[Problem]:
        problems = []
        others = others_flagged(self.snapshots, flag, selection.ids)
        if others:
            problems.append(messages.flag_elsewhere(flag.key, others))
        kind = defined_as(self.api, flag)
        if kind is None:
            problems.append(messages.undefined_flag(flag.key))
        elif kind != "boolean":
            problems.append(messages.flag_of_another_type(flag.key, kind))
        return problems

    # -- making ----------------------------------------------------------------------------------

    def create(
        self, plan: SegmentPlan, *, delete_old: str | None, progress: Shown
    ) -> SegmentReport:
        """Flag the customers if they are to be, make the segment, verify it, delete the old one."""
        self._refuse_if_taken_since(plan)
        if self._push_flags(plan, progress):
            self._refuse_if_taken_since(plan)  # a push takes minutes
        calls = self.api.transport.calls
        bar = Progress("Making the segment", unit="", calls=lambda: calls.total, shown=progress)
        with bar, self.api.transport.governor.told_of_waits(bar.waits):
            segment = self._made(plan)
            made = SegmentReport(
                segments_frame([segment]),
                len(plan),
                Verified(unproved="interrupted"),
                plan.push_report,
            )
            plan.report = made
            report = plan.report = replace(made, verified=self._verified(plan, segment))
            if delete_old is not None:
                report = plan.report = self._without_old(report, plan.taken.equal[0])
        if report.difference or report.notes:
            warnings.warn(_warning(plan, report), VfyNotebookWarning, stacklevel=3)
        return report

    def _push_flags(self, plan: SegmentPlan, progress: Shown) -> bool:
        """Flag the customers, unless an earlier call has; gives whether something was pushed."""
        if plan.push_plan is None or plan.push_report is not None:
            return False
        report = plan.push_plan.push(progress=progress)
        open_rows = report.rows["outcome"] != "updated"
        if open_rows.any():
            message = (
                f"{int(open_rows.sum()):,} of {len(report.rows):,} customers were not surely "
                f"flagged, so the segment {plan.name!r} was not made. report.failed tells why; "
                "leave those out, or mend them, and plan the segment again."
            )
            raise PushFailed(message, report=report)
        plan.push_report = report
        return True

    def _made(self, plan: SegmentPlan) -> Segment:
        try:
            return self._make(plan)
        except KeyboardInterrupt as error:
            message = (
                f"Interrupted. It may be that the segment {plan.name!r} was made: create() looks "
                "for it before it sends anything again."
            )
            raise RunInterrupted(message, report=None) from error

    def _make(self, plan: SegmentPlan) -> Segment:
        with self.open_journal() as journal:
            return SegmentMaker(self.api, journal, plan.order, plan.taken.ids).make()

    def _refuse_if_taken_since(self, plan: SegmentPlan) -> None:
        """Look whether the name is still free; not where an earlier request may have taken it."""
        if self._cut_off(plan.order, is_static=plan.is_static) is not None:
            return
        now = taken_by(plan.name, fetch_segments(self.api)).ids
        new = [segment_id for segment_id in now if segment_id not in plan.taken.ids]
        if new:
            message = (
                f"A segment called {plan.name!r} has come into being since this plan was made: "
                f"{', '.join(new)}. No segment was made: plan it again."
            )
            raise PlanError(message)

    def _verified(self, plan: SegmentPlan, segment: Segment) -> Verified:
        try:
            return verify_members(self.api, segment.id, plan.type, plan.selection.ids)
        except KeyboardInterrupt as error:
            message = (
                f"Interrupted. The segment {plan.name!r} was made ({segment.id}); who is in it was "
                "not verified. The report is in this error's `report`."
            )
            raise RunInterrupted(message, report=plan.report) from error
        except VfyNotebookError as error:
            # The segment is there, whatever can be read of it.
            return Verified(unproved=str(error).rstrip("."))

    def _without_old(self, report: SegmentReport, old: Segment) -> SegmentReport:
        """The report, once the segment that the new one takes the place of is deleted."""
        if not report.is_verified:
            note = f"The old segment {old.id} was not deleted, as the new one is not verified."
            return replace(report, notes=(note,))
        try:
            delete_known(self.api, old.id)
        except VfyNotebookError as error:
            return replace(report, notes=(f"The old segment {old.id} was not deleted: {error}",))
        return replace(report, deleted_old=old.id)


def _about_members(selection: Selection) -> list[Problem]:
    problems = []
    if not len(selection.customers):
        problems.append(messages.nobody(len(selection.not_found)))
    if selection.not_found:
        problems.append(messages.gone(selection.not_found))
    return problems


def _warning(plan: SegmentPlan, report: SegmentReport) -> str:
    why = [each.message for each in plan.found if each.kind == "undefined_flag" and report.missing]
    told = [f"The segment {report.segment_id} was made.", report.difference, *why, *report.notes]
    return " ".join([*filter(None, told), "See plan.report."])
