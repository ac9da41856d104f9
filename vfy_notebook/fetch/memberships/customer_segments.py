"""Reads the segments of single customers, and finds customers that do not exist any more.

For a customer that does not exist, the API does not answer 404: it lists the segments that a
customer with this id would be in. So an answer alone does not show that the customer exists, and a
`GET` for each customer would double the calls. There is a cheaper way: ask once for the segments
of a random id that does not exist. All customers that do not exist get this same answer, as far as
segments do not filter by id. So a customer who is in any other segment does exist. Only the
customers that this does not decide take one more call each.

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
from vfy_notebook.fetch.memberships.segment_members import MemberList
from vfy_notebook.fetch.parallel import run_all

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from collections.abc import Set as AbstractSet

    from vfy_notebook.api.models import Segment, SegmentRef
    from vfy_notebook.api.operations import Api

#: Up to this many customers are looked up one by one, without considering the list of all.
_FEW = 10

_ID_FIELDS = frozenset({"id", "source_id", "customer_id"})

#: The ids of a customer's segments; None: the API answered that there is no such customer.
Answer = frozenset[str] | None


def segments_of(api: Api, customer: str) -> list[SegmentRef]:
    """A customer's segments; for one that does not exist, those that it would be in.

    Raises:
        ResponseError: The answer does not have all segments.
    """
    answer = api.customer_segments(customer)
    if answer.total is not None and answer.total > len(answer.data):
        message = (
            f"The API returned only {len(answer.data)} of the {answer.total} segments of "
            f"{customer}, and cannot list the others: use "
            "project.fetch_memberships(…, via='segments')."
        )
        raise ResponseError(message)
    return answer.data


def fetch_customer_segments(api: Api, ref: str, *, must_exist: bool) -> list[SegmentRef]:
    """One customer's segments; `must_exist` takes one more call to check that it exists.

    Raises:
        NotFoundError: There is no such customer.
    """
    if must_exist:
        api.get_customer(ref)
    return segments_of(api, ref)


def ask(api: Api, customer: str) -> tuple[str, Answer]:
    """A customer and its segments' ids."""
    try:
        return customer, frozenset(sys.intern(each.id) for each in segments_of(api, customer))
    except NotFoundError:
        return customer, None


def ask_all(api: Api, customers: Iterable[str], *, workers: int) -> Iterator[tuple[str, Answer]]:
    """Each customer and its segments' ids, in the order of arrival; one call each."""
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
    """The customers who do not exist, although the API has returned segments for them.

    Takes no call for no customers, and one for a single customer. Otherwise it takes one, plus one
    for each customer who is only in segments that a nonexistent customer would be in too. If these
    are many and the list of all customers is shorter, that list is read instead.

    Args:
        api: The operations.
        doubtful: Customers who may not exist, and the segments that the API returned for them.
        segments: The segments whose filters are known.
        workers: The maximum number of requests in flight.
    """
    unconfirmed = set(doubtful)
    if len(unconfirmed) > 1:
        _, of_nonexistent = ask(api, f"cust_{secrets.token_hex(12)}")
        if of_nonexistent is None:
            return set()  # the API answers 404 for those who do not exist, and it has not
        same_for_all_ids = {segment.id for segment in segments if _same_for_all_ids(segment)}
        decisive = same_for_all_ids - of_nonexistent
        unconfirmed = {c for c in unconfirmed if decisive.isdisjoint(doubtful[c])}
    if len(unconfirmed) > _FEW:
        unconfirmed -= _seen_in_list_if_shorter(api, unconfirmed)
    checks = run_all(deque(partial(_exists, api, c) for c in sorted(unconfirmed)), workers=workers)
    return {customer for customer, exists in checks if not exists}


def _seen_in_list_if_shorter(api: Api, customers: AbstractSet[str]) -> AbstractSet[str]:
    """Which of these are in the list of all customers; stops when reading on costs too much."""
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


def _same_for_all_ids(segment: Segment) -> bool:
    """Whether all nonexistent customers are in this segment, or none is, whatever their id."""
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
