from __future__ import annotations

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

from vfy_notebook.errors import ArgumentError
from vfy_notebook.plots import segment_breakdown


def stacks(ax):
    return {
        bars.get_label(): [round(float(bar.get_width()), 6) for bar in bars]
        for bars in ax.containers
    }


def notes(ax, number):
    """The texts at the right of the rows, before the header."""
    return [text.get_text() for text in ax.texts[:number]]


@pytest.fixture
def memberships(make_memberships):
    return make_memberships({"a": ["c0", "c1", "c2", "c3"], "b": ["c0", "c9"]})


def test_categories_are_stacked_to_100_percent(make_customers, memberships, texts):
    customers = make_customers(**{"metadata.tier": ["gold", "silver", "silver", None, "gold"]})
    ax = segment_breakdown(customers, memberships, by="metadata.tier")
    assert texts(ax.get_yticklabels()) == ["all customers", "a", "b"]
    assert stacks(ax) == {
        "gold": [40, 25, 100],
        "silver": [40, 50, 0],
        "no value": [20, 25, 0],
    }
    assert notes(ax, 3) == ["5", "4", "1"]
    assert texts(ax.get_legend().get_texts()) == ["gold", "silver", "no value"]
    assert ax.get_legend().get_title().get_text() == "metadata.tier"
    assert "(%)" in ax.get_xlabel()


def test_parts_start_where_the_one_before_ends(make_customers, memberships):
    customers = make_customers(x=["p", "q", "q", None, "r"])
    ax = segment_breakdown(customers, memberships, by="x")
    end = np.zeros(3)
    for bars in ax.containers:
        np.testing.assert_allclose([bar.get_x() for bar in bars], end)
        end += [bar.get_width() for bar in bars]
    np.testing.assert_allclose(end, 100)


def test_many_categories_are_folded_into_other(make_customers, make_memberships):
    values = [*"abcdefgh" * 2, *"ijk"]
    customers = make_customers(x=values)
    ax = segment_breakdown(customers, make_memberships({"s": customers.index}), by="x")
    assert list(stacks(ax)) == [*"abcdefg", "other (4 values)"]
    assert stacks(ax)["other (4 values)"][0] == pytest.approx(100 * 5 / 19)


def test_flags_are_true_false_and_no_value(make_customers, memberships):
    customers = make_customers(x=pd.array([False, True, None, False], dtype="boolean"))
    ax = segment_breakdown(customers, memberships, by="x")
    assert stacks(ax) == {"true": [25, 25, 0], "false": [50, 50, 100], "no value": [25, 25, 0]}


def test_mixed_values_and_lists_are_categories(make_customers, memberships):
    customers = make_customers(x=pd.Series([1, "1", ["a", "b"], None], dtype=object))
    ax = segment_breakdown(customers, memberships, by="x")
    assert set(stacks(ax)) == {"1", '"1"', '["a", "b"]', "no value"}


def test_legend_entries_may_begin_with_an_underscore(make_customers, memberships, texts):
    customers = make_customers(x=["_hidden", "$x$", "_hidden", "y"])
    ax = segment_breakdown(customers, memberships, by="x")
    assert texts(ax.get_legend().get_texts()) == ["_hidden", "$x$", "y"]
    assert not ax.get_legend().get_texts()[1].get_parse_math()


def boxes(ax):
    """The left and right edges of the boxes, by row."""
    found = {}
    for patch in ax.patches:
        box = patch.get_path().get_extents()
        found[round((box.y0 + box.y1) / 2)] = (box.x0, box.x1)
    return found


def test_numbers_are_boxes_of_quartiles(make_customers, memberships, texts):
    customers = make_customers(x=pd.array([1, 2, 3, 4, 100, None], dtype="Int64"))
    ax = segment_breakdown(customers, memberships, by="x")
    assert texts(ax.get_yticklabels()) == ["all customers", "a", "b"]
    assert boxes(ax) == {0: (2, 4), 1: (1.75, 3.25), 2: (1, 1)}
    assert notes(ax, 4) == ["5 of 6", "4", "1", "customers\nwith a value"]
    assert "percentile" in ax.get_xlabel()


def test_amounts_are_in_currency_units(make_customers, memberships):
    column = "summary.orders.total_amount"
    customers = make_customers(**{column: pd.array([1000, 2000, 3000, 4000], dtype="Int64")})
    ax = segment_breakdown(customers, memberships, by=column)
    assert boxes(ax)[0] == (17.5, 32.5)
    assert ax.get_xlabel().startswith("summary.orders.total_amount (currency units)")


def test_a_segment_without_numbers_has_no_box(make_customers, memberships):
    customers = make_customers(x=[np.nan, 1.0, 2.0, 3.0])
    ax = segment_breakdown(customers, memberships, by="x")
    assert set(boxes(ax)) == {0, 1}
    assert notes(ax, 3) == ["3 of 4", "3 of 4", "0 of 1"]


def test_dates_are_shares_by_month(make_customers, memberships, texts):
    times = pd.to_datetime(
        ["2024-01-31T23:59Z", "2024-01-05T00:00Z", "2024-03-01T00:00Z", None],
        format="ISO8601",
        utc=True,
    )
    ax = segment_breakdown(make_customers(created_at=times), memberships, by="created_at")
    percent = ax.images[0].get_array().filled(np.nan)
    np.testing.assert_allclose(percent, [[200 / 3, 0, 100 / 3], [200 / 3, 0, 100 / 3], [100, 0, 0]])
    assert texts(ax.get_xticklabels()) == ["2024-01", "2024-02", "2024-03"]
    assert ax.get_xlabel() == "created_at, by month (UTC)"
    assert notes(ax, 3) == ["3 of 4", "3 of 4", "1"]


@pytest.mark.parametrize(
    ("first", "last", "unit", "label"),
    [
        ("2015-01-01", "2024-12-31", "month", "2015-01"),
        ("1950-05-05", "2004-01-01", "year", "1950"),
        ("1850-05-05", "2004-01-01", "decade", "1850s"),
        ("0001-01-01", "9999-12-31", "century", "000s"),
    ],
)
def test_spans_widen_with_the_time_covered(
    make_customers, memberships, texts, first, last, unit, label
):
    times = pd.Series([np.datetime64(first), np.datetime64(last)], dtype="datetime64[us]")
    ax = segment_breakdown(make_customers(birthdate=times), memberships, by="birthdate")
    assert ax.images[0].get_array().shape[1] <= 120
    assert f"by {unit}" in ax.get_xlabel()
    assert texts(ax.get_xticklabels())[0] == label
    assert len(ax.get_xticklabels()) <= 12


def test_a_segment_whose_members_are_not_given_has_an_empty_row(make_customers, make_memberships):
    memberships = make_memberships({"a": ["c0", "c1"], "b": ["stranger"]})
    ax = segment_breakdown(make_customers(x=["p", "q"]), memberships, by="x")
    assert stacks(ax) == {"p": [50, 50, 0], "q": [50, 50, 0]}
    times = pd.to_datetime(["2024-01-01", "2024-02-01"], utc=True)
    ax = segment_breakdown(make_customers(x=times), memberships, by="x")
    assert ax.images[0].get_array().mask[2].all()


def test_shares_are_written_only_where_they_fit(make_customers, make_memberships, texts):
    customers = make_customers(x=["big"] * 999 + ["tiny"])
    ax = segment_breakdown(customers, make_memberships({"s": customers.index}), by="x")
    assert texts(ax.texts).count("100%") == 2
    assert "0%" not in texts(ax.texts)


def test_an_unknown_column_draws_nothing_and_lists_near_names(make_customers, memberships):
    customers = make_customers(**{"metadata.tier": ["gold"]})
    with pytest.raises(ArgumentError, match=r"'metadata\.teir'.*Near: 'metadata\.tier'"):
        segment_breakdown(customers, memberships, by="metadata.teir")
    assert not plt.get_fignums()


def test_a_column_without_any_value_says_so(make_customers, memberships, texts):
    ax = segment_breakdown(make_customers(x=[None, None]), memberships, by="x")
    assert texts(ax.texts) == ["None of these customers has a value in 'x'."]


def test_segments_left_out_are_told(make_customers, memberships, texts):
    ax = segment_breakdown(make_customers(x=["p", "q"]), memberships, by="x", max_segments=1)
    assert texts(ax.get_yticklabels()) == ["all customers", "a"]
    assert ax.get_xlabel().endswith("1 smaller segment is not drawn")
