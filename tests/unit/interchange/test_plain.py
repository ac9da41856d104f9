"""Frames for other libraries."""

from __future__ import annotations

import io
import sqlite3

import duckdb
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

import vfy_notebook as vfy
from tests.unit.edits.frames import customer, frame_of
from vfy_notebook.errors import ArgumentError

MIXED = [1, "1", True, None, [1], {"a": 1}, 0.5, 2**70]


def some():
    return frame_of(
        *(
            customer(
                i,
                birthdate="1990-05-01",
                metadata={
                    "mixed": each,
                    "tags": ["ä", i],
                    "vip": None if i % 2 else True,
                    "known": True,
                    "score": i,
                },
            )
            for i, each in enumerate(MIXED)
        )
    )


def test_the_index_is_a_column_and_every_cell_is_plain():
    frame = some()
    flat = vfy.plain(frame)
    assert list(flat.columns) == ["customer_id", *frame.columns]
    assert list(flat["customer_id"]) == list(frame.index)
    assert flat.index.equals(pd.RangeIndex(len(frame)))
    assert [
        str(dtype) for dtype in flat.dtypes if dtype.kind == "O" and str(dtype) == "object"
    ] == []
    assert flat["metadata.tags"].iloc[0] == '["ä", 0]'
    assert [None if pd.isna(each) else each for each in flat["metadata.mixed"]] == [
        "1",
        "1",
        "true",
        None,
        "[1]",
        '{"a": 1}',
        "0.5",
        str(2**70),
    ]
    assert flat["created_at"].dtype == "datetime64[us]"
    assert flat["created_at"].equals(
        frame["created_at"].dt.tz_localize(None).reset_index(drop=True)
    )
    assert flat["metadata.known"].dtype == bool
    assert flat["metadata.vip"].dtype == "category"
    assert flat["metadata.score"].dtype == "Int64"
    assert flat["name"].dtype == "str"


def test_the_frame_given_is_left_alone_and_shares_nothing_writable():
    frame = some()
    before = frame.copy(deep=True)
    flat = vfy.plain(frame)
    flat.loc[0, "metadata.score"] = 99
    pd.testing.assert_frame_equal(frame, before)
    assert flat.attrs == frame.attrs


def test_arrow_parquet_and_feather_take_it():
    flat = vfy.plain(some())
    assert pa.Table.from_pandas(flat).num_rows == len(MIXED)
    for write, read in (("to_parquet", pd.read_parquet), ("to_feather", pd.read_feather)):
        file = io.BytesIO()
        getattr(flat, write)(file)
        back = read(file)
        assert list(back["metadata.mixed"].dropna()) == list(flat["metadata.mixed"].dropna())


def test_duckdb_and_sql_take_it():
    flat = vfy.plain(some())
    query = 'select count(*), count("metadata.vip"), max("created_at") from flat'
    with duckdb.connect() as database:
        database.register("flat", flat)
        assert database.execute(query).fetchall()[0][:2] == (8, 4)
    connection = sqlite3.connect(":memory:")
    try:
        vfy.plain(some()).to_sql("customers", connection, index=False)
        names = connection.execute("select name from customers").fetchall()
    finally:
        connection.close()
    assert names[0] == ("Name 0",)


def test_polars_takes_it():
    flat = pl.from_pandas(vfy.plain(some()))
    assert flat["metadata.vip"].dtype == pl.Boolean
    assert flat["created_at"].dtype == pl.Datetime("us")
    assert flat["customer_id"][0] == "cust_0"


def test_memberships_segments_and_reports_are_taken_too():
    index = pd.MultiIndex.from_tuples([("cust_0", "a"), ("cust_1", "b")], names=["id", "segment"])
    flat = vfy.plain(pd.DataFrame({"x": [1, 2]}, index=index))
    assert list(flat.columns) == ["id", "segment", "x"]
    assert list(vfy.plain(pd.DataFrame({"x": [1]})).columns) == ["x"]
    assert list(vfy.plain(pd.DataFrame({"x": pd.Categorical(["a", None])}))["x"].dropna()) == ["a"]


def test_the_frame_itself_is_not_taken_as_the_readme_says(tmp_path):
    frame = some()
    with pytest.raises(pa.ArrowInvalid):
        frame.to_parquet(tmp_path / "x.parquet")
    with pytest.raises(pa.ArrowInvalid):
        frame.reset_index().to_feather(tmp_path / "x.feather")
    with pytest.raises((pa.ArrowInvalid, pl.exceptions.PolarsError, TypeError)):
        pl.from_pandas(frame)
    with pytest.raises(ValueError, match="timezone"):
        frame.to_excel(tmp_path / "x.xlsx")
    connection = sqlite3.connect(":memory:")
    try:
        with pytest.raises((sqlite3.Error, pd.errors.DatabaseError)):
            frame.to_sql("customers", connection)
    finally:
        connection.close()


def test_nobody_is_taken():
    flat = vfy.plain(some().iloc[:0])
    assert len(flat) == 0
    assert flat.columns[0] == "customer_id"


def test_what_has_no_plain_form_is_refused():
    frame = some()
    with pytest.raises(ArgumentError, match="DataFrame"):
        vfy.plain([1])
    with pytest.raises(ArgumentError, match="customer_id"):
        vfy.plain(frame.assign(customer_id="x"))
    odd = frame.assign(**{"metadata.odd": [object()] * len(frame)})
    with pytest.raises(ArgumentError, match=r"metadata\.odd"):
        vfy.plain(odd)
