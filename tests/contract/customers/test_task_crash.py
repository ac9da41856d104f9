"""Killed at any moment, what is not a push leaves nothing untrue behind, and can be finished."""

from __future__ import annotations

import multiprocessing
import os
import shutil
import signal

import pandas as pd
import pytest

from tests.contract.customers.crashing_tasks import TASKS, run_and_die
from tests.contract.push_support import fill
from tests.processes import ENDS_S, started
from vfy_notebook.errors import OverwriteWarning, PlanError

COUNT = 4

CONSENTS = {
    "groups": [],
    "consents": [{"id": "cnst_1", "name": "Newsletter"}],
}


@pytest.fixture(scope="module")
def processes():
    """Starts processes quickly: they come from one that has everything imported."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["tests.contract.customers.crashing_tasks"])
    return context


@pytest.fixture
def crash(processes, sandbox, tmp_path):
    """Runs a task on fresh customers, dying at a moment; gives the exit code."""
    journal = tmp_path / "journal.sqlite"

    def run(task, kill_at, moments=None, *, prepared=None):
        for leftover in tmp_path.glob("journal.sqlite*"):
            leftover.unlink()
        if prepared is None:
            fill(sandbox, COUNT)
        else:
            prepared(journal)
        sandbox.forget_requests()
        site = sandbox.url, sandbox.app_id, sandbox.app_token
        process = processes.Process(
            target=run_and_die, args=(task, site, str(journal), kill_at, moments)
        )
        with started(process):
            process.join(ENDS_S)
            return process.exitcode

    return run


def moments_of(crash, processes, task, **options):
    """The names of all moments of a task that lives."""
    theirs, ours = processes.Pipe()
    assert crash(task, None, ours, **options) == 0
    names = []
    while theirs.poll():
        names.append(theirs.recv())
    assert len(names) >= 4
    return names


def chosen(names):
    """Moments to die at: every third and the last, or all with HYPOTHESIS_PROFILE=deep."""
    last = len(names) - 1
    is_deep = os.environ.get("HYPOTHESIS_PROFILE") == "deep"
    return [
        (number, name)
        for number, name in enumerate(names)
        if is_deep or number % 3 == 1 or number == last
    ]


def customers_left(sandbox):
    return {each["id"] for each in sandbox.customers()}


def test_an_undo_goes_on_and_everything_is_as_before(
    crash, processes, sandbox, make_project, tmp_path
):
    pushed = tmp_path / "pushed"

    def prepared(journal):
        """Customers of whom all have been pushed, and the journal of that push."""
        fill(sandbox, COUNT)
        project = make_project()
        customers = project.fetch_customers(progress=False)
        customers["metadata.tier"] = "gold"
        project.plan_push(customers).push(progress=False)
        project.close()
        shutil.copytree(tmp_path, pushed, dirs_exist_ok=True, ignore=lambda *_: ["pushed"])
        assert journal.exists()

    names = moments_of(crash, processes, "undo", prepared=prepared)
    for number, name in chosen(names):
        assert crash("undo", number + 1, prepared=prepared) == -signal.SIGKILL, name
        project = make_project()
        try:
            report = project.resume_push(progress=False)
        except PlanError:  # not begun, or finished
            if len(project.pushes()) == 1:
                first = project.get_push(project.pushes()["push_id"].iloc[0])
                report = first.plan_undo().push(progress=False)
        assert report.is_finished, name
        assert {each["metadata"]["tier"] for each in sandbox.customers()} == {"bronze"}, name
        assert len(project.pushes()) == 2, name
        project.close()


def test_consents_are_logged_only_as_they_were_sent(crash, processes, sandbox, make_project):
    def prepared(_journal):
        fill(sandbox, COUNT)
        sandbox.reset(sandbox.customers(), consents=CONSENTS)

    names = moments_of(crash, processes, "consents", prepared=prepared)
    for number, name in chosen(names):
        assert crash("consents", number + 1, prepared=prepared) == -signal.SIGKILL, name
        project = make_project()
        customers = project.fetch_customers(progress=False)
        logged = project.last_sent_consents(customers)
        for each in logged["customer_id"]:
            assert sandbox.sent_consents(each) == {"cnst_1": True}, name
        again = pd.DataFrame({"cnst_1": True}, index=customers.index)
        assert set(project.push_consents(again, progress=False).rows["outcome"]) == {"sent"}
        assert len(project.last_sent_consents(customers)) == COUNT
        project.close()


@pytest.mark.parametrize("permanent", [False, True])
def test_a_deletion_goes_on_and_touches_nobody_else(
    crash, processes, sandbox, make_project, permanent
):
    task = "permanent_deletion" if permanent else "deletion"
    names = moments_of(crash, processes, task)
    meant = {f"cust_{i:05d}" for i in range(COUNT // 2)}
    kept = {f"cust_{i:05d}" for i in range(COUNT // 2, COUNT)}
    begun = next(i for i, name in enumerate(names) if name.startswith("begin deletion a"))
    for number, name in chosen(names):
        assert crash(task, number + 1) == -signal.SIGKILL, name
        assert kept <= customers_left(sandbox), name
        project = make_project()
        plan = project.plan_cut_off_deletions(permanent=permanent)
        if number < begun:
            assert len(plan) == 0, name
            assert customers_left(sandbox) == meant | kept
        elif len(plan):
            report = plan.delete(confirm=len(plan), progress=False)
            assert set(report.rows["outcome"]) <= {"deleted", "gone"}, name
        if number >= begun:
            assert customers_left(sandbox) == kept, name
        assert len(project.plan_cut_off_deletions(permanent=permanent)) == 0, name
        project.close()


def test_an_import_is_told_and_can_be_repeated(crash, processes, sandbox, make_project):
    names = moments_of(crash, processes, "csv_import")
    begun = names.index("begin after")
    for number, name in chosen(names):
        assert crash("csv_import", number + 1) == -signal.SIGKILL, name
        project = make_project()
        pushes = project.pushes()
        assert len(pushes) == (number >= begun), name
        for push_id in pushes["push_id"]:
            report = project.resume_push(push_id, progress=False)
            assert report.is_finished, name
            told = {"imported": {"New"}, "skipped": {f"Name {i}" for i in range(COUNT)}}
            for outcome, shown in told.items():
                if outcome in report.counts:
                    assert {each["name"] for each in sandbox.customers()} == shown, name
        customers = project.fetch_customers(progress=False)
        frame = pd.DataFrame({"source_id": customers["source_id"].to_list(), "name": "New"})
        with pytest.warns(OverwriteWarning):
            project.import_csv(frame, allow_partial=True, progress=False)
        assert {each["name"] for each in sandbox.customers()} == {"New"}, name
        assert len(sandbox.customers()) == COUNT, name
        project.close()


def test_each_task_that_writes_is_killed():
    assert set(TASKS) == {"undo", "consents", "deletion", "permanent_deletion", "csv_import"}
