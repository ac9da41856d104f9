"""What a CSV import's result tells of its rows."""

from __future__ import annotations

import pytest

from vfy_notebook.api.jobs import ImportFailure, JobResult
from vfy_notebook.push.outcomes.import_results import import_outcomes


@pytest.mark.parametrize(
    ("failure", "failed"),
    [
        (ImportFailure(row=1, source_id=None, reason="bad"), [0]),
        (ImportFailure(row=2, source_id=None, reason="bad"), [1]),
        (ImportFailure(row=None, source_id="c", reason="bad"), [2]),
        (ImportFailure(row=0, source_id="c", reason="bad"), [2]),
        (ImportFailure(row=4, source_id="a", reason="bad"), [0]),
    ],
)
def test_a_failure_is_its_rows_by_number_or_else_by_name(failure, failed):
    result = JobResult(done_count=2, failed_count=1, failed=(failure,))
    told = import_outcomes(["a", "b", "c"], "aa_1", "DONE", result)
    assert [at for at, each in enumerate(told) if each.outcome == "failed"] == failed
    assert {told[at].outcome for at in range(3) if at not in failed} == {"imported"}


def test_a_failure_of_nobody_here_leaves_the_others_unknown():
    failure = ImportFailure(row=None, source_id="somebody", reason="bad")
    result = JobResult(done_count=2, failed_count=1, failed=(failure,))
    told = import_outcomes(["a", "b", "c"], "aa_1", "DONE", result)
    assert {each.outcome for each in told} == {"unknown"}
