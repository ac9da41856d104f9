"""What is no frame of customers, refused before anything is compared."""

from __future__ import annotations

from typing import Any

import pandas as pd

from vfy_notebook.edits.problems import named
from vfy_notebook.errors import ArgumentError, PlanError
from vfy_notebook.frames.schema import INDEX


def check_frame(name: str, frame: Any) -> None:
    """Refuse what is no frame of customers, each once.

    Args:
        name: How the argument is called.
        frame: What was given.

    Raises:
        ArgumentError: It is no DataFrame of pandas.
        PlanError: A customer or column is there twice, or it is not indexed by customer.
    """
    if not isinstance(frame, pd.DataFrame):
        raise ArgumentError(_no_frame(name, frame))
    _refuse_doubled_columns(name, frame)
    _refuse_other_index(name, frame)
    _refuse_doubled_customers(name, frame)


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
    twice = [str(c) for c in frame.columns[frame.columns.duplicated()].unique()]
    if twice:
        message = f"{name} has columns twice: {', '.join(twice)}. Drop or rename one of each."
        raise PlanError(message)


def _refuse_other_index(name: str, frame: pd.DataFrame) -> None:
    elsewhere = INDEX in frame.columns and frame.index.name != INDEX
    if isinstance(frame.index, pd.MultiIndex) or elsewhere:
        message = f"{name} is not indexed by customer_id: use {name}.set_index('{INDEX}')."
        raise PlanError(message)


def _refuse_doubled_customers(name: str, frame: pd.DataFrame) -> None:
    index = frame.index
    doubled = index[index.notna() & index.duplicated(keep=False)]
    if len(doubled):
        labels = [str(label) for label in doubled.unique()]
        message = (
            f"{name} has {named(labels)} more than once: keep one row of each, such as by "
            f"{name}[~{name}.index.duplicated(keep='last')]."
        )
        raise PlanError(message)
