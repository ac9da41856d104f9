"""One fetch, or the customers read for one plan, as they were."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from vfy_notebook.api.models import Address, Customer
from vfy_notebook.api.pages import iso_from_ms
from vfy_notebook.frames.odd_values import odd_values
from vfy_notebook.frames.schema import FIXED_NAMES, METADATA_PREFIX
from vfy_notebook.snapshots.columns import Column, Positions, remembered

if TYPE_CHECKING:
    from collections.abc import Mapping


_WRITABLE = ("name", "description", "email", "phone", "birthdate")
_ADDRESS = "address."

#: Stands for "never" among times.
NEVER_MS = np.iinfo("int64").min

Milliseconds = np.ndarray[Any, np.dtype[np.int64]]


@dataclass(frozen=True)
class Snapshot:
    """Customers as the API showed them.

    Attributes:
        mark: A random text by which a frame tells where it is from.
        ids: The customers' ids.
        columns: What can be written, by the frame's names, and `source_id`.
        created_ms: When each was created.
        updated_ms: When each was last updated; `NEVER_MS` for never.
        is_whole: Whether all metadata are known. Exports leave some out.
        read_from_ms: Later changes than this, by the server's clock, may be unknown.
        is_verified: Whether the API itself has shown it in this process. What a file says of it is
            good for telling edits, but nothing that is sent may start from it.
        odd: Raw JSON of values that no cell holds, by customer and field.
    """

    mark: str
    ids: pa.Array
    columns: Mapping[str, Column]
    created_ms: Milliseconds
    updated_ms: Milliseconds
    is_whole: bool = True
    read_from_ms: int | None = None
    is_verified: bool = True
    odd: Mapping[str, dict[str, str]] = field(default_factory=dict)
    _cache: dict[str, Any] = field(default_factory=dict, repr=False, compare=False)

    @classmethod
    def of(
        cls, frame: pd.DataFrame, mark: str, *, is_whole: bool, read_from_ms: int | None
    ) -> Snapshot:
        """Of a frame as it was fetched, before anybody could edit it."""
        names = [name for name in map(str, frame.columns) if _is_remembered(name)]
        return cls(
            mark,
            remembered(frame.index.to_series()).values,
            {name: remembered(frame[name]) for name in names},
            _milliseconds(frame["created_at"]),
            _milliseconds(frame["updated_at"]),
            is_whole,
            read_from_ms,
            odd=odd_values(frame),
        )

    def __len__(self) -> int:
        return len(self.ids)

    @cached_property
    def nbytes(self) -> int:
        """Memory in bytes, what is shared with a frame counted in full."""
        times = self.created_ms.nbytes + self.updated_ms.nbytes
        cells = sum(column.nbytes for column in self.columns.values())
        return int(self.ids.nbytes + times + cells)

    def positions(self, ids: pa.Array) -> Positions:
        """Where each of these customers stands; -1 for those who are not here."""
        if self.ids.equals(ids):
            return np.arange(len(ids), dtype=np.intp)
        found = pc.index_in(ids, value_set=self.ids)
        return np.asarray(found.fill_null(-1)).astype(np.intp)

    def version_ms(self, positions: Positions) -> Milliseconds:
        """What tells versions of a customer apart: its last update, or else its creation."""
        updated = self.updated_ms[positions]
        return np.where(updated == NEVER_MS, self.created_ms[positions], updated)

    def customer(self, position: int) -> Customer:
        """One customer as the API would show it, what cannot be written left out."""
        values = {name: column.value(position) for name, column in self.columns.items()}
        address = {
            name.removeprefix(_ADDRESS): values[name]
            for name in values
            if name.startswith(_ADDRESS)
        }
        metadata = {
            name.removeprefix(METADATA_PREFIX): value
            for name, value in values.items()
            if name.startswith(METADATA_PREFIX) and value is not None
        }
        updated_ms = int(self.updated_ms[position])
        created_ms = int(self.created_ms[position])
        customer_id: str = self.ids[position].as_py()
        return Customer(
            id=customer_id,
            odd=self.odd.get(customer_id),
            source_id=values.get("source_id"),
            **{name: values.get(name) for name in _WRITABLE},
            address=Address(**address),
            metadata=metadata,
            created_at=None if created_ms == NEVER_MS else iso_from_ms(created_ms),
            updated_at=None if updated_ms == NEVER_MS else iso_from_ms(updated_ms),
        )

    def without(self, names: set[str]) -> Snapshot:
        """The same without customers of these ids or source_ids; itself if it has none of them."""
        wanted = pa.array(sorted(names), pa.large_string())
        gone = pc.is_in(self.ids, value_set=wanted)
        source_ids = self.columns.get("source_id")
        if source_ids is not None:
            gone = pc.or_(gone, pc.is_in(source_ids.values, value_set=wanted))
        if not pc.any(gone).as_py():
            return self
        keep = pc.invert(gone)
        kept = np.asarray(keep)
        return replace(
            self,
            ids=self.ids.filter(keep),
            columns={name: column.without(keep) for name, column in self.columns.items()},
            created_ms=self.created_ms[kept],
            updated_ms=self.updated_ms[kept],
        )


def _is_remembered(name: str) -> bool:
    if name.startswith(METADATA_PREFIX):
        return True
    is_writable = name in _WRITABLE or name.startswith(_ADDRESS)
    return name == "source_id" or (is_writable and name in FIXED_NAMES)


def _milliseconds(column: pd.Series[Any]) -> Milliseconds:
    moments = np.array(column.array.asi8)
    return np.where(np.asarray(column.isna()), NEVER_MS, moments // 1000)
