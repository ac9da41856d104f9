"""Which customer each row of a table is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from vfy_notebook.edits.problems.problems import named
from vfy_notebook.errors import FileError
from vfy_notebook.frames.schema import INDEX
from vfy_notebook.interchange.workbook.table import Table

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from vfy_notebook.interchange.workbook.base import Base

_SOURCE_ID = "source_id"


def customers_of(table: Table, base: Base) -> tuple[Table, list[str]]:
    """The rows that stand for customers, each once, and their ids.

    A row without an id is a new customer, labelled by its source_id. A table that has lost its
    column of ids is read by source_id.

    Raises:
        FileError: A row is nobody's, or two rows are one customer's and differ.
    """
    by_source = _ids_by_source(base)
    source_ids = _texts(table, _SOURCE_ID)
    if INDEX in table.columns:
        ids = _texts(table, INDEX)
    else:
        ids = [by_source.get(source_id, "") for source_id in source_ids]
        nobody = _numbers(
            table, [i for i, each in enumerate(ids) if not each and not source_ids[i]]
        )
        if nobody:
            message = f"Without a source_id, and there is no column {INDEX}: {nobody}. Put it back."
            raise FileError(message)
    labels = [
        customer_id or source_id for customer_id, source_id in zip(ids, source_ids, strict=True)
    ]
    _refuse_nobody(table, labels)
    _refuse_pasted(table, ids, source_ids, by_source)
    return _each_once(table, labels)


def _refuse_nobody(table: Table, labels: Sequence[str]) -> None:
    nobody = _numbers(table, [i for i, label in enumerate(labels) if not label])
    if nobody:
        message = (
            f"Without a customer_id: {nobody}. Delete what is no customer, such as a total; give "
            "new customers a source_id; put the id back where it was deleted."
        )
        raise FileError(message)


def _refuse_pasted(
    table: Table, ids: Sequence[str], source_ids: Sequence[str], by_source: Mapping[str, str]
) -> None:
    if INDEX not in table.columns:
        return
    pasted = [
        i for i, customer_id in enumerate(ids) if not customer_id and source_ids[i] in by_source
    ]
    if pasted:
        message = (
            "Without a customer_id, but with the source_id of a customer who has one: "
            f"{_numbers(table, pasted)}. Put the customer_id back, or delete the row."
        )
        raise FileError(message)


def _each_once(table: Table, labels: Sequence[str]) -> tuple[Table, list[str]]:
    first: dict[str, int] = {}
    differing: dict[str, list[int]] = {}
    for i, label in enumerate(labels):
        at = first.setdefault(label, i)
        if at != i and not _same_row(table.rows[at], table.rows[i]):
            differing.setdefault(label, [at]).append(i)
    if differing:
        doubled = [f"{label} in {_numbers(table, at)}" for label, at in differing.items()]
        message = (
            f"More than one row, with different values: {named(doubled)}. Keep one row of each."
        )
        raise FileError(message)
    kept = list(first.values())
    rows = [table.rows[i] for i in kept]
    return Table(table.name, table.columns, rows, [table.numbers[i] for i in kept]), list(first)


def _same_row(one: Sequence[Any], other: Sequence[Any]) -> bool:
    width = max(len(one), len(other))
    return all(
        _at(one, i) == _at(other, i) and type(_at(one, i)) is type(_at(other, i))
        for i in range(width)
    )


def _at(row: Sequence[Any], i: int) -> Any:
    return row[i] if i < len(row) else None


def _ids_by_source(base: Base) -> dict[str, str]:
    source_ids = base.values.get(_SOURCE_ID, ())
    return {str(s): i for s, i in zip(source_ids, base.ids, strict=False) if s is not None}


def _texts(table: Table, name: str) -> list[str]:
    """Ids as text; digits that arrive as a number lose their `.0`."""
    if name not in table.columns:
        return [""] * len(table.rows)
    return [id_text(cell) for cell in table.cells(name)]


def id_text(cell: Any) -> str:
    """A cell's id as text; empty for a blank one.

    >>> id_text(4711.0), id_text(" cust_1 "), id_text(None)
    ('4711', 'cust_1', '')
    """
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return "" if cell is None else str(cell).strip()


def _numbers(table: Table, positions: Sequence[int]) -> str:
    """Rows by their numbers in the sheet; empty for none."""
    if not positions:
        return ""
    return named([str(table.numbers[i]) for i in positions], noun="row of the sheet").replace(
        "row of the sheets", "rows of the sheet"
    )
