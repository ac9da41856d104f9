"""The objects that can be exported: their fields, orders and filters, as the vendor lists them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from vfy_notebook.sandbox.data.customers.records import ADDRESS_FIELDS
from vfy_notebook.sandbox.data.filters.filters import CUSTOMER_ALIASES

_REDEMPTIONS = (
    "total_redeemed",
    "total_failed",
    "total_succeeded",
    "total_rolled_back",
    "total_rollback_failed",
    "total_rollback_succeeded",
)
_ORDERS = (
    "total_amount",
    "total_count",
    "average_amount",
    "last_order_amount",
    "last_order_date",
)
_AMOUNTS = (
    "amount",
    "discount_amount",
    "items_discount_amount",
    "total_discount_amount",
    "total_amount",
)


@dataclass(frozen=True)
class ExportedKind:
    """One kind of object.

    Attributes:
        fields: Each field and the keys that lead to it in an object.
        default_fields: Those of an export for which none are named.
        orders: What `order` takes, without the sign.
        filters: The fields that can be filtered by, metadata aside; None: any field.
        aliases: Where a filter's field lies in the object, if not under its own name.
        own_titles: Whether the titles are the fields' names, as a published job shows them.
    """

    fields: Mapping[str, tuple[str, ...]]
    default_fields: tuple[str, ...]
    orders: tuple[str, ...]
    filters: frozenset[str] | None
    aliases: Mapping[str, str]
    own_titles: bool = False


KINDS: dict[str, ExportedKind] = {
    "customer": ExportedKind(
        fields={
            **{n: (n,) for n in ("name", "id", "description", "email", "source_id", "created_at")},
            **{f"address_{name}": ("address", name) for name in ADDRESS_FIELDS},
            **{f"redemptions_{name}": ("summary", "redemptions", name) for name in _REDEMPTIONS},
            **{f"orders_{name}": ("summary", "orders", name) for name in _ORDERS},
            "loyalty_points": ("loyalty", "points"),
            "loyalty_referred_customers": ("loyalty", "referred_customers"),
            **{name: (name,) for name in ("updated_at", "phone", "birthday", "birthdate")},
            "metadata": (),
        },
        default_fields=("name", "source_id"),
        orders=("name", "id", "email", "source_id", "created_at", "updated_at"),
        filters=None,
        aliases=CUSTOMER_ALIASES,
    ),
    "order": ExportedKind(
        fields={
            **{name: (name,) for name in ("id", "source_id", "created_at", "updated_at", "status")},
            **{name: (name,) for name in _AMOUNTS},
            **{name: (name,) for name in ("customer_id", "referrer_id")},
            "metadata": (),
        },
        default_fields=("id", "source_id", "status"),
        orders=("created_at", "updated_at", "status"),
        filters=frozenset({"created_at", "updated_at", "status", "source_id", *_AMOUNTS}),
        aliases={},
    ),
    "redemption": ExportedKind(
        fields={
            **{name: (name,) for name in ("id", "object", "date")},
            "voucher_code": ("voucher", "code"),
            "campaign": ("voucher", "campaign"),
            "promotion_tier_id": ("promotion_tier", "id"),
            "customer_id": ("customer_id",),
            "customer_source_id": ("customer", "source_id"),
            "customer_name": ("customer", "name"),
            "tracking_id": ("tracking_id",),
            "order_id": ("order", "id"),
            "order_amount": ("order", "amount"),
            "gift_amount": ("gift", "amount"),
            "loyalty_points": ("loyalty_card", "points"),
            **{name: (name,) for name in ("result", "failure_code", "failure_message")},
            "metadata": (),
        },
        default_fields=("id", "object", "voucher_code", "customer_id", "date", "result"),
        orders=("id", "voucher_code", "tracking_id", "customer_id", "created_at"),
        filters=frozenset(
            {
                *("created_at", "campaign", "customer", "voucher", "related_object"),
                *("voucher_code", "related_object_id", "related_object_parent_id"),
                *("parent_redemption_id", "failure_code", "result", "object", "customer_id"),
                *("campaign_name", "user_login", "status"),
            }
        ),
        aliases={
            "campaign": "voucher.campaign",
            "campaign_name": "voucher.campaign",
            "voucher": "voucher.code",
            "voucher_code": "voucher.code",
            "customer": "customer_id",
            "parent_redemption_id": "redemption",
        },
        own_titles=True,
    ),
}
