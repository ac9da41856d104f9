"""The filters of a listing as a user writes them, and their description for the docstrings."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from vfy_notebook.api.listing.query import CustomerQuery
from vfy_notebook.errors import ArgumentError
from vfy_notebook.frames.times import Moment, to_ms

_Verb = TypeVar("_Verb", bound=Callable[..., Any])

_PLACE = "{filters}"

_ARGUMENTS = """\
email: Only customers with this e-mail address.
city: Only customers with this city in their address.
name: Only customers with this name.
segment: Only members of this segment: its id (`seg_…`), or its name if no other
    segment has the same name.
created_after: Only customers created at this time or later.
created_before: Only customers created before this time.
updated_after: Only customers last updated at this time or later.
updated_before: Only customers last updated before this time.
"""


def with_filters_documented(verb: _Verb) -> _Verb:
    """Replace `{filters}` in a method's docstring by the filters' description."""
    if verb.__doc__ is not None:  # `python -OO` removes docstrings
        lines = []
        for line in verb.__doc__.splitlines():
            indent, place, _ = line.partition(_PLACE)
            lines += [indent + each for each in _ARGUMENTS.splitlines()] if place else [line]
        verb.__doc__ = "\n".join(lines)
    return verb


@dataclass(frozen=True)
class CustomerFilters:
    """The filters of `fetch_customers` as a user writes them."""

    email: str | None = None
    city: str | None = None
    name: str | None = None
    segment_id: str | None = None
    created_after: Moment | None = None
    created_before: Moment | None = None
    updated_after: Moment | None = None
    updated_before: Moment | None = None

    def query(self) -> CustomerQuery:
        """The filters as the API takes them, checked.

        Raises:
            ArgumentError: A filter is not valid.
        """
        for name in ("email", "city", "name"):
            value = getattr(self, name)
            if value is not None and (not isinstance(value, str) or not value):
                message = f"{name}={value!r}: give a text, or leave it out."
                raise ArgumentError(message)
        query = CustomerQuery(
            email=self.email,
            city=self.city,
            name=self.name,
            segment_id=self.segment_id,
            created_from_ms=to_ms(self.created_after, argument="created_after"),
            created_to_ms=to_ms(self.created_before, argument="created_before"),
            updated_from_ms=to_ms(self.updated_after, argument="updated_after"),
            updated_to_ms=to_ms(self.updated_before, argument="updated_before"),
        )
        for what, from_ms, to_ms_ in (
            ("created", query.created_from_ms, query.created_to_ms),
            ("updated", query.updated_from_ms, query.updated_to_ms),
        ):
            if from_ms is not None and to_ms_ is not None and from_ms >= to_ms_:
                message = (
                    f"{what}_after={getattr(self, what + '_after')!r} is not before "
                    f"{what}_before={getattr(self, what + '_before')!r}: no customer can match."
                )
                raise ArgumentError(message)
        return query
