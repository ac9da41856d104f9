"""The segment form without widgets: what it knows and does."""

from __future__ import annotations

import pytest

from vfy_notebook.errors import PushInterrupted, RunInterrupted
from vfy_notebook.forms.segments import segment
from vfy_notebook.forms.segments.segment import SegmentState
from vfy_notebook.forms.state import Tone
from vfy_notebook.frames.conditions import Condition, Test
from vfy_notebook.progress import ProgressDisplay
from vfy_notebook.segments import planner

GOLD = Condition("metadata.tier", Test.IS, "gold")
LOST = {"method": "POST", "path": "/v1/segments", "do": "lose"}


@pytest.fixture
def state(project, customers):
    return SegmentState(project, customers)


def previewed(state, name="VIP", *, conditions=(GOLD,), replaces=False, key=""):
    state.pick(conditions)
    state.preview(state.request(name, replaces=replaces, key=key), False)
    return state.plan


def made(sandbox):
    return [r for r in sandbox.requests() if r["method"] != "GET"]


def test_conditions_choose_who_gets_in(sandbox, state, project):
    plan = previewed(state)
    assert "3 customers" in state.message.text
    assert made(sandbox) == []
    assert state.can_create
    assert state.take_plan() is plan
    assert state.take_plan() is None
    state.create(plan, False)
    assert state.message.tone is Tone.GOOD
    found = project.fetch_memberships(segments=["VIP"], progress=False)
    assert found["customer_id"].tolist() == ["cust_0", "cust_3", "cust_6"]
    assert state.report.segment_id in state.message.text


def test_without_conditions_all_customers_are_meant(state):
    assert len(previewed(state, conditions=())) == 8


def test_a_frame_without_columns_will_do(project, customers):
    state = SegmentState(project, customers.index.tolist()[:3])
    assert len(previewed(state, conditions=())) == 3


def test_customers_are_fetched_in_the_form(project):
    state = SegmentState(project)
    assert state.request("VIP", replaces=False) is None
    state.fetch(False)
    assert len(previewed(state)) == 3


def test_a_segment_wants_a_name(state):
    assert state.request("  ", replaces=False) is None
    assert state.message.tone is Tone.WARNING


@pytest.mark.parametrize("name", ["seg_1", "VIP\u200b", "x" * 300])
def test_what_is_no_name_is_a_sentence(sandbox, state, name):
    previewed(state, name)
    assert state.message.tone is Tone.BAD
    assert not state.can_create
    assert made(sandbox) == []


def test_nobody_makes_no_segment(state):
    previewed(state, conditions=[Condition("metadata.tier", Test.IS, "platinum")])
    assert state.message.tone is Tone.WARNING
    assert not state.can_create
    assert state.take_plan() is None


def test_a_taken_name_is_told_and_may_be_replaced(state, project):
    state.create(previewed(state), False)
    plan = previewed(state)
    assert not state.can_create
    assert "replace" in str(plan)
    state.create(previewed(state, replaces=True), False)
    assert len(project.fetch_segments()) == 2


def test_another_condition_takes_the_preview_away(state):
    previewed(state)
    state.pick([])
    assert state.plan is None


def test_members_who_are_missing_are_told(sandbox, state):
    plan = previewed(state)
    sandbox.remove(["cust_3"])
    state.create(plan, False)
    assert state.message.tone is Tone.WARNING
    assert "cust_3" in state.message.text
    assert state.report.missing == ("cust_3",)


def test_what_may_have_been_made_can_be_tried_again(sandbox, state, project):
    plan = previewed(state)
    look = {"method": "GET", "path": "/v1/segments", "do": "status", "status": 403, "nth": 2}
    sandbox.script(LOST, look)
    state.create(plan, False)
    assert state.message.tone is Tone.BAD
    assert state.can_create
    state.create(state.take_plan(), False)
    assert state.message.tone is Tone.GOOD
    assert len(project.fetch_segments()) == 1


def test_a_refused_segment_is_a_sentence(sandbox, state):
    plan = previewed(state)
    sandbox.script({**LOST, "do": "status", "status": 403})
    state.create(plan, False)
    assert state.message.tone is Tone.BAD
    assert state.plan is None


@pytest.mark.parametrize("kind", [RunInterrupted, PushInterrupted])
def test_a_stop_is_a_sentence(state, monkeypatch, kind):
    plan = previewed(state)
    options = {"push_id": "push_1"} if kind is PushInterrupted else {}

    def stopped(**_):
        raise kind("stopped in between", report=None, **options)

    monkeypatch.setattr(plan, "make", stopped)
    state.create(plan, False)
    assert "stopped in between" in state.message.text
    assert state.can_create is (kind is RunInterrupted)


def test_many_are_flagged_by_a_key_that_is_typed(sandbox, project, monkeypatch):
    monkeypatch.setattr(planner, "MAX_STATIC_MEMBERS", 5)
    monkeypatch.setattr(segment, "MAX_STATIC_MEMBERS", 5)
    sandbox.set(untyped_flags="found")
    state = SegmentState(project, project.fetch_customers(progress=False))
    assert state.needs_key
    assert "resembles metadata.tier" in state.about_key("teir")
    for typed in ("", "tier", "vip"):
        assert "boolean" in state.about_key(typed)
        assert "resembles" not in state.about_key(typed)
    refused = previewed(state, conditions=(), key="'vip'")
    assert refused is None
    assert "quotation marks" in state.message.text
    state.pick([GOLD])
    assert not state.needs_key
    assert state.about_key("teir") == ""
    plan = previewed(state, conditions=(), key="vip")
    assert plan.flag.key == "vip"
    state.create(plan, False)
    assert state.report.is_verified
    assert {c["metadata"]["vip"] for c in sandbox.customers()} == {True}


def test_a_condition_that_is_not_finished_is_no_error(project, customers, monkeypatch):
    monkeypatch.setattr(segment, "MAX_STATIC_MEMBERS", 5)
    state = SegmentState(project, customers)
    state.pick([Condition("metadata.score", Test.AT_LEAST, "many")])
    assert not state.needs_key


class _StopsWhereItWaits(ProgressDisplay):
    def show(self, *_, urgent, **__):
        if urgent:
            raise KeyboardInterrupt


def test_a_preview_can_be_stopped_while_a_call_waits(sandbox, state):
    sandbox.script({"path": "/v1/segments*", "do": "status", "status": 503})
    state.pick([GOLD])
    state.preview(state.request("VIP", replaces=False), _StopsWhereItWaits())
    assert state.plan is None
    assert "Stopped" in state.message.text
