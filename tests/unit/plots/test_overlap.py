from __future__ import annotations

import matplotlib.pyplot as plt
import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from vfy_notebook.plots import segment_overlap
from vfy_notebook.plots.overlap import _brief, _spell_percent


def shares(ax):
    return ax.images[0].get_array().filled(np.nan)


def test_a_cell_is_the_share_of_the_rows_customers(make_memberships, texts):
    ax = segment_overlap(make_memberships({"a": "wxyz", "b": "xy", "c": "q"}))
    assert texts(ax.get_yticklabels()) == texts(ax.get_xticklabels()) == ["a", "b", "c"]
    np.testing.assert_array_equal(shares(ax), [[np.nan, 50, 0], [100, np.nan, 0], [0, 0, np.nan]])
    assert texts(ax.texts) == ["4", "50", "0", "100", "2", "0", "0", "0", "1"]


@settings(deadline=None, max_examples=15)
@given(
    st.dictionaries(st.sampled_from("abcde"), st.sets(st.integers(0, 8), min_size=1), min_size=1)
)
def test_cells_agree_with_sets(members):
    import pandas as pd  # noqa: PLC0415 - keeps the frame's making beside its use

    rows = [(who, segment, segment) for segment, whos in members.items() for who in whos]
    ax = segment_overlap(pd.DataFrame(rows, columns=["customer_id", "segment_id", "segment"]))
    order = [label.get_text() for label in ax.get_yticklabels()]
    found = shares(ax)
    for row, a in enumerate(order):
        for column, b in enumerate(order):
            if a != b:
                expected = 100 * len(members[a] & members[b]) / len(members[a])
                assert found[row, column] == expected
    plt.close(ax.figure)


def test_the_scale_is_always_0_to_100(make_memberships):
    ax = segment_overlap(make_memberships({"a": "wxyz", "b": "xy"}))
    assert ax.images[0].get_clim() == (0, 100)
    assert "%" in ax.child_axes[0].get_ylabel()


def test_rounding_never_says_none_or_all_of_what_is_not():
    said = [_spell_percent(percent) for percent in (0, 0.01, 0.5, 50.4, 99.4, 99.6, 100)]
    assert said == ["0", "<1", "0", "50", "99", ">99", "100"]


def test_sizes_are_brief():
    said = [_brief(n) for n in (1, 999, 1000, 1234, 9_949, 9_950, 99_999, 999_499, 999_500, 12e6)]
    assert said == ["1", "999", "1.0k", "1.2k", "9.9k", "10k", "100k", "999k", "1.0M", "12M"]


def test_cells_too_small_to_read_stay_empty(make_memberships):
    memberships = make_memberships({f"s{number:02}": "x" for number in range(40)})
    _, ax = plt.subplots(figsize=(3, 3))
    segment_overlap(memberships, ax=ax)
    assert not ax.texts
    assert segment_overlap(memberships).texts
