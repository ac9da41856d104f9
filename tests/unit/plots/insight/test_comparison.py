from __future__ import annotations

import io

import pandas as pd
import pytest
from matplotlib.colors import to_hex

from vfy_notebook.errors import ArgumentError
from vfy_notebook.plots import comparison

BLUE, RED, GREY = "#0072b2", "#d55e00", "#999999"


def table_of(*rows):
    columns = ["column", "value", "measure", "group", "rest", "effect", "low", "high"]
    return pd.DataFrame(rows, columns=columns).astype({"group": object, "rest": object})


@pytest.fixture
def table():
    day = pd.Timestamp("2026-05-01")
    return table_of(
        ("metadata.tier", "gold", "share", 0.5, 0.25, 0.25, 0.1, 0.4),
        ("summary.orders.total_amount", None, "median", 1234_50.0, 99_00.0, -0.4, -0.5, -0.3),
        ("metadata.score", None, "median", 50.25, 50.0, 0.01, -0.1, 0.12),
        ("created_at", None, "median", day, pd.NaT, float("nan"), float("nan"), float("nan")),
    )


def colours(ax):
    return [to_hex(colour) for colour in ax.collections[1].get_facecolors()]


def test_rows_are_named_and_told_in_their_units(table, texts):
    ax = comparison(table)
    assert texts(ax.get_yticklabels()) == [
        "metadata.tier: gold",
        "summary.orders.total_amount (median)",
        "metadata.score (median)",
        "created_at (median)",
    ]
    assert texts(ax.texts) == [
        "50.0% / 25.0%",
        "1,234.50 / 99.00",
        "50.25 / 50",
        "2026-05-01 / none",
        "group / rest",
    ]


def test_the_colour_tells_more_less_or_chance(table):
    assert colours(comparison(table))[:3] == [BLUE, RED, GREY]


def test_zero_is_in_the_middle_and_every_interval_inside(table):
    left, right = comparison(table).get_xlim()
    assert left == -right
    assert right > 0.5


def test_the_first_rows_are_drawn_and_the_others_counted(table):
    ax = comparison(table, max_rows=2)
    assert len(ax.get_yticks()) == 2
    assert ax.get_xlabel().endswith("2 less telling rows not drawn")


def test_without_rows_there_is_a_sentence(table):
    ax = comparison(table[:0])
    assert len(ax.texts) == 1
    assert not ax.has_data()


def test_a_table_that_was_in_a_file_is_drawn_alike(table, texts):
    drawn = texts(comparison(table).texts)
    again = pd.read_csv(io.StringIO(table.to_csv(index=False)))
    assert texts(comparison(again).texts) == drawn
    with pytest.raises(ArgumentError, match="neither a share nor a median"):
        comparison(table.assign(group="many"))


def test_rows_without_an_effect_are_drawn(table):
    comparison(table[3:]).figure.canvas.draw()


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda t: t["column"], "DataFrame"),
        (lambda t: t.drop(columns="effect"), "'effect'.*analysis.compare"),
        (lambda t: t.assign(low="small"), "low must hold numbers"),
    ],
)
def test_what_is_no_such_table_is_refused(table, change, told):
    with pytest.raises(ArgumentError, match=told):
        comparison(change(table))


@pytest.mark.parametrize("count", [0, True, 1.5])
def test_a_number_of_rows_that_is_none_is_refused(table, count):
    with pytest.raises(ArgumentError, match="max_rows"):
        comparison(table, max_rows=count)
