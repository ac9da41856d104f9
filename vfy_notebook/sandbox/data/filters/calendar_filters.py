"""Conditions on days of the calendar, and on anniversaries: month and day, whatever the year.

The vendor names these operators and describes none. Days are UTC's, weeks begin on Monday, and
``$is_day`` counts from 1 for Monday.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime, timedelta

#: From the first day to the day behind the last one.
Span = tuple[date, date]

_DAY = timedelta(days=1)


def today(now_ms: int) -> date:
    """The day at a moment."""
    return datetime.fromtimestamp(now_ms / 1000, tz=UTC).date()


def _day(offset: int) -> Callable[[date], Span]:
    return lambda now: (now + offset * _DAY, now + (offset + 1) * _DAY)


def _week(offset: int) -> Callable[[date], Span]:
    def span(now: date) -> Span:
        monday = now - now.weekday() * _DAY + 7 * offset * _DAY
        return monday, monday + 7 * _DAY

    return span


def _month(offset: int) -> Callable[[date], Span]:
    def first(now: date, months: int) -> date:
        count = now.year * 12 + now.month - 1 + months
        return date(count // 12, count % 12 + 1, 1)

    return lambda now: (first(now, offset), first(now, offset + 1))


def _year(offset: int) -> Callable[[date], Span]:
    return lambda now: (date(now.year + offset, 1, 1), date(now.year + offset + 1, 1, 1))


#: Operators without an operand that name a span.
SPANS: dict[str, Callable[[date], Span]] = {
    "$today": _day(0),
    "$tomorrow": _day(1),
    "$yesterday": _day(-1),
    "$this_week": _week(0),
    "$last_week": _week(-1),
    "$next_week": _week(1),
    "$this_month": _month(0),
    "$last_month": _month(-1),
    "$next_month": _month(1),
    "$this_year": _year(0),
    "$next_year": _year(1),
    "$last_year": _year(-1),
}

#: The same for anniversaries; years have none.
ANNIVERSARY_SPANS = {f"{name}_md": span for name, span in SPANS.items() if "year" not in name}

#: Operators on anniversaries that count days: those so many days from now, as offsets.
ANNIVERSARY_DAYS: dict[str, Callable[[int], Iterable[int]]] = {
    "$is_days_ago_md": lambda days: (-days,),
    "$is_less_days_ago_md": lambda days: range(-days + 1, 1),
    "$is_days_in_future_md": lambda days: (days,),
    "$is_less_days_in_future_md": range,
}

#: And those with every other day of the year.
OTHER_ANNIVERSARY_DAYS: dict[str, Callable[[int], Iterable[int]]] = {
    "$is_more_days_ago_md": lambda days: range(-days, 1),
    "$is_more_days_in_future_md": lambda days: range(days + 1),
}

#: Operators whose operand is a part of the day, as SQLite's ``strftime`` gives it.
PARTS = {"$is_day_of_month": "%d", "$is_month": "%m", "$is_year": "%Y", "$is_day": "%u"}


def days_of(span: Span) -> list[str]:
    """The months and days of a span, as ``MM-DD``."""
    begin, end = span
    return [f"{begin + n * _DAY:%m-%d}" for n in range((end - begin).days)]


def days_from(now: date, offsets: Iterable[int]) -> list[str]:
    """The months and days so far from a day, as ``MM-DD``."""
    return [f"{now + offset * _DAY:%m-%d}" for offset in offsets]
