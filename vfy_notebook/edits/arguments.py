"""What is no frame of customers, refused before anything is compared."""

from __future__ import annotations

from typing import Any

import pandas as pd

from vfy_notebook.edits.problems.problems import column_shown
from vfy_notebook.errors import ArgumentError, PlanError


def check_frame(name: str, frame: Any) -> None:
    """Refuse what is no frame of customers.

    Args:
        name: How the argument is called.
        frame: What was given.

    Raises:
        ArgumentError: It is no DataFrame of pandas.
        PlanError: A column is there twice.
    """
    if not isinstance(frame, pd.DataFrame):
        raise ArgumentError(_no_frame(name, frame))
    _refuse_doubled_columns(name, frame)


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


def _refuse_doubled_columns(name: str, frame: pd.DataFrame) -> None:
    twice = [column_shown(c) for c in frame.columns[frame.columns.duplicated()].unique()]
    if twice:
        message = f"{name} has columns twice: {', '.join(twice)}. Drop or rename one of each."
        raise PlanError(message)
