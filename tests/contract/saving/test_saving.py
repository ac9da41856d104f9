"""Customers saved as Parquet parts: whole, resumable, one schema for every reader."""

from __future__ import annotations

import contextlib
import json
import re
import sys
import threading
import warnings
from datetime import UTC, datetime, timedelta

import duckdb
import pandas as pd
import pyarrow.dataset as ds
import pytest

from tests.contract.history.test_exports import SCHEMA, of_all_kinds
from tests.contract.listing.test_listing import fetch, made
from tests.processes import ENDS_S
from vfy_notebook.api.listing.query import CustomerQuery
from vfy_notebook.errors import (
    ArgumentError,
    AuthError,
    FetchInterrupted,
    FolderError,
    IncompleteListingWarning,
    ServerError,
    VfyNotebookWarning,
)
from vfy_notebook.fetch.saving import customers as saving
from vfy_notebook.fetch.saving import folder as parts_folder
from vfy_notebook.fetch.saving import parts
from vfy_notebook.fetch.saving.places.local_folder import LocalFolder

START = datetime(2025, 1, 1, tzinfo=UTC)


@pytest.fixture(autouse=True)
def small_parts(monkeypatch):
    monkeypatch.setattr(parts, "PART_ROWS", 1_000)


def save(project, path, *, query=None, via="list", replace=False, workers=4, **arguments):
    return saving.save_customers(
        project._api,
        query or CustomerQuery(),
        path,
        via=via,
        replace=replace,
        workers=workers,
        progress=False,
        **arguments,
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


@pytest.fixture
def interrupt(project, tmp_path, monkeypatch):
    """Saves until 25 pages have come, as the kernel's interrupt would end it."""

    def save_some(**arguments):
        updates = iter(range(10_000))

        def interrupted(*_):
            if next(updates) == 25:
                raise KeyboardInterrupt

        with monkeypatch.context() as patch:
            patch.setattr("vfy_notebook.progress.Progress.update", interrupted)
            with pytest.raises(FetchInterrupted, match=r"call save_customers\(\) again") as info:
                save(project, tmp_path / "c", **arguments)
        return str(info.value)

    return save_some


def test_an_interrupt_keeps_what_had_arrived_and_says_how_to_go_on(
    sandbox, project, tmp_path, interrupt
):
    customers = made(7_000)
    sandbox.reset(customers)
    assert "with the same arguments" in interrupt()
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
    told = r"holds 300 customers already, a finished copy.*replace_existing=True"
    with pytest.raises(ArgumentError, match=told):
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
    (tmp_path / parts_folder.NOTE_NAME).write_text("not json")
    with pytest.raises(ArgumentError, match="not a note of save_customers"):
        save(project, tmp_path)


def test_the_note_holds_no_filter_and_no_token(sandbox, project, tmp_path):
    sandbox.reset(made(5))
    save(project, tmp_path / "c", query=CustomerQuery(email="ada@example.com"))
    note = (tmp_path / "c" / parts_folder.NOTE_NAME).read_text()
    assert "ada@example.com" not in note
    assert sandbox.app_token not in note


# -- what changes between two runs -------------------------------------------------------------


def test_customers_created_between_two_runs_come_with_the_second(
    sandbox, project, tmp_path, interrupt
):
    sandbox.reset(made(7_000))
    interrupt()
    sandbox.insert(made(50, prefix="new", start=START + timedelta(days=30)))
    saved = save(project, tmp_path / "c")
    found = ids_in(saved.path)
    assert len(set(found)) == len(found) == 7_050


def test_customers_deleted_or_changed_between_two_runs_are_as_they_were_read(
    sandbox, project, tmp_path, interrupt
):
    sandbox.reset(made(7_000))
    interrupt()
    read = ids_in(tmp_path / "c")
    unread = sorted({f"cust_c{i:06d}" for i in range(7_000)} - set(read))
    sandbox.remove([read[5], unread[5]])
    sandbox.touch(read[6], name="Later")
    sandbox.touch(unread[6], name="Later")
    with pytest.warns(IncompleteListingWarning, match=r"hold 6,999 .*counts 6,998") as told:
        saved = save(project, tmp_path / "c")
    assert told[0].filename == __file__
    frame = pd.read_parquet(saved.path)
    assert frame.index.is_unique
    assert read[5] in frame.index
    assert unread[5] not in frame.index
    assert pd.isna(frame.loc[read[6], "name"])
    assert frame.loc[unread[6], "name"] == "Later"


def test_a_metadata_schema_changed_between_two_runs_changes_no_column(
    sandbox, project, tmp_path, interrupt
):
    customers = of_all_kinds(7_000)
    sandbox.reset(customers, metadata_schema=SCHEMA)
    interrupt()
    parts_before = len(list((tmp_path / "c").glob("*.parquet")))
    changed = {"tier": {"type": "number", "array": False}, "new": {"type": "string"}}
    sandbox.reset(customers, metadata_schema={"properties": changed})
    saved = save(project, tmp_path / "c")
    files = sorted(saved.path.glob("*.parquet"))
    assert len(files) > parts_before
    assert len({str(ds.dataset(file).schema) for file in files}) == 1
    frame = pd.read_parquet(saved.path)
    assert len(frame) == 7_000
    assert set(frame["metadata.tier"]) == {"gold"}
    assert "metadata.new" not in frame


def test_an_export_begun_anew_takes_the_columns_of_today(sandbox, project, tmp_path):
    customers = of_all_kinds(50)
    sandbox.reset(customers, metadata_schema=SCHEMA)
    sandbox.script({"query": "token=*", "do": "status", "status": 403})
    with pytest.raises(AuthError):
        save(project, tmp_path / "c", via="export")
    sandbox.reset(customers, metadata_schema={"properties": {"tier": {"type": "string"}}})
    saved = save(project, tmp_path / "c", via="export")
    keys = [name for name in pd.read_parquet(saved.path) if name.startswith("metadata.")]
    assert keys == ["metadata.tier"]
    assert saved.calls == project.calls.total


# -- interrupted anywhere ----------------------------------------------------------------------


def lines_of(function):
    """The line numbers of a function's body."""
    code = function.__code__
    return sorted({line for _, _, line in code.co_lines() if line and line > code.co_firstlineno})


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # an open file
@pytest.mark.parametrize(
    "function",
    [
        parts.Parts.add,
        parts.Parts._write,
        parts_folder.PartsFolder.write_part,
        parts_folder.PartsFolder.write_note,
        LocalFolder.write,
        LocalFolder._move_into_place,
    ],
    ids=lambda function: function.__qualname__,
)
def test_interrupted_at_any_line_nobody_is_lost_or_doubled(sandbox, project, tmp_path, function):
    customers = made(1_300, ties=3)
    sandbox.reset(customers)
    for line in lines_of(function):
        folder = tmp_path / str(line)
        visits = 0

        def trace(frame, event, _argument, line=line):
            nonlocal visits
            if frame.f_code is function.__code__ and event == "line" and frame.f_lineno == line:
                visits += 1
                if visits == 2:
                    raise KeyboardInterrupt
            return trace if frame.f_code is function.__code__ or event != "call" else None

        before = sys.gettrace()
        sys.settrace(trace)
        try:
            with contextlib.suppress(FetchInterrupted):
                save(project, folder, workers=1)
        finally:
            sys.settrace(before)
        if visits >= 2:
            assert not folder.joinpath("_vfy_notebook.lock").exists()
            save(project, folder, workers=1)
        found = ids_in(folder)
        assert sorted(found) == sorted(c["id"] for c in customers), (function.__name__, line)
        assert not list(folder.glob("*.unfinished"))


# -- paths -------------------------------------------------------------------------------------


def test_a_path_may_begin_with_the_users_home_as_in_pandas(sandbox, project, tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    sandbox.reset(made(5))
    assert save(project, "~/copies/c").path == tmp_path / "copies" / "c"
    assert len(pd.read_parquet("~/copies/c")) == 5


def test_a_relative_path_is_where_it_was_when_it_was_given(sandbox, project, tmp_path, monkeypatch):
    sandbox.reset(made(5_500))
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(
        "vfy_notebook.progress.Progress.update", lambda *_: monkeypatch.chdir(elsewhere)
    )
    saved = save(project, "c")
    assert saved.path == tmp_path / "c"
    assert len(ids_in(saved.path)) == 5_500
    assert list(elsewhere.iterdir()) == []


@pytest.mark.parametrize("path", ["", None, 7, b"c", "a\0b", "~nobody_of_this_name/c"])
def test_what_is_no_path_is_refused(sandbox, project, path):
    with pytest.raises(ArgumentError, match=r"path=.*folder for the parts"):
        save(project, path)
    assert sandbox.requests() == []


def test_a_folder_that_cannot_be_made_costs_no_call(sandbox, project, tmp_path):
    (tmp_path / "file").write_text("x")
    with pytest.raises(FolderError, match=r"cannot be written to .*Nothing was sent") as info:
        save(project, tmp_path / "file" / "c")
    assert isinstance(info.value, OSError)
    assert sandbox.requests() == []


def test_a_run_that_fails_before_it_begins_leaves_no_folder(sandbox, make_project, tmp_path):
    with pytest.raises(AuthError):
        save(make_project(app_token="wrong"), tmp_path / "c")
    assert list(tmp_path.glob("c*")) == []


def test_a_failed_replacement_leaves_the_copy_that_was_there(sandbox, make_project, tmp_path):
    sandbox.reset(made(300))
    save(make_project(), tmp_path / "c")
    with pytest.raises(AuthError):
        save(make_project(app_token="wrong"), tmp_path / "c", replace=True)
    assert len(ids_in(tmp_path / "c")) == 300


def test_a_part_that_was_taken_away_is_missed(sandbox, project, tmp_path, interrupt):
    sandbox.reset(made(7_000))
    interrupt()
    gone = max((tmp_path / "c").glob("part-*.parquet"))
    gone.unlink()
    with pytest.raises(ArgumentError, match=rf"{re.escape(gone.name)} is missing"):
        save(project, tmp_path / "c")
    assert save(project, tmp_path / "c", replace=True).rows == 7_000


def test_another_copy_is_not_gone_on_with(sandbox, project, tmp_path, interrupt):
    sandbox.reset(made(7_000))
    interrupt()
    sandbox.forget_requests()
    for arguments in ({"query": CustomerQuery(city="Łódź")}, {"via": "export"}):
        with pytest.raises(ArgumentError, match="by other filters or another route"):
            save(project, tmp_path / "c", **arguments)
    assert sandbox.requests() == []


def test_a_replacement_cut_off_is_gone_on_with_without_replacing(
    sandbox, project, tmp_path, interrupt
):
    sandbox.reset(made(7_000))
    assert "the same arguments but replace_existing" in interrupt(replace=True)
    kept = len(ids_in(tmp_path / "c"))
    sandbox.forget_requests()
    assert save(project, tmp_path / "c").rows == 7_000
    assert len(sandbox.requests()) <= (7_000 - kept) // 100 + 4 * 4 + 4


def test_two_threads_do_not_save_to_the_same_folder(sandbox, make_project, tmp_path, monkeypatch):
    sandbox.reset(made(300))
    errors = []

    def update(*_):
        with pytest.raises(FolderError, match="another thread of this one") as info:
            save(make_project(), tmp_path / "c")
        errors.append(info.value)

    monkeypatch.setattr("vfy_notebook.progress.Progress.update", update)
    arguments = (make_project(), tmp_path / "c")
    thread = threading.Thread(target=save, args=arguments, daemon=True)
    thread.start()
    thread.join(ENDS_S)
    assert errors
    assert len(ids_in(tmp_path / "c")) == 300


# -- the quota ---------------------------------------------------------------------------------


def test_a_listing_beyond_the_quota_says_so_and_names_the_export(sandbox, project, tmp_path):
    sandbox.reset(made(3_000))
    sandbox.set(rate_limit={"limit": 10, "window_s": 60})
    with pytest.warns(
        VfyNotebookWarning,
        match=r"about 29 more calls, .*8 of 10 calls left.*save_customers\(via=\"export\"\)",
    ) as told:
        project.save_customers(tmp_path / "c", progress=False)
    assert told[0].filename == __file__


def test_a_listing_that_goes_on_counts_only_what_is_left(
    sandbox, project, tmp_path, interrupt, clock
):
    sandbox.reset(made(7_000))
    interrupt()
    kept = len(ids_in(tmp_path / "c"))
    clock.sleep(60)
    sandbox.set(rate_limit={"limit": 20, "window_s": 60})
    with pytest.warns(VfyNotebookWarning, match=r"about (\d+) more calls") as told:
        save(project, tmp_path / "c")
    (calls,) = map(int, re.findall(r"about (\d+) more", str(told[0].message)))
    assert 0 <= (7_000 - kept) // 100 - calls <= 5


def test_a_segment_cannot_be_exported_and_its_warning_says_so(sandbox, project, tmp_path):
    customers = made(1_500)
    segment = {"id": "seg_all", "name": "All", "type": "static"}
    segment["members"] = [c["id"] for c in customers]
    sandbox.reset(customers, segments=[segment])
    sandbox.set(rate_limit={"limit": 5, "window_s": 60})
    with pytest.warns(VfyNotebookWarning, match="Exports, .*cannot be filtered by segment") as told:
        saved = project.save_customers(tmp_path / "c", segment="All", progress=False)
    assert "via=" not in str(told[0].message)
    assert saved.rows == 1_500
    assert saved.calls == project.calls.total  # the search for the segment's name included


@pytest.mark.parametrize("headers", [True, False])
def test_without_a_quota_or_within_it_nothing_is_said(sandbox, project, tmp_path, headers):
    sandbox.reset(made(3_000))
    sandbox.set(quota_headers=headers, rate_limit={"limit": 50 if headers else 10, "window_s": 60})
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert save(project, tmp_path / "c").rows == 3_000


def test_customers_named_twice_by_an_export_are_told(sandbox, project, tmp_path):
    sandbox.reset(made(3))
    body = "id,created_at\n" + "cust_1,2025-01-01T00:00:00.000Z\n" * 2
    sandbox.script({"query": "token=*", "do": "status", "status": 200, "body": body})
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        save(project, tmp_path / "c", via="export")
    assert {each.filename for each in told} == {__file__}
    twins, difference, missing = (str(each.message) for each in told)
    assert "1 customers twice" in twins
    assert "2 rows, but the API now counts 3" in difference
    assert "no column for source_id" in missing
