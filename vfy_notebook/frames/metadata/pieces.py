"""Metadata columns: their names and types are known only when the values arrive."""

from __future__ import annotations

from collections import Counter
from functools import partial
from itertools import chain
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pyarrow as pa

from vfy_notebook.frames.arrays import (
    ARROW_TYPES,
    MAX_EXACT_FLOAT,
    PandasArray,
    as_list,
    objects,
    packed_texts,
    to_pandas,
)
from vfy_notebook.frames.schema import Kind
from vfy_notebook.frames.whole_numbers import narrow_wholes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

#: Of up to so many keys, each has a cell for each of a batch's customers.
_FEW_KEYS = 64

#: Of more, those that fewer than one customer in so many has, have cells only where there are
#: values: thousands of keys that one customer each has would else take millions of empty cells.
_RARE = 16

_KINDS: dict[type, Kind] = {str: Kind.TEXT, bool: Kind.FLAG, int: Kind.WHOLE, float: Kind.NUMBER}

_PACKERS: dict[Kind, Callable[[list[Any]], pa.Array]] = {
    Kind.TEXT: packed_texts,
    Kind.FLAG: partial(pa.array, type=ARROW_TYPES[Kind.FLAG]),
    Kind.WHOLE: narrow_wholes,
    Kind.NUMBER: partial(pa.array, type=ARROW_TYPES[Kind.NUMBER]),
}


class Piece(NamedTuple):
    """Values of one key for some customers: packed as Arrow where all are of one type.

    Attributes:
        types: The types of the values.
        values: The values.
        places: The customers' places that the values are of, none of them null; None is one value
            for each customer.
    """

    types: frozenset[type]
    values: pa.Array | list[Any]
    places: list[int] | None = None

    def cells(self) -> Iterator[tuple[int, Any]]:
        """The customers' places and their values, nulls left out."""
        values = as_list(self.values)
        places = range(len(values)) if self.places is None else self.places
        return ((at, v) for at, v in zip(places, values, strict=True) if v is not None)

    @property
    def filled(self) -> int:
        """How many customers have a value."""
        if isinstance(self.values, list):
            return sum(value is not None for value in self.values)
        return int(len(self.values) - self.values.null_count)

    def whole(self, length: int) -> Piece:
        """The same with one value for each of so many customers."""
        if self.places is None:
            return self
        values: list[Any] = [None] * length
        for at, value in self.cells():
            values[at] = value
        return piece_of(values)

    def where(self, keep: pa.BooleanArray) -> Piece:
        """The values of the customers for whom `keep` is true."""
        if self.places is None and not isinstance(self.values, list):
            return Piece(self.types, self.values.filter(keep))
        chosen = keep.to_pylist()
        if self.places is None:
            kept = [value for value, is_kept in zip(self.values, chosen, strict=True) if is_kept]
            return Piece(self.types, kept)
        place_now = np.cumsum(chosen) - 1
        cells = [(int(place_now[at]), value) for at, value in self.cells() if chosen[at]]
        return Piece(self.types, [value for _, value in cells], [at for at, _ in cells])


#: Of a key that none of the customers has.
_NOBODY = Piece(frozenset(), [], [])


def pack_metadata(rows: Sequence[dict[str, Any] | None]) -> dict[str, Piece]:
    """The metadata of some customers by key; what is packed takes little memory."""
    filled = [row or {} for row in rows]
    found = Counter(chain.from_iterable(filled))  # in the order in which they come
    fewest = len(filled) / _RARE if len(found) > _FEW_KEYS else 0
    usual = {
        key: piece_of([row.get(key) for row in filled])
        for key, count in found.items()
        if count >= fewest
    }
    return usual | _only_where_they_are(filled, [key for key in found if key not in usual])


def _only_where_they_are(rows: Sequence[dict[str, Any]], keys: Sequence[str]) -> dict[str, Piece]:
    cells: dict[str, tuple[list[int], list[Any]]] = {key: ([], []) for key in keys}
    for at, row in enumerate(rows if keys else ()):
        for key in row.keys() & cells.keys():
            if row[key] is not None:
                places, values = cells[key]
                places.append(at)
                values.append(row[key])
    return {
        key: Piece(frozenset(map(type, values)), values, places)
        for key, (places, values) in cells.items()
    }


def metadata_arrays(
    packed: Sequence[Mapping[str, Piece]],
    lengths: Sequence[int],
    keys: Iterable[str] | None = None,
) -> dict[str, PandasArray]:
    """Each key's values, in the order of the keys' names, whatever order they arrived in.

    Args:
        packed: What `pack_metadata` or `MetadataRows.packed` made, batch by batch.
        lengths: Number of customers of each batch.
        keys: The keys that are wanted; None is all.
    """
    wanted = set[str]().union(*packed) if keys is None else keys
    return {
        key: _array([each.get(key, _NOBODY) for each in packed], lengths) for key in sorted(wanted)
    }


def piece_of(values: list[Any]) -> Piece:
    """Values of one key, packed if they are of one type."""
    texts = _texts(values)
    if texts is not None:
        return Piece(frozenset({str}), texts)
    types = frozenset(map(type, values)) - {type(None)}
    return Piece(types, _packed(values, types))


def _texts(values: list[Any]) -> pa.Array | None:
    """Texts, gaps allowed, without a look at each: of what JSON has, Arrow refuses all others."""
    if not values or type(values[0]) is not str:
        return None
    try:
        return packed_texts(values)
    except pa.ArrowException:
        return None


def _array(pieces: Sequence[Piece], lengths: Sequence[int]) -> PandasArray:
    if all(piece.places is not None for piece in pieces):
        return _scattered(pieces, lengths)
    whole = [piece.whole(length) for piece, length in zip(pieces, lengths, strict=True)]
    chunks = [piece.values for piece in whole]
    kind = _kind(frozenset[type]().union(*(piece.types for piece in pieces)), chunks)
    if kind is Kind.OBJECT:
        return objects([v for chunk in chunks for v in as_list(chunk)])
    return to_pandas(
        kind,
        [
            # Numbers of both kinds in one piece are a list still.
            pa.array(chunk, ARROW_TYPES[kind]) if isinstance(chunk, list) else chunk
            for chunk in chunks
        ],
    )


def _scattered(pieces: Sequence[Piece], lengths: Sequence[int]) -> PandasArray:
    """A key of which no batch has a value for each customer."""
    begins = np.cumsum([0, *lengths])
    cells = [
        (begin + at, value)
        for begin, piece in zip(begins.tolist(), pieces, strict=False)
        for at, value in piece.cells()
    ]
    places = np.array([at for at, _ in cells], dtype=np.intp)
    held = piece_of([value for _, value in cells])
    kind = _kind(held.types, [held.values])
    if kind is Kind.OBJECT:
        made = np.full(begins[-1], None, dtype=object)
        made[places] = objects(as_list(held.values))
        return made
    found = pa.array(as_list(held.values), ARROW_TYPES[kind])
    where = np.full(begins[-1], -1, dtype=np.int64)
    where[places] = np.arange(len(cells))
    return to_pandas(kind, [found.take(pa.array(where, mask=where < 0))])


def _kind(types: frozenset[type], chunks: Sequence[pa.Array | list[Any]]) -> Kind:
    if len(types) == 1:
        (only,) = types
        kind = _KINDS.get(only, Kind.OBJECT)
        if kind is Kind.WHOLE and any(isinstance(chunk, list) for chunk in chunks):
            return Kind.OBJECT  # beyond 64 bits
        return kind
    if types == {int, float} and all(map(_floats_exactly, chunks)):
        return Kind.NUMBER
    return Kind.OBJECT


def _packed(values: list[Any], types: frozenset[type]) -> pa.Array | list[Any]:
    if not types:
        return pa.nulls(len(values))
    if len(types) > 1:
        return values
    (only,) = types
    kind = _KINDS.get(only)
    if kind is None:
        return _with_shared_texts(values)
    try:
        return _PACKERS[kind](values)
    except (OverflowError, pa.ArrowInvalid):
        return values  # integers beyond 64 bits


def _with_shared_texts(values: list[Any]) -> list[Any]:
    """Lists and objects of which equal texts are one: a few genres need not be a million texts."""
    known: dict[str, str] = {}

    def shared(value: Any) -> Any:
        return known.setdefault(value, value) if type(value) is str else value

    def copied(value: Any) -> Any:
        if type(value) is list:
            return list(map(shared, value))
        if type(value) is dict:
            return {key: shared(each) for key, each in value.items()}
        return value

    return list(map(copied, values))


def _floats_exactly(chunk: pa.Array | list[Any]) -> bool:
    if not isinstance(chunk, list) and not pa.types.is_integer(chunk.type):
        return True
    return all(
        abs(v) <= MAX_EXACT_FLOAT for v in as_list(chunk) if v is not None and isinstance(v, int)
    )
