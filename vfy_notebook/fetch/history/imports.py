"""Says so where orders' `created_at` is when they were imported, not when they were made."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING

from vfy_notebook.errors import VfyNotebookWarning
from vfy_notebook.frames.history.shared_moments import shared_moments

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    import pandas as pd

    from vfy_notebook.fetch.history.query import HistoryQuery

_MOST_NAMED = 3


def warn_of_imports(
    created_at: pd.Series[Any], dates: Sequence[str], query: HistoryQuery, *, stacklevel: int
) -> None:
    """Warn if most orders share a few moments.

    Args:
        created_at: The orders' times of creation.
        dates: The columns that hold dates, of which one may be the true one.
        query: Which orders were asked for.
        stacklevel: As of `warnings.warn`, counted from the caller.
    """
    shared = shared_moments(created_at, asked_us=query.created.length_us)
    if shared is None:
        return
    if dates:
        listed = ", ".join(dates[:_MOST_NAMED])
        way = f"give analyses the column of the true date as `date` (dates are in: {listed})."
    else:
        way = (
            "no metadata column holds dates, so when they were made cannot be known here (an "
            "export has only the keys of the orders' metadata schema)."
        )
    warnings.warn(
        f"{shared}, as after an import: an imported order's created_at is the time of its import. "
        f"Do not take it for the day of the purchase: {way}",
        VfyNotebookWarning,
        stacklevel=stacklevel + 1,
    )
