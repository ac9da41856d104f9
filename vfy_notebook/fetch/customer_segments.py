"""Asking customers for their segments, and telling who is no customer any more.

For a customer that does not exist the API does not answer 404: it lists the segments that a
customer of this id would qualify for. So an answer alone proves nothing, and asking for each
customer by `GET` would double the calls. The cheap proof is to ask once for the segments of
somebody who surely does not exist: whoever is in a segment that is not among those does exist,
as all customers that do not exist are alike, but for their id. (That is why segments whose
filter looks at ids prove nothing.) Only those whom this does not tell apart cost a call each.

Source: https://docs.voucherify.io/api-reference/customers/list-customers-segments
"""

from __future__ import annotations

import secrets
import sys
from collections import deque
from functools import partial
from typing import TYPE_CHECKING, Any

from vfy_notebook.api.pages import PageRequest
from vfy_notebook.errors import NotFoundError, ResponseError
from vfy_notebook.fetch.parallel import run_all
from vfy_notebook.fetch.segment_members import MemberList

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from collections.abc import Set as AbstractSet

    from vfy_notebook.api.models import Segment, SegmentRef
    from vfy_notebook.api.operations import Api

#: Up to so many doubtful customers are asked for one by one without looking at the list of all.
_FEW = 10

_ID_FIELDS = frozenset({"id", "source_id", "customer_id"})

#: The ids of a customer's segments; None: the API says itself that there is no such customer.
Answer = frozenset[str] | None


def segments_of(api: Api, customer: str) -> list[SegmentRef]:
    """A customer's segments, or those that it would qualify for.

    Raises:
        ResponseError: The answer is cut short.
    """
    told = api.customer_segments(customer)
    if told.total is not None and told.total > len(told.data):
        message = (
            f"The API tells {len(told.data)} of the {told.total} segments of {customer} and has no "
            "way to ask for the rest: use project.fetch_memberships(…, via='segments')."
        )
        raise ResponseError(message)
    return told.data


def fetch_customer_segments(api: Api, ref: str, *, must_exist: bool) -> list[SegmentRef]:
    """One customer's segments; a call more if somebody who does not exist is to be refused.

    Raises:
        NotFoundError: There is no such customer.
    """
    if must_exist:
        api.get_customer(ref)
    return segments_of(api, ref)


def ask(api: Api, customer: str) -> tuple[str, Answer]:
    """A customer with its answer."""
    try:
        return customer, frozenset(sys.intern(each.id) for each in segments_of(api, customer))
    except NotFoundError:
        return customer, None


def ask_all(api: Api, customers: Iterable[str], *, workers: int) -> Iterator[tuple[str, Answer]]:
    """Each customer's answer, as they come; a call each."""
    return run_all(deque(partial(ask, api, c) for c in customers), workers=workers)


def hidden_segments(
    api: Api, empty: AbstractSet[str], customers: Sequence[str] | None = None
) -> tuple[str | None, AbstractSet[str]]:
    """Segments that list nobody although a customer says that it is in them.

    Some servers list nobody for passive segments, as all did until 2026-04-22. One customer is
    asked, for all these segments at once: a call, and one more to find a customer.

    Args:
        api: The operations.
        empty: The ids of the segments that list nobody.
        customers: Customers of whom the first one is asked; None finds one.

    Returns:
        The customer, and those of the segments that it is in.
    """
    if not empty:
        return None, frozenset()
    if not customers:
        request = PageRequest(order="-created_at", limit=1)
        customers = [each.id for each in api.list_customers({}, request).customers]
        if not customers:
            return None, frozenset()
    customer, answer = ask(api, customers[0])
    return customer, frozenset(answer or ()) & empty


def find_vanished(
    api: Api,
    doubtful: Mapping[str, frozenset[str]],
    segments: Iterable[Segment],
    *,
    workers: int,
) -> set[str]:
    """Those of the customers who do not exist, although the API has answered for them.

    Costs no call for nobody, one for a single customer; else one, and one more for each whose
    segments are only such as somebody who does not exist would qualify for. If these are many
    and the list of all customers is shorter, it is read instead.

    Args:
        api: The operations.
        doubtful: The answers for the customers whose existence nothing has shown yet.
        segments: The segments whose filters are known.
        workers: Requests in flight at most.
    """
    unproven = set(doubtful)
    if len(unproven) > 1:
        _, nobodys = ask(api, f"cust_{secrets.token_hex(12)}")
        if nobodys is None:
            return set()  # the API says 404 for those who do not exist, and it has not
        telling = {segment.id for segment in segments if _alike_for_all_ids(segment)} - nobodys
        unproven = {c for c in unproven if telling.isdisjoint(doubtful[c])}
    if len(unproven) > _FEW:
        unproven -= _seen_in_list_if_shorter(api, unproven)
    checks = run_all(deque(partial(_exists, api, c) for c in sorted(unproven)), workers=workers)
    return {customer for customer, exists in checks if not exists}


def _seen_in_list_if_shorter(api: Api, customers: AbstractSet[str]) -> AbstractSet[str]:
    """Who of these is in the list of all customers, as far as reading that is worth it."""
    everybody = MemberList(api, None, wanted=customers)
    while not everybody.complete:
        missing = len(customers) - len(everybody.members)
        if everybody.started and everybody.pages_left >= missing:
            break
        everybody.read_page()
    return everybody.members


def _exists(api: Api, customer: str) -> tuple[str, bool]:
    try:
        api.get_customer(customer)
    except NotFoundError:
        return customer, False
    return customer, True


def _alike_for_all_ids(segment: Segment) -> bool:
    """Whether two who do not exist surely are both in this segment, or both not."""
    if segment.filter is None:
        return segment.type == "static"  # a list, which they are not on
    return not _names_an_id(segment.filter)


def _names_an_id(rule: Any) -> bool:
    if isinstance(rule, dict):
        return any(
            str(key).rsplit(".", 1)[-1] in _ID_FIELDS or _names_an_id(value)
            for key, value in rule.items()
        )
    return isinstance(rule, list) and any(map(_names_an_id, rule))
