"""Where segments are planned, for one project."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from vfy_notebook.fetch.segments import fetch_segments
from vfy_notebook.push.customer_names import CustomerNames
from vfy_notebook.segments import messages
from vfy_notebook.segments.creation import open_entry
from vfy_notebook.segments.flag import (
    defined_as,
    flag_for,
    flag_of,
    others_flagged,
)
from vfy_notebook.segments.names import taken_by
from vfy_notebook.segments.order import (
    MAX_DYNAMIC_SEGMENTS,
    MAX_STATIC_MEMBERS,
    STATIC,
    SegmentOrder,
)
from vfy_notebook.segments.plan import SegmentPlan
from vfy_notebook.segments.runner import SegmentRunner
from vfy_notebook.segments.selection import select

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence

    from vfy_notebook.api.models import Segment
    from vfy_notebook.api.operations import Api
    from vfy_notebook.edits.problems.problems import Problem
    from vfy_notebook.journal.entries import SegmentEntry
    from vfy_notebook.journal.journal import Journal
    from vfy_notebook.progress import Shown
    from vfy_notebook.push.planner import PushPlanner
    from vfy_notebook.segments.flag import Flag
    from vfy_notebook.segments.names import Taken
    from vfy_notebook.segments.order import SegmentRequest
    from vfy_notebook.segments.selection import Selection
    from vfy_notebook.snapshots.store import ProjectSnapshots


@dataclass(frozen=True)
class SegmentPlanner:
    """Makes plans of segments.

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

    def plan(
        self, customers: object, request: SegmentRequest, *, progress: Shown = False
    ) -> SegmentPlan:
        """Look who would be in a segment, and at the segments that there are; nothing is sent."""
        with self.pushes.telling(progress):
            return self._planned(customers, request)

    def _planned(self, customers: object, request: SegmentRequest) -> SegmentPlan:
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
        known = taken.equal if entry is None else _among(taken.equal, entry.known_ids)
        problems = self._about_names(request, taken, known, entry)
        problems += _about_members(selection)
        runner = SegmentRunner(self.api, self.open_journal, self.snapshots)
        plan = SegmentPlan(
            runner,
            order,
            selection,
            taken,
            request.replaces,
            known if request.replaces else (),
            problems,
            CustomerNames(self.snapshots),
            flag,
        )
        if flag is None:
            problems += [messages.fixed_for_ever()] if count <= MAX_STATIC_MEMBERS else []
            problems += [messages.too_many(count)] if count > MAX_STATIC_MEMBERS else []
            return plan
        dynamic = sum(segment.type != STATIC for segment in segments)
        if dynamic >= MAX_DYNAMIC_SEGMENTS:
            is_by_choice = count <= MAX_STATIC_MEMBERS
            problems.append(messages.no_room(dynamic, is_by_choice=is_by_choice))
        else:
            problems.append(messages.one_of_a_hundred(dynamic))
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
        self,
        request: SegmentRequest,
        taken: Taken,
        before: Sequence[Segment],
        entry: SegmentEntry | None,
    ) -> list[Problem]:
        name = request.name
        problems = []
        if entry is not None:
            new = [segment for segment in taken.equal if segment not in before]
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


def _among(segments: Sequence[Segment], ids: Collection[str]) -> list[Segment]:
    return [segment for segment in segments if segment.id in ids]


def _about_members(selection: Selection) -> list[Problem]:
    problems = []
    if not len(selection.customers):
        problems.append(messages.nobody(len(selection.not_found)))
    if selection.not_found:
        problems.append(messages.gone(selection.not_found))
    return problems
