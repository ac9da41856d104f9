"""Exports: what was asked for, how far it is, and the CSV a row at a time."""

from __future__ import annotations

import csv
import functools
import io
import json
import secrets
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from vfy_notebook.sandbox.data.clock import Clock, to_iso
from vfy_notebook.sandbox.data.customers.records import ADDRESS_FIELDS
from vfy_notebook.sandbox.data.ids import Ids
from vfy_notebook.sandbox.data.switches import Switches

_ROWS_A_CHUNK = 500

#: Files of an export that is split.
PARTS = 3
_NESTED = json.JSONEncoder(ensure_ascii=False)

_REDEMPTIONS = (
    "total_redeemed",
    "total_failed",
    "total_succeeded",
    "total_rolled_back",
    "total_rollback_failed",
    "total_rollback_succeeded",
)
_ORDERS = (
    "total_amount",
    "total_count",
    "average_amount",
    "last_order_amount",
    "last_order_date",
)

#: Each field and the keys that lead to it in a customer.
FIELDS: dict[str, tuple[str, ...]] = {
    **{name: (name,) for name in ("name", "id", "description", "email", "source_id", "created_at")},
    **{f"address_{name}": ("address", name) for name in ADDRESS_FIELDS},
    **{f"redemptions_{name}": ("summary", "redemptions", name) for name in _REDEMPTIONS},
    **{f"orders_{name}": ("summary", "orders", name) for name in _ORDERS},
    "loyalty_points": ("loyalty", "points"),
    "loyalty_referred_customers": ("loyalty", "referred_customers"),
    **{name: (name,) for name in ("updated_at", "phone", "birthday", "birthdate")},
    "metadata": (),
}
DEFAULT_FIELDS = ("name", "source_id")
ORDERS = tuple(
    sign + name
    for name in ("name", "id", "email", "source_id", "created_at", "updated_at")
    for sign in ("-", "")
)


@dataclass(slots=True)
class Export:
    """One export of customers."""

    id: str
    created_ms: int
    parameters: dict[str, Any]
    token: str
    polls: int = 0
    status: str = "SCHEDULED"

    def as_api(self, download_url: str, switches: Switches) -> dict[str, Any]:
        """The export as the API returns it."""
        url = f"{download_url}/v1/exports/{self.id}?token={self.token}"
        return {
            "id": self.id,
            "object": "export",
            "created_at": to_iso(self.created_ms),
            "status": self.status,
            "channel": "API",
            "exported_object": "customer",
            "parameters": self.parameters,
            "result": _result(url, switches) if self.status == "DONE" else None,
            "user_id": None,
        }


def _result(url: str, switches: Switches) -> Any:
    if switches.export_files == "one":
        return {"url": url}
    urls = [f"{url}&part={number}" for number in range(PARTS)]
    return [{"url": each} for each in urls] if switches.export_files == "list" else {"urls": urls}


class ExportBook:
    """All exports since the last reset; each status read moves them on."""

    def __init__(self, clock: Clock, switches: Switches) -> None:
        self._clock = clock
        self._switches = switches
        self._exports: dict[str, Export] = {}

    def clear(self) -> None:
        """Forget all exports."""
        self._exports.clear()

    def create(self, parameters: dict[str, Any], ids: Ids) -> Export:
        """Schedule an export."""
        export = Export(
            id=ids.make("exp_"),
            created_ms=self._clock.now_ms(),
            parameters=parameters,
            token=secrets.token_urlsafe(24),
        )
        self._exports[export.id] = export
        return export

    def get(self, export_id: str) -> Export | None:
        """The export with this id."""
        return self._exports.get(export_id)

    def remove(self, export_id: str) -> bool:
        """Remove an export; tells whether there was one."""
        return self._exports.pop(export_id, None) is not None

    def all(self) -> list[Export]:
        """All exports, oldest first."""
        return list(self._exports.values())

    def poll(self, exports: Iterable[Export]) -> None:
        """One status read of these exports."""
        polls = self._switches.export_polls
        for export in exports:
            if export.status not in ("SCHEDULED", "IN_PROGRESS"):
                continue
            if isinstance(polls, int) and export.polls >= polls:
                export.status = self._end()
            else:
                export.polls += 1
                export.status = "IN_PROGRESS"

    def _end(self) -> str:
        fails = self._switches.export_fails
        return fails if isinstance(fails, str) else "ERROR" if fails else "DONE"


def csv_chunks(
    texts: Iterable[str],
    fields: list[str],
    schema: Mapping[str, Any],
    switches: Switches,
    *,
    part: int = 0,
) -> Iterator[bytes]:
    """One of the export's files in pieces, from its customers' JSON texts."""
    chunks = _csv_chunks(texts, fields, schema, switches, part)
    last = next(chunks)
    for chunk in chunks:
        yield last
        last = chunk
    yield last.removesuffix(b"\n") if switches.export_last_line == "open" else last


def _csv_chunks(
    texts: Iterable[str],
    fields: list[str],
    schema: Mapping[str, Any],
    switches: Switches,
    part: int,
) -> Iterator[bytes]:
    metadata_keys = [name for name, each in schema["properties"].items() if not each.get("deleted")]
    title = _TITLES[switches.export_titles]
    header: list[str] = []
    for number, name in enumerate(fields):
        if name == "metadata":
            start = "metadata." if switches.export_metadata == "dotted" else ""
            header += [start + key for key in metadata_keys]
        else:
            header.append(title(name, number))
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    if part == 0 or switches.export_files != "untitled":
        writer.writerow(header)
    cell = functools.partial(_cell, switches)
    number = 0
    for number, text in enumerate(texts, start=1):
        record = json.loads(text)
        row: list[Any] = []
        for name in fields:
            if name == "metadata":
                metadata = record.get("metadata") or {}
                row += [cell(metadata.get(key)) for key in metadata_keys]
            else:
                row.append(cell(_value(record, FIELDS[name])))
        writer.writerow(row)
        if number % _ROWS_A_CHUNK == 0:
            yield buffer.getvalue().encode()
            buffer.seek(0)
            buffer.truncate()
    if buffer.tell() or number == 0:
        yield buffer.getvalue().encode()


def _value(record: Any, keys: tuple[str, ...]) -> Any:
    for key in keys:
        record = record.get(key) if isinstance(record, dict) else None
    return record


def _cell(switches: Switches, value: Any) -> Any:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float) and switches.export_numbers == "decimals":
        return f"{value}.00" if isinstance(value, int) else value
    if isinstance(value, list) and switches.export_lists == "commas" and all(map(_is_flat, value)):
        return ",".join(str(_cell(switches, each)) for each in value)
    # The csv module writes numbers as JSON does, and None as nothing.
    return _NESTED.encode(value) if isinstance(value, dict | list) else value


def _is_flat(value: Any) -> bool:
    """Whether a list's element can stand between commas."""
    return isinstance(value, bool | int | float) or (isinstance(value, str) and "," not in value)


def _spelt(name: str) -> str:
    return " ".join("ID" if word == "id" else word.title() for word in name.split("_"))


#: As far as samples of the vendor's own files show them; the rest are the names in title case.
_DISPLAY_TITLES = {"created_at": "Creation Date", "updated_at": "Last Update Date"}


_TITLES: dict[str, Callable[[str, int], str]] = {
    "display": lambda name, _number: _DISPLAY_TITLES.get(name, _spelt(name)),
    "fields": lambda name, _number: name,
    "titles": lambda name, _number: name.replace("_", " ").title(),
    "mixed": lambda name, number: (name, _spelt(name), name.upper())[number % 3],
}
