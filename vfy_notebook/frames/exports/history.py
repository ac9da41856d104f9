"""Exported orders and redemptions.

Fields: https://docs.voucherify.io/api-reference/exports/create-export
"""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any

from vfy_notebook.errors import VfyNotebookWarning
from vfy_notebook.frames.arrays import times_from_text
from vfy_notebook.frames.batches import Batch
from vfy_notebook.frames.exports.cells import metadata_pieces, nothing, wholes
from vfy_notebook.frames.exports.objects import DISPLAY_TITLES, METADATA, ExportedObject
from vfy_notebook.frames.history.tables import ORDERS, REDEMPTIONS
from vfy_notebook.frames.schema import Kind

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pyarrow as pa

    from vfy_notebook.frames.exports.table import ExportedRows
    from vfy_notebook.frames.schema import Column, TableSchema

_ORDER_FIELDS = ("id", *(column.name for column in ORDERS.columns), METADATA)
_REDEMPTION_FIELDS = ("id", *(column.name for column in REDEMPTIONS.columns), METADATA)

EXPORTED_ORDERS = ExportedObject(
    name="order",
    fields=_ORDER_FIELDS,
    needed=("id", "created_at", "status", "customer_id"),
    known=_ORDER_FIELDS,
    titles={**DISPLAY_TITLES, "id": ("Order ID",), "source_id": ("Order Source ID",)},
    instead="look for the export in Voucherify's dashboard",
)

EXPORTED_REDEMPTIONS = ExportedObject(
    name="redemption",
    fields=_REDEMPTION_FIELDS,
    needed=("id", "date", "object", "result", "customer_id"),
    known=_REDEMPTION_FIELDS,
    titles={
        "id": ("Redemption ID",),
        "date": ("Redemption Date", "Date", *DISPLAY_TITLES["created_at"]),
        "object": ("Object Type",),
    },
    instead="look for the export in Voucherify's dashboard",
)


def history_batch(rows: ExportedRows, table: TableSchema, properties: Mapping[str, Any]) -> Batch:
    """Rows of an export with the columns of their table, which the export's fields are named for.

    Values that a column cannot hold are NA; a warning counts them.

    Args:
        rows: The rows.
        table: What they are.
        properties: The `properties` of these objects' metadata schema, by key.
    """
    return Batch(
        rows.ids,
        [_values(column, rows) for column in table.columns],
        metadata_pieces(rows, properties),
    )


def _values(column: Column, rows: ExportedRows) -> pa.Array | list[Any]:
    texts = rows.fields.get(column.name)
    if texts is None:
        return nothing(column.kind, len(rows.ids))
    if column.kind is Kind.TIME:
        return times_from_text(column.name, column.kind, texts)
    if column.kind is not Kind.WHOLE:
        return texts
    lost: list[int] = []
    found = wholes(column.name, texts, lost)
    if lost:
        warnings.warn(
            f"{len(lost):,} values of {column.name} are no whole numbers and show as NA, such as "
            f"{texts[lost[0]].as_py()[:40]!r} of {rows.ids[lost[0]].as_py()}.",
            VfyNotebookWarning,
            stacklevel=2,
        )
    return found
