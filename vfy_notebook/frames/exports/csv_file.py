"""A CSV file cut between rows, so that each piece can be parsed on its own.

Arrow parses fast, but in blocks of a fixed size: a row longer than a block is an error, and a line
break CR LF inside a quoted cell loses its LF where a block ends between the two
(https://github.com/apache/arrow/issues/51368). So the file is looked through once beforehand for
the ends of its rows. That also tells how many rows there are, and whether the last one is whole,
before the first is used.
"""

from __future__ import annotations

import csv
import io
import os
import re
from dataclasses import dataclass
from functools import lru_cache
from typing import IO, TYPE_CHECKING, NamedTuple

import pyarrow as pa
from pyarrow import csv as arrow_csv

from vfy_notebook.errors import ResponseError

if TYPE_CHECKING:
    from collections.abc import Iterator

#: Read at a time; longer rows are read in pieces that double.
_BLOCK_BYTES = 1 << 20

#: Titles that are longer than this have no end: no export has so many columns.
_HEADER_BYTES = 1 << 20

#: Only a quote that is never closed makes a row as long as this.
_MAX_ROW_BYTES = 1 << 28

#: What may stand between cells; the first is the vendor's.
_DELIMITERS = (",", ";", "\t", "|")

_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_SHOWN = 200
_QUOTED_ROW = re.compile(r"(Expected \d+ columns, got \d+): .*", re.DOTALL)

_QUOTED = re.compile(rb'"(?:[^"]++|"")*+"')
_RETURN = re.compile(rb"\r")
_BARE_RETURN = re.compile(rb"\r(?!\n)")


class _Piece(NamedTuple):
    """Whole rows of a file: where they begin, how long and how many they are."""

    begins: int
    length: int
    rows: int


@dataclass(frozen=True)
class CsvFile:
    """A file that has been looked through.

    Attributes:
        titles: The cells of its first row.
        rows: How many rows follow; blank lines are none.
        ends_in_a_row: Whether it ends inside a quoted cell, or with fewer cells than titles.
        ends_with_a_line_break: Whether the last row has its end.
    """

    titles: list[str]
    rows: int
    ends_in_a_row: bool
    ends_with_a_line_break: bool
    _file: IO[bytes]
    _delimiter: str
    _ends_in_return: bool
    _pieces: tuple[_Piece, ...]

    @classmethod
    def of(cls, file: IO[bytes], *, titles: list[str] | None = None) -> CsvFile:
        """Look through a file.

        Args:
            file: The file, wherever it stands.
            titles: Those of the file's first part. A first row like them is titles again, any
                other is a row.

        Raises:
            ResponseError: It is no CSV.
        """
        file.seek(0)
        start = len(_BYTE_ORDER_MARK) if file.read(3) == _BYTE_ORDER_MARK else 0
        file.seek(start)
        line = file.readline()
        delimiter = _delimiter_of(line)
        file.seek(start)
        first, begins = _first_row(file, start, delimiter)
        if titles is not None and first != titles:
            begins = start
        pieces, tail = _cut(file, begins, delimiter)
        width = len(titles or first)
        if not tail.strip(b"\r\n"):
            is_open = False
        else:
            row = _row_pattern(delimiter).fullmatch(tail + b"\n")
            is_open = row is None or _cells(tail, delimiter) < width
            pieces.append(_Piece(file.tell() - len(tail), len(tail), 1))
        return cls(
            titles=titles or first,
            rows=sum(piece.rows for piece in pieces),
            ends_in_a_row=is_open,
            ends_with_a_line_break=_ends_with_a_line_break(file),
            _file=file,
            _delimiter=delimiter,
            _ends_in_return=line.endswith(b"\r\n"),
            _pieces=tuple(pieces),
        )

    def columns(self) -> Iterator[list[pa.Array]]:
        """The cells as text, column by column, some thousand rows at a time; empty ones null.

        Raises:
            ResponseError: A row has more or fewer cells than there are titles.
        """
        for piece in self._pieces:
            if piece.rows:
                self._file.seek(piece.begins)
                table = self._parsed(self._file.read(piece.length))
                if table.num_rows != piece.rows:
                    raise _not_csv(f"{piece.rows} rows read as {table.num_rows}")
                yield [column.combine_chunks() for column in table.columns]

    def _parsed(self, content: bytes) -> pa.Table:
        if self._has_stray_returns(content):
            return _parsed_by_hand(
                content, len(self.titles), self._delimiter, ends_in_return=self._ends_in_return
            )
        try:
            return _parsed(content, len(self.titles), self._delimiter)
        except pa.ArrowInvalid as error:
            readable = content.decode("utf-8", "replace").encode()
            if readable == content:
                raise _not_csv(error) from None
        try:
            # Bytes that are no text show as U+FFFD, as they do in a listing.
            return _parsed(readable, len(self.titles), self._delimiter)
        except pa.ArrowInvalid as error:
            raise _not_csv(error) from None

    def _has_stray_returns(self, content: bytes) -> bool:
        """Whether a carriage return stands outside of quotes and is not part of a line break.

        Some write it so, and Arrow takes it for a line break.
        """
        if b"\r" not in content:
            return False
        outside = _QUOTED.sub(b"", content)
        return (_BARE_RETURN if self._ends_in_return else _RETURN).search(outside) is not None


def _parsed(content: bytes, width: int, delimiter: str) -> pa.Table:
    names = [str(i) for i in range(width)]
    return arrow_csv.read_csv(
        pa.BufferReader(content),
        read_options=arrow_csv.ReadOptions(
            column_names=names, block_size=len(content) + 1, use_threads=False
        ),
        parse_options=arrow_csv.ParseOptions(delimiter=delimiter, newlines_in_values=True),
        convert_options=arrow_csv.ConvertOptions(
            column_types=dict.fromkeys(names, pa.large_string()),
            null_values=[""],
            strings_can_be_null=True,
        ),
    )


def _parsed_by_hand(
    content: bytes, width: int, delimiter: str, *, ends_in_return: bool
) -> pa.Table:
    match, cells = _row_pattern(delimiter).match, _cell_pattern(delimiter)
    rows: list[list[str | None]] = []
    content += b"" if content.endswith(b"\n") else b"\n"
    at = 0
    while row := match(content, at):
        is_blank, at = _is_blank(content, at, row.end()), row.end()
        if is_blank:
            continue
        line = row[0][:-1].removesuffix(b"\r") if ends_in_return else row[0][:-1]
        found = [_text(cell[1], cell[2], cell[3]) for cell in cells.finditer(line)]
        if len(found) != width:
            raise _not_csv(f"expected {width} columns, got {len(found)}")
        rows.append(found)
    columns = zip(*rows, strict=True)
    return pa.table([pa.array(c, pa.large_string()) for c in columns], list(map(str, range(width))))


def _text(quoted: bytes | None, tail: bytes | None, plain: bytes | None) -> str | None:
    if quoted is None:
        return (plain or b"").decode("utf-8", "replace") or None
    whole = quoted.replace(b'""', b'"') + (tail or b"")
    return whole.decode("utf-8", "replace") or None


def _not_csv(why: object) -> ResponseError:
    # Without the row itself, which pyarrow quotes: customers' data is not for a log.
    told = _QUOTED_ROW.sub(r"\1", str(why))[:_SHOWN]
    message = f"The export's file cannot be read as CSV: {told}"
    return ResponseError(message)


def _delimiter_of(titles: bytes) -> str:
    """What stands between the titles, a comma if nothing does."""
    bare = _QUOTED.sub(b"", titles)
    return max(_DELIMITERS, key=lambda each: bare.count(each.encode()))


# -- where rows end ----------------------------------------------------------------------------


@lru_cache
def _row_pattern(delimiter: str) -> re.Pattern[bytes]:
    """One row with its line break. A quote means something only where a cell begins."""
    mark = re.escape(delimiter).encode()
    quoted = rb'"(?:[^"]++|"")*+"[^%b\n]*+' % mark
    plain = rb'[^"%b\n][^%b\n]*+' % (mark, mark)
    return re.compile(rb"(?:(?:%b|%b)?+%b)*+(?:%b|%b)?+\n" % (quoted, plain, mark, quoted, plain))


@lru_cache
def _cell_pattern(delimiter: str) -> re.Pattern[bytes]:
    """One cell: what its quotes hold and what follows them, or the whole of one without."""
    mark = re.escape(delimiter).encode()
    begins = rb"(?:^|(?<=%b))" % mark
    return re.compile(
        rb'%b(?:"((?:[^"]++|"")*+)"([^%b\n]*+)|([^%b\n]*+))(?:%b|\Z)' % (begins, mark, mark, mark)
    )


def _cells(row: bytes, delimiter: str) -> int:
    """How many cells a row without its line break has."""
    return sum(1 for _ in _cell_pattern(delimiter).finditer(row))


def _first_row(file: IO[bytes], start: int, delimiter: str) -> tuple[list[str], int]:
    """The cells of the first row, and where the next one begins."""
    content, size = b"", _BLOCK_BYTES
    row = None
    while row is None and size <= _HEADER_BYTES and (more := file.read(size)):
        content += more
        size = len(content)
        row = _row_pattern(delimiter).match(content)
    text = content if row is None else row[0]
    if len(text) > _HEADER_BYTES:
        raise _not_csv("its first row has no end")
    try:
        lines = csv.reader(io.StringIO(text.decode(), newline=""), delimiter=delimiter)
        return next(lines, []), start + len(text)
    except (UnicodeDecodeError, csv.Error) as error:
        raise _not_csv(error) from None


def _cut(file: IO[bytes], begins: int, delimiter: str) -> tuple[list[_Piece], bytes]:
    """Pieces of whole rows, and what follows the last line break."""
    file.seek(begins)
    pieces, rest = [], b""
    while more := file.read(max(_BLOCK_BYTES, len(rest))):
        content = rest + more
        length, rows = _whole_rows(content, delimiter)
        if length:
            pieces.append(_Piece(begins, length, rows))
        begins += length
        rest = content[length:]
        if len(rest) > _MAX_ROW_BYTES:
            raise _not_csv(f"a row of more than {_MAX_ROW_BYTES:,} bytes")
    return pieces, rest


def _whole_rows(content: bytes, delimiter: str) -> tuple[int, int]:
    """How many bytes the whole rows at the beginning take, and how many of them are not blank."""
    if b'"' not in content and b"\n\n" not in content and b"\n\r" not in content:
        blank = content.startswith((b"\n", b"\r\n"))
        return content.rfind(b"\n") + 1, content.count(b"\n") - blank
    match = _row_pattern(delimiter).match
    at = rows = 0
    while row := match(content, at):
        rows += not _is_blank(content, at, row.end())
        at = row.end()
    return at, rows


def _is_blank(content: bytes, begins: int, ends: int) -> bool:
    return ends - begins <= 2 and not content[begins:ends].strip(b"\r\n")


def _ends_with_a_line_break(file: IO[bytes]) -> bool:
    length = file.seek(0, os.SEEK_END)
    file.seek(max(length - 1, 0))
    return length == 0 or file.read(1) == b"\n"
