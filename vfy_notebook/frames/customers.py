"""Customers as a DataFrame: the same columns and dtypes whatever arrives, for no rows too."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import pandas as pd
import pyarrow as pa

from vfy_notebook.frames.arrays import to_arrow, to_pandas
from vfy_notebook.frames.metadata import Piece, metadata_arrays, pack_metadata
from vfy_notebook.frames.schema import FIXED, INDEX, METADATA_PREFIX, fixed_values

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from vfy_notebook.api.models import Customer

#: Rows held as Python objects before they are packed: few enough to stay in the processor's cache.
_ROWS_UNPACKED = 1_000


class _Batch(NamedTuple):
    """Some customers, packed: one array for each column of the fixed schema."""

    ids: list[str]
    fixed: list[pa.Array | list[Any]]
    metadata: dict[str, Piece]


class _Held(NamedTuple):
    """What has been added so far."""

    rows: int = 0
    batches: tuple[_Batch, ...] = ()
    unpacked: tuple[Customer, ...] = ()


class CustomerFrame:
    """A DataFrame in the making, filled as pages arrive.

    An interrupt may strike anywhere, and what had arrived is to be built then: so all that is
    held changes by one assignment, after the work is done.
    """

    def __init__(self) -> None:
        self._held = _Held()

    def __len__(self) -> int:
        return self._held.rows

    def add(self, customers: Sequence[Customer]) -> None:
        """Append customers."""
        rows, batches, unpacked = self._held
        rows, unpacked = rows + len(customers), (*unpacked, *customers)
        if len(unpacked) >= _ROWS_UNPACKED:
            batches, unpacked = (*batches, _pack(unpacked)), ()
        self._held = _Held(rows, batches, unpacked)

    def build(self, *, order: str = "created_at", limit: int | None = None) -> pd.DataFrame:
        """The DataFrame, rows in one of the API's orders, equal ones by customer_id."""
        batches = (*self._held.batches, _pack(self._held.unpacked))
        columns = {
            column.name: to_pandas(column.kind, [batch.fixed[i] for batch in batches])
            for i, column in enumerate(FIXED)
        }
        metadata = metadata_arrays([b.metadata for b in batches], [len(b.ids) for b in batches])
        columns |= {METADATA_PREFIX + key: values for key, values in metadata.items()}
        ids = [customer_id for batch in batches for customer_id in batch.ids]
        index = pd.Index(ids, dtype="str", name=INDEX)
        frame = pd.DataFrame(columns, index=index, copy=False)
        return sort_customers(frame, order).iloc[:limit]


def _pack(customers: Sequence[Customer]) -> _Batch:
    return _Batch(
        [c.id for c in customers],
        [
            to_arrow(column.name, column.kind, values)
            for column, values in zip(FIXED, fixed_values(customers), strict=True)
        ],
        pack_metadata([c.metadata for c in customers]),
    )


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
