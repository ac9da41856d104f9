"""Reads the project's segments completely, and finds those that a user names."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING

import pandas as pd

from vfy_notebook.errors import ApiError, ArgumentError
from vfy_notebook.fetch.segment_pages import read_all
from vfy_notebook.frames.segments.segments import segments_from_frame

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from vfy_notebook.api.models import Segment
    from vfy_notebook.api.operations import Api

#: Every segment's id begins so.
ID_PREFIX = "seg_"


def fetch_segments(api: Api) -> list[Segment]:
    """All segments of the project, oldest first; a call for every hundred."""
    return read_all(api.list_segments)


# -- which one is meant ----------------------------------------------------------------------------


def segment_id_of(api: Api, segment: str) -> str:
    """The id of the segment with this id or name; only a name costs a call.

    It costs more where the server does not heed a filter on names, or no segment has this one:
    then all segments are read.

    Raises:
        ArgumentError: No segment has this name, or several have it.
    """
    _check_text(segment)
    if segment.startswith(ID_PREFIX):
        return segment
    return pick_segments(segments_named(api, segment), [segment])[0].id


def segments_named(api: Api, name: str) -> list[Segment]:
    """The segments of a name, or all where that is how they can be known."""
    try:
        page = api.list_segments(name=name)
    except ApiError as error:
        if error.status != 400:
            raise
        return fetch_segments(api)
    named = [each for each in page.data if each.name == name]
    is_all = page.has_more is not True and (page.total is None or page.total <= len(page.data))
    if named and is_all and len(named) == len(page.data):
        return named
    # Nobody of that name, or a filter that was not heeded: then this is the first page of all.
    return read_all(api.list_segments, first=page if page.data else None)


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
