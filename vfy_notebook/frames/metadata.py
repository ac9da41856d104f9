"""Metadata columns: their names and types are known only when the values arrive."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import pyarrow as pa

from vfy_notebook.frames.arrays import (
    ARROW_TYPES,
    MAX_EXACT_FLOAT,
    PandasArray,
    as_list,
    objects,
    to_pandas,
)
from vfy_notebook.frames.schema import Kind

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_KINDS: dict[type, Kind] = {str: Kind.TEXT, bool: Kind.FLAG, int: Kind.WHOLE, float: Kind.NUMBER}


class Piece(NamedTuple):
    """Values of one key for some customers: packed as Arrow where all are of one type."""

    types: frozenset[type]
    values: pa.Array | list[Any]


def pack_metadata(rows: Sequence[dict[str, Any] | None]) -> dict[str, Piece]:
    """The metadata of some customers by key; what is packed takes little memory."""
    filled = [row or {} for row in rows]
    if len(set(map(tuple, filled))) == 1:  # as a schema makes them: the same keys in all
        columns = zip(*map(dict.values, filled), strict=True)
        return {key: piece_of(list(c)) for key, c in zip(filled[0], columns, strict=True)}
    keys = set[str]().union(*filled)
    return {key: piece_of([row.get(key) for row in filled]) for key in keys}


def metadata_arrays(
    packed: Sequence[Mapping[str, Piece]], lengths: Sequence[int]
) -> dict[str, PandasArray]:
    """Each key's values, in the order of the keys' names, whatever order they arrived in.

    Args:
        packed: What `pack_metadata` made, batch by batch.
        lengths: Number of customers of each batch.
    """
    missing = [Piece(frozenset(), pa.nulls(length)) for length in lengths]
    return {
        key: _array([each.get(key, none) for each, none in zip(packed, missing, strict=True)])
        for key in sorted(set[str]().union(*packed))
    }


def piece_of(values: list[Any]) -> Piece:
    """Values of one key, packed if they are of one type."""
    types = frozenset(map(type, values)) - {type(None)}
    return Piece(types, _packed(values, types))


def _array(pieces: Sequence[Piece]) -> PandasArray:
    chunks = [piece.values for piece in pieces]
    kind = _kind(frozenset[type]().union(*(piece.types for piece in pieces)), chunks)
    if kind is Kind.OBJECT:
        return objects([v for chunk in chunks for v in as_list(chunk)])
    arrow_type = ARROW_TYPES[kind]
    return to_pandas(
        kind,
        [
            # Numbers of both kinds in one piece are a list still.
            pa.array(chunk, arrow_type) if isinstance(chunk, list) else chunk.cast(arrow_type)
            for chunk in chunks
        ],
    )


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
        return pa.array(values, ARROW_TYPES[kind])
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
