"""Rows of nothing but missing cells, as `frame.where(condition)` leaves them.

Such a row is a customer who was not chosen, and no wish to empty all cells of one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from vfy_notebook.edits.problems.problems import Problem, blocking

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

    from vfy_notebook.edits.cells.cells import Bools

#: Of so many columns that had values, all are emptied by a condition rather than by hand.
FEWEST_CELLS = 2


def empty_rows(frame: pd.DataFrame) -> Bools:
    """Which rows hold nothing; none of a frame of a single column, where that is an edit.

    >>> empty_rows(pd.DataFrame({"name": ["Ann", None], "phone": [None, None]})).tolist()
    [False, True]
    """
    empty = np.full(len(frame), len(frame.columns) >= FEWEST_CELLS)
    for place in range(len(frame.columns)):
        if not empty.any():
            break
        empty &= frame.iloc[:, place].isna().to_numpy()
    return empty


def emptied_rows(labels: Sequence[str]) -> Problem:
    """Rows that a push would empty altogether."""
    return blocking(
        "empty_row",
        "Nothing but missing cells, as frame.where(condition) and frame.mask(condition) leave "
        "them: a push would empty these customers' cells",
        labels,
        way_out="Give edited[condition] instead. To empty cells on purpose, name their columns "
        "with columns=[...].",
    )
