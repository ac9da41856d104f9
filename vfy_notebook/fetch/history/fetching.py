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
from vfy_notebook.fetch.history.imports import warn_of_imports
from vfy_notebook.fetch.partial import partial_in_errors
from vfy_notebook.frames.batches import empty_batch
from vfy_notebook.frames.building import FrameBuilder
from vfy_notebook.frames.history.shared_moments import date_columns
from vfy_notebook.progress import Progress

if TYPE_CHECKING:
    import pandas as pd

    from vfy_notebook.api.operations import Api
    from vfy_notebook.fetch.history.exports import HistoryKind
    from vfy_notebook.fetch.history.query import HistoryQuery
    from vfy_notebook.frames.batches import Batch
    from vfy_notebook.progress import Shown


def fetch_history(
    api: Api, kind: HistoryKind, query: HistoryQuery, *, progress: Shown
) -> pd.DataFrame:
    """All that match, oldest first, equal ones by id."""
    # Replaced, never changed: an interrupt can happen anywhere.
    arrived: tuple[Batch, ...] = ()

    def build() -> pd.DataFrame:
        return FrameBuilder(arrived or (empty_batch(kind.table),), kind.table).build()

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
            twice = frame.index.duplicated()
            if twice.any():
                warnings.warn(
                    f"The export named {int(twice.sum()):,} {kind.noun} twice, such as "
                    f"{frame.index[twice][0]}: each is in the DataFrame once.",
                    VfyNotebookWarning,
                    stacklevel=3,
                )
                frame = frame[~twice]
            bar.update(len(frame))
            export.warn(len(frame), stacklevel=3)
    if kind is ORDER_HISTORY:
        warn_of_imports(frame["created_at"], date_columns(frame), query, stacklevel=3)
    return frame
