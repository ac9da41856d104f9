"""Calendar periods: months, weeks, quarters."""

from __future__ import annotations

import pandas as pd

from vfy_notebook.errors import ArgumentError

__all__ = ["period_of", "read_freq"]

_MAX_PERIODS = 5_000
#: How pandas calls a period by its end or its beginning, and the period itself.
_ALIASES = {"ME": "M", "MS": "M", "QE": "Q", "QS": "Q", "YE": "Y", "YS": "Y"}
_KINDS = ("D", "W", "M", "Q", "Y")


def read_freq(freq: str) -> str:
    """Give the name that pandas has for the periods: `M` for `ME`, `Q-DEC` for `QE`.

    Raises:
        ArgumentError: It is no day, week, month, quarter or year.
    """
    if isinstance(freq, str):
        head, dash, tail = freq.strip().partition("-")
        alias = _ALIASES.get(head.upper(), head.upper()) + dash + tail.upper()
        if alias.partition("-")[0] in _KINDS:
            try:
                return str(pd.Period("2026-01-01", freq=alias).freqstr)
            except ValueError:
                pass
    raise ArgumentError(
        f"freq must be D (day), W (week), M (month), Q (quarter) or Y (year), or one of pandas' "
        f"anchored ones such as W-SAT, not {freq!r}."
    )


def period_of(times: pd.Series, freq: str) -> pd.PeriodIndex:
    """The period of each time.

    Args:
        times: Times without a zone, none of them NaT.
        freq: As `read_freq` gives it.

    Raises:
        ArgumentError: From the first to the last there are more than 5,000 periods.
    """
    periods = pd.PeriodIndex(times.dt.to_period(freq), freq=freq)
    if len(periods):
        first, last = periods.min(), periods.max()
        if last.ordinal - first.ordinal > _MAX_PERIODS:
            raise ArgumentError(
                f"freq: from {times.min().isoformat()[:10]} to {times.max().isoformat()[:10]} "
                f"there are more than {_MAX_PERIODS:,} periods of {freq!r}. Leave out orders whose "
                "date cannot be, or take longer periods, such as 'Y'."
            )
    return periods
