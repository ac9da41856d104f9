"""Parts in object stores: S3 as moto plays it over HTTP, and fsspec's memory."""

from __future__ import annotations

import json
import multiprocessing
import re
import signal
import uuid

import dask
import duckdb
import fsspec
import pandas as pd
import pytest

from tests.contract.history.test_history import orders
from tests.contract.listing.test_listing import made
from tests.contract.saving import crashing_save
from tests.processes import ENDS_S, started
from vfy_notebook.errors import ArgumentError, FetchInterrupted, FolderError, ServerError
from vfy_notebook.fetch.saving import parts
from vfy_notebook.fetch.saving.folder import LOCK_NAME, NOTE_NAME
from vfy_notebook.fetch.saving.places import choosing

KEY = "a-key-of-the-tests"


@pytest.fixture(scope="module")
def s3():
    """An S3 server on loopback, with one bucket; the environment names it, as a user's would."""
    from moto.server import ThreadedMotoServer  # noqa: PLC0415 - only these tests wait for it

    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("AWS_ENDPOINT_URL", f"http://{host}:{port}")
        patch.setenv("AWS_ACCESS_KEY_ID", KEY)
        patch.setenv("AWS_SECRET_ACCESS_KEY", KEY)
        patch.setenv("AWS_DEFAULT_REGION", "us-east-1")
        fsspec.filesystem("s3", skip_instance_cache=True).mkdir("bucket")
        yield "s3://bucket"
        fsspec.filesystem("s3").clear_instance_cache()
    server.stop()


@pytest.fixture(params=["memory", "s3"])
def folder(request):
    """The address of a folder that nobody has used."""
    name = uuid.uuid4().hex
    if request.param == "s3":
        return f"{request.getfixturevalue('s3')}/{name}"
    return f"memory://{name}"


@pytest.fixture(autouse=True)
def small_parts(monkeypatch):
    monkeypatch.setattr(parts, "PART_ROWS", 300)
    with dask.config.set(scheduler="synchronous"):
        yield


def store_of(folder):
    return fsspec.filesystem(folder.partition("://")[0])


def names_in(folder):
    store = store_of(folder)
    store.invalidate_cache()
    return sorted(each.rpartition("/")[2] for each in store.ls(folder, detail=False))


def noted(folder):
    return json.loads(store_of(folder).cat_file(f"{folder}/{NOTE_NAME}"))


def test_all_readers_read_what_a_folder_of_this_machine_holds(sandbox, project, tmp_path, folder):
    sandbox.reset(made(1_000), orders=orders(450))
    saved = project.save_customers(f"{folder}/customers/", progress=False)
    assert saved.path == f"{folder}/customers"
    assert names_in(saved.path) == [NOTE_NAME, *noted(saved.path)["parts"]]
    assert len(noted(saved.path)["parts"]) > 1
    local = project.save_customers(tmp_path / "customers", progress=False)
    wanted = pd.read_parquet(local.path).sort_index()
    calls = project.calls.total
    pd.testing.assert_frame_equal(pd.read_parquet(saved.path).sort_index(), wanted)
    lazy = saved.to_dask()
    assert lazy.npartitions == len(noted(saved.path)["parts"])
    pd.testing.assert_frame_equal(lazy.compute().sort_index(), wanted)
    with duckdb.connect() as database:
        database.register_filesystem(store_of(folder))
        found = database.read_parquet(f"{saved.path}/*.parquet")
        assert found.aggregate("count(distinct customer_id)").fetchall() == [(1_000,)]
    assert project.calls.total == calls
    bought = project.save_orders(f"{folder}/orders", progress=False)
    members = project.save_memberships(f"{folder}/members", progress=False)
    assert (len(bought.to_dask()), len(members.to_dask())) == (450, members.rows)


def cut_off(sandbox, project, folder, customers):
    sandbox.reset(customers)
    broken = {"path": "/v1/customers", "do": "status", "status": 500}
    sandbox.script({**broken, "nth": list(range(15, 80))})
    with pytest.raises(ServerError):
        project.save_customers(folder, progress=False)
    sandbox.reset(customers)


def test_it_goes_on_where_it_was_cut_off(sandbox, project, folder):
    customers = made(2_500, ties=3)
    cut_off(sandbox, project, folder, customers)
    begun = noted(folder)
    assert begun["parts"]
    assert LOCK_NAME not in names_in(folder)
    stray = f"{folder}/part-{len(begun['parts']):05d}.parquet"
    store_of(folder).pipe_file(stray, b"half of what a killed process wrote")
    sandbox.forget_requests()
    saved = project.save_customers(folder, progress=False)
    frame = pd.read_parquet(folder)
    assert sorted(frame.index) == sorted(each["id"] for each in customers)
    assert saved.calls == begun["calls"] + len(sandbox.requests())
    assert len(sandbox.requests()) < 25


def test_an_interrupt_keeps_what_had_arrived(sandbox, project, folder, monkeypatch):
    sandbox.reset(made(1_500))
    updates = iter(range(1_000))

    def interrupted(*_):
        if next(updates) == 8:
            raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("vfy_notebook.progress.Progress.update", interrupted)
        with pytest.raises(FetchInterrupted, match=folder):
            project.save_customers(folder, progress=False)
    assert noted(folder)["rows"] >= 800
    assert project.save_customers(folder, progress=False).rows == 1_500
    assert pd.read_parquet(folder).index.is_unique


# -- the lock ----------------------------------------------------------------------------------


def test_a_killed_process_of_this_machine_locks_nobody_out(sandbox, s3):
    """Nor does it cost the parts that it had noted."""
    sandbox.reset(made(1_000))
    folder = f"{s3}/{uuid.uuid4().hex}"
    site = sandbox.url, sandbox.app_id, sandbox.app_token
    context = multiprocessing.get_context("spawn")
    arguments = {"kill_at": 7, "steps": None, "workers": 1, "part_rows": 300}
    process = context.Process(
        target=crashing_save.save_and_die_at_step, args=(site, folder), kwargs=arguments
    )
    with started(process):
        process.join(ENDS_S)
        assert process.exitcode == -signal.SIGKILL
    assert LOCK_NAME in names_in(folder)
    begun = noted(folder)
    assert begun["parts"]
    saved = crashing_save.save(site, folder, workers=1, part_rows=300)
    assert saved.rows == 1_000
    assert pd.read_parquet(folder).index.is_unique
    assert LOCK_NAME not in names_in(folder)


def test_another_machines_lock_is_respected_until_it_is_removed(sandbox, project, folder):
    sandbox.reset(made(400))
    lock = {"token": "x" * 32, "host": "elsewhere\x1b[31m", "since": "2026-11-27 03:00 UTC"}
    store_of(folder).pipe_file(f"{folder}/{LOCK_NAME}", json.dumps(lock).encode())
    with pytest.raises(FolderError, match=r"elsewhere\\x1b.*rm_file.*Nothing was sent") as info:
        project.save_customers(folder, progress=False)
    assert sandbox.requests() == []
    assert names_in(folder) == [LOCK_NAME]
    command = str(info.value).partition("remove its lock, ")[2].partition(", and")[0]
    eval(command, {"fsspec": fsspec})  # noqa: S307 - the message's own way out
    assert project.save_customers(folder, progress=False).rows == 400


@pytest.mark.parametrize("found", [b"", b"not json", b"{}"])
def test_a_lock_that_nobody_can_read_is_a_lock(project, folder, found):
    store_of(folder).pipe_file(f"{folder}/{LOCK_NAME}", found)
    with pytest.raises(FolderError, match="an unknown machine"):
        project.save_customers(folder, progress=False)


def test_whoever_loses_the_lock_writes_no_more(sandbox, project, folder, monkeypatch):
    """As where a user removes it by mistake, and another machine begins."""
    sandbox.reset(made(1_000))
    updates = iter(range(1_000))

    def taken_over(*_):
        if next(updates) == 4:
            store_of(folder).pipe_file(f"{folder}/{LOCK_NAME}", b'{"token": "theirs"}')

    monkeypatch.setattr("vfy_notebook.progress.Progress.update", taken_over)
    with pytest.raises(FolderError, match="another one may be saving"):
        project.save_customers(folder, progress=False)
    assert len(noted(folder)["parts"]) <= 2
    assert b"theirs" in store_of(folder).cat_file(f"{folder}/{LOCK_NAME}")  # is not removed


def test_two_in_one_process(sandbox, make_project, folder, monkeypatch):
    sandbox.reset(made(400))
    errors = []

    def update(*_):
        if not errors:
            with pytest.raises(FolderError, match="another thread of this one") as info:
                make_project().save_customers(folder, progress=False)
            errors.append(info.value)

    monkeypatch.setattr("vfy_notebook.progress.Progress.update", update)
    assert make_project().save_customers(folder, progress=False).rows == 400
    assert errors


def test_a_store_without_conditional_puts_is_locked_as_far_as_it_goes(
    sandbox, project, folder, monkeypatch
):
    sandbox.reset(made(400))
    store = type(store_of(folder))
    put = store.pipe_file

    def without(self, path, value, **mode):
        if mode:
            raise TypeError("pipe_file() got an unexpected keyword argument 'mode'")
        return put(self, path, value)

    monkeypatch.setattr(store, "pipe_file", without)
    assert project.save_customers(folder, progress=False).rows == 400
    assert LOCK_NAME not in names_in(folder)


# -- what is refused ---------------------------------------------------------------------------


def test_what_is_in_the_way_is_not_touched(sandbox, project, folder):
    store = store_of(folder)
    store.pipe_file(f"{folder}/mine.parquet", b"precious")
    for path, told in ((folder, "mine.parquet"), (f"{folder}/mine.parquet", "is an object")):
        for replace in (False, True):
            with pytest.raises(ArgumentError, match=told):
                project.save_customers(path, replace_existing=replace, progress=False)
    assert names_in(folder) == ["mine.parquet"]
    assert store.cat_file(f"{folder}/mine.parquet") == b"precious"
    assert sandbox.requests() == []


def test_a_finished_copy_is_replaced_only_if_told(sandbox, project, folder):
    sandbox.reset(made(700))
    project.save_customers(folder, progress=False)
    with pytest.raises(ArgumentError, match="a finished copy"):
        project.save_customers(folder, progress=False)
    sandbox.reset(made(200))
    assert project.save_customers(folder, replace_existing=True, progress=False).rows == 200
    assert len(pd.read_parquet(folder)) == 200


def test_a_part_that_is_gone_is_missed(sandbox, project, folder):
    customers = made(2_500, ties=3)
    cut_off(sandbox, project, folder, customers)
    gone = store_of(folder).glob(f"{folder}/part-*.parquet")[0].rpartition("/")[2]
    store_of(folder).rm_file(f"{folder}/{gone}")
    with pytest.raises(ArgumentError, match=rf"{re.escape(gone)} is missing"):
        project.save_customers(folder, progress=False)


@pytest.mark.parametrize("path", ["s3://no-such-bucket/customers", "s3://bucket/customers"])
def test_a_store_that_refuses_costs_no_call(sandbox, project, s3, monkeypatch, path):
    if "no-such" not in path:  # nobody listens there
        monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
        monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
        fsspec.filesystem("s3").clear_instance_cache()
    with pytest.raises(FolderError, match="Nothing was sent") as info:
        project.save_customers(path, progress=False)
    assert KEY not in str(info.value)
    assert sandbox.requests() == []
    fsspec.filesystem("s3").clear_instance_cache()


@pytest.mark.parametrize(
    ("path", "told"),
    [
        ("s3:/bucket/customers", "as one text"),  # what pathlib makes of it
        ("simplecache::s3://bucket/customers", "as one text"),
        ("s3://", "a bucket and a folder"),
        ("memory:///", "a bucket and a folder"),
        ("s3://bucket/a/../b", "a bucket and a folder"),
        ("s3://bucket//b", "a bucket and a folder"),
        ("s3://bucket/*", "a bucket and a folder"),
        ("s3://bucket/a?versionId=1", "a bucket and a folder"),
        ("s3://ada:secret@bucket/a", "a user and a password"),
        ("http://host/folder", "half written"),
        ("file:///folder", "half written"),
        ("sftp://ada:secret@host/folder", "half written"),
        ("github://org:repo@main/x", "half written"),
    ],
)
def test_what_is_no_address_of_a_folder_is_refused(project, tmp_path, monkeypatch, path, told):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ArgumentError, match=told) as info:
        project.save_customers(path, progress=False)
    assert "secret" not in str(info.value)
    assert not list(tmp_path.iterdir())
    assert project.calls.total == 0


@pytest.mark.parametrize("missing", ["fsspec", "s3fs"])
def test_without_the_stores_package_the_command_is_given(project, monkeypatch, missing):
    monkeypatch.setattr(choosing, "missing_modules", lambda _names: [missing])
    with pytest.raises(ArgumentError, match=f"pip install {missing}"):
        project.save_customers("s3://bucket/customers", progress=False)


@pytest.mark.parametrize("name", ["s3", "a:b", "c:", "s3:"])
def test_a_folder_of_an_odd_name_is_a_folder(sandbox, project, tmp_path, monkeypatch, name):
    monkeypatch.chdir(tmp_path)
    sandbox.reset(made(5))
    assert project.save_customers(name, progress=False).path == tmp_path / name


# -- those who are deleted ---------------------------------------------------------------------


def test_a_permanent_deletion_names_the_copy_in_the_store(sandbox, project, folder):
    sandbox.reset(made(5))
    saved = project.save_customers(folder, progress=False)
    who, other = (each["id"] for each in made(5)[:2])
    with pytest.warns(UserWarning, match=f"{saved.path} still holds them.*delete its objects"):
        project.delete_customer_permanently(who)
    store_of(folder).rm(folder, recursive=True)
    project.delete_customer_permanently(other)  # a warning would be an error
