"""Customers as a DataFrame: always the same columns and dtypes, even without rows."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from vfy_notebook.frames.batches import Batch, Packing
from vfy_notebook.frames.building import FrameBuilder
from vfy_notebook.frames.metadata.rest import divided, keys_with_columns
from vfy_notebook.frames.schema import CUSTOMERS, METADATA_REST

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Sequence

    from vfy_notebook.api.models import Customer

#: So many ids are Python objects at a time.
_HASHED = 50_000


class CustomerFrame:
    """Collects pages of customers and builds a DataFrame of them.

    An interrupt can happen anywhere, and a DataFrame of the rows so far must be possible then: so
    the state changes by one assignment.

    Attributes:
        keys_in_rest: How many metadata keys the frame built last has in `metadata_rest`.
    """

    def __init__(self) -> None:
        self._held = Packing()
        self._builder: FrameBuilder | None = None
        self.keys_in_rest = 0

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

    def build(
        self,
        *,
        order: str = "created_at",
        limit: int | None = None,
        keep: Callable[[], Collection[str]] = tuple,
        most_keys: int | None = None,
    ) -> pd.DataFrame:
        """The DataFrame, rows in one of the API's orders, equal ones by customer_id.

        What was collected is taken apart, so that it is not in memory twice: nothing can be added
        afterwards. Called once more, as after an interrupt, it gives the same rows and columns, and
        only `limit` counts.

        Args:
            order: One of the API's orders.
            limit: The first so many rows only.
            keep: Gives the metadata keys that have a column however rare they are. It is asked
                only where there are more keys than columns.
            most_keys: So many metadata keys have a column; None is the usual bound.
        """
        if self._builder is None:
            self._builder = self._start_building(order, keep, most_keys)
        self.keys_in_rest = len(self._builder.keys.rest)
        self._held = Packing()
        return self._builder.build(limit=limit)

    def _start_building(
        self, order: str, keep: Callable[[], Collection[str]], most_keys: int | None
    ) -> FrameBuilder:
        # In a method of its own: whoever holds the batches holds all of their memory.
        batches = self._held.batches()
        keys = divided([batch.metadata for batch in batches], keep, most_keys)
        return FrameBuilder(batches, CUSTOMERS, order=order, keys=keys)


def names_twice(frame: pd.DataFrame) -> bool:
    """Whether a customer has several rows.

    By the ids' hashes first: to compare a million ids, pandas and Arrow would keep each once more.
    """
    ids = frame.index.array
    hashes = [
        np.fromiter(map(hash, ids[at : at + _HASHED]), np.int64)
        for at in range(0, len(ids), _HASHED)
    ]
    may_repeat = bool(hashes) and len(np.unique(np.concatenate(hashes))) < len(ids)
    return may_repeat and frame.index.has_duplicates


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
