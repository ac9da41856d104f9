"""Which customers go together in one request, so that requests are few.

Three routes lead to the API:

* `metadata`: one metadata object for many source_ids; only what changes is sent;
* `bulk`: a list of records, each with its own fields;
* `put`: one customer a request, for those without a source_id.

https://docs.voucherify.io/api-reference/customers/update-customers-in-bulk
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import TYPE_CHECKING, Any

import numpy as np

from vfy_notebook.api.operations import MAX_BODY_BYTES
from vfy_notebook.edits.tables.changes import Changes
from vfy_notebook.frames.json_text import dump, dump_in_order
from vfy_notebook.journal.entries import Batch

if TYPE_CHECKING:
    from collections.abc import Sequence

    from vfy_notebook.edits.changes import Change

    Sizes = np.ndarray[Any, np.dtype[np.int64]]

METADATA = "metadata"
BULK = "bulk"
PUT = "put"

#: How the API calls a route's jobs.
JOB_TYPES = {METADATA: "CUSTOMERS.METADATA_UPDATE", BULK: "CUSTOMERS.BULK_UPDATE"}


@dataclass(frozen=True)
class Batches:
    """All requests, and the positions of changes that are too large for any."""

    batches: list[Batch]
    too_large: list[int]

    @property
    def calls(self) -> dict[str, int]:
        """Route → number of requests; routes without one are left out."""
        return dict(Counter(batch.route for batch in self.batches))

    def renumbered(self, positions: Sequence[int]) -> Batches:
        """The same with `positions[i]` in place of each position `i`."""
        batches = [
            Batch(batch.route, tuple(positions[p] for p in batch.positions))
            for batch in self.batches
        ]
        return Batches(batches, [positions[p] for p in self.too_large])


def body_of(route: str, changes: Sequence[Change]) -> bytes:
    """A request's JSON."""
    if route == METADATA:
        source_ids = b",".join(dump(change.source_id) for change in changes)
        metadata = dump(changes[0].metadata_change())
        return b'{"source_ids":[%b],"metadata":%b}' % (source_ids, metadata)
    if route == BULK:
        return b"[%b]" % b",".join(dump(_record(change)) for change in changes)
    return dump(changes[0].whole_fields())


def _record(change: Change) -> dict[str, Any]:
    return {"source_id": change.source_id, **change.whole_fields()}


def make_batches(
    changes: Sequence[Change],
    *,
    max_records: int,
    max_bytes: int = MAX_BODY_BYTES,
    may_pool: bool = True,
) -> Batches:
    """The fewest requests that carry all changes, none over `max_records` or `max_bytes`.

    Without `may_pool` no change of metadata alone goes through the bulk route, which would have
    to send the customer's whole metadata.
    """
    made = Changes.of(changes)
    routes = _Routes.of(made)
    groups, bulk, sizes = routes.groups, routes.bulk, routes.sizes
    if may_pool:
        _pool_leftovers(groups, others=len(bulk), max_records=max_records)
    pooled = {p: g for g in groups if g.pooled for p in g.positions[-g.pooled :]}
    packer = _Packer(max_records, max_bytes)
    for group in groups:
        if kept := group.positions[: len(group.positions) - group.pooled]:
            packer.pack(METADATA, kept, sizes, group.shared)
    as_records = sizes.copy()
    for position, change in zip(pooled, made.at(list(pooled)), strict=True):
        as_records[position] = len(dump(_record(change))) + 1
    packer.pack(BULK, sorted([*bulk, *pooled]), as_records)
    too_large, packer.too_large = packer.too_large, []
    for position in too_large:
        if position in pooled:  # too large only with the metadata that does not change
            packer.pack(METADATA, [position], sizes, pooled[position].shared)
        else:
            packer.too_large.append(position)
    packer.pack(PUT, routes.put, sizes)
    return Batches(packer.batches, packer.too_large)


@dataclass
class _Equal:
    """Equal changes of metadata.

    Attributes:
        shared: The bytes that are sent once for all of them.
        positions: The changes.
        pooled: How many of them, the last ones, go through the bulk route.
    """

    shared: int
    positions: list[int] = field(default_factory=list)
    pooled: int = 0


@dataclass(frozen=True)
class _Routes:
    """Which route each change takes by itself, and its share of a request there.

    Attributes:
        groups: Changes of metadata alone, equal ones together.
        bulk: Positions of the records of a list.
        put: Positions of those that have no source_id.
        sizes: Of each change its bytes, its comma included.
    """

    groups: list[_Equal]
    bulk: list[int]
    put: list[int]
    sizes: Sizes

    @classmethod
    def of(cls, changes: Changes) -> _Routes:
        """Each change is made once, looked at, and gone: of a million, only sizes are kept."""
        groups: dict[bytes, _Equal] = {}
        bulk: list[int] = []
        put: list[int] = []
        sizes = np.zeros(len(changes), dtype=np.int64)
        for position, change in enumerate(changes):
            if not change.source_id:
                put.append(position)
                sizes[position] = len(dump(change.whole_fields()))
            elif change.only_metadata:
                key = blake2b(dump_in_order(change.after), digest_size=16).digest()
                if key not in groups:
                    groups[key] = _Equal(len(dump(change.metadata_change())))
                groups[key].positions.append(position)
                sizes[position] = len(dump(change.source_id)) + 1
            else:
                bulk.append(position)
                sizes[position] = len(dump(_record(change))) + 1
        return cls(list(groups.values()), bulk, put, sizes)


def _pool_leftovers(groups: Sequence[_Equal], *, others: int, max_records: int) -> None:
    """Let changes go through the bulk route where that saves requests.

    Each group of equal changes fills requests of its own; what is left over of it either takes
    one more, or a place among the bulk records. Joining the next smallest leftover to the bulk
    records never costs a request more, so the fewest are joined that reach the fewest requests.
    """
    sizes = [len(group.positions) % max_records for group in groups]
    leftovers = sorted([(size, i) for i, size in enumerate(sizes) if size])
    best, best_count, pooled = 0, None, others
    for joined in range(len(leftovers) + 1):
        count = -(-pooled // max_records) + len(leftovers) - joined
        if best_count is None or count < best_count:
            best, best_count = joined, count
        if joined < len(leftovers):
            pooled += leftovers[joined][0]
    for size, i in leftovers[:best]:
        groups[i].pooled = size


class _Packer:
    """Fills requests one after the other, by number of records and by encoded size."""

    def __init__(self, max_records: int, max_bytes: int) -> None:
        self._max_records = max_records
        self._max_bytes = max_bytes
        self.batches: list[Batch] = []
        self.too_large: list[int] = []

    def pack(self, route: str, positions: Sequence[int], sizes: Sizes, shared: int = 0) -> None:
        """Put changes into requests of a route.

        Args:
            route: The route.
            positions: The changes.
            sizes: Of each change its own share of a request, its comma included.
            shared: Bytes that are sent once a request.
        """
        overhead = _OVERHEAD[route] + shared
        most = 1 if route == PUT else self._max_records
        batch: list[int] = []
        size = overhead
        for position in positions:
            bytes_ = int(sizes[position])
            if overhead + bytes_ > self._max_bytes:
                self.too_large.append(position)
                continue
            if batch and (len(batch) == most or size + bytes_ > self._max_bytes):
                self.batches.append(Batch(route, tuple(batch)))
                batch, size = [], overhead
            batch.append(position)
            size += bytes_
        if batch:
            self.batches.append(Batch(route, tuple(batch)))


#: Bytes of a request without its records.
_OVERHEAD = {METADATA: len(b'{"source_ids":[],"metadata":}'), BULK: len(b"[]"), PUT: 0}
