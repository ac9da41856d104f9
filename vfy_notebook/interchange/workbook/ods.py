"""The sheets of an OpenDocument workbook, cell by cell.

An own reader of few lines: the libraries there are take the error of a formula for an empty cell,
which would wipe a customer's value, TRUE for 1, and leave tabs out.
"""

from __future__ import annotations

import zipfile
from datetime import date, datetime, time
from typing import IO, TYPE_CHECKING, Any
from xml.etree.ElementTree import Element

from vfy_notebook.interchange.workbook.decoding import FormulaError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_OFFICE = "{urn:oasis:names:tc:opendocument:xmlns:office:1.0}"
_TABLE = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}"
_TEXT = "{urn:oasis:names:tc:opendocument:xmlns:text:1.0}"
_CALC = "{urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0}"

_NUMBERS = frozenset({"float", "percentage", "currency"})
_FLAG_FORMULAS = {"of:=TRUE()": True, "of:=FALSE()": False}

#: A spreadsheet has no more rows and columns: what says it has is broken.
_MAX_ROWS = 1_048_576
_MAX_COLUMNS = 16_384


def ods_sheets(path: Path) -> dict[str, list[list[Any]]]:
    """Each sheet's rows by its name; rows end with their last filled cell."""
    with zipfile.ZipFile(path) as archive, archive.open("content.xml") as content:
        return dict(_tables(content))


def _tables(content: IO[bytes]) -> Iterator[tuple[str, list[list[Any]]]]:
    from defusedxml.ElementTree import iterparse  # noqa: PLC0415 - an extra

    rows: list[list[Any]] = []
    count = 0  # with the empty ones, which are put in when a filled one follows
    for event, element in iterparse(content, events=("start", "end")):
        if element.tag == f"{_TABLE}table":
            if event == "end":
                yield element.get(f"{_TABLE}name", ""), rows
                element.clear()
            rows, count = [], 0
        elif element.tag == f"{_TABLE}table-row" and event == "end":
            repeated = _repeated(element, "rows", _MAX_ROWS)
            row = _row(element)
            if row:
                rows.extend([] for _ in range(count - len(rows)))
                rows.extend(row for _ in range(min(repeated, _MAX_ROWS - len(rows))))
            count += repeated
            element.clear()


def _row(element: Element) -> list[Any]:
    row: list[Any] = []
    count = 0
    for cell in element:
        if cell.tag not in (f"{_TABLE}table-cell", f"{_TABLE}covered-table-cell"):
            continue
        repeated = _repeated(cell, "columns", _MAX_COLUMNS)
        value = _value(cell)
        if value is not None:
            row.extend([None] * (count - len(row)))
            row.extend([value] * min(repeated, _MAX_COLUMNS - len(row)))
        count += repeated
    return row


def _repeated(element: Element, what: str, most: int) -> int:
    return min(int(element.get(f"{_TABLE}number-{what}-repeated", "1")), most)


def _value(cell: Element) -> Any:  # noqa: PLR0911 - one branch a type
    kind = cell.get(f"{_OFFICE}value-type")
    if cell.get(f"{_CALC}value-type") == "error":
        return FormulaError(_text_of(cell))
    if kind is None:
        return None
    if kind in _NUMBERS:
        flag = _FLAG_FORMULAS.get(cell.get(f"{_TABLE}formula", ""))
        return flag if flag is not None else float(cell.get(f"{_OFFICE}value", ""))
    if kind == "boolean":
        return cell.get(f"{_OFFICE}boolean-value") == "true"
    if kind == "date":
        shown = cell.get(f"{_OFFICE}date-value", "")
        return datetime.fromisoformat(shown) if "T" in shown else date.fromisoformat(shown)
    if kind == "time":
        return time()  # which is refused, whatever the time
    text = cell.get(f"{_OFFICE}string-value")
    return _text_of(cell) if text is None else text


def _text_of(cell: Element) -> str:
    return "\n".join("".join(_pieces(p)) for p in cell if p.tag == f"{_TEXT}p")


def _pieces(element: Element) -> Iterator[str]:
    yield element.text or ""
    for child in element:
        if child.tag == f"{_TEXT}s":
            yield " " * min(int(child.get(f"{_TEXT}c", "1")), 32_767)
        elif child.tag == f"{_TEXT}tab":
            yield "\t"
        elif child.tag == f"{_TEXT}line-break":
            yield "\n"
        elif child.tag != f"{_OFFICE}annotation":
            yield from _pieces(child)
        yield child.tail or ""
