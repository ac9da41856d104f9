"""How finely the API shows times, which need not be how finely it compares them."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_SECOND_MS = 1000


class Resolution:
    """The unit in which times are shown and compared, as far as rows have told.

    Shared by a listing's walks. Rows shown at the same time may differ in what is not shown. So a
    window around a shown time is as wide as the unit, and windows are cut at whole seconds.

    Attributes:
        is_coarse: Whether times are compared by the second although they are shown more finely: a
            bound inside a second then tells nothing of the rows of that second.
        is_fine: Whether a bound inside a second has proven to divide that second's rows.

    >>> resolution = Resolution()
    >>> resolution.see([1_700_000_000_000, 1_700_000_003_000])
    >>> resolution.unit_ms
    1000
    >>> resolution.see([1_700_000_003_001])
    >>> resolution.unit_ms
    1
    """

    def __init__(self, unit_ms: int | None = None) -> None:
        self._shown_ms = unit_ms
        self.is_coarse = False
        self.is_fine = False

    @property
    def shown_ms(self) -> int:
        """A second as long as no time has a fraction; a millisecond otherwise, and at first."""
        return self._shown_ms or 1

    @property
    def unit_ms(self) -> int:
        """The wider one of the units in which times are shown and compared."""
        return _SECOND_MS if self.is_coarse else self.shown_ms

    def see(self, times_ms: Iterable[int]) -> None:
        """Learn from the times of a page."""
        if self._shown_ms == 1:
            return
        rests = [ms % _SECOND_MS for ms in times_ms]
        if rests:
            self._shown_ms = 1 if any(rests) else _SECOND_MS

    def cut(self, at_ms: int) -> int:
        """The last time up to a moment at which a window can be cut in two."""
        return self.shown(at_ms) if self.is_fine else second_of(at_ms)

    def shown(self, at_ms: int) -> int:
        """The shown time of a moment."""
        return at_ms - at_ms % self.shown_ms


def second_of(at_ms: int) -> int:
    """The first millisecond of a moment's second.

    >>> second_of(1_999), second_of(2_000)
    (1000, 2000)
    """
    return at_ms - at_ms % _SECOND_MS


def second_from(at_ms: int) -> int:
    """The first whole second at or behind a moment.

    >>> second_from(1_001), second_from(2_000)
    (2000, 2000)
    """
    return -second_of(-at_ms)


class Divider(NamedTuple):
    """A time inside a second of which a page has rows before and behind it.

    Attributes:
        at_ms: The time.
        before: How many rows of the page lie before it.
        until: The same, and how many lie at it.
    """

    at_ms: int
    before: int
    until: int

    @classmethod
    def of(cls, times_ms: Sequence[int]) -> Divider | None:
        """One of a page's times, in order, if it has such a one.

        >>> Divider.of([5_000, 5_100, 5_100, 5_200])
        Divider(at_ms=5100, before=1, until=3)
        >>> Divider.of([5_000, 6_100, 7_200]) is None
        True
        """
        groups = [(ms, len(list(rows))) for ms, rows in groupby(times_ms)]
        before = 0
        for (a, count), (b, at), (c, _) in zip(groups, groups[1:], groups[2:], strict=False):
            before += count
            if second_of(a) == second_of(b) == second_of(c) and a < b < c:
                return cls(b, before, before + at)
        return None

    def divides(self, *, total: int, behind: int) -> bool:
        """Whether the numbers of rows, all and behind it, show that the API can tell them apart."""
        return total - self.until <= behind <= total - self.before
