"""Saves customers as Parquet parts while they arrive; continues after an interruption."""

from __future__ import annotations

import contextlib
import dataclasses
import functools
import hashlib
import json
import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from vfy_notebook.api.garbage_collection import rare_collections
from vfy_notebook.api.listing.fetching import Listing
from vfy_notebook.api.listing.remaining import Completion, RemainingWindows, Span
from vfy_notebook.errors import (
    FetchInterrupted,
    FolderError,
    IncompleteListingWarning,
    VfyNotebookWarning,
)
from vfy_notebook.fetch.cost import warn_of_cost
from vfy_notebook.fetch.customers import warn_of_hidden_members
from vfy_notebook.fetch.exports.customers import exported_customers, metadata_properties
from vfy_notebook.fetch.odd_records import warn_of_unlisted, warn_of_values
from vfy_notebook.fetch.partial import only_our_errors
from vfy_notebook.fetch.saving.folder import Note, PartsFolder
from vfy_notebook.fetch.saving.parts import Parts
from vfy_notebook.fetch.segments import segment_id_of
from vfy_notebook.frames.files.parquet import PartSchema
from vfy_notebook.progress import Progress

if TYPE_CHECKING:
    import os
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from vfy_notebook.api.listing.fetching import Difference
    from vfy_notebook.api.listing.query import CustomerQuery
    from vfy_notebook.api.operations import Api
    from vfy_notebook.frames.batches import Batch
    from vfy_notebook.progress import Shown


@dataclass(frozen=True)
class SavedCustomers:
    """Customers on disk.

    Attributes:
        path: The folder of the parts.
        rows: The number of customers in them.
        calls: The API calls that they took, including earlier runs. Of a run that was killed,
            only the calls up to its last part are known.

    >>> saved = project.save_customers("customers/", progress=False)
    >>> saved.rows, len(pd.read_parquet(saved.path))
    (2357, 2357)
    """

    path: Path
    rows: int
    calls: int


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
) -> SavedCustomers:
    """Save all customers that match as Parquet parts; goes on where an earlier run ended."""
    calls_before = api.transport.calls.total
    folder = PartsFolder(path)
    with (
        only_our_errors(),
        folder.open(),
        _resume_advice(folder, replaced=replace),
        Progress(
            "Saving customers",
            unit="customers",
            calls=lambda: api.transport.calls.total,
            shown=progress,
        ) as bar,
    ):
        folder.check(replace=replace)
        if segment is not None:
            query = dataclasses.replace(query, segment_id=segment_id_of(api, segment))
        of = _fingerprint(api, query, via)
        if not replace:
            folder.check_unfinished(of)
        known = None if replace else folder.note
        calls_earlier = 0 if known is None else known.calls
        properties = None
        if known is None or via == "export":  # an export cannot be resumed: it begins anew
            with api.transport.governor.told_of_waits(bar.waits):
                properties = metadata_properties(api)
            known = _begin(folder, of, query, properties)
        else:
            folder.remove_parts(but=known.parts)
        parts = Parts(
            folder,
            known,
            calls=lambda: calls_earlier + api.transport.calls.total - calls_before,
        )
        with _kept(parts):
            if via == "export":
                _save_export(api, query, properties, parts, bar)
            else:
                _save_listing(api, query, parts, bar, workers=workers)
    note = folder.noted
    return SavedCustomers(folder.path, note.rows, note.calls)


def _fingerprint(api: Api, query: CustomerQuery, via: str) -> str:
    """What tells one copy from another; a hash, as filters may hold addresses and names."""
    credentials = api.transport.credentials
    told = [credentials.url, credentials.app_id, via, dataclasses.asdict(query)]
    return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()


def _begin(
    folder: PartsFolder, of: str, query: CustomerQuery, properties: Mapping[str, Any]
) -> Note:
    span = Span(query.created_from_ms, query.created_to_ms)
    note = Note(of, dict(PartSchema.of(properties).keys), (span,))
    folder.begin(note)
    return note


# -- the routes --------------------------------------------------------------------------------


def _save_export(
    api: Api,
    query: CustomerQuery,
    properties: Mapping[str, Any] | None,
    parts: Parts,
    bar: Progress,
) -> None:
    names = _Names()
    with (
        api.transport.governor.told_of_waits(bar.waits),
        exported_customers(api, query, bar, properties=properties) as export,
    ):
        parts.flush()  # all calls have been made: noted in case we are killed from here on
        for batch in export.batches():
            parts.add_batch(batch)
            names.add(batch)
            bar.update(parts.rows)
        parts.finish()
    names.warn_of_twins()
    export.warn(names.distinct, stacklevel=4)


class _Names:
    """Notices customers that come twice, in eight bytes a customer."""

    def __init__(self) -> None:
        self._hashes: list[np.ndarray[Any, np.dtype[np.uint64]]] = []

    def add(self, batch: Batch) -> None:
        self._hashes.append(pd.util.hash_array(batch.ids.to_numpy(zero_copy_only=False)))

    @property
    def rows(self) -> int:
        return sum(map(len, self._hashes))

    @functools.cached_property
    def distinct(self) -> int:
        """How many different ones; to be asked once all are known."""
        return len(np.unique(np.concatenate([np.array([], np.uint64), *self._hashes])))

    def warn_of_twins(self) -> None:
        twins = self.rows - self.distinct
        if twins:
            warnings.warn(
                f"The export named {twins:,} customers twice, and so do the parts: drop duplicates "
                "of customer_id.",
                VfyNotebookWarning,
                stacklevel=5,
            )


def _save_listing(
    api: Api, query: CustomerQuery, parts: Parts, bar: Progress, *, workers: int
) -> None:
    note = parts.note
    has_begun = bool(note.parts) or note.closed_before_ms is not None
    listing = Listing(
        api,
        query,
        workers=workers,
        on_wait=bar.waits,
        remaining=RemainingWindows(note.left, note.closed_before_ms, note.rows)
        if has_begun
        else None,
    )
    completion = Completion(note.left)
    # Closed before anything is written: its workers are to make no call that is not counted.
    with rare_collections(), contextlib.closing(listing.pages()) as pages:
        for number, page in enumerate(pages):
            parts.add(
                completion.take(page),
                left=completion.left,
                closed_before_ms=listing.closed_before_ms,
                total=listing.progress.total,
            )
            bar.update(parts.rows, parts.total)
            if number == 0 and parts.total is not None:
                rows_left = parts.total - note.rows - listing.counted
                warn_of_cost(api, query, rows_left, "save_customers", stacklevel=4)
    parts.finish()
    if listing.difference is not None:
        _warn(listing.difference)
    if not parts.rows:
        warn_of_hidden_members(api, query, stacklevel=4)
    warn_of_values(parts.odd, stacklevel=4)
    warn_of_unlisted(listing.odd, stacklevel=4)


def _warn(difference: Difference) -> None:
    warnings.warn(
        f"The parts hold {difference.read:,} distinct customers, but the API now counts "
        f"{difference.counted:,}: customers were created or deleted meanwhile, or the API "
        "counts late.",
        IncompleteListingWarning,
        stacklevel=5,
    )


@contextlib.contextmanager
def _kept(parts: Parts) -> Iterator[None]:
    """Write what had arrived, and what it has cost, whatever cuts a copy off."""
    try:
        yield
    except FolderError:
        raise
    except BaseException:
        parts.flush()
        raise


@contextlib.contextmanager
def _resume_advice(folder: PartsFolder, *, replaced: bool) -> Iterator[None]:
    try:
        yield
    except KeyboardInterrupt:
        rows = 0 if folder.note is None else folder.note.rows
        arguments = "the same arguments" + (" but replace_existing" if replaced else "")
        message = (
            f"Interrupted after {rows:,} customers, which are in {folder.path}: "
            f"call save_customers() again with {arguments} to continue."
        )
        raise FetchInterrupted(message) from None
