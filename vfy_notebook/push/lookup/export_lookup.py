"""What an export tells of many customers in a handful of calls.

Reading 10,000 customers back by listing takes 100 calls, by export four or five. The file is read
as every export is; but a project may not have them, and a file may be short: whoever asks here
must be ready to hear that these are not all.

https://docs.voucherify.io/api-reference/exports/create-export
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from vfy_notebook.edits.fields import address_part, metadata_key
from vfy_notebook.errors import RateLimitError, VfyNotebookError
from vfy_notebook.fetch.exports.complete import exported
from vfy_notebook.fetch.exports.customers import closed_now, counts_of, filters_of
from vfy_notebook.fetch.exports.order import ExportOrder
from vfy_notebook.frames.exports.customers import customers_with
from vfy_notebook.frames.exports.objects import METADATA
from vfy_notebook.progress import Progress

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    import pyarrow as pa

    from vfy_notebook.api.listing.query import CustomerQuery
    from vfy_notebook.api.operations import Api
    from vfy_notebook.frames.exports.table import ExportedRows

#: Calls that an export is reckoned to take, when it is weighed against other ways.
EXPECTED_CALLS = 6

#: Seconds to wait for an export before giving up on it.
PATIENCE_S = 300.0

#: What is asked for of each customer, whatever else is.
_ALWAYS = ("id", "source_id", "updated_at")


@dataclass(frozen=True)
class ExportedRow:
    """One customer of an export. `cells` has the columns that the file has, as text."""

    customer_id: str
    source_id: str | None
    updated_at: str | None
    cells: Mapping[str, str]


def read_export(
    api: Api,
    query: CustomerQuery,
    fields: Sequence[str],
    take: Callable[[ExportedRow], None],
    *,
    found_all: Callable[[], bool],
) -> bool:
    """Read the customers that match, with those of `fields` that exports have.

    Costs four or five calls, the last of which counts what the file may lack.

    Args:
        api: The API.
        query: Which customers.
        fields: Columns of a DataFrame.
        take: Gets each customer.
        found_all: Whether nobody is missed, once all have been taken: then nothing is counted.

    Returns:
        Whether these were all, or enough: False if the project does not export, the export fails
        or takes too long, or its file cannot be understood or is shorter than what the API counts.
    """
    closed = closed_now(api, query)
    what = customers_with(*_ALWAYS, *_export_fields(fields))
    order = ExportOrder(what, filters_of(closed), PATIENCE_S)
    silent = Progress("Exporting", unit="rows", calls=lambda: 0, shown=False)
    try:
        with exported(api, order, silent, keys=None, counts=counts_of(api, closed)) as export:
            for piece in export.pieces():
                for row in _rows(piece, fields):
                    take(row)
            return found_all() or not export.is_short
    except RateLimitError:
        raise
    except VfyNotebookError:
        return False  # also where the key may not export: what comes next does not need to


def _export_fields(fields: Sequence[str]) -> list[str]:
    """The export's own names of columns; one field stands for all metadata."""
    plain = [_export_field(name) for name in fields if metadata_key(name) is None]
    asked = [name for name in dict.fromkeys(plain) if name not in _ALWAYS]
    return asked + [METADATA] * any(metadata_key(name) is not None for name in fields)


def _export_field(name: str) -> str:
    part = address_part(name)
    return name if part is None else f"address_{part}"


def _rows(piece: ExportedRows, fields: Sequence[str]) -> Iterator[ExportedRow]:
    names, columns = [], []
    for name in dict.fromkeys(["source_id", *fields]):
        texts = _texts(piece, name)
        if texts is not None:
            names.append(name)
            columns.append(texts.fill_null("").to_pylist())
    updated = piece.fields["updated_at"].to_pylist()
    for customer_id, updated_at, *cells in zip(
        piece.ids.to_pylist(), updated, *columns, strict=True
    ):
        told = dict(zip(names, cells, strict=True))
        yield ExportedRow(customer_id, told["source_id"] or None, updated_at, told)


def _texts(piece: ExportedRows, name: str) -> pa.Array | None:
    """A column's cells.

    Two metadata keys may differ by nothing but case or a dash: only the exact title will do.
    """
    key = metadata_key(name)
    return piece.fields.get(_export_field(name)) if key is None else piece.metadata.get(key)
