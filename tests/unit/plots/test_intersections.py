from __future__ import annotations

import matplotlib.pyplot as plt
import numpy as np
import pytest

from vfy_notebook.errors import ArgumentError
from vfy_notebook.plots import segment_intersections


def heights(ax):
    return [int(bar.get_height()) for bar in ax.child_axes[0].patches]


def dots(ax):
    """For each column the rows with a dark dot."""
    found = {}
    for column, row in ax.child_axes[1].collections[1].get_offsets():
        found.setdefault(int(column), set()).add(int(row))
    return found


def test_columns_are_exact_combinations(make_memberships, texts):
    ax = segment_intersections(make_memberships({"a": "uvwxyz", "b": "xyz", "c": "zq"}))
    top, combinations, sizes = ax.child_axes
    assert [part.get_label() for part in ax.child_axes] == [
        "intersections",
        "combinations",
        "sizes",
    ]
    assert texts(combinations.get_yticklabels()) == ["a", "b", "c"]
    assert heights(ax) == [3, 2, 1, 1]
    assert dots(ax) == {0: {0}, 1: {0, 1}, 2: {2}, 3: {0, 1, 2}}
    assert texts(top.texts) == ["3", "2", "1", "1"]
    assert texts(sizes.texts) == ["6", "3", "2"]
    assert ax.get_xlabel() == ""


def test_lines_join_the_first_and_the_last_dot(make_memberships):
    ax = segment_intersections(make_memberships({"a": "wxyz", "b": "xyz", "c": "z"}))
    lines = ax.child_axes[1].collections[2].get_segments()
    assert [sorted(line[:, 1]) for line in lines] == [[0, 1], [0, 0], [0, 2]]


def test_bars_sum_to_the_customers(make_memberships):
    rng = np.random.default_rng(0)
    members = {f"s{number}": np.flatnonzero(rng.random(500) < 0.3) for number in range(4)}
    ax = segment_intersections(make_memberships(members))
    assert sum(heights(ax)) == len(set(np.concatenate(list(members.values()))))


def test_with_customers_those_in_no_segment_have_a_column_without_dots(
    make_memberships, make_customers
):
    ax = segment_intersections(
        make_memberships({"a": ["c0"], "b": ["c0", "stranger"]}),
        customers=make_customers(x=[1] * 5),
    )
    assert heights(ax) == [4, 1]
    assert dots(ax) == {1: {0, 1}}


def test_combinations_beyond_the_limit_are_told_with_their_customers(make_memberships):
    memberships = make_memberships({"a": "uvwx", "b": "wxy", "c": "xyz"})
    ax = segment_intersections(memberships, max_combinations=1)
    assert heights(ax) == [2]
    assert ax.get_xlabel() == "4 more combinations with 4 customers not drawn"
    ax = segment_intersections(memberships, max_segments=1, max_combinations=1)
    assert heights(ax) == [4]
    assert ax.get_xlabel().startswith("1 more combination with 2 customers not drawn")
    assert ax.get_xlabel().endswith("2 smaller segments are not drawn")


def test_a_title_goes_on_what_is_returned(make_memberships):
    _, ax = plt.subplots()
    assert segment_intersections(make_memberships({"a": "x"}), ax=ax) is ax
    ax.set_title("Mine")
    ax.figure.canvas.draw()
    assert ax.title.get_window_extent().y0 >= ax.child_axes[0].bbox.y1


@pytest.mark.parametrize("number", [0, -3, 1.5, True])
def test_max_combinations_must_be_a_count(make_memberships, number):
    with pytest.raises(ArgumentError, match="max_combinations"):
        segment_intersections(make_memberships({"a": "x"}), max_combinations=number)


def test_long_numbers_stand_upright_above_narrow_bars(make_memberships):
    members = {f"s{n:02}": [f"{n}-{i}" for i in range(1_000 + n)] for n in range(30)}
    ax = segment_intersections(make_memberships(members))
    notes = ax.child_axes[0].texts
    assert notes[0].get_text() == "1,029"
    assert notes[0].get_rotation() == 90


def test_without_customers_there_is_a_sentence(make_memberships, make_customers, texts):
    nobody = make_customers(x=[1]).iloc[:0]
    ax = segment_intersections(make_memberships({"a": "x"}), customers=nobody)
    assert texts(ax.texts) == ["There are no customers to count."]
    assert not ax.child_axes
