from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vfy_notebook.errors import ArgumentError
from vfy_notebook.plots.membership_matrix import count_combinations, count_shared, matrix_of

#: More segments than fit into one word of bits.
PAIRS = st.lists(st.tuples(st.integers(0, 20), st.integers(0, 130)), max_size=120)


def frame_of(pairs):
    return pd.DataFrame(
        {
            "customer_id": pd.array([f"c{customer}" for customer, _ in pairs], dtype="str"),
            "segment_id": pd.array([f"s{segment}" for _, segment in pairs], dtype="str"),
            "segment": pd.array(["one label for all"] * len(pairs), dtype="str"),
        }
    )


def sets_of(pairs):
    members = {}
    for customer, segment in pairs:
        members.setdefault(f"s{segment}", set()).add(f"c{customer}")
    return members


@given(PAIRS)
def test_sizes_are_the_distinct_customers_of_each_segment_id(pairs):
    matrix = matrix_of(frame_of(pairs))
    members = sets_of(pairs)
    assert dict(zip(matrix.segment_ids, matrix.sizes, strict=True)) == {
        segment: len(customers) for segment, customers in members.items()
    }
    assert list(matrix.sizes) == sorted(matrix.sizes, reverse=True)
    assert matrix.base == len({customer for customer, _ in pairs})


@given(PAIRS)
def test_shared_counts_agree_with_sets(pairs):
    matrix = matrix_of(frame_of(pairs))
    members = sets_of(pairs)
    shared = count_shared(matrix)
    for row, a in enumerate(matrix.segment_ids):
        for column, b in enumerate(matrix.segment_ids):
            assert shared[row, column] == len(members[a] & members[b])


@given(PAIRS, st.integers(1, 140))
def test_combinations_agree_with_sets(pairs, max_segments):
    matrix = matrix_of(frame_of(pairs)).largest(max_segments)
    if not matrix.base:
        return
    flags, counts = count_combinations(matrix)
    found = {
        frozenset(np.array(matrix.segment_ids)[row]): int(count)
        for row, count in zip(flags, counts, strict=True)
    }
    expected = {}
    for customer in {customer for customer, _ in pairs}:
        segments = {f"s{segment}" for other, segment in pairs if other == customer}
        key = frozenset(segments & set(matrix.segment_ids))
        expected[key] = expected.get(key, 0) + 1
    assert found == expected
    assert counts.sum() == matrix.base
    assert list(counts) == sorted(counts, reverse=True)


def test_blocks_of_customers_add_up(monkeypatch):
    monkeypatch.setattr("vfy_notebook.plots.membership_matrix._BLOCK", 4)
    pairs = [(number, number % 3) for number in range(30)] + [(number, 5) for number in range(30)]
    shared = count_shared(matrix_of(frame_of(pairs)))
    assert shared.tolist() == [[30, 10, 10, 10], [10, 10, 0, 0], [10, 0, 10, 0], [10, 0, 0, 10]]


@pytest.mark.parametrize("dtype", ["str", "category", "object"])
def test_text_and_categories_read_the_same(make_memberships, dtype):
    frame = make_memberships({"a": "xyz", "b": "x"}, dtype=dtype)
    matrix = matrix_of(frame)
    assert matrix.segment_ids == ["a", "b"]
    assert list(matrix.sizes) == [3, 1]


def test_categories_that_no_row_has_are_no_segments(make_memberships):
    frame = make_memberships({"a": "xyz", "b": "x"}, dtype="category")
    assert matrix_of(frame[frame["segment_id"] == "a"]).segment_ids == ["a"]


def test_doubled_rows_count_once_and_rows_without_ids_not_at_all(make_memberships):
    frame = make_memberships({"a": ["x", "x", "y", None], None: ["z"]})
    matrix = matrix_of(frame)
    assert matrix.segment_ids == ["a"]
    assert list(matrix.sizes) == [2]


def test_a_segment_without_a_label_goes_by_its_id(make_memberships):
    frame = make_memberships({"a": "x", "b": "xy", "c": "xyz"}, {"a": None, "b": "  ", "c": "C"})
    assert matrix_of(frame).labels == ["C", "b", "a"]


def test_the_frames_own_index_does_not_matter(make_memberships):
    frame = make_memberships({"a": "xy", "b": "x"}, {"a": "A", "b": "B"})
    frame.index = [7, 7, 7]
    assert matrix_of(frame).labels == ["A", "B"]


def test_customers_are_the_base_and_others_are_not_counted(make_memberships, make_customers):
    memberships = make_memberships({"a": ["c0", "c1", "stranger"], "b": ["stranger"]})
    matrix = matrix_of(memberships, make_customers(x=[1, 2, 3]))
    assert matrix.base == 3
    assert dict(zip(matrix.segment_ids, matrix.sizes, strict=True)) == {"a": 2, "b": 0}


def test_customers_after_reset_index_are_found_by_their_column(make_memberships, make_customers):
    customers = make_customers(x=[1, 2, 3]).reset_index()
    assert list(matrix_of(make_memberships({"a": ["c0"]}), customers).sizes) == [1]


def test_a_customer_that_is_there_twice_is_refused(make_memberships, make_customers):
    customers = make_customers(x=[1])
    with pytest.raises(ArgumentError, match="'c0' is there twice"):
        matrix_of(make_memberships({"a": ["c0"]}), pd.concat([customers, customers]))


def test_missing_columns_are_named(make_memberships):
    with pytest.raises(ArgumentError, match="'segment_id'"):
        matrix_of(make_memberships({"a": "x"}).drop(columns="segment_id"))


@pytest.mark.parametrize("thing", [None, [1, 2], {"customer_id": []}])
def test_what_is_no_frame_is_refused(thing):
    with pytest.raises(ArgumentError, match="DataFrame"):
        matrix_of(thing)


@pytest.mark.parametrize("number", [0, -1, 2.5, True, "3"])
def test_max_segments_must_be_a_count(make_memberships, number):
    with pytest.raises(ArgumentError, match="max_segments"):
        matrix_of(make_memberships({"a": "x"})).largest(number)


def test_equal_sizes_are_ordered_by_label_then_id(make_memberships):
    matrix = matrix_of(
        make_memberships({"3": "x", "2": "x", "1": "x"}, {"3": "b", "2": "B", "1": "c"})
    )
    assert matrix.segment_ids == ["2", "3", "1"]
