"""The columns that every DataFrame of orders, and of redemptions, has.

They are those of an export, the only way to read any number of them in a few calls: without line
items and without the currency, which no export has.
"""

from __future__ import annotations

from vfy_notebook.frames.schema import INDEX, Column, Kind, TableSchema

_AMOUNTS = (
    "amount",
    "discount_amount",
    "items_discount_amount",
    "total_discount_amount",
    "total_amount",
)

ORDERS = TableSchema(
    "order_id",
    (
        *(Column(name, Kind.TEXT) for name in ("source_id", "status", INDEX, "referrer_id")),
        *(Column(name, Kind.WHOLE) for name in _AMOUNTS),
        Column("created_at", Kind.TIME),
        Column("updated_at", Kind.TIME),
    ),
)

REDEMPTIONS = TableSchema(
    "redemption_id",
    (
        Column("object", Kind.TEXT),
        Column("date", Kind.TIME),
        *(
            Column(name, Kind.TEXT)
            for name in (
                "voucher_code",
                "campaign",
                "promotion_tier_id",
                INDEX,
                "customer_source_id",
                "customer_name",
                "tracking_id",
                "order_id",
            )
        ),
        *(Column(name, Kind.WHOLE) for name in ("order_amount", "gift_amount", "loyalty_points")),
        *(Column(name, Kind.TEXT) for name in ("result", "failure_code", "failure_message")),
    ),
    by="date",
)
