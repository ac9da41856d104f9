"""What a customers' DataFrame is made of, beyond single values."""

from __future__ import annotations

import warnings

import pandas as pd
import pytest

from vfy_notebook.api.models import Customer
from vfy_notebook.frames.customers import customers_frame
from vfy_notebook.frames.odd_values import odd_values


@pytest.mark.parametrize("keys", [3, 40, 150])
def test_columns_can_be_inserted_without_a_warning_however_many_there_are(keys):
    mixed = [{f"k{j:03d}": [i] if i % 2 else "x" for j in range(keys)} for i in range(4)]
    frame = customers_frame(
        Customer(f"cust_{i}", created_at="2025-01-01T00:00:00Z", metadata=metadata)
        for i, metadata in enumerate(mixed)
    )
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for number in range(20):
            frame[f"new_{number}"] = [{}] * 4
    assert frame.loc["cust_1", "metadata.k002"] == [1]
    assert set(frame.filter(like="metadata.").dtypes.astype(str)) == {"object"}


@pytest.mark.parametrize("partial", ["1990-05", "1990"])
@pytest.mark.parametrize("field", ["birthdate", "birthday"])
def test_a_month_is_no_birthday_and_not_taken_for_its_first(field, partial):
    frame = customers_frame(
        [
            Customer("cust_1", created_at="2025-01-01T00:00:00Z", **{field: partial}),
            Customer("cust_2", created_at="2025-01-01T00:00:00Z", **{field: "1990-05-02"}),
            Customer("cust_3", created_at="2025-01-01T00:00:00Z"),
        ]
    )
    assert odd_values(frame) == {"cust_1": {"birthdate": f'"{partial}"'}}
    assert frame["birthdate"].dtype == "datetime64[us]"
    assert frame["birthdate"].isna().tolist() == [True, False, True]
    assert frame.loc["cust_2", "birthdate"] == pd.Timestamp("1990-05-02")


def test_birthdays_written_with_a_time_are_their_day():
    frame = customers_frame(
        [Customer("cust_1", created_at="2025-01-01T00:00:00Z", birthdate="1990-05-02T23:00:00Z")]
    )
    assert frame.loc["cust_1", "birthdate"] == pd.Timestamp("1990-05-02")


@pytest.mark.parametrize("name", ["birthdate", "created_at", "updated_at"])
def test_times_can_be_set_in_the_frame_itself(name):
    frame = customers_frame(
        Customer(f"cust_{i}", birthdate="1990-05-01", created_at=at, updated_at=at)
        for i, at in enumerate(["2025-01-01T00:00:00Z", "2025-01-02T00:00:00Z"])
    )
    moment = pd.Timestamp("2020-01-01", tz=None if name == "birthdate" else "UTC")
    frame.loc["cust_1", name] = moment
    assert frame[name].tolist()[1] == moment


def test_missing_times_stay_missing_where_pandas_gives_arrow_a_frame(tmp_path):
    """Before 3.1.1 it wrote 1970 over them, into the frame itself: an edit that nobody made."""
    noon = "2025-01-01T12:00:00Z"
    frame = customers_frame(
        [Customer("cust_1"), Customer("cust_2", birthdate="2000-01-31", created_at=noon)]
    )
    before = frame.isna()
    frame.to_parquet(tmp_path / "customers.parquet")
    frame.convert_dtypes(dtype_backend="pyarrow")
    pd.testing.assert_frame_equal(frame.isna(), before)
    assert frame["birthdate"].isna().sum() == frame["created_at"].isna().sum() == 1
