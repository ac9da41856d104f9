"""The columns that every customers' DataFrame has, and how a record fills them."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from msgspec.structs import astuple

from vfy_notebook.api import models

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import msgspec

    from vfy_notebook.api.models import Customer

INDEX = "customer_id"
METADATA_PREFIX = "metadata."

#: The column of the metadata keys that have none of their own: one JSON object a customer.
METADATA_REST = "metadata_rest"


class Kind(enum.Enum):
    """The kind of values in a column; it decides the dtype."""

    TEXT = "str"
    WHOLE = "Int64"
    NUMBER = "Float64"
    FLAG = "boolean"
    TIME = "datetime64[us, UTC]"
    DATE = "datetime64[us]"
    OBJECT = "object"


@dataclass(frozen=True)
class Column:
    """A column of the fixed schema."""

    name: str
    kind: Kind


@dataclass(frozen=True)
class TableSchema:
    """What a table of one kind of object always has, metadata aside.

    Attributes:
        index: The name of the index, which holds the objects' ids.
        columns: The columns that are always there, in their order.
        by: The column by which rows are sorted if nothing else is asked for: a time.
    """

    index: str
    columns: tuple[Column, ...]
    by: str = "created_at"


_ADDRESS = ("city", "state", "line_1", "line_2", "country", "postal_code")
_REDEMPTIONS = (
    "total_redeemed",
    "total_failed",
    "total_succeeded",
    "total_rolled_back",
    "total_rollback_failed",
    "total_rollback_succeeded",
)
_GIFT = ("redeemed_amount", "amount_to_go")
_LOYALTY_CARD = ("redeemed_points", "points_to_go")
_ORDERS = ("total_amount", "total_count", "average_amount", "last_order_amount")

FIXED: tuple[Column, ...] = (
    *(Column(n, Kind.TEXT) for n in ("source_id", "name", "description", "email", "phone")),
    Column("birthdate", Kind.DATE),
    *(Column(f"address.{n}", Kind.TEXT) for n in _ADDRESS),
    *(Column(f"summary.redemptions.{n}", Kind.WHOLE) for n in _REDEMPTIONS),
    *(Column(f"summary.redemptions.gift.{n}", Kind.WHOLE) for n in _GIFT),
    *(Column(f"summary.redemptions.loyalty_card.{n}", Kind.WHOLE) for n in _LOYALTY_CARD),
    *(Column(f"summary.orders.{n}", Kind.WHOLE) for n in _ORDERS),
    Column("summary.orders.last_order_date", Kind.TIME),
    Column("loyalty.points", Kind.WHOLE),
    Column("loyalty.referred_customers", Kind.WHOLE),
    Column("loyalty.campaigns", Kind.OBJECT),
    Column("referrals.total", Kind.WHOLE),
    Column("referrals.campaigns", Kind.OBJECT),
    Column("system_metadata", Kind.OBJECT),
    Column("created_at", Kind.TIME),
    Column("updated_at", Kind.TIME),
)

FIXED_NAMES: tuple[str, ...] = tuple(column.name for column in FIXED)

#: Where the columns of lists and objects are, such as campaigns. On most pages all of these are
#: empty and mean nothing: then they need not wait for packing, and are freed while they are in the
#: processor's cache.
_OBJECTS_AT = [at for at, column in enumerate(FIXED) if column.kind is Kind.OBJECT]

CUSTOMERS = TableSchema(INDEX, FIXED)


class Transposed(NamedTuple):
    """Customers column by column."""

    ids: Sequence[str]
    fixed: list[Sequence[Any]]
    metadata: Sequence[dict[str, Any] | None]
    odd: Sequence[dict[str, str] | None]


def transposed(customers: Sequence[Customer]) -> Transposed:
    """The values of customers, those of the fixed columns in the order of `FIXED`.

    Whole records are turned into columns at once, missing parts stood in for by empty ones:
    asking each record for each of its values would take twice as long. For a page at a time: of
    many more records the tuples in between would keep the garbage collector busy.
    """
    if not customers:
        return Transposed([], [[] for _ in FIXED], [], [])
    (
        ids,
        source_id,
        name,
        description,
        email,
        phone,
        birthdate,
        birthday,
        address,
        summary,
        loyalty,
        referrals,
        metadata,
        system_metadata,
        created_at,
        updated_at,
        odd,
    ) = _columns(customers)
    redemptions, orders = _columns_of_parts(summary, _NO_SUMMARY)
    *redeemed, gift, card = _columns_of_parts(redemptions, _NO_REDEMPTIONS)
    fixed = [
        source_id,
        name,
        description,
        email,
        phone,
        # `birthday` is the field's old name; some projects still fill only that one.
        birthdate
        if all(birthdate)
        else [new or old for new, old in zip(birthdate, birthday, strict=True)],
        *_columns_of_parts(address, _NO_ADDRESS),
        *redeemed,
        *_columns_of_parts(gift, _NO_GIFT),
        *_columns_of_parts(card, _NO_CARD),
        *_columns_of_parts(orders, _NO_ORDERS),
        *_columns_of_parts(loyalty, _NO_LOYALTY),
        *_columns_of_parts(referrals, _NO_REFERRALS),
        system_metadata,
        created_at,
        updated_at,
    ]
    for at in _OBJECTS_AT:
        if not any(fixed[at]):
            fixed[at] = [None] * len(ids)
    return Transposed(ids, fixed, metadata, odd)


def _columns_of_parts(parts: Sequence[Any], empty: msgspec.Struct) -> Iterator[Sequence[Any]]:
    """The values of equal parts of records, an empty one standing in for each that is missing.

    Nearly always none is, and to look for it would take half as long as the values do.
    """
    try:
        return _columns(parts)
    except TypeError:  # of what is no record, such as None
        return _columns([part or empty for part in parts])


def _columns(records: Sequence[msgspec.Struct]) -> Iterator[Sequence[Any]]:
    """The values of equal records, one sequence a field."""
    return zip(*map(astuple, records), strict=True)


_NO_ADDRESS = models.Address()
_NO_SUMMARY = models.Summary()
_NO_REDEMPTIONS = models.Redemptions()
_NO_GIFT = models.Gift()
_NO_CARD = models.LoyaltyCard()
_NO_ORDERS = models.Orders()
_NO_LOYALTY = models.Loyalty()
_NO_REFERRALS = models.Referrals()
