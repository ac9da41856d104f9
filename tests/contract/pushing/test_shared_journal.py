"""Two kernels, several threads or a forked child on one journal: each push is told whole."""

from __future__ import annotations

import multiprocessing
import os
import threading

import pytest

from tests.contract.push_support import fetched, fill, push
from tests.fake_clock import FakeClock
from tests.processes import ENDS_S, heard, started
from vfy_notebook.api.credentials import Credentials
from vfy_notebook.api.transport import Transport
from vfy_notebook.errors import JournalError, PlanError, VfyNotebookError
from vfy_notebook.project import Project

COUNT = 30


def project_of(site, journal):
    url, app_id, app_token = site
    return Project(
        Transport(Credentials(app_id, app_token, url), clock=FakeClock()),
        workers=1,
        journal_path=journal,
    )


def push_part(project, part, of):
    """Push a part of the customers, and tell what became of it."""
    _, edited = fetched(project)
    edited = edited.iloc[part::of].copy()
    edited["metadata.tier"] = f"by {part}"
    return project.plan_push(edited).push(progress=False).counts


def push_elsewhere(site, journal, part, of, told):
    """The same in another process."""
    project = project_of(site, journal)
    told.send(push_part(project, part, of))
    project.close()


@pytest.fixture
def site(sandbox):
    return sandbox.url, sandbox.app_id, sandbox.app_token


def all_are_told(sandbox, site, journal, parts):
    """Whether the journal has each push whole, and the server each change."""
    project = project_of(site, journal)
    pushes = project.pushes()
    assert len(pushes) == parts
    for push_id in pushes["push_id"]:
        assert project.get_push(push_id).counts == {"updated": COUNT // parts}
    tiers = [each["metadata"]["tier"] for each in sandbox.customers()]
    assert tiers == [f"by {i % parts}" for i in range(COUNT)]
    project.close()


def test_two_kernels_push_at_the_same_time(sandbox, site, tmp_path):
    fill(sandbox, COUNT)
    journal = tmp_path / "journal.sqlite"
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["tests.contract.pushing.test_shared_journal"])
    pipes = [context.Pipe(duplex=False) for _ in range(2)]
    processes = [
        context.Process(target=push_elsewhere, args=(site, journal, part, 2, pipes[part][1]))
        for part in range(2)
    ]
    with started(processes[0]), started(processes[1]):
        for process in processes:
            process.join(ENDS_S)
    assert [theirs.recv() for theirs, _ in pipes] == [{"updated": COUNT // 2}] * 2
    all_are_told(sandbox, site, journal, 2)


def make_segment_elsewhere(site, journal, together, told):
    """Make a segment in another process, at the same moment as that one does."""
    project = project_of(site, journal)
    plan = project.plan_segment("VIP", ["cust_00001", "cust_00002"])
    together.wait(ENDS_S)
    try:
        told.send(plan.create(progress=False).index[0])
    except VfyNotebookError as error:
        told.send(type(error))
    project.close()


def test_two_kernels_make_the_same_segment_at_the_same_time(sandbox, site, tmp_path):
    fill(sandbox, COUNT)
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["tests.contract.pushing.test_shared_journal"])
    together = context.Barrier(2)
    pipes = [context.Pipe(duplex=False) for _ in range(2)]
    processes = [
        context.Process(
            target=make_segment_elsewhere,
            args=(site, tmp_path / "journal.sqlite", together, ours),
        )
        for _, ours in pipes
    ]
    with started(processes[0]), started(processes[1]):
        told = [heard(theirs) for theirs, _ in pipes]
        for process in processes:
            process.join(ENDS_S)
    # The other one found the lock, or the segment.
    assert [segment["id"] for segment in sandbox.segments()] == [
        each for each in told if isinstance(each, str)
    ]
    assert [each for each in told if each in (JournalError, PlanError)]
    assert len(told) == 2


def test_threads_of_one_project_push_at_the_same_time(sandbox, site, tmp_path):
    fill(sandbox, COUNT)
    journal = tmp_path / "journal.sqlite"
    project = project_of(site, journal)
    counts, errors = [], []

    def work(part):
        try:
            counts.append(push_part(project, part, 3))
        except VfyNotebookError as error:
            errors.append(error)

    threads = [threading.Thread(target=work, args=(part,)) for part in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(ENDS_S)
    project.close()
    assert errors == []
    assert counts == [{"updated": COUNT // 3}] * 3
    all_are_told(sandbox, site, journal, 3)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system cannot fork")
@pytest.mark.filterwarnings("ignore:This process:DeprecationWarning")
def test_a_forked_child_uses_neither_our_connections_nor_our_journal(sandbox, site, tmp_path):
    """As joblib and some schedulers do: the project was made, and used, before the fork."""
    fill(sandbox, COUNT)
    journal = tmp_path / "journal.sqlite"
    project = project_of(site, journal)
    project.fetch_customers(progress=False)
    context = multiprocessing.get_context("fork")
    theirs, ours = context.Pipe(duplex=False)

    def child():
        ours.send(push_part(project, 1, 2))

    process = context.Process(target=child)
    with started(process):
        mine = push_part(project, 0, 2)
        process.join(ENDS_S)
    assert mine == theirs.recv() == {"updated": COUNT // 2}
    project.close()
    all_are_told(sandbox, site, journal, 2)


def test_one_plan_is_pushed_once_however_many_threads_try(sandbox, project):
    fill(sandbox, COUNT)
    _, edited = fetched(project)
    edited["metadata.tier"] = "gold"
    plan = project.plan_push(edited)
    told = []

    def work():
        try:
            told.append(push(plan).counts)
        except VfyNotebookError as error:
            told.append(error)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(ENDS_S)
    assert [each for each in told if isinstance(each, dict)] == [{"updated": COUNT}]
    assert len(told) == 4
    assert len(project.pushes()) == 1
