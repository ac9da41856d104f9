"""A column, read as what can be compared: numbers, dates, or a few values."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
import pandas as pd

from vfy_notebook.analysis.reading.amounts import read_amounts
from vfy_notebook.analysis.reading.columns import plain_values
from vfy_notebook.analysis.reading.dates import read_dates

__all__ = ["Measured", "Valued", "read_kind"]

NO_VALUE = "no value"
_ISO_DATE = re.compile(r"\d{4}-\d\d-\d\d([T ]\d\d:\d\d[:.0-9]*(Z|[+-]\d\d(:?\d\d)?)?)?")


@dataclass(frozen=True)
class Measured:
    """Numbers or dates, NA where there is none."""

    values: pd.Series


@dataclass(frozen=True)
class Valued:
    """Values of which each customer has one, none or several.

    Attributes:
        rows: The position of a customer, for each value that they have.
        codes: The number of that value.
        labels: The values' texts.
        single: Nobody has several.
        flags: They are true and false.
    """

    rows: np.ndarray[tuple[int, ...], np.dtype[np.int64]]
    codes: np.ndarray[tuple[int, ...], np.dtype[np.int64]]
    labels: list[str]
    single: bool = True
    flags: bool = False


Kind: TypeAlias = Measured | Valued


def read_kind(series: pd.Series) -> Kind:
    """Read a column by its values, whatever its dtype says.

    Objects that are all numbers, dates or flags are read as such, and so is text that is dates
    in ISO 8601, or lists and objects in JSON, throughout. Lists give a value for each of their
    elements. Anything else is a value by its own spelling; an object is one value, spelled as
    JSON.
    """
    values = plain_values(series)
    if isinstance(values.dtype, pd.ArrowDtype):
        values = values.astype(object)
    found = pd.api.types.infer_dtype(values, skipna=True)
    if found in {"datetime", "datetime64", "date", "period"} or _are_dates(values, found):
        return Measured(read_dates(values, frame_name="customers", argument="columns"))
    if found in {"timedelta", "timedelta64"}:
        return Measured(pd.to_timedelta(values).dt.total_seconds() / 86_400)
    if found in {"integer", "floating", "mixed-integer-float", "decimal"}:
        return Measured(read_amounts(values, frame_name="customers", argument="columns"))
    if found == "boolean":
        return _valued(*pd.factorize(values.astype("boolean")), flags=True)
    if found == "string":
        values = _out_of_json(values)
        if pd.api.types.infer_dtype(values, skipna=True) == "string":
            return _valued(*pd.factorize(values), flags=False)
    return _read_values(values)


def _are_dates(values: pd.Series, found: str) -> bool:
    if found != "string":
        return False
    present = values.dropna()
    if present.empty or not _ISO_DATE.fullmatch(present.iloc[0]):
        return False
    if not present.str.fullmatch(_ISO_DATE).all():
        return False
    times = pd.to_datetime(present, format="ISO8601", utc=True, errors="coerce")
    return bool(times.notna().all())  # the 31st of February stays text


def _out_of_json(values: pd.Series) -> pd.Series:
    """Text that is lists and objects throughout, as `save_customers` writes them, as those."""
    present = values.dropna()
    if present.empty or not present.str.startswith(("[", "{")).all():
        return values
    try:
        read = [
            None if gone else json.loads(text)
            for gone, text in zip(values.isna(), values, strict=True)
        ]
    except (ValueError, RecursionError):
        return values
    return pd.Series(read, index=values.index, dtype=object)


def _valued(codes: np.ndarray[Any, Any], values: Any, *, flags: bool) -> Valued:
    """Values of which nobody has several, as `pandas.factorize` gives them."""
    rows = np.flatnonzero(codes >= 0)
    labels = [str(value).lower() if flags else _quoted(value, set()) for value in values]
    return Valued(rows.astype(np.int64), codes[rows].astype(np.int64), labels, flags=flags)


def _quoted(text: str, others: set[str]) -> str:
    """A text, in quotes where it could be taken for something else.

    Halves of surrogate pairs, which no column of text can hold, are escaped.
    """
    text = text.encode("utf-8", "backslashreplace").decode("utf-8")
    if text in others or text == NO_VALUE or not text.strip():
        return json.dumps(text, ensure_ascii=False)
    return text


def _read_values(values: pd.Series) -> Valued:
    rows: list[int] = []
    spelled: list[tuple[bool, str]] = []
    single = True
    for row, value in enumerate(values):
        elements = _elements(value)
        single = single and len(elements) <= 1 and not isinstance(value, list | np.ndarray)
        rows.extend([row] * len(elements))
        spelled.extend(elements)
    codes, found = pd.factorize(pd.Series(spelled, dtype=object))
    plain = {text for is_text, text in found if not is_text}
    labels = [_quoted(text, plain) if is_text else text for is_text, text in found]
    return Valued(np.array(rows, dtype=np.int64), codes.astype(np.int64), labels, single=single)


def _elements(value: Any) -> list[tuple[bool, str]]:
    """The spellings of a value: none for a missing one, one for each element of a list."""
    several = value if isinstance(value, list | tuple | set | np.ndarray) else [value]
    found = (_spelled(one) for one in several if not _is_missing(one))
    return list(dict.fromkeys(found))


def _is_missing(value: Any) -> bool:
    return bool(pd.api.types.is_scalar(value) and pd.isna(value))


def _spelled(value: Any) -> tuple[bool, str]:
    """Whether a value is text, and its spelling."""
    if isinstance(value, str):
        return True, value
    if isinstance(value, np.generic | np.ndarray):
        value = value.tolist()
    sortable = isinstance(value, dict) and all(isinstance(key, str) for key in value)
    try:
        return False, json.dumps(value, ensure_ascii=False, default=str, sort_keys=sortable)
    except (TypeError, ValueError, RecursionError):  # keys of another kind, an endless nest
        return False, repr(value)
