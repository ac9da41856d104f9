"""What is remembered of a fetch takes little beside the fetch: counted in bytes, not timed."""

from __future__ import annotations

import gc
import random
import sys
from dataclasses import replace

import pyarrow as pa
import pytest

from tests.unit.edits.frames import frame_of
from vfy_notebook.snapshots.pushed import PushedCells
from vfy_notebook.snapshots.snapshot import Snapshot
from vfy_notebook.snapshots.store import SnapshotStore

COUNT = 4_000

#: What a fetch of many takes at its peak for each customer, of about a kilobyte as JSON; that of a
#: million is in `benchmarks/RESULTS.md`.
FETCH_BYTES = 1_040


def moment(ms):
    """A time as the API writes it, some years after 2021, to the millisecond."""
    day, ms = divmod(ms, 86_400_000)
    hour, ms = divmod(ms, 3_600_000)
    minute, ms = divmod(ms, 60_000)
    year, day = divmod(day, 336)
    return (
        f"{2021 + year}-{day // 28 + 1:02}-{day % 28 + 1:02}"
        f"T{hour:02}:{minute:02}:{ms // 1000:02}.{ms % 1000:03}Z"
    )


def customers(nested):
    """Customers whose times, birthdays and numbers are all different, as those of a shop are."""
    chance = random.Random(1)
    for i in range(COUNT):
        created_ms = chance.randrange(10**11)
        metadata = {
            "tier": chance.choice(["gold", "silver"]),
            "store_code": f"{i % 500:05}",
            "score": round(chance.random() * 100, 1),
            "newsletter": chance.random() < 0.5,
            "visits": chance.randrange(1_000),
        }
        if nested:
            for key in ("basket", "household", "devices"):
                metadata[key] = [
                    {"name": f"{key} {i}", "count": chance.randrange(100), "tags": ["a", f"t{i}"]}
                    for _ in range(2)
                ]
        yield {
            "id": f"cust_{i:024}",
            "source_id": f"crm-{i:08}",
            "name": f"Ada Made-Up {i}",
            "email": f"ada.{i}@example.com",
            "phone": f"+48 000 {i:06}",
            "birthdate": f"{chance.randrange(1940, 2006)}-0{chance.randrange(1, 10)}-17",
            "address": {"city": chance.choice(["Łódź", "Lyon"]), "line_1": f"{i % 99} Sample Lane"},
            "summary": {
                "orders": {
                    "total_amount": chance.randrange(10**6),
                    "total_count": chance.randrange(40),
                    "average_amount": chance.randrange(10**5),
                    "last_order_amount": chance.randrange(10**5),
                }
            },
            "metadata": metadata,
            "created_at": moment(created_ms),
            "updated_at": moment(created_ms + chance.randrange(10**10)),
        }


def snapshot_and_frame(*, nested):
    frame = frame_of(*customers(nested))
    return Snapshot.of(frame, "mark", is_whole=True, read_from_ms=1), frame


def deep_size(value):
    """Bytes of a value and of all that is in it."""
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return sys.getsizeof(value) + sum(map(deep_size, inner))


def frame_size(frame):
    """Bytes of a frame, those inside of its cells among them."""
    nested = [name for name in frame.columns if frame[name].map(type).isin([list, dict]).any()]
    flat = frame.drop(columns=nested).memory_usage(deep=True).sum()
    return flat + sum(deep_size(value) + 8 for name in nested for value in frame[name])


def test_without_nested_metadata_it_is_less_than_a_fiftieth_of_a_fetch():
    snapshot, frame = snapshot_and_frame(nested=False)
    assert snapshot.own_nbytes < 0.02 * FETCH_BYTES * COUNT
    assert snapshot.own_nbytes < 0.04 * frame_size(frame)


def test_with_nested_metadata_in_every_row_it_is_less_than_a_seventh_of_the_frame():
    snapshot, frame = snapshot_and_frame(nested=True)
    assert snapshot.own_nbytes < 0.15 * frame_size(frame)


def test_text_is_in_memory_once():
    snapshot, frame = snapshot_and_frame(nested=False)
    (piece,) = frame["name"].array._pa_array.chunks
    assert snapshot.kept["name"].is_shared
    assert snapshot.column("name").values.buffers()[2].address == piece.buffers()[2].address
    (ids,) = frame.index.array._pa_array.chunks
    assert snapshot.ids.buffers()[2].address == ids.buffers()[2].address


@pytest.mark.parametrize("nested", [False, True])
def test_the_store_counts_what_it_holds(nested):
    gc.collect()
    before = pa.total_allocated_bytes()
    store, holder = SnapshotStore(), object_that_can_be_held_weakly()
    snapshots = store.open("site", holder)
    frame = frame_of(*customers(nested))
    snapshot = snapshots.remember(frame, is_whole=True, read_from_ms=1)
    del frame
    gc.collect()
    # What only the snapshot holds now is in Arrow's memory, or packed.
    in_arrow = pa.total_allocated_bytes() - before
    assert in_arrow + snapshot.own_nbytes <= 1.1 * store.nbytes
    assert store.nbytes <= 1.1 * (in_arrow + snapshot.own_nbytes)


def object_that_can_be_held_weakly():
    return type("Holder", (), {})()


def test_odd_values_are_counted():
    plain, _ = snapshot_and_frame(nested=False)
    odd = replace(plain, odd={"cust_1": {"name": "x" * 5_000}})
    assert odd.nbytes == plain.nbytes + 5_000


def test_what_a_push_has_written_is_counted_until_it_is_forgotten():
    written = {f"cust_{i}": ({"name": "x" * 100}, 1, 2) for i in range(4)}
    push = PushedCells.of("mark", written)
    assert push.nbytes > 4 * 100
    assert push.without({"cust_0", "cust_1"}).nbytes == push.nbytes / 2


def test_a_fetch_beyond_the_bound_is_not_kept_and_leaves_the_others():
    store, holder = SnapshotStore(), object_that_can_be_held_weakly()
    snapshots = store.open("site", holder)
    small = frame_of({"id": "cust_1", "name": "Ann"})
    snapshots.remember(small, is_whole=True, read_from_ms=1)
    store.max_bytes = 2 * store.nbytes
    large = frame_of(*customers(nested=False))
    snapshots.remember(large, is_whole=True, read_from_ms=1)
    assert store.nbytes <= store.max_bytes
    assert snapshots.marked(large) is None
    assert snapshots.marked(small) is not None


@pytest.mark.parametrize("nested", [False, True])
def test_to_remember_a_frame_makes_no_table_of_its_ids(nested):
    """pandas keeps such a table with the index, and makes one as soon as numpy asks a Series."""
    frame = frame_of(*customers(nested))
    before = frame.index.memory_usage()
    Snapshot.of(frame, "mark", is_whole=True, read_from_ms=None)
    assert frame.index.memory_usage() == before
    assert "nobody" not in frame.index
    assert frame.index.memory_usage() > before  # now there is one
