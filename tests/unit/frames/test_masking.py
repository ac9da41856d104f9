from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from vfy_notebook.frames.masking import MASK_SIGN, masked_cells, may_be_masked


@pytest.mark.parametrize("name", ["email", "phone", "name", "birthdate", "address.city"])
def test_personal_columns_may_be_masked(name):
    assert may_be_masked(name)


@pytest.mark.parametrize("name", ["description", "metadata.note", "source_id", 5])
def test_other_columns_are_masked_only_where_the_frame_says_so(name):
    assert not may_be_masked(name)
    assert may_be_masked(name, ["metadata.note"]) == (name == "metadata.note")


@pytest.mark.parametrize("dtype", ["str", object, "category", "string"])
def test_masked_texts_are_known_by_their_sign(dtype):
    values = [f"a{MASK_SIGN * 3}@x.com", "ann@x.com", None, MASK_SIGN]
    column = pd.Series(pd.array(values, dtype=object)).astype(dtype)
    assert masked_cells(column).tolist() == [True, False, False, True]


@pytest.mark.parametrize("dtype", ["str", "string"])
@pytest.mark.parametrize("rest", [["b"], [], [None, None]])
def test_only_the_rows_that_are_there_are_looked_at(dtype, rest):
    masked = pd.Series([MASK_SIGN, "a", *rest], dtype=dtype)
    assert not masked_cells(masked[1:]).any()
    assert not masked_cells(masked[2:]).any()
    joined = pd.concat([masked[1:], masked[:1]])
    assert masked_cells(joined).tolist() == [False] * (len(rest) + 1) + [True]


@pytest.mark.parametrize("values", [[1, 2], [1.5, np.nan], pd.to_datetime(["2024-01-01", None])])
def test_columns_that_hold_no_text_are_not_masked(values):
    assert masked_cells(pd.Series(values)).tolist() == [False, False]
