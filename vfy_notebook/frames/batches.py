"""Batches of customers, packed column by column; listings and exports both make them."""

from __future__ import annotations

import itertools
import json
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, NamedTuple

import pyarrow as pa

from vfy_notebook.frames.arrays import to_arrow
from vfy_notebook.frames.metadata.rows import MetadataRows
from vfy_notebook.frames.schema import FIXED, transposed

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from vfy_notebook.api.models import Customer
    from vfy_notebook.frames.metadata.pieces import Piece
    from vfy_notebook.frames.odd_values import OddValues
    from vfy_notebook.frames.schema import TableSchema


#: Rows held as Python objects before they are packed: for fewer, packing takes longer a row; more
#: do not stay in the cache of a processor.
_ROWS_UNPACKED = 3_000


class Batch(NamedTuple):
    """A batch of customers, packed: one array for each column of the fixed schema.

    Texts and whole numbers may be of narrower types than `arrays.ARROW_TYPES` says. What no Arrow
    type holds exactly is a list of Python objects. Metadata that a key's customers do not have is
    left out; what is missing and what is null are the same.
    """

    ids: pa.Array
    fixed: list[pa.Array | list[Any]]
    metadata: dict[str, Piece]
    #: Raw JSON of values that their columns cannot hold, by customer and column.
    odd: Mapping[str, Mapping[str, str]] = MappingProxyType({})

    def __len__(self) -> int:
        return len(self.ids)

    def where(self, keep: pa.BooleanArray) -> Batch:
        """The customers for whom `keep` is true."""
        chosen = keep.to_pylist()

        def of(values: pa.Array | list[Any]) -> pa.Array | list[Any]:
            if isinstance(values, list):
                return list(itertools.compress(values, chosen))
            return values.filter(keep)

        return Batch(
            self.ids.filter(keep),
            [of(values) for values in self.fixed],
            {key: piece.where(keep) for key, piece in self.metadata.items()},
            self.odd,
        )


def empty_batch(table: TableSchema) -> Batch:
    """No rows, with the columns of a table."""
    columns = (to_arrow(column.name, column.kind, []) for column in table.columns)
    return Batch(pa.array([], pa.large_string()), list(columns), {})


class Packing:
    """Collects customers: most of them are packed into batches, the last ones are in lists.

    An interrupt can happen anywhere, and the customers that have arrived must be usable then. So
    this is an immutable value: `add` returns a new one, and the old one does not change.
    """

    def __init__(
        self, batches: tuple[Batch, ...] = (), rows: int = 0, lists: _Lists | None = None
    ) -> None:
        self._batches = batches
        self._rows_packed = rows
        self._lists = lists or _Lists()
        self._rows_in_lists = len(self._lists)

    def __len__(self) -> int:
        return self._rows_packed + self._rows_in_lists

    def add(self, customers: Sequence[Customer]) -> Packing:
        """These and further customers."""
        self._lists.add(customers, at=self._rows_in_lists)
        if len(self._lists) < _ROWS_UNPACKED:
            return Packing(self._batches, self._rows_packed, self._lists)
        packed = self._lists.packed(len(self._lists))
        return Packing((*self._batches, packed), self._rows_packed + len(packed))

    def add_batch(self, batch: Batch) -> Packing:
        """These and further customers, who are packed already."""
        held = self.batches() if self._rows_in_lists else self._batches
        return Packing((*held, batch), len(self) + len(batch))

    def joined(self, other: Packing) -> Packing:
        """These, and then those of another one."""
        if not len(self) or not len(other):
            return self if len(self) else other
        return Packing((*self.batches(), *other.batches()), len(self) + len(other))

    def batches(self) -> tuple[Batch, ...]:
        """All of them, packed; an empty batch for nobody."""
        if self._batches and not self._rows_in_lists:
            return self._batches
        return (*self._batches, self._lists.packed(self._rows_in_lists))


class _Lists:
    """Customers column by column.

    Values come here page by page, while the records are in the processor's cache: later it takes
    thrice as long.
    """

    def __init__(self) -> None:
        self._ids: list[str] = []
        self._columns: list[list[Any]] = [[] for _ in FIXED]
        self._metadata = MetadataRows()
        self._odd: OddValues = {}

    def __len__(self) -> int:
        return len(self._metadata)  # filled last

    def add(self, customers: Sequence[Customer], *, at: int) -> None:
        """Put customers behind the first so many; what is there of an interrupted call goes."""
        ids, columns, metadata, odd = transposed(customers)
        self._ids[at:] = ids
        if any(odd):
            self._odd.update({i: dict(each) for i, each in zip(ids, odd, strict=True) if each})
        for held, values in zip(self._columns, columns, strict=True):
            held[at:] = values
        self._metadata.put(metadata, at=at)

    def packed(self, count: int) -> Batch:
        """The first so many; packed they take a fraction of the memory."""
        here = set(self._ids[:count]) if self._odd else set()
        odd: OddValues = {i: dict(each) for i, each in self._odd.items() if i in here}
        fixed = []
        for column, values in zip(FIXED, self._columns, strict=True):
            at: list[int] = []
            fixed.append(to_arrow(column.name, column.kind, _first(values, count), at))
            for i in at:
                odd.setdefault(self._ids[i], {})[column.name] = json.dumps(values[i])
        return Batch(
            pa.array(_first(self._ids, count), pa.large_string()),
            fixed,
            self._metadata.packed(count),
            odd,
        )


def _first(values: list[Any], count: int) -> list[Any]:
    """The first so many, to be read only: if these are all, it is no copy."""
    return values if len(values) == count else values[:count]
