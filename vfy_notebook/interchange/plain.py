"""A frame that every other library takes."""

from __future__ import annotations

import json
from typing import Any

import pandas as pd

from vfy_notebook.edits.cells.values import Unsendable, as_json
from vfy_notebook.edits.problems.problems import named
from vfy_notebook.errors import ArgumentError

__all__ = ["plain"]


def plain(frame: pd.DataFrame) -> pd.DataFrame:
    """The same rows in what Polars, DuckDB, SQL, seaborn, Great Tables and Parquet all know.

    The index becomes the first column (or columns). Lists and objects become JSON text, columns of
    several types become text, and times lose their zone: they are in UTC. Flags become `bool`, or
    a category of True and False where some are missing. All else stays as it is.
    `project.plan_push` understands the result: a cell that has not been edited is no edit.

    Args:
        frame: Any frame: customers, memberships, reports. It is left as it is.

    Returns:
        A frame with an index 0, 1, 2, ….

    Raises:
        ArgumentError: It is no DataFrame of pandas, two columns would have one name, or a cell
            holds what has no text.

    Cost in API calls: none.

    >>> customers = project.fetch_customers(limit=3, progress=False)
    >>> flat = vfy.plain(customers)
    >>> flat.columns[0], str(flat["created_at"].dtype), str(flat["loyalty.campaigns"].dtype)
    ('customer_id', 'datetime64[us]', 'str')
    """
    _refuse_others(frame)
    columns = [*_levels(frame.index), *((name, frame.iloc[:, i]) for i, name in enumerate(frame))]
    names = [str(name) for name, _ in columns]
    twice = [name for name in dict.fromkeys(names) if names.count(name) > 1]
    if twice:
        message = (
            f"Two columns, or a column and the index, are called {', '.join(twice)}: rename one."
        )
        raise ArgumentError(message)
    made = {name: _plain(column, name) for name, (_, column) in zip(names, columns, strict=True)}
    flat = pd.DataFrame(made, index=pd.RangeIndex(len(frame)), copy=True)
    flat.attrs = dict(frame.attrs)
    return flat


def _refuse_others(frame: Any) -> None:
    if not isinstance(frame, pd.DataFrame):
        message = f"{type(frame).__name__} is no DataFrame of pandas."
        raise ArgumentError(message)


def _levels(index: pd.Index[Any]) -> list[tuple[Any, pd.Series[Any]]]:
    """The levels of an index that have a name."""
    return [
        (name, pd.Series(index.get_level_values(i)))
        for i, name in enumerate(index.names)
        if name is not None
    ]


def _plain(column: pd.Series[Any], name: str) -> Any:
    dtype = column.dtype
    if isinstance(dtype, pd.DatetimeTZDtype):
        return column.dt.tz_convert("UTC").dt.tz_localize(None).array
    if isinstance(dtype, pd.CategoricalDtype) and dtype.categories.dtype.kind != "b":
        return _plain(column.astype(dtype.categories.dtype), name)
    if isinstance(dtype, pd.StringDtype):
        return column.astype("str").array
    if isinstance(dtype, pd.BooleanDtype):
        # seaborn asks each cell whether it is true, which a missing one cannot answer.
        return column.astype("category" if column.isna().any() else "bool").array
    return column.array if dtype.kind != "O" else _of_objects(column, name)


def _of_objects(column: pd.Series[Any], name: str) -> Any:
    values = column.to_numpy(dtype=object)
    missing = pd.isna(values)
    texts: list[str | None] = []
    refused: dict[str, str] = {}
    for label, value, gone in zip(column.index, values, missing, strict=True):
        try:
            texts.append(None if gone else _text(value))
        except Unsendable as error:
            refused[str(label)] = str(error)
    if refused:
        reason = next(iter(refused.values()))
        message = f"{name} {reason}: {named(list(refused), noun='row')}."
        raise ArgumentError(message)
    return pd.array(texts, dtype="str")


def _text(value: Any) -> str:
    if isinstance(value, str):
        return value
    shown = as_json(value)
    return shown if isinstance(shown, str) else json.dumps(shown, ensure_ascii=False)
