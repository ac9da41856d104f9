"""The CSV that Voucherify imports, from a file or a DataFrame, and its checks.

https://docs.voucherify.io/api-reference/customers/import-and-update-customers-using-csv
"""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from vfy_notebook.api.operations import MAX_BODY_BYTES
from vfy_notebook.edits.cells import Cells, Form, Held, to_json
from vfy_notebook.edits.columns import read_field
from vfy_notebook.edits.fields import Access, access_of, metadata_key
from vfy_notebook.edits.problems import named
from vfy_notebook.edits.values import Unsendable
from vfy_notebook.errors import ArgumentError, PlanError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from vfy_notebook.edits.metadata_schema import MetadataSchema

#: The fields of a profile and their headers; further spellings are the vendor's template's.
_HEADERS = {
    "source_id": "Source_id",
    "name": "Name",
    "description": "Description",
    "email": "Email",
    "phone": "Phone",
    "birthdate": "Birthdate",
    "address.line_1": "Address_line_1",
    "address.line_2": "Address_line_2",
    "address.postal_code": "Address_Postal_Code",
    "address.city": "Address_City",
    "address.state": "Address_State",
    "address.country": "Address_Country",
}
_ALSO = {
    "city": "address.city",
    "postal_code": "address.postal_code",
    "state": "address.state",
    "country": "address.country",
    "birthday": "birthdate",
    "id": "id",
}
_FIELDS = {**{header.casefold(): field for field, header in _HEADERS.items()}, **_ALSO}


@dataclass(frozen=True)
class CsvFile:
    """What is uploaded: its bytes, its fields, and the source_id of each row."""

    content: bytes
    headers: tuple[str, ...]
    source_ids: tuple[str, ...]

    def check(self, *, allow_partial: bool) -> None:
        """Refuse what would lose or double customers.

        Raises:
            PlanError: With the rows and the way out.
        """
        if len(self.content) > MAX_BODY_BYTES:
            message = (
                f"The CSV has {len(self.content):,} bytes, the API takes {MAX_BODY_BYTES:,}: "
                "import it in parts, or use plan_push()."
            )
            raise PlanError(message)
        self._check_source_ids()
        there = {_FIELDS.get(header.casefold()) for header in self.headers}
        lacking = [field for field in _HEADERS if field not in there]
        if lacking and not allow_partial:
            message = (
                f"Not in the CSV: {', '.join(lacking)}. An import overwrites existing profiles "
                "whole, so these would be emptied. Use plan_push() to change some fields only, or "
                "give allow_partial=True."
            )
            raise PlanError(message)

    def _check_source_ids(self) -> None:
        seen: set[str] = set()
        empty, doubled = [], []
        for number, source_id in enumerate(self.source_ids, start=1):
            if not source_id:
                empty.append(str(number))
            elif source_id in seen:
                doubled.append(str(number))
            seen.add(source_id)
        if empty:
            message = (
                f"Without a source_id: {named(empty, noun='row')}. An import would create new "
                "customers of them each time: fill it in, or leave them out."
            )
            raise PlanError(message)
        if doubled:
            message = (
                f"With the source_id of an earlier row: {named(doubled, noun='row')}. Keep one row "
                "of each customer."
            )
            raise PlanError(message)


def read_csv_file(path: Path) -> CsvFile:
    """A CSV from disk; it is uploaded as it is.

    Raises:
        ArgumentError: It is not there, or no CSV in UTF-8 with headers the API takes.
    """
    try:
        content = path.read_bytes()
        text = content.decode("utf-8-sig")
        lines = [line for line in csv.reader(io.StringIO(text, newline=""), strict=True) if line]
    except OSError as error:
        message = f"{path} cannot be read: {error.strerror}."
        raise ArgumentError(message) from None
    except (UnicodeDecodeError, csv.Error) as error:
        message = f"{path} is no CSV in UTF-8 with commas between the cells: {error}."
        raise ArgumentError(message) from None
    if len(lines) < 2:
        message = f"{path} has no rows: the first line holds the headers, customers follow."
        raise ArgumentError(message)
    headers = tuple(header.strip() for header in lines[0])
    _check_headers(headers)
    at = [i for i, header in enumerate(headers) if header.casefold() == "source_id"]
    if not at:
        message = f"{path} has no column Source_id, by which the API finds existing customers."
        raise ArgumentError(message)
    ragged = [str(n) for n, line in enumerate(lines[1:], 1) if len(line) != len(headers)]
    if ragged:
        message = f"More or fewer cells than headers in {named(ragged, noun='row')} of {path}."
        raise ArgumentError(message)
    return CsvFile(content, headers, tuple(line[at[0]] for line in lines[1:]))


def _check_headers(headers: Sequence[str]) -> None:
    for header in headers:
        if not header or " " in header:
            message = f"The header {header!r}: the API takes none that are empty or hold a space."
            raise ArgumentError(message)
    meant = [_FIELDS.get(header.casefold(), header) for header in headers]
    twice = sorted({each for each in meant if meant.count(each) > 1})
    if twice:
        message = f"More than one column stands for {', '.join(twice)}: keep one of each."
        raise ArgumentError(message)


def csv_of_frame(frame: pd.DataFrame, schema: Callable[[], MetadataSchema]) -> CsvFile:
    """A DataFrame with the columns of `fetch_customers` as a CSV.

    Columns that cannot be written are left out. Flags become `true`, `false` and `null`; other
    missing cells are empty. `schema` is called where metadata is not all text.

    Raises:
        ArgumentError: It has no `source_id`, or a column or value that a CSV cannot carry.
    """
    if "source_id" not in frame.columns:
        message = "The frame has no column source_id, by which the API finds existing customers."
        raise ArgumentError(message)
    if frame.empty:
        message = "The frame has no rows: there is nothing to import."
        raise ArgumentError(message)
    labels = [str(label) for label in frame.index]
    columns = {}
    for name in frame.columns:
        if name == "source_id" or access_of(str(name)) is not Access.READ_ONLY:
            header, cells = _header_of(name), read_field(frame[name], name)
            columns[header] = _texts(name, cells, labels)
            _refuse_lost_type(name, cells, schema)
    _check_headers(tuple(columns))
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(columns)
    writer.writerows(zip(*columns.values(), strict=True))
    return CsvFile(buffer.getvalue().encode(), tuple(columns), tuple(columns["Source_id"]))


def _header_of(name: Any) -> str:
    header = _HEADERS.get(name)
    if header is not None:
        return header
    key = metadata_key(name) if isinstance(name, str) else None
    if key is None:
        message = (
            f"Column {name!r} is not a field of the API: drop it, or name it 'metadata.{name}' to "
            "make it a metadata key."
        )
        raise ArgumentError(message)
    if key.casefold() in _FIELDS:
        message = f"The CSV route takes a column {key!r} for the field, not for metadata."
        raise ArgumentError(message + " Use plan_push().")
    return key


def _refuse_lost_type(name: str, cells: Cells, schema: Callable[[], MetadataSchema]) -> None:
    """Without a schema the import stores all metadata as text."""
    key = metadata_key(name)
    if key is None or cells.held is Held.TEXT or cells.missing.all():
        return
    kind = schema().kind_of(key)
    if kind in (None, "string"):
        message = (
            f"{name} is not text, but the import would turn it into text, because the project's "
            f"metadata schema does not define {key!r}: use plan_push(), define the key in "
            "the project's settings, or turn the column into text with .astype('str')."
        )
        raise ArgumentError(message)


def _texts(name: str, cells: Cells, labels: Sequence[str]) -> list[str]:
    """A column's cells as the CSV has them."""
    access = access_of(name)
    form = Form.ANY
    if name == "source_id" or access is Access.TEXT:
        form = Form.TEXT
    elif access is Access.DATE:
        form = Form.DATE
    told = to_json(cells, form)
    refused = dict(told.refused)
    empty = "null" if cells.held is Held.FLAG else ""
    texts = []
    for position, value in enumerate(told.values):
        if isinstance(value, list | dict):
            refused[position] = Unsendable(
                "holds a list or object, which a CSV cannot carry", "use plan_push()"
            )
        texts.append(_text(value, empty))
    if refused:
        reason = next(iter(refused.values()))
        rows = [labels[position] for position in refused]
        message = f"{name} {reason}: {named(rows, noun='row')}."
        raise ArgumentError(message)
    return texts


def _text(value: Any, empty: str) -> str:
    if value is None:
        return empty
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)
