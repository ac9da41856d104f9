"""Selects rows of a DataFrame by simple conditions, all of which must be true."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from vfy_notebook.errors import ArgumentError
from vfy_notebook.frames.schema import METADATA_PREFIX, Kind
from vfy_notebook.frames.typed_numbers import number_in

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date

#: Columns that no simple condition can be about.
_OBJECTS = ("system_metadata", "loyalty.campaigns", "referrals.campaigns")


class Test(enum.Enum):
    """The test that a condition applies to a value."""

    __test__ = False  # no test of pytest's

    IS = "is"
    IS_NOT = "is not"
    CONTAINS = "contains"
    AT_LEAST = "is at least"
    AT_MOST = "is at most"
    FROM = "is on or after"
    BEFORE = "is before"
    YES = "is true"
    NO = "is false"
    EMPTY = "is empty"
    FILLED = "is not empty"


#: Tests that compare with nothing.
WITHOUT_VALUE = frozenset({Test.YES, Test.NO, Test.EMPTY, Test.FILLED})

_ALWAYS = (Test.EMPTY, Test.FILLED)
_OF_NUMBERS = (Test.IS, Test.IS_NOT, Test.AT_LEAST, Test.AT_MOST, *_ALWAYS)
_OF_TIMES = (Test.FROM, Test.BEFORE, *_ALWAYS)

TESTS: dict[Kind, tuple[Test, ...]] = {
    Kind.TEXT: (Test.IS, Test.IS_NOT, Test.CONTAINS, *_ALWAYS),
    Kind.WHOLE: _OF_NUMBERS,
    Kind.NUMBER: _OF_NUMBERS,
    Kind.FLAG: (Test.YES, Test.NO, *_ALWAYS),
    Kind.TIME: _OF_TIMES,
    Kind.DATE: _OF_TIMES,
    Kind.OBJECT: _ALWAYS,
}


@dataclass(frozen=True)
class Condition:
    """One condition. `value` is a text, a date, or None if the test needs no value."""

    column: str
    test: Test
    value: str | date | None = None


def columns_for_conditions(customers: pd.DataFrame) -> list[str]:
    """Columns that conditions can be about, metadata first."""
    names = [str(name) for name in customers.columns if name not in _OBJECTS]
    return sorted(names, key=lambda name: not name.startswith(METADATA_PREFIX))


def kind_of(column: pd.Series[Any]) -> Kind:
    """What a column holds, by its dtype."""
    dtype = column.dtype
    if isinstance(dtype, pd.DatetimeTZDtype):
        return Kind.TIME
    if pd.api.types.is_datetime64_dtype(dtype):
        return Kind.DATE
    if pd.api.types.is_bool_dtype(dtype):
        return Kind.FLAG
    if pd.api.types.is_integer_dtype(dtype):
        return Kind.WHOLE
    if pd.api.types.is_float_dtype(dtype):
        return Kind.NUMBER
    return Kind.TEXT if isinstance(dtype, pd.StringDtype) else Kind.OBJECT


def matching(customers: pd.DataFrame, conditions: Iterable[Condition]) -> pd.DataFrame:
    """The rows for which all conditions hold; without conditions all rows.

    A missing value is not equal to anything, and neither above nor below anything.

    Raises:
        ArgumentError: A condition cannot be checked; the message says which and why.
    """
    holds = np.ones(len(customers), dtype=bool)
    for condition in conditions:
        if condition.column not in customers.columns:
            message = f"These customers have no column {condition.column}: choose another one."
            raise ArgumentError(message)
        holds &= _holds(customers[condition.column], condition)
    return customers[holds]


def _holds(column: pd.Series[Any], condition: Condition) -> np.ndarray[Any, Any]:
    test = condition.test
    missing = column.isna()
    if test in (Test.EMPTY, Test.FILLED):
        return (missing if test is Test.EMPTY else ~missing).to_numpy(dtype=bool)
    if test not in TESTS[kind_of(column)]:
        message = f"The test {test.value!r} does not fit {condition.column}: choose another one."
        raise ArgumentError(message)
    value = _comparable(column, condition)
    if test is Test.CONTAINS:
        found = column.str.contains(str(value), case=False, regex=False)
    elif test in (Test.YES, Test.NO):
        found = column == (test is Test.YES)
    elif test in (Test.AT_LEAST, Test.FROM):
        found = column >= value
    elif test is Test.AT_MOST:
        found = column <= value
    elif test is Test.BEFORE:
        found = column < value
    else:
        found = column == value
    told = found.fillna(value=False).to_numpy(dtype=bool)
    return ~told if test is Test.IS_NOT else told


def _comparable(column: pd.Series[Any], condition: Condition) -> Any:
    """The condition's value as something that the column can be compared with."""
    kind, value = kind_of(column), condition.value
    if condition.test in WITHOUT_VALUE:
        return None
    if value is None or value == "":
        message = f"{condition.column} {condition.test.value} …: fill in a value."
        raise ArgumentError(message)
    if kind in (Kind.WHOLE, Kind.NUMBER):
        return _number(condition)
    if kind in (Kind.TIME, Kind.DATE):
        return _moment(condition, utc=kind is Kind.TIME)
    return value


def _number(condition: Condition) -> int | float:
    number = number_in(str(condition.value))
    if number is not None:
        return number
    message = (
        f"{condition.column} {condition.test.value} {condition.value!r}: that is not a number; "
        "write it like 2357 or 2.5."
    )
    raise ArgumentError(message)


def _moment(condition: Condition, *, utc: bool) -> pd.Timestamp:
    try:
        moment = pd.Timestamp(condition.value)  # type: ignore[arg-type]
    except (ValueError, TypeError):
        message = (
            f"{condition.column} {condition.test.value} {condition.value!r}: that is not a date; "
            "write it like 2024-01-31."
        )
        raise ArgumentError(message) from None
    return moment.tz_localize("UTC") if utc and moment.tzinfo is None else moment
