"""The filters of a listing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from vfy_notebook.api.listing.walking.resolution import second_from, second_of
from vfy_notebook.api.pages import iso_from_ms, readable_ms

if TYPE_CHECKING:
    from vfy_notebook.api.models import Customer

ORDERS = (
    "created_at",
    "-created_at",
    "updated_at",
    "-updated_at",
    "source_id",
    "-source_id",
)


@dataclass(frozen=True)
class CustomerQuery:
    """Filters of a listing. A span of time includes its first millisecond, but not its last.

    It is not documented whether the API includes its bounds, nor whether it compares times as
    finely as it shows them. So it is asked for whole seconds and one millisecond more, and `holds`
    drops the customers outside the span.
    """

    email: str | None = None
    city: str | None = None
    name: str | None = None
    segment_id: str | None = None
    created_from_ms: int | None = None
    created_to_ms: int | None = None
    updated_from_ms: int | None = None
    updated_to_ms: int | None = None

    def params(self) -> dict[str, str]:
        """The API's filters, without those on `created_at`, which belong to the walk."""
        params = {
            name: value
            for name, value in (
                ("email", self.email),
                ("city", self.city),
                ("name", self.name),
                ("segment_id", self.segment_id),
            )
            if value is not None
        }
        after_ms, before_ms = self.updated_bounds_ms
        if after_ms is not None:
            params["updated_at[after]"] = iso_from_ms(after_ms)
        if before_ms is not None:
            params["updated_at[before]"] = iso_from_ms(before_ms)
        return params

    @property
    def created_bounds_ms(self) -> tuple[int | None, int | None]:
        """What to ask for as `created_at[after]` and `created_at[before]`."""
        return _wider(self.created_from_ms, self.created_to_ms)

    @property
    def updated_bounds_ms(self) -> tuple[int | None, int | None]:
        """What to ask for as `updated_at[after]` and `updated_at[before]`."""
        return _wider(self.updated_from_ms, self.updated_to_ms)

    @property
    def by_creation_only(self) -> bool:
        """Whether the only filter is the time of creation: such a set can only shrink."""
        return not self.params()

    @property
    def spans_updates(self) -> bool:
        """Whether there is a filter on the time of the last update."""
        return self.updated_from_ms is not None or self.updated_to_ms is not None

    def holds(self, customer: Customer, *, unit_ms: int = 1) -> bool:
        """Whether a customer's update lies in the span asked for.

        Args:
            customer: A customer that the API says to be in it.
            unit_ms: How finely the API shows times: the true one may be later by less.
        """
        if not self.spans_updates:
            return True
        if customer.updated_at is None:
            return False
        updated_ms = readable_ms(customer.updated_at)
        if updated_ms is None:
            return True  # the API can read it, and says so
        return (self.updated_from_ms is None or updated_ms + unit_ms > self.updated_from_ms) and (
            self.updated_to_ms is None or updated_ms < self.updated_to_ms
        )


def _wider(from_ms: int | None, to_ms: int | None) -> tuple[int | None, int | None]:
    return (
        None if from_ms is None else second_of(from_ms) - 1,
        None if to_ms is None else second_from(to_ms),
    )
