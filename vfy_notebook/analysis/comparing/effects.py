"""Effect sizes with intervals, for shares and for numbers, on one scale from -1 to 1.

The difference of two shares is Cliff's delta of a column that is 0 or 1, so the effects of shares
and of numbers can be compared. Both intervals are made by inverting a score test, which keeps them
inside the scale and makes them wide where there are few customers, even if these are all alike.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Effect", "cliffs_delta", "share_difference"]

_HALVINGS = 60


@dataclass(frozen=True)
class Effect:
    """An effect from -1 to 1 and its interval; NaN where there is nothing to compare."""

    size: float
    low: float
    high: float

    @property
    def telling(self) -> float:
        """How far the interval is from 0: what of the effect is not chance."""
        return max(self.low, -self.high, 0.0) if not math.isnan(self.size) else -1.0


UNKNOWN = Effect(math.nan, math.nan, math.nan)


def share_difference(count: int, total: int, others: int, rest: int, *, z: float) -> Effect:
    """The difference of two shares, with Newcombe's hybrid score interval.

    Robert G. Newcombe, "Interval estimation for the difference between independent proportions",
    Statistics in Medicine 17 (1998), method 10.

    Args:
        count: How many of the group.
        total: The size of the group.
        others: How many of the rest.
        rest: The size of the rest.
        z: The quantile of the normal distribution: 1.96 for 95 %.

    Examples:
        >>> effect = share_difference(56, 70, 48, 80, z=1.959964)
        >>> round(effect.size, 4), round(effect.low, 4), round(effect.high, 4)
        (0.2, 0.0524, 0.3339)
    """
    if not total or not rest:
        return UNKNOWN
    one, other = count / total, others / rest
    low_one, high_one = _wilson(one, total, z)
    low_other, high_other = _wilson(other, rest, z)
    size = one - other
    return Effect(
        size,
        max(size - math.hypot(one - low_one, high_other - other), -1.0),
        min(size + math.hypot(high_one - one, other - low_other), 1.0),
    )


def cliffs_delta(u: float, total: int, rest: int, *, z: float) -> Effect:
    """Cliff's delta: how much oftener a value of the group is above one of the rest than below.

    It is twice the area under the ROC curve less 1; the interval is that of Robert G. Newcombe,
    "Confidence intervals for an effect size measure based on the Mann-Whitney statistic. Part 2",
    Statistics in Medicine 25 (2006), method 5.

    Args:
        u: The Mann-Whitney statistic: pairs in which the group's value is above, ties half.
        total: How many values the group has.
        rest: How many the rest has.
        z: The quantile of the normal distribution.
    """
    if not total or not rest:
        return UNKNOWN
    area = u / (total * rest)
    low = _root(lambda at: area - at - z * _spread(at, total, rest), 0.0, area)
    high = _root(lambda at: at - area - z * _spread(at, total, rest), 1.0, area)
    return Effect(2 * area - 1, 2 * low - 1, 2 * high - 1)


def _wilson(share: float, total: int, z: float) -> tuple[float, float]:
    middle = (share + z**2 / (2 * total)) / (1 + z**2 / total)
    half = z * math.sqrt(share * (1 - share) / total + z**2 / (4 * total**2)) / (1 + z**2 / total)
    return middle - half, middle + half


def _spread(area: float, total: int, rest: int) -> float:
    """The standard error of an area, if it was this one."""
    mean = (total + rest) / 2 - 1
    pairs = 1 + mean * (1 - area) / (2 - area) + mean * area / (1 + area)
    return math.sqrt(max(area * (1 - area) * pairs / (total * rest), 0.0))


def _root(function: Callable[[float], float], outer: float, inner: float) -> float:
    """Where a function that is positive at `outer` and negative at `inner` crosses 0."""
    for _ in range(_HALVINGS):
        middle = (outer + inner) / 2
        if function(middle) > 0:
            outer = middle
        else:
            inner = middle
    return outer
