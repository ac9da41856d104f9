"""``POST /v1/customers/importCSV``: each row overwrites the whole profile of its customer."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping
from typing import Any

from vfy_notebook.sandbox.answers import Answer, ApiError, bad_payload
from vfy_notebook.sandbox.data.clock import is_date
from vfy_notebook.sandbox.data.customers.records import DATE_FIELDS, TEXT_FIELDS, in_order
from vfy_notebook.sandbox.data.customers.writes import SchemaViolationError, WriteRules, written
from vfy_notebook.sandbox.data.jobs import IMPORT_CSV, RowResult, Work
from vfy_notebook.sandbox.routes.bulk import accept
from vfy_notebook.sandbox.routes.calls import Call
from vfy_notebook.sandbox.routes.customers import fresh_customer
from vfy_notebook.sandbox.state import Sandbox

#: Standard headers in lower case, those of the vendor's template included, and their fields.
_HEADERS = {
    "id": "id",
    "source_id": "source_id",
    **{name: name for name in (*TEXT_FIELDS, *DATE_FIELDS)},
    "address_line_1": "address.line_1",
    "address_line_2": "address.line_2",
    "address_postal_code": "address.postal_code",
    "address_city": "address.city",
    "address_state": "address.state",
    "address_country": "address.country",
    "city": "address.city",
    "postal_code": "address.postal_code",
    "state": "address.state",
    "country": "address.country",
}
_BOOLEANS: dict[str, bool | None] = {"true": True, "false": False, "null": None}


class _RowError(ValueError):
    """A row that cannot be imported; the message is the reason."""


def import_csv(box: Sandbox, call: Call) -> Answer:
    """Play ``POST /v1/customers/importCSV``."""
    if call.upload is None:
        if not call.headers.get("content-type", "").startswith("multipart/form-data"):
            raise ApiError(415, "Expected multipart/form-data with the file in the field 'file'")
        raise bad_payload("Property .file is required")
    header, rows = _parse(call.upload)
    return accept(box, IMPORT_CSV, len(rows), _work(box, header, rows))


def _parse(upload: bytes) -> tuple[list[str], list[list[str]]]:
    try:
        text = upload.decode("utf-8-sig")
        lines = list(csv.reader(io.StringIO(text, newline=""), strict=True))
    except (UnicodeDecodeError, csv.Error) as error:
        raise bad_payload(f"The file is no CSV in UTF-8: {error}") from None
    rows = [line for line in lines if line]
    if not rows:
        raise bad_payload("The file is empty")
    header = [name.strip() for name in rows[0]]
    for name in header:
        if not name or " " in name:
            raise bad_payload(f"Header {name!r}: no spaces are allowed in field names")
    if len(set(header)) < len(header):
        raise bad_payload("Two headers are the same")
    return header, rows[1:]


def _work(box: Sandbox, header: list[str], rows: list[list[str]]) -> Work:
    def work(first: int, last: int) -> list[RowResult]:
        return [_import_row(box, header, row) for row in rows[first:last]]

    return work


def _import_row(box: Sandbox, header: list[str], cells: list[str]) -> RowResult:
    row = dict(zip(header, cells, strict=False))
    customer_id, source_id = _identity(row)
    known = _known(box, customer_id, source_id)
    try:
        if len(cells) != len(header):
            raise _RowError(f"expected {len(header)} cells, found {len(cells)}")
        if source_id in box.switches.job_failures:
            raise _RowError(box.switches.job_failures[source_id])
        body = _row_body(box, row)
        profile = fresh_customer(box, source_id or None) if known is None else _emptied(known)
        rules = WriteRules(merge_metadata=False, merge_address=False)
        record = written(profile, body, rules, box.schema)
    except (_RowError, SchemaViolationError) as error:
        return RowResult(source_id, known is not None, str(error))
    if known is not None:
        record = box.touched(record)
    box.customers.put(in_order(record))
    return RowResult(source_id, known is not None)


def _identity(row: Mapping[str, str]) -> tuple[str, str]:
    """A row's id and source_id, empty where it has none."""
    by_field = {_HEADERS.get(name.lower()): cell for name, cell in row.items()}
    return by_field.get("id", ""), by_field.get("source_id", "")


def _known(box: Sandbox, customer_id: str, source_id: str) -> dict[str, Any] | None:
    known = box.customers.by_id(customer_id) if customer_id else None
    if known is None and source_id:
        known = box.customers.by_source_id(source_id)
    return known


def _emptied(record: Mapping[str, Any]) -> dict[str, Any]:
    """The customer without its profile: an import overwrites all of it."""
    gone = {*TEXT_FIELDS, *DATE_FIELDS, "metadata"}
    return {**{k: v for k, v in record.items() if k not in gone}, "address": None}


def _row_body(box: Sandbox, cells: Mapping[str, str]) -> dict[str, Any]:
    body: dict[str, Any] = {}
    address: dict[str, Any] = {}
    metadata: dict[str, Any] = {}
    for name, cell in cells.items():
        field = _HEADERS.get(name.lower())
        if field in ("id", "source_id") or _is_left_out(box, cell):
            continue
        if field is None:
            metadata[name] = _metadata_value(box, name, cell)
        elif field.startswith("address."):
            address[field.removeprefix("address.")] = _text_value(box, cell)
        elif field in DATE_FIELDS and cell and not is_date(cell):
            raise _RowError(f"{field}: must be a date (actual value is '{cell}')")
        else:
            body[field] = _text_value(box, cell)
    if address:
        body["address"] = address
    if metadata:
        body["metadata"] = metadata
    return body


def _is_left_out(box: Sandbox, cell: str) -> bool:
    return cell == "" and box.switches.csv_empty_cells == "omit"


def _text_value(box: Sandbox, cell: str) -> str | None:
    return None if cell == "" and box.switches.csv_empty_cells == "null" else cell


def _metadata_value(box: Sandbox, name: str, cell: str) -> Any:
    """A cell as the schema's type; text where the schema does not know the column."""
    if cell == "":
        return _text_value(box, cell)
    definition = box.schema["properties"].get(name) or {}
    kind = definition.get("type", "string")
    if kind == "boolean" and not definition.get("array"):
        if cell not in _BOOLEANS:
            raise _RowError(f"{name}: must be a boolean (actual value is '{cell}')")
        return _BOOLEANS[cell]
    if definition.get("array") or kind in ("number", "object"):
        try:
            return json.loads(cell)
        except (ValueError, RecursionError):
            return cell
    return cell
