"""What the project demands of metadata, checked here before the API would refuse it there.

The wording is the vendor's own, as its async actions show it:
https://docs.voucherify.io/api-reference/async-actions/get-async-action
"""

from __future__ import annotations

import json
import operator
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from vfy_notebook.edits.cells.values import is_date_text, same_json
from vfy_notebook.shown_text import shown_text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

_LONGEST_SHOWN = 60
_MAX_LATITUDE, _MAX_LONGITUDE = 90, 180


@dataclass(frozen=True)
class Violation:
    """A value that a metadata key may not have, in the vendor's words.

    Attributes:
        demands: What the key's values must be; the same for all values of a key.
        actual: The value.
    """

    demands: str
    actual: str | None = None

    def __str__(self) -> str:
        return self.demands + f" (actual value is {self.actual})" * (self.actual is not None)


@dataclass(frozen=True)
class Demand:
    """What one metadata key must be."""

    key: str
    kind: str
    array: bool
    required: bool
    rules: Mapping[str, Any]

    def violation(self, value: Any) -> Violation | None:
        """What is wrong with a value; None if nothing is."""
        if value is None:
            return Violation(self._told(), "null") if self.required else None
        if self._is_met(value):
            return None
        shown = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
        return Violation(self._told(), f"'{shown_text(shown, _LONGEST_SHOWN)}'")

    def _is_met(self, value: Any) -> bool:
        if self.array and not isinstance(value, list):
            return False
        is_of_kind = _KINDS[self.kind][2]
        return all(
            is_of_kind(each) and all(_RULES[name][1](each, rule) for name, rule in self._rules())
            for each in (value if self.array else [value])
        )

    def _rules(self) -> Iterator[tuple[str, Any]]:
        """The rules that there are, in the vendor's order."""
        return ((name, self.rules[name]) for name in _RULES if self.rules.get(name) is not None)

    def _told(self) -> str:
        one, many, _ = _KINDS[self.kind]
        demands = [f"must be an array of {many}" if self.array else f"must be {one}"]
        demands += ["property is required"] * self.required
        for name, rule in self._rules():
            shown = ",".join(map(str, rule)) if isinstance(rule, list) else rule
            demands.append(f"{_RULES[name][0]} {shown}")
        return f"{self.key}: {', '.join(demands)}"


@dataclass(frozen=True)
class MetadataSchema:
    """All demands of a project; the empty one demands nothing."""

    demands: Mapping[str, Demand] = field(default_factory=dict)
    defined_only: bool = False

    @classmethod
    def from_api(cls, shown: Mapping[str, Any]) -> MetadataSchema:
        """The demands from the API's own object; kinds unknown to us demand nothing."""
        demands = {
            key: Demand(
                key=key,
                kind=told["type"],
                array=bool(told.get("array")),
                required=told.get("optional") is False,
                rules=told,
            )
            for key, told in (shown.get("properties") or {}).items()
            if told.get("type") in _KINDS and not told.get("deleted")
        }
        return cls(demands, defined_only=bool(shown.get("allow_defined_only")))

    def kind_of(self, key: str) -> str | None:
        """The type that a key's values must have; None if any will do."""
        demand = self.demands.get(key)
        return None if demand is None else demand.kind

    def type_of(self, key: str) -> str | None:
        """What a key holds: `array`, or the type of its one value; None if any will do."""
        demand = self.demands.get(key)
        if demand is None:
            return None
        return "array" if demand.array else demand.kind

    @property
    def required_keys(self) -> tuple[str, ...]:
        """The keys that no customer may be without."""
        return tuple(key for key, demand in self.demands.items() if demand.required)

    def checker(self, key: str) -> Callable[[Any], Violation | None] | None:
        """What tells a key's violations; None if no value of it can be wrong."""
        demand = self.demands.get(key)
        if demand is not None:
            return _remembering(demand.violation)
        if self.defined_only:
            undefined = Violation(f"{key}: property is not defined in the metadata schema")
            return lambda _: undefined
        return None


def _remembering(
    check: Callable[[Any], Violation | None],
) -> Callable[[Any], Violation | None]:
    """Columns repeat their values: each text, number or flag is checked once."""
    known: dict[tuple[type, Any], Violation | None] = {}

    def checked(value: Any) -> Violation | None:
        if isinstance(value, list | dict):
            return check(value)
        known_as = (type(value), value)
        if known_as not in known:
            known[known_as] = check(value)
        return known[known_as]

    return checked


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _is_datetime(value: Any) -> bool:
    try:
        return isinstance(value, str) and "T" in value and bool(datetime.fromisoformat(value))
    except ValueError:
        return False


def _is_geopoint(value: Any) -> bool:
    """`"52.4,16.9"` or `[52.4, 16.9]`."""
    parts = value.split(",") if isinstance(value, str) else value
    try:
        latitude, longitude = map(float, parts)
    except (TypeError, ValueError):
        return False
    return abs(latitude) <= _MAX_LATITUDE and abs(longitude) <= _MAX_LONGITUDE


def _is_url(value: Any) -> bool:
    return isinstance(value, str) and value.startswith(("http://", "https://"))


_KINDS: dict[str, tuple[str, str, Callable[[Any], bool]]] = {
    "string": ("a string", "strings", lambda value: isinstance(value, str)),
    "number": ("a number", "numbers", _is_number),
    "boolean": ("a boolean", "booleans", lambda value: isinstance(value, bool)),
    "date": ("a date", "dates", is_date_text),
    "datetime": ("a datetime", "datetimes", _is_datetime),
    "geopoint": ("a geopoint", "geopoints", _is_geopoint),
    "image_url": ("an image url", "image urls", _is_url),
    "object": ("an object", "objects", lambda value: isinstance(value, dict)),
}


def _among(value: Any, listed: Any) -> bool:
    return any(same_json(value, each) for each in listed)


def _compared(compare: Callable[[Any, Any], bool]) -> Callable[[Any, Any], bool]:
    """A rule on numbers; it says nothing of other values."""
    return lambda value, rule: not _is_number(value) or compare(value, rule)


def _measured(compare: Callable[[int, Any], bool]) -> Callable[[Any, Any], bool]:
    """A rule on lengths; it says nothing of values that have none."""
    return lambda value, rule: not isinstance(value, str | list) or compare(len(value), rule)


_RULES: dict[str, tuple[str, Callable[[Any, Any], bool]]] = {
    "eq": ("must be equal to one of", _among),
    "ne": ("must not be equal to any of", lambda value, rule: not _among(value, rule)),
    "lt": ("must be less than", _compared(operator.lt)),
    "lte": ("must be less than or equal to", _compared(operator.le)),
    "gt": ("must be greater than", _compared(operator.gt)),
    "gte": ("must be greater than or equal to", _compared(operator.ge)),
    "minLength": ("must have minimum length of", _measured(operator.ge)),
    "maxLength": ("must have maximum length of", _measured(operator.le)),
    "exactLength": ("must have exact length of", _measured(operator.eq)),
}
