"""The pushes of the journal as a DataFrame."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from vfy_notebook.frames.arrays import objects
from vfy_notebook.push.imports import IMPORT
from vfy_notebook.push.reports.rows import OUTCOMES

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from vfy_notebook.journal.entries import PushEntry

#: Outcomes of customers of whom there may be something to take back.
_UNDOABLE = ("updated", "unknown")


def pushes_frame(
    pushes: Sequence[tuple[PushEntry, Mapping[str | None, int]]],
) -> pd.DataFrame:
    """One row per push, with its number of customers by outcome."""
    counts = [counts for _, counts in pushes]
    return pd.DataFrame(
        {
            "push_id": pd.array([push.push_id for push, _ in pushes], dtype="str"),
            "when": pd.DatetimeIndex([push.made_at for push, _ in pushes]).as_unit("us")
            if pushes
            else pd.DatetimeIndex([], dtype="datetime64[us, UTC]"),
            "kind": pd.array([push.kind for push, _ in pushes], dtype="str"),
            "customers": pd.array([sum(each.values()) for each in counts], dtype="Int64"),
            "outcomes": objects(
                [{name: each[name] for name in OUTCOMES if name in each} for each in counts]
            ),
            "resumable": pd.array(
                [
                    push.is_open or ("unknown" in each and push.kind != IMPORT)
                    for push, each in pushes
                ],
                dtype="boolean",
            ),
            "undoable": pd.array(
                [
                    push.kind != IMPORT and any(name in each for name in _UNDOABLE)
                    for push, each in pushes
                ],
                dtype="boolean",
            ),
        }
    )
