"""A column of customers, read as what it is to an analyst: categories, numbers or dates."""

from __future__ import annotations

import difflib
import heapq
import json
import math
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
import pandas as pd

from vfy_notebook.errors import ArgumentError
from vfy_notebook.plots.colours import Wanted, colours_of, fixed_colour
from vfy_notebook.plots.drawing.canvas import OTHER_COLOUR, PALETTE, no_value_colour
from vfy_notebook.plots.drawing.names import make_names
from vfy_notebook.reductions import check_frame, count, quantiles

if TYPE_CHECKING:
    from collections.abc import Sequence

    from vfy_notebook.plots.drawing.arrays import Flags, Ints
    from vfy_notebook.plots.drawing.names import Name
    from vfy_notebook.reductions import AnyFrame

__all__ = [
    "HUNDREDTHS",
    "Categories",
    "Column",
    "Dates",
    "Floats",
    "Folded",
    "Numbers",
    "as_categories",
    "check_column",
    "fold",
    "pick",
    "read_column",
]

Floats: TypeAlias = np.ndarray[tuple[int, ...], np.dtype[np.float64]]

#: Columns that the API counts in hundredths of the currency unit.
HUNDREDTHS = frozenset(
    {
        "summary.orders.average_amount",
        "summary.orders.last_order_amount",
        "summary.orders.total_amount",
        "summary.redemptions.gift.amount_to_go",
        "summary.redemptions.gift.redeemed_amount",
    }
)

NO_VALUE = "no value"
_OTHER = "other"
_LABEL_WIDTH = 28
_QUARTERS = 4
_ORDINALS = ("1st", "2nd", "3rd", "4th")
_ISO_DATE = r"\d{4}-\d\d-\d\d(T\d\d:\d\d[:.0-9]*(Z|[+-]\d\d:?\d\d)?)?"


@dataclass(frozen=True)
class Categories:
    """A category's code for each customer, -1 without a value.

    Attributes:
        codes: One per customer.
        labels: What the categories are called; only those few that are drawn are ever read.
        ordered: Their order means something, and is kept.
    """

    codes: Ints
    labels: list[str]
    ordered: bool = False

    @property
    def missing(self) -> Flags:
        """Who has no value."""
        return self.codes < 0


@dataclass(frozen=True)
class Numbers:
    """A number for each customer, NaN without one (infinities count as none)."""

    values: Floats
    unit: str = ""

    @property
    def missing(self) -> Flags:
        """Who has no value."""
        return np.isnan(self.values)


@dataclass(frozen=True)
class Dates:
    """A time for each customer, in UTC without a time zone; NaT without one."""

    values: pd.Series

    @property
    def missing(self) -> Flags:
        """Who has no value."""
        return self.values.isna().to_numpy(dtype=np.bool_)


Column: TypeAlias = Categories | Numbers | Dates


@dataclass(frozen=True)
class Folded:
    """The few categories that get a colour of their own.

    Attributes:
        codes: One per customer, never negative: "other" and "no value" are categories here.
        names: The categories' names.
        colours: A colour for each.
    """

    codes: Ints
    names: list[Name]
    colours: list[str]


def check_column(customers: AnyFrame, column: str, *, argument: str) -> None:
    """See that a frame has one column of this name.

    Raises:
        ArgumentError: It is no frame; there is none of that name (the message lists near names),
            or several.
    """
    check_frame(customers, "customers")
    names = list(map(str, customers.columns))
    if column not in names:
        near = _near(column, names)
        hint = f" Near: {', '.join(map(repr, near))}." if near else ""
        raise ArgumentError(f"{argument}: customers has no column {column!r}.{hint}")
    alike = names.count(column)
    if alike > 1:
        raise ArgumentError(
            f"{argument}: customers has {alike} columns {column!r}; rename all but one."
        )


def pick(customers: pd.DataFrame, column: str, *, argument: str) -> pd.Series:
    """Give one column of a frame.

    Raises:
        ArgumentError: As `check_column` says.
    """
    check_column(customers, column, argument=argument)
    return customers[column]


def read_column(customers: pd.DataFrame, column: str, *, argument: str = "by") -> Column:
    """Read a column as categories, numbers or dates, whichever its values are.

    Objects are looked at: all numbers, all dates or all flags are read as such; so is text that
    is ISO 8601 dates throughout, as metadata writes them. Anything else is a category by its own
    spelling, where the text `1`, the number 1 and `true` differ, and a list or an object is one
    category as a whole, spelled as JSON.

    Raises:
        ArgumentError: There is no such column, or there are several.
    """
    series = pick(customers, column, argument=argument)
    if isinstance(series.dtype, pd.CategoricalDtype):
        return _read_categorical(series)
    if pd.api.types.is_object_dtype(series.dtype):
        series = _narrow(series)
    dtype = series.dtype
    if pd.api.types.is_bool_dtype(dtype):
        codes = np.where(series.isna(), -1, (series == False).fillna(False))  # noqa: E712
        return Categories(codes.astype(np.int64), ["true", "false"], ordered=True)
    if pd.api.types.is_datetime64_any_dtype(dtype):
        if isinstance(dtype, pd.DatetimeTZDtype):
            series = series.dt.tz_convert("UTC").dt.tz_localize(None)
        return Dates(series)
    return _read_numbers(series, column) or _read_iso_dates(series) or _read_spellings(series)


def _read_numbers(series: pd.Series, column: str) -> Numbers | None:
    """Read a column as numbers, or give None if it holds something else."""
    unit, divisor = "", 1.0
    if pd.api.types.is_timedelta64_dtype(series.dtype):
        unit, series = "days", series.dt.total_seconds() / 86_400
    elif column in HUNDREDTHS:
        unit, divisor = "currency units", 100.0
    if not pd.api.types.is_numeric_dtype(series.dtype) or series.dtype.kind == "c":
        return None
    values = series.to_numpy(dtype=np.float64, na_value=np.nan) / divisor
    return Numbers(np.where(np.isfinite(values), values, np.nan), unit)


def as_categories(column: Column, weights: Ints) -> Categories:
    """Turn any column into categories: numbers into quarters of the customers, dates into years.

    Whole numbers of few different values (a rating, a tier) are categories as they are. A row
    stands for as many customers as its weight says.
    """
    if isinstance(column, Categories):
        return column
    if isinstance(column, Dates):
        years = column.values.dt.year
        codes, found = pd.factorize(years, sort=True)
        return Categories(codes.astype(np.int64), [f"{year:.0f}" for year in found], ordered=True)
    codes, found = pd.factorize(column.values, sort=True)
    if len(found) <= len(PALETTE) and all(float(value).is_integer() for value in found):
        return Categories(codes.astype(np.int64), [f"{value:,.0f}" for value in found], True)
    known = ~column.missing
    edges = np.unique(
        quantiles(column.values[known], np.linspace(0, 1, _QUARTERS + 1), weights[known])
    )
    edges = edges if len(edges) > 1 else np.repeat(edges, 2)
    quarter = np.clip(np.searchsorted(edges, column.values, side="right") - 1, 0, len(edges) - 2)
    codes = np.where(np.isnan(column.values), -1, quarter).astype(np.int64)
    shown = [_spell_edge(float(edge)) for edge in edges]
    spans = [f"{low} to {high}" for low, high in pairwise(shown)]
    # Where values are tied, some quarters are one.
    whole = len(spans) == _QUARTERS
    labels = [
        f"{_ORDINALS[place]} quarter: {span}" if whole else span for place, span in enumerate(spans)
    ]
    return Categories(codes, labels, ordered=True)


def _spell_edge(value: float) -> str:
    """Write a number with four digits that count, but never fewer than its whole part."""
    if value == 0:
        return "0"
    decimals = max(3 - math.floor(math.log10(abs(value))), 0)
    text = f"{value:,.{decimals}f}"
    return text.rstrip("0").rstrip(".") if decimals else text


def fold(
    categories: Categories,
    weights: Ints,
    *,
    limit: int = len(PALETTE),
    wanted: Wanted | None = None,
) -> Folded:
    """Keep the largest categories and fold the rest into one, so that each has its own colour.

    Args:
        categories: Any number of them.
        weights: For how many customers each row stands.
        limit: How many may be drawn, "other" included, "no value" not.
        wanted: The order and the colours that were asked for.

    Returns:
        The categories that occur, the largest first or in their own order, then "other" with
        the number of categories in it, then "no value". The largest have colours of their own, as
        many as there are, and the same ones whatever `limit` is; smaller ones share that of
        "other".
    """
    wanted = wanted or Wanted()
    places = {label: place for place, label in enumerate(wanted.order)}
    counts = count(categories.codes + 1, len(categories.labels) + 1, weights)[1:]
    occurring = np.flatnonzero(counts).tolist()
    kept = heapq.nsmallest(
        limit if len(occurring) <= limit else limit - 1,
        occurring,
        key=lambda code: (-counts[code], categories.labels[code].casefold()),
    )
    coloured = set(kept[: len(PALETTE) if len(occurring) <= len(PALETTE) else len(PALETTE) - 1])
    if places:
        kept = sorted(kept, key=lambda code: places.get(categories.labels[code], len(places)))
    elif categories.ordered:
        kept = sorted(kept)
    folded = len(occurring) - len(kept)

    place = np.full(len(counts) + 1, len(kept), dtype=np.int64)
    place[kept] = np.arange(len(kept))
    labels = [_spell_apart(categories.labels[code]) for code in kept]
    known = _colours(categories, [code for code in kept if code in coloured], wanted)
    colours = [
        known.get(label) or fixed_colour(label, wanted) or OTHER_COLOUR
        for label in (categories.labels[code] for code in kept)
    ]
    if folded:
        labels.append(f"{_OTHER} ({folded:,} values)")
        colours.append(OTHER_COLOUR)
    if categories.missing.any():
        place[-1] = len(labels)  # the code -1 points here
        labels.append(NO_VALUE)
        colours.append(no_value_colour())
    return Folded(place[categories.codes], make_names(labels, width=_LABEL_WIDTH), colours)


def _colours(categories: Categories, coloured: Sequence[int], wanted: Wanted) -> dict[str, str]:
    """The colours by label of the categories that get one of their own.

    Where an order has few enough members, each has its colour whether others occur or not.
    """
    labels = [categories.labels[code] for code in coloured]
    order = wanted.order or tuple(categories.labels if categories.ordered else ())
    whole = list(dict.fromkeys([*order, *labels]))
    if not order or len(whole) > len(PALETTE):
        whole = labels
    return dict(zip(whole, colours_of(whole, wanted, ordered=bool(order)), strict=True))


def _near(column: str, names: list[str]) -> list[str]:
    """Names like this one, as a whole or behind the last dot (`tier` for `metadata.tier`)."""
    whole = {name.casefold(): name for name in names}
    wanted = column.casefold()
    close = [whole[name] for name in difflib.get_close_matches(wanted, whole)]
    ends = {name.rpartition(".")[2] for name in whole}
    near_ends = difflib.get_close_matches(wanted.rpartition(".")[2], ends)
    close += [whole[name] for name in whole if name.rpartition(".")[2] in near_ends]
    return list(dict.fromkeys(close))[:4]


def _read_categorical(series: pd.Series) -> Categories:
    spelled = _read_spellings(pd.Series(series.cat.categories, dtype=object))
    labels = [spelled.labels[code] for code in spelled.codes]
    return Categories(
        series.cat.codes.to_numpy().astype(np.int64), labels, bool(series.cat.ordered)
    )


def _narrow(series: pd.Series) -> pd.Series:
    """Give an object column the dtype that all its values have, if they have one."""
    found = pd.api.types.infer_dtype(series, skipna=True)
    missing = series.isna()
    values = series.where(~missing, None)
    if found in {"integer", "floating", "mixed-integer-float", "decimal"}:
        return pd.Series(
            [np.nan if gone else float(value) for gone, value in zip(missing, values, strict=True)],
            dtype=np.float64,
        )
    if found == "boolean":
        return values.astype("boolean")
    if found in {"date", "datetime", "datetime64"}:
        return pd.to_datetime(values, utc=True)
    return series


def _read_iso_dates(series: pd.Series) -> Dates | None:
    """Read text as dates if all of it is dates, as metadata has them: `2024-05-31`."""
    present = series.dropna()
    if present.empty or pd.api.types.infer_dtype(present, skipna=True) != "string":
        return None
    if not present.str.fullmatch(_ISO_DATE).all():
        return None
    dates = pd.to_datetime(series, format="ISO8601", utc=True, errors="coerce")
    if dates.notna().sum() < len(present):  # the 31st of February stays text
        return None
    return Dates(dates.dt.tz_localize(None))


def _read_spellings(series: pd.Series) -> Categories:
    present = series.notna().to_numpy()
    keys = series[present]
    if keys.dtype == object or not isinstance(keys.dtype, pd.StringDtype):
        keys = pd.Series([_spell(value) for value in keys], dtype=object)
    codes = np.full(len(series), -1, dtype=np.int64)
    found, values = pd.factorize(keys)
    codes[present] = found
    return Categories(codes, _texts(list(values)))


#: Text stays text; anything else is wrapped, so that the number 1 is not the text "1".
_Spelling: TypeAlias = str | tuple[str]


def _spell(value: Any) -> _Spelling:
    if isinstance(value, str):
        return value
    if isinstance(value, np.generic):
        value = value.item()
    return (json.dumps(value, ensure_ascii=False, default=str, sort_keys=_sortable(value)),)


def _sortable(value: Any) -> bool:
    return isinstance(value, dict) and all(isinstance(key, str) for key in value)


def _texts(spellings: list[_Spelling]) -> list[str]:
    others = {spelling[0] for spelling in spellings if isinstance(spelling, tuple)}
    return [
        spelling[0]
        if isinstance(spelling, tuple)
        else json.dumps(spelling, ensure_ascii=False)
        if spelling in others or not spelling.strip()
        else spelling
        for spelling in spellings
    ]


def _spell_apart(label: str) -> str:
    """Put a real value in quotes where it reads like one of our own words."""
    return f'"{label}"' if label == NO_VALUE or label.startswith(f"{_OTHER} (") else label
