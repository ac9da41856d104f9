"""Cells of an export: text that gets the type that the reference, or the schema, gives it.

A file holds nothing but text. Without the metadata schema nothing tells the number 42 from the
text "42", nor the list `a,b` from a text with a comma.
"""

from __future__ import annotations

import csv
import json
import math
import re
import warnings
from typing import TYPE_CHECKING, Any

import msgspec
import pyarrow as pa
import pyarrow.compute as pc

from vfy_notebook.errors import VfyNotebookWarning
from vfy_notebook.frames.arrays import ARROW_TYPES, times_from_text, to_arrow
from vfy_notebook.frames.metadata.pieces import Piece, piece_of
from vfy_notebook.frames.metadata.rows import MetadataRows
from vfy_notebook.frames.schema import Kind

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from vfy_notebook.frames.exports.table import ExportedRows

_WHOLE = "^-?[0-9]{1,18}$"
_NUMBER = re.compile(r"-?\d+(\.\d+)?([eE][+-]?\d+)?", re.ASCII)
#: Whole, be it written with decimals: `2000.00`.
_INTEGER = re.compile(r"(-?\d+)(\.0+)?", re.ASCII)

#: No amount is longer; Python reads no integer of more than 4,300 digits.
_MOST_DIGITS = 309


def typed(name: str, kind: Kind, texts: pa.Array) -> pa.Array | list[Any]:
    """The cells of a column as values of its kind; what does not fit it stays and is told."""
    if kind in (Kind.TIME, Kind.DATE):
        return times_from_text(name, kind, texts)
    if kind is Kind.TEXT:
        return texts
    if kind is Kind.WHOLE and _all_match(texts, _WHOLE):
        return texts.cast(pa.int64())
    return to_arrow(name, kind, [_number(text) for text in texts.to_pylist()])


def wholes(name: str, texts: pa.Array, odd: list[int]) -> pa.Array:
    """The cells of a column of whole numbers; `odd` takes the positions of what is none."""
    if _all_match(texts, _WHOLE):
        return texts.cast(pa.int64())
    numbers = [_number(text) for text in texts.to_pylist()]
    odd += [i for i, value in enumerate(numbers) if isinstance(value, str)]
    exact = [None if isinstance(value, str) else value for value in numbers]
    found = to_arrow(name, Kind.WHOLE, exact, odd)
    odd.sort()
    return found


def nothing(kind: Kind, length: int) -> pa.Array | list[Any]:
    """The values of a column that no export has."""
    return [None] * length if kind is Kind.OBJECT else pa.nulls(length, ARROW_TYPES[kind])


def metadata_pieces(rows: ExportedRows, properties: Mapping[str, Any]) -> dict[str, Piece]:
    """The metadata of some rows by key; keys that no row has are left out.

    Args:
        rows: The rows.
        properties: The metadata schema's `properties`, by key.
    """
    pieces = {
        key: piece
        for key, texts in rows.metadata.items()
        if (piece := _metadata(texts, properties.get(key) or {})).types
    }
    if rows.whole_metadata is not None:
        pieces |= _whole_metadata(rows.ids, rows.whole_metadata)
    return pieces


def _metadata(texts: pa.Array, described: Mapping[str, Any]) -> Piece:
    """One key's values, typed as the schema says; what does not fit its type stays text."""
    if texts.null_count == len(texts):
        return Piece(frozenset(), pa.nulls(len(texts)))
    kind = described.get("type") or ""
    read = _READERS.get(kind, str)
    if described.get("array"):
        return piece_of([_list(text, read) for text in texts.to_pylist()])
    if kind == "number" and _all_match(texts, _WHOLE):
        return Piece(frozenset({int}), texts.cast(pa.int64()))
    if kind == "boolean" and _all_match(lower := pc.utf8_lower(texts), "^(true|false)$"):
        return Piece(frozenset({bool}), pc.equal(lower, "true"))
    if read is str:
        return Piece(frozenset({str}), texts)
    return piece_of([None if text is None else read(text) for text in texts.to_pylist()])


def _whole_metadata(ids: pa.Array, texts: pa.Array) -> dict[str, Piece]:
    """All keys from one column of JSON objects; warns of cells that are none."""
    found = [None if text is None else json_or_text(text) for text in texts.to_pylist()]
    lost = [i for i, value in enumerate(found) if not isinstance(value, dict | None)]
    if lost:
        warnings.warn(
            f"The metadata of {len(lost):,} rows of the export cannot be read and shows as NA, "
            f"such as that of {ids[lost[0]].as_py()}.",
            VfyNotebookWarning,
            stacklevel=2,
        )
    rows = MetadataRows()
    rows.put([value if isinstance(value, dict) else None for value in found], at=0)
    return rows.packed(len(rows))


def _all_match(texts: pa.Array, pattern: str) -> bool:
    matched = pc.match_substring_regex(texts, pattern)
    return pc.all(matched, skip_nulls=True, min_count=0).as_py() is not False


def _number(text: str | None) -> int | float | str | None:
    """A number as JSON would show it; other texts stay what they are.

    >>> _number("2000.00"), _number("0.5"), _number("many"), _number("1e400")
    (2000, 0.5, 'many', '1e400')
    """
    if text is None or not _NUMBER.fullmatch(text):
        return text
    whole = _INTEGER.fullmatch(text)
    if whole:
        return int(whole[1]) if len(whole[1]) <= _MOST_DIGITS else text
    number = float(text)
    return number if math.isfinite(number) else text


def _flag_or_text(text: str) -> bool | str:
    return {"true": True, "false": False}.get(text.lower(), text)


def _list(text: str | None, read: Callable[[str], Any]) -> Any:
    """A list from its JSON, or from `a,b,c`."""
    if text is None:
        return None
    if text.startswith("[") and isinstance(value := json_or_text(text), list):
        return value
    try:
        return [read(each) for each in next(csv.reader([text], strict=True))]
    except csv.Error:  # a cell that only looks like a list
        return [read(each) for each in text.split(",")]


def json_or_text(text: str) -> Any:
    """A list or an object from its JSON; other texts stay what they are.

    As in a listing, half an emoji (a text cut in its middle) shows as U+FFFD. What JSON has no
    numbers for, such as NaN, shows as null.

    >>> json_or_text('{"tags": ["a"], "n": NaN}'), json_or_text("[draft")
    ({'tags': ['a'], 'n': None}, '[draft')
    """
    if text[:1] not in ("[", "{"):
        return text
    try:
        return msgspec.json.decode(text)
    except (msgspec.DecodeError, RecursionError):
        pass
    try:
        value = json.loads(text, parse_constant=lambda _name: None, parse_float=_finite)
        whole = json.dumps(value, ensure_ascii=False)
        return msgspec.json.decode(
            whole.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
        )
    except (ValueError, msgspec.DecodeError, RecursionError):
        return text


def _finite(digits: str) -> float | None:
    number = float(digits)
    return number if abs(number) != float("inf") else None


_READERS: dict[str, Callable[[str], Any]] = {
    "number": _number,
    "boolean": _flag_or_text,
    "object": json_or_text,
    "geopoint": json_or_text,
}
