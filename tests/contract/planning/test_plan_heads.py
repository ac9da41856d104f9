"""What a plan says before everything else."""

from __future__ import annotations

from tests.contract.push_support import fill


def test_only_values_without_a_version_are_told_as_such(sandbox, project):
    fill(sandbox, 3)
    fetched = project.fetch_customers(progress=False)
    told = "rows hold values to set"
    assert told not in repr(project.plan_push(fetched.assign(name="New")))
    bare = fetched[["name"]].assign(name="New").reset_index()
    bare.attrs.clear()
    assert told in repr(project.plan_push(bare))
