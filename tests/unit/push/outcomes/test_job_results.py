"""What a job says of its rows, where it says little."""

from __future__ import annotations

import pytest

from vfy_notebook.errors import NotFoundError, ResponseError
from vfy_notebook.journal.entries import ENDED, BatchEntry
from vfy_notebook.push.outcomes.job_results import read_result


class Unread:
    """An API whose action cannot be read now."""

    def __init__(self, error):
        self._error = error

    def get_async_action(self, _action_id):
        raise self._error


@pytest.mark.parametrize("error", [ResponseError("a login page"), NotFoundError("no", status=404)])
def test_an_action_that_cannot_be_read_now_is_asked_for_again(error):
    batch = BatchEntry(0, "bulk", ENDED, action_id="aa_7")
    says = read_result(Unread(error), batch, [], {}, doubted=(), with_report=False)
    assert not says.is_final
    assert says.outcomes == {}
    assert "aa_7" in says.reason
