"""Notes in `frame.attrs` when a fetch began, and whether its metadata is complete.

Changes by others after this time are conflicts. The newest `updated_at` in the frame would not do:
a long fetch reads its first page minutes before its last, and a customer on the first page may
have changed in between. pandas copies `attrs` to copies and parts of a frame.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from vfy_notebook.frames.attrs import FETCHED_AT_MS, METADATA_IS_WHOLE
from vfy_notebook.frames.files.parquet import METADATA

if TYPE_CHECKING:
    import pandas as pd

    from vfy_notebook.api.transport import Transport

#: The server's time is known to the second only.
_SECOND_MS = 1000


def mark_fetched(
    frame: pd.DataFrame, transport: Transport, began_s: float, *, whole: bool
) -> pd.DataFrame:
    """Note in a frame when it was fetched and whether its metadata is complete.

    Args:
        frame: The frame; it is returned.
        transport: The transport that fetched it.
        began_s: The start of the fetch, on the transport's monotonic clock.
        whole: Whether it has all metadata, unchanged; exports do not.
    """
    now_ms = transport.server_time_ms
    if now_ms is not None:
        took_ms = int((transport.clock.monotonic() - began_s) * 1000)
        frame.attrs[FETCHED_AT_MS] = now_ms - took_ms - _SECOND_MS
    frame.attrs[METADATA_IS_WHOLE] = whole
    return frame


def fetched_at_ms(frame: pd.DataFrame) -> int | None:
    """When the fetch of a frame began, by the server's clock; None if that is not known."""
    told = frame.attrs.get(FETCHED_AT_MS)
    return told if isinstance(told, int) else None


def metadata_is_whole(frame: pd.DataFrame) -> bool:
    """Whether a frame has all metadata of its customers.

    Exports leave some of it out. Parquet parts hold all of it, but as JSON in one column; this
    column also shows that a frame is from Parquet if a reader has dropped its `attrs`.
    """
    return frame.attrs.get(METADATA_IS_WHOLE) is not False and METADATA not in frame.columns
