"""Customers as a DataFrame: always the same columns and dtypes, even without rows."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc

from vfy_notebook.frames.batches import Batch, Packing
from vfy_notebook.frames.building import FrameBuilder

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import pandas as pd

    from vfy_notebook.api.models import Customer


class CustomerFrame:
    """Collects pages of customers and builds a DataFrame of them.

    An interrupt can happen anywhere, and a DataFrame of the rows so far must be possible then: so
    the state changes by one assignment.
    """

    def __init__(self) -> None:
        self._held = Packing()
        self._builder: FrameBuilder | None = None

    def __len__(self) -> int:
        return len(self._held if self._builder is None else self._builder)

    def add(self, customers: Sequence[Customer]) -> None:
        """Append customers."""
        self._check_open()
        self._held = self._held.add(customers)

    def add_batch(self, batch: Batch) -> None:
        """Append customers who are packed already."""
        self._check_open()
        self._held = self._held.add_batch(batch)

    def _check_open(self) -> None:
        if self._builder is not None:
            message = "a frame that has been built takes no more rows"
            raise RuntimeError(message)

    def build(self, *, order: str = "created_at", limit: int | None = None) -> pd.DataFrame:
        """The DataFrame, rows in one of the API's orders, equal ones by customer_id.

        What was collected is taken apart, so that it is not in memory twice: nothing can be added
        afterwards. Called once more, as after an interrupt, it gives the same in the same order.
        """
        if self._builder is None:
            self._builder = FrameBuilder(self._held.batches(), order)
        self._held = Packing()
        return self._builder.build(limit=limit)


def names_twice(frame: pd.DataFrame) -> bool:
    """Whether a customer has several rows; pandas would make a million ids Python objects."""
    ids = pa.array(frame.index.array)
    return bool(pc.count_distinct(ids).as_py() < len(ids))


def customers_frame(customers: Iterable[Customer]) -> pd.DataFrame:
    """A DataFrame of customers in the order given."""
    frame = CustomerFrame()
    frame.add(list(customers))
    return frame.build()
