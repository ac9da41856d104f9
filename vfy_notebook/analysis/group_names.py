"""The names of RFM groups, as a table of recency by frequency."""

from __future__ import annotations

import pandas as pd

from vfy_notebook.analysis.reading.columns import check_frame
from vfy_notebook.errors import ArgumentError

__all__ = ["NO_ORDERS", "check_groups", "names_of", "rfm_groups"]

#: Who has no order that counts has no scores, but a name.
NO_ORDERS = "no orders"

#: From the most recent row to the least, from the least frequent column to the most.
_NAMES = (
    ("new", "potential loyal", "potential loyal", "champions", "champions"),
    ("promising", "potential loyal", "potential loyal", "loyal", "loyal"),
    ("fading", "fading", "need attention", "loyal", "loyal"),
    ("lost", "lost", "at risk", "at risk", "must not lose"),
    ("lost", "lost", "at risk", "at risk", "must not lose"),
)


def rfm_groups() -> pd.DataFrame:
    """The table of names that `rfm` uses, to be looked at or edited.

    Rows are scores of recency (5: bought most recently), columns scores of frequency (5: bought
    most often), cells the names of groups. A table of your own may have another size: with three
    rows and columns there are scores from 1 to 3. It makes no API calls.

    Returns:
        A new DataFrame of five rows and five columns.

    Examples:
        >>> names = rfm_groups()
        >>> names.loc[5, 5], names.loc[1, 5], names.loc[1, 1]
        ('champions', 'must not lose', 'lost')
    """
    scores = range(len(_NAMES), 0, -1)
    return pd.DataFrame(
        [list(row) for row in _NAMES],
        index=pd.Index(scores, name="recency_score"),
        columns=pd.Index(range(1, len(_NAMES) + 1), name="frequency_score"),
        dtype="str",
    )


def check_groups(groups: pd.DataFrame) -> pd.DataFrame:
    """Refuse a table that does not name each pair of scores.

    Returns:
        The table, the most recent row first, the least frequent column first.

    Raises:
        ArgumentError: Rows or columns are not 1, 2, 3, … as many as each other, or a name is
            missing.
    """
    check_frame(groups, "groups")
    scores = list(range(1, len(groups) + 1))
    groups = groups.rename(index=_number_of, columns=_number_of)  # a CSV file makes text of them
    rows: list[object] = list(groups.index)
    columns: list[object] = list(groups.columns)
    whole = len(rows) == len(columns) and set(rows) == set(columns) == set(scores)
    if not whole or not scores:
        raise ArgumentError(
            "groups must have the scores 1, 2, 3, … as its rows (recency) and as its columns "
            f"(frequency), as many of each, not {rows} and {columns}. rfm_groups() gives a table "
            "to edit."
        )
    table = groups.loc[scores[::-1], scores]
    unnamed = [
        (row, column)
        for row in table.index
        for column in table.columns
        if not isinstance(table.loc[row, column], str) or not str(table.loc[row, column]).strip()
    ]
    if unnamed:
        raise ArgumentError(
            f"groups has no name for recency {unnamed[0][0]} and frequency {unnamed[0][1]}; each "
            "pair of scores needs one."
        )
    if (table == NO_ORDERS).any(axis=None):
        raise ArgumentError(f"groups: {NO_ORDERS!r} is the name of who has not ordered.")
    return table


def _number_of(label: object) -> object:
    return int(label) if isinstance(label, str) and label.strip().isdecimal() else label


def names_of(recency: pd.Series, frequency: pd.Series, groups: pd.DataFrame) -> pd.Series:
    """The name of each customer's group, as a category whose order is that of the table.

    Args:
        recency: Scores; NA for who has no order.
        frequency: Scores.
        groups: As `check_groups` gives it.
    """
    # Best first: the frequent of the recent. A name stands where it occurs first.
    ordered = [str(name) for row in groups.to_numpy() for name in row[::-1]]
    categories = list(dict.fromkeys([*ordered, NO_ORDERS]))
    known = (recency.notna() & frequency.notna()).to_numpy()
    names = pd.Series(NO_ORDERS, index=recency.index, dtype=object)
    rows = groups.index.get_indexer(pd.Index(recency[known]))
    columns = groups.columns.get_indexer(pd.Index(frequency[known]))
    names[known] = groups.to_numpy(dtype=object)[rows, columns]
    kind = pd.CategoricalDtype(categories, ordered=True)
    return names.astype(kind)
