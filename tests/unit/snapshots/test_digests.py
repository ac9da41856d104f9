"""Columns that cannot be written are told from edited ones in whatever dtype they come."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from tests.unit.edits.frames import customer, frame_of
from vfy_notebook.snapshots.digests import GROUPS, digests

ORDERS = "summary.orders"


def fetched():
    frame = frame_of(*(customer(i) for i in range(3)))
    frame["summary.orders.total_amount"] = pd.array([1, None, 3], dtype="Int64")
    days = pd.to_datetime(
        ["2024-01-01T00:00:00.123Z", None, "2024-02-01"], format="ISO8601", utc=True
    )
    frame["summary.orders.last_order_date"] = pd.Series(days, index=frame.index).dt.as_unit("us")
    return frame


IN_ANOTHER_DTYPE = {
    "Arrow": lambda frame: frame.convert_dtypes(dtype_backend="pyarrow"),
    "categories": lambda frame: frame.astype(
        {name: "category" for name in frame if frame[name].dtype != object}
    ),
    "objects": lambda frame: frame.astype(
        {name: object for name in frame if not str(frame[name].dtype).startswith("datetime")}
    ),
    "nanoseconds": lambda frame: frame.astype(
        {"summary.orders.last_order_date": "datetime64[ns, UTC]"}
    ),
    "floats": lambda frame: frame.astype({"summary.orders.total_amount": "float64"}),
}


@pytest.mark.parametrize("dtype", IN_ANOTHER_DTYPE)
def test_a_dtype_changes_no_digest_and_an_edit_does(dtype):
    frame = fetched()
    known = digests(frame)[ORDERS]
    other = IN_ANOTHER_DTYPE[dtype](frame)
    np.testing.assert_array_equal(digests(other)[ORDERS], known)
    frame.loc[frame.index[0], "summary.orders.total_amount"] = 2
    edited = digests(IN_ANOTHER_DTYPE[dtype](frame))[ORDERS]
    assert (edited != known).tolist() == [True, False, False]


@pytest.mark.parametrize("place", [0, 3, 9])
@pytest.mark.parametrize("more", [1, -1, 100, 65_536, 2**32, 2**62])
def test_a_number_added_in_all_rows_is_told_in_nearly_all(place, more):
    names = GROUPS["summary.redemptions"]
    numbers = np.random.default_rng(0).integers(0, 5_000, (2_000, len(names)))
    before = pd.DataFrame(numbers, columns=names)
    after = before.assign(**{names[place]: before[names[place]] + more})
    group = "summary.redemptions"
    escaped = digests(before)[group] == digests(after)[group]
    assert escaped.sum() <= 3
