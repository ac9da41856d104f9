from __future__ import annotations

import time

import pytest

from tests.unit.edits.frames import change_of
from vfy_notebook.edits.problems.problems import Problem
from vfy_notebook.edits.tables.changes import Changes
from vfy_notebook.errors import PlanError
from vfy_notebook.journal.entries import Base
from vfy_notebook.push.plan import PlanOptions, PushPlan
from vfy_notebook.push.preview import HTML_EDITS, TEXT_EDITS
from vfy_notebook.shown_text import shown_text

EVIL = "<img src=x onerror=alert(1)>"


def plan_of(changes, problems=(), **options):
    return PushPlan(None, Changes.of(changes), list(problems), Base(0), PlanOptions(**options))


def test_text_shows_numbers_calls_and_values():
    plan = plan_of(
        [
            change_of(
                0, {"metadata.tier": "gold", "name": None}, before={"metadata.tier": 1, "name": "A"}
            ),
            change_of(1, {"name": "B"}, source_id=None),
        ]
    )
    text = str(plan)
    assert text.startswith("Push: 2 customers, 3 cells, 2 API calls to write (1 bulk, 1 put)")
    assert 'cust_0  metadata.tier: 1 → "gold"' in text
    assert 'cust_0  name: "A" → null' in text
    assert "name is emptied, null is stored: 1 customer (cust_0)." in text
    assert "The key stays" not in text


def test_an_emptied_key_is_said_to_stay():
    plan = plan_of([change_of(0, {"metadata.tier": None}, before={"metadata.tier": "x"})])
    assert "The key stays" in str(plan)
    assert list(plan.problems["kind"]) == ["null"]
    assert not plan.problems["blocks"].any()


def test_a_plan_without_edits_says_so():
    plan = plan_of([])
    assert str(plan) == "Push: nothing to push"
    assert plan.calls == {}
    assert plan.edits.empty
    assert list(plan.edits.columns) == ["customer_id", "source_id", "field", "before", "after"]
    assert "nothing to push" in plan._repr_html_()


def test_customers_texts_cannot_become_markup():
    change = change_of(0, {f"metadata.{EVIL}": EVIL}, before={f"metadata.{EVIL}": EVIL + "!"})
    change.customer_id = EVIL
    problem = Problem("value", f"{EVIL} is bad", blocks=True, customers=(EVIL,))
    shown = plan_of([change], [problem])._repr_html_()
    assert "<img" not in shown
    assert "&lt;img src=x" in shown


def test_blocking_problems_come_first():
    problems = [
        Problem("a", "only a note", blocks=False),
        Problem("b", "in the way", blocks=True),
    ]
    plan = plan_of([change_of(0, {"name": "x"})], problems)
    assert list(plan.problems["message"]) == ["in the way.", "only a note."]
    assert str(plan).index("in the way") < str(plan).index("only a note")


def test_100_000_edits_are_shown_small_and_at_once():
    plan = plan_of(change_of(i, {"metadata.n": i}) for i in range(100_000))
    started = time.process_time()
    shown = plan._repr_html_()
    assert time.process_time() - started < 5
    assert len(shown) < 40_000
    assert shown.count("<tr><td>") == HTML_EDITS + 1
    assert f"and {100_000 - HTML_EDITS:,} more" in shown
    assert f"and {100_000 - TEXT_EDITS:,} more" in str(plan)


def test_long_values_are_shortened():
    plan = plan_of([change_of(0, {"name": "x" * 1000})])
    assert len(str(plan)) < 400
    assert plan.edits["after"][0] == "x" * 1000


def test_edits_are_a_frame_of_the_apis_values():
    plan = plan_of(
        [change_of(0, {"metadata.a": [1], "name": None}, before={"metadata.a": None, "name": "x"})]
    )
    edits = plan.edits
    assert edits["field"].tolist() == ["metadata.a", "name"]
    assert edits["before"].tolist() == [None, "x"]
    assert edits["after"].tolist() == [[1], None]
    assert edits["customer_id"].tolist() == ["cust_0", "cust_0"]
    assert plan.edits is edits


def test_a_change_too_large_for_a_request_blocks():
    plan = plan_of([change_of(0, {"name": "x" * 11_000_000}), change_of(1, {"name": "x"})])
    assert plan.calls == {"bulk": 1}
    (problem,) = plan.problems.to_dict("records")
    assert problem["kind"] == "too_large"
    assert problem["customers"] == ["cust_0"]
    assert problem["blocks"]


# -- small, whatever comes -------------------------------------------------------------------------

UGLY = [
    "x" * 3000,
    EVIL * 90,
    "\x1b[31m" * 300,
    "日本" * 900,
    "'\"&" * 500,
    "\u202e" * 400,
]


def ugly_plan(text):
    changes = []
    for i in range(300):
        change = change_of(i, {f"metadata.{text}{j}": [text] for j in range(5)})
        change.customer_id = change.label = f"{text}{i}"
        changes.append(change)
    problems = [
        Problem(
            kind=f"kind{i}",
            what=text,
            blocks=i % 2 == 0,
            customers=tuple(f"{text}{j}" for j in range(30)),
            field=f"metadata.{text}{i}",
            example=text,
            way_out=text,
        )
        for i in range(500)
    ]
    return PushPlan(None, Changes.of(changes), problems, Base(0), PlanOptions(), lambda _: text)


@pytest.mark.parametrize("text", UGLY)
def test_text_and_html_stay_small_for_any_frame(text):
    plan = ugly_plan(text)
    assert len(str(plan).encode()) < 4000
    assert len(repr(plan).encode()) < 4000
    assert len(plan._repr_html_().encode()) < 40_000
    with pytest.raises(PlanError) as refused:
        plan.refuse_if_blocked()
    assert len(str(refused.value).encode()) < 4000
    assert "more problems: see plan.problems" in str(refused.value)
    assert len(plan.problems) == 500


@pytest.mark.parametrize("text", UGLY)
def test_text_and_html_hold_nothing_that_is_obeyed(text):
    plan = ugly_plan(text)
    for shown in (*str(plan).split("\n"), plan._repr_html_()):
        assert shown_text(shown) == shown
    assert "<img" not in plan._repr_html_()


def test_edits_are_seen_beside_many_problems():
    problems = [Problem(f"kind{i}", f"problem {i}", blocks=False) for i in range(500)]
    text = str(plan_of([change_of(0, {"name": "Ann"})], problems))
    assert 'cust_0  name: null → "Ann"' in text
    assert "see plan.problems" in text


def test_names_stand_beside_ids_in_edits_and_problems():
    change = change_of(0, {"phone": None}, before={"phone": "1"})
    names = {"cust_0": "Ann <b>Lee</b>"}.get
    plan = PushPlan(None, Changes.of([change]), [], Base(0), PlanOptions(), names)
    assert 'cust_0, Ann <b>Lee</b>  phone: "1" → null' in str(plan)
    assert "cust_0, Ann &lt;b&gt;Lee&lt;/b&gt;" in plan._repr_html_()
    assert "(cust_0, Ann <b>Lee</b>)" in plan.problems["message"][0]


@pytest.mark.parametrize(
    ("before", "after", "shown"),
    [
        ("Ann", "Ann ", '"Ann" → "Ann\\x20"'),
        ("José", "Jose\u0301", '"Jos\\xe9" → "Jose\\u0301"'),
        ("Ann", "Ann\u200b", '"Ann" → "Ann\\u200b"'),
        ("Ann", "Bob", '"Ann" → "Bob"'),
        ("1", 1, '"1" → 1'),
        (True, "True", 'true → "True"'),
    ],
)
def test_a_difference_is_seen(before, after, shown):
    assert shown in str(plan_of([change_of(0, {"name": after}, before={"name": before})]))


@pytest.mark.parametrize("wrap", [str, lambda text: [text]])
def test_a_difference_deep_in_a_long_value_is_in_sight(wrap):
    one, other = wrap("x" * 900 + "a"), wrap("x" * 900 + "b")
    text = str(plan_of([change_of(0, {"metadata.t": other}, before={"metadata.t": one})]))
    before, after = text.splitlines()[-1].split(" → ")
    assert before.rstrip("]'\"").endswith("xa")
    assert after.rstrip("]'\"").endswith("xb")
