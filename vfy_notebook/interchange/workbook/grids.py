"""The sheets of a workbook, whichever program has saved it, as rows of plain Python values.

Text is `str`, numbers are `int` or `float`, flags `bool`, days and times `date` and `datetime`, a
formula without a result is a `FormulaError`, and what is blank is None.
"""

from __future__ import annotations

import contextlib
import importlib
import re
import warnings
import zipfile
from typing import TYPE_CHECKING, Any

from vfy_notebook.errors import FileError
from vfy_notebook.interchange.workbook.base import BASE_SHEET
from vfy_notebook.interchange.workbook.decoding import FormulaError
from vfy_notebook.interchange.workbook.looks import Text
from vfy_notebook.interchange.workbook.ods import ods_sheets
from vfy_notebook.missing_packages import install_command, missing_modules

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

Rows = list[list[Any]]

#: How OOXML writes characters that XML loses or forbids.
_ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")
_TO_ESCAPE = re.compile(r"_(?=x[0-9A-Fa-f]{4}_)")

_NO_WORKBOOK = "is no workbook that can be read: save it as .xlsx or .ods"


def the_openpyxl() -> Any:
    """The library that reads and writes .xlsx.

    Raises:
        FileError: It is not installed.
    """
    need_packages("openpyxl")
    return importlib.import_module("openpyxl")


def need_packages(*names: str) -> None:
    """Refuse to go on without packages that are optional.

    Raises:
        FileError: One of them is not installed.
    """
    missing = missing_modules(names)
    if missing:
        message = (
            f"Workbooks need {' and '.join(missing)}, which this Python does not have: run "
            f"{install_command(missing)}"
        )
        raise FileError(message)


def read_sheets(path: Path) -> dict[str, Rows]:
    """Every sheet's rows by its name, hidden ones too.

    Raises:
        FileError: It is not there, or no workbook.
    """
    try:
        with path.open("rb") as file:
            head = file.read(8)
    except OSError as error:
        message = f"{path} cannot be read: {error.strerror}."
        raise FileError(message) from None
    if not head.startswith(b"PK"):
        ways = (
            "it is text: use vfy.read_csv()"
            if b"\x00" not in head and head[:4] != b"\xd0\xcf\x11\xe0"
            else "it is an old .xls, or has a password; save it as .xlsx or .ods without one"
        )
        message = f"{path} is no workbook that can be read: {ways}."
        raise FileError(message)
    try:
        if _is_ods(path):
            need_packages("defusedxml")
            return ods_sheets(path)
        return _xlsx_sheets(path)
    except FileError:
        raise
    except Exception as error:  # noqa: BLE001 - what a broken file makes of either reader
        message = f"{path} {_NO_WORKBOOK} ({type(error).__name__}: {error})."
        raise FileError(message) from None


def _is_ods(path: Path) -> bool:
    with zipfile.ZipFile(path) as archive:
        return "content.xml" in archive.namelist()


def _xlsx_sheets(path: Path) -> dict[str, Rows]:
    with _opened(path, data_only=True) as results:
        if not _has_formulas(path):
            return {
                sheet.title: [_trimmed(map(_value, row)) for row in sheet.iter_rows()]
                for sheet in _sheets(results)
            }
        with _opened(path, data_only=False) as formulas:
            pairs = zip(_sheets(results), _sheets(formulas), strict=True)
            return {sheet.title: list(_calculated(sheet, other)) for sheet, other in pairs}


@contextlib.contextmanager
def _opened(path: Path, *, data_only: bool) -> Iterator[Any]:
    openpyxl = the_openpyxl()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of styles and extensions, which are not read
        book = openpyxl.load_workbook(path, read_only=True, data_only=data_only)
        try:
            yield book
        finally:
            book.close()


def _sheets(book: Any) -> Iterator[Any]:
    for sheet in book.worksheets:
        sheet.reset_dimensions()  # some programs write wrong ones
        yield sheet


def _calculated(results: Any, formulas: Any) -> Iterator[list[Any]]:
    """A sheet's rows; formulas that no program has calculated are errors, not empty cells."""
    if results.title == BASE_SHEET:  # which is long, and has none
        yield from (_trimmed(map(_value, row)) for row in results.iter_rows())
        return
    for row, of_row in zip(results.iter_rows(), formulas.iter_rows(), strict=True):
        yield _trimmed(
            FormulaError("no result") if _lacks_result(cell, formula) else _value(cell)
            for cell, formula in zip(row, of_row, strict=True)
        )


def _lacks_result(cell: Any, formula: Any) -> bool:
    # An empty text is a result, and is told by its type alone.
    return formula.data_type == "f" and cell.value is None and cell.data_type != "str"


def _value(cell: Any) -> Any:
    value = cell.value
    if cell.data_type == "e":
        return FormulaError(str(value))
    if isinstance(value, str) and "_x" in value:
        return Text(unescaped(value), value)
    return value


def _trimmed(cells: Iterable[Any]) -> list[Any]:
    row = list(cells)
    while row and row[-1] is None:
        row.pop()
    return row


def _has_formulas(path: Path) -> bool:
    with zipfile.ZipFile(path) as archive:
        for name in archive.namelist():
            if name.startswith("xl/worksheets/") and name.endswith(".xml"):
                with archive.open(name) as sheet:
                    before = b""
                    while piece := sheet.read(1_000_000):
                        if re.search(rb"<(\w+:)?f[ />]", before + piece):
                            return True
                        before = piece[-20:]
    return False


def escaped(text: str) -> str:
    r"""A text as OOXML writes it: carriage returns would be lost, and `_x0041_` would be an A.

    >>> escaped("a\r\n_x0041_") == "a_x000D_\n_x005F_x0041_"
    True
    """
    return _TO_ESCAPE.sub("_x005F_", text).replace("\r", "_x000D_")


def unescaped(text: str) -> str:
    """The text that `escaped` was given."""
    return _ESCAPED.sub(lambda found: chr(int(found[1], 16)), text)
