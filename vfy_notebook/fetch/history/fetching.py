"""Orders or redemptions as a DataFrame."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING

from vfy_notebook.errors import VfyNotebookWarning
from vfy_notebook.fetch.history.exports import (
    ORDER_HISTORY,
    exported_history,
    history_properties,
)
from vfy_notebook.fetch.partial import partial_in_errors
from vfy_notebook.frames.building import FrameBuilder
from vfy_notebook.frames.exports.history import no_history
from vfy_notebook.frames.history.shared_moments import date_columns, shared_moments
from vfy_notebook.progress import Progress

if TYPE_CHECKING:
    import pandas as pd

    from vfy_notebook.api.operations import Api
    from vfy_notebook.fetch.history.exports import HistoryKind
    from vfy_notebook.fetch.history.query import HistoryQuery
    from vfy_notebook.frames.batches import Batch
    from vfy_notebook.progress import Shown

_MOST_NAMED = 3


def fetch_history(
    api: Api, kind: HistoryKind, query: HistoryQuery, *, progress: Shown
) -> pd.DataFrame:
    """All that match, oldest first, equal ones by id."""
    # Replaced, never changed: an interrupt can happen anywhere.
    arrived: tuple[Batch, ...] = ()

    def build() -> pd.DataFrame:
        return FrameBuilder(arrived or (no_history(kind.table),), kind.table).build()

    with (
        partial_in_errors(build, kind.noun),
        Progress(
            f"Fetching {kind.noun}",
            unit=kind.noun,
            calls=lambda: api.transport.calls.total,
            shown=progress,
        ) as bar,
        api.transport.governor.told_of_waits(bar.waits),
    ):
        properties = history_properties(api, kind)
        with exported_history(api, kind, query, bar, properties=properties) as export:
            for batch in export.batches():
                arrived = (*arrived, batch)
                bar.update(export.rows)
            frame = build()
            frame = frame[~frame.index.duplicated()]
            bar.update(len(frame))
            export.warn(len(frame), stacklevel=3)
    if kind is ORDER_HISTORY:
        _warn_of_imports(frame, query)
    return frame


def _warn_of_imports(orders: pd.DataFrame, query: HistoryQuery) -> None:
    """Say so where `created_at` is when orders were imported, not when they were made."""
    shared = shared_moments(orders["created_at"], asked_us=query.created.length_us)
    if shared is None:
        return
    columns = date_columns(orders)
    if columns:
        listed = ", ".join(columns[:_MOST_NAMED])
        way = f"give analyses the column of the true date as `date` (dates are in: {listed})."
    else:
        way = "no metadata column holds dates, so when they were made cannot be known."
    warnings.warn(
        f"{shared}, as after an import: an imported order's created_at is the time of its import. "
        f"Do not take it for the day of the purchase: {way}",
        VfyNotebookWarning,
        stacklevel=4,
    )
