"""Small frames and changes for the tests of pushes."""

from __future__ import annotations

import msgspec
import numpy as np
import pandas as pd

from vfy_notebook.api.models import Customer
from vfy_notebook.edits.changes import Change
from vfy_notebook.edits.differences import find_edits
from vfy_notebook.edits.metadata_schema import MetadataSchema
from vfy_notebook.edits.sides import Before, Sides
from vfy_notebook.frames.customers import customers_frame
from vfy_notebook.snapshots.rows import SnapshotRows
from vfy_notebook.snapshots.snapshot import Snapshot


def customer(i, **fields):
    """A customer as the API gives it."""
    return {
        "id": f"cust_{i}",
        "source_id": f"s{i}",
        "name": f"Name {i}",
        "created_at": f"2024-01-0{i % 9 + 1}T00:00:00.000Z",
        "updated_at": f"2024-02-0{i % 9 + 1}T00:00:00.000Z",
        **fields,
    }


def frame_of(*customers):
    """The frame that fetching them gives."""
    return customers_frame([msgspec.convert(each, Customer) for each in customers])


def some_frame(count=3, **fields):
    return frame_of(*(customer(i, **fields) for i in range(count)))


def snapshot_of(frame, mark="mark"):
    return Snapshot.of(frame, mark, is_whole=True, read_from_ms=None)


def sides_of(fetched, edited, *, before=None, create_missing=False, **options):
    """An edited frame beside the fetch that it came from, and beside another frame if given."""
    snapshot = snapshot_of(fetched)
    at = pd.Index(fetched.index.astype(object)).get_indexer(edited.index.astype(object))
    rows = np.flatnonzero(at >= 0)
    none = np.zeros(len(rows), dtype=bool)
    if before is not None:
        before = Before(before, before.index.get_indexer(edited.index[rows]), none)
    return Sides(
        edited,
        rows,
        SnapshotRows([snapshot], np.zeros(len(rows), dtype=np.intp), at[rows]),
        none,
        none,
        before,
        new_rows=np.flatnonzero(at < 0) if create_missing else rows[:0],
        source_ids_taken=frozenset(fetched["source_id"].dropna()),
        **options,
    )


def edits_of(fetched, edited, *, schema=None, **options):
    """What an edited frame changes of what was fetched."""
    return find_edits(
        sides_of(fetched, edited, **options),
        schema=lambda: MetadataSchema() if schema is None else MetadataSchema.from_api(schema),
    )


def change_of(i, after, *, before=None, **fields):
    """A change of customer `i`."""
    change = Change(f"cust_{i}", f"cust_{i}", f"s{i}")
    change.after = dict(after)
    change.before = dict.fromkeys(after) if before is None else dict(before)
    for name, value in fields.items():
        setattr(change, name, value)
    return change
