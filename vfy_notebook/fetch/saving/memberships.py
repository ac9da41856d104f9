"""Memberships as Parquet parts: each segment's members, one segment after the other."""

from __future__ import annotations

import contextlib
import warnings
from typing import TYPE_CHECKING, Any

import pandas as pd
from msgspec.structs import replace as changed

from vfy_notebook.api.listing.fetching import Listing
from vfy_notebook.api.listing.query import CustomerQuery
from vfy_notebook.api.listing.reading import OddRecords
from vfy_notebook.api.listing.remaining import Completion, RemainingWindows, Span
from vfy_notebook.errors import IncompleteListingWarning, NotFoundError, VfyNotebookWarning
from vfy_notebook.fetch.memberships.customer_segments import hidden_segments
from vfy_notebook.fetch.odd_records import warn_of_unlisted
from vfy_notebook.fetch.saving.copying import Copy, SavedParts, save
from vfy_notebook.fetch.saving.folder import Note, SegmentNote, SegmentsLeft
from vfy_notebook.fetch.segments import wanted_segments
from vfy_notebook.frames.files.memberships import MembershipParts
from vfy_notebook.frames.segments.segments import segment_labels

if TYPE_CHECKING:
    import os
    from collections.abc import Iterable

    from vfy_notebook.api.operations import Api
    from vfy_notebook.fetch.saving.parts import Parts
    from vfy_notebook.progress import Progress, Shown

_EVERYTHING = (Span(None, None),)


def save_memberships(
    api: Api,
    path: str | os.PathLike[str],
    *,
    segments: pd.DataFrame | Iterable[str] | None,
    replace: bool,
    progress: Shown,
) -> SavedParts:
    """Save the members of segments as Parquet parts; goes on where an earlier run ended."""
    return save(_MembershipCopy(api, segments), path, replace=replace, progress=progress)


class _MembershipCopy(Copy):
    noun, verb = "memberships", "save_memberships"

    def __init__(self, api: Api, segments: pd.DataFrame | Iterable[str] | None) -> None:
        super().__init__(api)
        if segments is None or isinstance(segments, pd.DataFrame | str):
            self._given: pd.DataFrame | list[str] | str | None = segments
        else:
            self._given = list(segments)
        self._odd = OddRecords()
        self._told: list[tuple[str, type[VfyNotebookWarning]]] = []

    def identity(self) -> Any:
        if isinstance(self._given, pd.DataFrame):
            return [str(each) for each in self._given.index]
        if self._given is None:
            return None
        given = [self._given] if isinstance(self._given, str) else self._given
        return [str(each) for each in given]

    def begin(self, of: str) -> Note:
        wanted, _ = wanted_segments(self.api, self._given)
        labels = segment_labels(wanted)
        segments = tuple(
            SegmentNote(each.id, labels[each.id], each.type == "passive") for each in wanted
        )
        return Note(of, self.noun, {}, _EVERYTHING, segments=SegmentsLeft(segments))

    def schema(self, note: Note) -> MembershipParts:
        return MembershipParts({each.id: each.label for each in _segments(note).all})

    def run(self, parts: Parts, bar: Progress) -> None:
        while (state := _segments(parts.note)).done < len(state.all):
            self._save_members(state.all[state.done], parts, bar)
        parts.finish()
        self._warn(_segments(parts.note))

    def _save_members(self, segment: SegmentNote, parts: Parts, bar: Progress) -> None:
        """Read the members of one segment, or those that an earlier run has left."""
        note = parts.note
        state = _segments(note)
        schema = self.schema(note)
        remaining = RemainingWindows(note.left, note.closed_before_ms, state.rows)
        listing = Listing(
            self.api,
            CustomerQuery(segment_id=segment.id),
            on_wait=bar.waits,
            remaining=remaining if state.rows else None,
        )
        completion = Completion(note.left)
        try:
            with contextlib.closing(listing.pages()) as pages:
                for page in pages:
                    members = completion.take(page).customers
                    state = changed(state, rows=state.rows + len(members))
                    parts.add_batch(
                        schema.batch(segment.id, [each.id for each in members]),
                        left=completion.left,
                        closed_before_ms=listing.closed_before_ms,
                        segments=state,
                    )
                    bar.update(parts.rows)
        except NotFoundError:
            self._tell(
                f"Segment {segment.label!r} ({segment.id}) does not exist any more: its members "
                "are not in the parts."
            )
        else:
            if not state.rows and segment.is_passive:
                state = changed(state, empty=(*state.empty, segment.id))
            if listing.difference is not None:
                self._tell(
                    f"Read {listing.difference.read:,} members of {segment.label!r}, but the API "
                    f"now counts {listing.difference.counted:,}: customers joined or left "
                    "meanwhile, or the API counts late.",
                    IncompleteListingWarning,
                )
        self._odd.unnamed.update(listing.odd.unnamed)
        parts.note_that(
            left=_EVERYTHING,
            closed_before_ms=None,
            segments=changed(state, done=state.done + 1, rows=0),
        )

    def _tell(self, message: str, kind: type[VfyNotebookWarning] = VfyNotebookWarning) -> None:
        self._told.append((message, kind))

    def _warn(self, state: SegmentsLeft) -> None:
        customer, hidden = hidden_segments(self.api, frozenset(state.empty))
        if hidden:
            self._tell(
                f"{len(hidden)} passive segments listed nobody, but customer {customer} is in "
                f"them, such as {min(hidden)}: this server does not list who is in passive "
                'segments. Use fetch_memberships(customers, via="customers").',
                IncompleteListingWarning,
            )
        for message, kind in self._told:
            warnings.warn(message, kind, stacklevel=6)
        warn_of_unlisted(self._odd, stacklevel=5)


def _segments(note: Note) -> SegmentsLeft:
    assert note.segments is not None  # noqa: S101 - every copy of memberships has them
    return note.segments
