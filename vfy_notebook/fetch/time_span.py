"""A span of time between two arguments, as the filters `created_after` and `created_before`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from vfy_notebook.errors import ArgumentError
from vfy_notebook.frames.times import to_ms

if TYPE_CHECKING:
    from vfy_notebook.frames.times import Moment


@dataclass(frozen=True)
class TimeSpan:
    """A span of time, in milliseconds: its first one is part of it, `to_ms` is not."""

    from_ms: int | None = None
    to_ms: int | None = None

    @classmethod
    def between(cls, what: str, after: Moment | None, before: Moment | None) -> TimeSpan:
        """From two arguments, checked.

        Raises:
            ArgumentError: One is no point in time, or nothing can lie between the two.
        """
        span = cls(to_ms(after, argument=f"{what}_after"), to_ms(before, argument=f"{what}_before"))
        if span.from_ms is not None and span.to_ms is not None and span.from_ms >= span.to_ms:
            message = (
                f"{what}_after={after!r} is not before {what}_before={before!r}: nothing can match."
            )
            raise ArgumentError(message)
        return span

    @property
    def is_open(self) -> bool:
        """Whether it has neither a beginning nor an end."""
        return self.from_ms is None and self.to_ms is None

    @property
    def length_us(self) -> int | None:
        """How long it is; None without a beginning or an end."""
        if self.from_ms is None or self.to_ms is None:
            return None
        return (self.to_ms - self.from_ms) * 1000
