"""Metadata keys that few customers have: packed in little, and the same values as any others."""

from __future__ import annotations

import json

import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vfy_notebook.api.models import Customer
from vfy_notebook.frames.batches import Packing
from vfy_notebook.frames.customers import CustomerFrame
from vfy_notebook.frames.metadata import pieces
from vfy_notebook.frames.metadata.pieces import metadata_arrays, pack_metadata

VALUES = (
    st.none()
    | st.booleans()
    | st.integers(-(2**70), 2**70)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=3)
    | st.lists(st.integers(0, 3), max_size=2)
)
ROWS = st.lists(
    st.none() | st.dictionaries(st.sampled_from("abcdefgh"), VALUES, max_size=3), max_size=20
)


def frame_of(batches):
    return pd.DataFrame(
        metadata_arrays([pack_metadata(rows) for rows in batches], list(map(len, batches)))
    )


@given(batches=st.lists(ROWS, min_size=1, max_size=3))
def test_cells_only_where_there_are_values_make_the_same_columns(batches):
    usual = frame_of(batches)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pieces, "_FEW_KEYS", 0)
        patch.setattr(pieces, "_RARE", 2)
        pd.testing.assert_frame_equal(frame_of(batches), usual)


@given(rows=ROWS, data=st.data())
def test_some_of_the_customers_keep_their_values(rows, data):
    keep = data.draw(st.lists(st.booleans(), min_size=len(rows), max_size=len(rows)))
    kept = [row for row, is_kept in zip(rows, keep, strict=True) if is_kept]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pieces, "_FEW_KEYS", 0)
        patch.setattr(pieces, "_RARE", 2)
        packed = pack_metadata(rows)
        some = {key: piece.where(pa.array(keep, pa.bool_())) for key, piece in packed.items()}
    for key, piece in some.items():
        held = dict(piece.cells())
        assert [held.get(i) for i in range(len(kept))] == [(row or {}).get(key) for row in kept]


def hostile(count, *, strange, keys):
    """Customers of whom some have keys of their own."""
    return [
        Customer(
            f"cust_{i:05d}",
            metadata={"tier": "a"} | {f"k{i}_{j}": "x" for j in range(keys if i < strange else 0)},
            created_at=f"2024-01-01T{i // 3600:02d}:{i // 60 % 60:02d}:{i % 60:02d}Z",
        )
        for i in range(count)
    ]


def test_what_strange_keys_take_grows_with_their_values_and_not_with_the_customers():
    (batch,) = Packing().add(hostile(1_000, strange=10, keys=300)).batches()
    assert len(batch.metadata) == 3_001
    assert sum(len(piece.values) for piece in batch.metadata.values()) == 1_000 + 10 * 300


def test_of_equally_rare_keys_those_first_in_order_have_columns():
    frame = CustomerFrame()
    frame.add(hostile(100, strange=6, keys=200))
    built = frame.build()
    own = [name for name in built.columns if name.startswith("metadata.")]
    keys = sorted(f"k{i}_{j}" for i in range(6) for j in range(200))
    assert own == [*(f"metadata.{key}" for key in keys[:999]), "metadata.tier"]
    assert frame.keys_in_rest == len(keys) - 999
    assert built.columns[-1] == "metadata_rest"
    in_rest = {
        k: v for text in built["metadata_rest"].dropna() for k, v in json.loads(text).items()
    }
    assert in_rest == dict.fromkeys(keys[999:], "x")


def test_a_null_in_a_strange_key_is_missing_everywhere():
    frame = CustomerFrame()
    frame.add([Customer("cust_1", metadata=dict.fromkeys(map(str, range(1_200))))])
    built = frame.build()
    assert built["metadata_rest"].isna().all()
