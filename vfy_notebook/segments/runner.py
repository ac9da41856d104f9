"""Carries a segment's plan out: flags, the segment, its members, the old one; in this order."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from vfy_notebook.api.answers.segments import same_name
from vfy_notebook.errors import (
    NotFoundError,
    PlanError,
    PushFailed,
    RunInterrupted,
    VfyNotebookError,
)
from vfy_notebook.fetch.segments import fetch_segments
from vfy_notebook.frames.segments.segments import segments_frame
from vfy_notebook.progress import Progress
from vfy_notebook.segments import messages
from vfy_notebook.segments.creation import SegmentMaker, open_entry
from vfy_notebook.segments.deletion import delete_known, is_gone
from vfy_notebook.segments.names import taken_by
from vfy_notebook.segments.report import SegmentReport
from vfy_notebook.segments.selection import gone_among
from vfy_notebook.segments.verification import Verified, verify_members

if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from vfy_notebook.api.models import Segment
    from vfy_notebook.api.operations import Api
    from vfy_notebook.journal.journal import Journal
    from vfy_notebook.progress import Shown
    from vfy_notebook.segments.plan import SegmentPlan
    from vfy_notebook.snapshots.store import ProjectSnapshots


@dataclass(frozen=True)
class SegmentRunner:
    """Carries plans out.

    Args:
        api: The project's API.
        open_journal: Opens the project's journal.
        snapshots: What is remembered of the project.
    """

    api: Api
    open_journal: Callable[[], Journal]
    snapshots: ProjectSnapshots

    def create(
        self, plan: SegmentPlan, *, delete_old: str | None, progress: Shown
    ) -> SegmentReport:
        """Make what is planned, and put the report into the plan as soon as there is one.

        Raises:
            JournalError: Another process or thread is making a segment of this name.
        """
        with self.open_journal() as journal:
            lock = journal.lock_segment(plan.name)
        with lock:
            return self._create(plan, delete_old=delete_old, progress=progress)

    def _create(
        self, plan: SegmentPlan, *, delete_old: str | None, progress: Shown
    ) -> SegmentReport:
        known_ids = self._ids_of_that_name(plan)
        if self._push_flags(plan, progress):
            known_ids = self._ids_of_that_name(plan)  # a push takes minutes
        calls = self.api.transport.calls
        bar = Progress("Making the segment", unit="", calls=lambda: calls.total, shown=progress)
        with bar, self.api.transport.governor.told_of_waits(bar.waits):
            maker, made = self._made(plan, known_ids)
            report = plan.report = SegmentReport(
                segments_frame([made]),
                len(plan),
                Verified(unproved="nobody has looked yet"),
                plan.push_report,
            )
            verified = self._verified(plan, made)
            report = plan.report = replace(
                report, verified=verified, notes=_why_missing(plan, verified)
            )
            # After the members, which gives a request on its way the time to arrive.
            report = plan.report = _with_twins(report, maker, made)
            if delete_old is not None:
                report = plan.report = self._without_old(report, plan.replaced[0])
        return report

    def _push_flags(self, plan: SegmentPlan, progress: Shown) -> bool:
        """Flag the customers, unless an earlier call has; gives whether something was pushed."""
        if plan.push_plan is None:
            return False
        is_first = plan.push_report is None
        if plan.push_report is None:
            plan.push_report = plan.push_plan.push(progress=progress)
        report = plan.push_report
        open_rows = report.rows["outcome"] != "updated"
        if open_rows.any():
            message = (
                f"{int(open_rows.sum()):,} of {len(report.rows):,} customers were not surely "
                f"flagged, so the segment {plan.name!r} was not made. report.failed tells why; "
                "leave those out, or mend them, and plan the segment again."
            )
            raise PushFailed(message, report=report)
        return is_first

    def _made(self, plan: SegmentPlan, known_ids: Collection[str]) -> tuple[SegmentMaker, Segment]:
        try:
            with self.open_journal() as journal:
                maker = SegmentMaker(self.api, journal, plan.order, known_ids)
                return maker, maker.make()
        except KeyboardInterrupt as error:
            message = (
                f"Interrupted. It may be that the segment {plan.name!r} was made: create() looks "
                "for it before it sends anything again."
            )
            raise RunInterrupted(message, report=None) from error

    def _ids_of_that_name(self, plan: SegmentPlan) -> set[str]:
        """The segments of this name, or one like it, that are not what is going to be made.

        None where an earlier request may have made it: its entry in the journal has them.

        Raises:
            PlanError: There is one that the plan does not know.
        """
        with self.open_journal() as journal:
            if open_entry(journal, plan.order, is_static=plan.is_static) is not None:
                return set()
        segments = fetch_segments(self.api)
        now = taken_by(plan.name, segments).ids
        new = [segment_id for segment_id in now if segment_id not in plan.taken.ids]
        if new:
            message = (
                f"A segment called {plan.name!r} has come into being since this plan was made: "
                f"{', '.join(new)}. No segment was made: plan it again."
            )
            raise PlanError(message)
        return {segment.id for segment in segments if same_name(segment.name, plan.name)}

    def _verified(self, plan: SegmentPlan, segment: Segment) -> Verified:
        ids = plan.selection.ids
        try:
            return verify_members(
                self.api,
                segment.id,
                plan.type,
                ids,
                lambda: gone_among(self.api, self.snapshots, ids),
            )
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
            return replace(report, notes=(*report.notes, note))
        try:
            delete_known(self.api, old.id)
        except VfyNotebookError as error:
            # Of one that is gone, whoever has seen to that, a second question tells so too.
            if isinstance(error, NotFoundError) and is_gone(self.api, old.id):
                return replace(report, deleted_old=old.id)
            told = "It is not known whether the old segment {} was deleted: {}"
            if not error.may_have_run:
                told = "The old segment {} was not deleted: {}"
            note = told.format(old.id, error)
            return replace(report, notes=(*report.notes, note))
        return replace(report, deleted_old=old.id)


def _why_missing(plan: SegmentPlan, verified: Verified) -> tuple[str, ...]:
    if not verified.missing:
        return ()
    return tuple(each.message for each in plan.found if each.kind == "undefined_flag")


def _with_twins(report: SegmentReport, maker: SegmentMaker, made: Segment) -> SegmentReport:
    """The report, which tells of the same segment once more where the request has run twice."""
    name = str(made.name)
    try:
        twins = [segment.id for segment in maker.twins(made)]
    except VfyNotebookError as error:
        note = messages.perhaps_twice(name, str(error).rstrip("."))
        return replace(report, notes=(*report.notes, note))
    if len(twins) == 1:
        return report
    doubles = tuple(each for each in twins if each != made.id)
    notes = (messages.made_twice(name, twins), *report.notes)
    return replace(report, notes=notes, doubles=doubles)
