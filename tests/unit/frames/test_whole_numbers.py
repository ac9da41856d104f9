"""Whole numbers in pieces as narrow as they go, and one column of 64 bits."""

from __future__ import annotations

import warnings

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from vfy_notebook.errors import VfyNotebookWarning
from vfy_notebook.frames.arrays import to_arrow, to_pandas
from vfy_notebook.frames.schema import Kind
from vfy_notebook.frames.whole_numbers import column_of_wholes, narrow_wholes, packed_wholes


@pytest.mark.parametrize(
    ("values", "kind"),
    [
        ([0] * 5, pa.int8()),
        ([127, -128], pa.int8()),
        ([128, 0], pa.int16()),
        ([0, -129], pa.int16()),
        ([2**15], pa.int32()),
        ([-(2**31), 2**31 - 1], pa.int32()),
        ([2**31, 0], pa.int64()),
        ([2**63 - 1, -(2**63)], pa.int64()),
        ([2**62] * 3, pa.int64()),
        ([], pa.int64()),
        ([None, 3], pa.int64()),
        ([3.0, 4], pa.int64()),
    ],
)
def test_a_piece_is_as_narrow_as_its_numbers_allow(values, kind):
    piece = packed_wholes("points", values)
    assert piece.type == kind
    assert piece.to_pylist() == values


@pytest.mark.parametrize(
    "values",
    [
        [7, 7, 8, 7],  # its first is its last
        [0, 0.5, 0],
        [1, True, 1],
        [0, None, 0],
        [2**70] * 4,
        [2**70, 1],
        [2**63],
        [2**64 - 1] * 2,
    ],
)
def test_numbers_that_look_all_the_same_lose_nothing(values):
    odd: list[int] = []
    piece = packed_wholes("points", values, odd)
    kept = [None if i in odd else value for i, value in enumerate(values)]
    assert piece.to_pylist() == kept
    assert set(odd) == {
        i for i, v in enumerate(values) if v is not None and (v == 0.5 or v >= 2**63)
    }


def test_pieces_of_all_widths_make_one_column():
    pieces = [
        narrow_wholes(values)
        for values in ([1, 2], [], [None, 300], [70_000] * 2, [-(2**40)], [None], [2**63 - 1])
    ]
    pieces += [pa.nulls(0), pa.nulls(1)]
    column = column_of_wholes(pieces)
    assert column.dtype == pd.Int64Dtype()
    told = [1, 2, pd.NA, 300, 70_000, 70_000, -(2**40), pd.NA, 2**63 - 1, pd.NA]
    assert [*column] == told
    assert len(column_of_wholes([])) == 0


def test_a_column_can_be_written_to():
    column = to_pandas(Kind.WHOLE, [to_arrow("points", Kind.WHOLE, [1, 2, 3])])
    column[1] = 500_000_000_000
    assert [*column] == [1, 500_000_000_000, 3]
    assert column.to_numpy(np.int64).dtype == np.int64


def test_what_is_no_64_bit_integer_is_told():
    with pytest.warns(VfyNotebookWarning, match="no 64-bit integers"):
        assert packed_wholes("points", [2**70, 1]) == [2**70, 1]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        packed_wholes("points", [1, 2])


def test_integers_beyond_64_bits_are_no_piece():
    with pytest.raises(OverflowError):
        narrow_wholes([1, 2**63])
    for value in (2**63, 2**64 - 1, -(2**63) - 1):
        with pytest.raises(OverflowError):
            narrow_wholes([value] * 2)
        with pytest.raises(OverflowError):
            narrow_wholes([value])


@pytest.mark.parametrize("piece", [pa.array([1.9]), pa.array([2**64 - 1], pa.uint64())])
def test_a_piece_of_other_numbers_is_refused(piece):
    with pytest.raises(pa.ArrowInvalid):
        column_of_wholes([piece])
