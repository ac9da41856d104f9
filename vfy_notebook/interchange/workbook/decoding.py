"""What an edited cell means: a JSON value of its column's kind, or nothing that can be decided."""

from __future__ import annotations

import json
from datetime import date, datetime, time, timedelta
from typing import TYPE_CHECKING, Any

from vfy_notebook.edits.cells.values import is_date_text, number, time_text
from vfy_notebook.interchange.workbook.kinds import CellKind, is_time_text
from vfy_notebook.interchange.workbook.looks import at_midnight, plain_number

if TYPE_CHECKING:
    from collections.abc import Callable

_FLAGS = {
    **dict.fromkeys(("true", "yes", "y", "1"), True),
    **dict.fromkeys(("false", "no", "n", "0"), False),
}


_AS_TEXT = "format the cells as text and type them anew"


class Undecided(Exception):
    """A cell that may mean several things, or none.

    Args:
        what: What such cells are.
        way: The way out.
    """

    def __init__(self, what: str, way: str) -> None:
        super().__init__(what)
        self.what = what
        self.way = way


class FormulaError:
    """A cell whose formula has no result, such as `#N/A`."""

    def __init__(self, shown: str) -> None:
        self.shown = shown

    def __repr__(self) -> str:
        return self.shown


def meaning_of(cell: Any, kind: CellKind, *, keeps_digits: bool = False) -> Any:
    """An edited cell as a JSON value; None for a blank one.

    Args:
        cell: What stands there.
        kind: What the column holds.
        keeps_digits: Whether the column's texts have leading zeros, a plus or more than 15 digits,
            which a number has lost.

    Raises:
        Undecided: What it means is not certain.

    >>> meaning_of("yes", CellKind.FLAG), meaning_of(42.0, CellKind.TEXT)
    (True, '42')
    """
    if cell is None or cell == "":
        return None
    if isinstance(cell, FormulaError):
        raise Undecided(f"formulas that show {cell.shown}", "mend them, or type the values")
    if isinstance(cell, time | timedelta):
        raise Undecided("times of day", _AS_TEXT)
    if kind is CellKind.TEXT:
        return _text(cell, keeps_digits=keeps_digits)
    return _MEANINGS[kind](cell)


def _text(cell: Any, *, keeps_digits: bool) -> str:
    if isinstance(cell, str):
        return str(cell)
    if isinstance(cell, bool | date):
        what = "TRUE or FALSE" if isinstance(cell, bool) else "dates"
        raise Undecided(f"{what} instead of text", _AS_TEXT)
    shown = str(int(cell)) if float(cell).is_integer() else repr(float(cell))
    if keeps_digits or len(shown.strip("-")) > 15 or "e" in shown:
        what = "numbers instead of texts such as 00042 or +48…, whose zeros and digits they lose"
        raise Undecided(what, _AS_TEXT)
    return shown


def _number(cell: Any) -> int | float:
    if isinstance(cell, bool | date):
        what = "TRUE or FALSE" if isinstance(cell, bool) else "dates"
        raise Undecided(f"{what} instead of numbers", "format the cells as numbers")
    found = plain_number(cell) if isinstance(cell, str) else _as_json(cell)
    if found is None:
        raise Undecided(
            "text instead of numbers", "type digits and the program's decimal separator"
        )
    return found


def _as_json(cell: float) -> int | float:
    return cell if isinstance(cell, int) else number(cell)


def _flag(cell: Any) -> bool:
    if isinstance(cell, bool):
        return cell
    found = None
    if isinstance(cell, str):
        found = _FLAGS.get(cell.strip().lower())
    elif isinstance(cell, int | float) and cell in (0, 1):
        found = bool(cell)
    if found is None:
        raise Undecided("something else than TRUE or FALSE", "type one of them")
    return found


def _date(cell: Any) -> str:
    text = cell.strip() if isinstance(cell, str) else ""
    if is_date_text(text):
        return text
    if isinstance(cell, date):
        moment = at_midnight(cell)
        if moment.time() == time():
            return moment.date().isoformat()
    raise Undecided("something else than dates", "type them as 1990-05-31")


def _time(cell: Any) -> str:
    if isinstance(cell, date):
        return time_text(_in_ms(at_midnight(cell)))
    text = cell.strip() if isinstance(cell, str) else ""
    if is_time_text(text):
        return text
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        way = "type them in UTC as 2024-01-31 12:00:00"
        raise Undecided("something else than times", way) from None
    return time_text(moment)


def _in_ms(moment: datetime) -> datetime:
    """To the millisecond: what is finer is the spreadsheet's rounding."""
    return datetime.min + timedelta(milliseconds=round((moment - datetime.min) / _MS))  # noqa: DTZ901


_MS = timedelta(milliseconds=1)


def _nested(cell: Any) -> Any:
    found = nested_in(cell)
    if found is None:
        way = 'type a list as ["a", "b"], an object as {"a": 1}'
        raise Undecided("something else than JSON", way)
    return found


def _mixed(cell: Any) -> Any:
    if isinstance(cell, date):
        moment = at_midnight(cell)
        return moment.date().isoformat() if moment.time() == time() else _time(cell)
    if isinstance(cell, bool):
        return cell
    if isinstance(cell, int | float):
        return _as_json(cell)
    found = nested_in(cell)
    return str(cell) if found is None else found


def nested_in(cell: Any) -> Any:
    """The list or object that a text is as JSON; None if it is none.

    >>> nested_in('["rock"]'), nested_in("rock")
    (['rock'], None)
    """
    if not isinstance(cell, str) or cell.strip()[:1] not in ("[", "{"):
        return None
    try:
        return json.loads(cell, parse_constant=_refuse)
    except (ValueError, RecursionError):
        return None


def _refuse(name: str) -> Any:
    raise ValueError(name)


_MEANINGS: dict[CellKind, Callable[[Any], Any]] = {
    CellKind.NUMBER: _number,
    CellKind.FLAG: _flag,
    CellKind.DATE: _date,
    CellKind.TIME: _time,
    CellKind.NESTED: _nested,
    CellKind.MIXED: _mixed,
}
