"""Scores by quantiles, equal for equal values."""

from __future__ import annotations

import pandas as pd

from vfy_notebook.analysis.reading.columns import spell_count

__all__ = ["note_of_scores", "quantile_scores"]


def quantile_scores(values: pd.Series, scores: int) -> pd.Series:
    """Score values by the share of the others that are smaller: SQL's `percent_rank`.

    With five scores, 5 means that more than four fifths of the others have less, 1 that at most a
    fifth has. Where no two values are equal, these are the quantiles of `pandas.qcut`. Equal
    values have equal scores, so a value that many share leaves scores unused. If all are equal,
    nobody is better: all have the score in the middle.

    Args:
        values: Numbers; missing ones get no score.
        scores: How many scores there are.

    Returns:
        `Int64`, from 1 to `scores`.

    Examples:
        >>> quantile_scores(pd.Series([10, 20, 30, 40, 50]), 5).tolist()
        [1, 2, 3, 4, 5]
        >>> quantile_scores(pd.Series([1, 1, 1, 2, 7]), 5).tolist()
        [1, 1, 1, 4, 5]
    """
    # Whole numbers throughout: no rounding error moves a value over a quantile's edge.
    smaller = values.rank(method="min").astype("Int64") - 1
    if not smaller.any():
        return smaller + (scores + 1) // 2
    others = int(values.count()) - 1
    return (-(-smaller * scores // others)).clip(lower=1)


def note_of_scores(name: str, values: pd.Series, given: pd.Series, scores: int) -> str:
    """Say that a measure has fewer scores than it could, and why; empty if it has them all."""
    used = sorted(given.dropna().unique())
    if len(used) == scores or not used:
        return ""
    shown = ", ".join(map(str, used))
    counts = values.value_counts()
    if counts.iloc[0] == 1:
        few = spell_count(len(values), "customer")
        return f"{name} has {len(used)} of {scores} scores ({shown}): there are {few} to compare."
    most = counts.index[0]
    shared = f"{counts.iloc[0]:,} of {counts.sum():,} customers share the value {most:,}"
    return (
        f"{name} has {len(used)} of {scores} scores ({shown}): {shared}, and equal values have "
        "equal scores."
    )
