"""A CSV from disk, read as a whole: what is uploaded is what was read."""

from __future__ import annotations

import codecs
import csv
import io
from typing import TYPE_CHECKING

from vfy_notebook.customers.csv_import.file import CsvFile
from vfy_notebook.edits.problems.problems import named
from vfy_notebook.errors import ArgumentError

if TYPE_CHECKING:
    from pathlib import Path

#: What files begin with that only look like a CSV by their name: how one comes by a CSV of them.
_OTHER_FILES = (
    (b"PK\x03\x04", "a workbook", "pd.read_excel(path, dtype='str')"),
    (b"\xd0\xcf\x11\xe0", "an old workbook", "pd.read_excel(path, dtype='str')"),
    (b"PAR1", "Parquet", "pd.read_parquet(path)"),
    (b"\x1f\x8b", "compressed", "pd.read_csv(path, dtype='str', compression='gzip')"),
)

#: Encodings by the mark that a file begins with; longest first, as UTF-32's begins like UTF-16's.
_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)

#: What separates the cells where it is no comma, and what that is called.
_OTHER_SEPARATORS = {";": "semicolons", "\t": "tabs", "|": "bars"}


def read_csv_file(path: Path) -> CsvFile:
    """A CSV from disk; a mark of its encoding and empty lines are left out.

    Raises:
        ArgumentError: It is not there, or no CSV in UTF-8 with headers the API takes.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        message = f"{path} cannot be read: {error.strerror}."
        raise ArgumentError(message) from None
    text = _decoded(path, content)
    try:
        lines = [line for line in csv.reader(io.StringIO(text, newline=""), strict=True) if line]
    except csv.Error as error:
        message = (
            f"{path} is no CSV with commas between the cells: {error}. A text with a comma, a "
            "quote or a line end stands in quotes; quotes in it are doubled."
        )
        raise ArgumentError(message) from None
    if len(lines) < 2:
        message = f"{path} has no rows: the first line holds the headers, customers follow."
        raise ArgumentError(message)
    headers = tuple(header.strip() for header in lines[0])
    _refuse_other_separators(path, headers)
    at = [i for i, header in enumerate(headers) if header.casefold() == "source_id"]
    if not at:
        message = f"{path} has no column Source_id, by which the API finds existing customers."
        raise ArgumentError(message)
    ragged = [str(n) for n, line in enumerate(lines[1:], 1) if len(line) != len(headers)]
    if ragged:
        message = f"More or fewer cells than headers in {named(ragged, noun='row')} of {path}."
        raise ArgumentError(message)
    return CsvFile.of(headers, lines[1:])


def _decoded(path: Path, content: bytes) -> str:
    """The file's text, which has to be UTF-8: that is what the API reads."""
    for begin, what, read in _OTHER_FILES:
        if content.startswith(begin):
            message = (
                f"{path} is no CSV, but {what}: save it as CSV in UTF-8 where it comes from, or "
                f"write one with {read}.to_csv('import.csv', index=False)."
            )
            raise ArgumentError(message)
    marked = next((name for mark, name in _MARKS if content.startswith(mark)), None)
    if marked is not None:
        raise ArgumentError(_other_encoding(path, f"in {marked.upper()}", marked))
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        where = f"in an older encoding (line {line} is no UTF-8)"
        more = " Central Europe's is cp1250, Western Europe's cp1252, Cyrillic cp1251."
        raise ArgumentError(_other_encoding(path, where, "cp1250") + more) from None


def _other_encoding(path: Path, where: str, encoding: str) -> str:
    return (
        f'{path} is no CSV in UTF-8, which the API reads, but {where}: save it as "CSV UTF-8", or '
        "write it anew "
        f"with pd.read_csv(path, dtype='str', encoding={encoding!r}, sep=None, engine='python')"
        ".to_csv('import.csv', index=False)."
    )


def _refuse_other_separators(path: Path, headers: tuple[str, ...]) -> None:
    """Spreadsheets in many languages write semicolons."""
    for sign, name in _OTHER_SEPARATORS.items():
        if len(headers) == 1 and sign in headers[0]:
            message = (
                f"{path} has {name} between its cells, the API takes commas: save it as "
                '"CSV UTF-8" with commas, or read it with '
                f"pd.read_csv({path.name!r}, sep={sign!r}, dtype='str') and write it anew with "
                f".to_csv({path.name!r}, index=False)."
            )
            raise ArgumentError(message)
