"""What is no pair of customers' frames, refused before anything is compared."""

from __future__ import annotations

from typing import Any

import pandas as pd

from vfy_notebook.edits.problems import named
from vfy_notebook.errors import ArgumentError, PlanError
from vfy_notebook.frames.schema import FIXED_NAMES, INDEX

ON_CONFLICT = ("refuse", "skip", "overwrite")


def check_options(*, on_conflict: str, max_records: int) -> None:
    """Refuse options that are none.

    Raises:
        ArgumentError: One of them cannot be.
    """
    if on_conflict not in ON_CONFLICT:
        allowed = ", ".join(map(repr, ON_CONFLICT))
        message = f"on_conflict={on_conflict!r} is not one of {allowed}."
        raise ArgumentError(message)
    if isinstance(max_records, bool) or not isinstance(max_records, int) or max_records < 1:
        message = f"max_records={max_records!r}: give a whole number from 1 up."
        raise ArgumentError(message)


def check_frames(before: Any, after: Any) -> None:
    """Refuse what are no two frames of customers.

    Raises:
        ArgumentError: They are no DataFrames.
        PlanError: `before` is not as it was fetched, or a customer or column is there twice.
    """
    for name, frame in (("before", before), ("after", after)):
        if not isinstance(frame, pd.DataFrame):
            message = (
                f"{name} is a {type(frame).__name__}, not a DataFrame: give the frame as "
                "fetch_customers() gave it, and an edited copy of it."
            )
            raise ArgumentError(message)
        _refuse_doubled_columns(name, frame)
        _refuse_other_index(name, frame)
        _refuse_doubled_customers(name, frame)
    lacking = [column for column in FIXED_NAMES if column not in before.columns]
    if lacking:
        message = (
            f"before lacks the columns {', '.join(lacking)}: give the whole frame as "
            "fetch_customers() gave it. What is not known of a customer could be lost in a push."
        )
        raise PlanError(message)


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
