from __future__ import annotations

import math
from itertools import product

import numpy as np
import pytest
from scipy.stats import mannwhitneyu

from vfy_notebook.analysis.comparing.effects import cliffs_delta, share_difference

Z = 1.959964


@pytest.mark.parametrize(
    ("one", "other", "low", "high"),
    [
        ((56, 70), (48, 80), 0.0524, 0.3339),
        ((9, 10), (3, 10), 0.1705, 0.8090),
        ((6, 7), (2, 7), 0.0582, 0.8062),
        ((5, 56), (0, 29), -0.0381, 0.1926),
        ((0, 10), (0, 20), -0.1611, 0.2775),
        ((0, 10), (0, 10), -0.2775, 0.2775),
        ((10, 10), (0, 20), 0.6791, 1.0),
        ((10, 10), (0, 10), 0.6075, 1.0),
    ],
)
def test_differences_of_shares_have_the_published_intervals(one, other, low, high):
    # Newcombe (1998), table II, method 10
    effect = share_difference(*one, *other, z=Z)
    assert (round(effect.low, 4), round(effect.high, 4)) == (low, high)
    assert effect.size == pytest.approx(one[0] / one[1] - other[0] / other[1])


def u_of(one, other):
    return sum((a > b) + (a == b) / 2 for a, b in product(one, other))


def test_cliffs_delta_is_what_pairs_tell():
    rng = np.random.default_rng(1)
    for _ in range(20):
        one, other = (rng.integers(0, 5, size).tolist() for size in rng.integers(1, 9, 2))
        delta = cliffs_delta(u_of(one, other), len(one), len(other), z=Z)
        pairs = [np.sign(a - b) for a, b in product(one, other)]
        assert delta.size == pytest.approx(np.mean(pairs))
        u = mannwhitneyu(one, other).statistic
        assert delta == cliffs_delta(u, len(one), len(other), z=Z)
        assert -1 <= delta.low <= delta.size <= delta.high <= 1


def test_of_noughts_and_ones_it_is_the_difference_of_the_shares():
    one, other = [1] * 30 + [0] * 20, [1] * 10 + [0] * 90
    delta = cliffs_delta(u_of(one, other), 50, 100, z=Z)
    assert delta.size == pytest.approx(share_difference(30, 50, 10, 100, z=Z).size)


def test_the_interval_holds_the_truth_as_often_as_it_says():
    # Normal values one standard deviation apart: the area is Phi(1 / sqrt 2).
    area = 0.5 * (1 + math.erf(0.5))
    rng = np.random.default_rng(2)
    hits = 0
    for _ in range(1_000):
        one, other = rng.normal(1, 1, 12), rng.normal(0, 1, 30)
        u = float((one[:, None] > other[None, :]).sum())
        delta = cliffs_delta(u, 12, 30, z=Z)
        hits += delta.low <= 2 * area - 1 <= delta.high
    assert 935 <= hits <= 985


def test_where_all_of_a_few_are_above_the_interval_is_wide():
    few, many = cliffs_delta(2, 1, 2, z=Z), cliffs_delta(10_000, 100, 100, z=Z)
    assert few.size == many.size == 1
    assert few.low < 0 < many.low
    assert few.telling == 0 < many.telling


def test_it_turns_round_with_the_sides():
    one, other = cliffs_delta(20, 5, 9, z=Z), cliffs_delta(5 * 9 - 20, 9, 5, z=Z)
    assert (one.size, one.low, one.high) == pytest.approx((-other.size, -other.high, -other.low))


def test_without_values_on_a_side_there_is_no_effect():
    for effect in (share_difference(0, 0, 1, 2, z=Z), cliffs_delta(0, 3, 0, z=Z)):
        assert math.isnan(effect.size)
        assert effect.telling < 0
