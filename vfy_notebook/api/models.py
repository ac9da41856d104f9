"""The API's objects as typed records, decoded from JSON by msgspec.

Unknown fields are ignored, because the vendor adds some without notice. A missing field and a null
are both None here, as they are both NA in a DataFrame. `gc=False` excludes the records from garbage
collection; they contain no reference cycles.

Shapes: https://docs.voucherify.io/api-reference/customers/customer-object
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from vfy_notebook.api.keys.links import Link

if TYPE_CHECKING:
    from collections.abc import Iterator

#: An integer, says the reference; a float is accepted too, so that it does not lose a whole page.
Number = int | float | None


class _Record(msgspec.Struct, gc=False):
    """The base of all parts of a customer."""


class Address(_Record):
    """A customer's address."""

    city: str | None = None
    state: str | None = None
    line_1: str | None = None
    line_2: str | None = None
    country: str | None = None
    postal_code: str | None = None


class Gift(_Record):
    """Gift credits, in hundredths of the currency unit."""

    redeemed_amount: Number = None
    amount_to_go: Number = None


class LoyaltyCard(_Record):
    """Loyalty points of cards."""

    redeemed_points: Number = None
    points_to_go: Number = None


class Redemptions(_Record):
    """Numbers of redemptions by outcome."""

    total_redeemed: Number = None
    total_failed: Number = None
    total_succeeded: Number = None
    total_rolled_back: Number = None
    total_rollback_failed: Number = None
    total_rollback_succeeded: Number = None
    gift: Gift | None = None
    loyalty_card: LoyaltyCard | None = None


class Orders(_Record):
    """Orders; amounts in hundredths of the currency unit."""

    total_amount: Number = None
    total_count: Number = None
    average_amount: Number = None
    last_order_amount: Number = None
    last_order_date: str | None = None


class Summary(_Record):
    """What a customer has bought and redeemed."""

    redemptions: Redemptions | None = None
    orders: Orders | None = None


class Loyalty(_Record):
    """Loyalty points, in total and by campaign."""

    points: Number = None
    referred_customers: Number = None
    campaigns: Any = None


class Referrals(_Record):
    """The customers that this one has referred."""

    total: Number = None
    campaigns: Any = None


class Customer(_Record):
    """A customer, as a listing or a single read gives it."""

    id: str
    source_id: str | None = None
    name: str | None = None
    description: str | None = None
    email: str | None = None
    phone: str | None = None
    birthdate: str | None = None
    birthday: str | None = None
    address: Address | None = None
    summary: Summary | None = None
    loyalty: Loyalty | None = None
    referrals: Referrals | None = None
    metadata: dict[str, Any] | None = None
    system_metadata: Any = None
    created_at: str | None = None
    updated_at: str | None = None
    #: Raw JSON of values that are not of their kind, by field; no field of the API's.
    odd: dict[str, str] | None = msgspec.field(default=None, name="(odd)")


class CustomerPage(msgspec.Struct):
    """One page of a listing. `total` and `has_more` may be missing."""

    customers: list[Customer]
    total: int | None = None
    has_more: bool | None = None


class OddPage(CustomerPage):
    """A page with values that are not of their kind; see `decoding.lenient`.

    Attributes:
        unnamed: What those are called whose id cannot be read, by what stands in for it.
    """

    unnamed: dict[str, str] = msgspec.field(default_factory=dict)


class Counted(msgspec.Struct):
    """What a page of any listing tells of their number."""

    total: Any = None


class Event(msgspec.Struct):
    """Something that a customer has done, or that was done to one."""

    id: str
    type: str | None = None
    created_at: str | None = None
    group_id: str | None = None
    data: Any = None


class ActivityPage(msgspec.Struct):
    """One page of a customer's activity. `more_starting_after` is the next one's cursor."""

    data: list[Event]
    has_more: bool | None = None
    more_starting_after: str | None = None


class SegmentRef(msgspec.Struct, frozen=True):
    """A segment in the list of one customer's segments."""

    id: str
    name: str | None = None


class CustomerSegments(msgspec.Struct):
    """The segments that a customer is in."""

    data: list[SegmentRef]
    total: int | None = None


class Segment(msgspec.Struct):
    """A segment in the list of the project's segments."""

    id: str
    name: str | None = None
    type: str | None = None
    filter: Any = None
    created_at: str | None = None
    updated_at: str | None = None


class SegmentPage(msgspec.Struct):
    """One page of the project's segments."""

    data: list[Segment]
    total: int | None = None
    has_more: bool | None = None


class Consent(msgspec.Struct):
    """A consent that customers can give."""

    id: str
    name: str | None = None
    description: str | None = None
    category: str | None = None
    created_at: str | None = None
    updated_at: str | None = None


class ConsentGroup(msgspec.Struct):
    """Consents that belong together."""

    id: str
    name: str | None = None
    description: str | None = None
    consents: list[str] = msgspec.field(default_factory=list)


class _Consents(msgspec.Struct):
    data: list[Consent]


class _ConsentGroups(msgspec.Struct):
    data: list[ConsentGroup]


class ConsentBook(msgspec.Struct):
    """All consents and groups of a project."""

    groups: _ConsentGroups
    consents: _Consents


class Export(msgspec.Struct):
    """A queued export. `status`: SCHEDULED, IN_PROGRESS, DONE or ERROR.

    `result` is `{"url": …}`; how it looks where the rows were split into several files is
    documented nowhere.
    """

    id: str
    status: str | None = None
    result: Any = None

    @property
    def links(self) -> tuple[Link, ...]:
        """Where the export's files lie, in their order.

        >>> Export("exp_1", "DONE", {"urls": ["https://a/1", "https://a/2?token=t0p"]}).links[1]
        Link(address='https://a/2', query=***)
        """
        return tuple(map(Link.of, dict.fromkeys(_addresses(self.result))))

    def __repr__(self) -> str:
        return f"Export(id={self.id!r}, status={self.status!r})"

    def __rich_repr__(self) -> list[tuple[str, Any]]:
        return [("id", self.id), ("status", self.status)]


def _addresses(value: Any) -> Iterator[str]:
    """All addresses in a JSON value, in their order."""
    if isinstance(value, str):
        if value.startswith(("https://", "http://")):
            yield value
    elif isinstance(value, dict | list):
        for each in value.values() if isinstance(value, dict) else value:
            yield from _addresses(each)
