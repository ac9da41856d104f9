"""What was saved, as Dask DataFrames: the same rows and types, and no further API call."""

from __future__ import annotations

import dask
import matplotlib as mpl
import pandas as pd
import pyarrow.parquet as pq
import pytest

mpl.use("Agg")

import matplotlib.pyplot as plt

from tests.contract.test_history import orders
from tests.contract.test_listing import made
from vfy_notebook.errors import ArgumentError, FolderError
from vfy_notebook.fetch.saving import parts
from vfy_notebook.plots import segment_breakdown


@pytest.fixture(autouse=True)
def small_parts(monkeypatch):
    monkeypatch.setattr(parts, "PART_ROWS", 200)
    with dask.config.set(scheduler="synchronous"):
        yield
    plt.close("all")


def customers_of_all_kinds():
    return [
        each
        | {
            "metadata": {"tier": "gold" if number % 3 else None, "tags": ["a", number % 2]},
            "loyalty": {"points": number, "campaigns": {"A": {"points": number}}},
        }
        for number, each in enumerate(made(500))
    ]


SCHEMA = {"properties": {"tier": {"type": "string"}, "tags": {"type": "string", "array": True}}}


@pytest.fixture
def saved(sandbox, project, tmp_path):
    sandbox.reset(customers_of_all_kinds(), metadata_schema=SCHEMA)
    return project.save_customers(tmp_path / "customers", progress=False)


@pytest.mark.parametrize("convert", [True, False], ids=["converting", "as_it_is"])
def test_rows_and_types_are_those_of_the_parts(project, saved, convert):
    calls = project.calls.total
    whole = pd.read_parquet(saved.path)
    with dask.config.set({"dataframe.convert-string": convert}):
        lazy = saved.to_dask()
        assert lazy.npartitions == len(list(saved.path.glob("*.parquet"))) > 1
        assert lazy.index.name == "customer_id"
        partitions = [lazy.get_partition(number).compute() for number in range(lazy.npartitions)]
        pd.testing.assert_frame_equal(lazy.compute(), whole)
    assert all((each.dtypes == whole.dtypes).all() for each in [lazy, *partitions])
    assert whole["metadata.tags"].iloc[1] == '["a",1]'
    assert project.calls.total == calls


def test_only_some_columns_and_rows(saved):
    whole = pd.read_parquet(saved.path)
    middle = whole["created_at"].sort_values().iloc[450]
    some = saved.to_dask(columns=["created_at"], filters=[("created_at", ">", middle)])
    assert list(some.columns) == ["created_at"]
    assert some.npartitions == 1  # the other parts are not read
    assert some.compute().index.tolist() == whole.index[whole["created_at"] > middle].tolist()


def test_a_copy_of_nobody(sandbox, project, tmp_path):
    sandbox.reset([])
    lazy = project.save_customers(tmp_path / "nobody", progress=False).to_dask()
    assert len(lazy) == 0
    assert "metadata" in lazy.columns


def test_orders_and_memberships(sandbox, project, tmp_path):
    segments = [
        {"name": name, "type": "static", "customers": [f"cust_{n}" for n in range(0, 500, step)]}
        for name, step in (("All", 1), ("Few", 7))
    ]
    people = [each | {"id": f"cust_{n}"} for n, each in enumerate(customers_of_all_kinds())]
    sandbox.reset(people, orders=orders(450), segments=segments, metadata_schema=SCHEMA)
    bought = project.save_orders(tmp_path / "orders", progress=False)
    pd.testing.assert_frame_equal(bought.to_dask().compute(), pd.read_parquet(bought.path))
    members = project.save_memberships(tmp_path / "members", progress=False)
    customers = project.save_customers(tmp_path / "customers", progress=False)
    calls = project.calls.total
    drawn = [
        segment_breakdown(people, memberships, by="metadata.tier")
        for people, memberships in (
            (customers.to_dask(), members.to_dask()),
            (pd.read_parquet(customers.path), pd.read_parquet(members.path)),
        )
    ]
    shares = [[patch.get_width() for patch in ax.patches] for ax in drawn]
    assert shares[0] == shares[1]
    assert project.calls.total == calls


def test_what_is_not_there_is_named(saved):
    with pytest.raises(ArgumentError, match="'tier'"):
        saved.to_dask(columns=["tier"])
    first, second, *_ = sorted(saved.path.glob("*.parquet"))
    pd.DataFrame({"x": [1]}).to_parquet(second)
    with pytest.raises(FolderError, match=second.name):
        saved.to_dask()
    first.unlink()
    with pytest.raises(FolderError, match="cannot be read"):
        saved.to_dask()
    for each in saved.path.iterdir():
        each.unlink()
    with pytest.raises(FolderError, match="no copy any more"):
        saved.to_dask()


def test_without_dask_the_command_is_given(saved, monkeypatch):
    monkeypatch.setattr("vfy_notebook.frames.files.dask_parts.missing_modules", list)
    with pytest.raises(ArgumentError, match=r"pip install dask"):
        saved.to_dask()


def test_a_filter_by_time_passes_over_what_it_excludes(sandbox, make_project, tmp_path):
    """Though four workers fill each part with four windows of time."""
    sandbox.reset(made(4_000))
    saved = make_project(workers=4).save_customers(tmp_path / "c", progress=False)
    times = pd.read_parquet(saved.path)["created_at"].sort_values()
    begin, end = times.iloc[1_000], times.iloc[1_400]
    rows = touched = 0
    for path in saved.path.glob("*.parquet"):
        metadata = pq.ParquetFile(path).metadata
        column = pq.read_schema(path).names.index("created_at")
        for number in range(metadata.num_row_groups):
            group = metadata.row_group(number)
            found = group.column(column).statistics
            rows += group.num_rows
            touched += group.num_rows * (found.max >= begin and found.min <= end)
    assert rows == 4_000
    assert touched <= 4_000 * 0.4
    some = saved.to_dask(filters=[("created_at", ">=", begin), ("created_at", "<=", end)])
    assert sorted(some["created_at"].compute()) == times.iloc[1_000:1_401].tolist()
