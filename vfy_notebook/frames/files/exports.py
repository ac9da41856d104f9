"""An export's file as batches of customers, with the columns and dtypes that a listing has.

A file holds nothing but text, and its titles are not promised to equal the names of the fields
that were asked for. So titles are compared by their letters and digits alone, fixed columns get
the types that the reference gives them, and metadata those of the project's metadata schema:
without it nothing tells the number 42 from the text "42".

Fields: https://docs.voucherify.io/api-reference/exports/create-export
"""

from __future__ import annotations

import csv
import io
import re
from dataclasses import dataclass, field
from typing import IO, TYPE_CHECKING, Any, NamedTuple

import msgspec
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv as arrow_csv

from vfy_notebook.errors import ResponseError
from vfy_notebook.frames.arrays import ARROW_TYPES, times_from_text, to_arrow
from vfy_notebook.frames.batches import Batch
from vfy_notebook.frames.metadata import Piece, pack_metadata, piece_of
from vfy_notebook.frames.schema import FIXED, Kind

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from vfy_notebook.frames.schema import Column

#: The column of a DataFrame and the field of an export that fills it.
_FIELDS: dict[str, str] = {
    **{name: name for name in ("source_id", "name", "description", "email", "phone")},
    "birthdate": "birthdate",
    **{
        f"address.{name}": f"address_{name}"
        for name in ("city", "state", "line_1", "line_2", "country", "postal_code")
    },
    **{
        f"summary.redemptions.total_{name}": f"redemptions_total_{name}"
        for name in (
            "redeemed",
            "failed",
            "succeeded",
            "rolled_back",
            "rollback_failed",
            "rollback_succeeded",
        )
    },
    **{
        f"summary.orders.{name}": f"orders_{name}"
        for name in (
            "total_amount",
            "total_count",
            "average_amount",
            "last_order_amount",
            "last_order_date",
        )
    },
    "loyalty.points": "loyalty_points",
    "loyalty.referred_customers": "loyalty_referred_customers",
    "created_at": "created_at",
    "updated_at": "updated_at",
}

#: `birthday` is the field's old name; some projects still fill only that one.
_OLD_BIRTHDATE = "birthday"

#: What to ask an export for. Metadata comes last: its titles may be anything.
FIELDS: tuple[str, ...] = ("id", *_FIELDS.values(), _OLD_BIRTHDATE, "metadata")

#: Columns that no export fills: they are NA.
NOT_EXPORTED: tuple[str, ...] = tuple(c.name for c in FIXED if c.name not in _FIELDS)

#: Read at a time, and by one thread: several read ahead, the further the longer the file is.
_BLOCK_BYTES = 1 << 20
_WHOLE = "^-?[0-9]{1,18}$"
_NUMBER = re.compile(r"-?\d+(\.\d+)?([eE][+-]?\d+)?", re.ASCII)
_INTEGER = re.compile(r"-?\d+", re.ASCII)
_METADATA_TITLE = re.compile(r"metadata[._ ]", re.IGNORECASE)


def read_export(file: IO[bytes], properties: Mapping[str, Any]) -> Iterator[Batch]:
    """The customers of an export's file, some thousand at a time.

    Args:
        file: The file, at its beginning.
        properties: The metadata schema's `properties`, by key.

    Raises:
        ResponseError: The file is no table of customers.
    """
    header = _header(file)
    layout = _Layout.of(header.titles, properties)
    if header.is_all:
        return
    file.seek(0)
    try:
        for table in _tables(file, header):
            yield layout.batch([column.cast(pa.large_string()) for column in table.columns])
    except pa.ArrowInvalid as error:
        message = f"The export's file cannot be read as CSV: {error}"
        raise ResponseError(message) from None


class _Header(NamedTuple):
    """The titles, how many lines they take, what stands between them, whether nothing follows."""

    titles: list[str]
    lines: int
    delimiter: str
    is_all: bool


def _header(file: IO[bytes]) -> _Header:
    text = io.TextIOWrapper(file, encoding="utf-8-sig", newline="")
    try:
        first = text.readline()
        delimiter = ";" if ";" in first and "," not in first else ","
        text.seek(0)
        rows = csv.reader(text, delimiter=delimiter)
        titles = next(rows, [])
        return _Header(titles, rows.line_num, delimiter, is_all=not any(map(any, rows)))
    except (UnicodeDecodeError, csv.Error) as error:
        message = f"The export's file cannot be read as CSV: {error}"
        raise ResponseError(message) from None
    finally:
        text.detach()


def _tables(file: IO[bytes], header: _Header) -> Iterator[pa.RecordBatch]:
    names = [str(i) for i in range(len(header.titles))]
    yield from arrow_csv.open_csv(
        file,
        read_options=arrow_csv.ReadOptions(
            column_names=names,
            skip_rows=header.lines,
            block_size=_BLOCK_BYTES,
            use_threads=False,
        ),
        parse_options=arrow_csv.ParseOptions(delimiter=header.delimiter, newlines_in_values=True),
        convert_options=arrow_csv.ConvertOptions(
            column_types=dict.fromkeys(names, pa.string()),
            null_values=[""],
            strings_can_be_null=True,
        ),
    )


@dataclass
class _Layout:
    """Which of a file's columns is what. Positions are None where the file has no such column."""

    id_at: int
    fixed_at: list[int | None]
    old_birthdate_at: int | None
    metadata_at: dict[str, int] = field(default_factory=dict)
    whole_metadata_at: int | None = None
    kinds: Mapping[str, Any] = field(default_factory=dict)

    @classmethod
    def of(cls, titles: list[str], properties: Mapping[str, Any]) -> _Layout:
        wanted = {_plain(name): name for name in FIELDS if name != "metadata"}
        wanted |= {"customerid": "id"}
        found: dict[str, int] = {}
        rest: dict[int, str] = {}
        for i, title in enumerate(titles):
            name = wanted.get(_plain(title))
            # The first one wins: a metadata key may have a field's name.
            if name is None or name in found or _METADATA_TITLE.match(title):
                rest[i] = title
            else:
                found[name] = i
        if "id" not in found:
            shown = ", ".join(titles[:10]) or "none"
            message = (
                f"The export has no column for the customer's id (its titles: {shown}): "
                'use fetch_customers(via="list").'
            )
            raise ResponseError(message)
        layout = cls(
            id_at=found["id"],
            fixed_at=[found.get(_FIELDS.get(column.name, "")) for column in FIXED],
            old_birthdate_at=found.get(_OLD_BIRTHDATE),
            kinds=properties,
        )
        for i, title in rest.items():
            if _plain(title) == "metadata" and title not in properties:
                layout.whole_metadata_at = i
            else:
                layout.metadata_at.setdefault(_metadata_key(title, properties), i)
        return layout

    def batch(self, columns: list[pa.Array]) -> Batch:
        ids = columns[self.id_at]
        if ids.null_count:
            message = (
                "The export has rows without a customer's id, so its file cannot be used: "
                'use fetch_customers(via="list").'
            )
            raise ResponseError(message)
        metadata = {
            key: piece
            for key, i in self.metadata_at.items()
            if (piece := _metadata(columns[i], self.kinds.get(key) or {})).types
        }
        if self.whole_metadata_at is not None:
            metadata |= _whole_metadata(columns[self.whole_metadata_at])
        return Batch(
            ids,
            [
                _fixed(column, None if i is None else columns[i], len(ids))
                for column, i in zip(FIXED, self._with_old_birthdate(columns), strict=True)
            ],
            metadata,
        )

    def _with_old_birthdate(self, columns: list[pa.Array]) -> list[int | None]:
        """The fixed columns' positions, `birthday` filled in where `birthdate` is missing."""
        old_at = self.old_birthdate_at
        if old_at is None:
            return self.fixed_at
        at = self.fixed_at[_BIRTHDATE]
        columns.append(columns[old_at] if at is None else pc.coalesce(columns[at], columns[old_at]))
        positions = list(self.fixed_at)
        positions[_BIRTHDATE] = len(columns) - 1
        return positions


_BIRTHDATE = next(i for i, column in enumerate(FIXED) if column.name == "birthdate")


def _plain(title: str) -> str:
    """A title's letters and digits.

    >>> _plain("Source Id") == _plain("source_id") == _plain(" SOURCE_ID ")
    True
    """
    return "".join(character for character in title.casefold() if character.isalnum())


def _metadata_key(title: str, properties: Mapping[str, Any]) -> str:
    """The metadata key that a title means: as the schema spells it, if it knows it."""
    name = title
    if name not in properties and (prefix := _METADATA_TITLE.match(title)):
        name = title[prefix.end() :]
    if name in properties:
        return name
    alike = [key for key in properties if _plain(key) == _plain(name)]
    return alike[0] if len(alike) == 1 else name


# -- cells -------------------------------------------------------------------------------------


def _fixed(column: Column, texts: pa.Array | None, length: int) -> pa.Array | list[Any]:
    if column.kind is Kind.OBJECT:
        return [None] * length
    if texts is None:
        return pa.nulls(length, ARROW_TYPES[column.kind])
    if column.kind in (Kind.TIME, Kind.DATE):
        return times_from_text(column.name, column.kind, texts)
    if column.kind is not Kind.WHOLE:
        return texts
    if _all_match(texts, _WHOLE):
        return texts.cast(pa.int64())
    return to_arrow(column.name, column.kind, [_number(text) for text in texts.to_pylist()])


def _metadata(texts: pa.Array, described: Mapping[str, Any]) -> Piece:
    """One key's values, typed as the schema says; what does not fit its type stays text."""
    if texts.null_count == len(texts):
        return Piece(frozenset(), pa.nulls(len(texts)))
    kind = "object" if described.get("array") else described.get("type")
    if kind == "number" and _all_match(texts, _WHOLE):
        return Piece(frozenset({int}), texts.cast(pa.int64()))
    if kind == "boolean" and _all_match(lower := pc.utf8_lower(texts), "^(true|false)$"):
        return Piece(frozenset({bool}), pc.equal(lower, "true"))
    read = _READERS.get(kind or "")
    if read is None:
        return Piece(frozenset({str}), texts)
    return piece_of([read(text) for text in texts.to_pylist()])


def _whole_metadata(texts: pa.Array) -> dict[str, Piece]:
    """All keys from one column of JSON objects."""
    rows = [_json(text) for text in texts.to_pylist()]
    return pack_metadata([row if isinstance(row, dict) else None for row in rows])


def _all_match(texts: pa.Array, pattern: str) -> bool:
    matched = pc.match_substring_regex(texts, pattern)
    return pc.all(matched, skip_nulls=True, min_count=0).as_py() is not False


def _number(text: str | None) -> int | float | str | None:
    """A number as JSON would show it; other texts stay what they are."""
    if text is None or not _NUMBER.fullmatch(text):
        return text
    return int(text) if _INTEGER.fullmatch(text) else float(text)


def _flag_or_text(text: str | None) -> bool | str | None:
    return {"true": True, "false": False}.get((text or "").lower(), text)


def _json(text: str | None) -> Any:
    """A list or an object from its JSON; other texts stay what they are."""
    if text is None or text[:1] not in ("[", "{"):
        return text
    try:
        return msgspec.json.decode(text)
    except msgspec.DecodeError:
        return text


_READERS: dict[str, Callable[[str | None], Any]] = {
    "number": _number,
    "boolean": _flag_or_text,
    "object": _json,
    "geopoint": _json,
}
