"""Customers as a DataFrame: always the same columns and dtypes, even without rows."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from vfy_notebook.frames.arrays import to_pandas
from vfy_notebook.frames.batches import Batch, Packing
from vfy_notebook.frames.metadata import metadata_arrays
from vfy_notebook.frames.metadata_rest import (
    divided,
    keys_with_columns,
    rest_array,
)
from vfy_notebook.frames.odd_values import merged, remember
from vfy_notebook.frames.schema import CUSTOMERS, METADATA_PREFIX, METADATA_REST, Kind

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Sequence

    from vfy_notebook.api.models import Customer
    from vfy_notebook.frames.metadata_rest import Keys
    from vfy_notebook.frames.schema import TableSchema


#: numpy columns that may lie each by itself. With a hundred of them pandas warns whoever inserts
#: a column; laying them side by side takes a copy, which usual frames are spared.
_LOOSE_COLUMNS = 30


class CustomerFrame:
    """Collects pages of customers and builds a DataFrame of them.

    An interrupt can happen anywhere, and a DataFrame of the rows so far must be possible then: so
    the state changes by one assignment.

    Attributes:
        keys_in_rest: How many metadata keys the frame built last has in `metadata_rest`.
    """

    def __init__(self) -> None:
        self._held = Packing()
        self.keys_in_rest = 0

    def __len__(self) -> int:
        return len(self._held)

    def add(self, customers: Sequence[Customer]) -> None:
        """Append customers."""
        self._held = self._held.add(customers)

    def add_batch(self, batch: Batch) -> None:
        """Append customers who are packed already."""
        self._held = self._held.add_batch(batch)

    def build(
        self,
        *,
        order: str = "created_at",
        limit: int | None = None,
        keep: Callable[[], Collection[str]] = tuple,
        most_keys: int | None = None,
    ) -> pd.DataFrame:
        """The DataFrame, rows in one of the API's orders, equal ones by customer_id.

        Args:
            order: One of the API's orders.
            limit: The first so many rows only.
            keep: Gives the metadata keys that have a column however rare they are. It is asked
                only where there are more keys than columns.
            most_keys: So many metadata keys have a column; None is the usual bound.
        """
        batches = self._held.batches()
        keys = divided([batch.metadata for batch in batches], keep, most_keys)
        self.keys_in_rest = len(keys.rest)
        frame = sort_rows(frame_of(batches, CUSTOMERS, keys), order).iloc[:limit]
        remember(frame, merged(*(batch.odd for batch in batches)))
        return frame


def frame_of(
    batches: Sequence[Batch], table: TableSchema, keys: Keys | None = None
) -> pd.DataFrame:
    """Batches as one DataFrame, rows in the order of the batches.

    Args:
        batches: The rows, with the columns of `table`.
        table: What they are.
        keys: Which metadata keys have columns; None: the commonest ones.
    """
    packed, lengths = [batch.metadata for batch in batches], [len(batch) for batch in batches]
    keys = keys or divided(packed, keep=tuple)
    columns = {
        column.name: to_pandas(column.kind, [batch.fixed[i] for batch in batches])
        for i, column in enumerate(table.columns)
    }
    metadata = metadata_arrays(packed, lengths, keys.columns)
    columns |= {METADATA_PREFIX + key: values for key, values in metadata.items()}
    if keys.rest:
        columns[METADATA_REST] = rest_array(packed, lengths, keys.rest)
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


def customers_frame(
    customers: Iterable[Customer], *, like: pd.DataFrame | None = None
) -> pd.DataFrame:
    """A DataFrame of customers, oldest first.

    Args:
        customers: The customers.
        like: A frame whose metadata keys have columns here too; where it has `metadata_rest`, the
            others stand in that.
    """
    frame = CustomerFrame()
    frame.add(list(customers))
    if like is None:
        return frame.build()
    has_rest = METADATA_REST in like.columns
    made = frame.build(keep=lambda: keys_with_columns(like), most_keys=0 if has_rest else None)
    if has_rest and METADATA_REST not in made.columns:
        made[METADATA_REST] = pd.array([pd.NA] * len(made), dtype="str")
    return made
