"""From pieces of columns to one DataFrame, in little more memory than that takes.

Packed pieces and the DataFrame take about the same. So a column's pieces are dropped as soon as the
column stands: all the others are in memory once, and only that one twice. Rows are put in order
column by column too, as a whole frame put in order is a second one.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from vfy_notebook.frames.arrays import to_pandas
from vfy_notebook.frames.metadata.pieces import metadata_arrays
from vfy_notebook.frames.metadata.rest import divided, rest_array
from vfy_notebook.frames.odd_values import merged, remember
from vfy_notebook.frames.schema import METADATA_PREFIX, METADATA_REST, Kind

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from vfy_notebook.frames.arrays import PandasArray
    from vfy_notebook.frames.batches import Batch
    from vfy_notebook.frames.metadata.rest import Keys
    from vfy_notebook.frames.schema import TableSchema

#: numpy columns that may lie each by itself. With a hundred of them pandas warns whoever inserts
#: a column; laying them side by side takes a copy, which usual frames are spared.
_LOOSE_COLUMNS = 30


class FrameBuilder:
    """Builds the DataFrame of some batches, which it takes apart.

    An interrupt can happen anywhere: `build` called again goes on where it was. So a column is
    noted first, and its pieces are dropped then.

    Args:
        batches: The rows, with the columns of `table`; whoever else holds them keeps their memory.
        table: What they are.
        order: The column by which the rows are sorted, with a minus for falling; those without a
            value come last, equal ones by their ids. None: by the table's own column.
        keys: Which metadata keys have columns; None: the commonest ones.
    """

    def __init__(
        self,
        batches: Sequence[Batch],
        table: TableSchema,
        *,
        order: str | None = None,
        keys: Keys | None = None,
    ) -> None:
        self._table = table
        self._order = order or table.by
        self.keys = keys or divided([batch.metadata for batch in batches], keep=tuple)
        self._lengths = [len(batch) for batch in batches]
        self._ids: list[pa.Array] = [batch.ids for batch in batches]
        self._fixed = [list(batch.fixed) for batch in batches]
        self._metadata = [dict(batch.metadata) for batch in batches]
        self._odd = merged(*(batch.odd for batch in batches))
        self._positions: np.ndarray[Any, Any] | None = None
        self._index: pd.Index | None = None
        self._columns: dict[str, PandasArray] = {}

    def __len__(self) -> int:
        return sum(self._lengths)

    def build(self, *, limit: int | None = None) -> pd.DataFrame:
        """The DataFrame, or its first rows."""
        self._order_rows()
        for at, column in enumerate(self._table.columns):
            self._add(column.name, partial(self._fixed_column, at))
            for pieces in self._fixed:
                pieces[at] = []
        for key in sorted(self.keys.columns):
            self._add(METADATA_PREFIX + key, partial(self._metadata_column, key))
            for each in self._metadata:
                each.pop(key, None)
        if self.keys.rest:
            self._add(METADATA_REST, self._rest_column)
            self._metadata = [{} for _ in self._lengths]
        frame = pd.DataFrame(self._columns, index=self._index, copy=False)
        if (
            sum(isinstance(values, np.ndarray) for values in self._columns.values())
            > _LOOSE_COLUMNS
        ):
            frame = frame.copy()  # lays them side by side
        if limit is not None:
            frame = frame.iloc[:limit]
        remember(frame, self._odd)
        return frame

    def _order_rows(self) -> None:
        """Find the rows' places, once, and build the index."""
        if self._index is not None:
            return
        ids = to_pandas(Kind.TEXT, self._ids)
        names = [column.name for column in self._table.columns]
        by = self._fixed_column(names.index(self._order.removeprefix("-")))
        self._positions = positions_in_order(by, ids, self._order)
        self._index = pd.Index(self._placed(ids), name=self._table.index)
        self._ids = []

    def _add(self, name: str, column: Callable[[], PandasArray]) -> None:
        if name not in self._columns:
            self._columns[name] = self._placed(column())
        pa.default_memory_pool().release_unused()  # Arrow keeps for itself what has been dropped

    def _placed(self, values: PandasArray) -> PandasArray:
        return values if self._positions is None else values.take(self._positions)

    def _fixed_column(self, at: int) -> PandasArray:
        return to_pandas(self._table.columns[at].kind, [pieces[at] for pieces in self._fixed])

    def _metadata_column(self, key: str) -> PandasArray:
        return metadata_arrays(self._metadata, self._lengths, (key,))[key]

    def _rest_column(self) -> PandasArray:
        return rest_array(self._metadata, self._lengths, self.keys.rest)


def positions_in_order(
    by: PandasArray, ids: PandasArray, order: str
) -> np.ndarray[Any, Any] | None:
    """The rows' positions in one of the API's orders; None where they are in it.

    Rows without a value come last, equal ones by their ids.
    """
    values = pd.Index(by)
    is_rising = not order.startswith("-")
    if is_rising and not values.hasnans and values.is_monotonic_increasing and values.is_unique:
        return None
    table = pa.table({"by": pa.array(by, from_pandas=True), "id": pa.array(ids)})
    direction = "ascending" if is_rising else "descending"
    # Arrow puts what has no value last, whatever the direction.
    found = pc.sort_indices(table, [("by", direction), ("id", "ascending")])
    # Not every numpy takes Arrow's own, which are unsigned, as places.
    positions: np.ndarray[Any, Any] = found.to_numpy().astype(np.intp)
    if np.array_equal(positions, np.arange(len(positions))):
        return None
    return positions
