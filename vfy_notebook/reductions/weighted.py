"""Counts and quantiles of rows that stand for several each."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["Floats", "Ints", "count", "quantiles"]

Floats: TypeAlias = np.ndarray[tuple[int, ...], np.dtype[np.float64]]
Ints: TypeAlias = np.ndarray[tuple[int, ...], np.dtype[np.int64]]


def count(codes: Ints, kinds: int, weights: Ints) -> Ints:
    """How many customers have each code, from 0 to `kinds - 1`."""
    # Sums of float64 are exact up to 2**53.
    return np.bincount(codes, weights=weights, minlength=kinds).astype(np.int64)


def quantiles(values: Floats, at: Sequence[float] | Floats, weights: Ints) -> Floats:
    """Exact quantiles, as if each value stood there as often as its weight says.

    Args:
        values: Numbers without NaN, in any order, at least one.
        at: Shares from 0 to 1.
        weights: How often each value is there, at least once.

    Returns:
        A number for each share, interpolated between neighbours as `numpy.quantile` does.
    """
    order = np.argsort(values, kind="stable")
    ordered, ends = values[order], np.cumsum(weights[order])
    places = np.asarray(at, dtype=np.float64) * (ends[-1] - 1)
    below = np.floor(places)
    low = ordered[np.searchsorted(ends, below, side="right")]
    high = ordered[np.searchsorted(ends, np.minimum(below + 1, ends[-1] - 1), side="right")]
    found: Floats = low + (high - low) * (places - below)
    return found
