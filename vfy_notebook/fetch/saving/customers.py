"""Customers as Parquet parts, by listing or by export."""

from __future__ import annotations

import contextlib
import dataclasses
import warnings
from typing import TYPE_CHECKING, Any

from vfy_notebook.api.garbage_collection import rare_collections
from vfy_notebook.api.listing.fetching import Listing
from vfy_notebook.api.listing.remaining import Completion, RemainingWindows, Span
from vfy_notebook.errors import IncompleteListingWarning
from vfy_notebook.fetch.cost import warn_of_cost
from vfy_notebook.fetch.customers import warn_of_hidden_members
from vfy_notebook.fetch.exports.customers import exported_customers, metadata_properties
from vfy_notebook.fetch.odd_records import warn_of_unlisted, warn_of_values
from vfy_notebook.fetch.saving.copying import Copy, SavedParts, save
from vfy_notebook.fetch.saving.folder import Note
from vfy_notebook.fetch.saving.twins import Twins
from vfy_notebook.fetch.segments import segment_id_of
from vfy_notebook.frames.files.parquet import TableParts
from vfy_notebook.frames.schema import CUSTOMERS, INDEX

if TYPE_CHECKING:
    import os
    from collections.abc import Mapping

    from vfy_notebook.api.listing.fetching import Difference
    from vfy_notebook.api.listing.query import CustomerQuery
    from vfy_notebook.api.operations import Api
    from vfy_notebook.fetch.saving.parts import Parts
    from vfy_notebook.progress import Progress, Shown


def save_customers(
    api: Api,
    query: CustomerQuery,
    path: str | os.PathLike[str],
    *,
    segment: str | None = None,
    via: str,
    replace: bool,
    workers: int,
    progress: Shown,
) -> SavedParts:
    """Save all customers that match as Parquet parts; goes on where an earlier run ended."""
    copy = _CustomerCopy(api, query, segment=segment, via=via, workers=workers)
    return save(copy, path, replace=replace, progress=progress)


class _CustomerCopy(Copy):
    noun, verb = "customers", "save_customers"

    def __init__(
        self, api: Api, query: CustomerQuery, *, segment: str | None, via: str, workers: int
    ) -> None:
        super().__init__(api)
        self._query = query
        self._segment = segment
        self._via = via
        self._workers = workers
        self._properties: Mapping[str, Any] | None = None
        self.can_go_on = via != "export"

    def identity(self) -> Any:
        if self._segment is not None:
            segment_id = segment_id_of(self.api, self._segment)
            self._query = dataclasses.replace(self._query, segment_id=segment_id)
        return [self._via, dataclasses.asdict(self._query)]

    def begin(self, of: str) -> Note:
        self._properties = metadata_properties(self.api)
        span = Span(self._query.created_from_ms, self._query.created_to_ms)
        keys = dict(TableParts.of(self._properties or {}, CUSTOMERS).keys)
        return Note(of, self.noun, keys, (span,))

    def schema(self, note: Note) -> TableParts:
        return TableParts(note.keys, CUSTOMERS)

    def run(self, parts: Parts, bar: Progress) -> None:
        if self._via == "export":
            self._save_export(parts, bar)
        else:
            self._save_listing(parts, bar)

    def _save_export(self, parts: Parts, bar: Progress) -> None:
        twins = Twins()
        with (
            self.api.transport.governor.told_of_waits(bar.waits),
            exported_customers(self.api, self._query, bar, properties=self._properties) as export,
        ):
            parts.flush()  # all calls have been made: noted in case we are killed from here on
            for batch in export.batches():
                parts.add_batch(batch)
                twins.add(batch)
                bar.update(parts.rows)
            parts.finish()
        twins.warn(self.noun, INDEX, stacklevel=6)
        export.warn(twins.distinct, stacklevel=6)

    def _save_listing(self, parts: Parts, bar: Progress) -> None:
        api, query, note = self.api, self._query, parts.note
        has_begun = bool(note.parts) or note.closed_before_ms is not None
        listing = Listing(
            api,
            query,
            workers=self._workers,
            on_wait=bar.waits,
            remaining=RemainingWindows(note.left, note.closed_before_ms, note.rows)
            if has_begun
            else None,
        )
        completion = Completion(note.left)
        # Closed before anything is written: its workers are to make no call that is not counted.
        with rare_collections(), contextlib.closing(listing.pages()) as pages:
            for number, page in enumerate(pages):
                completed, total = completion.take(page), listing.progress.total
                parts.add(
                    completed,
                    closed_before_ms=listing.closed_before_ms,
                    total=parts.total if total is None else total,
                )
                bar.update(parts.rows, parts.total)
                if number == 0 and parts.total is not None:
                    rows_left = parts.total - note.rows - listing.counted
                    warn_of_cost(api, query, rows_left, self.verb, stacklevel=6)
        parts.finish()
        if listing.difference is not None:
            _warn(listing.difference)
        if not parts.rows:
            warn_of_hidden_members(api, query, stacklevel=6)
        warn_of_values(parts.odd, stacklevel=6)
        warn_of_unlisted(listing.odd, stacklevel=6)


def _warn(difference: Difference) -> None:
    warnings.warn(
        f"The parts hold {difference.read:,} distinct customers, but the API now counts "
        f"{difference.counted:,}: customers were created or deleted meanwhile, or the API "
        "counts late.",
        IncompleteListingWarning,
        stacklevel=7,
    )
