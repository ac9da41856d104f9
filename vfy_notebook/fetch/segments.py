"""Reads the project's segments completely, and finds those that a user names."""

from __future__ import annotations

import difflib
import warnings
from itertools import pairwise
from typing import TYPE_CHECKING

import pandas as pd

from vfy_notebook.api.operations import MAX_SEGMENTS_LISTED
from vfy_notebook.api.pages import iso_from_ms, ms_from_iso
from vfy_notebook.errors import (
    ArgumentError,
    IncompleteListingWarning,
    ResponseError,
    TieGroupError,
)
from vfy_notebook.frames.segments import segments_from_frame

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from vfy_notebook.api.models import Segment, SegmentPage
    from vfy_notebook.api.operations import Api

#: Every segment's id begins so.
ID_PREFIX = "seg_"


def fetch_segments(api: Api) -> list[Segment]:
    """All segments of the project, oldest first; a call for every hundred."""
    return read_all(lambda after_ms: api.list_segments(created_after_ms=after_ms))


def read_all(ask: Callable[[int | None], SegmentPage]) -> list[Segment]:
    """All segments behind `ask`, each once, oldest first.

    `ask` gives the oldest segments created after a millisecond, up to a page. Whether that
    millisecond is part of the answer is documented nowhere, and a page may end between segments
    created at the same time: so the bound goes back a millisecond and ids tell what is new.

    Raises:
        ResponseError: The pages are not in order, so that nothing tells whether they are all.
        TieGroupError: More segments than a page holds were created at the same time.
    """
    known: dict[str, Segment] = {}
    after_ms: int | None = None
    total: int | None = None
    back_ms = 1
    while True:
        page = ask(after_ms)
        if after_ms is None:
            total = page.total
        before = len(known)
        known.update((segment.id, segment) for segment in page.data if segment.id not in known)
        stuck = len(known) == before
        if _is_last(page) or (stuck and len(page.data) < MAX_SEGMENTS_LISTED):
            break
        times = _times_in_order(page.data)
        if after_ms in times:
            back_ms = 0  # the bound is part of the answer
        if stuck and times[-1] - back_ms == after_ms:
            message = (
                f"More than {MAX_SEGMENTS_LISTED - 1} segments were created around "
                f"{iso_from_ms(times[-1])}: the API has no way to list them all. "
                "Give the ids of those you want instead of names."
            )
            raise TieGroupError(message)
        after_ms = times[-1] - back_ms
    if total is not None and total != len(known):
        warnings.warn(
            f"Read {len(known):,} segments, but the API counted {total:,} at the beginning: "
            "some were created or deleted meanwhile. Fetch again when nobody edits segments.",
            IncompleteListingWarning,
            stacklevel=4,
        )
    return sorted(known.values(), key=lambda segment: (segment.created_at or "", segment.id))


def _is_last(page: SegmentPage) -> bool:
    if page.has_more is not None:
        return not page.has_more
    if page.total is not None:
        return len(page.data) >= page.total
    return len(page.data) < MAX_SEGMENTS_LISTED


def _times_in_order(segments: Sequence[Segment]) -> list[int]:
    """When the segments of a page were created.

    Raises:
        ResponseError: They are not in order of creation.
    """
    try:
        times = [ms_from_iso(segment.created_at or "") for segment in segments]
    except ValueError:
        times = []
    if not times or any(a > b for a, b in pairwise(times)):
        message = (
            "The API listed segments in another order than asked for, or without their time of "
            "creation, so it is not certain that these are all. Give ids instead of names."
        )
        raise ResponseError(message)
    return times


# -- which one is meant ----------------------------------------------------------------------------


def segment_id_of(api: Api, segment: str) -> str:
    """The id of the segment with this id or name; only a name costs a call.

    Raises:
        ArgumentError: No segment has this name, or several have it.
    """
    _check_text(segment)
    if segment.startswith(ID_PREFIX):
        return segment
    return pick_segments(fetch_segments(api), [segment])[0].id


def wanted_segments(
    api: Api, segments: pd.DataFrame | Iterable[str] | str | None
) -> tuple[list[Segment], list[Segment]]:
    """The segments that the argument of `fetch_memberships` means, and all that are known.

    The DataFrame of `fetch_segments` is taken as it is; all else costs a call for every hundred
    segments of the project, whose names and filters are needed.

    Raises:
        ArgumentError: One is not there, or a name is not that of one segment.
    """
    if isinstance(segments, pd.DataFrame):
        told = segments_from_frame(segments)
        return told, told
    wanted = None
    if segments is not None:
        wanted = [segments] if isinstance(segments, str) else list(segments)
        for each in wanted:
            _check_text(each)
        if not wanted:
            return [], []
    known = fetch_segments(api)
    if wanted is None:
        return known, known
    ids = {segment.id for segment in pick_segments(known, wanted)}
    return [segment for segment in known if segment.id in ids], known


def pick_segments(known: Sequence[Segment], wanted: Sequence[str]) -> list[Segment]:
    """Each wanted segment, given by id or by name.

    Raises:
        ArgumentError: One is not there (near names are listed), or several have its name (their
            ids are listed).
    """
    by_id = {segment.id: segment for segment in known}
    by_name: dict[str, list[Segment]] = {}
    for segment in known:
        if segment.name is not None:
            by_name.setdefault(segment.name, []).append(segment)
    found = []
    for text in wanted:
        if text in by_id:
            found.append(by_id[text])
            continue
        named = by_name.get(text, [])
        if len(named) != 1:
            raise ArgumentError(_which(text, named, by_name))
        found += named
    return found


def _which(text: str, named: Sequence[Segment], by_name: Iterable[str]) -> str:
    if named:
        ids = ", ".join(repr(segment.id) for segment in named)
        return f"{len(named)} segments are called {text!r}: give the id of the one meant, {ids}."
    near = _near_names(text, by_name)
    hint = f"Near names: {', '.join(map(repr, near))}. " if near else ""
    return f"No segment has the id or name {text!r}. {hint}project.fetch_segments() lists them all."


def _near_names(text: str, names: Iterable[str]) -> list[str]:
    """Names that may have been meant, the nearest first; case does not count."""
    folded: dict[str, str] = {}
    for name in names:
        folded.setdefault(name.casefold(), name)
    asked = text.casefold()
    near = difflib.get_close_matches(asked, folded, n=3, cutoff=0.6)
    near += [each for each in folded if asked in each and each not in near][: 3 - len(near)]
    return [folded[each] for each in near]


def _check_text(segment: object) -> None:
    if not isinstance(segment, str) or not segment:
        message = f"{segment!r} names no segment: give an id (seg_…) or a name."
        raise ArgumentError(message)
