"""A Python value as JSON that the API takes, and when two such values are the same."""

from __future__ import annotations

import math
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd

from vfy_notebook.frames.arrays import MAX_EXACT_FLOAT
from vfy_notebook.shown_text import shown_text

_SCALARS = frozenset({bool, int, str})
_DATE_LENGTH = len("2024-01-31")
_TO_MIDNIGHT = (
    "use .dt.normalize(); times of another zone must first be turned back into it, with "
    ".dt.tz_convert(zone)"
)
_AS_DAY = "use YYYY-MM-DD"
_LONGEST_SHOWN = 60


class Unsendable(Exception):
    """A cell holds what the API does not take.

    Attributes:
        reason: What it holds.
        way_out: What to do instead, without a stop; it is the same for all cells of a kind.
    """

    def __init__(self, reason: str, way_out: str) -> None:
        super().__init__(f"{reason}: {way_out}")
        self.reason = reason
        self.way_out = way_out

    def __reduce__(self) -> tuple[Any, ...]:
        """Both parts survive a pickle."""
        return (Unsendable, (self.reason, self.way_out))


def as_json(value: Any) -> Any:
    """A cell's value as JSON: whole numbers as integers, times as ISO text in UTC.

    Raises:
        Unsendable: It is no JSON.

    >>> as_json(5.0), as_json(pd.Timestamp("2024-01-31 12:00"))
    (5, '2024-01-31T12:00:00.000Z')
    """
    if isinstance(value, float | np.floating):
        return number(float(value))
    if isinstance(value, Decimal):
        return _decimal(value)
    try:
        return _inner(value)
    except RecursionError:
        raise Unsendable("is nested too deeply", "give fewer levels") from None


def number(value: float) -> int | float:
    """A float as JSON: whole ones as integers while a float still tells them apart.

    Raises:
        Unsendable: It is infinite or not a number.
    """
    if not math.isfinite(value):
        raise Unsendable(f"is {value}, which JSON does not have", "use None (null) or a number")
    if value.is_integer() and abs(value) <= MAX_EXACT_FLOAT:
        return int(value)
    return value


def _decimal(value: Decimal) -> int | float:
    if not value.is_finite():
        raise Unsendable(f"is {value}, which JSON does not have", "use None (null) or a number")
    if value == value.to_integral_value():
        return int(value)
    if Decimal(repr(float(value))) != value.normalize():
        raise Unsendable(f"is the decimal {value}, which no float equals", "use float() or text")
    return float(value)


def _inner(value: Any) -> Any:  # noqa: C901, PLR0911, PLR0912 - one branch a type
    """A value inside a cell; numbers stay what they are."""
    kind = type(value)
    if kind is str:
        return _text(value)
    if kind in _SCALARS or value is None:
        return value
    if isinstance(value, np.generic) and not isinstance(value, np.datetime64 | np.timedelta64):
        return _inner(value.item())
    if isinstance(value, str):
        return _text(str.__str__(value))
    if isinstance(value, float):
        if not math.isfinite(value):
            raise Unsendable(f"holds {value}, which JSON does not have", "use None")
        return float(value)
    if isinstance(value, list | tuple):
        return [_inner(each) for each in value]
    if isinstance(value, dict):
        return {_key(key): _inner(each) for key, each in value.items()}
    if isinstance(value, np.ndarray):
        return [_inner(each) for each in value.tolist()]
    if value is pd.NaT or value is pd.NA:
        raise Unsendable(f"holds {value} inside a list or object", "use None")
    if isinstance(value, np.datetime64):
        return time_text(pd.Timestamp(value))
    if isinstance(value, datetime):
        return time_text(value)
    if isinstance(value, date):
        return value.isoformat()
    raise Unsendable(
        f"is of type {kind.__name__}, which is no JSON", "turn it into text or a number"
    )


def _text(value: str) -> str:
    if not value.isascii():
        try:
            value.encode()
        except UnicodeEncodeError:
            raise Unsendable(
                "holds half of a surrogate pair, which is no text", "write the sign anew"
            ) from None
    return value


def _key(key: Any) -> str:
    if not isinstance(key, str):
        raise Unsendable(f"holds an object with the key {cell_shown(key)}", "JSON's keys are text")
    return _text(key)


def time_text(moment: datetime) -> str:
    """A time as the API writes it, in UTC, with as many digits as it has but at least three.

    >>> time_text(datetime(2024, 1, 31, 12, 0, 0, 500_000))
    '2024-01-31T12:00:00.500Z'
    """
    utc = moment if moment.tzinfo is None else moment.astimezone(UTC)
    text = utc.strftime("%Y-%m-%dT%H:%M:%S").rjust(19, "0")
    fine = utc.microsecond * 1000 + getattr(utc, "nanosecond", 0)
    digits = 3 if fine % 1_000_000 == 0 else 6 if fine % 1000 == 0 else 9
    return f"{text}.{f'{fine:09d}'[:digits]}Z"


def is_date_text(text: Any) -> bool:
    """Whether a value is text that names a day, as `YYYY-MM-DD`."""
    if not isinstance(text, str) or len(text) != _DATE_LENGTH or text[4] != "-":
        return False
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True


def date_text(value: Any) -> str | None:
    """A day as `YYYY-MM-DD`, from a date, a midnight, or text that names either.

    Raises:
        Unsendable: It is no day.

    >>> date_text(datetime(1990, 5, 1)), date_text("1990-05-01")
    ('1990-05-01', '1990-05-01')
    """
    if value is None:
        return None
    if isinstance(value, np.datetime64):
        value = pd.Timestamp(value)
    if isinstance(value, str) and not is_date_text(value):
        try:
            value = datetime.fromisoformat(value)
        except ValueError:
            raise Unsendable(f"is {cell_shown(value)}, which is no date", _AS_DAY) from None
    if isinstance(value, str):
        return value
    if isinstance(value, datetime):
        if value.time() != time() or (isinstance(value, pd.Timestamp) and value.nanosecond):
            raise Unsendable(f"is {value}, a date with a time of day", _TO_MIDNIGHT)
        return value.date().isoformat()
    if isinstance(value, date):
        return value.isoformat()
    raise Unsendable(f"is {cell_shown(value)}, which is no date", _AS_DAY)


def cell_shown(value: Any) -> str:
    """A cell's value for a sentence, as Python writes it, and cut."""
    return shown_text(repr(value), _LONGEST_SHOWN)


def same_json(one: Any, other: Any) -> bool:
    """Whether two JSON values are equal: 1 equals 1.0, but neither `"1"` nor true.

    >>> same_json([1, {"a": 2.0}], [1.0, {"a": 2}]), same_json(1, True), same_json(1, "1")
    (True, False, False)
    """
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(same_json, one, other))
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(same_json(one[k], other[k]) for k in one)
    return bool(one == other)


def same_moment(one: Any, other: Any) -> bool:
    """Whether two texts name the same moment, a day being its midnight in UTC."""
    if not isinstance(one, str) or not isinstance(other, str):
        return False
    try:
        first, second = datetime.fromisoformat(one), datetime.fromisoformat(other)
    except ValueError:
        return False
    return _in_utc(first) == _in_utc(second)


def _in_utc(moment: datetime) -> datetime:
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment
