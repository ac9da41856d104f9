"""Reads the members of segments, by the route that takes fewer calls."""

from __future__ import annotations

import warnings
from collections import deque
from contextlib import ExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING

from vfy_notebook.api.listing.reading import OddRecords
from vfy_notebook.errors import (
    ArgumentError,
    IncompleteListingWarning,
    VfyNotebookWarning,
)
from vfy_notebook.fetch.memberships.customer_segments import ask_all, find_vanished, hidden_segments
from vfy_notebook.fetch.memberships.segment_members import MemberList, pages_of
from vfy_notebook.fetch.memberships.vertex_cover import Plan, cheapest_plan
from vfy_notebook.fetch.odd_records import warn_of_unlisted
from vfy_notebook.fetch.parallel import run_all
from vfy_notebook.fetch.partial import partial_in_errors
from vfy_notebook.frames.segments.memberships import memberships_frame
from vfy_notebook.frames.segments.segments import segment_labels
from vfy_notebook.progress import Progress
from vfy_notebook.shown_text import first_few

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from collections.abc import Set as AbstractSet
    from types import TracebackType
    from typing import Self

    import pandas as pd

    from vfy_notebook.api.models import Segment
    from vfy_notebook.api.operations import Api
    from vfy_notebook.fetch.memberships.customer_segments import Answer
    from vfy_notebook.progress import Shown

ROUTES = ("auto", "segments", "customers")

#: Ids that a warning names.
_MAX_NAMED = 5


def check_via(via: str) -> None:
    """Refuse an unknown route."""
    if via not in ROUTES:
        message = f"via={via!r} is not one of {', '.join(map(repr, ROUTES))}."
        raise ArgumentError(message)


@dataclass(frozen=True)
class MembershipRequest:
    """Which memberships to fetch, and how.

    Attributes:
        segments: The segments wanted, in the order of the categories.
        known: All segments whose names and filters are known.
        customers: The ids wanted, each once; None is all customers.
        via: `auto`, `segments` or `customers`.
        workers: The maximum number of requests in flight.
        progress: None shows a bar where one can be seen; False is silent.
    """

    segments: Sequence[Segment]
    known: Sequence[Segment]
    customers: Sequence[str] | None
    via: str = "auto"
    workers: int = 1
    progress: Shown = None


def fetch_memberships(api: Api, request: MembershipRequest) -> pd.DataFrame:
    """Memberships as a DataFrame; see `Project.fetch_memberships`."""
    reading = _Reading(api, request)
    with (
        partial_in_errors(reading.frame, "memberships"),
        _Bars(api, shown=request.progress) as bars,
    ):
        reading.run(bars)
        frame = reading.frame()
    reading.warn()
    return frame


class _Bars:
    """One progress bar at a time, for the part of the work that is running."""

    def __init__(self, api: Api, *, shown: Shown) -> None:
        self._api = api
        self._shown = shown
        self._open = ExitStack()
        self._task = ""
        self._bar: Progress | None = None

    def show(self, task: str, unit: str, done: int, total: int | None = None) -> None:
        if self._bar is None or task != self._task:
            self._open.close()
            calls = self._api.transport.calls
            self._task = task
            self._bar = self._open.enter_context(
                Progress(task, unit=unit, calls=lambda: calls.total, shown=self._shown)
            )
            governor = self._api.transport.governor
            self._open.enter_context(governor.told_of_waits(self._bar.waits))
        self._bar.update(done, total)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._open.__exit__(kind, error, trace)


class _Reading:
    """One fetch: what has been read so far, and what to read next."""

    def __init__(self, api: Api, request: MembershipRequest) -> None:
        self._api = api
        self._request = request
        wanted = None if request.customers is None else frozenset(request.customers)
        self._lists = {s.id: MemberList(api, s.id, wanted=wanted) for s in request.segments}
        self._everybody: MemberList | None = None
        self._answers: dict[str, Answer] = {}
        self._vanished: set[str] = set()
        #: A customer, and the segments that list nobody although it is in them.
        self._hidden: tuple[str | None, AbstractSet[str]] = (None, frozenset())

    # -- deciding ------------------------------------------------------------------------------

    def run(self, bars: _Bars) -> None:
        """Read all that is wanted."""
        if not self._lists or (self._request.customers is not None and not self._request.customers):
            return
        if self._request.via == "segments":
            plan = Plan(tuple(self._lists), (), 0)
        elif self._request.via == "customers":
            plan = Plan((), tuple(self._customers(bars)), 0)
        elif self._request.customers is not None:
            plan = self._plan_for(self._request.customers, bars)
        else:
            plan = self._plan_for_everybody(bars)
        self._read(plan.list_segments, bars)
        self._ask(plan.ask_customers, bars)
        self._look_for_hidden_members()

    def _look_for_hidden_members(self) -> None:
        """Look whether the passive segments that list nobody are empty."""
        lists = self._lists
        empty = {
            segment.id
            for segment in self._request.segments
            if segment.type == "passive"
            and (each := lists[segment.id]).complete
            and not (each.read or each.gone)
        }
        for customer, answer in self._answers.items():
            if answer and not empty.isdisjoint(answer):
                self._hidden = customer, empty & answer
                return
        self._hidden = hidden_segments(self._api, empty, self._request.customers)

    def _plan_for(self, customers: Sequence[str], bars: _Bars) -> Plan:
        """The cheapest plan; it learns the segments' sizes from first pages that it needs anyway.

        A segment of unknown size counts as one page. While the cheapest plan lists such a segment,
        its first page is read and the plan is made again.
        """
        while True:
            plan = self._cheapest_plan(customers, existence_calls=1)
            unknown = [s for s in plan.list_segments if not self._lists[s].started]
            if not unknown:
                return plan
            self._show_lists(bars)
            self._lists[unknown[0]].read_page()
            self._show_lists(bars)

    def _plan_for_everybody(self, bars: _Bars) -> Plan:
        """The cheapest plan for all customers; it reads their number only if that matters.

        Asking all customers takes more than one call each, and there are at least as many as the
        largest segment has members: it can only be cheaper with more than a hundred segments.
        """
        self._take_pages(self._lists, bars)
        pages = sum(each.pages_left for each in self._lists.values())
        at_least = max(each.total or 0 for each in self._lists.values())
        if pages > at_least + pages_of(at_least):
            bars.show("Reading customers", "customers", 0)
            self._everybody = everybody = MemberList(self._api, None).read_page()
            if everybody.total is not None and everybody.total + everybody.pages_left < pages:
                return self._cheapest_plan(self._customers(bars), existence_calls=0)
        return Plan(tuple(self._lists), (), pages)

    def _cheapest_plan(self, customers: Sequence[str], *, existence_calls: int) -> Plan:
        unfinished = {s: each for s, each in self._lists.items() if not each.complete}
        return cheapest_plan(
            {s: each.pages_left for s, each in unfinished.items()},
            {s: each.members for s, each in unfinished.items()},
            customers,
            existence_calls=existence_calls,
        )

    # -- reading -------------------------------------------------------------------------------

    def _customers(self, bars: _Bars) -> Sequence[str]:
        """The customers wanted; all of the project are listed for it."""
        if self._request.customers is not None:
            return self._request.customers
        everybody = self._everybody = self._everybody or MemberList(self._api, None)
        while not everybody.complete:
            bars.show("Reading customers", "customers", everybody.read, everybody.total)
            everybody.read_page()
        bars.show("Reading customers", "customers", everybody.read)
        return sorted(everybody.members)

    def _read(self, segments: Iterable[str], bars: _Bars) -> None:
        """Read lists to their ends, several at once, each by one request at a time."""
        unfinished = [s for s in segments if not self._lists[s].complete]
        self._take_pages(unfinished, bars, to_the_end=True)

    def _take_pages(
        self, segments: Iterable[str], bars: _Bars, *, to_the_end: bool = False
    ) -> None:
        queue = deque(self._lists[s].read_page for s in segments)
        if queue:
            self._show_lists(bars)
        for each in run_all(queue, workers=self._request.workers):
            if to_the_end and not each.complete:
                queue.append(each.read_page)
            self._show_lists(bars)

    def _show_lists(self, bars: _Bars) -> None:
        lists = self._lists.values()
        total = sum(each.total or 0 for each in lists) if self._request.customers is None else None
        bars.show("Reading segments", "members", sum(each.read for each in lists), total)

    def _ask(self, customers: Sequence[str], bars: _Bars) -> None:
        """Read the segments of customers, and find out which customers do not exist any more."""
        if not customers:
            return
        bars.show("Asking customers", "customers", 0, len(customers))
        for customer, answer in ask_all(self._api, customers, workers=self._request.workers):
            self._answers[customer] = answer
            bars.show("Asking customers", "customers", len(self._answers), len(customers))
        self._vanished |= {c for c, answer in self._answers.items() if answer is None}
        seen = set().union(*(each.members for each in self._lists.values()))
        if self._everybody is not None:
            seen |= self._everybody.members
        asked_for = {s for s, each in self._lists.items() if not each.complete}
        doubtful = {
            customer: answer
            for customer, answer in self._answers.items()
            if answer and customer not in seen and not asked_for.isdisjoint(answer)
        }
        self._vanished |= find_vanished(
            self._api, doubtful, self._request.known, workers=self._request.workers
        )

    # -- the result ----------------------------------------------------------------------------

    def frame(self) -> pd.DataFrame:
        """What is known so far."""
        by_answer: dict[str, set[str]] = {segment_id: set() for segment_id in self._lists}
        for customer, answer in self._answers.items():
            for segment_id in answer or ():
                if segment_id in by_answer:
                    by_answer[segment_id].add(customer)
        members = {}
        for segment_id, each in self._lists.items():
            known = each.members
            if not each.complete:  # an answer is newer than a page read before it
                known = (known - self._answers.keys()) | by_answer[segment_id]
            members[segment_id] = known - self._vanished
        return memberships_frame(members, segment_labels(self._request.known))

    def warn(self) -> None:
        """Warn of missing customers and segments, and of numbers that differ."""
        labels = segment_labels(self._request.known)
        if self._vanished:
            _warn(
                f"{_count(len(self._vanished), 'customer')} no longer in this project and left "
                f"out: {_some(self._vanished)}. Fetch the customers again to remove them.",
            )
        gone = {labels[s] for s, each in self._lists.items() if each.gone}
        if gone:
            _warn(
                f"{_count(len(gone), 'segment')} no longer in this project and without members "
                f"here: {_some(gone)}. Fetch the segments again to remove them."
            )
        customer, hidden = self._hidden
        if hidden:
            _warn(
                f"{_count(len(hidden), 'passive segment')} listed without members, but customer "
                f"{customer} is in: {_some(labels[s] for s in hidden)}. This server does not list "
                'who is in passive segments: use fetch_memberships(…, via="customers").',
                IncompleteListingWarning,
            )
        lists = [(f"members of {labels[s]!r}", each) for s, each in self._lists.items()]
        if self._everybody is not None:
            lists.append(("customers", self._everybody))
        unlisted = OddRecords()
        for _, each in lists:
            unlisted.unnamed.update(each.odd.unnamed)
        warn_of_unlisted(unlisted, stacklevel=4)
        for what, each in lists:
            if each.difference is not None:
                _warn(
                    f"Read {each.difference.read:,} {what}, but the API now counts "
                    f"{each.difference.counted:,}: customers joined or left during the fetch, or "
                    "the API counts late. Fetch again when the project is quiet.",
                    IncompleteListingWarning,
                )


def _warn(message: str, kind: type[VfyNotebookWarning] = VfyNotebookWarning) -> None:
    warnings.warn(message, kind, stacklevel=5)


def _count(number: int, what: str) -> str:
    return f"1 {what} is" if number == 1 else f"{number:,} {what}s are"


def _some(names: Iterable[str]) -> str:
    return first_few(sorted(names), _MAX_NAMED)
