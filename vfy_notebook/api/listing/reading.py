"""What a walk needs to know of a page, and what becomes of the odd records on it."""

from __future__ import annotations

from operator import attrgetter
from typing import TYPE_CHECKING

from vfy_notebook.api.decoding.lenient import UNNAMED
from vfy_notebook.api.models import OddPage
from vfy_notebook.api.pages import Page, ms_from_isos, readable_ms
from vfy_notebook.errors import ResponseError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from vfy_notebook.api.models import Customer, CustomerPage


def as_page(found: CustomerPage, *, near_ms: int | None = None) -> Page:
    """What a walk needs to know of a page.

    Pages come in order of creation. So a customer without a readable time of creation was created
    between its neighbours, and is placed at the one before it.

    Args:
        found: The page.
        near_ms: A time next to which the page lies, if it is known.

    Raises:
        ResponseError: No customer of the page has a readable time: nothing tells where it lies.
    """
    customers = found.customers
    placed: list[int] = []
    try:
        times = ms_from_isos([created or "" for created in map(_CREATED_AT_OF, customers)])
    except ValueError:
        times, placed = _placed(found, near_ms)
    if times and not _EARLIEST_MS <= min(times) <= max(times) < _LATEST_MS and not _in_order(times):
        times, placed = _placed(found, near_ms, plausible=True)
    return Page(list(map(_ID_OF, customers)), times, found.total, found.has_more, placed)


_ID_OF = attrgetter("id")
_CREATED_AT_OF = attrgetter("created_at")

#: Years in which customers can have been created; others stand for "not known" in many programs.
_EARLIEST_MS = 31_536_000_000  # 1971
_LATEST_MS = 4_102_444_800_000  # 2100


def _in_order(times: Sequence[int]) -> bool:
    return times in (sorted(times), sorted(times, reverse=True))


def _placed(
    found: CustomerPage, near_ms: int | None, *, plausible: bool = False
) -> tuple[list[int], list[int]]:
    """The times of creation, those that cannot be read from neighbours, and who has them."""
    read = [readable_ms(customer.created_at) for customer in found.customers]
    if plausible:
        read = [
            each if each is not None and _EARLIEST_MS <= each < _LATEST_MS else None
            for each in read
        ]
    known = [each for each in read if each is not None]
    placed = [i for i, each in enumerate(read) if each is None]
    if not known and near_ms is None and found.has_more is not False:
        raise _unplaceable(found.customers[placed[0]])
    at_ms = known[0] if known else near_ms or 0
    times = []
    for each in read:
        at_ms = at_ms if each is None else each
        times.append(at_ms)
    return times, placed


def _unplaceable(customer: Customer) -> ResponseError:
    return ResponseError(
        f"Customer {customer.id.lstrip(UNNAMED)} has no readable created_at "
        f"({str(customer.created_at)[:40]!r}), nor has any other of its page: a listing cannot be "
        'told complete. fetch_customers(via="export") does not need it.'
    )


class OddRecords:
    """The customers of a listing that it cannot do as usual with.

    Attributes:
        unnamed: Customers without a readable id, who are left out, in words.
        placed: The ids of those without a readable time of creation, who were placed by their
            neighbours.
    """

    def __init__(self) -> None:
        self.unnamed: dict[str, str] = {}
        self.placed: set[str] = set()

    def take(self, found: CustomerPage, new: list[int], placed: Sequence[int] = ()) -> list[int]:
        """Take note of a page; gives the positions of the customers to be handed on.

        Args:
            found: The page.
            new: The positions of those who are new.
            placed: The positions of those who were placed by their neighbours. Two windows may
                each place such a one in the other, or both in themselves.
        """
        if isinstance(found, OddPage):
            self.unnamed.update(found.unnamed)
        if placed:
            ids = {i: found.customers[i].id for i in placed}
            guests = {i for i, customer in ids.items() if customer not in self.placed}
            self.placed.update(i for i in ids.values() if not i.startswith(UNNAMED))
            new = sorted((set(new) - ids.keys()) | guests)
        if isinstance(found, OddPage) and found.unnamed:
            new = [i for i in new if not found.customers[i].id.startswith(UNNAMED)]
        return new
