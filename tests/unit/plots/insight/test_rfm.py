from __future__ import annotations

import pandas as pd
import pytest

from vfy_notebook import analysis
from vfy_notebook.errors import ArgumentError
from vfy_notebook.plots import rfm


def customers(told):
    """Customers with `summary.orders` from `(last order, count, total)`."""
    return pd.DataFrame(
        told,
        columns=[
            "summary.orders.last_order_date",
            "summary.orders.total_count",
            "summary.orders.total_amount",
        ],
        index=pd.Index([f"c{number}" for number in range(len(told))], name="customer_id"),
    )


@pytest.fixture
def table():
    return analysis.rfm(
        customers(
            [
                ("2026-06-01", 9, 600_00),
                ("2026-05-01", 1, 100_00),
                ("2026-04-01", 1, 100_00),
                ("2026-03-01", 1, 100_00),
                ("2026-02-01", 1, 100_00),
                (None, 0, 0),
            ]
        )
    )


def widths(ax):
    return [round(float(bar.get_width()), 1) for bar in ax.patches]


def test_bars_are_shares_of_customers_and_of_value(table, texts):
    groups, _ = rfm(table).child_axes
    assert groups.get_label() == "groups"
    labels = texts(groups.get_yticklabels())
    assert labels == ["champions", "promising", "fading", "lost", "no orders"]
    sizes, values = widths(groups)[:5], widths(groups)[5:]
    assert sizes == [16.7, 16.7, 16.7, 33.3, 16.7]
    assert values == [60.0, 10.0, 10.0, 20.0, 0.0]
    assert texts(groups.texts) == ["1", "1", "1", "2", "1", "customers"]


def test_the_map_has_each_customer_with_an_order_once(table, texts):
    _, scores = rfm(table).child_axes
    counts = scores.images[0].get_array()
    assert counts.shape == (5, 5)
    assert counts.sum() == 5
    assert counts[0, 4] == 1  # most recent at the top, most frequent at the right
    assert "champions" in texts(scores.texts)
    assert texts(scores.get_xticklabels())[0] == "1\n1"
    assert texts(scores.get_yticklabels())[0] == "5\n0"
    assert scores.get_xlabel().endswith("1 customer without an order not drawn")


def test_a_score_that_nobody_has_is_empty(table):
    _, scores = rfm(table).child_axes
    counts = scores.images[0].get_array()
    assert counts[:, 1:4].mask.all()
    assert "no customer has the frequency score 2 or 3 or 4" in scores.get_xlabel()


def test_a_table_that_was_in_a_file_is_drawn_alike(table, texts):
    drawn = rfm(table).child_axes
    flat = table.reset_index().astype({"group": "str"})
    flat.attrs = {}
    for name in flat.columns[1:7]:
        flat[name] = flat[name].astype("float64")
    again = rfm(flat).child_axes
    assert sorted(texts(drawn[1].texts)) == sorted(texts(again[1].texts))
    assert set(texts(drawn[0].get_yticklabels())) == set(texts(again[0].get_yticklabels()))


def test_of_very_many_groups_the_smallest_are_one(texts):
    count = 60
    told = [
        ((pd.Timestamp("2026-06-01") - pd.Timedelta(days=day)).isoformat(), day % 7 + 1, 1)
        for day in range(count)
    ]
    names = pd.DataFrame(
        [[f"group {row} {column}" for column in range(1, 9)] for row in range(1, 9)],
        index=range(1, 9),
        columns=range(1, 9),
    )
    table = analysis.rfm(customers(told), groups=names)
    groups, _ = rfm(table).child_axes
    labels = texts(groups.get_yticklabels())
    assert len(labels) == 25
    assert labels[-1].startswith("other (")
    assert sum(widths(groups)[:25]) == pytest.approx(100, abs=1)


def test_without_value_or_with_refunds_there_is_no_share_of_value(texts):
    for total in (0, -5_00):
        told = [("2026-06-01", 1, total), ("2026-01-01", 2, 0)]
        groups, _ = rfm(analysis.rfm(customers(told))).child_axes
        assert len(groups.patches) == 2
        assert "no value" in groups.get_xlabel()


def test_nobody_who_has_ordered_is_said(texts):
    groups, scores = rfm(analysis.rfm(customers([(None, 0, 0)]))).child_axes
    assert texts(groups.get_yticklabels()) == ["no orders"]
    assert texts(scores.texts) == ["None of these customers has ordered."]


def test_one_customer_is_drawn():
    ax = rfm(analysis.rfm(customers([("2026-06-01", 1, 5)])))
    ax.figure.canvas.draw()
    assert ax.child_axes[1].images[0].get_array().shape == (5, 5)


def test_nobody_is_a_sentence():
    ax = rfm(analysis.rfm(customers([])))
    assert len(ax.texts) == 1
    assert not ax.child_axes


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda _: None, "DataFrame"),
        (lambda t: t.drop(columns=["group", "recency"]), "'recency', 'group'.*analysis.rfm"),
        (lambda t: t.assign(recency_score="high"), "recency_score must hold numbers"),
        (lambda t: t.assign(frequency_score=2.5), "whole numbers"),
        (lambda t: t.assign(frequency_score=10**9), "whole numbers from 1 to 20"),
    ],
)
def test_what_is_no_such_table_is_refused(table, change, told):
    with pytest.raises(ArgumentError, match=told):
        rfm(change(table))
