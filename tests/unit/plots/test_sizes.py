from __future__ import annotations

import matplotlib.pyplot as plt
import pytest

from vfy_notebook.errors import ArgumentError
from vfy_notebook.plots import segment_sizes


def widths(ax):
    return [int(bar.get_width()) for bar in ax.patches]


def test_bars_are_counts_and_notes_have_the_share(make_memberships, texts):
    ax = segment_sizes(make_memberships({"a": "xy", "b": "xyz", "c": "w"}))
    assert texts(ax.get_yticklabels()) == ["b", "a", "c"]
    assert widths(ax) == [3, 2, 1]
    assert texts(ax.texts) == ["3 (75.0%)", "2 (50.0%)", "1 (25.0%)"]
    assert "4 customers in at least one segment" in ax.get_xlabel()


def test_the_largest_stands_at_the_top(make_memberships):
    ax = segment_sizes(make_memberships({"a": "xy", "b": "xyz"}))
    low, high = ax.get_ylim()
    assert low > high


def test_with_customers_the_base_is_theirs(make_memberships, make_customers, texts):
    memberships = make_memberships({"a": ["c0", "c1", "stranger"], "b": ["stranger"]})
    ax = segment_sizes(memberships, customers=make_customers(x=range(8)))
    assert texts(ax.texts) == ["2 (25.0%)", "0 (0.0%)"]
    assert "8 customers given" in ax.get_xlabel()


def test_segments_of_one_name_are_never_merged(make_memberships, texts):
    memberships = make_memberships(
        {"seg_aaaa": "xy", "seg_bbbb": "z"}, {"seg_aaaa": "VIP", "seg_bbbb": "VIP"}
    )
    ax = segment_sizes(memberships)
    assert widths(ax) == [2, 1]
    assert texts(ax.get_yticklabels()) == ["VIP (…aaaa)", "VIP (…bbbb)"]


def test_thousands_are_separated_and_tiny_shares_are_not_zero(make_memberships, texts):
    members = [f"c{number}" for number in range(5_000)]
    ax = segment_sizes(make_memberships({"a": members, "b": ["c0"]}))
    assert texts(ax.texts) == ["5,000 (100.0%)", "1 (<0.1%)"]
    ax.figure.canvas.draw()
    assert "2,000" in texts(ax.get_xticklabels())


def test_what_is_left_out_is_told(make_memberships, texts):
    ax = segment_sizes(make_memberships({"a": "xyz", "b": "xy", "c": "x"}), max_segments=1)
    assert texts(ax.get_yticklabels()) == ["a"]
    assert ax.get_xlabel().endswith("2 smaller segments are not drawn")
    ax = segment_sizes(make_memberships({"a": "xyz", "b": "xy"}), max_segments=1)
    assert ax.get_xlabel().endswith("1 smaller segment is not drawn")


def test_the_notes_stay_inside_the_panel(make_memberships):
    _, ax = plt.subplots()
    segment_sizes(make_memberships({"a": [f"c{number}" for number in range(5_000)]}), ax=ax)
    ax.figure.canvas.draw()
    assert ax.texts[0].get_window_extent().x1 <= ax.bbox.x1


def test_an_axes_array_is_refused_with_a_hint(make_memberships):
    _, axes = plt.subplots(2)
    with pytest.raises(ArgumentError, match=r"axes\[0\]"):
        segment_sizes(make_memberships({"a": "x"}), ax=axes)


def test_an_axes_without_a_figure_is_refused(make_memberships):
    _, ax = plt.subplots()
    ax.remove()
    with pytest.raises(ArgumentError, match="no figure"):
        segment_sizes(make_memberships({"a": "x"}), ax=ax)


def test_without_customers_there_is_a_sentence(make_memberships, make_customers, texts):
    nobody = make_customers(x=[1]).iloc[:0]
    ax = segment_sizes(make_memberships({"a": "x"}), customers=nobody)
    assert texts(ax.texts) == ["There are no customers to take shares of."]
