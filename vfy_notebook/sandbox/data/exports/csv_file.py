"""The CSV of an export, a row at a time."""

from __future__ import annotations

import csv
import functools
import io
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from vfy_notebook.sandbox.data.exports.objects import ExportedKind
from vfy_notebook.sandbox.data.switches import Switches

_ROWS_A_CHUNK = 500
_NESTED = json.JSONEncoder(ensure_ascii=False)


def csv_chunks(
    texts: Iterable[str],
    kind: ExportedKind,
    fields: list[str],
    schema: Mapping[str, Any],
    switches: Switches,
    *,
    part: int = 0,
) -> Iterator[bytes]:
    """One of the export's files in pieces, from its objects' JSON texts."""
    metadata_keys = [name for name, each in schema["properties"].items() if not each.get("deleted")]
    header = _titles(kind, fields, metadata_keys, switches)
    titles = header if part == 0 or switches.export_files != "untitled" else None
    cell = functools.partial(_cell, switches)

    def row_of(record: Any) -> Iterator[Any]:
        for name in fields:
            if name == "metadata":
                metadata = record.get("metadata") or {}
                yield from (cell(metadata.get(key)) for key in metadata_keys)
            else:
                yield cell(_value(record, kind.fields[name]))

    chunks = _csv_chunks(titles, (row_of(json.loads(text)) for text in texts))
    last = next(chunks)
    for chunk in chunks:
        yield last
        last = chunk
    yield last.removesuffix(b"\n") if switches.export_last_line == "open" else last


def _titles(
    kind: ExportedKind, fields: list[str], metadata_keys: list[str], switches: Switches
) -> list[str]:
    has_own_titles = kind.own_titles and switches.export_titles == "display"
    title = _TITLES["fields" if has_own_titles else switches.export_titles]
    start = "metadata." if switches.export_metadata == "dotted" else ""
    header: list[str] = []
    for number, name in enumerate(fields):
        if name == "metadata":
            header += [start + key for key in metadata_keys]
        else:
            header.append(title(name, number))
    return header


def _csv_chunks(titles: list[str] | None, rows: Iterable[Iterable[Any]]) -> Iterator[bytes]:
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    if titles is not None:
        writer.writerow(titles)
    number = 0
    for number, row in enumerate(rows, start=1):
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
