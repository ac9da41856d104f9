"""A CSV file's cells as text: its encoding and separator are found out, or asked for."""

from __future__ import annotations

import codecs
import csv
import io
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from vfy_notebook.edits.problems.problems import named
from vfy_notebook.errors import FileError
from vfy_notebook.frames.schema import INDEX

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator
    from pathlib import Path

#: Longest first, as UTF-32's mark begins like UTF-16's.
_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)

#: What spreadsheets write where it is not UTF-8: Central and Western Europe, Cyrillic, Greek,
#: Turkish, Baltic, Japanese, Chinese, Korean.
_OTHERS = ("cp1250", "cp1252", "cp1251", "cp1253", "cp1254", "cp1257", "cp932", "gb18030", "cp949")

_SEPARATORS = (",", ";", "\t", "|")
_IDS = frozenset({INDEX, "source_id"})

_LINE_END = re.compile("\r\n|\n|\r")

#: Excel's own way to say what stands between the cells.
_TOLD = re.compile(r'^"?sep=(.)"?\r?\n')


@dataclass(frozen=True)
class CsvText:
    """The cells of a CSV file.

    Attributes:
        headers: The first line.
        rows: The other lines that are not empty, each as long as the headers.
        numbers: The number of the line in the file that each of them begins in.
        separator: What stands between cells.
    """

    headers: list[str]
    rows: list[list[str]]
    numbers: list[int]
    separator: str


def read_csv_text(
    path: Path, *, known: Collection[str], sep: str | None, encoding: str | None
) -> CsvText:
    """A file's cells.

    Args:
        path: The file.
        known: Texts that ought to be in it, by which its encoding is found out.
        sep: What stands between cells, if it is asked for.
        encoding: The encoding, if it is asked for.

    Raises:
        FileError: It cannot be read, its encoding or separator is not certain, or rows have more
            or fewer cells than there are headers.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        message = f"{path} cannot be read: {error.strerror}."
        raise FileError(message) from None
    if content[:4] in (b"PK\x03\x04", b"\xd0\xcf\x11\xe0"):
        message = f"{path.name} is no CSV but a workbook: use vfy.read_excel()."
        raise FileError(message)
    text = _decoded(content, known, encoding, path.name)
    told = _TOLD.match(text)
    if told:
        text = text[told.end() :]
        sep = sep or told[1]
    separator = sep or _separator(text, path.name)
    lines = list(_lines(text, separator, path.name))
    headers = [header.strip() for header in lines[0][1]] if lines else []
    if not _IDS & set(headers):
        message = f"{path.name} has no column {INDEX} or source_id in its first line."
        raise FileError(message)
    rows = [(number, row) for number, row in lines[1:] if any(row)]
    ragged = [str(number) for number, row in rows if len(row) != len(headers)]
    if ragged:
        message = (
            f"More or fewer cells than headers in {named(ragged, noun='line')} of {path.name}. "
            "A text with a separator or a line end stands in quotes; quotes in it are doubled."
        )
        raise FileError(message)
    return CsvText(headers, [row for _, row in rows], [number for number, _ in rows], separator)


def _decoded(content: bytes, known: Collection[str], encoding: str | None, what: str) -> str:
    if encoding is None:
        encoding = next((name for mark, name in _MARKS if content.startswith(mark)), "utf-8")
        if encoding == "utf-8" and not _is_utf8(content):
            encoding = _likeliest(content, known, what)
    try:
        return content.decode(encoding)
    except (UnicodeDecodeError, LookupError) as error:
        message = f"{what} is not in the encoding {encoding!r}: {error}."
        raise FileError(message) from None


def _is_utf8(content: bytes) -> bool:
    try:
        content.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _likeliest(content: bytes, known: Collection[str], what: str) -> str:
    """The encoding under which the most known texts are in the file, if it is one alone."""
    telling = {text for text in known if text and not text.isascii()}
    counts: dict[str, int] = {}
    for name in _OTHERS:
        try:
            text = content.decode(name)
        except UnicodeDecodeError:
            continue
        counts[name] = sum(each in text for each in telling)
    most = max(counts.values(), default=0)
    best = [name for name, count in counts.items() if count == most]
    if most == 0 or len({content.decode(name) for name in best}) > 1:
        message = (
            f"{what} is not in UTF-8, and it is not certain what else it is in: save it as UTF-8, "
            "or say encoding='cp1250' (Central Europe), 'cp1252' (Western Europe), …"
        )
        raise FileError(message)
    return best[0]


def _separator(text: str, what: str) -> str:
    first = text.lstrip("\r\n")[:100_000]
    fitting: dict[str, int] = {}
    for separator in _SEPARATORS:
        try:
            headers = next(csv.reader(io.StringIO(first, newline=""), delimiter=separator), [])
        except csv.Error:
            continue
        if _IDS & {header.strip() for header in headers}:
            fitting[separator] = len(headers)
    if not fitting:
        message = (
            f"{what} has no column {INDEX} or source_id in its first line, whether its cells are "
            "parted by commas, semicolons, tabs or bars: put the header back, or say sep='…'."
        )
        raise FileError(message)
    return max(fitting, key=lambda separator: fitting[separator])


def _lines(text: str, separator: str, what: str) -> Iterator[tuple[int, list[str]]]:
    """Lines that hold something, with the number of the line in the file that they begin in."""
    text, stand_in = _without_lone_returns(text)
    limit = csv.field_size_limit(max(len(text), csv.field_size_limit()))
    try:
        reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
        begins = 1
        for row in reader:
            if row:
                yield begins, [cell.replace(stand_in, "\r") for cell in row] if stand_in else row
            begins = reader.line_num + 1
    except (csv.Error, TypeError) as error:
        message = f"{what} is no CSV with {separator!r} between the cells: {error}."
        raise FileError(message) from None
    finally:
        csv.field_size_limit(limit)


def _without_lone_returns(text: str) -> tuple[str, str]:
    """A text without the carriage returns that end no line, and what stands there instead.

    pandas writes them without quotes, and a reader of CSV takes them for ends of lines.
    """
    first = _LINE_END.search(text)
    if first is None or first[0] == "\r":
        return text, ""
    stand_in = next(chr(code) for code in range(0xE000, 0xF8FF) if chr(code) not in text)
    lone = "\r" if first[0] == "\n" else "\r(?!\n)"
    return re.sub(lone, stand_in, text), stand_in
