"""How finely the API shows times, which need not be how finely it compares them."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

_SECOND_MS = 1000


class Resolution:
    """The unit in which times are shown, as far as rows have told; shared by a listing's walks.

    Rows shown at the same time may differ in what is not shown. So a window around a shown time is
    as wide as the unit, and windows are cut where the shown times change.

    >>> resolution = Resolution()
    >>> resolution.see([1_700_000_000_000, 1_700_000_003_000])
    >>> resolution.unit_ms
    1000
    >>> resolution.see([1_700_000_003_001])
    >>> resolution.unit_ms
    1
    """

    def __init__(self, unit_ms: int | None = None) -> None:
        self._unit_ms = unit_ms

    @property
    def unit_ms(self) -> int:
        """A second as long as no time has a fraction; a millisecond otherwise, and at first."""
        return self._unit_ms or 1

    def see(self, times_ms: Iterable[int]) -> None:
        """Learn from the times of a page."""
        if self._unit_ms == 1:
            return
        rests = [ms % _SECOND_MS for ms in times_ms]
        if rests:
            self._unit_ms = 1 if any(rests) else _SECOND_MS

    def begins(self, at_ms: int) -> int:
        """The shown time of a moment."""
        return at_ms - at_ms % self.unit_ms
