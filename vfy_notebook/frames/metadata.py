"""Metadata: columns that nobody has declared, whose types show only as values arrive."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

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
    from collections.abc import Sequence

_KINDS: dict[type, Kind] = {str: Kind.TEXT, bool: Kind.FLAG, int: Kind.WHOLE, float: Kind.NUMBER}


class MetadataColumns:
    """All metadata columns of a DataFrame in the making."""

    def __init__(self) -> None:
        self._columns: dict[str, _MetadataColumn] = {}
        self._rows = 0

    def add(self, rows: Sequence[dict[str, Any] | None]) -> None:
        """Append the metadata of some customers."""
        filled = [row or {} for row in rows]
        known = self._columns
        for row in filled:
            if not row.keys() <= known.keys():
                for key in row:
                    if key not in known:
                        known[key] = _MetadataColumn(missing=self._rows)
        for key, column in known.items():
            column.extend([row.get(key) for row in filled])
        self._rows += len(filled)

    def seal(self) -> None:
        """Pack what has been added so far; what is packed takes little memory."""
        for column in self._columns.values():
            column.seal()

    def arrays(self) -> dict[str, PandasArray]:
        """Each key's values, in the order of the keys' names, whatever order they arrived in."""
        return {key: self._columns[key].array() for key in sorted(self._columns)}


class _MetadataColumn:
    """The values of one key: pieces packed as Arrow where all of a piece are of one type."""

    def __init__(self, *, missing: int) -> None:
        self._types: set[type] = set()
        self._chunks: list[pa.Array | list[Any]] = []
        self._open: list[Any] = []
        if missing:
            self._chunks.append(pa.nulls(missing))

    def extend(self, values: list[Any]) -> None:
        self._open.extend(values)

    def seal(self) -> None:
        if not self._open:
            return
        values, self._open = self._open, []
        types = set(map(type, values)) - {type(None)}
        self._types |= types
        self._chunks.append(_packed(values, types))

    def array(self) -> PandasArray:
        self.seal()
        kind = self._kind()
        if kind is Kind.OBJECT:
            return objects([v for chunk in self._chunks for v in as_list(chunk)])
        arrow_type = ARROW_TYPES[kind]
        return to_pandas(
            kind,
            [
                # Numbers of both kinds in one piece are a list still.
                pa.array(chunk, arrow_type) if isinstance(chunk, list) else chunk.cast(arrow_type)
                for chunk in self._chunks
            ],
        )

    def _kind(self) -> Kind:
        if len(self._types) == 1:
            (only,) = self._types
            kind = _KINDS.get(only, Kind.OBJECT)
            if kind is Kind.WHOLE and any(isinstance(chunk, list) for chunk in self._chunks):
                return Kind.OBJECT  # beyond 64 bits
            return kind
        if self._types == {int, float} and all(map(_floats_exactly, self._chunks)):
            return Kind.NUMBER
        return Kind.OBJECT


def _packed(values: list[Any], types: set[type]) -> pa.Array | list[Any]:
    if not types:
        return pa.nulls(len(values))
    if len(types) > 1:
        return values
    (only,) = types
    kind = _KINDS.get(only)
    if kind is None:
        return values
    try:
        return pa.array(values, ARROW_TYPES[kind])
    except (OverflowError, pa.ArrowInvalid):
        return values  # integers beyond 64 bits


def _floats_exactly(chunk: pa.Array | list[Any]) -> bool:
    if not isinstance(chunk, list) and not pa.types.is_integer(chunk.type):
        return True
    return all(
        abs(v) <= MAX_EXACT_FLOAT for v in as_list(chunk) if v is not None and isinstance(v, int)
    )
