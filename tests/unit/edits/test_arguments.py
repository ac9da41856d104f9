from __future__ import annotations

import pandas as pd
import pytest

from tests.unit.edits.frames import some_frame
from vfy_notebook.edits.arguments import check_frame
from vfy_notebook.errors import ArgumentError, PlanError


@pytest.mark.parametrize("given", [None, [1], pd.Series([1])])
def test_what_is_no_frame_is_refused(given):
    with pytest.raises(ArgumentError, match=r"edited is a .*, not a DataFrame"):
        check_frame("edited", given)


def test_a_dask_frame_is_refused_with_the_way_out():
    class LooksLikeDask:
        dask = object()

    with pytest.raises(ArgumentError, match=r"\.compute\(\)"):
        check_frame("edited", LooksLikeDask())


def test_doubled_columns_are_refused_by_name():
    frame = some_frame(2)
    with pytest.raises(PlanError, match="columns twice: email"):
        check_frame("edited", frame[["name", "email", "email"]])


def test_any_part_will_do():
    frame = some_frame(2)
    check_frame("edited", frame[["name"]].iloc[:0])
