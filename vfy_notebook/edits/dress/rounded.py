"""Columns of numbers that a file holds as they were shown: 0.33 for 0.3333.

Spreadsheets save a CSV with the decimals that they show, and `to_csv(float_format="%.2f")` does so
too. No cell of such a column is an edit but those that the rounding does not explain.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from vfy_notebook.edits.cells.cells import Bools

Floats = np.ndarray[Any, np.dtype[np.float64]]

#: More decimals than that are no way to show numbers.
_MOST_DECIMALS = 6
#: One cell alone may have been rounded by hand.
_FEWEST = 2
_SLACK = 1 + 1e-9


def rounded_in_a_file(edited: Floats, base: Floats, kept: Floats) -> Bools:
    """Which cells that differ are the server's number with fewer decimals.

    Args:
        edited: The numbers that differ; NaN for what is none.
        base: The server's numbers in the same cells.
        kept: The column's numbers that have come as they are: one with more decimals than the
            others shows that nothing was rounded.

    Returns:
        None of them unless they are most of those that differ, and two at least.
    """
    decimals = _decimals(edited)
    with np.errstate(invalid="ignore", over="ignore"):
        off = np.abs(edited - base)
        found = (decimals <= _MOST_DECIMALS) & (off <= 0.5 * 10.0**-decimals * _SLACK)
    count = int(found.sum())
    if count < _FEWEST or count * 2 < len(found):
        return np.zeros(len(found), dtype=bool)
    if (_decimals(kept) > decimals[found].max()).any():
        return np.zeros(len(found), dtype=bool)
    return np.asarray(found)


def _decimals(numbers: Floats) -> np.ndarray[Any, np.dtype[np.int64]]:
    """How many decimals each number has; one more than the most for all that have more."""
    found = np.full(len(numbers), _MOST_DECIMALS + 1, dtype=np.int64)
    with np.errstate(over="ignore", invalid="ignore"):  # the largest floats have no decimals
        for places in range(_MOST_DECIMALS, -1, -1):
            found[np.round(numbers, places) == numbers] = places
    return found
