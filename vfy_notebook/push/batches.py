"""Which customers go together in one request, so that requests are few.

Three routes lead to the API:

* `metadata`: one metadata object for many source_ids; only what changes is sent;
* `bulk`: a list of records, each with its own fields;
* `put`: one customer a request, for those without a source_id.

https://docs.voucherify.io/api-reference/customers/update-customers-in-bulk
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from vfy_notebook.api.operations import MAX_BODY_BYTES
from vfy_notebook.frames.json_text import dump, dump_in_order
from vfy_notebook.journal.entries import Batch

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from vfy_notebook.edits.changes import Change

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
    groups: dict[bytes, list[int]] = {}
    bulk: list[int] = []
    put: list[int] = []
    for position, change in enumerate(changes):
        if not change.source_id:
            put.append(position)
        elif change.only_metadata:
            groups.setdefault(dump_in_order(change.after), []).append(position)
        else:
            bulk.append(position)
    pooled: set[int] = set()
    if may_pool:
        pooled = _pooled_leftovers(list(groups.values()), others=len(bulk), max_records=max_records)
    packer = _Packer(changes, max_records, max_bytes)
    for positions in groups.values():
        kept = [p for p in positions if p not in pooled]
        if kept:
            packer.pack_equal(kept)
    packer.pack(BULK, sorted([*bulk, *pooled]))
    packer.unpool(pooled)
    packer.pack(PUT, put)
    return Batches(packer.batches, packer.too_large)


def _pooled_leftovers(
    groups: Sequence[Sequence[int]], *, others: int, max_records: int
) -> set[int]:
    """The changes that go through the bulk route because that saves requests.

    Each group of equal changes fills requests of its own; what is left over of it either takes
    one more, or a place among the bulk records. Joining the next smallest leftover to the bulk
    records never costs a request more, so the fewest are joined that reach the fewest requests.
    """
    leftovers = sorted((len(g) % max_records, i) for i, g in enumerate(groups))
    leftovers = [(size, i) for size, i in leftovers if size]
    best, best_count, pooled = 0, None, others
    for joined in range(len(leftovers) + 1):
        count = -(-pooled // max_records) + len(leftovers) - joined
        if best_count is None or count < best_count:
            best, best_count = joined, count
        if joined < len(leftovers):
            pooled += leftovers[joined][0]
    return {p for size, i in leftovers[:best] for p in groups[i][-size:]}


class _Packer:
    """Fills requests one after the other, by number of records and by encoded size."""

    def __init__(self, changes: Sequence[Change], max_records: int, max_bytes: int) -> None:
        self._changes = changes
        self._max_records = max_records
        self._max_bytes = max_bytes
        self.batches: list[Batch] = []
        self.too_large: list[int] = []

    def pack(self, route: str, positions: Sequence[int], *, shared: int = 0) -> None:
        """Put changes into requests of a route; `shared` bytes are sent once a request."""
        overhead = _OVERHEAD[route] + shared
        most = 1 if route == PUT else self._max_records
        batch: list[int] = []
        size = overhead
        for position, bytes_ in self._sizes(route, positions):
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

    def pack_equal(self, positions: Sequence[int]) -> None:
        """Put equal changes of metadata into requests of their own."""
        shared = len(dump(self._changes[positions[0]].metadata_change()))
        self.pack(METADATA, positions, shared=shared)

    def unpool(self, pooled: Collection[int]) -> None:
        """Send alone what would be too large only with the metadata that does not change."""
        too_large, self.too_large = self.too_large, []
        for position in too_large:
            if position in pooled:
                self.pack_equal([position])
            else:
                self.too_large.append(position)

    def _sizes(self, route: str, positions: Sequence[int]) -> Iterator[tuple[int, int]]:
        """Each change's own share of a request, its comma included."""
        for position in positions:
            change = self._changes[position]
            if route == METADATA:
                yield position, len(dump(change.source_id)) + 1
            elif route == BULK:
                yield position, len(dump(_record(change))) + 1
            else:
                yield position, len(dump(change.whole_fields()))


#: Bytes of a request without its records.
_OVERHEAD = {METADATA: len(b'{"source_ids":[],"metadata":}'), BULK: len(b"[]"), PUT: 0}
