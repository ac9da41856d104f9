"""Customers, segments and who is in which, answered without a socket; each call is counted."""

from __future__ import annotations

from bisect import bisect_left, bisect_right

from vfy_notebook.api import models
from vfy_notebook.api.calls import Calls
from vfy_notebook.api.clock import SystemClock
from vfy_notebook.api.governor import Governor
from vfy_notebook.api.pages import iso_from_ms
from vfy_notebook.errors import NotFoundError

BASE_MS = 1_700_000_000_000


def customer_id(number):
    return f"cust_{number:024d}"


class FakeApi:
    """Stands in for `Api` as far as memberships need it.

    Args:
        existing: The customers, oldest first; each was created `apart_ms` after the last.
        members: Each segment's members, by the segment's id.
        qualifies: The segments that somebody who does not exist would qualify for.
    """

    def __init__(
        self,
        existing,
        members,
        *,
        qualifies=frozenset(),
        apart_ms=10,
        tells_total=True,
        tells_has_more=True,
    ):
        self.created_ms = {c: BASE_MS + i * apart_ms for i, c in enumerate(existing)}
        self.members = members
        self.qualifies = qualifies
        self.tells_total = tells_total
        self.tells_has_more = tells_has_more
        self.answers_404 = False
        self.gone_segments = set()
        self.overcounts = 0
        self.before_call = lambda _operation: None
        self.log = []
        self.transport = self  # whose calls and governor the progress bar looks at
        self.calls = Calls()
        self.governor = Governor(SystemClock(), self.calls)
        self._in_order = {}

    def count(self, operation, about):
        self.before_call(operation)
        self.calls.count(operation)
        self.log.append((operation, about))

    def asked(self, operation):
        """What each call of an operation was about, in order."""
        return [about for each, about in self.log if each == operation]

    # -- the operations ------------------------------------------------------------------------

    def ask_ahead(self, filters, request):
        """It has no connection on which a request could wait."""

    def list_customers(self, filters, request):
        segment_id = filters.get("segment_id")
        assert set(filters) <= {"segment_id"}
        self.count("list_customers", segment_id)
        if segment_id in self.gone_segments:
            raise NotFoundError("Cannot find segment", status=404)
        assert request.order == "created_at"
        ids, times = self._listed(segment_id)
        bounds = (request.starting_after_ms, request.after_ms)
        first = max(0 if ms is None else bisect_right(times, ms) for ms in bounds)
        end = len(ids) if request.before_ms is None else bisect_left(times, request.before_ms)
        start = first + ((request.page or 1) - 1) * request.limit
        page = range(start, min(start + request.limit, end))
        return models.CustomerPage(
            [models.Customer(ids[i], created_at=iso_from_ms(times[i])) for i in page],
            total=len(ids) + self.overcounts if self.tells_total else None,
            has_more=start + len(page) < end if self.tells_has_more else None,
        )

    def _listed(self, segment_id):
        if segment_id not in self._in_order:
            ids = self.created_ms if segment_id is None else self.members[segment_id]
            pairs = sorted((self.created_ms[i], i) for i in ids if i in self.created_ms)
            self._in_order[segment_id] = [i for _, i in pairs], [ms for ms, _ in pairs]
        return self._in_order[segment_id]

    def customer_segments(self, customer):
        self.count("customer_segments", customer)
        if customer in self.created_ms:
            ids = [s for s, members in self.members.items() if customer in members]
        elif self.answers_404:
            raise NotFoundError("Cannot find customer", status=404)
        else:
            ids = sorted(self.qualifies)
        return models.CustomerSegments([models.SegmentRef(i, i) for i in ids], total=len(ids))

    def get_customer(self, customer):
        self.count("get_customer", customer)
        if customer not in self.created_ms:
            raise NotFoundError("Cannot find customer", status=404)
        return {"id": customer}
