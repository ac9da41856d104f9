"""Customers saved as Parquet parts: whole, resumable, one schema for every reader."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import duckdb
import pandas as pd
import pyarrow.dataset as ds
import pytest

from tests.contract.test_exports import SCHEMA, of_all_kinds
from tests.contract.test_listing import fetch, made
from vfy_notebook.api.listing.query import CustomerQuery
from vfy_notebook.errors import ArgumentError, FetchInterrupted, ServerError
from vfy_notebook.fetch import saving

START = datetime(2025, 1, 1, tzinfo=UTC)


@pytest.fixture(autouse=True)
def small_parts(monkeypatch):
    monkeypatch.setattr(saving, "PART_ROWS", 1_000)


def save(project, path, *, query=None, via="list", replace=False, workers=4):
    return saving.save_customers(
        project._api,
        query or CustomerQuery(),
        path,
        via=via,
        replace=replace,
        workers=workers,
        progress=False,
    )


def ids_in(path):
    return ds.dataset(path, format="parquet").to_table(columns=["customer_id"])[0].to_pylist()


@pytest.mark.parametrize("via", ["list", "export"])
@pytest.mark.parametrize("workers", [1, 4])
def test_all_are_saved_once(sandbox, project, tmp_path, via, workers):
    sandbox.reset(made(7_000, ties=3))
    saved = save(project, tmp_path / "c", via=via, workers=workers)
    found = ids_in(saved.path)
    assert len(found) == len(set(found)) == saved.rows == 7_000
    assert saved.calls == project.calls.total == len(sandbox.requests())


@pytest.mark.parametrize("via", ["list", "export"])
def test_nobody_is_one_empty_part_with_the_schema(sandbox, project, tmp_path, via):
    saved = save(project, tmp_path / "c", via=via)
    assert saved.rows == 0
    frame = pd.read_parquet(saved.path)
    assert len(frame) == 0
    assert frame["loyalty.points"].dtype == "Int64"


def test_pandas_duckdb_and_arrow_read_one_schema(sandbox, project, tmp_path):
    customers = of_all_kinds(2_500)
    for i, customer in enumerate(customers):
        customer["metadata"]["score"] = ["many", True, 1.5, None][i // 700]
    sandbox.reset(customers, metadata_schema=SCHEMA)
    saved = save(project, tmp_path / "c")
    files = sorted(saved.path.glob("*.parquet"))
    assert len(files) > 1
    assert len({str(ds.dataset(file).schema) for file in files}) == 1
    frame, listed = pd.read_parquet(saved.path).sort_index(), fetch(project).sort_index()
    for name in ("source_id", "created_at", "summary.orders.total_amount", "metadata.vip"):
        pd.testing.assert_series_equal(frame[name], listed[name])
    kept = [json.loads(text) for text in frame["metadata"]]
    assert [k.get("score") for k in kept] == [
        None if pd.isna(v) else v for v in listed["metadata.score"]
    ]
    assert [k["large"] for k in kept] == listed["metadata.large"].tolist()
    parts = duckdb.read_parquet(f"{saved.path}/*.parquet")
    counted = parts.aggregate('count(*), count("metadata.score")').fetchall()
    assert counted == [(2_500, 700)]


@pytest.mark.parametrize("workers", [1, 4])
@pytest.mark.parametrize("nth", [1, 2, 9, 30, 55, 75])
def test_it_goes_on_where_an_error_cut_it_off(sandbox, make_project, tmp_path, nth, workers):
    customers = made(7_000, ties=130)
    sandbox.reset(customers)
    project = make_project(workers=workers)
    broken = {"path": "/v1/customers", "do": "status", "status": 500}
    sandbox.script({**broken, "nth": list(range(nth, nth + 60))})
    with pytest.raises(ServerError):
        save(project, tmp_path / "c", workers=workers)
    before = project.calls.total
    sandbox.reset(customers)
    saved = save(project, tmp_path / "c", workers=workers)
    found = ids_in(saved.path)
    assert sorted(found) == sorted(c["id"] for c in customers)
    assert saved.rows == 7_000
    assert saved.calls == project.calls.total >= before


def test_a_run_that_died_between_part_and_note_leaves_nothing_double(
    sandbox, project, tmp_path, monkeypatch
):
    customers = made(7_000)
    sandbox.reset(customers)
    write = saving._Folder._write_state
    notes = []

    def dies(folder):
        notes.append(len(folder.known.parts))
        if len(notes) == 4:
            raise SystemExit  # nothing is tidied up: the part is there, its note is not
        if len(notes) < 4:
            write(folder)

    monkeypatch.setattr(saving._Folder, "_write_state", dies)
    with pytest.raises(SystemExit):
        save(project, tmp_path / "c")
    monkeypatch.setattr(saving._Folder, "_write_state", write)
    assert len(list((tmp_path / "c").glob("part-*.parquet"))) >= 3
    saved = save(project, tmp_path / "c")
    assert sorted(ids_in(saved.path)) == sorted(c["id"] for c in customers)


def test_an_interrupt_keeps_what_had_arrived_and_says_how_to_go_on(
    sandbox, project, tmp_path, monkeypatch
):
    customers = made(7_000)
    sandbox.reset(customers)
    updates = iter(range(10_000))

    def interrupted(*_):
        if next(updates) == 25:
            raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("vfy_notebook.progress.Progress.update", interrupted)
        with pytest.raises(FetchInterrupted, match=r"call save_customers\(\) again"):
            save(project, tmp_path / "c")
    kept = len(ids_in(tmp_path / "c"))
    assert kept >= 2_000
    sandbox.forget_requests()
    saved = save(project, tmp_path / "c")
    assert sorted(ids_in(saved.path)) == sorted(c["id"] for c in customers)
    assert len(sandbox.requests()) <= (7_000 - kept) // 100 + 4 * 4 + 4


def test_a_filter_that_excludes_the_time_is_resumed_by_cursor(sandbox, project, tmp_path):
    customers = made(3_000, ties=40)
    for customer in customers:
        customer["address"] = {"city": "Łódź"}
    sandbox.reset(customers)
    broken = {"path": "/v1/customers", "do": "status", "status": 500}
    sandbox.script({**broken, "nth": list(range(15, 40))})
    query = CustomerQuery(city="Łódź")
    with pytest.raises(ServerError):
        save(project, tmp_path / "c", query=query)
    sandbox.reset(customers)
    saved = save(project, tmp_path / "c", query=query)
    assert sorted(ids_in(saved.path)) == sorted(c["id"] for c in customers)
    resumed = [r["query"] for r in sandbox.requests() if r["path"] == "/v1/customers"]
    assert "starting_after" in resumed[0]
    assert "created_at[after]" not in resumed[0]


# -- what is in the way ------------------------------------------------------------------------


def test_a_finished_copy_is_not_touched_unless_told(sandbox, project, tmp_path):
    sandbox.reset(made(300))
    save(project, tmp_path / "c")
    sandbox.forget_requests()
    with pytest.raises(ArgumentError, match=r"holds 300 customers already.*replace_existing=True"):
        save(project, tmp_path / "c")
    with pytest.raises(ArgumentError, match="by other filters"):
        save(project, tmp_path / "c", query=CustomerQuery(city="Łódź"))
    assert sandbox.requests() == []
    sandbox.reset(made(200))
    assert save(project, tmp_path / "c", replace=True).rows == 200
    assert len(ids_in(tmp_path / "c")) == 200


@pytest.mark.parametrize("replace", [False, True])
def test_strangers_parts_are_never_removed(sandbox, project, tmp_path, replace):
    theirs = tmp_path / "mine.parquet"
    theirs.write_bytes(b"precious")
    with pytest.raises(ArgumentError, match=r"mine\.parquet, which save_customers"):
        save(project, tmp_path, replace=replace)
    assert theirs.read_bytes() == b"precious"
    assert sandbox.requests() == []


def test_a_file_in_the_way_and_a_broken_note_are_refused(sandbox, project, tmp_path):
    (tmp_path / "file").write_text("x")
    with pytest.raises(ArgumentError, match="is a file"):
        save(project, tmp_path / "file")
    (tmp_path / saving.STATE_NAME).write_text("not json")
    with pytest.raises(ArgumentError, match="no note of save_customers"):
        save(project, tmp_path)


def test_the_note_holds_no_filter_and_no_token(sandbox, project, tmp_path):
    sandbox.reset(made(5))
    save(project, tmp_path / "c", query=CustomerQuery(email="ada@example.com"))
    note = (tmp_path / "c" / saving.STATE_NAME).read_text()
    assert "ada@example.com" not in note
    assert sandbox.app_token not in note


def test_customers_created_between_two_runs_come_with_the_second(
    sandbox, project, tmp_path, monkeypatch
):
    customers = made(7_000)
    sandbox.reset(customers)
    updates = iter(range(10_000))

    def interrupted(*_):
        if next(updates) == 25:
            raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("vfy_notebook.progress.Progress.update", interrupted)
        with pytest.raises(FetchInterrupted):
            save(project, tmp_path / "c")
    late = made(50, prefix="new", start=START + timedelta(days=30))
    sandbox.insert(late)
    saved = save(project, tmp_path / "c")
    found = ids_in(saved.path)
    assert len(set(found)) == len(found) == 7_050
