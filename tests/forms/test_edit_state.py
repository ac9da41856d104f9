"""The edit form without widgets: what it knows and does."""

from __future__ import annotations

from datetime import date

import pandas as pd
import pytest

from vfy_notebook.edits.one_value import EditableField, ValueKind
from vfy_notebook.forms.editing.edits import EditState
from vfy_notebook.forms.state import Confirmation, Tone
from vfy_notebook.frames.conditions import Condition, Test
from vfy_notebook.progress import ProgressDisplay

SCHEMA = {
    "properties": {
        "tier": {"type": "string", "eq": ["bronze", "silver", "gold"]},
        "score": {"type": "number"},
        "member": {"type": "boolean"},
        "since": {"type": "date"},
        "seen": {"type": "datetime"},
        "genres": {"type": "string", "array": True},
        "old": {"type": "string", "deleted": True},
    }
}


@pytest.fixture
def sandbox(sandbox):
    people = sandbox.customers()
    for person in people:
        person["metadata"]["extra"] = "x"
        person["metadata"]["old"] = "y"
    sandbox.reset(people, metadata_schema=SCHEMA)
    return sandbox


@pytest.fixture
def state(project, customers):
    return EditState(project, customers)


def field(state, name):
    (found,) = [f for f in state.fields if f.name == name]
    return found


def metadata(sandbox, key):
    return [c["metadata"].get(key) for c in sandbox.customers()]


GOLD = Condition("metadata.tier", Test.IS, "gold")
TIER = "metadata.tier"


def previewed(state, name, value, *, conditions=(), empty=False):
    """A plan on the screen, confirmed where that is asked for."""
    state.pick(conditions)
    order = state.order(field(state, name), value, empty=empty)
    state.preview(order, False)
    state.confirmation.typed = state.required
    return state.plan


def test_the_schema_says_how_values_are_put_in(state):
    kinds = {f.name: f.kind for f in state.fields}
    assert kinds["metadata.tier"] is ValueKind.LISTED
    assert field(state, TIER).options == ("bronze", "silver", "gold")
    assert kinds["metadata.score"] is ValueKind.NUMBER
    assert kinds["metadata.member"] is ValueKind.FLAG
    assert kinds["metadata.since"] is ValueKind.DATE
    assert kinds["metadata.seen"] is ValueKind.TIME
    assert kinds["metadata.genres"] is ValueKind.JSON
    assert kinds["metadata.extra"] is ValueKind.TEXT
    assert kinds["birthdate"] is ValueKind.DATE
    assert kinds["address.city"] is ValueKind.TEXT
    assert "metadata.old" not in kinds
    assert not {"created_at", "summary.orders.total_count", "source_id"} & kinds.keys()


def test_without_a_schema_types_are_those_seen(sandbox, project, customers):
    sandbox.reset(sandbox.customers())
    state = EditState(project, customers)
    assert field(state, "metadata.score").kind is ValueKind.NUMBER
    assert field(state, TIER).kind is ValueKind.TEXT
    assert state.takes_new_keys


def test_where_only_defined_keys_are_allowed_none_can_be_made_up(sandbox, project, customers):
    sandbox.reset(sandbox.customers(), metadata_schema={**SCHEMA, "allow_defined_only": True})
    state = EditState(project, customers)
    assert not state.takes_new_keys
    assert "metadata.extra" not in {f.name for f in state.fields}


def test_without_customers_they_are_fetched_in_the_form(project):
    state = EditState(project)
    assert state.fetchable
    assert state.picked_sentence == "No customers yet: fetch them first."
    assert state.order(EditableField("name", ValueKind.TEXT), "x", empty=False) is None
    state.fetch(False)
    assert state.picked_sentence == "All 8 customers."


def test_conditions_pick_and_the_sentence_counts(state):
    state.pick([GOLD])
    assert state.picked_sentence == "3 of 8 customers match."
    state.pick([GOLD, Condition("metadata.score", Test.AT_LEAST, "1")])
    assert state.picked_sentence == "2 of 8 customers match."
    state.pick([Condition("metadata.score", Test.AT_LEAST, "many")])
    assert "metadata.score is at least 'many': that is not a number" in state.picked_sentence


def test_a_preview_writes_nothing_and_a_push_writes_what_was_previewed(sandbox, state):
    plan = previewed(state, TIER, "bronze", conditions=[GOLD])
    assert state.changes == 3
    assert set(plan.edits["after"]) == {"bronze"}
    assert metadata(sandbox, "tier").count("bronze") == 0
    assert state.can_push
    state.push(state.take_plan(), False)
    assert metadata(sandbox, "tier").count("bronze") == 3
    assert metadata(sandbox, "extra") == ["x"] * 8
    assert state.message.text == "Pushed: 3 updated."
    assert state.message.tone is Tone.GOOD


def test_a_plan_is_taken_once_and_any_change_makes_it_stale(state):
    previewed(state, TIER, "bronze")
    assert state.take_plan() is not None
    assert state.take_plan() is None
    previewed(state, TIER, "bronze")
    state.pick([GOLD])
    assert not state.can_push
    previewed(state, TIER, "bronze")
    state.forget_preview()
    assert state.take_plan() is None


@pytest.mark.parametrize(
    ("name", "value", "stored"),
    [
        ("metadata.score", "2,357", 2357),
        ("metadata.member", False, False),
        ("metadata.since", date(2024, 1, 31), "2024-01-31"),
        ("metadata.seen", pd.Timestamp("2024-01-31 12:30"), "2024-01-31T12:30:00.000Z"),
        ("metadata.genres", '["rock", "jazz"]', ["rock", "jazz"]),
        ("metadata.extra", "żółw", "żółw"),
    ],
)
def test_values_arrive_as_what_they_were_put_in_as(sandbox, state, name, value, stored):
    previewed(state, name, value, conditions=[GOLD])
    assert state.message.tone is Tone.GOOD, state.message
    state.push(state.take_plan(), False)
    assert metadata(sandbox, name.removeprefix("metadata.")).count(stored) == 3


def test_fields_and_birthdates_can_be_edited_too(sandbox, state):
    previewed(state, "birthdate", date(1990, 5, 1), conditions=[GOLD])
    state.push(state.take_plan(), False)
    previewed(state, "address.city", "Gdańsk", conditions=[GOLD])
    state.push(state.take_plan(), False)
    golden = [c for c in sandbox.customers() if c["metadata"]["tier"] == "gold"]
    assert {c["birthdate"] for c in golden} == {"1990-05-01"}
    assert {c["address"]["city"] for c in golden} == {"Gdańsk"}


def test_a_new_key_is_made_up(sandbox, state):
    order = state.order(EditableField(" wave ", ValueKind.NUMBER), "2", empty=False, is_new=True)
    state.preview(order, False)
    state.confirmation.typed = "8"
    state.push(state.take_plan(), False)
    assert metadata(sandbox, "wave") == [2] * 8


def test_what_the_form_does_not_edit_is_not_spoken_of(state):
    previewed(state, TIER, "silver", conditions=[GOLD])
    assert len(state.plan.problems) == 0


def test_emptying_stores_null(sandbox, state):
    previewed(state, "metadata.extra", None, conditions=[GOLD], empty=True)
    state.push(state.take_plan(), False)
    assert metadata(sandbox, "extra").count(None) == 3


@pytest.mark.parametrize(
    ("name", "given", "says"),
    [
        ("metadata.extra", "", "metadata.extra to what?"),
        ("metadata.since", None, "metadata.since to what?"),
        ("metadata.genres", "rock, jazz", "'rock, jazz' is no JSON"),
        ("metadata.score", "", "metadata.score to what?"),
        ("metadata.score", "2,5", "'2,5' is not a number"),
        ("metadata.score", "many", "'many' is not a number"),
        ("metadata.member", None, "metadata.member to what?"),
    ],
)
def test_what_cannot_be_meant_is_a_sentence_and_costs_nothing(project, state, name, given, says):
    calls = project.calls.total
    assert state.order(field(state, name), given, empty=False) is None
    assert says in state.message.text
    assert project.calls.total == calls


def test_a_key_without_a_name_is_a_sentence(state):
    nameless = EditableField("  ", ValueKind.TEXT)
    assert state.order(nameless, "x", empty=False, is_new=True) is None
    assert "has no name" in state.message.text


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        ("tier", "metadata.tier is there already"),
        ("metadata.tier", "metadata.tier is there already"),
        (" Metadata.metadata.tier ", "metadata.tier is there already"),
        ('"wave"', "quotation marks"),
        ("\u201ewave\u201c", "quotation marks"),
        ("wa\nve", "line end"),
        ("wa\u200bve", "cannot be seen"),
        ("metadata.", "has no name"),
    ],
)
def test_a_new_key_that_cannot_be_meant_is_a_sentence(project, state, typed, says):
    calls = project.calls.total
    new = EditableField(typed, ValueKind.TEXT)
    assert state.order(new, "x", empty=False, is_new=True) is None
    assert says in state.message.text
    assert project.calls.total == calls


def test_a_new_key_is_written_without_metadata_before_it(sandbox, state):
    new = EditableField("metadata.wave", ValueKind.TEXT)
    state.preview(state.order(new, "x", empty=False, is_new=True), False)
    assert set(state.plan.edits["field"]) == {"metadata.wave"}


@pytest.mark.parametrize(
    ("typed", "resembles"),
    [
        ("teir", "metadata.tier"),
        ("metadata.Tier", "metadata.tier"),
        ("metadta.tier", "metadata.tier"),
        ("E-Mail", None),
        ("email", "email"),
        ("wave", None),
    ],
)
def test_what_a_new_key_resembles_is_said_while_it_is_typed(state, typed, resembles):
    told = state.about_new_key(typed)
    assert ("It resembles" in told) == (resembles is not None)
    assert resembles is None or resembles in told


# -- confirming ------------------------------------------------------------------------------


def test_without_a_condition_the_number_must_be_typed(sandbox, state):
    state.preview(state.order(field(state, TIER), "bronze", empty=False), False)
    assert state.required == "8"
    assert not state.can_push
    assert state.take_plan() is None
    state.confirmation.typed = "7"
    assert state.take_plan() is None
    state.confirmation.typed = " 8 "
    assert state.take_plan() is not None
    assert metadata(sandbox, "tier").count("bronze") == 0


def test_for_more_than_half_too_and_for_fewer_not(state):
    state.pick([Condition("metadata.score", Test.AT_LEAST, "4")])  # four of eight
    state.preview(state.order(field(state, "name"), "X", empty=False), False)
    assert state.required == ""
    assert state.can_push
    state.pick([Condition("metadata.score", Test.AT_LEAST, "3")])
    state.preview(state.order(field(state, "name"), "X", empty=False), False)
    assert state.required == "5"
    assert not state.can_push


def test_a_confirmation_is_for_one_preview(state):
    previewed(state, TIER, "bronze")
    assert state.can_push
    state.forget_preview()
    state.preview(state.order(field(state, TIER), "gold", empty=False), False)
    assert not state.can_push


@pytest.mark.parametrize(
    ("typed", "required", "fits"),
    [
        ("2357", "2357", True),
        ("2,357", "2357", True),
        (" 2 357 ", "2357", True),
        ("2\u202f357", "2357", True),
        ("23,57", "2357", False),
        ("2357.0", "2357", False),
        ("-2357", "2357", False),
        ("+2357", "2357", False),
        ("02357", "2357", False),
        ("", "2357", False),
        ("DELETE 2,357", "DELETE 2357", True),
        ("DELETE 2357", "DELETE 2357", True),
        ("delete 2357", "DELETE 2357", False),
        ("DELETE2357", "DELETE 2357", False),
        ("2357", "DELETE 2357", False),
        ("DELETE 2357", "2357", False),
    ],
)
def test_a_number_may_be_typed_as_it_is_shown(typed, required, fits):
    confirmation = Confirmation()
    confirmation.typed = typed
    assert confirmation.fits(required) is fits


def test_what_the_schema_forbids_blocks_the_push(sandbox, state):
    previewed(state, "metadata.genres", '{"a": 1}')
    assert state.plan is not None
    assert any(state.plan.problems["blocks"])
    assert not state.can_push
    assert state.take_plan() is None


def test_nothing_to_change_is_said(state):
    previewed(state, TIER, "gold", conditions=[GOLD])
    assert "have that value already" in state.message.text
    assert not state.can_push


def test_an_undo_is_previewed_and_pushed_like_any_plan(sandbox, state):
    before = metadata(sandbox, "tier")
    previewed(state, TIER, "bronze")
    state.push(state.take_plan(), False)
    assert state.can_undo
    state.preview_undo(False)
    assert not state.can_undo
    assert metadata(sandbox, "tier") == ["bronze"] * 8
    state.confirmation.typed = state.required
    state.push(state.take_plan(), False)
    assert metadata(sandbox, "tier") == before
    assert state.message.text == "Undone: 8 updated."
    assert state.is_undone
    state.preview_undo(False)
    state.confirmation.typed = state.required
    state.push(state.take_plan(), False)
    assert metadata(sandbox, "tier") == ["bronze"] * 8
    assert state.message.text == "Redone: 8 updated."
    assert not state.is_undone


def test_one_edit_can_follow_another_on_the_same_customers(sandbox, state):
    for tier in ("bronze", "silver", "gold"):
        previewed(state, TIER, tier)
        assert state.can_push, state.plan.problems
        state.push(state.take_plan(), False)
    assert metadata(sandbox, "tier") == ["gold"] * 8
    assert list(state.customers.index) == [f"cust_{i}" for i in range(8)]
    assert state.picked_sentence == (
        "All 8 customers (before the last push; the next preview reads what has changed)."
    )
    previewed(state, TIER, "silver", conditions=[GOLD])
    assert state.picked_sentence == "8 of 8 customers match."


def test_a_change_by_someone_else_blocks_and_is_told(sandbox, state):
    sandbox.touch("cust_0", metadata={"tier": "platinum"})
    previewed(state, TIER, "bronze", conditions=[GOLD])
    assert not state.can_push
    assert "cust_0" in str(list(state.plan.problems["message"]))


class _Stops(ProgressDisplay):
    def show(self, done, *_, **__):
        if done >= 1:
            raise KeyboardInterrupt


def test_a_push_that_was_stopped_can_be_continued(sandbox, project, state):
    plan = previewed(state, TIER, "bronze")
    assert plan is not None
    state.push(state.take_plan(), _Stops())
    assert state.message.text.startswith("The push was cut off")
    assert state.can_go_on
    state.go_on(False)
    assert not state.can_go_on
    assert metadata(sandbox, "tier") == ["bronze"] * 8


def test_failures_are_sentences(sandbox, project, customers, state):
    sandbox.script(
        {"nth": "every", "do": "status", "status": 403, "body": {"code": 403, "key": "forbidden"}}
    )
    previewed(state, TIER, "bronze")
    assert state.message.tone is Tone.BAD
    assert "may not do that" in state.message.text
    assert not state.can_push
    assert "403" in EditState(project, customers).message.text


class Waits(ProgressDisplay):
    """What a form's bar is told; it may be stopped there, as by *Stop*."""

    def __init__(self, *, stops=False):
        self.told = []
        self._stops = stops

    def show(self, done, total, facts, *, urgent):  # noqa: ARG002
        self.told.append(urgent)
        if urgent and self._stops:
            raise KeyboardInterrupt


def test_a_preview_tells_what_it_waits_for_and_can_be_stopped_there(sandbox, state):
    order = state.order(field(state, TIER), "gold", empty=False)
    sandbox.script({"path": "/v1/customers*", "do": "status", "status": 503})
    waits = Waits(stops=True)
    state.preview(order, waits)
    assert "503; trying again in" in waits.told[-1]
    assert state.plan is None
    assert "Stopped" in state.message.text
    sandbox.script({"path": "/v1/customers*", "do": "status", "status": 503})
    waits = Waits()
    state.preview(order, waits)
    assert any("503; trying again in" in each for each in waits.told)
    assert state.changes


def test_an_undo_tells_what_it_waits_for(sandbox, state):
    previewed(state, TIER, "gold")
    state.push(state.take_plan(), False)
    sandbox.script({"path": "/v1/customers*", "do": "status", "status": 503})
    waits = Waits()
    state.preview_undo(waits)
    assert any("503; trying again in" in each for each in waits.told)
    assert state.changes


def test_where_there_is_nobody_there_is_nothing_to_preview(project, customers):
    state = EditState(project, customers[:0])
    assert not state.has_customers
    assert state.picked_sentence == "There are no customers to choose from."
