"""The requests and answers of a listing as values, without HTTP."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

#: Most customers a page, and last page number, by the API reference:
#: https://docs.voucherify.io/api-reference/customers/list-customers
MAX_PAGE_SIZE = 100
MAX_PAGE = 99

#: The first moment of year 1 and the last of year 9999, beyond which there are no dates.
_FIRST_MS = -62_135_596_800_000
_LAST_MS = 253_402_300_799_999

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)
_DAY_MS = 86_400_000


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
    """One page as it came, column by column: most of it is never looked at row by row.

    Attributes:
        ids: The customers' ids.
        times: When each was created, in milliseconds.
        total: Counts all matches; it may be missing.
        has_more: Whether further pages follow; it may be missing.
        placed: The positions of rows whose time cannot be read and is that of a neighbour.
    """

    ids: Sequence[str]
    times: Sequence[int]
    total: int | None = None
    has_more: bool | None = None
    placed: Sequence[int] = ()

    @classmethod
    def of(
        cls, rows: Iterable[Row], *, total: int | None = None, has_more: bool | None = None
    ) -> Page:
        """A page of some rows.

        >>> Page.of([Row("cust_1", 5)], total=1).rows
        [Row(id='cust_1', created_ms=5)]
        """
        held = list(rows)
        return cls([row.id for row in held], [row.created_ms for row in held], total, has_more)

    def __len__(self) -> int:
        return len(self.ids)

    @property
    def rows(self) -> list[Row]:
        """Row by row, for whoever looks at single ones."""
        return list(map(Row._make, zip(self.ids, self.times, strict=True)))


def iso_from_ms(milliseconds: int) -> str:
    """A time as the API writes it.

    >>> iso_from_ms(1_700_000_000_123)
    '2023-11-14T22:13:20.123Z'
    """
    moment = _EPOCH + min(max(milliseconds, _FIRST_MS), _LAST_MS) * _MILLISECOND
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def ms_from_iso(text: str) -> int:
    """Milliseconds since the epoch, finer parts cut off.

    Raises:
        ValueError: It is no time, or none of the years 1 to 9999 in UTC.

    >>> ms_from_iso("2023-11-14T22:13:20.123Z")
    1700000000123
    """
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    ms = (moment - _EPOCH) // _MILLISECOND
    if not _FIRST_MS <= ms <= _LAST_MS:
        message = f"{text!r} is out of range"
        raise ValueError(message)
    return ms


def readable_ms(text: str | None) -> int | None:
    """Milliseconds since the epoch; None for what is no time.

    >>> readable_ms("0000-12-31T18:03:24-05:50") is None
    True
    """
    try:
        return None if text is None else ms_from_iso(text)
    except (ValueError, OverflowError):
        return None


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

    Raises:
        ValueError: One is no time, or none of the years 1 to 9999 in UTC.

    >>> ms_from_isos(["2023-11-14T22:13:20.123Z", "2023-11-14T22:13:20"])
    [1700000000123, 1700000000000]
    """
    try:
        # Whole parts: to divide one timedelta by another takes twice as long.
        found = [
            gone.days * _DAY_MS + gone.seconds * 1_000 + gone.microseconds // 1_000
            for gone in [moment - _EPOCH for moment in map(datetime.fromisoformat, texts)]
        ]
    except (TypeError, OverflowError):  # a time without a zone
        return list(map(ms_from_iso, texts))
    if found and not _FIRST_MS <= min(found) <= max(found) <= _LAST_MS:
        return list(map(ms_from_iso, texts))
    return found
