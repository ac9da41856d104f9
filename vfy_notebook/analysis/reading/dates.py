"""Dates of any dress, read as moments in UTC."""

from __future__ import annotations

from numbers import Number
from typing import Any

import pandas as pd

from vfy_notebook.analysis.reading.columns import name_some, plain_values, spell_count
from vfy_notebook.errors import ArgumentError
from vfy_notebook.shown_text import shown_text

__all__ = ["read_dates", "read_day"]

#: Characters of a value that an error shows.
_LONGEST = 60


def read_dates(series: pd.Series, *, frame_name: str, argument: str) -> pd.Series:
    """Read a column as times.

    Times with a zone are brought to UTC, those without one are taken for UTC. Text is read where
    it is ISO 8601, as the API and DuckDB write it.

    Args:
        series: The column.
        frame_name: What its frame is called in an error.
        argument: Which argument named the column.

    Returns:
        The times in UTC without a zone (`datetime64[us]`), NaT where there is none.

    Raises:
        ArgumentError: The column holds something else; the message names rows.
    """
    named = f"{frame_name}[{str(series.name)!r}]"
    values = plain_values(series)
    if isinstance(values.dtype, pd.PeriodDtype):
        values = values.dt.to_timestamp()
    if isinstance(values.dtype, pd.ArrowDtype):
        values = values.astype(object)
    missing = values.isna()
    if pd.api.types.is_datetime64_any_dtype(values.dtype):
        return _without_zone(values)
    if missing.all():
        return pd.Series(pd.NaT, index=series.index, name=series.name, dtype="datetime64[us]")
    found = pd.api.types.infer_dtype(values, skipna=True)
    if found in {"integer", "floating", "mixed-integer-float", "boolean", "decimal", "timedelta"}:
        raise ArgumentError(
            f"{argument}: {named} holds {found} values, not dates. Where they are seconds since "
            f"1970, pandas.to_datetime({named}, unit='s', utc=True) makes dates of them."
        )
    times = pd.to_datetime(values, format="ISO8601", utc=True, errors="coerce")
    unread = series.index[times.isna().to_numpy() & ~missing.to_numpy()]
    if len(unread):
        example = values.loc[unread].iloc[0]
        count, shown = spell_count(len(unread), "value"), shown_text(example, _LONGEST)
        raise ArgumentError(
            f"{argument}: not a date in ISO 8601, such as 2026-01-31, is {shown!r}; {count} of "
            f"{named} cannot be read, in the rows {name_some(unread)}. "
            f"pandas.to_datetime({named}, dayfirst=True, utc=True) reads 31.01.2026; "
            f"errors='coerce' makes NaT of what cannot be read."
        )
    return _without_zone(times)


def read_day(moment: Any, *, argument: str) -> pd.Timestamp:
    """Read a day, in UTC, from a date, a time or an ISO text.

    Raises:
        ArgumentError: It is none of these.
    """
    if isinstance(moment, Number):
        raise ArgumentError(f"{argument} must be a date such as '2026-06-30', not {moment!r}.")
    try:
        read = pd.Timestamp(moment)
    except (ValueError, TypeError) as error:
        raise ArgumentError(
            f"{argument} must be a date such as '2026-06-30', not {moment!r}."
        ) from error
    if pd.isna(read):
        raise ArgumentError(f"{argument} must be a date such as '2026-06-30', not {moment!r}.")
    if read.tzinfo is not None:
        read = read.tz_convert("UTC").tz_localize(None)
    return read.normalize().as_unit("us")


def _without_zone(times: pd.Series) -> pd.Series:
    if isinstance(times.dtype, pd.DatetimeTZDtype):
        times = times.dt.tz_convert("UTC").dt.tz_localize(None)
    micros: pd.Series = times.dt.as_unit("us")
    return micros
