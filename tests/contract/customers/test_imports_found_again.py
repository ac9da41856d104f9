"""A CSV import is among the pushes, and is followed to its end by any process."""

from __future__ import annotations

import pandas as pd
import pytest

from vfy_notebook.errors import (
    ApiError,
    ConnectError,
    ImportInterrupted,
    JournalError,
    OverwriteWarning,
    PlanError,
    PushFailed,
    PushInterrupted,
)
from vfy_notebook.journal.file import JournalFile

PATH = "/v1/customers/importCSV"
FRAME = pd.DataFrame({"source_id": ["a", "b"], "name": ["A", "B"]})
LOST = {"method": "POST", "path": PATH, "do": "lose", "nth": "every"}


def imported(project, **options):
    with pytest.warns(OverwriteWarning):
        return project.import_csv(FRAME, allow_partial=True, progress=False, **options)


def uploads(sandbox):
    return sum(r["path"] == PATH for r in sandbox.requests())


def refused(step, when="before"):
    """A disk that is full at a step of the journal."""

    def fail(name, moment):
        if (name, moment) == (step, when):
            raise OSError(28, "No space left on device")

    return staticmethod(fail)


def test_an_import_is_among_the_pushes(project, make_project):
    rows = imported(project)
    again = make_project()
    (push,) = again.pushes().to_dict("records")
    assert {push["push_id"]} == set(rows["push_id"])
    assert push["kind"] == "import"
    assert push["customers"] == 2
    assert push["outcomes"] == {"imported": 2}
    assert not push["resumable"]
    assert not push["undoable"]
    report = again.get_push(push["push_id"])
    assert report.rows["source_id"].tolist() == ["a", "b"]
    assert set(report.rows["async_action_id"]) == set(rows["async_action_id"])
    assert "Import" in repr(report)
    assert again.resume_push(push["push_id"]).counts == {"imported": 2}
    assert again.calls.total == 0


def test_rows_that_failed_are_told_again(sandbox, project):
    sandbox.set(job_failures={"b": "no such city"})
    rows = imported(project)
    assert rows["outcome"].tolist() == ["imported", "failed"]
    report = project.get_push(rows["push_id"].iloc[0])
    assert report.rows["outcome"].tolist() == ["imported", "failed"]
    assert report.rows["reason"].iloc[1] == rows["reason"].iloc[1] == "no such city"
    with pytest.raises(PushFailed, match="import_csv"):
        report.raise_if_failed()


@pytest.mark.parametrize("verb", ["plan_undo", "plan_retry"])
def test_an_import_cannot_be_taken_back_and_says_so(project, verb):
    rows = imported(project)
    report = project.get_push(rows["push_id"].iloc[0])
    with pytest.raises(PlanError, match="import_csv"):
        getattr(report, verb)()


@pytest.mark.parametrize("named", [True, False])
def test_one_that_was_cut_off_goes_on_in_another_process(sandbox, project, make_project, named):
    sandbox.script({"method": "GET", "path": "/v1/async*", "do": "status", "status": 401})
    with pytest.raises(ImportInterrupted) as caught:
        imported(project)
    push_id = caught.value.push_id
    assert push_id in str(caught.value)
    again = make_project()
    assert again.pushes()["resumable"].tolist() == [True]
    report = again.resume_push(push_id if named else None, progress=False)
    assert report.push_id == push_id
    assert report.is_finished
    assert report.counts == {"imported": 2}
    assert uploads(sandbox) == 1


def test_the_action_leads_to_the_same_entry(sandbox, project):
    sandbox.script({"method": "GET", "path": "/v1/async*", "do": "status", "status": 401})
    with pytest.raises(ImportInterrupted) as caught:
        imported(project)
    action_id = caught.value.async_action_id
    rows = project.import_csv(FRAME, async_action_id=action_id, progress=False)
    assert set(rows["push_id"]) == {caught.value.push_id}
    assert project.get_push(caught.value.push_id).counts == {"imported": 2}


def test_an_action_of_another_computer_has_no_entry(project, make_project):
    action_id = imported(project)["async_action_id"].iloc[0]
    elsewhere = make_project(journal="elsewhere.sqlite")
    rows = elsewhere.import_csv(FRAME, async_action_id=action_id, progress=False)
    assert rows["outcome"].tolist() == ["imported", "imported"]
    assert rows["push_id"].isna().all()


def test_one_that_does_not_end_stays_open_until_it_does(sandbox, project):
    sandbox.set(job_polls="never")
    rows = imported(project, timeout_s=60)
    push_id = rows["push_id"].iloc[0]
    assert project.resume_push(push_id, timeout_s=60, progress=False).counts == {"unknown": 2}
    assert project.pushes()["resumable"].tolist() == [True]
    sandbox.set(job_polls=0)
    assert project.resume_push(push_id, progress=False).counts == {"imported": 2}


def test_one_that_is_cut_off_again_goes_on_later(sandbox, project):
    sandbox.set(job_polls="never")
    push_id = imported(project, timeout_s=60)["push_id"].iloc[0]
    sandbox.script({"method": "GET", "path": "/v1/async*", "do": "status", "status": 401})
    with pytest.raises(PushInterrupted) as caught:
        project.resume_push(push_id, progress=False)
    assert caught.value.push_id == push_id
    sandbox.set(job_polls=0)
    assert project.resume_push(push_id, progress=False).counts == {"imported": 2}


def test_what_was_refused_leaves_no_entry(sandbox, project):
    sandbox.script({"method": "POST", "path": PATH, "do": "status", "status": 403})
    with pytest.raises(ApiError):
        imported(project)
    assert len(project.pushes()) == 0


def test_an_upload_without_an_answer_is_told_as_unknown(sandbox, project):
    sandbox.script(LOST)
    sandbox.set(async_list_lag=1000)
    with pytest.raises(ConnectError):
        imported(project)
    (push,) = project.pushes().to_dict("records")
    assert push["resumable"]
    report = project.resume_push(push["push_id"], progress=False)
    assert report.counts == {"unknown": 2}
    assert report.rows["reason"].str.contains("import the same file").all()
    assert not project.pushes()["resumable"].any()


@pytest.mark.parametrize("step", ["begin", "sending"])
def test_without_a_journal_nothing_is_uploaded(sandbox, project, monkeypatch, step):
    monkeypatch.setattr(JournalFile, "on_step", refused(step))
    with pytest.raises(JournalError):
        imported(project)
    assert uploads(sandbox) == 0


def test_a_disk_that_fills_after_the_upload_keeps_the_action(sandbox, project, monkeypatch):
    monkeypatch.setattr(JournalFile, "on_step", refused("sent"))
    with pytest.raises(ImportInterrupted) as caught:
        imported(project)
    monkeypatch.setattr(JournalFile, "on_step", None)
    action_id = caught.value.async_action_id
    rows = project.import_csv(FRAME, async_action_id=action_id, progress=False)
    assert rows["outcome"].tolist() == ["imported", "imported"]
    assert uploads(sandbox) == 1


@pytest.mark.parametrize("step", ["ended", "outcomes", "close"])
def test_a_disk_that_fills_at_the_end_costs_no_outcome(sandbox, project, monkeypatch, step):
    monkeypatch.setattr(JournalFile, "on_step", refused(step))
    rows = imported(project)
    assert rows["outcome"].tolist() == ["imported", "imported"]
    monkeypatch.setattr(JournalFile, "on_step", None)
    assert project.resume_push(rows["push_id"].iloc[0]).counts == {"imported": 2}


def test_who_is_deleted_for_ever_is_in_no_import(project):
    push_id = imported(project)["push_id"].iloc[0]
    project.delete_customer_permanently("a")
    assert project.get_push(push_id).rows["source_id"].tolist() == ["b"]
    assert b'"a"' not in project._journal_path.read_bytes()
