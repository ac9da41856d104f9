"""Columns and ids of a frame, found by name."""

from __future__ import annotations

import difflib
from collections.abc import Hashable
from typing import TYPE_CHECKING, Any

import pandas as pd

from vfy_notebook.errors import ArgumentError
from vfy_notebook.shown_text import first_few, shown_text

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = [
    "CUSTOMER_ID",
    "check_frame",
    "check_single",
    "customer_ids",
    "name_some",
    "pick",
    "plain_values",
    "spell_count",
    "without_twins",
]

CUSTOMER_ID = "customer_id"
_LONGEST_NAME = 60
_NAMED = 3


def check_frame(frame: object, argument: str) -> None:
    """Refuse what is no DataFrame.

    Raises:
        ArgumentError: It is something else.
    """
    if not isinstance(frame, pd.DataFrame):
        raise ArgumentError(f"{argument} must be a DataFrame, not {type(frame).__name__}.")


def pick(frame: pd.DataFrame, column: str, *, frame_name: str, argument: str) -> pd.Series:
    """Give a column, or the level of the index that has its name.

    Args:
        frame: The frame.
        column: What to look for; a column comes before a level of the index.
        frame_name: What the frame is called in an error: `orders`.
        argument: Which argument asked for the column.

    Raises:
        ArgumentError: There is none of that name (the message lists near names), or several.
    """
    if not isinstance(column, str):
        raise ArgumentError(f"{argument} must be the name of a column, not {column!r}.")
    alike = int((frame.columns == column).sum())
    if alike > 1:
        raise ArgumentError(
            f"{argument}: {frame_name} has {alike} columns {column!r}; rename all but one."
        )
    if alike:
        return frame[column]
    if column in frame.index.names:
        return pd.Series(frame.index.get_level_values(column), index=frame.index, name=column)
    near = _near(column, [str(name) for name in (*frame.columns, *frame.index.names)])
    hint = f" Near: {', '.join(map(repr, near))}." if near else ""
    raise ArgumentError(f"{argument}: {frame_name} has no column {column!r}.{hint}")


def plain_values(series: pd.Series) -> pd.Series:
    """A categorical column with its values instead of codes; any other column as it is."""
    if isinstance(series.dtype, pd.CategoricalDtype):
        return series.astype(series.cat.categories.dtype)
    return series


def customer_ids(customers: pd.DataFrame) -> pd.Index:
    """The ids of a frame of customers: its column or index `customer_id`, else its index.

    Raises:
        ArgumentError: This is no DataFrame, a customer is there twice, or a row has no id.
    """
    check_frame(customers, "customers")
    if customers.index.name != CUSTOMER_ID and CUSTOMER_ID in customers.columns:
        found = pick(customers, CUSTOMER_ID, frame_name="customers", argument="customers")
        check_single(found, frame_name="customers", argument="customers")
        ids = pd.Index(plain_values(found))
    elif CUSTOMER_ID in customers.index.names:
        ids = customers.index.get_level_values(CUSTOMER_ID)
    else:
        ids = customers.index
    if isinstance(ids, pd.CategoricalIndex):
        ids = ids.astype(ids.categories.dtype)
    if ids.hasnans:
        rows = [number for number, gone in enumerate(ids.isna()) if gone]
        raise ArgumentError(
            f"customers has {len(rows):,} rows without a customer_id, such as row {rows[0]}; "
            "leave them out: customers[customers['customer_id'].notna()]."
        )
    doubled = ids[ids.duplicated()].unique()
    if len(doubled):
        raise ArgumentError(
            f"customers has {name_some(doubled)} twice or more; give each customer once, for "
            f"instance {without_twins(customers, CUSTOMER_ID, 'customers')}."
        )
    named: pd.Index = ids.rename(CUSTOMER_ID)
    return named


def without_twins(frame: pd.DataFrame, name: str, frame_name: str) -> str:
    """The Python that keeps the last row of each id, wherever the ids are."""
    if name in frame.columns and frame.index.name != name:
        return f"{frame_name}.drop_duplicates({name!r}, keep='last')"
    level = f".get_level_values({name!r})" if frame.index.nlevels > 1 else ""
    return f"{frame_name}[~{frame_name}.index{level}.duplicated(keep='last')]"


def name_some(labels: Sequence[Any] | pd.Index, number: int | None = None) -> str:
    """Name the first of some labels, and how many more there are.

    Args:
        labels: The labels, or the first three of them.
        number: How many there are, where these are not all.
    """
    shown = first_few(labels, _NAMED, show=lambda label: shown_text(label, _LONGEST_NAME))
    more = 0 if number is None else number - len(labels)
    return f"{shown} and {more:,} more" if more > 0 else shown


def spell_count(count: int, noun: str) -> str:
    """Write a count with its noun: `1 order`, `2,357 orders`."""
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"


def check_single(values: pd.Series, *, frame_name: str, argument: str) -> None:
    """Refuse lists and objects where one value is needed.

    Raises:
        ArgumentError: A value is a list or an object.
    """
    if values.dtype == object:
        for value in values:
            if not isinstance(value, Hashable):
                raise ArgumentError(
                    f"{argument}: {frame_name}[{str(values.name)!r}] must hold single values, not "
                    f"{shown_text(value, _LONGEST_NAME)}."
                )


def _near(column: str, names: list[str]) -> list[str]:
    """Names like this one, as a whole or behind the last dot (`tier` for `metadata.tier`)."""
    close = difflib.get_close_matches(column, names)
    end = column.rpartition(".")[2]
    close += [name for name in names if name.rpartition(".")[2] == end]
    return list(dict.fromkeys(close))[:4]
