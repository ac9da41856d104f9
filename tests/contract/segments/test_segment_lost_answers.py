"""An answer that gets lost never makes a second segment, in this process or the next."""

from __future__ import annotations

import re
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.contract.segments.segment_support import fetched, kinds, made, members
from tests.processes import ENDS_S
from vfy_notebook.api.operations import Api
from vfy_notebook.errors import (
    ApiError,
    ConnectError,
    JournalError,
    PlanError,
    ResponseError,
    RunInterrupted,
    VfyNotebookError,
    VfyNotebookWarning,
)
from vfy_notebook.journal.file import JournalFile
from vfy_notebook.segments import runner

SEGMENTS = {"method": "POST", "path": "/v1/segments"}
#: The first look is whether the name is free, the second one for the lost segment.
LOOK = {"method": "GET", "path": "/v1/segments", "do": "status", "status": 403, "nth": 2}


@pytest.fixture
def customers(sandbox, project):
    return fetched(sandbox, project)


def entries(project, name="VIP"):
    with project._open_journal() as journal:
        return journal.open_segments(name)


@pytest.mark.parametrize("do", ["lose", "cut"])
@pytest.mark.parametrize("by_name", [True, False])
def test_a_lost_answer_is_looked_up_and_not_sent_again(sandbox, project, customers, do, by_name):
    sandbox.set(segments_by_name=by_name)
    sandbox.script({**SEGMENTS, "do": do})
    plan = project.plan_segment("VIP", customers.head(5))
    segment = plan.create(progress=False)
    assert made(sandbox) == 1
    assert project.fetch_segments().index.tolist() == segment.index.tolist()
    assert members(project, segment.index[0]) == set(customers.index[:5])
    assert plan.report.is_verified
    assert entries(project) == []


@pytest.mark.parametrize("same_members", [True, False])
def test_an_older_segment_of_a_like_name_is_not_taken_for_it(
    sandbox, project, customers, same_members
):
    older = project.plan_segment("vip  Gold", customers.head(5 if same_members else 6))
    older.create(progress=False)
    sandbox.script({**SEGMENTS, "do": "lose"})
    segment = project.plan_segment("VIP gold", customers.head(5)).create(progress=False)
    assert segment["name"].item() == "VIP gold"
    assert made(sandbox) == 2


def test_the_old_one_is_deleted_and_not_the_lost_one(make_project, sandbox, project, customers):
    old = project.plan_segment("VIP", customers.head(3)).create(progress=False)
    sandbox.script({**SEGMENTS, "do": "lose"}, {**LOOK, "nth": 3})
    with pytest.raises(ConnectError):
        project.plan_segment("VIP", customers.head(5), replace=True).create(progress=False)
    again = make_project().plan_segment("VIP", customers.head(5), replace=True)
    segment = again.create(delete_old="VIP", progress=False)
    assert again.report.deleted_old == old.index[0]
    assert project.fetch_segments().index.tolist() == segment.index.tolist()


def test_what_was_lost_is_never_deleted_as_the_old_one(make_project, sandbox, project, customers):
    """There was none before: the only one of this name is the one that was lost."""
    sandbox.script({**SEGMENTS, "do": "lose"}, {**LOOK, "nth": 3})
    with pytest.raises(ConnectError):
        project.plan_segment("VIP", customers.head(5), replace=True).create(progress=False)
    again = make_project().plan_segment("VIP", customers.head(5), replace=True)
    with pytest.raises(PlanError, match="leave it out"):
        again.create(delete_old="VIP", progress=False)
    again.create(progress=False)
    assert len(project.fetch_segments()) == 1


@pytest.mark.parametrize("status", [500, 502, 504])
def test_what_has_not_run_is_sent_again(sandbox, project, customers, status):
    sandbox.script({**SEGMENTS, "do": "status", "status": status})
    project.plan_segment("VIP", customers.head(5)).create(progress=False)
    assert made(sandbox) == 2
    assert len(project.fetch_segments()) == 1


def test_it_is_not_sent_for_ever(sandbox, project, customers):
    sandbox.script({**SEGMENTS, "do": "status", "status": 500, "nth": "every"})
    with pytest.raises(VfyNotebookError) as raised:
        project.plan_segment("VIP", customers.head(5)).create(progress=False)
    assert raised.value.may_have_run
    assert made(sandbox) == 3


@pytest.mark.parametrize("status", [400, 403, 429])
def test_a_refusal_leaves_nothing_behind(sandbox, project, customers, status):
    sandbox.script({**SEGMENTS, "do": "status", "status": status, "nth": "every"})
    with pytest.raises(ApiError):
        project.plan_segment("VIP", customers.head(5)).create(progress=False)
    assert entries(project) == []


@pytest.mark.parametrize("again", ["same plan", "new plan", "new process"])
def test_where_nobody_can_look_the_next_one_looks_first(
    make_project, sandbox, project, customers, again
):
    plan = project.plan_segment("VIP", customers.head(5))
    sandbox.script({**SEGMENTS, "do": "lose"}, LOOK)
    with pytest.raises(ConnectError) as raised:
        plan.create(progress=False)
    assert raised.value.may_have_run
    assert len(entries(project)) == 1
    if again != "same plan":
        other = project if again == "new plan" else make_project()
        plan = other.plan_segment("VIP", customers.head(5))
        assert kinds(plan, blocks=True) == set()
        assert "cut_off" in kinds(plan)
        assert project.fetch_segments().index[0] in str(plan)
    segment = plan.create(progress=False)
    assert made(sandbox) == 1
    assert members(project, segment.index[0]) == set(customers.index[:5])
    assert entries(project) == []


def test_other_customers_under_the_name_are_another_segment(sandbox, project, customers):
    plan = project.plan_segment("VIP", customers.head(5))
    sandbox.script({**SEGMENTS, "do": "lose"}, LOOK)
    with pytest.raises(ConnectError):
        plan.create(progress=False)
    other = project.plan_segment("VIP", customers.head(6))
    assert "name_taken" in kinds(other, blocks=True)


def test_a_colleagues_segment_is_not_taken_for_ours(
    make_project, sandbox, project, customers, monkeypatch
):
    """Our request is refused after it was lost; a colleague uses the name at the same moment."""
    colleague = make_project(journal="colleague.sqlite")
    plan = project.plan_segment("VIP", customers.head(5))
    theirs = colleague.plan_segment("VIP", customers.tail(7))
    real = Api.create_segment

    def lost(api, fields):
        monkeypatch.setattr(Api, "create_segment", real)
        theirs.create(progress=False)
        error = ResponseError("a proxy's page")
        error.may_have_run = True
        raise error

    monkeypatch.setattr(Api, "create_segment", lost)
    with pytest.raises(PlanError, match=theirs.order.name) as raised:
        plan.create(progress=False)
    assert theirs.report.segment_id in str(raised.value)
    assert made(sandbox) == 1
    assert entries(project) == []
    with pytest.raises(PlanError, match="come into being"):
        plan.create(progress=False)


@pytest.mark.parametrize("lag", [0, 2])
def test_members_that_come_late_do_not_hide_the_segment(sandbox, project, customers, lag):
    sandbox.set(new_members_polls=lag, segments_lag_polls=lag)
    sandbox.script({**SEGMENTS, "do": "lose"})
    plan = project.plan_segment("VIP", customers.head(5))
    plan.create(progress=False)
    assert made(sandbox) == 1
    assert plan.report.is_verified


def test_an_interrupt_is_told_and_the_next_call_looks_first(
    sandbox, project, customers, monkeypatch
):
    real = Api.create_segment

    def interrupted(api, fields):
        real(api, fields)
        raise KeyboardInterrupt

    plan = project.plan_segment("VIP", customers.head(5))
    monkeypatch.setattr(Api, "create_segment", interrupted)
    with pytest.raises(RunInterrupted, match="VIP"):
        plan.create(progress=False)
    monkeypatch.setattr(Api, "create_segment", real)
    plan.create(progress=False)
    assert made(sandbox) == 1
    assert len(project.fetch_segments()) == 1


def test_an_interrupt_while_members_are_read_leaves_the_report(
    sandbox, project, customers, monkeypatch
):
    def interrupted(*_):
        raise KeyboardInterrupt

    plan = project.plan_segment("VIP", customers.head(5))
    monkeypatch.setattr(runner, "verify_members", interrupted)
    with pytest.raises(RunInterrupted, match="seg_") as raised:
        plan.create(progress=False)
    assert raised.value.report.segment_id in project.fetch_segments().index
    with pytest.raises(PlanError, match="already"):
        plan.create(progress=False)


def test_a_members_list_that_cannot_be_read_costs_no_row(sandbox, project, customers):
    plan = project.plan_segment("VIP", customers.head(5))
    sandbox.script(
        {"path": "/v1/customers", "query": "*segment_id*", "do": "status", "status": 403}
        | {"nth": "every"}
    )
    with pytest.warns(match="could not be verified"):
        segment = plan.create(progress=False)
    assert segment.index[0] in project.fetch_segments().index
    assert not plan.report.is_verified


@pytest.mark.parametrize("step", ["begin segment", "end segment"])
def test_the_journal_has_it_before_it_is_sent(
    make_project, sandbox, project, customers, monkeypatch, step
):
    """The process dies at a step of the journal; the next one makes no second segment."""

    class DiedError(Exception):
        pass

    def die(name, when):
        if (name, when) == (step, "after" if step == "begin segment" else "before"):
            raise DiedError

    plan = project.plan_segment("VIP", customers.head(5))
    monkeypatch.setattr(JournalFile, "on_step", staticmethod(die))
    with pytest.raises(DiedError):
        plan.create(progress=False)
    assert made(sandbox) == (step == "end segment")
    monkeypatch.setattr(JournalFile, "on_step", None)
    again = make_project().plan_segment("VIP", customers.head(5))
    assert "cut_off" in kinds(again)
    again.create(progress=False)
    assert made(sandbox) == 1
    assert len(project.fetch_segments()) == 1


def running_twice(monkeypatch, when):
    """Something between here and the API sends the request again, or lets it wait."""
    real = Api.create_segment
    waiting = []

    def twice(api, fields):
        if waiting:
            for _ in waiting:
                real(api, fields)
            waiting.clear()
            return real(api, fields)
        if when == "answered":
            real(api, fields)
            return real(api, fields)
        waiting.append(fields)
        if when == "both before the first look":
            waiting.clear()
            real(api, fields)
            real(api, fields)
            monkeypatch.setattr(Api, "create_segment", real)
        error = ConnectError("lost")
        error.may_have_run = True
        raise error

    monkeypatch.setattr(Api, "create_segment", twice)


@pytest.mark.parametrize("when", ["answered", "both before the first look", "the first one late"])
@pytest.mark.parametrize("via", ["static", "metadata"])
def test_a_request_that_ran_twice_is_told(sandbox, project, customers, monkeypatch, when, via):
    plan = project.plan_segment("VIP", customers.head(5), via=via, new_keys=True)
    running_twice(monkeypatch, when)
    with pytest.warns(VfyNotebookWarning, match="2 times"):
        segment = plan.create(progress=False)
    both = {each["id"] for each in sandbox.segments()}
    assert {segment.index[0], *plan.report.doubles} == both
    assert len(both) == 2
    project.delete_segment(plan.report.doubles[0], confirm="VIP")


@pytest.mark.parametrize(
    "switches",
    [
        {"segments_by_name": False},
        {"segments_by_name": False, "segments_unknown": "refuse"},
    ],
)
def test_it_is_told_whatever_the_server_knows_of_names(
    sandbox, project, customers, monkeypatch, switches
):
    for i in range(101):  # more than a page, all older
        project._api.create_segment({"name": f"Other {i}", "type": "static", "customers": []})
    sandbox.set(**switches)
    plan = project.plan_segment("VIP", customers.head(5))
    running_twice(monkeypatch, "answered")
    with pytest.warns(VfyNotebookWarning, match="2 times"):
        plan.create(progress=False)
    assert len(plan.report.doubles) == 1


def test_another_segment_of_the_name_is_no_double(
    make_project, sandbox, project, customers, monkeypatch
):
    """A colleague makes one of other customers at the same moment."""
    theirs = make_project().plan_segment("VIP", customers.tail(7))
    plan = project.plan_segment("VIP", customers.head(5))
    real = Api.create_segment

    def beside(api, fields):
        monkeypatch.setattr(Api, "create_segment", real)
        real(api, theirs.order.fields())
        return real(api, fields)

    monkeypatch.setattr(Api, "create_segment", beside)
    plan.create(progress=False)
    assert plan.report.doubles == ()
    assert len(sandbox.segments()) == 2


def test_two_computers_that_make_it_at_the_same_moment_are_told_which_one_to_keep(
    make_project, sandbox, customers, monkeypatch
):
    """Both have seen that the name is free before either has sent."""
    together = threading.Barrier(2, timeout=ENDS_S)
    real = Api.create_segment

    def at_the_same_moment(api, fields):
        together.wait()
        made = real(api, fields)
        together.wait()
        return made

    plans = [
        make_project(journal=f"{who}.sqlite").plan_segment("VIP", customers.index[:5])
        for who in ("ann", "ben")
    ]
    monkeypatch.setattr(Api, "create_segment", at_the_same_moment)
    with ThreadPoolExecutor(2) as pool:
        reports = list(pool.map(lambda plan: plan.make(progress=False), plans))
    ids = [report.segment_id for report in reports]
    assert [report.doubles for report in reports] == [(ids[1],), (ids[0],)]
    kept = {re.search(r"Keep (seg_\w+)", report.told)[1] for report in reports}
    assert len(kept) == 1
    assert kept <= set(ids)


def test_where_nobody_can_look_it_is_told_that_it_may_be_there_twice(sandbox, project, customers):
    plan = project.plan_segment("VIP", customers.head(5))
    sandbox.script(LOOK)
    with pytest.warns(VfyNotebookWarning, match="twice could not be seen"):
        plan.create(progress=False)
    assert plan.report.is_verified


def full_disk(step):
    def fail(name, when):
        if (name, when) == (step, "before"):
            raise OSError(28, "No space left on device")

    return staticmethod(fail)


def test_without_a_journal_nothing_is_sent(sandbox, project, customers, monkeypatch):
    plan = project.plan_segment("VIP", customers.head(5))
    monkeypatch.setattr(JournalFile, "on_step", full_disk("begin segment"))
    with pytest.raises(JournalError):
        plan.create(progress=False)
    assert made(sandbox) == 0


def test_a_disk_that_fills_meanwhile_costs_no_segment(sandbox, project, customers, monkeypatch):
    plan = project.plan_segment("VIP", customers.head(5))
    monkeypatch.setattr(JournalFile, "on_step", full_disk("end segment"))
    segment = plan.create(progress=False)
    assert plan.report.is_verified
    monkeypatch.setattr(JournalFile, "on_step", None)
    again = project.plan_segment("VIP", customers.head(5)).create(progress=False)
    assert again.index[0] == segment.index[0]
    assert made(sandbox) == 1
    assert entries(project) == []


@pytest.mark.parametrize("do", ["lose", "cut"])
def test_a_lost_answer_to_a_deletion_is_success(sandbox, project, customers, do):
    segment = project.plan_segment("VIP", customers.head(3)).create(progress=False)
    sandbox.script({"method": "DELETE", "path": "/v1/segments/*", "do": do})
    project.delete_segment(segment.index[0], confirm="VIP")
    assert len(project.fetch_segments()) == 0
