"""What is no frame of customers, refused before anything is compared."""

from __future__ import annotations

from typing import Any

import pandas as pd

from vfy_notebook.edits.fields import is_writable
from vfy_notebook.edits.problems.messages import columns_named
from vfy_notebook.edits.problems.problems import column_shown
from vfy_notebook.errors import ArgumentError, PlanError


def check_frame(name: str, frame: Any) -> None:
    """Refuse what is no frame of customers.

    Args:
        name: How the argument is called.
        frame: What was given.

    Raises:
        ArgumentError: It is no DataFrame of pandas.
        PlanError: A column is there twice, or has several names.
    """
    if not isinstance(frame, pd.DataFrame):
        raise ArgumentError(_no_frame(name, frame))
    if isinstance(frame.columns, pd.MultiIndex):
        raise PlanError(_several_levels(name, frame.columns))
    _refuse_doubled_columns(name, frame)
    if len(frame.columns) and not any(isinstance(each, str) for each in frame.columns):
        raise PlanError(_no_names(name, frame.columns))


def check_pair(edited: pd.DataFrame, before: pd.DataFrame | None) -> None:
    """Refuse one frame under both names.

    Raises:
        ArgumentError: A change in one would be a change in the other.
    """
    if edited is before:
        message = (
            "edited is before: both are the same frame, in which nothing differs from itself. Edit "
            "a copy (edited = customers.copy()), or leave before= out: the project remembers what "
            "it fetched."
        )
        raise ArgumentError(message)


def _no_frame(name: str, given: Any) -> str:
    kind = f"{type(given).__module__.partition('.')[0]}.{type(given).__name__}"
    if hasattr(given, "dask"):
        return (
            f"{name} is a {kind}, whose rows are not in memory: choose the rows that you have "
            f"changed and give them as pandas has them, such as {name}[changed].compute()."
        )
    return (
        f"{name} is a {kind}, not a DataFrame of pandas: give an edited copy of what "
        "fetch_customers() gave."
    )


def _several_levels(name: str, columns: pd.MultiIndex) -> str:
    """pivot(), agg() of several functions and concat() of a dict give columns several names."""
    known = [
        sum(isinstance(each, str) and is_writable(each) for each in columns.get_level_values(level))
        for level in range(columns.nlevels)
    ]
    level = known.index(max(known))
    shown = ", ".join(column_shown(each) for each in columns[:2].tolist())
    more = ", …" * (len(columns) > 2)
    return (
        f"The columns of {name} have {columns.nlevels} levels ({shown}{more}), the API's have one "
        f"name each: choose, such as with {_one_level(name, columns, level)}. Nothing was sent."
    )


def _one_level(name: str, columns: pd.MultiIndex, level: int) -> str:
    """Python that leaves one level, and each of its names once."""
    names = columns.get_level_values(level)
    if names.is_unique or columns.nlevels > 2:
        return f"{name}.columns = {name}.columns.get_level_values({level})"
    other = 1 - level
    return f"{name}.xs({columns.get_level_values(other)[-1]!r}, axis=1, level={other})"


def _no_names(name: str, columns: pd.Index[Any]) -> str:
    """Arrays, and files read without their first line, come with numbers for names."""
    shown = ", ".join(column_shown(each) for each in columns[:3].tolist())
    more = ", …" * (len(columns) > 3)
    return (
        f"None of the columns of {name} ({shown}{more}) has a name of the API's, so nothing of it "
        f"could be pushed: give them those of the fetch, such as with "
        f"{name}.columns = customers.columns. Nothing was sent."
    )


def _refuse_doubled_columns(name: str, frame: pd.DataFrame) -> None:
    twice = frame.columns[frame.columns.duplicated()].unique().tolist()
    if twice:
        message = f"{name} has columns twice: {columns_named(twice)}. Drop or rename one of each."
        raise PlanError(message)
