"""Orders, redemptions and memberships as Parquet parts: the same rows, types and promises."""

from __future__ import annotations

import json
from datetime import timedelta

import duckdb
import pandas as pd
import pyarrow.dataset as ds
import pytest

from tests.contract.history.test_history import imported, orders, redemptions
from tests.contract.listing.test_listing import START, iso, made
from vfy_notebook.errors import (
    ArgumentError,
    FetchInterrupted,
    IncompleteListingWarning,
    ServerError,
    VfyNotebookError,
    VfyNotebookWarning,
)
from vfy_notebook.fetch.saving import parts
from vfy_notebook.frames.exports import csv_file
from vfy_notebook.frames.exports.table import ExportedTable


@pytest.fixture(autouse=True)
def small_parts(monkeypatch):
    monkeypatch.setattr(parts, "PART_ROWS", 1_000)
    monkeypatch.setattr(csv_file, "_BLOCK_BYTES", 1 << 16)


# -- orders and redemptions ------------------------------------------------------------------------

SCHEMAS = {"order": {"properties": {"cds": {"type": "number"}, "gift": {"type": "boolean"}}}}


@pytest.mark.parametrize("kind", ["orders", "redemptions"])
def test_the_parts_hold_what_the_frame_holds(sandbox, project, tmp_path, kind):
    given = {
        "orders": orders(2_300, metadata={"gift": True}),
        "redemptions": redemptions(2_400),
    }
    sandbox.reset(made(10), **given, other_schemas=SCHEMAS)
    fetched = getattr(project, f"fetch_{kind}")(progress=False)
    calls_before = project.calls.total
    saved = getattr(project, f"save_{kind}")(tmp_path / kind, progress=False)
    assert saved.rows == len(fetched)
    assert saved.calls == project.calls.total - calls_before <= 6
    files = sorted(saved.path.glob("*.parquet"))
    assert len(files) > 1
    assert len({str(ds.dataset(file).schema) for file in files}) == 1
    read = pd.read_parquet(saved.path)
    common = [name for name in fetched.columns if not name.startswith("metadata.")]
    pd.testing.assert_frame_equal(read[common].sort_index(), fetched[common].sort_index())
    if kind == "orders":
        assert read["metadata.gift"].all()
        assert json.loads(read["metadata"].iloc[0]) == {"gift": True}


def test_duckdb_adds_up_what_pandas_adds_up(sandbox, project, tmp_path):
    sandbox.reset(made(10), orders=[{**each, "amount": 7} for each in orders(1_500)])
    saved = project.save_orders(tmp_path / "orders", progress=False)
    read = duckdb.read_parquet(f"{saved.path}/*.parquet")
    counted = read.aggregate("status, count(*), sum(total_amount)").order("status").fetchall()
    grouped = project.fetch_orders(progress=False).groupby("status")["total_amount"]
    assert counted == [(status, len(v), int(v.sum())) for status, v in grouped]


@pytest.mark.parametrize("kind", ["orders", "redemptions", "memberships"])
def test_no_rows_are_one_empty_part_with_the_schema(project, tmp_path, kind):
    saved = getattr(project, f"save_{kind}")(tmp_path / kind, progress=False)
    assert saved.rows == 0
    frame = pd.read_parquet(saved.path)
    assert len(frame) == 0
    fetched = getattr(project, f"fetch_{kind}")(progress=False)
    assert set(fetched.columns) <= set(frame.columns)
    assert frame.index.name == fetched.index.name


def test_filters_hold_for_the_parts_too(sandbox, project, tmp_path):
    sandbox.reset(made(10), orders=orders(40))
    saved = project.save_orders(tmp_path / "paid", status=["PAID", "FULFILLED"], progress=False)
    assert saved.rows == 20
    with pytest.raises(ArgumentError, match="20 orders"):
        project.save_orders(tmp_path / "paid", progress=False)
    replaced = project.save_orders(tmp_path / "paid", replace_existing=True, progress=False)
    assert replaced.rows == 40


def test_a_folder_of_one_kind_is_not_continued_with_another(sandbox, project, tmp_path):
    sandbox.reset(made(10), orders=orders(40))
    saved = project.save_orders(tmp_path / "c", progress=False)
    for save in (project.save_customers, project.save_redemptions, project.save_memberships):
        with pytest.raises(ArgumentError, match="40 orders"):
            save(saved.path, progress=False)
    assert len(pd.read_parquet(saved.path)) == 40


def test_an_export_that_fails_leaves_what_can_be_begun_anew(sandbox, project, tmp_path):
    sandbox.reset(made(10), orders=orders(40))
    sandbox.set(export_fails=True)
    with pytest.raises(VfyNotebookError):
        project.save_orders(tmp_path / "c", progress=False)
    sandbox.set(export_fails=False)
    saved = project.save_orders(tmp_path / "c", progress=False)
    assert saved.rows == len(pd.read_parquet(saved.path)) == 40
    assert saved.calls == project.calls.total


def test_saved_imports_are_told_as_fetched_ones(sandbox, project, tmp_path):
    schemas = {"order": {"properties": {"ordered_at": {"type": "datetime"}}}}
    sandbox.reset(made(10), orders=imported(300), other_schemas=schemas)
    with pytest.warns(VfyNotebookWarning, match="300 of 300 orders") as seen:
        project.save_orders(tmp_path / "c", progress=False)
    assert "metadata.ordered_at" in str(seen[0].message)
    assert seen[0].filename == __file__


def test_orders_named_twice_are_told(sandbox, project, tmp_path, monkeypatch):
    sandbox.reset(made(10), orders=orders(40))
    once = ExportedTable.pieces
    monkeypatch.setattr(ExportedTable, "pieces", lambda table: [*once(table), *once(table)])
    with pytest.warns(VfyNotebookWarning, match="40 orders twice") as seen:
        project.save_orders(tmp_path / "c", progress=False)
    assert len(seen) == 1


# -- memberships -----------------------------------------------------------------------------------


def spread(count):
    """Customers of whom three at a time share a minute."""
    return [
        {**each, "created_at": iso(START + timedelta(minutes=i // 3))}
        for i, each in enumerate(made(count))
    ]


def segments(sizes):
    """Segments of given sizes, each by a filter on the customers' city."""
    return [
        {
            "id": f"seg_{i}",
            "name": f"Segment {i}",
            "type": "static",
            "members": [f"cust_c{n:06d}" for n in range(size)],
            "created_at": f"2025-01-0{i + 1}T00:00:00.000Z",
        }
        for i, size in enumerate(sizes)
    ]


def pairs(frame):
    return sorted(zip(frame["customer_id"], frame["segment_id"], frame["segment"], strict=True))


def test_memberships_are_those_that_are_fetched(sandbox, project, tmp_path):
    sandbox.reset(made(2_500, ties=3), segments=segments([2_500, 0, 700, 1]))
    fetched = project.fetch_memberships(via="segments", progress=False)
    calls_before = project.calls.total
    saved = project.save_memberships(tmp_path / "m", progress=False)
    read = pd.read_parquet(saved.path)
    assert saved.rows == len(read) == 3_201
    assert pairs(read) == pairs(fetched)
    assert saved.calls == project.calls.total - calls_before <= calls_before
    assert len(list(saved.path.glob("*.parquet"))) > 2
    assert str(read["segment"].dtype) == str(fetched["segment"].dtype) == "category"
    assert str(read["customer_id"].dtype) == "str"
    found = duckdb.read_parquet(f"{saved.path}/*.parquet")
    counted = found.aggregate("segment, count(*) AS n").order("n").fetchall()
    assert counted == [("Segment 3", 1), ("Segment 2", 700), ("Segment 0", 2_500)]


@pytest.mark.parametrize("given", [["Segment 2", "seg_0"], "frame"])
def test_some_segments_only(sandbox, project, tmp_path, given):
    sandbox.reset(made(30), segments=segments([30, 20, 10]))
    wanted = project.fetch_segments().iloc[[2, 0]] if given == "frame" else given
    saved = project.save_memberships(tmp_path / "m", segments=wanted, progress=False)
    read = pd.read_parquet(saved.path)
    assert read["segment"].value_counts().to_dict() == {"Segment 0": 30, "Segment 2": 10}


@pytest.mark.parametrize("nth", [1, 2, 14, 26, 27, 30])
def test_it_goes_on_where_an_error_cut_it_off(sandbox, make_project, tmp_path, nth):
    sandbox.reset(spread(2_500), segments=segments([2_500, 0, 700, 1]))
    other = make_project()
    whole = other.fetch_memberships(via="segments", progress=False)
    broken = {"path": "/v1/customers", "do": "status", "status": 500}
    sandbox.script({**broken, "nth": list(range(nth, nth + 60))})
    project = make_project()
    with pytest.raises(ServerError):
        project.save_memberships(tmp_path / "m", progress=False)
    sandbox.reset(spread(2_500), segments=segments([2_500, 0, 700, 1]))
    calls_before = project.calls.total
    saved = project.save_memberships(tmp_path / "m", progress=False)
    read = pd.read_parquet(saved.path)
    assert pairs(read) == pairs(whole)
    assert len(read) == saved.rows
    assert project.calls.total - calls_before <= other.calls.total - (nth - 1) + 2


def test_an_interrupt_keeps_what_had_arrived(sandbox, project, tmp_path, monkeypatch):
    sandbox.reset(spread(900), segments=segments([900]))
    ask = type(project._api).list_customers
    calls = []

    def interrupted(api, filters, request, **options):
        calls.append(request)
        if len(calls) == 5:
            raise KeyboardInterrupt
        return ask(api, filters, request, **options)

    monkeypatch.setattr(type(project._api), "list_customers", interrupted)
    with pytest.raises(FetchInterrupted, match=r"save_memberships\(\) again"):
        project.save_memberships(tmp_path / "m", progress=False)
    kept = len(pd.read_parquet(tmp_path / "m"))
    assert 300 <= kept < 900
    saved = project.save_memberships(tmp_path / "m", progress=False)
    read = pd.read_parquet(saved.path)
    assert len(read) == read["customer_id"].nunique() == 900
    assert len(calls) < 14


def test_a_segment_that_is_gone_is_left_out_and_told(sandbox, project, tmp_path):
    sandbox.reset(made(30), segments=segments([30, 20, 10]))
    known = project.fetch_segments()
    project._api.transport  # noqa: B018 - the client has no call that deletes segments
    sandbox.reset(made(30), segments=segments([30, 20, 10])[1:])
    with pytest.warns(VfyNotebookWarning, match="Segment 0.* does not exist any more"):
        saved = project.save_memberships(tmp_path / "m", segments=known, progress=False)
    assert saved.rows == 30


def test_a_passive_segment_that_lists_nobody_is_told(sandbox, project, tmp_path):
    passive = {
        "id": "seg_p",
        "name": "Everybody",
        "type": "passive",
        "filter": {"junction": "and", "source_id": {"conditions": {"$has_value": [True]}}},
    }
    sandbox.reset(made(30), segments=[passive])
    sandbox.set(passive_members="nobody")
    with pytest.warns(IncompleteListingWarning, match="passive segments listed nobody"):
        assert project.save_memberships(tmp_path / "m", progress=False).rows == 0


def test_who_joins_meanwhile_is_counted(sandbox, project, tmp_path, clock):
    sandbox.reset(made(150), segments=segments([150]))
    sandbox.advance(timedelta(days=1).total_seconds())
    assert project.save_memberships(tmp_path / "m", progress=False).rows == 150
