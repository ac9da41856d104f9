"""A frame's columns as they will stand in a workbook, or the reason why they cannot."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from vfy_notebook.edits.cells.json_cells import Form, to_json
from vfy_notebook.edits.columns import read_field
from vfy_notebook.edits.fields import Access, access_of
from vfy_notebook.edits.problems.problems import column_shown, named
from vfy_notebook.errors import FileError
from vfy_notebook.frames.schema import FIXED_NAMES, INDEX, METADATA_PREFIX
from vfy_notebook.interchange.workbook.base import BaseColumn
from vfy_notebook.interchange.workbook.kinds import CellKind, kind_of
from vfy_notebook.interchange.workbook.looks import look_of
from vfy_notebook.shown_text import shown_text

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    import pandas as pd

    from vfy_notebook.edits.metadata_schema import MetadataSchema

#: Excel's limits: https://support.microsoft.com/office/excel-specifications-and-limits
MAX_ROWS = 1_048_576
MAX_COLUMNS = 16_384
MAX_CHARACTERS = 32_767

#: The hidden sheet of the values that the metadata schema lists.
LISTS_SHEET = "vfy-lists"

#: What stands behind the header of a column of times.
IN_UTC = " (UTC)"

#: What XML has no characters for; carriage returns are escaped.
_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


@dataclass(frozen=True)
class SheetColumn:
    """A column of the sheet.

    Attributes:
        described: Its name, kind, dtype and header.
        cells: What stands in its cells.
        access: What the API lets be done with it.
        options: The values that the metadata schema lists for it, as cells; empty if it lists none.
    """

    described: BaseColumn
    cells: Sequence[Any]
    access: Access
    options: Sequence[Any] = ()


def json_values(column: pd.Series[Any], name: str) -> list[Any]:
    """A column's cells as JSON, None where missing.

    Raises:
        FileError: Some are no JSON.
    """
    form = Form.DATE if access_of(name) is Access.DATE else Form.ANY
    told = to_json(read_field(column, name), form)
    if told.refused:
        labels = [str(column.index[position]) for position in told.refused]
        reason = next(iter(told.refused.values()))
        message = f"{name} {reason}: {named(labels, noun='row')}."
        raise FileError(message)
    return told.values


def described(
    name: str, values: Sequence[Any], dtype: str, schema: MetadataSchema, *, shown: bool
) -> BaseColumn:
    """A column of a workbook, by its values and what the project demands of it."""
    kind = kind_of(name, values, schema, dtype=dtype)
    header = None if not shown else name + IN_UTC * (kind is CellKind.TIME)
    return BaseColumn(name, kind, dtype, header)


def sheet_columns(
    columns: Sequence[BaseColumn],
    values: Mapping[str, Sequence[Any]],
    ids: Sequence[str],
    schema: MetadataSchema,
) -> list[SheetColumn]:
    """The columns that are shown, with their cells.

    Raises:
        FileError: Some cells, headers or ids cannot stand in a workbook; all of them are named.
    """
    shown = [column for column in columns if column.header is not None]
    _refuse_too_large(len(ids), len(shown) + 1)
    made = []
    for column in shown:
        cells = [look_of(column.kind, value) for value in values[column.name]]
        made.append(SheetColumn(column, cells, access_of(column.name), _options(column, schema)))
    _refuse_unwritable(made, ids)
    return made


def _options(column: BaseColumn, schema: MetadataSchema) -> list[Any]:
    demand = schema.demands.get(column.name.removeprefix(METADATA_PREFIX))
    if demand is None or demand.array or not column.name.startswith(METADATA_PREFIX):
        return []
    listed = demand.rules.get("eq")
    return [look_of(column.kind, each) for each in listed] if isinstance(listed, list) else []


def _refuse_too_large(rows: int, columns: int) -> None:
    if rows + 1 > MAX_ROWS or columns > MAX_COLUMNS:
        message = (
            f"{rows:,} customers in {columns:,} columns are more than a workbook holds "
            f"({MAX_ROWS - 1:,} and {MAX_COLUMNS:,}): write some of them, or columns=[…]."
        )
        raise FileError(message)


def _refuse_unwritable(columns: Sequence[SheetColumn], ids: Sequence[str]) -> None:
    """One error for all that a workbook would refuse, cut or lose."""
    told: list[str] = []
    bad: dict[str, None] = {}
    for reason, is_so in _REASONS.items():
        odd_ids = [shown_text(each, _LONGEST_ID) for each in ids if is_so(each)]
        if odd_ids:
            told.append(f"{INDEX} holds {reason}: {named(odd_ids)}")
        for column in columns:
            name = column.described.name
            rows = [
                ids[i]
                for i, each in enumerate(column.cells)
                if isinstance(each, str) and is_so(each)
            ]
            if is_so(column.described.header or ""):
                told.append(f"the name of column {column_shown(name)} holds {reason}")
            if rows:
                told.append(f"{column_shown(name)} holds {reason}: {named(rows)}")
            if rows or is_so(column.described.header or ""):
                bad[name] = None
    if not told:
        return
    way_out = "Leave these customers out, or edit them in pandas."
    if bad:
        way_out = (
            f"Leave these columns out, columns=customers.columns.difference({list(bad)}), or edit "
            "them in pandas."
        )
    message = (
        f"Nothing was written, as a workbook cannot hold all cells: {'; '.join(told)}. {way_out}"
    )
    raise FileError(message)


#: Characters of an odd id that are shown.
_LONGEST_ID = 40

_REASONS: dict[str, Callable[[str], bool]] = {
    "control characters": lambda text: _FORBIDDEN.search(text) is not None,
    f"more than {MAX_CHARACTERS:,} characters": lambda text: _length(text) > MAX_CHARACTERS,
}


def _length(text: str) -> int:
    """As Excel counts: what lies beyond the first 65,536 characters of Unicode counts as two."""
    return len(text) if text.isascii() else len(text.encode("utf-16-le", "replace")) // 2


def chosen_columns(frame: pd.DataFrame, columns: Sequence[str] | None) -> list[str]:
    """The names of the columns to be shown, the index left out.

    Raises:
        FileError: One of them is not there, is there twice, or has no name of text.
    """
    there = list(frame.columns)
    odd = [name for name in there if not isinstance(name, str) or not name.strip()]
    twice = [name for name in dict.fromkeys(there) if there.count(name) > 1]
    if odd or twice:
        message = (
            f"Columns without a name of text: {odd}. Rename them."
            if odd
            else f"The frame has columns twice: {', '.join(twice)}. Drop or rename one of each."
        )
        raise FileError(message)
    if columns is None:
        return [name for name in there if name != INDEX]
    if isinstance(columns, str):
        columns = [columns]
    lacking = [name for name in columns if name not in there and name != INDEX]
    if lacking:
        message = (
            f"The frame has no columns {', '.join(map(str, lacking))}: look at customers.columns."
        )
        raise FileError(message)
    return [name for name in dict.fromkeys(columns) if name != INDEX]


#: What the base needs to know of each customer, shown or not.
ALWAYS_KNOWN = tuple(
    name for name in ("source_id", "created_at", "updated_at") if name in FIXED_NAMES
)
