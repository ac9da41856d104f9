"""A customer's events as a table."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pandas as pd
import pyarrow as pa

from vfy_notebook.frames.arrays import objects, times_from_text, to_pandas
from vfy_notebook.frames.schema import Kind

if TYPE_CHECKING:
    from collections.abc import Sequence

    from vfy_notebook.api.models import Event

INDEX = "event_id"

#: The keys in an event's data that lead to texts worth a column of their own.
_FOUND_AT = {
    "order_id": (("order", "id"), ("redemption", "order", "id")),
    "redemption_id": (("redemption", "id"), ("redemption_rollback", "id")),
    "voucher_code": (("voucher", "code"),),
    "campaign": (("campaign", "name"), ("voucher", "campaign")),
    "segment": (("segment", "name"),),
}


def activity_frame(events: Sequence[Event]) -> pd.DataFrame:
    """Events as rows, oldest first; those of one moment in the order in which they are given.

    Args:
        events: The events, in the API's order, upwards or downwards.
    """
    told = [_told(event.data) for event in events]
    texts = {
        "type": [event.type for event in events],
        **{name: [_first(data, ways) for data, _ in told] for name, ways in _FOUND_AT.items()},
        "channel": [_text(_at(source, ("channel",))) for _, source in told],
        "group_id": [event.group_id for event in events],
    }
    created = pa.array([event.created_at for event in events], pa.large_string())
    ids = to_pandas(Kind.TEXT, [pa.array([event.id for event in events], pa.large_string())])
    frame = pd.DataFrame(
        {
            "created_at": to_pandas(Kind.TIME, [times_from_text("created_at", Kind.TIME, created)]),
            **{
                name: to_pandas(Kind.TEXT, [pa.array(values, pa.large_string())])
                for name, values in texts.items()
            },
            "data": objects([data for data, _ in told]),
        },
        index=pd.Index(ids, name=INDEX),
    )
    times = frame["created_at"].dropna()
    if len(times) and times.iloc[0] > times.iloc[-1]:
        frame = frame[::-1]
    return frame.sort_values("created_at", kind="stable")


def _told(data: Any) -> tuple[Any, Any]:
    """What has happened, and what brought it about.

    By the reference both are in `data`; other events of the API have the first alone there.
    """
    if isinstance(data, dict) and data.keys() <= {"data", "event_source"}:
        return data.get("data"), data.get("event_source")
    return data, None


def _first(data: Any, ways: Sequence[Sequence[str]]) -> str | None:
    return next((text for way in ways if (text := _text(_at(data, way))) is not None), None)


def _at(value: Any, keys: Sequence[str]) -> Any:
    for key in keys:
        value = value.get(key) if isinstance(value, dict) else None
    return value


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) else None
