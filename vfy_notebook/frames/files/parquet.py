"""Customers, orders and redemptions as Parquet: one schema for all parts of a copy.

Fixed columns have the types of the DataFrame. Metadata comes twice: the column `metadata` holds
all of it as JSON, value for value (but for nulls); for each key that the project's metadata schema
defines there is also a column `metadata.<key>` of the type defined (numbers as 64-bit floats,
lists and objects as JSON), in which a value of another type is NA. `loyalty.campaigns`,
`referrals.campaigns` and `system_metadata` are JSON.

The schema carries what pandas needs to restore its own dtypes and the index.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import msgspec
import pandas as pd
import pyarrow as pa

from vfy_notebook.errors import VfyNotebookWarning
from vfy_notebook.frames.arrays import ARROW_TYPES, MAX_EXACT_FLOAT, as_list
from vfy_notebook.frames.attrs import METADATA_IS_WHOLE
from vfy_notebook.frames.batches import empty_batch
from vfy_notebook.frames.building import FrameBuilder
from vfy_notebook.frames.schema import CUSTOMERS, METADATA_PREFIX, Kind, TableSchema

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from vfy_notebook.frames.batches import Batch
    from vfy_notebook.frames.metadata.pieces import Piece

#: The column that holds all metadata as JSON.
METADATA = METADATA_PREFIX.removesuffix(".")

_DTYPES = {"number": "Float64", "boolean": "boolean"}
_AS_JSON = ("object", "geopoint")
_JSON = "json"


@dataclass(frozen=True)
class TableParts:
    """The schema of all parts, and which metadata keys have columns of their own.

    Args:
        keys: For each such key `number`, `boolean`, `json` or `text`.
        what: What the rows are.
    """

    keys: Mapping[str, str]
    what: TableSchema

    @classmethod
    def of(cls, properties: Mapping[str, Any], what: TableSchema) -> TableParts:
        """From the `properties` of the rows' metadata schema."""
        return cls(
            {
                key: _kind(described)
                for key, described in sorted(properties.items())
                if not described.get("deleted")
            },
            what,
        )

    def arrow(self) -> pa.Schema:
        """The schema, with pandas' notes in it."""
        frame = FrameBuilder([empty_batch(self.what)], self.what).build()
        for column in self.what.columns:
            if column.kind is Kind.OBJECT:
                frame[column.name] = frame[column.name].astype("str")
        frame[METADATA] = pd.array([], dtype="str")
        for key, kind in self.keys.items():
            frame[METADATA_PREFIX + key] = pd.Series([], dtype=_DTYPES.get(kind, "str"))
        if self.what is CUSTOMERS:
            frame.attrs[METADATA_IS_WHOLE] = False
        return pa.Table.from_pandas(frame, preserve_index=True).schema

    def table(self, batches: Sequence[Batch]) -> pa.Table:
        """Some rows as a part's table, oldest first, equal ones by id."""
        schema = self.arrow()
        tables = [
            pa.table([self._column(batch, name) for name in schema.names], schema=schema)
            for batch in batches
        ]
        whole = pa.concat_tables(tables) if tables else schema.empty_table()
        return whole.sort_by([(self.what.by, "ascending"), (self.what.index, "ascending")])

    def _column(self, batch: Batch, name: str) -> pa.Array:
        if name == self.what.index:
            return batch.ids
        if name == METADATA:
            return _metadata_json(batch)
        for position, column in enumerate(self.what.columns):
            if column.name == name:
                return _fixed(name, column.kind, batch.fixed[position])
        key = name.removeprefix(METADATA_PREFIX)
        kind_of_key = self.keys[key]
        target = _ARROW.get(kind_of_key, pa.large_string())
        piece = batch.metadata.get(key)
        if piece is None:
            return pa.nulls(len(batch), target)
        return _typed(piece.whole(len(batch)), kind_of_key, target)


_ARROW = {"number": pa.float64(), "boolean": pa.bool_()}


def _kind(described: Mapping[str, Any]) -> str:
    kind = described.get("type")
    if described.get("array") or kind in _AS_JSON:
        return _JSON
    return kind if kind in _DTYPES else "text"


def _fixed(name: str, kind: Kind, values: pa.Array | list[Any]) -> pa.Array:
    if kind is Kind.OBJECT:
        return pa.array([None if v is None else _json(v) for v in values], pa.large_string())
    if not isinstance(values, list):
        return values.cast(ARROW_TYPES[kind])
    fitting = [v if isinstance(v, int) and -(2**63) <= v < 2**63 else None for v in values]
    lost = sum(v is not None for v in values) - sum(v is not None for v in fitting)
    warnings.warn(
        f"{lost} values of {name} are not 64-bit integers: they are NA in the Parquet parts.",
        VfyNotebookWarning,
        stacklevel=2,
    )
    return pa.array(fitting, pa.int64())


def _metadata_json(batch: Batch) -> pa.Array:
    """Each row's metadata as JSON; NA for those that have none."""
    rows: list[dict[str, Any]] = [{} for _ in range(len(batch))]
    for key, piece in batch.metadata.items():
        for at, value in piece.cells():
            rows[at][key] = value
    return pa.array([_json(row) if row else None for row in rows], pa.large_string())


def _typed(piece: Piece, kind: str, target: pa.DataType) -> pa.Array:
    """One key's values in its column's type; those of another type are NA."""
    values = piece.values
    if not isinstance(values, list) and kind != _JSON and _is_of(values, target):
        return values.cast(target)
    fits = _FITS[kind]
    return pa.array([fits(value) for value in as_list(values)], target)


def _is_of(values: pa.Array, target: pa.DataType) -> bool:
    is_text = pa.types.is_large_string(target)
    return bool(values.type == target or (is_text and pa.types.is_string(values.type)))


def _number(value: Any) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if isinstance(value, float) or abs(value) <= MAX_EXACT_FLOAT else None


def _flag(value: Any) -> bool | None:
    return value if isinstance(value, bool) else None


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) else None


def _json_or_none(value: Any) -> str | None:
    return None if value is None else _json(value)


_FITS: dict[str, Callable[[Any], Any]] = {
    "number": _number,
    "boolean": _flag,
    "text": _text,
    _JSON: _json_or_none,
}


def _json(value: Any) -> str:
    return msgspec.json.encode(value).decode()
