"""Filters in Voucherify's format, as conditions in SQL over the customers' table.

``{"junction": "and", "metadata.tier": {"conditions": {"$is": ["gold"]}}, ...}``: each field
has conditions that must all hold; ``junction`` says whether all fields count or any. A list
in the metadata meets a condition if one of its elements does. Booleans are asked for by ``$is``:
there is no operator for them.

The operators are those that a 400 of the vendor's export of orders lists. What only vouchers and
campaigns have, no customer meets; nor does any lie in a location, as the sandbox has none.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from vfy_notebook.sandbox.answers import dump
from vfy_notebook.sandbox.data.clock import parse_iso, to_iso
from vfy_notebook.sandbox.data.filters.calendar_filters import (
    ANNIVERSARY_DAYS,
    ANNIVERSARY_SPANS,
    OTHER_ANNIVERSARY_DAYS,
    PARTS,
    SPANS,
    days_from,
    days_of,
    today,
)

_DAY_MS = 86_400_000
_LONGEST_YEAR_DAYS = 366
#: The elements of a bound JSON array, and a value as the text that JSON would show.
_LIST = "(SELECT value FROM json_each(?))"
_VALUE_AS_TEXT = (
    "(CASE v.type WHEN 'true' THEN 'true' WHEN 'false' THEN 'false' ELSE CAST(v.value AS TEXT) END)"
)

#: A condition in SQL and the values for its question marks.
Clause = tuple[str, tuple[Any, ...]]

_TIME_COLUMNS = {"created_at": "c.created_ms", "updated_at": "c.updated_ms"}
_BIRTHDAYS = frozenset({"birthdate", "birthday"})
_DATE_FIELDS = _BIRTHDAYS | {"summary.orders.last_order_date"}
#: Spans that have their like among anniversaries.
_WITHOUT_YEARS = frozenset(name.removesuffix("_md") for name in ANNIVERSARY_SPANS)
#: Where a filter's field lies in a customer, if not under its own name.
CUSTOMER_ALIASES: Mapping[str, str] = {"city": "address.city"}


class FilterError(ValueError):
    """A filter that cannot be understood."""


@dataclass(frozen=True, slots=True)
class _Field:
    """A field of the customer as SQL sees it."""

    path: str
    time_column: str | None
    is_date: bool
    is_birthday: bool

    def any_value(self, condition: str, *values: Any) -> Clause:
        """That some value of the field (one element of a list) meets `condition`."""
        if self.time_column is not None:
            return _exists(
                f"(SELECT {self.time_column} AS value, 'integer' AS type)", condition
            ), values
        return _exists("json_each(c.body, ?)", condition), (self.path, *values)

    def part(self, form: str) -> str:
        """A part of the value's day by ``strftime``, as SQL; null for what is no time."""
        value = "v.value"
        if self.time_column is not None:
            value = "v.value / 1000, 'unixepoch'"
        return f"strftime('{form}', {value})"

    def age_days(self, now_ms: int) -> str:
        """How many days ago the value is, as SQL."""
        if self.time_column is not None:
            return f"(({now_ms} - v.value) / {_DAY_MS}.0)"
        return f"({now_ms / _DAY_MS} - (julianday(v.value) - 2440587.5))"


def _exists(source: str, condition: str) -> str:
    # Both come from this module; what a caller sends is only ever bound to a question mark.
    return f"EXISTS (SELECT 1 FROM {source} v WHERE {condition})"  # noqa: S608


def compile_filter(
    described: Any, now_ms: int, aliases: Mapping[str, str] = CUSTOMER_ALIASES
) -> Clause:
    """The condition for a filter.

    Args:
        described: The filter.
        now_ms: Ages count from this moment.
        aliases: Where a field lies in the object, if not under its own name.

    Raises:
        FilterError: If the filter cannot be understood.
    """
    if not isinstance(described, Mapping):
        raise FilterError("filter should be object")
    junction = str(described.get("junction", "and")).lower()
    if junction not in ("and", "or"):
        raise FilterError("junction should be equal to one of the allowed values [ and, or ]")
    clauses = [
        _field_clause(aliases.get(name, name), each, now_ms)
        for name, each in described.items()
        if name != "junction"
    ]
    if not clauses:
        return "1", ()
    sql = f" {junction.upper()} ".join(f"({clause})" for clause, _ in clauses)
    return sql, tuple(value for _, values in clauses for value in values)


def without_untyped_flags(described: Any, defined: Container[str]) -> Any:
    """The filter as it is compared: values of keys without a definition are text, never flags.

    Args:
        described: The filter.
        defined: The metadata keys that have a definition.
    """
    if not isinstance(described, Mapping):
        return described
    return {
        name: each if _is_typed(name, defined) else _without_flags(each)
        for name, each in described.items()
    }


def _is_typed(name: str, defined: Container[str]) -> bool:
    head, _, key = name.partition(".")
    return head != "metadata" or key in defined or key.partition(".")[0] in defined


def _without_flags(described: Any) -> Any:
    conditions = described.get("conditions") if isinstance(described, Mapping) else None
    if not isinstance(conditions, Mapping):
        return described
    kept = {
        operator: (
            [each for each in _operands(operand) if not isinstance(each, bool)]
            if _OPERATORS.get(operator) in _FLAG_TESTS
            else operand
        )
        for operator, operand in conditions.items()
    }
    return {**described, "conditions": kept}


def _operands(operand: Any) -> list[Any]:
    return operand if isinstance(operand, list) else [operand]


def _field_clause(name: str, described: Any, now_ms: int) -> Clause:
    conditions = described.get("conditions") if isinstance(described, Mapping) else None
    if not isinstance(conditions, Mapping) or not conditions:
        raise FilterError(f"{name} should have conditions")
    field = _field(name)
    clauses = []
    for operator, operand in conditions.items():
        build = _OPERATORS.get(operator)
        if build is None:
            raise FilterError(
                f"{name}: condition must be one of: {', '.join(_OPERATORS)}; not {operator}"
            )
        clauses.append(build(field, _operands(operand), now_ms))
    sql = " AND ".join(f"({clause})" for clause, _ in clauses)
    return sql, tuple(value for _, values in clauses for value in values)


def _field(name: str) -> _Field:
    if '"' in name:
        raise FilterError(f"{name} is no field")
    return _Field(
        path="$" + "".join(f'."{part}"' for part in _parts(name)),
        time_column=_TIME_COLUMNS.get(name),
        is_date=name in _DATE_FIELDS,
        is_birthday=name in _BIRTHDAYS,
    )


def _parts(name: str) -> list[str]:
    """The keys from the customer down to the value; a campaign's name may hold dots."""
    for start in ("loyalty.campaigns.", "loyalty_points.campaigns."):
        if name.startswith(start):
            campaign, _, last = name.removeprefix(start).rpartition(".")
            return ["loyalty", "campaigns", campaign, last]
    return name.split(".")


# ---- one value of the customer against one operand ------------------------------------


def _is(field: _Field, operands: list[Any], _now_ms: int) -> Clause:
    if field.time_column is not None:
        moments = [_moment_ms(operand) for operand in operands]
        return field.any_value(f"v.value IN {_LIST}", dump(moments))
    numbers = [each for each in operands if _is_number(each)]
    texts = [_as_text(each) for each in operands if not _is_number(each)]
    return field.any_value(
        f"(v.type IN ('integer', 'real') AND v.value IN {_LIST}) OR ({_VALUE_AS_TEXT} IN {_LIST})",
        dump(numbers),
        dump(texts),
    )


def _has_value(field: _Field, _operands: list[Any], _now_ms: int) -> Clause:
    return field.any_value("v.value IS NOT NULL")


def _text(condition: str) -> Builder:
    """A test on the value ``v`` as text against any operand ``o``."""
    sql = f"EXISTS (SELECT 1 FROM json_each(?) o WHERE {condition})"  # noqa: S608  # our own text

    def build(field: _Field, operands: list[Any], _now_ms: int) -> Clause:
        texts = dump([_as_text(operand) for operand in operands])
        return field.any_value(f"v.value IS NOT NULL AND {sql}", texts)

    return build


def _compare(sign: str) -> Builder:
    """A number against a number; for a time, how many days ago it is."""

    def build(field: _Field, operands: list[Any], now_ms: int) -> Clause:
        bound = _number(operands)
        if field.time_column is not None or field.is_date:
            return field.any_value(f"{field.age_days(now_ms)} {sign} ?", bound)
        return field.any_value(f"v.type IN ('integer', 'real') AND v.value {sign} ?", bound)

    return build


def _moment(sign: str) -> Builder:
    def build(field: _Field, operands: list[Any], _now_ms: int) -> Clause:
        bound = _moment_ms(operands[0] if operands else None)
        if field.time_column is not None:
            return field.any_value(f"v.value {sign} ?", bound)
        return field.any_value(f"v.type = 'text' AND v.value {sign} ?", to_iso(bound))

    return build


def _days(condition: str, direction: int = 1) -> Builder:
    """A test on how many days ago (direction 1) or ahead (-1) the value is."""

    def build(field: _Field, operands: list[Any], now_ms: int) -> Clause:
        days = f"({direction} * {field.age_days(now_ms)})"
        return field.any_value(condition.replace("{days}", days), _number(operands))

    return build


def _in_span(name: str) -> Builder:
    """A day in a span of the calendar; a birthday's year does not count but where years do."""

    def build(field: _Field, operands: list[Any], now_ms: int) -> Clause:
        if field.is_birthday and name in _WITHOUT_YEARS:
            return _OPERATORS[f"{name}_md"](field, operands, now_ms)
        begin, end = SPANS[name](today(now_ms))
        day = field.part("%Y-%m-%d")
        return field.any_value(f"{day} >= ? AND {day} < ?", begin.isoformat(), end.isoformat())

    return build


def _anniversary_in_span(name: str) -> Builder:
    def build(field: _Field, _operands: list[Any], now_ms: int) -> Clause:
        days = days_of(ANNIVERSARY_SPANS[name](today(now_ms)))
        return field.any_value(f"{field.part('%m-%d')} IN {_LIST}", dump(days))

    return build


def _anniversary_days(offsets: Callable[[int], Iterable[int]], test: str = "IN") -> Builder:
    def build(field: _Field, operands: list[Any], now_ms: int) -> Clause:
        count = _whole(operands)
        if not 0 <= count <= _LONGEST_YEAR_DAYS:
            raise FilterError(f"{count} is no number of days in a year")
        days = days_from(today(now_ms), offsets(count))
        return field.any_value(f"{field.part('%m-%d')} {test} {_LIST}", dump(days))

    return build


def _part(form: str) -> Builder:
    def build(field: _Field, operands: list[Any], _now_ms: int) -> Clause:
        numbers = [_whole([each]) for each in operands]
        if form == "%u":  # SQLite's own counts from 0 for Sunday
            weekday = f"(CAST({field.part('%w')} AS INTEGER) + 6) % 7 + 1"
            return field.any_value(f"{weekday} IN {_LIST}", dump(numbers))
        return field.any_value(f"CAST({field.part(form)} AS INTEGER) IN {_LIST}", dump(numbers))

    return build


def _years_ago(field: _Field, operands: list[Any], now_ms: int) -> Clause:
    """So many whole years ago, as an age is told."""
    now = today(now_ms)
    years = f"({now.year} - {field.part('%Y')} - ({field.part('%m-%d')} > '{now:%m-%d}'))"
    return field.any_value(f"{years} = ?", _number(operands))


def _count(sign: str) -> Builder:
    """How many values a field has."""

    def build(field: _Field, operands: list[Any], _now_ms: int) -> Clause:
        count = (
            "(SELECT count(*) FROM json_each(c.body, ?) WHERE value IS NOT NULL)"
            if field.time_column is None
            else f"({field.time_column} IS NOT NULL)"
        )
        values = (field.path,) if field.time_column is None else ()
        return f"{count} {sign} ?", (*values, _number(operands))

    return build


def _nobody(_field: _Field, _operands: list[Any], _now_ms: int) -> Clause:
    return "0", ()


def _not(build: Builder) -> Builder:
    """The opposite; an unknown value is not something, too."""

    def opposite(field: _Field, operands: list[Any], now_ms: int) -> Clause:
        sql, values = build(field, operands, now_ms)
        return f"NOT ({sql})", values

    return opposite


def _is_number(operand: Any) -> bool:
    return isinstance(operand, int | float) and not isinstance(operand, bool)


def _as_text(operand: Any) -> str:
    return operand if isinstance(operand, str) else dump(operand)


def _number(operands: list[Any]) -> float:
    operand = operands[0] if operands else None
    if isinstance(operand, bool) or not isinstance(operand, int | float | str):
        raise FilterError(f"{operand!r} is no number")
    try:
        return _sql_number(float(operand))
    except ValueError:
        raise FilterError(f"{operand!r} is no number") from None


def _whole(operands: list[Any]) -> int:
    try:
        return int(_number(operands))
    except (OverflowError, ValueError):
        raise FilterError(f"{operands[0]!r} is no whole number") from None


def _sql_number(number: float) -> float:
    """SQLite's integers end at 63 bits."""
    return number if abs(number) < 2**63 else float(number)


def _moment_ms(operand: Any) -> int:
    try:
        return parse_iso(str(operand))
    except ValueError:
        raise FilterError(
            f"{operand!r} cannot be recognized as a ISO-8601 compliant date"
        ) from None


Builder = Callable[[_Field, list[Any], int], Clause]

_contains = _text(f"instr({_VALUE_AS_TEXT}, o.value) > 0")

_OPERATORS: dict[str, Builder] = {
    "$in": _is,
    "$not_in": _not(_is),
    "$in_location": _nobody,
    "$not_in_location": _not(_nobody),
    "$is": _is,
    "$is_days_ago": _days("CAST({days} AS INTEGER) = ?"),
    "$is_days_in_future": _days("CAST({days} AS INTEGER) = ?", -1),
    "$is_not": _not(_is),
    "$has_value": _has_value,
    "$is_unknown": _not(_has_value),
    "$contains": _contains,
    "$not_contain": _not(_contains),
    "$starts_with": _text(f"substr({_VALUE_AS_TEXT}, 1, length(o.value)) = o.value"),
    "$ends_with": _text(f"substr({_VALUE_AS_TEXT}, -length(o.value)) = o.value"),
    "$more_than": _compare(">"),
    "$less_than": _compare("<"),
    "$more_than_ago": _days("{days} > ?"),
    "$less_than_ago": _days("{days} >= 0 AND {days} < ?"),
    "$more_than_future": _days("{days} > ?", -1),
    "$less_than_future": _days("{days} >= 0 AND {days} < ?", -1),
    "$more_than_equal": _compare(">="),
    "$less_than_equal": _compare("<="),
    "$after": _moment(">"),
    "$before": _moment("<"),
    "$count": _count("="),
    "$count_less": _count("<"),
    "$count_more": _count(">"),
    **{name: _in_span(name) for name in SPANS},
    **{name: _part(form) for name, form in PARTS.items()},
    **{name: _anniversary_in_span(name) for name in ANNIVERSARY_SPANS},
    **{name: _anniversary_days(offsets) for name, offsets in ANNIVERSARY_DAYS.items()},
    **{
        name: _anniversary_days(offsets, "NOT IN")
        for name, offsets in OTHER_ANNIVERSARY_DAYS.items()
    },
    "$is_years_ago": _years_ago,
    **dict.fromkeys(
        (
            "$active",
            "$failed",
            "$in_progress",
            "$expired",
            "$before_start",
            "$enabled",
            "$disabled",
            "$redeemed",
            "$redeemable",
        ),
        _nobody,
    ),
}

#: The tests in which a flag can be an operand.
_FLAG_TESTS = tuple(_OPERATORS[name] for name in ("$is", "$in", "$is_not", "$not_in"))
