"""Customers, segments and who is in which, answered without a socket; each call is counted."""

from __future__ import annotations

from vfy_notebook.api import models
from vfy_notebook.api.calls import Calls
from vfy_notebook.api.clock import SystemClock
from vfy_notebook.api.governor import Governor
from vfy_notebook.api.listing.pages import iso_from_ms
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

    def list_customers(self, filters, request):
        segment_id = filters.get("segment_id")
        assert set(filters) <= {"segment_id"}
        self.count("list_customers", segment_id)
        if segment_id in self.gone_segments:
            raise NotFoundError("Cannot find segment", status=404)
        assert request.order == "created_at"
        ids = self._listed(segment_id)
        rows = [
            (i, ms)
            for i, ms in ids
            if (request.starting_after_ms is None or ms > request.starting_after_ms)
            and (request.after_ms is None or ms > request.after_ms)
            and (request.before_ms is None or ms < request.before_ms)
        ]
        start = ((request.page or 1) - 1) * request.limit
        page = rows[start : start + request.limit]
        return models.CustomerPage(
            [models.Customer(i, created_at=iso_from_ms(ms)) for i, ms in page],
            total=len(ids) if self.tells_total else None,
            has_more=len(rows) > start + len(page) if self.tells_has_more else None,
        )

    def _listed(self, segment_id):
        if segment_id not in self._in_order:
            ids = self.created_ms if segment_id is None else self.members[segment_id]
            pairs = ((i, self.created_ms[i]) for i in ids if i in self.created_ms)
            self._in_order[segment_id] = sorted(pairs, key=lambda pair: (pair[1], pair[0]))
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
