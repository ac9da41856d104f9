"""What is kept compressed comes back as it was, bit by bit, and is small."""

from __future__ import annotations

import math
import struct
import sys

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vfy_notebook.snapshots.packing import Packed

WHOLES = st.integers(-(2**63), 2**63 - 1)
UNITS = st.sampled_from([1, 1_000, 1_000_000, 86_400_000_000])
TIMES = pa.timestamp("us", tz="UTC")
NAN = struct.unpack("<d", struct.pack("<Q", 0x7FF8_0000_0000_0001))[0]


def bits(array):
    """An array's validity and, where valid, its raw values."""
    valid = array.is_valid().to_pylist()
    if pa.types.is_float64(array.type) or pa.types.is_timestamp(array.type):
        array = array.view(pa.int64())
    return [
        each for each, is_valid in zip(array.to_pylist(), valid, strict=True) if is_valid
    ], valid


def assert_comes_back(array):
    again = Packed.of(array).array()
    assert again.type == array.type
    assert bits(again) == bits(array)


@given(st.lists(st.none() | WHOLES))
def test_whole_numbers_come_back(values):
    assert_comes_back(pa.array(values, pa.int64()))


@given(st.lists(st.none() | st.integers(-(2**26), 2**26)), UNITS)
def test_times_of_any_unit_come_back(values, unit):
    us = pa.array([None if v is None else v * unit for v in values], pa.int64())
    for kind in (TIMES, pa.timestamp("us"), pa.int64()):
        assert_comes_back(us.view(kind))


@given(st.lists(st.none() | st.floats() | st.sampled_from([0.0, -0.0, math.nan, NAN, 1.5])))
def test_floats_come_back(values):
    assert_comes_back(pa.array(values * 5, pa.float64()))


@pytest.mark.parametrize(
    "array",
    [
        pa.array([True, None, False]),
        pa.array([b'{"a":[1]}', None], pa.large_binary()),
        pa.array([1, 65_535], pa.uint16()),
        pa.array([1, None, 3], pa.int64())[1:],
        pa.array([0.5, None] * 9, pa.float64())[3:],
    ],
)
def test_others_and_parts_of_arrays_come_back(array):
    assert_comes_back(array)


def test_nothing_kept_can_be_written_to_by_whoever_reads_it():
    packed = Packed.of(pa.array([1, 2, 3], pa.int64()))
    read = packed.array()
    values = np.frombuffer(read.buffers()[1], dtype=np.int64)
    if values.flags.writeable:
        values[:] = 9
    assert packed.array().to_pylist() == [1, 2, 3]


def test_no_more_memory_is_kept_than_is_told():
    times = pa.array(np.arange(50_000, dtype=np.int64) ** 2 * 1000)
    before = pa.total_allocated_bytes()
    packed = Packed.of(times)
    assert pa.total_allocated_bytes() == before
    assert sys.getsizeof(packed._kept) < packed.nbytes + 64


def test_times_take_half_of_their_memory_and_repeated_floats_a_quarter():
    chance = np.random.default_rng(1)
    count = 20_000
    created = np.sort(chance.integers(1_600_000_000_000, 1_790_000_000_000, count)) * 1000
    scores = chance.integers(0, 1000, count) / 10
    assert Packed.of(pa.array(created)).nbytes < 8 * count / 2
    assert Packed.of(pa.array(scores)).nbytes < 8 * count / 4
