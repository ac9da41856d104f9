"""A table of a sheet as a frame of customers in its own types, told by its base what was edited."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Any

import pandas as pd

from vfy_notebook.edits.fields import Access, access_of
from vfy_notebook.edits.metadata_schema import MetadataSchema
from vfy_notebook.errors import FileError
from vfy_notebook.frames.arrays import objects
from vfy_notebook.frames.schema import FIXED, INDEX
from vfy_notebook.interchange.arrays import inferred_array, typed_array
from vfy_notebook.interchange.workbook.base import BaseColumn
from vfy_notebook.interchange.workbook.decoding import FormulaError, Undecided, meaning_of
from vfy_notebook.interchange.workbook.kinds import CellKind, kind_of
from vfy_notebook.interchange.workbook.looks import is_look, with_line_ends_of
from vfy_notebook.interchange.workbook.rows import customers_of
from vfy_notebook.shown_text import first_few

if TYPE_CHECKING:
    from collections.abc import Sequence

    from vfy_notebook.interchange.workbook.base import Base
    from vfy_notebook.interchange.workbook.table import Table

_FIXED_KINDS = {column.name: column.kind for column in FIXED}

#: Texts that a number would not give back.
_NEEDS_DIGITS = re.compile(r"\+.*|0\d.*|\d{16,}")

#: Cells named in a message.
_NAMED = 5


@dataclass
class Understood:
    """A frame, and what its reader has to be told.

    Attributes:
        frame: The customers, as they stand in the sheet.
        read_only: Column → cells that were edited though the API does not let them be written.
    """

    frame: pd.DataFrame
    read_only: dict[str, list[str]] = field(default_factory=dict)


def understood(table: Table, base: Base) -> Understood:
    """The frame that a workbook's table stands for.

    A cell that still looks like what was written holds the base's own value; other cells are
    edits, and become values of the column's kind.

    Raises:
        FileError: What rows or cells mean is not certain; all such cells are named.
    """
    table, ids = customers_of(table, base)
    at = {customer_id: i for i, customer_id in enumerate(base.ids)}
    positions = [at.get(customer_id) for customer_id in ids]
    frame_columns: dict[str, Any] = {}
    found = Understood(pd.DataFrame())
    problems: dict[str, None] = {}
    for name in table.columns:
        if name == INDEX:
            continue
        column = base.columns.get(name) or _new_column(name)
        values, edited, undecided = _values(table.cells(name), column, base, positions)
        for (what, way), where in undecided.items():
            problems[f"{name} has {what} in {_places(table, name, where)}: {way}"] = None
        if edited and access_of(name) is Access.READ_ONLY:
            found.read_only[name] = table.places(name, edited)
        if name == "source_id":
            others = set(base.values[name]) - {None}
            _refuse_mixed_up(table, [i for i in edited if values[i] in others])
        frame_columns[name] = typed_array(name, values, column.dtype)
    if problems:
        message = "What some cells mean is not certain:\n" + "\n".join(f"* {p}." for p in problems)
        raise FileError(message)
    found.frame = pd.DataFrame(
        _in_order(frame_columns, base), index=pd.Index(ids, dtype="str", name=INDEX), copy=False
    )
    return found


def _values(
    cells: Sequence[Any], column: BaseColumn, base: Base, positions: Sequence[int | None]
) -> tuple[list[Any], list[int], dict[tuple[str, str], list[int]]]:
    """A column's values, the rows whose cells were edited, and those that cannot be decided."""
    written = base.written.get(column.name, ())
    known = base.values.get(column.name, ())
    keeps_digits = column.kind is CellKind.TEXT and any(
        isinstance(value, str) and _NEEDS_DIGITS.fullmatch(value) for value in (*written, *known)
    )
    values: list[Any] = []
    edited: list[int] = []
    undecided: dict[tuple[str, str], list[int]] = {}
    for i, (cell, position) in enumerate(zip(cells, positions, strict=True)):
        if position is not None and column.name in base.values:
            if is_look(cell, column.kind, written[position]):
                values.append(written[position])
                continue
            if is_look(cell, column.kind, known[position]):
                values.append(known[position])
                continue
        try:
            value = meaning_of(cell, column.kind, keeps_digits=keeps_digits)
        except Undecided as reason:
            undecided.setdefault((reason.what, reason.way), []).append(i)
            value = None
        was = written[position] if position is not None and column.name in base.values else None
        values.append(with_line_ends_of(was, value))
        if position is not None:
            edited.append(i)
    return values, edited, undecided


def _new_column(name: str) -> BaseColumn:
    """A column that was put in."""
    kind = kind_of(name, (), MetadataSchema(), dtype="object")
    return BaseColumn(name, kind, "object", name)


def _places(table: Table, name: str, positions: Sequence[int]) -> str:
    return first_few(table.places(name, positions), _NAMED)


def _refuse_mixed_up(table: Table, edited: Sequence[int]) -> None:
    """A column sorted without the others gives every customer somebody else's values."""
    if len(edited) > 1:
        message = (
            f"In {_places(table, 'source_id', edited)} stand the source_ids of other customers. A "
            "part of the table seems to have been sorted by itself, so that its rows are mixed up: "
            "undo that, and sort the whole table."
        )
        raise FileError(message)


def _in_order(columns: dict[str, Any], base: Base) -> dict[str, Any]:
    """The base's columns in its order, then the others."""
    known = {name: columns[name] for name in base.columns if name in columns}
    return known | columns


# -- a table that has no base ------------------------------------------------------------------


def as_it_stands(table: Table) -> pd.DataFrame:
    """A table of another origin: what its cells hold, for `plan_push` to compare with the base.

    Raises:
        FileError: A formula has no result.
    """
    columns = {}
    for name in table.columns:
        cells = table.cells(name)
        broken = [i for i, cell in enumerate(cells) if isinstance(cell, FormulaError)]
        if broken:
            message = (
                f"{name} has a formula without a result in {_places(table, name, broken)}: mend it."
            )
            raise FileError(message)
        columns[name] = _inferred([_plain(cell) for cell in cells])
    frame = pd.DataFrame(columns)
    return frame.set_index(INDEX if INDEX in frame.columns else "source_id")


def _plain(cell: Any) -> Any:
    if cell is None or cell == "":
        return None
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < 2**53:
        return int(cell)
    return str(cell) if isinstance(cell, str) else cell


def _inferred(values: list[Any]) -> Any:
    if any(isinstance(value, date) for value in values):
        return pd.Series(objects(values))
    return inferred_array(values)
