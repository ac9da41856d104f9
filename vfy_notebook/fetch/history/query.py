"""Which orders or redemptions are wanted: as a user says it, and as the API takes it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc

from vfy_notebook.api.pages import iso_from_ms
from vfy_notebook.errors import ArgumentError
from vfy_notebook.fetch.time_span import TimeSpan

if TYPE_CHECKING:
    from collections.abc import Mapping

    from vfy_notebook.frames.batches import Batch
    from vfy_notebook.frames.schema import TableSchema
    from vfy_notebook.frames.times import Moment

#: https://docs.voucherify.io/api-reference/orders/order-object
STATUSES = ("CREATED", "PAID", "CANCELED", "FULFILLED")
#: https://docs.voucherify.io/api-reference/redemptions/redemption-object
RESULTS = ("SUCCESS", "FAILURE")

#: Who was never updated was not updated in any span. Every other time is there, and one that cannot
#: be read here is one that the server says to be inside.
_MAY_BE_MISSING = "updated_at"

#: How coarsely a server may compare times.
_COARSEST_MS = 1000


@dataclass(frozen=True)
class HistoryQuery:
    """Filters of orders or redemptions.

    Attributes:
        times: The span that a column of times must be in, by the API's name of the filter.
        values: The values of which a field must have one, by the field.
        column_of: The column in which a filter's times are, if not of the same name.
    """

    times: Mapping[str, TimeSpan] = field(default_factory=dict)
    values: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    column_of: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_for_all(self) -> bool:
        """Whether nothing is left out."""
        return not self.values and all(span.is_open for span in self.times.values())

    @property
    def created(self) -> TimeSpan:
        """The span of creation that is asked for."""
        return self.times.get("created_at", TimeSpan())

    def filters(self) -> dict[str, Any]:
        """The filters as exports take them, times a millisecond wide of what is asked for.

        Whether bounds are part of a span is documented nowhere: `inside` drops what is outside.
        """
        conditions: dict[str, dict[str, list[str]]] = {
            name: {"$in" if len(values) > 1 else "$is": list(values)}
            for name, values in self.values.items()
        }
        for name, span in self.times.items():
            if span.from_ms is not None:
                conditions.setdefault(name, {})["$after"] = [iso_from_ms(span.from_ms - 1)]
            if span.to_ms is not None:
                conditions.setdefault(name, {})["$before"] = [iso_from_ms(span.to_ms)]
        if not conditions:
            return {}
        return {"junction": "and"} | {
            name: {"conditions": each} for name, each in conditions.items()
        }

    def params(self, *, narrower_ms: int = 0) -> dict[str, str]:
        """The same as a listing takes them, of which each takes one value.

        Args:
            narrower_ms: How much later a span is to begin, and earlier to end.
        """
        params = {name: values[0] for name, values in self.values.items()}
        for name, span in self.times.items():
            if span.from_ms is not None:
                params[f"{name}[after]"] = iso_from_ms(span.from_ms - 1 + narrower_ms)
            if span.to_ms is not None:
                params[f"{name}[before]"] = iso_from_ms(span.to_ms - narrower_ms)
        return params

    def inside(self, batch: Batch, table: TableSchema) -> Batch:
        """The rows that are what was asked for: exactly, whatever the server made of it."""
        return self._inside(batch, table, wider_ms=0)

    def strangers(self, batch: Batch, table: TableSchema) -> int:
        """How many rows no reading of the filters lets in: the server has not heard them."""
        return len(batch) - len(self._inside(batch, table, wider_ms=_COARSEST_MS))

    def _inside(self, batch: Batch, table: TableSchema, *, wider_ms: int) -> Batch:
        for name, span in self.times.items():
            times = _column(batch, table, self.column_of.get(name, name))
            for bound_ms, holds, by_ms in (
                (span.from_ms, pc.greater_equal, -wider_ms),
                (span.to_ms, pc.less, wider_ms),
            ):
                if bound_ms is not None:
                    bound = pa.scalar((bound_ms + by_ms) * 1000, pa.int64()).cast(times.type)
                    is_inside = pc.fill_null(holds(times, bound), name != _MAY_BE_MISSING)
                    batch, times = _where(batch, times, is_inside)
        for name, values in self.values.items():
            found = _column(batch, table, name)
            batch, _ = _where(batch, found, pc.is_in(found, pa.array(values, found.type)))
        return batch


def _where(batch: Batch, column: pa.Array, keep: pa.BooleanArray) -> tuple[Batch, pa.Array]:
    if pc.all(keep, min_count=0).as_py():
        return batch, column
    return batch.where(keep), column.filter(keep)


def _column(batch: Batch, table: TableSchema, name: str) -> pa.Array:
    (place,) = (i for i, column in enumerate(table.columns) if column.name == name)
    values = batch.fixed[place]
    assert not isinstance(values, list)  # noqa: S101 - texts and times never are
    return values


def orders_query(
    *,
    created_after: Moment | None,
    created_before: Moment | None,
    updated_after: Moment | None,
    updated_before: Moment | None,
    status: str | Iterable[str] | None,
) -> HistoryQuery:
    """The filters of `fetch_orders`, checked.

    Raises:
        ArgumentError: A filter is not valid.
    """
    return HistoryQuery(
        times={
            "created_at": TimeSpan.between("created", created_after, created_before),
            "updated_at": TimeSpan.between("updated", updated_after, updated_before),
        },
        values={} if status is None else {"status": _several("status", status, STATUSES)},
    )


def redemptions_query(
    *,
    created_after: Moment | None,
    created_before: Moment | None,
    result: str | None,
    campaign: str | None,
) -> HistoryQuery:
    """The filters of `fetch_redemptions`, checked.

    Raises:
        ArgumentError: A filter is not valid.
    """
    values: dict[str, tuple[str, ...]] = {}
    if result is not None:
        if result not in RESULTS:
            raise _none_of("result", result, RESULTS)
        values["result"] = (result,)
    if campaign is not None:
        if not isinstance(campaign, str) or not campaign:
            message = f"campaign={campaign!r}: give the name of a campaign, or leave it out."
            raise ArgumentError(message)
        values["campaign"] = (campaign,)
    return HistoryQuery(
        times={"created_at": TimeSpan.between("created", created_after, created_before)},
        values=values,
        column_of={"created_at": "date"},
    )


def _several(name: str, given: str | Iterable[str], allowed: tuple[str, ...]) -> tuple[str, ...]:
    values = [given] if isinstance(given, str) else given
    if not isinstance(values, Iterable):
        raise _none_of(name, given, allowed)
    wanted = tuple(dict.fromkeys(values))
    if not wanted:
        message = f"{name}={given!r}: give one of {', '.join(allowed)}, or leave it out for all."
        raise ArgumentError(message)
    for value in wanted:
        if value not in allowed:
            raise _none_of(name, value, allowed)
    return wanted


def _none_of(name: str, value: object, allowed: tuple[str, ...]) -> ArgumentError:
    message = (
        f"{name}={value!r} is none of {', '.join(allowed)}. For another one, fetch all of them "
        f"and keep the rows of the DataFrame whose {name} it is."
    )
    return ArgumentError(message)
