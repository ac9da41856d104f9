from __future__ import annotations

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from tests.unit.edits.frames import customer, frame_of, snapshot_of
from vfy_notebook.snapshots.rows import SnapshotRows
from vfy_notebook.snapshots.snapshot import NEVER_MS

METADATA = {
    "tier": "gold",
    "whole": 5,
    "ratio": 0.5,
    "flag": True,
    "prefs": {"k": [1, 2.5, None]},
    "big": 2**70,
}


def made(count=3, **fields):
    mixed = ["1", 1, [1]]
    return frame_of(
        *(
            customer(
                i,
                birthdate="1990-05-01",
                metadata={**METADATA, "mixed": mixed[i % 3]},
                address={"city": "Łódź"},
                **fields,
            )
            for i in range(count)
        )
    )


def everyone(snapshot):
    return list(snapshot.customers(np.arange(len(snapshot))))


def spoil(frame):
    """Write to everything of a frame that can be written to in place."""
    for name in frame.columns:
        array = frame[name].array
        if frame[name].dtype == object:
            for cell in array:
                if isinstance(cell, dict):
                    cell.clear()
                elif isinstance(cell, list):
                    cell.append("spoilt")
            array[0] = "spoilt"
        else:
            array[0] = array[1] if pd.isna(array[0]) else pd.NA
    frame.loc[frame.index[1], "name"] = "spoilt"


def test_what_is_remembered_shares_nothing_that_can_be_written_to():
    frame = made().copy()  # whose times can be written to as well
    was = everyone(snapshot_of(made()))
    snapshot = snapshot_of(frame)
    spoil(frame)
    assert everyone(snapshot) == was


def test_a_remembered_customer_is_as_the_api_showed_it():
    shown = everyone(snapshot_of(made()))[1]
    assert (shown.id, shown.source_id, shown.name) == ("cust_1", "s1", "Name 1")
    assert shown.birthdate == "1990-05-01"
    assert shown.address.city == "Łódź"
    assert shown.metadata == {**METADATA, "mixed": 1}
    assert type(shown.metadata["whole"]) is int
    assert shown.updated_at == "2024-02-02T00:00:00.000Z"


def test_a_customer_never_updated_is_known_by_its_creation():
    snapshot = snapshot_of(made(1, updated_at=None))
    at = snapshot.positions(pa.array(["cust_0"], pa.large_string()))
    assert snapshot.updated_ms(at).tolist() == [NEVER_MS]
    assert snapshot.version_ms(at).tolist() == snapshot.created_ms(at).tolist()


def test_customers_are_found_by_id():
    snapshot = snapshot_of(made())
    ids = pa.array(["cust_2", "nobody", None, "cust_0"], pa.large_string())
    assert snapshot.positions(ids).tolist() == [2, -1, -1, 0]


@pytest.mark.parametrize("among", [5, 200])
def test_few_customers_are_found_among_many_as_they_are_among_few(among):
    snapshot = snapshot_of(made(among))
    ids = pa.array(["cust_4", None, "nobody", "cust_0", "cust_4", None], pa.large_string())
    there = [snapshot.ids.to_pylist().index(who) for who in ("cust_4", "cust_0")]
    assert snapshot.positions(ids).tolist() == [there[0], -1, -1, there[1], there[0], -1]
    assert snapshot.positions(ids[:0]).tolist() == []
    assert snapshot.positions(pa.nulls(2, pa.large_string())).tolist() == [-1, -1]


@pytest.mark.parametrize("name", ["cust_1", "s1"])
def test_a_forgotten_customer_is_in_no_column(name):
    snapshot = snapshot_of(made()).without({name})
    assert snapshot.ids.to_pylist() == ["cust_0", "cust_2"]
    assert {len(column) for column in snapshot.kept.values()} == {2}
    assert len(snapshot.created_us) == len(snapshot.updated_us) == 2
    assert everyone(snapshot)[1].name == "Name 2"
    assert snapshot.without({"nobody"}) is snapshot


def test_rows_of_several_snapshots_lie_in_their_own_order():
    text = snapshot_of(frame_of(*(customer(i, metadata={"a": f"t{i}"}) for i in range(3))))
    number = snapshot_of(frame_of(*(customer(i, metadata={"a": i, "b": i}) for i in range(3))))
    rows = SnapshotRows([text, number], np.array([1, 0, 1, 0]), np.array([0, 2, 2, 1]))
    column = rows.column("metadata.a")
    assert [column.value(i) for i in range(4)] == [0, "t2", 2, "t1"]
    both = rows.column("metadata.b")
    assert [both.value(i) for i in range(4)] == [0, None, 2, None]
    assert rows.column("metadata.c") is None
    assert rows.created_ms().tolist() == text.created_ms(np.array([0, 2, 2, 1])).tolist()
