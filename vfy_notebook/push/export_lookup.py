"""What an export tells of many customers in a handful of calls.

Reading 10,000 customers back by listing takes 100 calls, by export four or five. Exports are
text, their titles are not promised to equal the fields' names, and a project may not have them:
whoever asks here must be ready to hear None.

https://docs.voucherify.io/api-reference/exports/create-export
"""

from __future__ import annotations

import csv
import io
import tempfile
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING, Any, cast

from vfy_notebook.api.pages import iso_from_ms
from vfy_notebook.edits.fields import address_part, metadata_key
from vfy_notebook.errors import RateLimitError, VfyNotebookError
from vfy_notebook.frames.schema import METADATA_PREFIX

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from vfy_notebook.api.operations import Api

#: Calls that an export is reckoned to take, when it is weighed against other ways.
EXPECTED_CALLS = 6

#: Seconds to wait for an export before giving up on it.
PATIENCE_S = 300.0
_FIRST_WAIT_S = 0.5
_LONGEST_WAIT_S = 15.0

_IN_MEMORY_BYTES = 32 * 1024 * 1024


@dataclass(frozen=True)
class ExportedRow:
    """One customer of an export. `cells` has the columns that the file has, as text."""

    customer_id: str
    source_id: str | None
    updated_at: str | None
    cells: Mapping[str, str]


def read_export(
    api: Api, fields: Sequence[str], filters: Mapping[str, Any]
) -> Iterator[ExportedRow] | None:
    """Customers that match `filters`, with those of `fields` that exports have.

    None if the project does not export, the export fails or takes too long, or its file cannot
    be understood.
    """
    wanted = ["id", "source_id", "updated_at", *_export_fields(fields)]
    parameters = {"order": "created_at", "fields": wanted, "filters": dict(filters)}
    try:
        url = _finished(api, parameters)
        if url is None:
            return None
        file = tempfile.SpooledTemporaryFile(_IN_MEMORY_BYTES)  # noqa: SIM115 - closed by _rows

        def sink(chunk: bytes) -> None:
            if chunk:
                file.write(chunk)
            else:
                file.seek(0)
                file.truncate()

        api.download(url, sink)
    except RateLimitError:
        raise
    except VfyNotebookError:
        return None  # also where the key may not export: what comes next does not need to
    file.seek(0)
    return _rows(cast("IO[bytes]", file), fields)


def between(name: str, after_ms: int | None, before_ms: int | None = None) -> dict[str, Any]:
    """A filter on a time; bounds are a millisecond wide of what is meant."""
    conditions = {}
    if after_ms is not None:
        conditions["$after"] = [iso_from_ms(after_ms - 1)]
    if before_ms is not None:
        conditions["$before"] = [iso_from_ms(before_ms + 1)]
    return {"junction": "and", name: {"conditions": conditions}}


def _export_fields(fields: Sequence[str]) -> list[str]:
    """The export's own names of columns; one field stands for all metadata."""
    plain = []
    for name in fields:
        part = address_part(name)
        if metadata_key(name) is None:
            plain.append(name if part is None else f"address_{part}")
    return plain + ["metadata"] * any(metadata_key(name) is not None for name in fields)


def _finished(api: Api, parameters: Mapping[str, Any]) -> str | None:
    """Where the file lies once the export is done."""
    clock = api.transport.clock
    deadline = clock.monotonic() + PATIENCE_S
    export = api.create_export(parameters)
    wait_s = _FIRST_WAIT_S
    while export.status not in ("DONE", "ERROR") and clock.monotonic() < deadline:
        clock.sleep(wait_s)
        wait_s = min(2 * wait_s, _LONGEST_WAIT_S)
        export = api.get_export(export.id)
    return export.result.url if export.status == "DONE" and export.result else None


def _rows(file: IO[bytes], fields: Sequence[str]) -> Iterator[ExportedRow] | None:
    text = io.TextIOWrapper(file, encoding="utf-8-sig", errors="replace", newline="")
    lines = csv.reader(text)
    places = _places(next(lines, []), fields)
    if not {"id", "source_id", "updated_at"} <= places.keys():
        text.close()
        return None
    return _each(text, lines, places)


def _each(
    text: IO[str], lines: Iterator[list[str]], places: Mapping[str, int]
) -> Iterator[ExportedRow]:
    width = max(places.values()) + 1
    columns = {name: place for name, place in places.items() if name not in ("id", "updated_at")}
    with text:
        for line in lines:
            if len(line) < width:
                continue
            yield ExportedRow(
                customer_id=line[places["id"]],
                source_id=line[places["source_id"]] or None,
                updated_at=line[places["updated_at"]] or None,
                cells={name: line[place] for name, place in columns.items()},
            )


def _places(titles: Sequence[str], fields: Sequence[str]) -> dict[str, int]:
    """Where each column stands, by its name here; columns that are not there are left out."""
    by_title = {_plain(title): place for place, title in reversed(list(enumerate(titles)))}
    exact = {title: place for place, title in reversed(list(enumerate(titles)))}
    places: dict[str, int] = {}
    for name in ("id", "source_id", "updated_at", *fields):
        key, part = metadata_key(name), address_part(name)
        if key is not None:
            # Two keys may differ by nothing but case or a dash: only the exact title will do.
            place = exact.get(METADATA_PREFIX + key)
            if place is None and _plain(key) not in _OWN_TITLES:
                place = exact.get(key)
        else:
            place = by_title.get(_plain(name if part is None else f"address_{part}"))
        if place is not None:
            places[name] = place
    return places


def _plain(title: str) -> str:
    """A title without what differs between spellings: `Source ID`, `source_id`."""
    return "".join(c for c in title.casefold() if c.isalnum())


_OWN_TITLES = frozenset(
    {
        *("id", "sourceid", "updatedat", "name", "description", "email", "phone", "birthdate"),
        *(f"address{p}" for p in ("city", "state", "line1", "line2", "country", "postalcode")),
    }
)
