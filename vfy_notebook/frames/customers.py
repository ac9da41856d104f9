"""Customers as a DataFrame: the same columns and dtypes whatever arrives, for no rows too."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd
import pyarrow as pa

from vfy_notebook.frames.arrays import to_arrow, to_pandas
from vfy_notebook.frames.metadata import MetadataColumns
from vfy_notebook.frames.schema import FIXED, INDEX, METADATA_PREFIX, fixed_values

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from vfy_notebook.api.models import Customer

#: Rows held as Python objects before they are packed: few enough to stay in the processor's cache.
_ROWS_UNPACKED = 1_000


class CustomerFrame:
    """A DataFrame in the making, filled as pages arrive."""

    def __init__(self) -> None:
        self._ids: list[str] = []
        self._open: list[Customer] = []
        self._packed: list[list[pa.Array | list[Any]]] = [[] for _ in FIXED]
        self._metadata = MetadataColumns()

    def __len__(self) -> int:
        return len(self._ids)

    def add(self, customers: Sequence[Customer]) -> None:
        """Append customers."""
        self._ids.extend([c.id for c in customers])
        self._open.extend(customers)
        if len(self._open) >= _ROWS_UNPACKED:
            self._pack()

    def _pack(self) -> None:
        customers, self._open = self._open, []
        for column, packed, values in zip(
            FIXED, self._packed, fixed_values(customers), strict=True
        ):
            packed.append(to_arrow(column.name, column.kind, values))
        self._metadata.add([c.metadata for c in customers])
        self._metadata.seal()

    def build(self, *, order: str = "created_at", limit: int | None = None) -> pd.DataFrame:
        """The DataFrame, rows in one of the API's orders, equal ones by customer_id."""
        self._pack()
        columns = {
            column.name: to_pandas(column.kind, chunks)
            for column, chunks in zip(FIXED, self._packed, strict=True)
        }
        for key, values in self._metadata.arrays().items():
            columns[METADATA_PREFIX + key] = values
        index = pd.Index(self._ids, dtype="str", name=INDEX)
        frame = pd.DataFrame(columns, index=index, copy=False)
        return sort_customers(frame, order).iloc[:limit]


def sort_customers(frame: pd.DataFrame, order: str) -> pd.DataFrame:
    """Rows in one of the API's orders; those without a value last, equal ones by customer_id."""
    by = order.removeprefix("-")
    keys = pd.DataFrame({"by": frame[by].array, "id": frame.index.array})
    positions = keys.sort_values(["by", "id"], ascending=[order == by, True]).index
    if positions.is_monotonic_increasing:
        return frame
    return frame.take(positions.to_numpy())


def customers_frame(customers: Iterable[Customer]) -> pd.DataFrame:
    """A DataFrame of customers in the order given."""
    frame = CustomerFrame()
    frame.add(list(customers))
    return frame.build()
