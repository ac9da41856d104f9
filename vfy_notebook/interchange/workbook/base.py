"""The hidden sheet of a workbook: what the customers were like, by which edits are told.

Its first row holds what goes for all, each further one a customer, as JSON over as many cells as it
takes. JSON in plain ASCII passes through every program unchanged.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import msgspec

from vfy_notebook.errors import FileError
from vfy_notebook.interchange.workbook.kinds import CellKind

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

#: The name of the sheet.
BASE_SHEET = "vfy-notebook"

#: Characters in one cell; Excel's own limit is 32,767.
_CELL = 30_000
_FORMAT = 1


class BaseColumn(msgspec.Struct, frozen=True):
    """A column of the base.

    Attributes:
        name: Its name in the frame.
        kind: What its cells hold.
        dtype: Its dtype in the frame.
        header: Its header in the workbook; None if it is not shown there.
        is_known: Whether its values are what the project remembers.
    """

    name: str
    kind: CellKind
    dtype: str
    header: str | None = None
    is_known: bool = False


class _Told(msgspec.Struct, frozen=True):
    """What the first row holds."""

    format: int
    site: str | None
    mark: str | None
    is_whole: bool
    columns: tuple[BaseColumn, ...]
    customers: int
    checksum: str


class _Row(msgspec.Struct, frozen=True, array_like=True):
    """A customer: the base's values in the order of the columns, and what was written instead."""

    customer_id: str
    is_known: bool
    base: list[Any]
    written: dict[str, Any]


@dataclass(frozen=True)
class Base:
    """The customers of a workbook as the project knew them when it was written.

    Attributes:
        site: Which project that is, hashed; None if it is not known.
        mark: What told the project's memory of them.
        is_whole: Whether all their metadata were known.
        columns: The columns, by name.
        ids: The customers' ids.
        is_known: For each, whether the project remembered it.
        values: Column by column, the values that the API had shown, as JSON.
        written: The same as written into the workbook: edits made before are in it.
    """

    site: str | None
    mark: str | None
    is_whole: bool
    columns: Mapping[str, BaseColumn]
    ids: Sequence[str]
    is_known: Sequence[bool]
    values: Mapping[str, Sequence[Any]]
    written: Mapping[str, Sequence[Any]]


def rows_of(base: Base) -> Iterator[list[str]]:
    """The hidden sheet's rows."""
    customers = [_customer_row(base, i) for i in range(len(base.ids))]
    told = _Told(
        _FORMAT,
        base.site,
        base.mark,
        base.is_whole,
        tuple(base.columns.values()),
        len(customers),
        _checksum(customers),
    )
    yield _cut(_ascii(msgspec.to_builtins(told)))
    yield from customers


def base_in(rows: Iterable[Sequence[Any]]) -> Base:
    """What a hidden sheet's rows hold.

    Raises:
        FileError: They are not as they were written.
    """
    read = iter(rows)
    customers: list[list[str]] = []
    try:
        first = "".join(_texts(next(read)))
        told = msgspec.json.decode(first, type=_Told)
        customers = [row for row in map(_texts, read) if row]
        if (told.format, told.customers, told.checksum) != (
            _FORMAT,
            len(customers),
            _checksum(customers),
        ):
            raise ValueError(told.format)
        decoded = [msgspec.json.decode("".join(parts), type=_Row) for parts in customers]
        by_column = list(zip(*(row.base for row in decoded), strict=True))
    except (msgspec.MsgspecError, ValueError, StopIteration):
        message = (
            f"The hidden sheet {BASE_SHEET!r} is not as to_excel() wrote it: edit a fresh "
            "workbook, or delete that sheet: plan_push() then compares with what it knows itself."
        )
        raise FileError(message) from None
    names = [column.name for column in told.columns]
    values: dict[str, Sequence[Any]] = {
        name: by_column[i] if decoded else () for i, name in enumerate(names)
    }
    written = {
        name: [
            row.written.get(name, value) for row, value in zip(decoded, values[name], strict=True)
        ]
        for name in names
    }
    return Base(
        told.site,
        told.mark,
        told.is_whole,
        {column.name: column for column in told.columns},
        [row.customer_id for row in decoded],
        [row.is_known for row in decoded],
        values,
        written,
    )


def _customer_row(base: Base, i: int) -> list[str]:
    shown = [base.values[name][i] for name in base.columns]
    written = {
        name: base.written[name][i]
        for name, value in zip(base.columns, shown, strict=True)
        if base.written[name] is not base.values[name] and not _same(base.written[name][i], value)
    }
    return _cut(_ascii([base.ids[i], base.is_known[i], shown, written]))


def _same(one: Any, other: Any) -> bool:
    return type(one) is type(other) and bool(one == other)


def _ascii(value: Any) -> str:
    text = json.dumps(value, separators=(",", ":"), allow_nan=False)
    # What would be, or would seem to be, one of OOXML's own escapes.
    return text.replace("_x", "\\u005fx").replace("005F_", "005F\\u005f")


def _cut(text: str) -> list[str]:
    return [text[i : i + _CELL] for i in range(0, len(text), _CELL)]


def _texts(row: Sequence[Any]) -> list[str]:
    return [str(cell) for cell in row if cell is not None]


def _checksum(customers: Iterable[Sequence[str]]) -> str:
    digest = hashlib.sha256()
    for row in customers:
        digest.update("\t".join(row).encode())
        digest.update(b"\n")
    return digest.hexdigest()
