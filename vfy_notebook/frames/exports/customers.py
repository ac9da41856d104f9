"""Exported customers, with the columns and dtypes that a listing has.

Fields: https://docs.voucherify.io/api-reference/exports/create-export
"""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

import pyarrow.compute as pc

from vfy_notebook.frames.batches import Batch
from vfy_notebook.frames.exports.cells import metadata_pieces, nothing, typed
from vfy_notebook.frames.exports.objects import DISPLAY_TITLES, METADATA, ExportedObject
from vfy_notebook.frames.schema import FIXED

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pyarrow as pa

    from vfy_notebook.frames.exports.table import ExportedRows
    from vfy_notebook.frames.schema import Column

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

#: The column of a DataFrame and the field of an export that fills it.
FIELD_OF: dict[str, str] = {
    **{name: name for name in ("source_id", "name", "description", "email", "phone")},
    "birthdate": "birthdate",
    **{
        f"address.{name}": f"address_{name}"
        for name in ("city", "state", "line_1", "line_2", "country", "postal_code")
    },
    **{f"summary.redemptions.{name}": f"redemptions_{name}" for name in _REDEMPTIONS},
    **{f"summary.orders.{name}": f"orders_{name}" for name in _ORDERS},
    "loyalty.points": "loyalty_points",
    "loyalty.referred_customers": "loyalty_referred_customers",
    "created_at": "created_at",
    "updated_at": "updated_at",
}

#: `birthday` is the field's old name; some projects still fill only that one.
_OLD_BIRTHDATE = "birthday"

#: Columns that no export fills: they are NA.
NOT_EXPORTED: tuple[str, ...] = tuple(c.name for c in FIXED if c.name not in FIELD_OF)

_FIELDS = ("id", *FIELD_OF.values(), _OLD_BIRTHDATE, METADATA)

CUSTOMERS = ExportedObject(
    name="customer",
    fields=_FIELDS,
    known=_FIELDS,
    titles={**DISPLAY_TITLES, "id": ("Customer ID",), "source_id": ("Customer Source ID",)},
    instead='use fetch_customers(via="list")',
)


def customers_with(*fields: str) -> ExportedObject:
    """Customers of whom only some fields are asked for, with all metadata if it is among them.

    Args:
        *fields: The export's own names; metadata last.
    """
    return dataclasses.replace(CUSTOMERS, fields=fields, needed=fields)


def customer_batch(rows: ExportedRows, properties: Mapping[str, Any]) -> Batch:
    """Rows of an export as customers.

    Args:
        rows: The rows.
        properties: The metadata schema's `properties`, by key.
    """
    return Batch(
        rows.ids,
        [_values(column, rows) for column in FIXED],
        metadata_pieces(rows, properties),
    )


def _values(column: Column, rows: ExportedRows) -> pa.Array | list[Any]:
    texts = rows.fields.get(FIELD_OF.get(column.name, ""))
    if column.name == "birthdate":
        old = rows.fields.get(_OLD_BIRTHDATE)
        texts = old if texts is None else texts if old is None else pc.coalesce(texts, old)
    if texts is None:
        return nothing(column.kind, len(rows.ids))
    return typed(column.name, column.kind, texts)
