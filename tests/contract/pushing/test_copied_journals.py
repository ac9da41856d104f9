"""A journal that was copied to another folder or computer, or moved there."""

from __future__ import annotations

import shutil

import pytest

from tests.contract.push_support import fill, push
from tests.faults.cut_off import push_cut_off
from vfy_notebook.errors import PlanError


def names(sandbox):
    return {customer["name"] for customer in sandbox.customers()}


@pytest.fixture
def cut_off(sandbox, make_project):
    """A project with a push of all four customers that was cut off before it was sent."""
    fill(sandbox, 4)
    project = make_project()
    push_cut_off("sending", "before", rows=slice(4))(sandbox, project)
    return project


def test_a_push_that_was_undone_with_the_original_is_not_sent_by_a_copy_unasked(
    sandbox, make_project, cut_off, tmp_path
):
    before = names(sandbox)
    shutil.copy(tmp_path / "journal.sqlite", tmp_path / "copy.sqlite")
    report = cut_off.resume_push(progress=False)
    assert names(sandbox) == {"New"}
    push(report.plan_undo())
    there = make_project(journal="copy.sqlite")
    sandbox.forget_requests()
    with pytest.raises(PlanError, match=report.push_id) as caught:
        there.resume_push(progress=False)
    assert "copy" in str(caught.value)
    assert [r for r in sandbox.requests() if r["method"] != "GET"] == []
    assert names(sandbox) == before
    # Who names it means it.
    assert there.resume_push(report.push_id, progress=False).counts == {"updated": 4}
    assert names(sandbox) == {"New"}
    assert push(there.get_push(report.push_id).plan_undo()).counts == {"updated": 4}
    assert names(sandbox) == before


def test_what_was_finished_with_the_original_is_seen_by_a_copy(
    sandbox, make_project, cut_off, tmp_path
):
    shutil.copy(tmp_path / "journal.sqlite", tmp_path / "copy.sqlite")
    report = cut_off.resume_push(progress=False)
    there = make_project(journal="copy.sqlite")
    sandbox.forget_requests()
    assert there.resume_push(report.push_id, progress=False).counts == {"updated": 4}
    assert [r for r in sandbox.requests() if r["method"] != "GET"] == []


def test_an_undo_by_a_copy_after_the_undo_has_nothing_to_do(sandbox, make_project, tmp_path):
    fill(sandbox, 4)
    project = make_project()
    customers = project.fetch_customers(progress=False)
    report = push(project.plan_push(customers.assign(name="New")))
    shutil.copy(tmp_path / "journal.sqlite", tmp_path / "copy.sqlite")
    push(report.plan_undo())
    there = make_project(journal="copy.sqlite")
    undo = there.get_push(report.push_id).plan_undo()
    assert undo.edits.empty
    assert push(undo).rows.empty


def test_a_journal_that_was_moved_is_the_same(sandbox, make_project, cut_off, tmp_path):
    cut_off.close()
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "journal.sqlite").rename(tmp_path / "elsewhere" / "moved.sqlite")
    moved = make_project(journal="elsewhere/moved.sqlite")
    assert moved.resume_push(progress=False).counts == {"updated": 4}
