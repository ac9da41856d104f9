"""Makes a segment once, whatever becomes of the answer.

Names need not be unique, so a request that is sent twice makes two segments. Before it is sent, the
journal has it; where the answer is lost, the segment is looked for by its name, and known by its
members or its filter, before anything is sent again.

https://docs.voucherify.io/api-reference/segments/create-segment
"""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from vfy_notebook.api.answers.segments import same_name
from vfy_notebook.edits.cells.values import same_json
from vfy_notebook.errors import ApiError, JournalError, PlanError, ResponseError, VfyNotebookError
from vfy_notebook.fetch.memberships.segment_members import MemberList
from vfy_notebook.fetch.segments import fetch_segments
from vfy_notebook.segments.order import STATIC

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from vfy_notebook.api.models import Segment
    from vfy_notebook.api.operations import Api
    from vfy_notebook.journal.entries import SegmentEntry
    from vfy_notebook.journal.journal import Journal
    from vfy_notebook.segments.order import SegmentOrder

#: So often a request is sent whose answers get lost, without a trace of the segment.
_MOST_SENDINGS = 3

#: Seconds between looks for a segment whose answer was lost: it may show up late.
_LOOK_WAITS_S = (0.0, 2.0, 5.0, 10.0, 20.0)

#: Seconds between looks for the members of one that was found.
_MEMBER_WAITS_S = (0.0, 1.0, 2.0, 4.0)


def open_entry(journal: Journal, order: SegmentOrder, *, is_static: bool) -> SegmentEntry | None:
    """The entry of an earlier request for the same segment, of which no answer has come."""
    same = [
        entry
        for entry in journal.open_segments(order.name)
        if (entry.type == STATIC) is is_static and entry.members_digest == order.digest
    ]
    return same[-1] if same else None


class SegmentMaker:
    """Makes one segment.

    Args:
        api: The project's API.
        journal: Its journal.
        order: What is wanted.
        known_ids: Segments of that name that there are already.
    """

    def __init__(
        self, api: Api, journal: Journal, order: SegmentOrder, known_ids: Collection[str]
    ) -> None:
        self._api = api
        self._journal = journal
        self._order = order
        self._known = frozenset(known_ids)

    def make(self) -> Segment:
        """The segment, made now or by an earlier request whose answer was lost.

        Raises:
            PlanError: Another segment of this name has come into being meanwhile.
            VfyNotebookError: The API refused it; or, with `may_have_run`, it is not known what
                became of it, and the next `make` looks for it first.
        """
        entry = open_entry(self._journal, self._order, is_static=self._order.rule is None)
        found = None
        if entry is None:
            number = self._begin()
        else:
            number, self._known = entry.number, frozenset(entry.known_ids)
            found = self._find(number)
        made = self._send(number, is_first=entry is None) if found is None else found
        self._end(number)
        return made

    def twins(self, made: Segment) -> list[Segment]:
        """The segment that was made and those like it that have come into being beside it.

        Something on the way to the API may send a request twice, whether its answer is lost or
        not; and somebody else may make the same segment at the same moment. Costs one call: those
        of its name are asked for, the newest first, so that they are on the first page also where
        the server does not heed names. One more for each other segment of its name.

        Returns:
            All of them, in an order that is the same for everybody who asks; only `made` if it
            has no twin.

        Raises:
            ResponseError: The list does not show `made` itself, so it cannot tell.
            VfyNotebookError: It could not be read.
        """
        try:
            page = self._api.list_segments(newest_first=True, name=self._order.name)
        except ApiError as error:
            if error.status != 400:
                raise
            page = self._api.list_segments(newest_first=True)
        here = next((segment for segment in page.data if segment.id == made.id), None)
        if here is None:
            message = f"the list of segments does not show {made.id} itself"
            raise ResponseError(message)
        others = [s for s in self._new_among(page.data) if s.id != made.id and self._is_it(s)]
        return sorted([here, *others], key=lambda s: (s.created_at or "", s.id))

    def _begin(self) -> int:
        order = self._order
        return self._journal.begin_segment(
            order.name, order.type, order.rule, order.digest, self._known
        )

    def _end(self, number: int) -> None:
        # What is left in the journal by a full disk is looked for another time.
        with contextlib.suppress(JournalError):
            self._journal.end_segment(number)

    def _send(self, number: int, *, is_first: bool) -> Segment:
        for sending in range(1, _MOST_SENDINGS + 1):
            try:
                segment = self._api.create_segment(self._order.fields())
            except VfyNotebookError as error:
                if not error.may_have_run:
                    if is_first and sending == 1:
                        self._end(number)
                    raise
                found = self._found_after(error, number)
                if found is not None:
                    return found
                if sending == _MOST_SENDINGS:
                    raise
            else:
                self._refuse_an_old_one(segment)
                return segment
        raise AssertionError  # the last failure was raised

    def _refuse_an_old_one(self, segment: Segment) -> None:
        if segment.id in self._known:
            message = (
                f"The answer to create_segment shows the segment {segment.id}, which was there "
                "before: look at it with project.fetch_segments(), and tell Voucherify's support."
            )
            error = ResponseError(message)
            error.may_have_run = True
            raise error

    def _new(self) -> list[Segment]:
        """The segments of this name that were not there before."""
        return self._new_among(fetch_segments(self._api))

    def _new_among(self, segments: Iterable[Segment]) -> list[Segment]:
        name = self._order.name
        return [
            segment
            for segment in segments
            if same_name(segment.name, name) and segment.id not in self._known
        ]

    def _found_after(self, lost: VfyNotebookError, number: int) -> Segment | None:
        try:
            return self._find(number)
        except PlanError:
            raise
        except VfyNotebookError:
            raise lost from None  # nobody could look: it may have run

    def _find(self, number: int) -> Segment | None:
        """The segment that a request whose answer was lost has made; None if there is none.

        Raises:
            PlanError: There is another one, or several, of this name.
        """
        for wait_s in _LOOK_WAITS_S:
            if wait_s:
                self._api.transport.clock.sleep(wait_s)
            new = self._new()
            found = next(filter(self._is_it, new), None)
            if found is not None:
                return found
            if new:
                self._end(number)
                raise PlanError(_others(self._order.name, [segment.id for segment in new]))
        return None

    def _is_it(self, segment: Segment) -> bool:
        # A passive one turns active by itself once it is used.
        if segment.type is not None and (segment.type == STATIC) != (self._order.rule is None):
            return False
        if self._order.rule is not None:
            return _same_rule(segment.filter, self._order.rule)
        return self._has_our_members(segment.id)

    def _has_our_members(self, segment_id: str) -> bool:
        """Whether a list has nobody but ours, as many as ours, or less where some are gone."""
        wanted = frozenset(self._order.members)
        for wait_s in _MEMBER_WAITS_S:
            if wait_s:
                self._api.transport.clock.sleep(wait_s)
            members = MemberList(self._api, segment_id).read_page()
            if not members.members <= wanted:
                return False
            if members.members:
                return members.total is None or members.total <= len(wanted)
        return False


def _same_rule(shown: object, sent: object) -> bool:
    """Whether a filter is the one that was sent; a server may write one operand as a list."""
    return same_json(_plain(shown), _plain(sent))


def _plain(rule: object) -> object:
    if isinstance(rule, dict):
        return {key: _plain(each) for key, each in rule.items()}
    if isinstance(rule, list) and len(rule) == 1:
        return rule[0]
    return rule.lower() if rule in ("AND", "OR") else rule


def _others(name: str, ids: list[str]) -> str:
    return (
        f"The answer to the request for the segment {name!r} was lost, and a segment of that name "
        f"has come into being meanwhile with other members: {', '.join(ids)}. Nothing was sent "
        "again. Look at it with project.fetch_memberships(segments=[id]); to have both, make yours "
        "under another name."
    )
