"""The requests and answers of a listing as values, without HTTP."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence

#: Most customers a page, and last page number, by the API reference:
#: https://docs.voucherify.io/api-reference/customers/list-customers
MAX_PAGE_SIZE = 100
MAX_PAGE = 99

#: The first moment of year 1: a cursor moved back from it has nowhere to go.
_FIRST_MS = -62_135_596_800_000

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)


@dataclass(frozen=True)
class PageRequest:
    """One page to ask for. Times are milliseconds since the epoch."""

    order: str = "created_at"
    limit: int = MAX_PAGE_SIZE
    starting_after_ms: int | None = None
    after_ms: int | None = None
    before_ms: int | None = None
    page: int | None = None

    def params(self) -> dict[str, str]:
        """The query parameters of the API."""
        params = {"order": self.order, "limit": str(self.limit)}
        for name, value_ms in (
            ("starting_after", self.starting_after_ms),
            ("created_at[after]", self.after_ms),
            ("created_at[before]", self.before_ms),
        ):
            if value_ms is not None:
                params[name] = iso_from_ms(value_ms)
        if self.page is not None:
            params["page"] = str(self.page)
        return params


class Row(NamedTuple):
    """A customer's id and time of creation: all that a listing needs to know."""

    id: str
    created_ms: int


@dataclass(frozen=True)
class Page:
    """One page. `total` is the number of all matches; it and `has_more` may be missing."""

    rows: Sequence[Row]
    total: int | None = None
    has_more: bool | None = None


def iso_from_ms(milliseconds: int) -> str:
    """A time as the API writes it.

    >>> iso_from_ms(1_700_000_000_123)
    '2023-11-14T22:13:20.123Z'
    """
    seconds, rest = divmod(max(milliseconds, _FIRST_MS), 1000)
    return f"{datetime.fromtimestamp(seconds, tz=UTC):%Y-%m-%dT%H:%M:%S}.{rest:03d}Z"


def ms_from_iso(text: str) -> int:
    """Milliseconds since the epoch, finer parts cut off.

    >>> ms_from_iso("2023-11-14T22:13:20.123Z")
    1700000000123
    """
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return (moment - _EPOCH) // _MILLISECOND


def ms_or_none(text: object) -> int | None:
    """The same of what may be missing, or no time at all.

    >>> ms_or_none(None), ms_or_none("soon")
    (None, None)
    """
    try:
        return ms_from_iso(text) if isinstance(text, str) else None
    except (ValueError, OverflowError):
        return None


def ms_from_isos(texts: Sequence[str]) -> list[int]:
    """Many times at once, in half the time.

    >>> ms_from_isos(["2023-11-14T22:13:20.123Z", "2023-11-14T22:13:20"])
    [1700000000123, 1700000000000]
    """
    try:
        return [(moment - _EPOCH) // _MILLISECOND for moment in map(datetime.fromisoformat, texts)]
    except TypeError:  # a time without a zone
        return list(map(ms_from_iso, texts))
