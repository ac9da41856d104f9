"""Large pushes: a hundred thousand edits in one plan."""

from __future__ import annotations

from tests.contract.push_support import push, writes

PEOPLE = 5_000
KEYS = [f"key_{i:02d}" for i in range(20)]


def test_a_hundred_thousand_edits_are_planned_pushed_and_taken_back(sandbox, make_project):
    sandbox.reset(
        [
            {
                "id": f"cust_{i:05d}",
                "source_id": f"s{i}",
                "metadata": dict.fromkeys(KEYS, f"old {i}"),
                "created_at": f"2024-01-01T{i // 3600:02d}:{i // 60 % 60:02d}:{i % 60:02d}.000Z",
            }
            for i in range(PEOPLE)
        ]
    )
    project = make_project()
    edited = project.fetch_customers(progress=False)
    for key in KEYS:
        edited[f"metadata.{key}"] = "new " + edited["source_id"]
    before = project.calls.total
    plan = project.plan_push(edited)
    assert len(plan.edits) == PEOPLE * len(KEYS)
    assert project.calls.total - before <= 5
    assert sum(plan.calls.values()) == PEOPLE / 100
    assert len(str(plan)) < 4_000
    assert len(plan._repr_html_()) < 40_000
    sandbox.forget_requests()
    report = push(plan)
    assert report.counts == {"updated": PEOPLE}
    assert writes(sandbox) == {"bulk": PEOPLE // 100}
    assert len(sandbox.requests()) < 2 * PEOPLE / 100
    undo = project.get_push(report.push_id).plan_undo()
    assert len(undo.edits) == PEOPLE * len(KEYS)
