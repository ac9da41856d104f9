"""Memberships as integers: who is in which segment, counted without a Python loop over rows."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from vfy_notebook.errors import ArgumentError
from vfy_notebook.plots.drawing.arrays import Flags, Ints
from vfy_notebook.plots.drawing.canvas import check_count
from vfy_notebook.plots.drawing.names import make_names
from vfy_notebook.reductions import (
    check_frame,
    check_memberships,
    count,
    count_alike,
    count_members,
)

if TYPE_CHECKING:
    from vfy_notebook.plots.drawing.names import Name
    from vfy_notebook.reductions import AnyFrame

__all__ = [
    "MembershipMatrix",
    "count_combinations",
    "count_shared",
    "customer_ids",
    "matrix_of",
    "read_matrix",
]

#: Customers whose memberships are spread out into one dense block at a time.
_BLOCK = 1 << 16
#: Powers of two below 2**52 add up exactly in the float64 that `bincount` sums in.
_BITS = 52


@dataclass(frozen=True)
class MembershipMatrix:
    """Each pair of customer and segment once, as two arrays of codes.

    Attributes:
        segment_ids: The segments, the largest first.
        labels: What they are called, in the same order.
        sizes: Their distinct customers.
        customer: A customer's code for each pair: its place in `weights`.
        segment: A segment's code for each pair: its place in `segment_ids`.
        weights: The customers of whom the segments are shares: 1 each, or how many customers
            stand behind one that counts for all who are like it.
        left_out: Smaller segments that are not among these.
    """

    segment_ids: list[str]
    labels: list[str]
    sizes: Ints
    customer: Ints
    segment: Ints
    weights: Ints
    left_out: int = 0

    @property
    def base(self) -> int:
        """The number of customers of whom the segments are shares."""
        return int(self.weights.sum())

    def largest(self, max_segments: int) -> MembershipMatrix:
        """Keep the largest segments only; the base stays what it was."""
        check_count("max_segments", max_segments)
        if len(self.segment_ids) <= max_segments:
            return self
        kept = self.segment < max_segments
        return replace(
            self,
            segment_ids=self.segment_ids[:max_segments],
            labels=self.labels[:max_segments],
            sizes=self.sizes[:max_segments],
            customer=self.customer[kept],
            segment=self.segment[kept],
            left_out=len(self.segment_ids) - max_segments,
        )

    def names(self, *, width: int = 32, lines: int = 2) -> list[Name]:
        """The segments' names, fit to be drawn, in so many lines at most and no two alike."""
        return make_names(self.labels, ids=self.segment_ids, width=width, lines=lines)

    def note_left_out(self) -> str:
        """A line for an axis label if segments were left out, else nothing."""
        if not self.left_out:
            return ""
        plural = "segments are" if self.left_out > 1 else "segment is"
        return f"\n{self.left_out:,} smaller {plural} not drawn"


def matrix_of(
    memberships: pd.DataFrame,
    customers: pd.DataFrame | None = None,
    weights: pd.Series | None = None,
) -> MembershipMatrix:
    """Read memberships; with `customers`, only theirs.

    Args:
        memberships: A row for each customer and segment. Rows without a customer or a segment
            are ignored, doubled rows count once. `segment_id` alone says what one segment is.
        customers: The base. Without it, the base is who is in the memberships.
        weights: How many customers each one stands for, by id; None: for itself.

    Returns:
        The matrix, segments from the largest to the smallest; equal sizes by label, then id.

    Raises:
        ArgumentError: A frame lacks its columns, or `customers` has an id twice.
    """
    check_memberships(memberships)
    segment, segment_ids = _codes(memberships["segment_id"])
    customer, known = _codes(memberships["customer_id"])
    ids = known
    if customers is not None:
        ids = customer_ids(customers)
        place = ids.get_indexer(known).astype(np.int64)
        customer = np.where(customer >= 0, place[customer], -1) if len(place) else customer
    labels = _labels(memberships["segment"], segment, segment_ids)

    valid = (segment >= 0) & (customer >= 0)
    segments = max(len(segment_ids), 1)
    pairs = pd.unique(customer[valid] * segments + segment[valid])
    customer, segment = np.divmod(pairs, segments)

    stand_for = np.ones(len(ids), np.int64) if weights is None else _in_order(weights, ids)
    sizes = count(segment, len(segment_ids), stand_for[customer])
    order = sorted(
        range(len(segment_ids)),
        key=lambda code: (-sizes[code], labels[code].casefold(), str(segment_ids[code])),
    )
    rank = np.empty(len(order), dtype=np.int64)
    rank[order] = np.arange(len(order))
    return MembershipMatrix(
        segment_ids=[str(segment_ids[code]) for code in order],
        labels=[labels[code] for code in order],
        sizes=sizes[order],
        customer=customer,
        segment=rank[segment],
        weights=stand_for,
    )


def read_matrix(memberships: AnyFrame, customers: AnyFrame | None = None) -> MembershipMatrix:
    """Read memberships alone, or those of some customers, in pandas or in Dask."""
    if customers is None:
        members = count_members(memberships)
        return matrix_of(members.memberships, weights=members.weights)
    counted = count_alike(customers, memberships)
    assert counted.memberships is not None  # noqa: S101 - they were given
    return matrix_of(counted.memberships, counted.customers, counted.by_id)


def _in_order(weights: pd.Series, ids: pd.Index) -> Ints:
    ordered: Ints = weights.reindex(ids).to_numpy(dtype=np.int64)
    return ordered


def count_shared(matrix: MembershipMatrix) -> Ints:
    """How many customers each two segments share; the diagonal has the sizes."""
    order = np.argsort(matrix.customer, kind="stable")
    customer, segment = matrix.customer[order], matrix.segment[order]
    segments = len(matrix.segment_ids)
    shared = np.zeros((segments, segments), dtype=np.int64)
    # float32 multiplies fast and is exact up to 2**24, far above the customers in a block
    dtype = np.float32 if matrix.weights.max(initial=1) == 1 else np.float64
    weights = matrix.weights.astype(dtype)
    for start in range(0, len(weights), _BLOCK):
        low, high = np.searchsorted(customer, (start, start + _BLOCK))
        block = np.zeros((len(weights[start : start + _BLOCK]), segments), dtype=dtype)
        block[customer[low:high] - start, segment[low:high]] = 1
        counted = block * weights[start : start + _BLOCK, None]
        shared += (block.T @ counted).astype(np.int64)
    return shared


def count_combinations(matrix: MembershipMatrix) -> tuple[Flags, Ints]:
    """Count customers by the exact set of segments they are in.

    Args:
        matrix: The memberships.

    Returns:
        A row of flags (one per segment) for each combination that occurs, and the customers in
        it. Largest first; equal counts: fewer segments first. The counts sum to the base.
    """
    segments = len(matrix.segment_ids)
    rows = len(matrix.weights)
    keys = np.zeros(rows, dtype=np.int64)
    for start in range(0, segments, _BITS):
        inside = (matrix.segment >= start) & (matrix.segment < start + _BITS)
        bits = np.ldexp(1.0, matrix.segment[inside] - start)
        word = np.bincount(matrix.customer[inside], weights=bits, minlength=rows)
        codes, words = pd.factorize(word)
        keys = pd.factorize(keys * len(words) + codes)[0].astype(np.int64)
    totals = count(keys, keys.max(initial=-1) + 1, matrix.weights)

    first = np.full(len(totals), rows, dtype=np.int64)
    np.minimum.at(first, keys, np.arange(rows))
    combination = np.full(rows, -1, dtype=np.int64)
    combination[first] = np.arange(len(totals))
    row = combination[matrix.customer]
    flags = np.zeros((len(totals), segments), dtype=np.bool_)
    flags[row[row >= 0], matrix.segment[row >= 0]] = True

    order = np.lexsort((*(~flags.T[::-1]), flags.sum(axis=1), -totals))
    return flags[order], totals[order]


def customer_ids(customers: pd.DataFrame) -> pd.Index:
    """The ids of a customers frame: its index, or its column `customer_id` after a reset."""
    check_frame(customers, "customers")
    ids = customers.index
    if ids.name != "customer_id" and "customer_id" in customers.columns:
        ids = pd.Index(customers["customer_id"])
    doubled = ids[ids.duplicated()]
    if len(doubled):
        raise ArgumentError(
            f"customers has {len(doubled):,} rows too many: {doubled[0]!r} is there twice. "
            "Give each customer once, for instance customers[~customers.index.duplicated()]."
        )
    return ids


def _codes(column: pd.Series) -> tuple[Ints, pd.Index]:
    codes, values = pd.factorize(column)
    return codes.astype(np.int64), pd.Index(values).astype(object)


def _labels(column: pd.Series, segment: Ints, segment_ids: pd.Index) -> list[str]:
    """The first label found for each segment; one without a label goes by its id."""
    labels = {code: str(value) for code, value in enumerate(segment_ids)}
    usable = column.notna().to_numpy() & (segment >= 0)
    codes = pd.Series(segment[usable]).drop_duplicates()
    found = column[usable].iloc[codes.index.to_numpy()]
    for code, label in zip(codes, found, strict=True):
        if str(label).strip():
            labels[code] = str(label)
    return [labels[code] for code in range(len(segment_ids))]
