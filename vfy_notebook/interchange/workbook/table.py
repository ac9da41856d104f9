"""The customers' table of a sheet: its header, its rows, and which customer each row is."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from vfy_notebook.edits.problems.problems import named
from vfy_notebook.errors import FileError
from vfy_notebook.frames.schema import INDEX
from vfy_notebook.interchange.workbook.base import BASE_SHEET
from vfy_notebook.interchange.workbook.layout import IN_UTC, LISTS_SHEET

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from vfy_notebook.interchange.workbook.grids import Rows

_SOURCE_ID = "source_id"
_OWN_SHEETS = (BASE_SHEET, LISTS_SHEET)

#: The header is looked for in so many rows: people put titles above it.
_HEADER_WITHIN = 50


@dataclass(frozen=True)
class Table:
    """What a sheet holds of customers.

    Attributes:
        name: The sheet's name.
        columns: The frame's name of a column → its place, counted from 0.
        rows: The filled rows' cells.
        numbers: The rows' numbers in the sheet, counted from 1.
    """

    name: str
    columns: Mapping[str, int]
    rows: Sequence[Sequence[Any]]
    numbers: Sequence[int]

    def cells(self, name: str) -> list[Any]:
        """A column's cells."""
        at = self.columns[name]
        return [row[at] if at < len(row) else None for row in self.rows]

    def places(self, name: str, positions: Sequence[int]) -> list[str]:
        """Cells as the spreadsheet names them, such as `C14`."""
        letter = column_letter(self.columns[name])
        return [f"{letter}{self.numbers[position]}" for position in positions]


def table_in(
    sheets: Mapping[str, Rows], wanted: str | None, headers: Mapping[str, str], *, what: str
) -> Table:
    """The one table of customers in a workbook.

    Args:
        sheets: Each sheet's rows.
        wanted: The sheet's name; None for the only one with customers.
        headers: Header → the frame's name, as far as they are known.
        what: The file, for messages.

    Raises:
        FileError: There is none or more than one, or it cannot be told what a column is.
    """
    if wanted is not None and wanted not in sheets:
        message = f"{what} has no sheet {wanted!r}, but {', '.join(map(repr, sheets))}."
        raise FileError(message)
    candidates = [wanted] if wanted is not None else [n for n in sheets if n not in _OWN_SHEETS]
    found = {name: at for name in candidates if (at := _header_row(sheets[name])) is not None}
    if not found:
        message = (
            f"{what} has no column {INDEX} or {_SOURCE_ID}, by which a row tells whose it is: put "
            "the header back, or copy the column in from a fresh workbook."
        )
        raise FileError(message)
    if len(found) > 1:
        message = (
            f"{what} has customers in the sheets {', '.join(map(repr, found))}: say which one is "
            "meant, sheet='…'."
        )
        raise FileError(message)
    ((name, at),) = found.items()
    return _table(name, sheets[name], at, headers, what=what)


def _header_row(rows: Rows) -> int | None:
    for i, row in enumerate(rows[:_HEADER_WITHIN]):
        if {_header(cell) for cell in row} & {INDEX, _SOURCE_ID}:
            return i
    return None


def _header(cell: Any) -> str:
    return str(cell).strip() if cell is not None else ""


def _table(name: str, rows: Rows, at: int, known: Mapping[str, str], *, what: str) -> Table:
    below = [(i, row) for i, row in enumerate(rows[at + 1 :], start=at + 2) if _is_filled(row)]
    headers = [_header(cell) for cell in rows[at]]
    width = max([len(headers), *(len(row) for _, row in below)])
    headers += [""] * (width - len(headers))
    names = [known.get(header, header.removesuffix(IN_UTC)) for header in headers]
    twice = [each for each, count in Counter(names).items() if each and count > 1]
    if twice:
        message = (
            f"{what} has the columns {', '.join(twice)} more than once: delete one of each, or "
            "rename it."
        )
        raise FileError(message)
    untitled = [
        column_letter(i)
        for i, header in enumerate(headers)
        if not header and any(i < len(row) and _is_there(row[i]) for _, row in below)
    ]
    if untitled:
        message = (
            f"{what} has values below an empty header in {named(untitled, noun='column')}: give "
            "the column a header, or delete it."
        )
        raise FileError(message)
    columns = {each: i for i, each in enumerate(names) if each}
    return Table(name, columns, [row for _, row in below], [number for number, _ in below])


def _is_there(cell: Any) -> bool:
    return cell is not None and cell != ""


def _is_filled(row: Sequence[Any]) -> bool:
    return any(map(_is_there, row))


def column_letter(at: int) -> str:
    """A column's letters by its place, counted from 0.

    >>> column_letter(0), column_letter(27)
    ('A', 'AB')
    """
    letters = ""
    number = at + 1
    while number:
        number, rest = divmod(number - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters
