"""A CSV file of customers, whichever program has saved it, as a frame in its own types."""

from __future__ import annotations

import dataclasses
import re
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from vfy_notebook.edits.cells.cells import (
    Cells,
    Positions,
    cells_from,
    missing_cells,
    read_cells,
)
from vfy_notebook.edits.cells.json_cells import Form, to_json
from vfy_notebook.edits.dress.converting import Why
from vfy_notebook.edits.dress.kinds import own_kind
from vfy_notebook.edits.dress.undress import undress
from vfy_notebook.edits.fields import Access, access_of
from vfy_notebook.edits.problems.problems import named
from vfy_notebook.errors import ArgumentError, FileError
from vfy_notebook.frames.attrs import FROM_A_FILE
from vfy_notebook.frames.schema import INDEX
from vfy_notebook.interchange.arrays import typed_array
from vfy_notebook.interchange.csv_text import CsvText, read_csv_text
from vfy_notebook.interchange.workbook.decoding import Undecided, meaning_of
from vfy_notebook.interchange.workbook.kinds import CellKind, kind_of_field
from vfy_notebook.interchange.workbook.layout import IN_UTC
from vfy_notebook.interchange.workbook.looks import is_look, with_line_ends_of

if TYPE_CHECKING:
    import os
    from collections.abc import Mapping, Sequence

__all__ = ["read_csv"]

_SOURCE_ID = "source_id"

#: A number with a decimal comma, points between thousands; such a one that can be nothing else.
_NUMBER = re.compile(r"[+-]?(\d+|\d{1,3}(\.\d{3})+)(,\d+)?")
_COMMA = re.compile(r"[+-]?(\d{1,3}(\.\d{3})+,\d+|\d+,(\d{1,2}|\d{4,}))")
_POINT = re.compile(r"[+-]?\d+\.(\d{1,2}|\d{4,})")


def read_csv(
    path: str | os.PathLike[str],
    like: pd.DataFrame | None = None,
    *,
    sep: str | None = None,
    encoding: str | None = None,
    decimal: str | None = None,
) -> pd.DataFrame:
    """Read a CSV file of customers for `project.plan_push`, whichever program has saved it.

    Codes, phones and ids stay text, with their zeros. Separators (comma, semicolon, tab, bar), a
    byte order mark and UTF-16 are recognised; other encodings than UTF-8 too, where `like` shows
    which texts to expect.

    Args:
        path: The file. Its first line has a column `customer_id` or `source_id`.
        like: The customers as they were fetched. With them each cell that still says what was
            fetched has exactly that value, and edited cells have their column's own type. Without,
            metadata stay text, which `plan_push` compares with what it knows.
        sep: What stands between cells; None finds it out.
        encoding: The file's encoding; None finds it out.
        decimal: `","` where numbers have a decimal comma; None finds it out where `like` or the
            column tells.

    Returns:
        The customers in the order of the file, indexed by `customer_id` (else by `source_id`).

    Raises:
        FileError: It is no such file, or what some lines or cells mean is not certain; all of
            them are named.

    Cost in API calls: none.

    >>> customers = project.fetch_customers(limit=3, progress=False)
    >>> customers.to_csv("customers.csv", sep=";")
    >>> vfy.read_csv("customers.csv", like=customers).equals(customers)
    True
    """
    path = Path(path)
    _check(like, decimal)
    known = set() if like is None else _texts_of(like)
    text = read_csv_text(path, known=known, sep=sep, encoding=encoding)
    columns = _columns(text, path.name)
    _refuse_nobody(columns, text.numbers, path.name)
    if _has_decimal_commas(text, columns, decimal):
        columns = _with_points(columns, like)
    frame = pd.DataFrame(
        {name: pd.array([cell or None for cell in cells], "str") for name, cells in columns.items()}
    )
    frame = frame.set_index(INDEX if INDEX in frame.columns else _SOURCE_ID)
    frame.index = frame.index.str.strip()
    if like is not None:
        return _like(frame, like, text.numbers, path.name)
    typed = _typed(frame)
    typed.attrs[FROM_A_FILE] = True
    return typed


def _check(like: Any, decimal: Any) -> None:
    if like is not None and not isinstance(like, pd.DataFrame):
        message = f"like is a {type(like).__name__}: give the customers as they were fetched."
        raise ArgumentError(message)
    if decimal not in (None, ".", ","):
        message = f"decimal={decimal!r}: give '.' or ','."
        raise ArgumentError(message)


def _texts_of(like: pd.DataFrame) -> set[str]:
    """The texts by which an encoding shows."""
    return {
        value
        for i in range(like.shape[1])
        if isinstance(like.dtypes.iloc[i], pd.StringDtype)
        for value in like.iloc[:, i].dropna().unique()
    }


def _columns(text: CsvText, what: str) -> dict[str, list[str]]:
    names = [header.removesuffix(IN_UTC) for header in text.headers]
    twice = [name for name in dict.fromkeys(names) if name and names.count(name) > 1]
    if twice:
        message = f"{what} has the columns {', '.join(twice)} more than once: keep one of each."
        raise FileError(message)
    cells = zip(*text.rows, strict=True) if text.rows else ([] for _ in names)
    columns = dict(zip(names, map(list, cells), strict=True))
    untitled = columns.pop("", [])
    # pandas writes its own row numbers below an empty header.
    if any(untitled) and untitled != [str(i) for i in range(len(untitled))]:
        message = f"{what} has values below an empty header: give it a name, or delete the column."
        raise FileError(message)
    return columns


def _refuse_nobody(columns: Mapping[str, list[str]], numbers: Sequence[int], what: str) -> None:
    """Lines without an id are nobody's; more than one of a customer are for the plan to judge."""
    ids = columns.get(INDEX) or columns.get(_SOURCE_ID) or []
    nobody = [str(n) for n, each in zip(numbers, ids, strict=True) if not each.strip()]
    if nobody:
        message = (
            f"Without an id: {named(nobody, noun='line')} of {what}. Delete what is no customer, "
            "such as a total; put the id back where it was deleted."
        )
        raise FileError(message)


def _has_decimal_commas(text: CsvText, columns: Mapping[str, list[str]], told: str | None) -> bool:
    """Whether numbers have a decimal comma, as in files whose cells are parted by something else.

    Three digits behind a comma may be thousands: alone they tell nothing.
    """
    if told is not None or text.separator == ",":
        return told == ","
    cells = [cell for values in columns.values() for cell in values]
    return any(map(_COMMA.fullmatch, cells)) and not any(map(_POINT.fullmatch, cells))


def _with_points(
    columns: Mapping[str, list[str]], like: pd.DataFrame | None
) -> dict[str, list[str]]:
    """The columns with the point that programs write, in those that hold numbers."""
    return {
        name: [_with_point(cell) for cell in cells] if _holds_numbers(name, cells, like) else cells
        for name, cells in columns.items()
    }


def _holds_numbers(name: str, cells: Sequence[str], like: pd.DataFrame | None) -> bool:
    if like is not None and name in like.columns:
        return pd.api.types.is_numeric_dtype(like[name].dtype)
    kind = kind_of_field(name)
    if kind is not None:
        return kind is CellKind.NUMBER
    return all(_NUMBER.fullmatch(cell) for cell in cells if cell)


def _with_point(cell: str) -> str:
    return cell.replace(".", "").replace(",", ".") if _NUMBER.fullmatch(cell) else cell


def _typed(frame: pd.DataFrame) -> pd.DataFrame:
    """The fixed columns in their own types; where a cell does not fit, its column stays text."""
    for name in frame.columns:
        kind = kind_of_field(name)
        if kind is None or kind is CellKind.TEXT:
            continue
        try:
            values = [meaning_of(cell, kind) for cell in _objects(frame[name])]
        except Undecided:
            continue  # for `plan_push` to compare with what it knows
        frame[name] = typed_array(name, values, "object")
    return frame


def _objects(column: pd.Series[Any]) -> list[Any]:
    return list(column.astype(object).where(column.notna(), None))


# -- with the customers as they were fetched ---------------------------------------------------


def _like(
    frame: pd.DataFrame, like: pd.DataFrame, numbers: Sequence[int], what: str
) -> pd.DataFrame:
    """Each column in the types of the fetched one; the same values where nothing was edited."""
    at = _places(frame, like)
    made: dict[str, Any] = {}
    problems = []
    for name in frame.columns:
        if name not in like.columns:
            made[name] = frame[name].array
            continue
        base = _base(like[name], at)
        own = partial(own_kind, name, schema_type=None)
        edited = _as_spelled(_objects(frame[name]), base)
        found = undress(cells_from(edited), base, own, was_in_a_file=True)
        for why, rows in found.undecided.items():
            lines = [str(numbers[row]) for row in rows.tolist()]
            problems.append(f"{name} {_WHY[why]}: {named(lines, noun='line')}")
        form = Form.DATE if access_of(name) is Access.DATE else Form.ANY
        made[name] = typed_array(name, to_json(found.cells, form).values, str(like[name].dtype))
    if problems:
        message = f"What some cells of {what} mean is not certain:\n" + "\n".join(
            f"* {problem}." for problem in problems
        )
        raise FileError(message)
    found_frame = pd.DataFrame(made, index=frame.index, copy=False)
    found_frame.attrs = dict(like.attrs)
    return found_frame


#: What stands in a column, and the way out.
_WHY = {
    Why.DIGITS: (
        "has numbers where the fetched texts have leading zeros, a plus or many digits, which a "
        "number loses: save the column as text"
    ),
    Why.SCIENTIFIC: "has numbers such as 4.86E+10, which have lost digits: save the column as text",
    Why.KIND: "has something else than the column's own kind: type it as it was fetched",
    Why.DATE: "has dates that may be one of several: write them as 1990-05-31",
    Why.MISSING: "has words for missing beside empty cells: empty what is missing",
}


def _places(frame: pd.DataFrame, like: pd.DataFrame) -> Positions:
    """Where each customer stands in `like`; -1 for those who do not."""
    ids = like.index if like.index.name == INDEX else like.get(INDEX)
    if frame.index.name == _SOURCE_ID:
        ids = like.get(_SOURCE_ID)
    if ids is None:
        message = f"like has no {frame.index.name}: give the customers as they were fetched."
        raise ArgumentError(message)
    known = pd.Series(range(len(like)), index=pd.Index(ids).astype("str"))
    known = known[known.index.notna() & ~known.index.duplicated()]
    return np.asarray(known.reindex(frame.index).fillna(-1).to_numpy(), dtype=np.intp)


def _as_spelled(cells: Sequence[str | None], base: Cells) -> list[str | None]:
    """Texts with the line ends and blanks that a spreadsheet or a CSV takes from them."""
    return [
        was
        if isinstance(was, str) and is_look(cell, CellKind.TEXT, was)
        else with_line_ends_of(was, cell)
        for cell, was in zip(cells, base.objects(), strict=True)
    ]


def _base(column: pd.Series[Any], at: Positions) -> Cells:
    """A fetched column in the rows of the file; missing for customers who are new."""
    if not len(column):
        return missing_cells(len(at))
    cells = read_cells(column).take(np.maximum(at, 0))
    return dataclasses.replace(cells, missing=cells.missing | (at < 0))
