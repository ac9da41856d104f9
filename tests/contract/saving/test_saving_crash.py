"""Killed anywhere, a copy goes on in another process: nobody is lost, nobody is there twice."""

from __future__ import annotations

import multiprocessing
import os
import shutil
import signal

import msgspec
import pandas as pd
import pytest

from tests.contract.history.test_history import orders
from tests.contract.listing.test_listing import made
from tests.contract.saving import crashing_save
from tests.processes import ENDS_S, heard, started
from vfy_notebook.fetch.saving.folder import LOCK_NAME, NOTE_NAME, Note

SMALL = {"workers": 1, "part_rows": 300}
SHARED = {"workers": 4, "part_rows": 1_500}

#: Calls of a killed run that nobody knows of: those of a part, the opening ones, one that each
#: worker has under way, and the last pages of windows, whose customers are not complete.
LOST = 15 + 3 + 4 + 2 * 4


@pytest.fixture(scope="module")
def processes():
    """Starts processes quickly: they come from one that has everything imported."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["tests.contract.saving.crashing_save", "tests.fake_clock"])
    return context


@pytest.fixture
def site(sandbox):
    return sandbox.url, sandbox.app_id, sandbox.app_token


@pytest.fixture
def run(processes, site, tmp_path):
    """Runs a function of `crashing_save` on the folder `c`; gives its exit code."""

    def run(function, **arguments):
        process = processes.Process(target=function, args=(site, tmp_path / "c"), kwargs=arguments)
        with started(process):
            process.join(ENDS_S)
            return process.exitcode

    return run


def read(folder):
    return pd.read_parquet(folder).sort_index()


def noted(folder):
    return msgspec.json.decode((folder / NOTE_NAME).read_bytes(), type=Note)


def assert_goes_on(sandbox, site, folder, *, workers, part_rows, lost):
    """The rest is saved, and what the two runs report as calls is what they have cost.

    `lost`: so many calls of the killed run may be unknown, as it died before it could note them.
    """
    begun = (folder / NOTE_NAME).exists()
    known = noted(folder).calls if begun else 0
    cost = len(sandbox.requests())
    saved = crashing_save.save(site, folder, workers=workers, part_rows=part_rows)
    frame = read(folder)
    customers = sandbox.customers()
    assert frame.index.is_unique
    assert list(frame.index) == sorted(c["id"] for c in customers)
    assert saved.rows == len(customers)
    assert saved.calls == known + len(sandbox.requests()) - cost
    assert 0 <= len(sandbox.requests()) - saved.calls <= lost
    note = noted(folder)
    assert note.finished
    assert sorted(p.name for p in folder.iterdir()) == sorted([NOTE_NAME, *note.parts])


def test_killed_at_any_step_it_goes_on(run, sandbox, site, tmp_path, processes):
    sandbox.reset(made(1_000, ties=7))
    theirs, ours = processes.Pipe()
    run(crashing_save.save_and_die_at_step, kill_at=None, steps=ours, **SMALL)
    steps = []
    while theirs.poll():
        steps.append(theirs.recv())
    part = noted(tmp_path / "c").parts[0]
    assert steps[:6] == [
        f"{NOTE_NAME} written",
        f"{NOTE_NAME} named",
        f"{part} written",
        f"{part} named",
        f"{NOTE_NAME} written",
        f"{NOTE_NAME} named",
    ]
    assert len(steps) >= 14
    for number, step in enumerate(steps[:-1]):
        folder = tmp_path / "c"
        for file in folder.iterdir():
            file.unlink()
        sandbox.forget_requests()
        code = run(crashing_save.save_and_die_at_step, kill_at=number + 1, steps=None, **SMALL)
        assert code == -signal.SIGKILL, step
        assert (folder / LOCK_NAME).exists(), step
        # The pages of a part, the opening call, and the page that was asked for ahead.
        assert_goes_on(sandbox, site, folder, lost=6, **SMALL)


@pytest.mark.parametrize("kill_at", [1, 2, 20, 40, 56])
@pytest.mark.parametrize("ties", [3, 150])
def test_killed_with_calls_under_way_it_goes_on(run, sandbox, site, tmp_path, kill_at, ties):
    sandbox.reset(made(5_500, ties=ties))
    code = run(crashing_save.save_and_die_at_call, kill_at=kill_at, **SHARED)
    assert code == -signal.SIGKILL
    assert_goes_on(sandbox, site, tmp_path / "c", lost=LOST if ties < 100 else 100, **SHARED)


@pytest.mark.parametrize("kill_at", [1, 3])
def test_killed_in_the_middle_of_a_part_it_goes_on(run, sandbox, site, tmp_path, kill_at):
    sandbox.reset(made(5_500, ties=3))
    code = run(crashing_save.save_and_die_within_part, kill_at=kill_at, **SHARED)
    assert code == -signal.SIGKILL
    (halved,) = (tmp_path / "c").glob(f"part-*-{kill_at - 1:05d}.parquet.unfinished")
    assert halved.stat().st_size > 0
    assert_goes_on(sandbox, site, tmp_path / "c", lost=LOST, **SHARED)


def test_a_killed_export_is_made_anew(run, sandbox, site, tmp_path):
    sandbox.reset(made(5_500))
    code = run(crashing_save.save_and_die_within_part, kill_at=1, via="export", **SHARED)
    assert code == -signal.SIGKILL
    saved = crashing_save.save(site, tmp_path / "c", via="export", **SHARED)
    frame = read(tmp_path / "c")
    assert frame.index.is_unique
    assert len(frame) == saved.rows == 5_500
    assert saved.calls == len(sandbox.requests())


# -- memberships and orders ------------------------------------------------------------------------

IDS = [f"cust_c{i:06d}" for i in range(500)]
SEGMENTS = [
    {"id": "seg_1", "name": "Most", "type": "static", "members": IDS[:450]},
    {"id": "seg_2", "name": "Some", "type": "static", "members": IDS[200:350]},
]


def rows_of(folder, what):
    keys = {"memberships": ["customer_id", "segment_id"], "orders": ["order_id"]}[what]
    return sorted(pd.read_parquet(folder).reset_index()[keys].itertuples(index=False, name=None))


@pytest.mark.parametrize("what", ["memberships", "orders"])
def test_memberships_and_orders_go_on_too(run, sandbox, site, tmp_path, processes, what):
    sandbox.reset(made(500, ties=7), segments=SEGMENTS, orders=orders(600))
    options = {"part_rows": 250, "what": what}
    folder = tmp_path / "c"
    theirs, ours = processes.Pipe()
    run(crashing_save.save_and_die_at_step, kill_at=None, steps=ours, **options)
    steps = []
    while theirs.poll():
        steps.append(theirs.recv())
    whole = rows_of(folder, what)
    assert len(whole) == 600
    assert len(set(whole)) == 600
    is_deep = os.environ.get("HYPOTHESIS_PROFILE") == "deep"
    for number, step in enumerate(steps[:-1]):
        if not (is_deep or number % 3 == 2):
            continue
        shutil.rmtree(folder)
        code = run(crashing_save.save_and_die_at_step, kill_at=number + 1, steps=None, **options)
        assert code == -signal.SIGKILL, step
        assert crashing_save.save(site, folder, **options).rows == 600, step
        assert rows_of(folder, what) == whole, step
        note = noted(folder)
        assert note.finished
        assert sorted(p.name for p in folder.iterdir()) == sorted([NOTE_NAME, *note.parts])


@pytest.mark.parametrize("kill_at", [1, 3, 6])
def test_memberships_killed_with_an_answer_under_way_go_on(run, sandbox, site, tmp_path, kill_at):
    sandbox.reset(made(500, ties=7), segments=SEGMENTS)
    options = {"part_rows": 250, "what": "memberships"}
    code = run(crashing_save.save_and_die_at_call, kill_at=kill_at, **options)
    assert code == -signal.SIGKILL
    assert crashing_save.save(site, tmp_path / "c", **options).rows == 600
    assert len(set(rows_of(tmp_path / "c", "memberships"))) == 600


@pytest.mark.parametrize(("what", "largest_file"), [("memberships", 4_300), ("orders", 10_000)])
def test_a_disk_that_fills_leaves_a_copy_that_goes_on(
    run, sandbox, site, tmp_path, processes, what, largest_file
):
    sandbox.reset(made(500, ties=7), segments=SEGMENTS, orders=orders(600))
    theirs, ours = processes.Pipe()
    options = {"part_rows": 250, "what": what}
    run(crashing_save.save_on_a_small_disk, largest_file=largest_file, told=ours, **options)
    _, message = heard(theirs)
    assert "File too large" in message
    assert "again" in message
    folder = tmp_path / "c"
    assert sorted(p.name for p in folder.iterdir()) == sorted([NOTE_NAME, *noted(folder).parts])
    assert crashing_save.save(site, folder, **options).rows == 600
    assert len(set(rows_of(folder, what))) == 600


# -- the disk ----------------------------------------------------------------------------------


@pytest.mark.parametrize("workers", [1, 4])
def test_a_full_disk_is_an_error_and_what_is_there_is_kept(
    run, sandbox, site, tmp_path, processes, workers
):
    sandbox.reset(made(5_500))
    theirs, ours = processes.Pipe()
    # The first part fits, the second one, of names that do not repeat, does not.
    sandbox.reset([*made(1_600), *wordy(3_900)])
    arguments = {"workers": workers, "part_rows": 1_500}
    run(crashing_save.save_on_a_small_disk, largest_file=100_000, told=ours, **arguments)
    kind, message = heard(theirs)
    assert kind == "FolderError"
    assert "File too large" in message
    assert "call save_customers() again" in message
    folder = tmp_path / "c"
    assert sorted(p.name for p in folder.iterdir()) == sorted([NOTE_NAME, *noted(folder).parts])
    assert_goes_on(sandbox, site, folder, lost=6_000, **arguments)


def wordy(count):
    customers = made(count, prefix="w")
    for i, customer in enumerate(customers):
        customer["created_at"] = f"2025-02-01T00:{i // 100:02d}:00.{i % 100:03d}Z"
        customer["description"] = " ".join(str(hash((i, n))) for n in range(20))
    return customers


def test_a_disk_that_is_full_beforehand_costs_no_call(run, sandbox, tmp_path, processes):
    sandbox.reset(made(300))
    theirs, ours = processes.Pipe()
    run(crashing_save.save_on_a_small_disk, largest_file=100, told=ours, **SMALL)
    kind, message = heard(theirs)
    assert kind == "FolderError"
    assert "Nothing was sent" in message
    assert sandbox.requests() == []
    assert not (tmp_path / "c").exists()


def test_a_folder_without_permission_costs_no_call(run, sandbox, tmp_path, processes):
    sandbox.reset(made(300))
    (tmp_path / "c").mkdir(mode=0o500)
    theirs, ours = processes.Pipe()
    run(crashing_save.save_as_nobody, told=ours, **SMALL)
    kind, message = heard(theirs)
    assert kind == "FolderError"
    assert "Permission denied" in message
    assert "Nothing was sent" in message
    assert sandbox.requests() == []


# -- two at once -------------------------------------------------------------------------------


def test_two_processes_do_not_save_to_the_same_folder(processes, sandbox, site, tmp_path):
    sandbox.reset(made(1_000))
    theirs, ours = processes.Pipe()
    hold = {"path": "/v1/customers", "do": "delay", "seconds": 60, "nth": 5}
    sandbox.script(hold)
    first = processes.Process(
        target=crashing_save.save_and_die_at_step,
        args=(site, tmp_path / "c"),
        kwargs={"kill_at": None, "steps": ours, **SMALL},
    )
    with started(first):
        assert theirs.poll(ENDS_S)  # it has begun
        second = processes.Process(
            target=crashing_save.save_on_a_small_disk,
            args=(site, tmp_path / "c"),
            kwargs={"largest_file": 1 << 30, "told": ours, **SMALL},
        )
        with started(second):
            second.join(ENDS_S)
        found = []
        while theirs.poll():
            found.append(theirs.recv())
    refused = [message for kind, message in (f for f in found if isinstance(f, tuple))]
    assert len(refused) == 1
    assert "Another process" in refused[0]
    sandbox.reset(made(1_000))
    assert crashing_save.save(site, tmp_path / "c", **SMALL).rows == 1_000
