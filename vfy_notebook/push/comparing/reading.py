"""Reading customers as they are on the server, in the fewest calls, within a budget of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from vfy_notebook.api.listing.fetching import Listing
from vfy_notebook.api.listing.query import CustomerQuery
from vfy_notebook.api.pages import MAX_PAGE_SIZE
from vfy_notebook.edits.fields import as_customer
from vfy_notebook.errors import NotFoundError, PlanError

if TYPE_CHECKING:
    from collections.abc import Collection

    from vfy_notebook.api.models import Customer
    from vfy_notebook.api.operations import Api

#: Calls that planning may take without being told so.
MAX_CALLS = 100

#: So few customers are got one by one: no other way is cheaper.
_FEW = 2


@dataclass(frozen=True)
class Span:
    """When the customers wanted were created; None is not known."""

    first_ms: int | None = None
    last_ms: int | None = None


def span_of(created_ms: Collection[int | None]) -> Span:
    """The span in which customers were created; any where one of the times is not known."""
    known = [ms for ms in created_ms if ms is not None]
    if not known or len(known) < len(created_ms):
        return Span()
    return Span(min(known), max(known))


class CustomerReader:
    """Reads customers for one plan.

    Args:
        api: The project's API.
        max_calls: Calls that it may take in all; None is 100.
    """

    def __init__(self, api: Api, max_calls: int | None) -> None:
        self._api = api
        self._max_calls = MAX_CALLS if max_calls is None else max_calls
        self._began = api.transport.calls.total
        self._read: dict[str, Customer] = {}

    @property
    def calls(self) -> int:
        """Calls that planning has taken so far."""
        return self._api.transport.calls.total - self._began

    def read(self, ids: Collection[str], span: Span) -> list[Customer]:
        """Those of the customers that exist.

        Raises:
            PlanError: It would take more calls than allowed.
        """
        known = [self._read[each] for each in ids if each in self._read]
        if known:
            rest = [each for each in ids if each not in self._read]
            return [*known, *(self.read(rest, span) if rest else [])]
        if len(ids) <= _FEW:
            return self._one_by_one(ids)
        to_ms = None if span.last_ms is None else span.last_ms + 1
        listing = Listing(
            self._api, CustomerQuery(created_from_ms=span.first_ms, created_to_ms=to_ms)
        )
        pages = iter(listing)
        found = {customer.id: customer for customer in next(pages, [])}
        missing = [customer_id for customer_id in ids if customer_id not in found]
        total = listing.progress.total
        listed = None if total is None else max(0, -(-total // MAX_PAGE_SIZE) - 1)
        if listed == 0:
            missing = []
        elif listed is not None and len(missing) < listed:
            self.allow(len(missing), len(ids))
            return [*found.values(), *self._one_by_one(missing)]
        if missing:
            self.allow(len(missing) if listed is None else listed, len(ids))
            for page in pages:
                found |= {customer.id: customer for customer in page}
        those = [found[each] for each in dict.fromkeys(ids) if each in found]
        outside = [each for each in dict.fromkeys(ids) if each not in found]
        # A frame's times may have been edited: who is not in their span is not gone for that.
        return [*those, *(self.read(outside, Span()) if outside and span != Span() else [])]

    def ids_by_source_id(self, source_ids: Collection[str]) -> dict[str, str]:
        """The ids of those of the customers that exist, by source_id.

        Who was read is not read again by `read`.

        Raises:
            PlanError: It would take more calls than allowed.
        """
        wanted = dict.fromkeys(source_ids)
        pages = iter(listing := Listing(self._api, CustomerQuery()))
        found = list(next(pages, [])) if len(wanted) > _FEW else []
        total = listing.progress.total
        here = {customer.source_id for customer in found}
        missing = [each for each in wanted if each not in here]
        listed = None if total is None else max(0, -(-total // MAX_PAGE_SIZE) - 1)
        if len(wanted) <= _FEW or (listed is not None and len(missing) < listed):
            self.allow(len(missing), len(wanted))
            found += self._one_by_one(missing)
        elif missing and listed != 0:
            self.allow(len(missing) if listed is None else listed, len(wanted))
            found += [customer for page in pages for customer in page]
        self._read |= {each.id: each for each in found if each.source_id in wanted}
        return {c.source_id: c.id for c in self._read.values() if c.source_id in wanted}

    def allow(self, more: int, count: int) -> None:
        """Refuse calls that are more than planning may take.

        Args:
            more: So many calls.
            count: So many customers need them.

        Raises:
            PlanError: With the number that would do.
        """
        needed = self.calls + more
        if needed > self._max_calls:
            message = (
                f"{count:,} customers of the frame have to be read anew before they can be "
                f"compared, which takes about {needed:,} API calls in all: give "
                f"max_calls={needed}, or the frame as it was fetched as before=, or only the rows "
                "that you have changed. Nothing was sent."
            )
            raise PlanError(message)

    def _one_by_one(self, ids: Collection[str]) -> list[Customer]:
        found = []
        for customer_id in ids:
            try:
                found.append(as_customer(self._api.get_customer(customer_id)))
            except NotFoundError:
                continue
        return found
