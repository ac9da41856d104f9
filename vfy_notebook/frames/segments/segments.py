"""Segments as a DataFrame and back, and unique labels for them."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import pandas as pd

from vfy_notebook.api.models import Segment
from vfy_notebook.errors import ArgumentError
from vfy_notebook.frames.arrays import to_arrow, to_pandas
from vfy_notebook.frames.schema import Kind

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from vfy_notebook.api.models import SegmentRef

SEGMENT_INDEX = "segment_id"

_COLUMNS = (
    ("name", Kind.TEXT),
    ("type", Kind.TEXT),
    ("filter", Kind.OBJECT),
    ("created_at", Kind.TIME),
    ("updated_at", Kind.TIME),
)

#: Letters of an id's end that a label gets at least, where names are not enough.
_MIN_TAIL = 4


def segments_frame(segments: Sequence[Segment]) -> pd.DataFrame:
    """A row for each segment, in the order given."""
    columns = {
        name: to_pandas(kind, [to_arrow(name, kind, [getattr(s, name) for s in segments])])
        for name, kind in _COLUMNS
    }
    index = pd.Index([segment.id for segment in segments], dtype="str", name=SEGMENT_INDEX)
    return pd.DataFrame(columns, index=index, copy=False)


def segments_from_frame(frame: pd.DataFrame) -> list[Segment]:
    """The segments of a DataFrame that came from `fetch_segments`, whole or in part.

    Raises:
        ArgumentError: It did not: ids or names are missing.
    """
    if frame.index.name != SEGMENT_INDEX and SEGMENT_INDEX in frame.columns:
        frame = frame.set_index(SEGMENT_INDEX)
    if frame.index.name != SEGMENT_INDEX or "name" not in frame.columns:
        message = (
            "segments has no index `segment_id` with a column `name`: "
            "give the DataFrame of project.fetch_segments(), or a list of ids and names."
        )
        raise ArgumentError(message)
    if frame.index.has_duplicates or frame.index.hasnans:
        message = (
            "segments has rows with the same id, or without one: "
            "give each segment once, such as segments[~segments.index.duplicated()]."
        )
        raise ArgumentError(message)
    return [
        Segment(id=str(segment_id), name=name, type=kind, filter=rule)
        for segment_id, name, kind, rule in zip(
            frame.index,
            _plain(frame, "name"),
            _plain(frame, "type"),
            _plain(frame, "filter"),
            strict=True,
        )
    ]


def _plain(frame: pd.DataFrame, column: str) -> list[Any]:
    """A column's values, None where there is none."""
    if column not in frame.columns:
        return [None] * len(frame)
    values = frame[column].tolist()
    return [v if isinstance(v, str | dict | list) else None for v in values]


def segment_labels(segments: Iterable[Segment | SegmentRef]) -> dict[str, str]:
    """A unique label for each segment, by id.

    It is the name if no other segment has it; otherwise the name and as much of the id's end as
    makes it unique; the id if the segment has no name.

    >>> segment_labels([Segment("seg_1aaaa", "VIP"), Segment("seg_1bbbb", "VIP")])
    {'seg_1aaaa': 'VIP (…aaaa)', 'seg_1bbbb': 'VIP (…bbbb)'}
    """
    names = {segment.id: segment.name or segment.id for segment in segments}
    tails = dict.fromkeys(names, 0)
    longest = max(map(len, names), default=0)
    while True:
        labels = {i: _label(i, name, tails[i]) for i, name in names.items()}
        times = Counter(labels.values())
        alike = [i for i, label in labels.items() if times[label] > 1]
        if not alike:
            return labels
        if max(tails.values()) > longest:  # only ids that look like labels come here
            return {i: i for i in names}
        for i in alike:
            tails[i] = max(_MIN_TAIL, tails[i] + 1)


def _label(segment_id: str, name: str, tail: int) -> str:
    if tail == 0:
        return name
    return f"{name} (…{segment_id[-tail:]})" if tail < len(segment_id) else f"{name} ({segment_id})"


def customer_segments_frame(segments: Iterable[Segment | SegmentRef]) -> pd.DataFrame:
    """What each of a customer's segments is called, by its id; sorted by both."""
    rows = sorted((label, i) for i, label in segment_labels(segments).items())
    index = pd.Index([i for _, i in rows], dtype="str", name=SEGMENT_INDEX)
    labels = pd.array([label for label, _ in rows], dtype="str")
    return pd.DataFrame({"segment": labels}, index=index)
