"""Columns that are asked for and not there."""

from __future__ import annotations

import pytest

from vfy_notebook.edits.checks.asked_names import refuse_absent
from vfy_notebook.errors import ArgumentError


@pytest.mark.parametrize(("count", "more"), [(4, None), (5, None), (6, "1 more"), (8, "3 more")])
def test_five_are_named_and_the_others_counted(count, more):
    with pytest.raises(ArgumentError) as caught:
        refuse_absent("columns", [f"x{i}" for i in range(count)], ["name"])
    assert ("more" in str(caught.value)) == (more is not None)
    assert (more or "") in str(caught.value)
    assert "x3" in str(caught.value)
