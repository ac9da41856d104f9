"""Which rows are what was asked for, whatever a server makes of bounds."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pandas as pd
import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from vfy_notebook.fetch.history.query import orders_query
from vfy_notebook.frames.batches import Batch
from vfy_notebook.frames.history.tables import ORDERS

START = datetime(2025, 1, 1, tzinfo=UTC)
MOMENTS = st.integers(-3_000, 3_000).map(lambda us: START + timedelta(microseconds=us))
BOUNDS = st.none() | st.integers(-3, 3).map(lambda ms: START + timedelta(milliseconds=ms))
ROWS = st.lists(
    st.tuples(MOMENTS, st.none() | MOMENTS, st.sampled_from(["CREATED", "PAID", "CANCELED"])),
    max_size=8,
)


def batch_of(rows):
    texts = pa.nulls(len(rows), pa.large_string())
    times = pa.timestamp("us", tz="UTC")
    given_columns = {
        "created_at": pa.array([row[0] for row in rows], times),
        "updated_at": pa.array([row[1] for row in rows], times),
        "status": pa.array([row[2] for row in rows], pa.large_string()),
    }
    fixed = [given_columns.get(column.name, texts) for column in ORDERS.columns]
    return Batch(pa.array(map(str, range(len(rows))), pa.large_string()), fixed, {})


@given(ROWS, BOUNDS, BOUNDS, BOUNDS, st.none() | st.just("PAID"))
def test_inside_is_what_pandas_would_keep(rows, after, before, updated_after, status):
    if after is not None and before is not None and after >= before:
        after = None
    query = orders_query(
        created_after=after,
        created_before=before,
        updated_after=updated_after,
        updated_before=None,
        status=status,
    )
    frame = pd.DataFrame(rows, columns=["created", "updated", "status"])
    keep = pd.Series(data=True, index=frame.index)
    for column, bound, holds in (
        ("created", after, "ge"),
        ("created", before, "lt"),
        ("updated", updated_after, "ge"),
    ):
        if bound is not None:
            times = pd.to_datetime(frame[column], utc=True)
            keep &= getattr(times, holds)(pd.Timestamp(bound))
    if status is not None:
        keep &= frame["status"] == status
    batch = batch_of(rows)
    kept = query.inside(batch, ORDERS)
    assert [int(i) for i in kept.ids.to_pylist()] == frame.index[keep].tolist()
    assert query.strangers(batch, ORDERS) <= len(batch) - len(kept)
