from __future__ import annotations

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

from vfy_notebook.errors import ArgumentError
from vfy_notebook.plots import retention


def table_of(rows, freq="M", first="2026-01", **attrs):
    width = max((len(row) for row in rows), default=1)
    cells = [[*row, *[None] * (width - len(row))] for row in rows]
    table = pd.DataFrame(cells, columns=range(width), dtype="Int64" if rows else None)
    table.index = pd.period_range(first, periods=len(rows), freq=freq, name="cohort")
    table.attrs = attrs
    return table


def triangle(cohorts):
    return table_of(
        [[1000, *[90 + age for age in range(cohorts - row - 1)]] for row in range(cohorts)]
    )


def percentages(ax):
    return ax.images[0].get_array()


def inside(ax, texts):
    return [text for text in texts(ax.texts) if text != "customers"]


def test_cells_are_percentages_of_the_first_period(texts):
    ax = retention(table_of([[200, 50, 0], [100, 99], [1]]))
    assert percentages(ax).filled(-1).tolist() == [[100, 25, 0], [100, 99, -1], [100, -1, -1]]
    assert inside(ax, texts) == ["100", "25", "0", "100", "99", "100", "200", "100", "1"]
    assert texts(ax.get_yticklabels()) == ["2026-01", "2026-02", "2026-03"]
    assert ax.get_xlabel().startswith("Months since the first order")


def test_a_few_are_not_none_and_nearly_all_are_not_all(texts):
    ax = retention(table_of([[1_000, 1, 999]]))
    assert texts(ax.texts)[1:3] == ["<1", ">99"]


def test_two_years_of_cohorts_are_readable():
    cohorts = 24
    ax = retention(triangle(cohorts))
    ax.figure.canvas.draw()
    cells = [text for text in ax.texts if text.get_transform() == ax.transData]
    assert len(cells) == cohorts * (cohorts + 1) // 2
    assert min(text.get_fontsize() for text in cells) >= 7
    width = ax.bbox.width / cohorts
    assert max(text.get_window_extent().width for text in cells) < width


def test_cells_too_small_for_numbers_have_colours_only(texts):
    _, small = plt.subplots(figsize=(4, 3))
    ax = retention(triangle(60), ax=small)
    assert len(texts(ax.texts)) == 61  # the sizes and their header
    assert len(ax.get_xticks()) <= 40


def test_the_latest_cohorts_are_drawn_and_the_others_counted():
    ax = retention(triangle(30), max_cohorts=12)
    assert len(percentages(ax)) == 12
    assert ax.get_xlabel().endswith("18 earlier cohorts not drawn")


def test_colours_are_not_decided_by_a_cohort_of_one(texts):
    ax = retention(table_of([[1_000, 80, 60], [1, 1]]))
    assert ax.images[0].norm.vmax == 8
    assert texts(ax.texts)[4] == "100"


def test_shares_are_drawn_without_sizes(texts):
    shares = table_of([[100, 25]], value="share").astype("Float64") / 100
    shares.attrs["value"] = "share"
    for table in (shares, pd.DataFrame(shares).set_index(shares.index)):
        assert inside(retention(table), texts) == ["100", "25"]


def test_sums_are_percent_of_the_first_period_and_may_exceed_it(texts):
    ax = retention(table_of([[200, 500]], value="amount"))
    assert "250" in texts(ax.texts)
    assert "customers" not in texts(ax.texts)
    (bar,) = ax.child_axes
    assert "amount" in bar.get_ylabel()


@pytest.mark.parametrize(
    ("freq", "label", "unit"),
    [("W", "2025-12-29", "Weeks"), ("Q", "2026Q1", "Quarters"), ("D", "2026-01-01", "Days")],
)
def test_periods_are_named(freq, label, unit, texts):
    ax = retention(table_of([[2, 1], [1]], freq=freq, first="2026-01-01"))
    assert texts(ax.get_yticklabels())[0] == label
    assert ax.get_xlabel().startswith(unit)


def test_a_table_that_was_in_a_file_is_drawn_too(texts):
    table = table_of([[200, 50], [100]])
    flat = table.set_axis(table.index.astype(str)).astype("float64")
    flat.columns = flat.columns.astype(str)
    ax = retention(flat)
    assert inside(ax, texts)[:3] == ["100", "25", "100"]
    assert ax.get_xlabel().startswith("Periods")


@pytest.mark.parametrize("rows", [[], [[0]], [[None]]])
def test_nothing_is_said_or_drawn(rows):
    ax = retention(table_of(rows))
    ax.figure.canvas.draw()
    if not rows or rows == [[None]]:
        assert len(ax.texts) == 1
        assert not ax.has_data()


def test_one_cohort_of_one_period_is_drawn(texts):
    ax = retention(table_of([[5]]))
    ax.figure.canvas.draw()
    assert inside(ax, texts) == ["100", "5"]


@pytest.mark.parametrize(
    "table",
    [
        None,
        [[1]],
        pd.DataFrame({"a": [1]}),
        pd.DataFrame({0: ["many"]}),
        pd.DataFrame({1: [1], 0: [2]}),
    ],
)
def test_what_is_no_such_table_is_refused(table):
    with pytest.raises(ArgumentError, match="table must"):
        retention(table)


@pytest.mark.parametrize("count", [0, -1, 2.5, True, "all"])
def test_a_number_of_cohorts_that_is_none_is_refused(count):
    with pytest.raises(ArgumentError, match="max_cohorts"):
        retention(table_of([[1]]), max_cohorts=count)


def test_the_table_is_not_changed():
    table = triangle(5)
    before = table.copy(deep=True)
    retention(table)
    pd.testing.assert_frame_equal(table, before)
    assert np.array_equal(table.columns, before.columns)
