"""The filters of customers as a user writes them, and what docstrings tell of all filters."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

from vfy_notebook.api.listing.query import CustomerQuery
from vfy_notebook.errors import ArgumentError
from vfy_notebook.fetch.time_span import TimeSpan

if TYPE_CHECKING:
    from vfy_notebook.frames.times import Moment

_Verb = TypeVar("_Verb", bound=Callable[..., Any])

#: What stands in docstrings in the place of filters that more than one method has.
_DESCRIBED = {
    "{filters of customers}": """\
email: Only customers with this e-mail address.
city: Only customers with this city in their address.
name: Only customers with this name.
segment: Only members of this segment: its id (`seg_…`), or its name if no other
    segment has the same name.
created_after: Only customers created at this time or later.
created_before: Only customers created before this time.
updated_after: Only customers last updated at this time or later.
updated_before: Only customers last updated before this time.
""",
    "{filters of orders}": """\
created_after: Only orders created at this time or later.
created_before: Only orders created before this time.
updated_after: Only orders last updated at this time or later; none that never were.
updated_before: Only orders last updated before this time; none that never were.
status: Only orders with this status, or with one of these: `CREATED`, `PAID`,
    `CANCELED`, `FULFILLED`. `summary.orders` of a customer counts paid and fulfilled
    ones.
""",
    "{filters of redemptions}": """\
created_after: Only redemptions made at this time or later.
created_before: Only redemptions made before this time.
result: Only those that ended as `SUCCESS`, or as `FAILURE`.
campaign: Only those of the campaign with this name.
""",
}


def with_filters_documented(verb: _Verb) -> _Verb:
    """Replace `{filters of …}` in a method's docstring by what they are."""
    if verb.__doc__ is not None:  # `python -OO` removes docstrings
        lines: list[str] = []
        for line in verb.__doc__.splitlines():
            described = _DESCRIBED.get(line.strip())
            indent = line[: len(line) - len(line.lstrip())]
            lines += [line] if described is None else [indent + x for x in described.splitlines()]
        verb.__doc__ = "\n".join(lines)
    return verb


def customers_query(
    *,
    email: str | None,
    city: str | None,
    name: str | None,
    created_after: Moment | None,
    created_before: Moment | None,
    updated_after: Moment | None,
    updated_before: Moment | None,
) -> CustomerQuery:
    """The filters of `fetch_customers`, checked; without the segment, which may cost a call.

    Raises:
        ArgumentError: A filter is not valid.
    """
    for filter_name, value in (("email", email), ("city", city), ("name", name)):
        if value is not None and (not isinstance(value, str) or not value):
            message = f"{filter_name}={value!r}: give a text, or leave it out."
            raise ArgumentError(message)
    created = TimeSpan.between("created", created_after, created_before)
    updated = TimeSpan.between("updated", updated_after, updated_before)
    return CustomerQuery(
        email=email,
        city=city,
        name=name,
        created_from_ms=created.from_ms,
        created_to_ms=created.to_ms,
        updated_from_ms=updated.from_ms,
        updated_to_ms=updated.to_ms,
    )
