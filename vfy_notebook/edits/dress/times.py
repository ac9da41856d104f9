"""Days and moments as text, as spreadsheets' numbers, in another zone, or cut to minutes.

A format is taken for the column's own where it makes the cells that nobody touched equal to the
server's: only the cells themselves can tell 03/02/1990 in March from the one in February.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from vfy_notebook.edits.cells.cells import Held
from vfy_notebook.edits.dress.missing import is_among
from vfy_notebook.frames.identities.words import MISSING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from vfy_notebook.edits.cells.cells import Bools, Cells

Moments = np.ndarray[Any, np.dtype[np.int64]]

DAY_US = 86_400_000_000
_QUARTER_US = 15 * 60 * 1_000_000
_HOUR_US = 3_600_000_000
_WIDEST_OFFSET_US = 14 * _HOUR_US

#: What times are cut to in files, from fine to coarse.
_CUTS_US = (1, 1000, 1_000_000, 60_000_000, DAY_US)

#: So many distinct texts tell which formats there may be.
_SAMPLED = 200

#: Fewer rows prove nothing about another zone.
_ENOUGH = 3

_DATES = (
    "%d.%m.%Y",
    "%d/%m/%Y",
    "%m/%d/%Y",
    "%d-%m-%Y",
    "%m-%d-%Y",
    "%Y/%m/%d",
    "%Y.%m.%d",
    "%Y%m%d",
)
_CLOCKS = ("", " %H:%M", " %H:%M:%S", " %I:%M %p", " %I:%M:%S %p")
FORMATS = tuple(day + clock for clock in _CLOCKS for day in _DATES)

#: Spreadsheets count days since then; programs count since 1970, in one of these units.
_SPREADSHEET_EPOCH_US = -25_569 * DAY_US
_NUMBERS: tuple[tuple[float, int], ...] = (
    (DAY_US, _SPREADSHEET_EPOCH_US),
    (1000.0, 0),
    (1_000_000.0, 0),
    (1.0, 0),
    (0.001, 0),
    (DAY_US, 0),
)
#: The years 1 to 9999.
_LEAST_US, _MOST_US = -62_135_596_800_000_000, 253_402_300_800_000_000

#: Nobody was a customer before 2000, or is one after 2200; so a number's size tells its unit.
_OLDEST_US, _NEWEST_US = 946_684_800_000_000, 7_258_118_400_000_000

_ZONE = r"(?:Z|[+-]\d\d:?\d\d)$"


@dataclass(frozen=True)
class Times:
    """Cells read as times.

    Attributes:
        us: Microseconds since 1970, in UTC.
        known: Where a cell is a time.
        unclear: Where it may be one of several.
    """

    us: Moments
    known: Bools
    unclear: Bools


def moments_of(cells: Cells) -> tuple[Moments, Bools]:
    """The server's own times, as microseconds, and where there are any."""
    if cells.held is Held.TIME:
        return cells.values, ~cells.missing
    if cells.held is Held.TEXT:
        return _iso(cells.values.to_pandas())
    texts = [value if isinstance(value, str) else None for value in cells.objects()]
    return _iso(pd.Series(texts, dtype="str"))


def read_times(cells: Cells, base: Moments, has_base: Bools, *, days: bool) -> Times:
    """An edited column's cells as times.

    Args:
        cells: The cells, whatever they are.
        base: The server's times in the same rows.
        has_base: Where there are any.
        days: Whether they are days, whose zone means nothing.
    """
    count = len(cells)
    if cells.held is Held.TIME:
        return Times(cells.values, ~cells.missing, np.zeros(count, dtype=bool))
    texts, numbers, us, known = _sorted_out(cells)
    if days:
        texts = texts.str.replace(_ZONE, "", regex=True)
    from_text, are_iso = _iso(texts)
    us, known = np.where(are_iso, from_text, us), known | are_iso
    unclear = np.zeros(count, dtype=bool)
    for left, readings in (
        (texts.notna().to_numpy() & ~known, _readings_of_texts(texts, known)),
        (~np.isnan(numbers), _readings_of_numbers(numbers)),
    ):
        if not left.any():
            continue
        found = _best(list(readings), left, base, has_base)
        us = np.where(left & found.known, found.us, us)
        known, unclear = known | (left & found.known), unclear | found.unclear
    return Times(us, known & ~unclear, unclear)


def plain_times(cells: Cells) -> tuple[Moments, Bools]:
    """Times without anything to compare them with: ISO texts, and numbers by their size."""
    if cells.held is Held.TIME:
        return cells.values, ~cells.missing
    texts, numbers, us, known = _sorted_out(cells)
    from_text, are_iso = _iso(texts)
    us, known = np.where(are_iso, from_text, us), known | are_iso
    if not np.isnan(numbers).all():
        for read, are_times in _readings_of_numbers(numbers):
            fits = are_times & ~known & (read >= _OLDEST_US) & (read < _NEWEST_US)
            us, known = np.where(fits, read, us), known | fits
    return us, known


def same_times(times: Times, base: Moments, has_base: Bools, *, cut: bool) -> Bools:
    """Where a cell is the server's time.

    Args:
        times: The cells.
        base: The server's times.
        has_base: Where there are any.
        cut: Whether they may be such as files make them: cut to seconds, minutes or days, or by
            another zone's clock; only all cells of a column alike.
    """
    both = times.known & has_base
    same: Bools = both & (times.us == base)
    if not cut or same[both].all():
        return same
    shown = times.us[times.known]
    unit = max(unit for unit in _CUTS_US if not (shown % unit).any())
    floored = base - base % unit
    same |= both & (times.us == floored)
    off = (times.us - floored)[both]
    if len(off) >= _ENOUGH and _is_a_zone(off):
        return both
    return same


def moved_times(cells: Cells, base: Moments, has_base: Bools, *, cut: bool) -> Bools:
    """Where cells are not the server's times, to the millisecond."""
    told = read_times(cells, base, has_base, days=False)
    told = Times(told.us // 1000 * 1000, told.known, told.unclear)
    same = same_times(told, base, has_base, cut=cut)
    return ~(same | (~has_base & (cells.missing | is_among(cells, MISSING))))


def _is_a_zone(off: Moments) -> bool:
    """Whether differences are a zone's offset, in summer and in winter."""
    distinct = np.unique(off)
    return (
        len(distinct) <= 2
        and bool((distinct != 0).all())
        and bool((np.abs(distinct) <= _WIDEST_OFFSET_US).all())
        and not (distinct % _QUARTER_US).any()
        and int(np.ptp(distinct)) in (0, _HOUR_US)
    )


def _sorted_out(cells: Cells) -> tuple[pd.Series[str], Any, Moments, Bools]:
    """The texts, the numbers and the times among cells."""
    count = len(cells)
    us, known = np.zeros(count, dtype="int64"), np.zeros(count, dtype=bool)
    nothing = np.full(count, np.nan)
    if cells.held is Held.TEXT:
        return cells.values.to_pandas().astype("str"), nothing, us, known
    no_text = pd.Series([None] * count, dtype="str")
    if cells.held in (Held.WHOLE, Held.NUMBER):
        return no_text, np.where(cells.missing, np.nan, cells.values.astype("float64")), us, known
    values = cells.objects()
    for i, value in enumerate(values):
        if isinstance(value, date | np.datetime64):
            us[i], known[i] = _us_of(value), True
        elif isinstance(value, int | float) and not isinstance(value, bool):
            nothing[i] = float(value)
    texts = [value if isinstance(value, str) else None for value in values]
    return pd.Series(texts, dtype="str"), nothing, us, known


def _us_of(moment: date | np.datetime64) -> int:
    if isinstance(moment, np.datetime64):
        return int(moment.astype("datetime64[us]").astype("int64"))
    if isinstance(moment, datetime) and moment.tzinfo is not None:
        moment = moment.astimezone(UTC).replace(tzinfo=None)
    return int(np.datetime64(moment).astype("datetime64[us]").astype("int64"))


def _iso(texts: pd.Series[str]) -> tuple[Moments, Bools]:
    times = pd.to_datetime(
        texts.where(texts.str.match(r"\s*\d{4}-\d\d-\d\d", na=False)),
        format="ISO8601",
        utc=True,
        errors="coerce",
    )
    return _us(times)


def _us(times: pd.Series[Any]) -> tuple[Moments, Bools]:
    known = times.notna().to_numpy()
    raw = times.dt.as_unit("us").to_numpy(dtype="datetime64[us]").view("int64")
    return np.where(known, raw, 0), known


def _readings_of_texts(texts: pd.Series[str], known: Bools) -> Iterator[tuple[Moments, Bools]]:
    left = texts.where(~known)
    if left.isna().all():
        return
    some = pd.Series(left.dropna().unique()[:_SAMPLED])
    for form in FORMATS:
        if pd.to_datetime(some, format=form, errors="coerce").isna().all():
            continue
        us, read = _us(pd.to_datetime(left, format=form, utc=True, errors="coerce"))
        if read.any():
            yield us, read


def _readings_of_numbers(numbers: Any) -> Iterator[tuple[Moments, Bools]]:
    for unit, epoch in _NUMBERS:
        with np.errstate(invalid="ignore", over="ignore"):
            us = numbers * unit + epoch
            read = (us >= _LEAST_US) & (us < _MOST_US)
            # A spreadsheet's fractions of a day are a hair off.
            us = np.where(read, us, 0)
        whole = np.round(us).astype("int64")
        yield (np.round(us / 1000).astype("int64") * 1000 if unit == DAY_US else whole), read


def _best(
    readings: list[tuple[Moments, Bools]], left: Bools, base: Moments, has_base: Bools
) -> Times:
    """The reading that fits the server's values best; unclear where several fit as well."""
    nothing = np.zeros(len(left), dtype=bool)
    scored = [
        (int((left & read & has_base & _close(us, base)).sum()), int((left & read).sum()), us, read)
        for us, read in readings
    ]
    if not scored:
        return Times(np.zeros(len(left), dtype="int64"), nothing, nothing)
    most = max(score[:2] for score in scored)
    best = [(us, read) for *score, us, read in scored if tuple(score) == most]
    us, read = best[0]
    unclear = nothing
    for other_us, other_read in best[1:]:
        unclear = unclear | (left & read & other_read & (us != other_us))
    return Times(us, read, unclear)


def _close(us: Moments, base: Moments) -> Bools:
    """Whether times are the same but for what a file may have cut off."""
    return np.asarray(np.abs(us - base) < 60_000_000)
