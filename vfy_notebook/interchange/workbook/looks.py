"""What a value looks like in a cell, and whether a cell still looks like it.

A spreadsheet keeps 15 digits of a number, thousandths or hundredths of a second, and line feeds
where there were carriage returns; it may show text as numbers and the other way round. A cell
that is what the spreadsheet makes of a value is that value, unedited.
"""

from __future__ import annotations

import json
import math
import re
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from vfy_notebook.edits.cells.values import is_date_text
from vfy_notebook.interchange.workbook.kinds import CellKind, is_time_text

#: Whole numbers from here on have more digits than a spreadsheet keeps: they are written as text.
MAX_WHOLE = 10**15

#: Spreadsheets disagree about days before it: Excel knows a 29 February 1900.
FIRST_DAY = date(1900, 3, 1)

#: OpenDocument files written by LibreOffice have hundredths of a second.
_SAME_MOMENT = timedelta(milliseconds=10)

_EPOCH = datetime(1899, 12, 30)  # noqa: DTZ001 - a spreadsheet's times have no zone
_NUMBER = re.compile(r"\s*[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?\s*")
_LINE_END = re.compile("\r\n|\n\r|\r")
_DIGITS = 15
_FLAG_WORDS = {"true": True, "false": False}


class Text(str):
    """A text read from a workbook, and how it stands in the file where that is not the same."""

    raw: str

    def __new__(cls, text: str, raw: str) -> Text:
        """A text of a cell."""
        made = super().__new__(cls, text)
        made.raw = raw
        return made


def look_of(kind: CellKind, value: Any) -> Any:
    """A JSON value as a cell's: text, number, flag, `date`, `datetime` in UTC or None for blank.

    >>> look_of(CellKind.DATE, "1990-05-01"), look_of(CellKind.NUMBER, 2**60)
    (datetime.date(1990, 5, 1), '1152921504606846976')
    """
    if isinstance(value, list | dict):
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) >= MAX_WHOLE:
        return str(value)
    if not isinstance(value, str):
        return value
    if kind is CellKind.DATE and is_date_text(value):
        day = date.fromisoformat(value)
        return day if day >= FIRST_DAY else value
    if kind is CellKind.TIME and is_time_text(value):
        moment = datetime.fromisoformat(value).astimezone(UTC).replace(tzinfo=None)
        return moment if moment.date() >= FIRST_DAY else value
    return value or None


def is_look(cell: Any, kind: CellKind, value: Any) -> bool:
    """Whether a cell is what a spreadsheet may make of a value."""
    shown = look_of(kind, value)
    if cell is None or cell == "":
        return shown is None or (isinstance(shown, str) and not shown.strip())
    if isinstance(cell, str):
        return _is_text_look(cell, shown)
    if isinstance(cell, bool):
        return _flag_in(shown) is cell
    if isinstance(cell, int | float):
        number = _number_in(shown)
        return number is not None and same_number(number, cell)
    if isinstance(cell, date):
        moment = _moment_in(shown)
        return moment is not None and abs(at_midnight(cell) - moment) < _SAME_MOMENT
    return False


def _is_text_look(cell: str, shown: Any) -> bool:
    if isinstance(shown, str):
        readings = {_plain(cell), _plain(getattr(cell, "raw", cell))}
        # openpyxl takes these letters out of all texts that Excel or LibreOffice have saved, and
        # LibreOffice leaves the tabs of OpenDocument files out.
        looks = {
            _plain(shown),
            _plain(shown.replace("x005F_", "")),
            _plain(shown.replace("\t", "")),
        }
        return bool(readings & looks)
    if isinstance(shown, bool):
        return _FLAG_WORDS.get(cell.strip().lower()) is shown
    if isinstance(shown, int | float):
        number = _number_in(cell)
        return number is not None and same_number(number, shown)
    moment = _moment_in(cell)
    return isinstance(shown, date) and moment is not None and moment == at_midnight(shown)


def _plain(text: str) -> str:
    return _LINE_END.sub("\n", text).rstrip("\n")


def _flag_in(shown: Any) -> bool | None:
    if isinstance(shown, str):
        return _FLAG_WORDS.get(shown.strip().lower())
    return shown if isinstance(shown, bool) else None


def _number_in(shown: Any) -> int | float | None:
    """What a value is as a number, if a spreadsheet could make one of it."""
    if isinstance(shown, bool | int | float):
        return shown
    if isinstance(shown, date):
        return (at_midnight(shown) - _EPOCH) / timedelta(days=1)
    if isinstance(shown, str) and _NUMBER.fullmatch(shown):
        return float(shown)
    return None


def _moment_in(shown: Any) -> datetime | None:
    if isinstance(shown, str):
        try:
            moment = datetime.fromisoformat(shown.strip())
        except ValueError:
            return None
        return moment.astimezone(UTC).replace(tzinfo=None) if moment.tzinfo else moment
    return at_midnight(shown) if isinstance(shown, date) else None


def at_midnight(day: date) -> datetime:
    """A day as a moment; a moment as it is."""
    return day if isinstance(day, datetime) else datetime.combine(day, time())


def same_number(one: float, other: float) -> bool:
    """Whether two numbers are one in the 15 digits that a spreadsheet keeps.

    >>> same_number(0.1 + 0.2, 0.3), same_number(12345678901234567, 12345678901234600)
    (True, True)
    """
    if one == other:
        return True
    try:
        return f"{float(one):.{_DIGITS - 1}e}" == f"{float(other):.{_DIGITS - 1}e}"
    except OverflowError:
        return False


def plain_number(text: str) -> int | float | None:
    """The number that a text is, whole ones exactly; None if it is none.

    >>> plain_number("12345678901234567890"), plain_number("1.5"), plain_number("1,5")
    (12345678901234567890, 1.5, None)
    """
    if not _NUMBER.fullmatch(text):
        return None
    try:
        return int(text)
    except ValueError:
        found = float(text)
    if not math.isfinite(found):
        return None
    return int(found) if found.is_integer() and abs(found) < MAX_WHOLE else found


def with_line_ends_of(was: Any, value: Any) -> Any:
    r"""An edited value; where the text had carriage returns at all line ends, so has it.

    >>> with_line_ends_of("a\r\nb", "a\nc") == "a\r\nc"
    True
    """
    if not isinstance(value, str) or not isinstance(was, str) or "\r" in value:
        return value
    ends_in_both = "\r\n" in was and "\n" not in was.replace("\r\n", "")
    return value.replace("\n", "\r\n") if ends_in_both else value
