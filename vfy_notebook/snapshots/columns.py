"""A remembered column: as it came, and out of reach of whoever holds the frame.

Text is Arrow memory that nothing can write to, so the frame and the snapshot share it. Numbers,
flags and times are copied and compressed, as pandas lets their arrays be written to in place. Cells
of mixed types, lists and objects become JSON, because a list in a cell is shared by all copies of a
frame.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pyarrow as pa

from vfy_notebook.frames.arrays import ARROW_TYPES
from vfy_notebook.frames.json_text import dump, load
from vfy_notebook.frames.schema import Kind
from vfy_notebook.snapshots.packing import Packed

if TYPE_CHECKING:
    from collections.abc import Sequence

Positions = np.ndarray[Any, np.dtype[np.intp]]

_ISO_DAY = len("2000-01-31")


@dataclass(frozen=True)
class Column:
    """One column of a snapshot.

    Attributes:
        kind: What the cells are; `OBJECT` is any JSON.
        values: An Arrow array, null where missing; of `OBJECT` the cells' JSON as bytes.
    """

    kind: Kind
    values: pa.Array

    def __len__(self) -> int:
        return len(self.values)

    def take(self, positions: Positions) -> Column:
        """Some of the cells, in the order of `positions`."""
        return Column(self.kind, self.values.take(pa.array(positions)))

    def where(self, keep: pa.BooleanArray) -> Column:
        """The cells where `keep` is true."""
        return Column(self.kind, self.values.filter(keep))

    def value(self, position: int) -> Any:
        """One cell as the API's JSON would have it, None where missing."""
        value = self.values[position].as_py()
        if value is None:
            return None
        if self.kind is Kind.OBJECT:
            return load(value)
        return value.isoformat()[:_ISO_DAY] if self.kind is Kind.DATE else value

    def as_json(self) -> Column:
        """The same cells as one of any JSON."""
        if self.kind is Kind.OBJECT:
            return self
        cells = [None if v is None else dump(v) for v in map(self.value, range(len(self)))]
        return Column(Kind.OBJECT, pa.array(cells, pa.large_binary()))


@dataclass(frozen=True)
class KeptColumn:
    """A column as it is kept: what is not shared with the frame is compressed."""

    kind: Kind
    length: int
    _kept: pa.Array | Packed

    @classmethod
    def of(cls, column: Column) -> KeptColumn:
        """A column to be kept."""
        if column.kind is Kind.TEXT:
            return cls(column.kind, len(column), column.values)
        return cls(column.kind, len(column), Packed.of(column.values))

    def column(self) -> Column:
        """The column as it was."""
        return Column(
            self.kind, self._kept.array() if isinstance(self._kept, Packed) else self._kept
        )

    def __len__(self) -> int:
        return self.length

    @property
    def is_shared(self) -> bool:
        """Whether the memory is the frame's own."""
        return not isinstance(self._kept, Packed)

    @property
    def nbytes(self) -> int:
        """Memory in bytes, what is shared with a frame counted in full."""
        return int(self._kept.nbytes)


def remembered(column: pd.Series[Any]) -> Column:
    """A column of a frame as it was fetched, copied where it could be written to."""
    dtype = column.dtype
    if isinstance(dtype, pd.StringDtype):
        return Column(Kind.TEXT, _one_piece(pa.array(column.array, from_pandas=True)))
    if isinstance(dtype, pd.DatetimeTZDtype) or dtype.kind == "M":
        kind = Kind.TIME if isinstance(dtype, pd.DatetimeTZDtype) else Kind.DATE
        return Column(kind, moments(column).view(ARROW_TYPES[kind]))
    kind = _KINDS.get(str(dtype), Kind.OBJECT)
    if kind is not Kind.OBJECT:
        missing = column.isna().to_numpy()
        filled = column.fillna(False if kind is Kind.FLAG else 0) if missing.any() else column
        cells = np.array(filled.to_numpy(_NUMPY[kind]), copy=True)
        # A bitmap of what is missing costs an eighth of a byte a cell; without one, nothing.
        mask = missing if missing.any() else None
        return Column(kind, pa.array(cells, ARROW_TYPES[kind], mask=mask))
    missing = np.asarray(pd.isna(column.to_numpy(dtype=object)), dtype=bool)
    return of_objects(
        [None if gone else value for value, gone in zip(column.array, missing, strict=True)]
    )


def of_objects(values: Sequence[Any]) -> Column:
    """Any JSON values as a column, None where missing."""
    cells = [None if value is None else dump(value) for value in values]
    return Column(Kind.OBJECT, pa.array(cells, pa.large_binary()))


def moments(column: pd.Series[Any]) -> pa.Array:
    """A column's times as int64 microseconds, null where missing."""
    # `np.asarray` of a Series makes a hash table of its index, to look for attributes there.
    us = column.array.asi8 if column.array.unit == "us" else column.dt.as_unit("us").array.asi8
    return pa.array(np.array(us), mask=column.isna().to_numpy())


def is_all(positions: Positions, length: int) -> bool:
    """Whether positions are those of all rows, in order."""
    return len(positions) == length and bool((positions == np.arange(length)).all())


def joined(columns: Sequence[Column | None], lengths: Sequence[int]) -> Column | None:
    """Columns one behind the other; None stands for one that is not there."""
    present = [column for column in columns if column is not None]
    if not present:
        return None
    if len({column.kind for column in present}) > 1:
        columns = [None if column is None else column.as_json() for column in columns]
        present = [column for column in columns if column is not None]
    kind, arrow_type = present[0].kind, present[0].values.type
    arrays = [
        pa.nulls(length, arrow_type) if column is None else column.values.cast(arrow_type)
        for column, length in zip(columns, lengths, strict=True)
    ]
    return Column(kind, pa.concat_arrays(arrays))


_KINDS = {kind.value: kind for kind in (Kind.WHOLE, Kind.NUMBER, Kind.FLAG)}
_NUMPY: dict[Kind, Any] = {Kind.WHOLE: "int64", Kind.NUMBER: "float64", Kind.FLAG: "bool"}


def _one_piece(array: pa.Array | pa.ChunkedArray) -> pa.Array:
    if isinstance(array, pa.ChunkedArray):
        array = array.combine_chunks() if array.num_chunks != 1 else array.chunk(0)
    return array if array.type == pa.large_string() else array.cast(pa.large_string())
