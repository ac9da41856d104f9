"""Killed at any step, a push goes on in another process as if nothing had happened."""

from __future__ import annotations

import multiprocessing
import signal

import pandas as pd
import pytest

from tests.contract.push_support import fill, writes
from tests.contract.pushing.crashing_push import push_and_die
from tests.processes import ENDS_S, started
from vfy_notebook import sandbox as sandbox_package
from vfy_notebook.errors import JournalError, PlanError

WITHOUT_SOURCE_ID = (230, 231, 232)


@pytest.fixture(scope="module")
def processes():
    """Starts processes quickly: they come from one that has everything imported."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["tests.contract.pushing.crashing_push", "tests.fake_clock"])
    return context


@pytest.fixture
def run_and_die(processes, sandbox, tmp_path):
    """Push in a process that dies at a step; gives its exit code."""

    def run(kill_at, steps=None):
        fill(sandbox, 233, without_source_id=WITHOUT_SOURCE_ID)
        (tmp_path / "journal.sqlite").unlink(missing_ok=True)
        for leftover in tmp_path.glob("journal.sqlite*"):
            leftover.unlink()
        arguments = (
            sandbox.url, sandbox.app_id, sandbox.app_token,
            str(tmp_path / "journal.sqlite"), kill_at, steps,
        )  # fmt: skip
        process = processes.Process(target=push_and_die, args=arguments)
        with started(process):
            process.join(ENDS_S)
            return process.exitcode

    return run


def state(sandbox):
    """All that a push can change."""
    return [(c["id"], c["name"], c["metadata"], c["address"]) for c in sandbox.customers()]


def told(report):
    return report.rows.drop(columns="async_action_id")


def test_killed_at_any_step_a_push_goes_on_as_if_nothing_had_happened(
    run_and_die, sandbox, make_project, processes
):
    theirs, ours = processes.Pipe()
    assert run_and_die(None, ours) == 0
    steps = []
    while theirs.poll():
        steps.append(theirs.recv())
    project = make_project()
    push_id = only_push(project)
    whole = project.resume_push(push_id, progress=False)
    assert whole.counts == {"updated": 233}
    assert set(whole.rows["route"]) == {"metadata", "bulk", "put"}
    end, sent = state(sandbox), writes(sandbox)
    assert {"begin after", "sending after", "sent before", "outcomes after", "close after"} <= set(
        steps
    )
    begun = steps.index("begin after")
    for number, step in enumerate(steps):
        assert run_and_die(number + 1) == -signal.SIGKILL, step
        project = make_project()
        if number < begun:
            with pytest.raises(PlanError, match="nothing to resume"):
                project.resume_push(progress=False)
            assert writes(sandbox) == {}, step
            continue
        try:
            report = project.resume_push(progress=False)
        except PlanError:
            assert number == len(steps) - 1, step  # it died with everything done
            report = project.resume_push(only_push(project), progress=False)
        assert state(sandbox) == end, step
        assert writes(sandbox) == sent, step
        pd.testing.assert_frame_equal(told(report), told(whole), obj=step)
        assert report.is_finished, step


def only_push(project):
    with project._open_journal() as journal:
        (row,) = journal._file.read("SELECT push_id FROM pushes")
        return row["push_id"]


def test_a_push_that_was_resumed_can_be_undone(run_and_die, sandbox, make_project):
    assert run_and_die(9) == -signal.SIGKILL
    project = make_project()
    report = project.resume_push(progress=False)
    assert report.counts == {"updated": 233}
    assert report.plan_undo().push(progress=False).counts == {"updated": 233}
    assert {c["metadata"]["tier"] for c in sandbox.customers()} == {"bronze"}


def test_customers_changed_while_the_push_was_down_are_skipped(run_and_die, sandbox, make_project):
    run_and_die(6)  # begun, nothing sent yet
    assert writes(sandbox) == {}
    sandbox.touch("s5", metadata={"tier": "silver"})
    sandbox.remove(["s6"])
    sandbox.touch("s7", name="Someone else", metadata={"tier": "bronze", "new": 1})
    report = make_project().resume_push(progress=False)
    assert report.counts == {"updated": 231, "skipped": 2}
    rows = report.rows.set_index("customer_id")
    assert "changed on the server" in rows.loc["cust_00005", "reason"]
    assert "no longer on the server" in rows.loc["cust_00006", "reason"]
    assert sandbox.customer("s5")["metadata"]["tier"] == "silver"
    assert sandbox.customer("s6") is None
    assert sandbox.customer("s7")["name"] == "Someone else"
    assert sandbox.customer("s7")["metadata"]["new"] == 1
    assert sandbox.customer("s7")["metadata"]["tier"] == sandbox.customer("s8")["metadata"]["tier"]


def test_a_push_that_runs_elsewhere_is_not_resumed(run_and_die, make_project):
    run_and_die(9)
    project = make_project()
    push_id = only_push(project)
    with (
        project._open_journal() as journal,
        journal.lock_push(push_id),
        pytest.raises(JournalError, match="running in another process"),
    ):
        project.resume_push()
    assert project.resume_push(progress=False).counts == {"updated": 233}


def test_one_of_several_has_to_be_named(run_and_die, make_project, sandbox):
    run_and_die(9)
    project = make_project()
    first = only_push(project)
    before = project.fetch_customers(progress=False)
    plan = project.plan_push(before.assign(description="x"))
    sandbox.script(
        {"method": "POST", "path": "/v1/customers/*/async", "do": "status", "status": 401}
    )
    with pytest.raises(Exception, match="401"):
        plan.push(progress=False)
    with pytest.raises(PlanError, match=f"2 pushes were cut off.*{first}"):
        project.resume_push(progress=False)
    assert project.resume_push(first, progress=False).is_finished


def test_a_push_of_another_project_is_not_ours(run_and_die, make_project):
    run_and_die(9)
    push_id = only_push(make_project())
    with sandbox_package.start(customers=0) as twin:
        other = make_project(app_id=twin.app_id, app_token=twin.app_token, url=twin.url)
        with pytest.raises(PlanError, match="nothing to resume"):
            other.resume_push()
        with pytest.raises(PlanError, match="has no push"):
            other.resume_push(push_id)
