"""Customers to an Excel workbook made for editing, and back."""

from __future__ import annotations

import os
import warnings
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec
import pandas as pd

from vfy_notebook.copies import WORKBOOK, WrittenCopy, enter
from vfy_notebook.edits.metadata_schema import MetadataSchema
from vfy_notebook.errors import FileError, VfyNotebookError, VfyNotebookWarning
from vfy_notebook.frames.attrs import MASKED
from vfy_notebook.frames.masking import is_only_mask, may_be_masked
from vfy_notebook.frames.schema import INDEX
from vfy_notebook.interchange.arrays import typed_array
from vfy_notebook.interchange.known import known_of, projects_of, remember
from vfy_notebook.interchange.workbook.base import BASE_SHEET, Base, BaseColumn, base_in
from vfy_notebook.interchange.workbook.grids import read_sheets
from vfy_notebook.interchange.workbook.layout import (
    ALWAYS_KNOWN,
    chosen_columns,
    described,
    json_values,
    sheet_columns,
)
from vfy_notebook.interchange.workbook.reading import as_it_stands, understood
from vfy_notebook.interchange.workbook.table import table_in
from vfy_notebook.interchange.workbook.writing import write_workbook
from vfy_notebook.snapshots.store import MARK

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["read_excel", "to_excel"]

_UPDATED = "updated_at"


def to_excel(
    customers: pd.DataFrame,
    path: str | os.PathLike[str],
    columns: Sequence[str] | None = None,
    *,
    schema: pd.DataFrame | None = None,
    overwrite: bool = False,
) -> Path:
    """Write customers into an Excel workbook made for editing.

    Texts, ids, codes and phones are text cells and never formulas; flags, numbers, days and times
    are what Excel calls so, times in UTC; lists and objects are JSON. Values that the metadata
    schema lists are offered in their cells. What the API does not let be written is grey. A hidden
    sheet keeps what the customers were like, so that `read_excel` tells later what was edited.

    Args:
        customers: A frame of customers, by index or column `customer_id`.
        path: Where the workbook goes, `.xlsx`.
        columns: The columns to show; None shows all. The index is always there.
        schema: What `project.fetch_metadata_schema()` gave; None asks the project that has fetched
            the frame, if it is open here.
        overwrite: Replace a workbook that is there. It may hold edits that nobody has read back.

    Returns:
        The path.

    Raises:
        FileError: The frame has what a workbook would refuse, cut or lose (control characters,
            more than 32,767 characters, more than 1,048,575 customers): nothing is written. Or the
            path is there already or cannot be written, the frame is masked, or openpyxl is not
            installed.

    Cost in API calls: one, for the metadata schema, if it is not given.

    >>> customers = project.fetch_customers(limit=3, progress=False)
    >>> vfy.to_excel(customers, "customers.xlsx", ["name", "metadata.tier"]).name
    'customers.xlsx'
    >>> vfy.read_excel("customers.xlsx")["name"].equals(customers["name"])
    True
    """
    path = Path(path)
    if path.suffix.lower() != ".xlsx":
        message = f"{path.name} is no name for an Excel workbook: let it end with .xlsx."
        raise FileError(message)
    if not overwrite and path.exists():
        message = (
            f"{path} is there already, perhaps with edits that were not read back: read it with "
            "vfy.read_excel(), choose another name, or give overwrite=True."
        )
        raise FileError(message)
    customers = _by_customer(customers)
    _refuse_masked(customers)
    names = chosen_columns(customers, columns)
    shown_schema = _schema_of(customers) if schema is None else schema
    demands = MetadataSchema() if shown_schema is None else _demands(shown_schema)
    base = _base_of(customers, names, demands)
    shown = sheet_columns(list(base.columns.values()), base.written, base.ids, demands)
    enter(WrittenCopy(WORKBOOK, path.absolute()), stacklevel=2)
    write_workbook(path, shown, base)
    return path


def read_excel(path: str | os.PathLike[str], *, sheet: str | None = None) -> pd.DataFrame:
    """Read an edited workbook back into a frame in its own types, for `project.plan_push`.

    Excel's and LibreOffice's own formats are read, `.xlsx` and `.ods`. In a workbook of
    `to_excel` each cell is compared with what was written: one that was not touched has exactly
    the value that was fetched, whatever the spreadsheet shows of it; an edited one becomes a
    value of its column's type. Rows may be sorted, filtered and deleted, columns moved, deleted
    and put in; a new row with a `source_id` is a new customer.

    A workbook of another origin needs a column `customer_id` or `source_id`, and is read as it
    stands.

    Args:
        path: The workbook.
        sheet: The sheet that holds the customers; None for the only one that does.

    Returns:
        The customers in the order of the sheet, indexed by `customer_id` (else by `source_id`).

    Raises:
        FileError: It is no workbook, or what some rows or cells mean is not certain; all of them
            are named as the spreadsheet names them.

    Cost in API calls: none.

    >>> customers = project.fetch_customers(limit=3, progress=False)
    >>> path = vfy.to_excel(customers, "customers.xlsx")
    >>> vfy.read_excel(path).equals(customers)
    True
    """
    path = Path(path)
    sheets = read_sheets(path)
    if BASE_SHEET not in sheets:
        return as_it_stands(table_in(sheets, sheet, {}, what=path.name))
    base = base_in(sheets[BASE_SHEET])
    headers = {column.header: column.name for column in base.columns.values() if column.header}
    found = understood(table_in(sheets, sheet, headers, what=path.name), base)
    if found.read_only:
        cells = "; ".join(f"{name} ({', '.join(at[:5])})" for name, at in found.read_only.items())
        warnings.warn(
            f"Edited, though the API does not let it be written: {cells}.",
            VfyNotebookWarning,
            stacklevel=2,
        )
    mark = remember(base)
    if mark is None:
        return _with_version(found.frame, base)
    found.frame.attrs[MARK] = mark
    return found.frame


def _by_customer(given: Any) -> pd.DataFrame:
    """The frame indexed by customer, each once."""
    if not isinstance(given, pd.DataFrame):
        message = f"{type(given).__name__} is no DataFrame of pandas: give customers as fetched."
        raise FileError(message)
    customers: pd.DataFrame = given
    if customers.index.name != INDEX:
        if list(customers.columns).count(INDEX) != 1:
            message = f"The frame has no {INDEX}: start from what fetch_customers() gave."
            raise FileError(message)
        customers = customers.set_index(INDEX)
    index = customers.index
    odd = index[index.isna() | index.duplicated()]
    if len(odd):
        message = (
            f"{len(odd)} rows have no {INDEX} or that of an earlier row ({odd[0]}): keep one row "
            "of each customer."
        )
        raise FileError(message)
    return customers


def _refuse_masked(customers: pd.DataFrame) -> None:
    """A workbook for editing also keeps what the customers were like, which a mask is to hide."""
    masked = [*customers.attrs.get(MASKED, ())]
    for i, name in enumerate(customers.columns):
        if may_be_masked(name) and customers.dtypes.iloc[i].kind not in "biufcmM":
            cells = customers.iloc[:, i].dropna().unique()
            masked += [name for cell in cells if isinstance(cell, str) and is_only_mask(cell)][:1]
    if masked:
        shown = ", ".join(dict.fromkeys(map(str, masked)))
        message = (
            f"The frame is masked ({shown}), and a workbook for editing would keep the values that "
            "are hidden. Write the frame that is not masked; or, to show the masked one, "
            "vfy.plain(masked).to_excel(path, index=False)."
        )
        raise FileError(message)


def _with_version(frame: pd.DataFrame, base: Base) -> pd.DataFrame:
    """Where nothing is remembered, the last update tells which version a row is of."""
    if _UPDATED in frame.columns or _UPDATED not in base.columns:
        return frame
    at = {customer_id: i for i, customer_id in enumerate(base.ids)}
    values = [
        base.values[_UPDATED][at[each]] if each in at else None for each in map(str, frame.index)
    ]
    frame[_UPDATED] = typed_array(_UPDATED, values, base.columns[_UPDATED].dtype)
    return frame


def _base_of(customers: pd.DataFrame, names: Sequence[str], demands: MetadataSchema) -> Base:
    """What the project remembers of the customers, beside what is written of them."""
    known = known_of(customers)
    hidden = [name for name in known.values if name not in names]
    if known.site is None:  # then the time of the last update tells which version it is
        hidden = [name for name in ALWAYS_KNOWN if name in customers and name not in names]
    columns: dict[str, BaseColumn] = {}
    values: dict[str, Sequence[Any]] = {}
    written: dict[str, Sequence[Any]] = {}
    for name in [*names, *hidden]:
        is_there = name in customers.columns
        written[name] = json_values(customers[name], name) if is_there else known.values[name]
        values[name] = known.values.get(name, written[name])
        dtype = known.dtypes.get(name) or str(customers[name].dtype if is_there else "object")
        told = [*values[name], *written[name]] if name in names else values[name]
        columns[name] = described(name, told, dtype, demands, shown=name in names)
        if name in known.values:
            columns[name] = msgspec.structs.replace(columns[name], is_known=True)
    return Base(
        site=known.site,
        mark=known.mark,
        is_whole=known.is_whole,
        columns=columns,
        ids=[str(each) for each in customers.index],
        is_known=known.rows or [False] * len(customers),
        values=values,
        written=written,
    )


def _schema_of(customers: pd.DataFrame) -> pd.DataFrame | None:
    """The metadata schema of the project that has fetched a frame, where it can be had."""
    projects = projects_of(customers)
    if not projects:
        return None
    try:
        return projects[0].fetch_metadata_schema()
    except VfyNotebookError as error:
        warnings.warn(
            f"The metadata schema could not be read, so no listed values are offered: {error}",
            VfyNotebookWarning,
            stacklevel=3,
        )
        return None


def _demands(schema: pd.DataFrame) -> MetadataSchema:
    """The metadata schema from its frame."""
    return MetadataSchema.from_api(
        {
            "properties": {
                str(key): {
                    name: value
                    for name, value in row.items()
                    if isinstance(value, list) or not pd.isna(value)
                }
                for key, row in schema.iterrows()
            },
            "allow_defined_only": schema.attrs.get("allow_defined_only"),
        }
    )
