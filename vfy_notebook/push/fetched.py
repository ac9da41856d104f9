"""When a frame was fetched: from then on, changes by others are conflicts.

The frame's own newest `updated_at` would not do: a long fetch reads its first page minutes
before its last, and whoever was on the first may have changed meanwhile. So the moment is kept
in `frame.attrs`, which pandas hands on to copies and parts of a frame.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

    from vfy_notebook.api.transport import Transport

_KEY = "fetched_at_ms"

#: The server's time is known to the second only.
_SECOND_MS = 1000


def mark_fetched(frame: pd.DataFrame, transport: Transport, began_s: float) -> pd.DataFrame:
    """Note in a frame when its fetch began, by the server's clock.

    Args:
        frame: The frame; it is given back.
        transport: What it was fetched with.
        began_s: When that began, on the transport's monotonic clock.
    """
    now_ms = transport.server_time_ms
    if now_ms is not None:
        took_ms = int((transport.clock.monotonic() - began_s) * 1000)
        frame.attrs[_KEY] = now_ms - took_ms - _SECOND_MS
    return frame


def fetched_at_ms(frame: pd.DataFrame) -> int | None:
    """When the fetch of a frame began, by the server's clock; None if that is not known."""
    told = frame.attrs.get(_KEY)
    return told if isinstance(told, int) else None
