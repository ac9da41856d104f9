"""Whole numbers: in pieces as small as they go, then as one column of 64 bits.

Most columns of a customer are numbers, and most of these are small: many points, a few orders, no
gift at all. A piece of a listing without gaps has them in as many bytes as its largest one needs,
since memory touched for the first time is what takes longest about packing them. With gaps, and
from an export, they have 64 bits.
"""

from __future__ import annotations

import contextlib
import warnings
from array import array
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pyarrow as pa

from vfy_notebook.errors import VfyNotebookWarning

if TYPE_CHECKING:
    from collections.abc import Sequence

_NARROW = {pa.from_numpy_dtype(kind): np.iinfo(kind) for kind in (np.int8, np.int16, np.int32)}


def packed_wholes(
    name: str, values: Sequence[Any], odd: list[int] | None = None
) -> pa.Array | list[Any]:
    """Whole numbers as an Arrow array of the narrowest type; see `arrays.to_arrow`."""
    with contextlib.suppress(TypeError, OverflowError):  # something else than 64-bit integers
        return _narrow(_plain(values))
    # Arrow would cut fractions off without a word, so floats must be looked for first.
    try:
        if float not in set(map(type, values)):
            return pa.array(values, pa.int64())
        if all(v is None or v == int(v) for v in values):
            return pa.array([None if v is None else int(v) for v in values], pa.int64())
    except (ValueError, OverflowError):
        pass
    if odd is not None:
        fitting = [_whole(value) for value in values]
        odd += [
            i
            for i, (v, w) in enumerate(zip(values, fitting, strict=True))
            if v is not None and w is None
        ]
        return pa.array(fitting, pa.int64())
    warnings.warn(
        f"{name} holds values that are no 64-bit integers: the column stays dtype object.",
        VfyNotebookWarning,
        stacklevel=3,  # as `arrays.times_from_text`, seen from `arrays.to_arrow`
    )
    return list(values)


def narrow_wholes(values: Sequence[int | None]) -> pa.Array:
    """Integers, gaps allowed, as an Arrow array of the narrowest type; with gaps, of 64 bits.

    Raises:
        OverflowError: One is beyond 64 bits.
    """
    try:
        return _narrow(_plain(values))
    except TypeError:
        return pa.array(values, pa.int64())


def _plain(values: Sequence[Any]) -> np.ndarray[Any, Any]:
    """64-bit integers without gaps.

    Raises:
        TypeError: There are gaps, or other values.
        OverflowError: One is beyond 64 bits.
    """
    first = values[0] if values else None
    # Perhaps they are all one: to count them takes a fraction of reading them.
    if type(first) is int and first is values[-1] and values.count(first) == len(values):
        # Not by numpy: before its version 2.2 it makes -1 of 2**64 - 1.
        return np.frombuffer(array("q", [first]) * len(values), np.int64)
    return np.frombuffer(array("q", values), np.int64)


def _narrow(numbers: np.ndarray[Any, Any]) -> pa.Array:
    """The same in as few bytes as hold them, in memory of Arrow's: Python keeps what it frees."""
    width = _narrowest(numbers)
    buffer = pa.allocate_buffer(len(numbers) * width.byte_width)
    np.frombuffer(buffer, width.to_pandas_dtype())[:] = numbers
    return pa.Array.from_buffers(width, len(numbers), [None, buffer])


def _narrowest(numbers: np.ndarray[Any, Any]) -> pa.DataType:
    if len(numbers):
        least, most = numbers.min(), numbers.max()
        for width, bounds in _NARROW.items():
            if bounds.min <= least and most <= bounds.max:
                return width
    return pa.int64()


def _whole(value: int | float | None) -> int | None:
    """A number as a 64-bit integer, if it is one."""
    if value is None or not -(2**63) <= value < 2**63 or value != int(value):
        return None
    return int(value)


def column_of_wholes(pieces: Sequence[pa.Array]) -> pd.arrays.IntegerArray:
    """The pieces of a column, of whatever width, as pandas has them.

    Raises:
        ArrowInvalid: A piece holds anything else than 64-bit integers.
    """
    length = sum(map(len, pieces))
    numbers = np.empty(length, np.int64)
    missing = np.zeros(length, dtype=bool)
    end = 0
    for piece in pieces:
        begin, end = end, end + len(piece)
        # numpy would convert anything else without a word.
        filled = piece if pa.types.is_signed_integer(piece.type) else piece.cast(pa.int64())
        if piece.null_count:
            missing[begin:end] = piece.is_null().to_numpy(zero_copy_only=False)
            filled = filled.fill_null(0)
        numbers[begin:end] = filled.to_numpy()
    return pd.arrays.IntegerArray(numbers, missing)
