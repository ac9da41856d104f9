"""What a report tells of rows whose outcome is not known yet, and of those that failed."""

from __future__ import annotations

import pytest

from vfy_notebook.errors import PushFailed
from vfy_notebook.journal.entries import ENDED, PLANNED, SENDING, SENT, BatchEntry, RowResult
from vfy_notebook.push.plan import PushReport
from vfy_notebook.push.reports.rows import report_rows


def row(outcome=None, *, batch=0, customer_id="cust_1", source_id="s1", reason=None):
    return RowResult(batch, customer_id, source_id, outcome, reason, None)


@pytest.mark.parametrize(
    ("state", "outcome"),
    [(PLANNED, "skipped"), (SENDING, "unknown"), (SENT, "unknown"), (ENDED, "unknown")],
)
def test_a_row_without_outcome_is_told_by_its_batch(state, outcome):
    told = report_rows([row()], [BatchEntry(0, "bulk", state, action_id="aa_7")]).iloc[0]
    assert told["outcome"] == outcome
    assert "resume_push" in told["reason"]
    assert ("aa_7" in told["reason"]) == (state == SENT)


def test_a_job_without_a_name_is_told_without_one():
    told = report_rows([row()], [BatchEntry(0, "bulk", SENT)]).iloc[0]
    assert "None" not in told["reason"]


@pytest.mark.parametrize(
    ("who", "named"),
    [({"customer_id": "cust_1"}, "cust_1"), ({"customer_id": None, "source_id": "new"}, "new")],
)
def test_the_first_that_failed_is_named(who, named):
    rows = report_rows(
        [row("updated", customer_id="cust_0"), row("failed", reason="too long", **who)],
        [BatchEntry(0, "bulk", ENDED)],
    )
    report = PushReport("push_1", rows, is_finished=True, _planner=None, kind="push")
    with pytest.raises(PushFailed, match=f"{named}: too long"):
        report.raise_if_failed()
