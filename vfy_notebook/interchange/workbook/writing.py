"""The workbook itself: how it looks, what may be typed where, and the hidden sheets."""

from __future__ import annotations

import secrets
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from vfy_notebook.edits.fields import Access
from vfy_notebook.errors import FileError
from vfy_notebook.frames.schema import INDEX
from vfy_notebook.interchange.workbook.base import BASE_SHEET, Base, rows_of
from vfy_notebook.interchange.workbook.grids import escaped, the_openpyxl
from vfy_notebook.interchange.workbook.kinds import CellKind
from vfy_notebook.interchange.workbook.layout import LISTS_SHEET, MAX_ROWS, SheetColumn
from vfy_notebook.private_files import new_file

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

#: The sheet that people see.
CUSTOMERS_SHEET = "customers"

_FORMATS = {
    CellKind.TEXT: "@",
    CellKind.NUMBER: "General",
    CellKind.FLAG: '"TRUE";"TRUE";"FALSE"',  # LibreOffice shows some flags as 0 and 1 else
    CellKind.DATE: "yyyy\\-mm\\-dd",
    CellKind.TIME: "yyyy\\-mm\\-dd\\ hh:mm:ss.000",
    CellKind.NESTED: "@",
    CellKind.MIXED: "General",
}
#: What has no width of its own stands apart from the text in the next column.
_ALIGNED = dict.fromkeys((CellKind.FLAG, CellKind.DATE, CellKind.TIME), "center")
_FONT, _SIZE = "Calibri", 11
_HEADER, _HEADER_READ_ONLY = "1F4E5F", "7F8C8D"
_READ_ONLY, _READ_ONLY_TEXT = "ECEFF1", "5F6B73"
_MIN_WIDTH, _MAX_WIDTH = 9, 42
#: Rows looked at for the width of a column.
_LOOKED_AT = 200


def write_workbook(path: Path, columns: Sequence[SheetColumn], base: Base) -> None:
    """Write the workbook; what stood at the path before is replaced when it is whole.

    Raises:
        FileError: The path cannot be written.
    """
    # In the same folder, so that nobody ever sees half a workbook.
    part = path.with_name(f".{path.stem}-{secrets.token_hex(4)}.xlsx")
    try:
        with new_file(part) as file:
            _book(columns, base).save(file)
        part.replace(path)
    except OSError as error:
        message = f"{path} cannot be written: {error.strerror}. Is it open in another program?"
        raise FileError(message) from None
    finally:
        part.unlink(missing_ok=True)


def _book(columns: Sequence[SheetColumn], base: Base) -> Any:
    book = the_openpyxl().Workbook(write_only=True)
    book.properties.creator = "vfy-notebook"
    book.properties.title = "Voucherify customers"
    _Customers(book, columns, base.ids).write()
    lists = [column for column in columns if column.options]
    if lists:
        sheet = book.create_sheet(LISTS_SHEET)
        sheet.sheet_state = "hidden"
        longest = max(len(column.options) for column in lists)
        for i in range(longest):
            sheet.append(
                [_cell(sheet, c.options[i] if i < len(c.options) else None) for c in lists]
            )
    hidden = book.create_sheet(BASE_SHEET)
    hidden.sheet_state = "veryHidden"
    for row in rows_of(base):
        hidden.append([_cell(hidden, text) for text in row])
    return book


class _Customers:
    """The sheet that people edit."""

    def __init__(self, book: Any, columns: Sequence[SheetColumn], ids: Sequence[str]) -> None:
        from openpyxl.utils import get_column_letter  # noqa: PLC0415 - an extra

        self._sheet = book.create_sheet(CUSTOMERS_SHEET)
        self._columns = columns
        self._ids = ids
        self._letter = get_column_letter

    def write(self) -> None:
        """Everything."""
        sheet = self._sheet
        sheet.freeze_panes = "B2"
        last = self._letter(len(self._columns) + 1)
        sheet.auto_filter.ref = f"A1:{last}{len(self._ids) + 1}"
        styles = list(self._styles())
        for validation in self._validations():
            sheet.data_validations.append(validation)
        sheet.append(list(self._headers()))
        days = [False, *(c.described.kind in (CellKind.DATE, CellKind.TIME) for c in self._columns)]
        cells = zip(self._ids, *(column.cells for column in self._columns), strict=True)
        for row in cells:
            sheet.append(
                [
                    None if value is None else _cell(sheet, value, style, is_day=is_day)
                    for value, style, is_day in zip(row, styles, days, strict=True)
                ]
            )

    def _headers(self) -> Iterator[Any]:
        from openpyxl.styles import Alignment, Font, PatternFill  # noqa: PLC0415 - an extra

        writable = [False, *map(_is_writable, self._columns)]
        names = [INDEX, *(column.described.header for column in self._columns)]
        for name, may_be_edited in zip(names, writable, strict=True):
            cell = _cell(self._sheet, name)
            colour = _HEADER if may_be_edited else _HEADER_READ_ONLY
            cell.fill = PatternFill("solid", start_color=colour)
            cell.font = Font(_FONT, _SIZE, bold=True, color="FFFFFF", italic=not may_be_edited)
            cell.alignment = Alignment(vertical="center")
            cell.number_format = "@"
            yield cell

    def _styles(self) -> Iterator[Any]:
        """Each column's style, set for its empty cells too; ids first."""
        yield self._style(1, CellKind.TEXT, [INDEX, *self._ids[:_LOOKED_AT]], writable=False)
        for number, column in enumerate(self._columns, start=2):
            texts = [column.described.header, *column.cells[:_LOOKED_AT]]
            writable = _is_writable(column)
            yield self._style(number, column.described.kind, texts, writable=writable)

    def _style(self, number: int, kind: CellKind, texts: Sequence[Any], *, writable: bool) -> Any:
        from openpyxl.styles import Alignment, Font, PatternFill  # noqa: PLC0415 - an extra

        whole = self._sheet.column_dimensions[self._letter(number)]
        whole.width = max(_MIN_WIDTH, min(_MAX_WIDTH, 3 + max(map(_width, texts))))
        whole.number_format = _FORMATS[kind]
        whole.alignment = Alignment(vertical="top", horizontal=_ALIGNED.get(kind))
        if not writable:
            whole.fill = PatternFill("solid", start_color=_READ_ONLY)
            whole.font = Font(_FONT, _SIZE, color=_READ_ONLY_TEXT)
        return whole._style  # noqa: SLF001 - shared, as making it anew for each cell is slow

    def _validations(self) -> Iterator[Any]:
        lists = 0
        for number, column in enumerate(self._columns, start=2):
            letter = self._letter(number)
            where = f"{letter}2:{letter}{MAX_ROWS}"
            if column.options:
                lists += 1
                at = self._letter(lists)
                source = f"'{LISTS_SHEET}'!${at}$1:${at}${len(column.options)}"
                yield _validation(
                    where,
                    "list",
                    source,
                    ("stop", "The project's metadata schema lists what may stand here."),
                )
            elif _is_writable(column) and column.described.kind in _DEMANDS:
                kind, formula, told = _DEMANDS[column.described.kind]
                yield _validation(where, kind, formula, ("warning", told))
            elif column.access is Access.READ_ONLY and column.described.name != "source_id":
                told = "The API does not let this be written: a change here is not sent."
                yield _validation(where, "custom", "FALSE", ("stop", told))


#: Validation of a kind of cells: its type, its formula, what a slip is told. Other programs'
#: words for TRUE and older days are let through.
_DEMANDS = {
    CellKind.FLAG: ("list", '"TRUE,FALSE"', "Type TRUE or FALSE."),
    CellKind.DATE: ("date", "1", "Type a date, such as 1990-05-31."),
    CellKind.TIME: ("date", "1", "Type a date and a time in UTC, such as 2024-01-31 12:00:00."),
    CellKind.NUMBER: ("decimal", "-1E+300", "Type a number."),
}


def _validation(where: str, kind: str, formula: str, error: tuple[str, str]) -> Any:
    from openpyxl.worksheet.datavalidation import DataValidation  # noqa: PLC0415 - an extra

    compares = kind in ("date", "decimal")
    style, told = error
    return DataValidation(
        type=kind,
        operator="greaterThanOrEqual" if compares else None,
        formula1=formula,
        allow_blank=True,
        showErrorMessage=True,
        errorStyle=style,
        errorTitle="vfy-notebook",
        error=told,
        sqref=where,
    )


def _is_writable(column: SheetColumn) -> bool:
    return column.access in (Access.TEXT, Access.DATE, Access.METADATA)


def _cell(sheet: Any, value: Any, style: Any = None, *, is_day: bool = False) -> Any:
    """A cell that holds exactly this: text is text, whatever it begins with or looks like."""
    from openpyxl.cell import WriteOnlyCell  # noqa: PLC0415 - an extra
    from openpyxl.styles import Alignment  # noqa: PLC0415 - an extra

    if not isinstance(value, str):
        cell = WriteOnlyCell(sheet, value)
    else:
        cell = WriteOnlyCell(sheet)
        # Past openpyxl's own door, which makes formulas and errors of texts, and cuts long ones.
        cell._value = escaped(value)  # noqa: SLF001
        cell.data_type = "s"
    if style is not None:
        cell._style = style  # noqa: SLF001 - one for all cells of the column
    if is_day and isinstance(value, int | float):
        cell.number_format = "General"  # a number among times stays one: 1 is not 1900-01-01
    if isinstance(value, str) and "\n" in value:
        cell.alignment = Alignment(vertical="top", wrap_text=True)
    return cell


def _width(value: Any) -> int:
    if isinstance(value, datetime):
        return len("2024-01-31 12:00:00.000")
    if isinstance(value, date):
        return len("2024-01-31")
    return min(_MAX_WIDTH, len(str(value))) if value is not None else 0
