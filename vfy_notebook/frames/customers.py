"""Customers as a DataFrame: always the same columns and dtypes, even without rows."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from vfy_notebook.frames.arrays import to_pandas
from vfy_notebook.frames.batches import Batch, Packing
from vfy_notebook.frames.metadata import metadata_arrays
from vfy_notebook.frames.odd_values import merged, remember
from vfy_notebook.frames.schema import CUSTOMERS, METADATA_PREFIX, Kind

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from vfy_notebook.api.models import Customer
    from vfy_notebook.frames.schema import TableSchema


#: numpy columns that may lie each by itself. With a hundred of them pandas warns whoever inserts
#: a column; laying them side by side takes a copy, which usual frames are spared.
_LOOSE_COLUMNS = 30


class CustomerFrame:
    """Collects pages of customers and builds a DataFrame of them.

    An interrupt can happen anywhere, and a DataFrame of the rows so far must be possible then: so
    the state changes by one assignment.
    """

    def __init__(self) -> None:
        self._held = Packing()

    def __len__(self) -> int:
        return len(self._held)

    def add(self, customers: Sequence[Customer]) -> None:
        """Append customers."""
        self._held = self._held.add(customers)

    def add_batch(self, batch: Batch) -> None:
        """Append customers who are packed already."""
        self._held = self._held.add_batch(batch)

    def build(self, *, order: str = "created_at", limit: int | None = None) -> pd.DataFrame:
        """The DataFrame, rows in one of the API's orders, equal ones by customer_id."""
        batches = self._held.batches()
        frame = sort_rows(frame_of(batches, CUSTOMERS), order).iloc[:limit]
        remember(frame, merged(*(batch.odd for batch in batches)))
        return frame


def frame_of(batches: Sequence[Batch], table: TableSchema) -> pd.DataFrame:
    """Batches as one DataFrame, rows in the order of the batches.

    Args:
        batches: The rows, with the columns of `table`.
        table: What they are.
    """
    columns = {
        column.name: to_pandas(column.kind, [batch.fixed[i] for batch in batches])
        for i, column in enumerate(table.columns)
    }
    metadata = metadata_arrays([b.metadata for b in batches], [len(b) for b in batches])
    columns |= {METADATA_PREFIX + key: values for key, values in metadata.items()}
    ids = to_pandas(Kind.TEXT, [batch.ids for batch in batches])
    frame = pd.DataFrame(columns, index=pd.Index(ids, name=table.index), copy=False)
    if sum(isinstance(values, np.ndarray) for values in columns.values()) > _LOOSE_COLUMNS:
        frame = frame.copy()  # lays them side by side
    return frame


def sort_rows(frame: pd.DataFrame, order: str) -> pd.DataFrame:
    """Rows in one of the API's orders; those without a value last, equal ones by their ids."""
    by = order.removeprefix("-")
    values = pd.Index(frame[by].array)
    if order == by and not values.hasnans and values.is_monotonic_increasing and values.is_unique:
        return frame
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
