"""What was saved, as Dask DataFrames: the same rows and types, and no further API call."""

from __future__ import annotations

import itertools

import dask
import matplotlib as mpl
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

mpl.use("Agg")

import matplotlib.pyplot as plt

from tests.contract.history.test_history import orders
from tests.contract.listing.test_listing import made
from vfy_notebook.errors import ArgumentError, FolderError, ServerError
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


@pytest.mark.parametrize("pages", [1, 3], ids=["no_part_yet", "some_parts"])
def test_a_copy_that_is_being_overwritten_is_no_copy(sandbox, project, saved, pages):
    """Some of its rows, told as if they were all, would be worse than an error."""
    nth = list(range(pages, pages + 20))
    sandbox.script({"path": "/v1/customers", "do": "status", "status": 500, "nth": nth})
    with pytest.raises(ServerError):
        project.save_customers(saved.path, replace_existing=True, progress=False)
    with pytest.raises(FolderError, match="not finished"):
        saved.to_dask()
    sandbox.reset(customers_of_all_kinds(), metadata_schema=SCHEMA)
    project.save_customers(saved.path, progress=False)
    assert len(saved.to_dask()) == 500


def test_without_dask_the_command_is_given(saved, monkeypatch):
    monkeypatch.setattr("vfy_notebook.frames.files.dask_parts.missing_modules", list)
    with pytest.raises(ArgumentError, match=r"pip install dask"):
        saved.to_dask()


@pytest.fixture
def by_four(sandbox, make_project, tmp_path):
    """4,000 customers, saved by four workers; and when they were created, in order."""
    sandbox.reset(made(4_000, ties=3))
    saved = make_project(workers=4).save_customers(tmp_path / "c", progress=False)
    return saved, pd.read_parquet(saved.path)["created_at"].sort_values()


def spans(folder):
    """The first and the last time in each part, in order of the parts' names."""
    found = [pd.read_parquet(path)["created_at"] for path in sorted(folder.glob("*.parquet"))]
    return [(times.min(), times.max()) for times in found]


def spoil(path):
    """Overwrite all rows of a part, so that nobody can read them; what it says of itself stays."""
    content = bytearray(path.read_bytes())
    rows_end = len(content) - 8 - int.from_bytes(content[-8:-4], "little")
    content[4:rows_end] = bytes(rows_end - 4)
    path.write_bytes(content)


def test_each_part_is_of_one_span_though_four_workers_fill_them(by_four):
    saved, times = by_four
    found = spans(saved.path)
    assert len(found) > 12
    assert all(last < first for (_, last), (first, _) in itertools.pairwise(found))
    assert len(times) == 4_000
    assert times.index.is_unique
    for path, (first, _) in zip(sorted(saved.path.glob("*.parquet")), found, strict=True):
        assert path.name.startswith(f"part-{first:%Y%m%dT%H%M%S.}")
        assert len(pd.read_parquet(path)) <= 300  # 200, and the page that makes them full


def test_only_the_parts_of_the_time_wanted_are_read(by_four):
    saved, times = by_four
    begin, end = times.iloc[1_000], times.iloc[1_400]
    wanted = times.index[(times >= begin) & (times <= end)]
    for path, (first, last) in zip(
        sorted(saved.path.glob("*.parquet")), spans(saved.path), strict=True
    ):
        if last < begin or first > end:
            spoil(path)
    stamps = [("created_at", ">=", begin), ("created_at", "<=", end)]
    texts = [[("created_at", ">=", begin.isoformat()), ("created_at", "<=", str(end))]]
    for lazy in (
        saved.to_dask(filters=stamps),
        saved.to_dask(filters=texts, columns=["address.city"]),
        saved.to_dask(index="created_at").loc[begin:end],
        saved.to_dask(index="created_at", filters=stamps[:1]).loc[:end],
    ):
        assert sorted(lazy.compute().reset_index()["customer_id"]) == sorted(wanted)
    with pytest.raises(OSError, match=r"."):  # the others cannot be read
        saved.to_dask(columns=["created_at"]).compute()


def test_a_comparison_gives_the_same_rows(by_four):
    saved, times = by_four
    begin = times.iloc[3_500]
    lazy = saved.to_dask()
    wanted = sorted(times.index[times >= begin])
    assert sorted(lazy[lazy["created_at"] >= begin].index.compute()) == wanted
    by_time = saved.to_dask(index="created_at")
    assert by_time.known_divisions
    assert by_time.divisions == tuple([first for first, _ in spans(saved.path)] + [times.max()])
    # With few columns Dask reads some parts together.
    assert sorted(by_time["customer_id"].loc[begin:].compute()) == wanted


@pytest.mark.parametrize(
    "filters",
    ["created_at", [("created_at", ">=")], [["created_at", ">=", "2025-01-01"]], [[], []],
     [("made_at", ">=", "2025-01-01")], [("created_at", "~", "2025-01-01")],
     [("created_at", ">=", "03/02/2025")], [("created_at", ">=", None)],
     [("created_at", "in", "2025-01-01")], [("address.city", "==", 3)],
     [("loyalty.points", ">", "3")], [("created_at", "is", "NA")]],
    ids=str,
)  # fmt: skip
def test_a_filter_that_compares_nothing_is_refused_before_anything_is_read(saved, filters):
    with pytest.raises(ArgumentError, match="filters"):
        saved.to_dask(filters=filters)


@pytest.mark.parametrize(
    ("filters", "rows"),
    [
        ([("metadata.tier", "is", None)], 167),
        ([("loyalty.points", "in", [3, 4.0, 999])], 2),
        ([("loyalty.points", ">", 497.5)], 2),
        ([[("loyalty.points", "<", 3)], [("metadata.tier", "==", "silver")]], 3),
        ([], 500),
    ],
    ids=str,
)
def test_filters_of_other_columns(saved, filters, rows):
    assert len(saved.to_dask(filters=filters)) == rows


def test_an_index_of_no_order_is_refused(sandbox, project, tmp_path, saved):
    with pytest.raises(ArgumentError, match="created_at only"):
        saved.to_dask(index="customer_id")
    sandbox.reset(made(3), segments=[{"name": "All", "type": "static"}])
    members = project.save_memberships(tmp_path / "members", progress=False)
    with pytest.raises(ArgumentError, match="these have none"):
        members.to_dask(index="created_at")


def test_parts_that_overlap_in_time_or_lack_it_have_no_divisions(saved):
    """As those of an export, and of copies that were made when windows shared a part."""
    first, second, *_ = sorted(saved.path.glob("*.parquet"))
    for change in ("overlap", "lack"):
        table = pq.read_table(second if change == "overlap" else first)
        if change == "overlap":
            table = pa.concat_tables([pq.read_table(first).slice(3, 1), table])
        else:
            place = table.schema.get_field_index("created_at")
            times = [None, *table["created_at"].to_pylist()[1:]]
            field = table.schema.field(place)
            table = table.set_column(place, field, pa.array(times, field.type))
        pq.write_table(table, second if change == "overlap" else first)
        with pytest.raises(ArgumentError, match="no divisions") as told:
            saved.to_dask(index="created_at")
        assert ("overlap" if change == "overlap" else "1 rows") in str(told.value)
    filters = [("created_at", ">=", "2020-01-01")]
    assert len(saved.to_dask(filters=filters)) == 500
