"""Reads customers by export: 4 to 6 calls for any number of them.

Voucherify queues an export, writes it into one CSV file, and the file is downloaded.
Reference: https://docs.voucherify.io/api-reference/exports/create-export
"""

from __future__ import annotations

import contextlib
import tempfile
from typing import IO, TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc

from vfy_notebook.api.pages import iso_from_ms
from vfy_notebook.errors import NotFoundError, VfyNotebookError
from vfy_notebook.frames.files.exports import FIELDS, read_export
from vfy_notebook.frames.schema import FIXED_NAMES

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from vfy_notebook.api.listing.query import CustomerQuery
    from vfy_notebook.api.models import Export
    from vfy_notebook.api.operations import Api
    from vfy_notebook.frames.batches import Batch
    from vfy_notebook.progress import Progress

#: Calls that an export takes if it is made within ten seconds: the metadata schema, the export
#: itself, up to three questions whether it is ready, the download.
USUAL_CALLS = 6

#: Seconds before the first question whether an export is ready; each further wait is so many
#: times longer, up to the longest, until patience ends.
FIRST_WAIT_S = 0.5
WAIT_FACTOR = 4.0
LONGEST_WAIT_S = 120.0
PATIENCE_S = 3_600.0

_WAIT_SLICE_S = 1.0


@contextlib.contextmanager
def exported_batches(
    api: Api, query: CustomerQuery, bar: Progress, *, properties: Mapping[str, Any] | None = None
) -> Iterator[Iterator[Batch]]:
    """The customers that match, as the export's file gives them, some thousand at a time.

    The file is gone when the context is left. The metadata schema's `properties` are asked for
    unless they are given.

    Raises:
        ResponseError: The file is no table of customers.
        VfyNotebookError: Voucherify could not make the export, or not in time.
    """
    if properties is None:
        properties = metadata_properties(api)
    parameters = {"order": "created_at", "fields": list(FIELDS), "filters": filters_of(query)}
    export = _finished(api, api.create_export(parameters), bar)
    with tempfile.TemporaryFile(prefix="vfy-notebook-export-") as file:
        api.download(export.result.url if export.result else "", _Sink(file))
        file.seek(0)
        yield _inside(query, read_export(file, properties))


def filters_of(query: CustomerQuery) -> dict[str, Any]:
    """The filters as exports take them, times a millisecond wide of what is asked for."""
    conditions: dict[str, dict[str, list[str]]] = {
        name: {"$is": [value]}
        for name, value in (("email", query.email), ("city", query.city), ("name", query.name))
        if value is not None
    }
    for name, from_ms, to_ms in _spans(query):
        if from_ms is not None:
            conditions.setdefault(name, {})["$after"] = [iso_from_ms(from_ms - 1)]
        if to_ms is not None:
            conditions.setdefault(name, {})["$before"] = [iso_from_ms(to_ms)]
    if not conditions:
        return {}
    return {"junction": "and"} | {name: {"conditions": each} for name, each in conditions.items()}


def _spans(query: CustomerQuery) -> list[tuple[str, int | None, int | None]]:
    return [
        ("created_at", query.created_from_ms, query.created_to_ms),
        ("updated_at", query.updated_from_ms, query.updated_to_ms),
    ]


def metadata_properties(api: Api) -> dict[str, Any]:
    """The metadata schema's `properties`; a call."""
    try:
        return api.metadata_schema().get("properties") or {}
    except NotFoundError:
        return {}  # nothing was ever demanded


class _Sink:
    """Writes a download to a file; an empty piece says that it begins anew."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file

    def __call__(self, piece: bytes) -> None:
        if piece:
            self._file.write(piece)
        else:
            self._file.seek(0)
            self._file.truncate()


def _finished(api: Api, export: Export, bar: Progress) -> Export:
    """Follow an export until it can be downloaded."""
    clock = api.transport.clock
    started = clock.monotonic()
    wait_s = FIRST_WAIT_S
    while not (export.status == "DONE" and export.result is not None):
        if export.status == "ERROR":
            message = (
                f"Voucherify could not make export {export.id}. Try again, "
                'or use fetch_customers(via="list").'
            )
            raise VfyNotebookError(message)
        if clock.monotonic() - started + wait_s > PATIENCE_S:
            message = (
                f"Export {export.id} is still {export.status} after "
                f"{clock.monotonic() - started:,.0f} s: look for it in Voucherify's dashboard, "
                'or use fetch_customers(via="list").'
            )
            raise VfyNotebookError(message)
        _wait(api, wait_s, bar)
        wait_s = min(wait_s * WAIT_FACTOR, LONGEST_WAIT_S)
        export = api.get_export(export.id)
    return export


def _wait(api: Api, seconds: float, bar: Progress) -> None:
    """Wait in slices, so that the bar moves and an interrupt is felt."""
    while seconds > 0:
        bar.update(0)
        step_s = min(seconds, _WAIT_SLICE_S)
        api.transport.clock.sleep(step_s)
        seconds -= step_s


def _inside(query: CustomerQuery, batches: Iterator[Batch]) -> Iterator[Batch]:
    """Without the rows that bounds counted in bring along from a millisecond outside."""
    bounds = [
        (FIXED_NAMES.index(name), bound)
        for name, from_ms, to_ms in _spans(query)
        for bound in (None if from_ms is None else from_ms - 1, to_ms)
        if bound is not None
    ]
    for batch in batches:
        kept = batch
        for position, bound_ms in bounds:
            bound = pa.scalar(bound_ms * 1000, pa.int64()).cast(pa.timestamp("us", tz="UTC"))
            outside = pc.equal(kept.fixed[position], bound).fill_null(False)
            if pc.any(outside).as_py():
                kept = kept.where(pc.invert(outside))
        yield kept
