"""The columns that every customers' DataFrame has, and how a record fills them."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from operator import attrgetter
from typing import TYPE_CHECKING, Any

from vfy_notebook.api import models

if TYPE_CHECKING:
    from collections.abc import Sequence

    from vfy_notebook.api.models import Customer

INDEX = "customer_id"
METADATA_PREFIX = "metadata."


class Kind(enum.Enum):
    """What a column holds, and so its dtype."""

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


def fixed_values(customers: Sequence[Customer]) -> list[list[Any]]:
    """The values of the fixed columns, in the order of `FIXED`, one list a column.

    Column by column rather than customer by customer, and missing parts stood in for by empty
    ones: `map` over one attribute is the fastest loop that Python has.
    """
    address = [c.address or _NO_ADDRESS for c in customers]
    summary = [c.summary or _NO_SUMMARY for c in customers]
    redemptions = [s.redemptions or _NO_REDEMPTIONS for s in summary]
    gift = [r.gift or _NO_GIFT for r in redemptions]
    card = [r.loyalty_card or _NO_CARD for r in redemptions]
    orders = [s.orders or _NO_ORDERS for s in summary]
    loyalty = [c.loyalty or _NO_LOYALTY for c in customers]
    referrals = [c.referrals or _NO_REFERRALS for c in customers]

    def of(parts: Sequence[Any], *names: str) -> list[list[Any]]:
        return [list(map(attrgetter(name), parts)) for name in names]

    return [
        *of(customers, "source_id", "name", "description", "email", "phone"),
        # `birthday` is the field's old name; some projects still fill only that one.
        [c.birthdate or c.birthday for c in customers],
        *of(address, *_ADDRESS),
        *of(redemptions, *_REDEMPTIONS),
        *of(gift, *_GIFT),
        *of(card, *_LOYALTY_CARD),
        *of(orders, *_ORDERS),
        *of(orders, "last_order_date"),
        *of(loyalty, "points", "referred_customers", "campaigns"),
        *of(referrals, "total", "campaigns"),
        *of(customers, "system_metadata", "created_at", "updated_at"),
    ]


_NO_ADDRESS = models.Address()
_NO_SUMMARY = models.Summary()
_NO_REDEMPTIONS = models.Redemptions()
_NO_GIFT = models.Gift()
_NO_CARD = models.LoyaltyCard()
_NO_ORDERS = models.Orders()
_NO_LOYALTY = models.Loyalty()
_NO_REFERRALS = models.Referrals()
