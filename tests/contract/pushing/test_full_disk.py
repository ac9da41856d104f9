"""The disk is full from any write of the journal on: what is told is true, and it goes on later."""

from __future__ import annotations

import errno
import os
import sqlite3
import warnings

import pandas as pd
import pytest

from tests.contract.push_support import fetched, fill, on_server, push
from vfy_notebook.errors import (
    JournalError,
    OverwriteWarning,
    PlanError,
    VfyNotebookError,
    VfyNotebookWarning,
)
from vfy_notebook.journal.file import JournalFile

COUNT = 4
CONSENTS = {"consents": [{"id": "cnst_1", "name": "One"}]}

FULL = [
    OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)),
    sqlite3.OperationalError("database or disk is full"),
]


class FullDisk:
    """From the write with this number on, none succeeds; 0 is none of them."""

    def __init__(self, monkeypatch, error):
        self._monkeypatch = monkeypatch
        self._error = error
        self.writes = 0

    def fill(self, number):
        self.writes = 0

        def step(_name, when):
            self.writes += when == "before"
            if number and when == "before" and self.writes >= number:
                raise self._error

        self._monkeypatch.setattr(JournalFile, "on_step", staticmethod(step))

    def make_room(self):
        self._monkeypatch.setattr(JournalFile, "on_step", None)


@pytest.fixture(params=FULL, ids=["OSError", "SQLite"])
def disk(request, monkeypatch):
    return FullDisk(monkeypatch, request.param)


def each_write(disk, run):
    """Runs it once without a fault, then with the disk full from each of its writes on."""
    disk.fill(0)
    run()
    writes = disk.writes
    assert writes >= 2
    for number in range(1, writes + 1):
        disk.fill(number)
        yield number, run
        disk.make_room()


def test_a_push_goes_on_and_can_be_taken_back(sandbox, make_project, disk, tmp_path):
    """Each of the three routes."""
    made = []

    def run():
        if made:
            made[-1][0].close()  # what it remembers is of customers who are no more
        fill(sandbox, COUNT, without_source_id={3})
        project = make_project(journal=f"journal-{len(made)}.sqlite")
        _, edited = fetched(project)
        edited["metadata.tier"] = ["gold", "silver", "gold", "gold"]
        edited.loc[edited.index[1], "name"] = "New"
        made.append((project, project.plan_push(edited)))
        return push(made[-1][1])

    for number, again in each_write(disk, run):
        with pytest.raises(VfyNotebookError) as caught:
            again()
        disk.make_room()
        project, plan = made[-1]
        if isinstance(caught.value, JournalError):
            assert set(on_server(sandbox).values()) == {"bronze"}, number
            report = push(plan)
        else:
            report = project.resume_push(caught.value.push_id, progress=False)
        assert report.is_finished, number
        assert report.counts == {"updated": COUNT}, number
        assert sorted(on_server(sandbox).values()) == ["gold", "gold", "gold", "silver"], number
        assert push(report.plan_undo()).counts == {"updated": COUNT}, number
        assert set(on_server(sandbox).values()) == {"bronze"}, number
        assert sandbox.customer("s1")["name"] == "Name 1", number


@pytest.mark.parametrize("permanent", [False, True])
def test_a_deletion_tells_who_is_gone_and_goes_on(sandbox, make_project, disk, permanent):
    made = []

    def run():
        if made:
            made[-1].close()
        fill(sandbox, COUNT)
        project = make_project(journal=f"journal-{len(made)}.sqlite")
        made.append(project)
        half = project.fetch_customers(progress=False).iloc[: COUNT // 2]
        plan = project.plan_deletion(half, permanent=permanent, progress=False)
        return plan.delete(confirm=COUNT // 2, progress=False)

    kept = {f"cust_{i:05d}" for i in range(COUNT // 2, COUNT)}
    for number, again in each_write(disk, run):
        report = None
        try:
            report = again()
        except VfyNotebookError as error:
            report = getattr(error, "report", None)
        left = {each["id"] for each in sandbox.customers()}
        assert kept <= left, number
        if report is None:
            assert len(left) == COUNT, number
        else:
            done = report.rows["outcome"].isin(["deleted", "gone"])
            assert not set(report.rows.loc[done, "customer_id"]) & left, number
        disk.make_room()
        plan = made[-1].plan_cut_off_deletions(permanent=permanent)
        if len(plan):
            plan.delete(confirm=len(plan), progress=False)
            left = {each["id"] for each in sandbox.customers()}
        assert left in (kept, kept | {f"cust_{i:05d}" for i in range(COUNT // 2)}), number


def test_consents_are_told_as_they_are(sandbox, make_project, disk):
    made = []

    def run():
        if made:
            made[-1].close()
        fill(sandbox, COUNT)
        sandbox.reset(sandbox.customers(), consents=CONSENTS)
        project = make_project(journal=f"journal-{len(made)}.sqlite")
        made.append(project)
        given = pd.DataFrame({"cnst_1": True}, index=[f"s{i}" for i in range(COUNT)])
        return project.push_consents(given, progress=False)

    for number, again in each_write(disk, run):
        report = None
        try:
            report = again()
        except VfyNotebookError as error:
            report = getattr(error, "report", None)
        given = {f"s{i}" for i in range(COUNT) if sandbox.sent_consents(f"s{i}")}
        if report is None:
            assert not given, number
            continue
        told = report.rows.set_index("customer")["outcome"]
        for who, outcome in told.items():
            assert (who in given) == (outcome == "sent"), (number, who, outcome)


def test_resuming_on_a_full_disk_sends_nothing_twice(sandbox, make_project, disk):
    """Cut off once, tried again while the disk is still full, and once more when it is not."""
    fill(sandbox, COUNT)
    project = make_project()
    _, edited = fetched(project)
    edited["metadata.tier"] = "gold"
    disk.fill(5)  # the push is in the journal and sent, but not that it was
    with pytest.raises(VfyNotebookError) as caught:
        push(project.plan_push(edited))
    push_id = caught.value.push_id
    disk.fill(1)
    with pytest.raises(VfyNotebookError):
        project.resume_push(push_id, progress=False)
    disk.make_room()
    assert project.resume_push(push_id, progress=False).counts == {"updated": COUNT}
    assert sum(r["path"].endswith("/metadata/async") for r in sandbox.requests()) == 1
    with pytest.raises(PlanError, match="nothing to resume"):
        project.resume_push()


def changed_once(sandbox, project):
    """A push that is whole: what the others start from."""
    fill(sandbox, COUNT)
    _, edited = fetched(project)
    return push(project.plan_push(edited.assign(**{"metadata.tier": "gold"})))


def test_an_undo_goes_on(sandbox, make_project, disk):
    made = []

    def run():
        if made:
            made[-1][0].close()
        disk.make_room()
        project = make_project(journal=f"journal-{len(made)}.sqlite")
        plan = changed_once(sandbox, project).plan_undo()
        made.append((project, plan))
        disk.fill(disk.number)
        return push(plan)

    disk.number = 0
    run()
    writes = disk.writes
    assert writes >= 4
    for number in range(1, writes + 1):
        disk.number = number
        with pytest.raises(VfyNotebookError) as caught:
            run()
        disk.make_room()
        project, plan = made[-1]
        if isinstance(caught.value, JournalError):
            assert set(on_server(sandbox).values()) == {"gold"}, number
            report = push(plan)
        else:
            report = project.resume_push(caught.value.push_id, progress=False)
        assert report.counts == {"updated": COUNT}, number
        assert set(on_server(sandbox).values()) == {"bronze"}, number
        assert project.pushes()["kind"].to_list() == ["push", "undo"], number


def test_an_import_is_told_as_it_is(sandbox, make_project, disk):
    made = []

    def run():
        if made:
            made[-1].close()
        fill(sandbox, COUNT)
        made.append(make_project(journal=f"journal-{len(made)}.sqlite"))
        rows = pd.DataFrame({"source_id": [f"s{i}" for i in range(COUNT)], "name": "New"})
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", OverwriteWarning)
            return made[-1].import_csv(rows, allow_partial=True, progress=False)

    for number, again in each_write(disk, run):
        told, error = None, None
        try:
            told = again()["outcome"].to_list()
        except VfyNotebookError as raised:
            error = raised
        disk.make_room()
        is_new = [sandbox.customer(f"s{i}")["name"] == "New" for i in range(COUNT)]
        if isinstance(error, JournalError):
            assert not any(is_new), number
        elif error is None:
            assert told == ["imported"] * COUNT, number
            assert all(is_new), number
        else:
            assert error.may_have_run or error.async_action_id, number
        pushes = made[-1].pushes()
        for push_id in pushes.loc[pushes["resumable"], "push_id"]:
            made[-1].resume_push(push_id, progress=False)


@pytest.mark.parametrize("via", ["static", "metadata"])
def test_a_segment_is_made_once_or_not_at_all(sandbox, make_project, disk, via):
    made = []

    def run():
        if made:
            made[-1][0].close()
        fill(sandbox, COUNT)
        project = make_project(journal=f"journal-{len(made)}.sqlite")
        customers = project.fetch_customers(progress=False).iloc[:2]
        made.append((project, customers))
        plan = project.plan_segment("Two", customers, via=via, new_keys=True)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", VfyNotebookWarning)
            return plan.create(progress=False)

    for number, again in each_write(disk, run):
        error = None
        try:
            again()
        except VfyNotebookError as raised:
            error = raised
        there = [each["name"] for each in sandbox.segments()]
        assert len(there) <= 1, number
        if error is None:
            assert there == ["Two"], number
        elif there:
            assert error.may_have_run, number
        else:
            disk.make_room()
            project, customers = made[-1]
            plan = project.plan_segment("Two", customers, via=via, new_keys=True)
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", VfyNotebookWarning)
                plan.create(progress=False)
            assert [each["name"] for each in sandbox.segments()] == ["Two"], number


def test_pushes_are_adopted_whole_or_not_at_all(sandbox, project, make_project, disk):
    report = changed_once(sandbox, project)
    other = make_project(app_id="other")
    site = project._site
    disk.fill(1)
    with pytest.raises(JournalError):
        other.adopt_pushes(site)
    disk.make_room()
    assert project.pushes()["push_id"].to_list() == [report.push_id]
    assert other.adopt_pushes(site) == 1


@pytest.mark.parametrize("verb", ["delete_customer_permanently", "update_consents"])
def test_one_customer_is_told_of_as_it_is(sandbox, make_project, disk, verb):
    made = []

    def run():
        if made:
            made[-1].close()
        fill(sandbox, COUNT)
        sandbox.reset(sandbox.customers(), consents=CONSENTS)
        made.append(make_project(journal=f"journal-{len(made)}.sqlite"))
        more = ({"cnst_1": True},) if verb == "update_consents" else ()
        return getattr(made[-1], verb)("s0", *more)

    disk.fill(0)
    run()
    for number in range(1, disk.writes + 1):
        disk.fill(number)
        # A consent that was given and cannot be remembered is told by a warning.
        with pytest.raises((VfyNotebookError, VfyNotebookWarning)) as caught:
            run()
        disk.make_room()
        done = sandbox.customer("s0") is None or bool(sandbox.sent_consents("s0"))
        told = isinstance(caught.value, VfyNotebookWarning) or caught.value.may_have_run
        assert told or not done, (number, caught.value)
