"""What planning costs for each cell, counted and not timed: no machine is quick or slow here."""

from __future__ import annotations

import sys

from tests.contract.push_support import fetched, fill

#: Calls of Python functions for each further changed cell of a wide edit.
MOST_CALLS_A_CELL = 1.0

KEYS = [f"key_{i:02}" for i in range(20)]


def calls_to_plan(project, sandbox, count):
    """How many Python functions are called to plan edits of twenty columns, with their batches."""
    fill(sandbox, count, metadata=dict.fromkeys(KEYS, "before"))
    _, after = fetched(project)
    for key in KEYS:
        after[f"metadata.{key}"] = after.index.astype("str")
    calls = 0

    def count_call(_frame, event, _argument):
        nonlocal calls
        calls += event == "call"

    sys.setprofile(count_call)
    try:
        plan = project.plan_push(after)
        requests = plan.calls
    finally:
        sys.setprofile(None)
    assert len(plan.edits) == count * len(KEYS)
    assert requests == {"bulk": -(-count // 100)}
    return calls


def test_a_wide_edit_is_planned_by_the_column(project, sandbox):
    few, many = calls_to_plan(project, sandbox, 100), calls_to_plan(project, sandbox, 900)
    calls_a_cell = (many - few) / (800 * len(KEYS))
    assert calls_a_cell < MOST_CALLS_A_CELL
