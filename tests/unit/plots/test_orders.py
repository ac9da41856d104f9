from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from vfy_notebook.errors import ArgumentError
from vfy_notebook.plots import order_value


def frame(average, count=None, **columns):
    index = pd.Index([f"c{number}" for number in range(len(average))], name="customer_id")
    made = {"summary.orders.average_amount": pd.array(average, dtype="Int64"), **columns}
    if count is not None:
        made["summary.orders.total_count"] = pd.array(count, dtype="Int64")
    return pd.DataFrame(made, index=index)


def counted(ax):
    return sum(int(bar.get_height()) for bar in ax.patches)


def test_hundredths_become_currency_units(texts):
    ax = order_value(frame([1000, 2000, 3000]))
    assert texts(ax.texts) == ["median 20.00"]
    left = min(bar.get_x() for bar in ax.patches)
    right = max(bar.get_x() + bar.get_width() for bar in ax.patches)
    assert left <= 10
    assert 30 <= right < 40
    assert ax.get_xlabel() == "Average order value per customer (currency units)"
    assert ax.get_ylabel() == "Customers"


def test_bars_have_the_customers_of_their_range():
    rng = np.random.default_rng(0)
    values = rng.integers(0, 100_00, 500)
    ax = order_value(frame(values))
    for bar in ax.patches:
        low, high = bar.get_x(), bar.get_x() + bar.get_width()
        last = bar is ax.patches[-1]
        inside = (values / 100 >= low) & ((values / 100 <= high) if last else (values / 100 < high))
        assert bar.get_height() == inside.sum()
    assert counted(ax) == 500


def test_who_has_not_ordered_is_told_and_not_drawn():
    ax = order_value(frame([1000, 0, None, 0], count=[2, 0, 0, 1]))
    assert counted(ax) == 2  # an order of nothing is an order
    assert ax.get_xlabel().endswith("2 customers without an order not drawn")


def test_a_long_tail_is_gathered_in_one_bar(texts):
    values = [1000 + number for number in range(999)] + [100_000_000]
    ax = order_value(frame(values))
    assert counted(ax) == 1000
    assert ax.patches[-1].get_height() == 1
    assert texts(ax.texts)[0].startswith("1 above ")
    assert ax.get_xlim()[1] < 100


@pytest.mark.parametrize("values", [[1121], [1121] * 5, [0, 0], [10**15] * 3, [-500, 200]])
def test_odd_values_are_drawn_whole(values):
    ax = order_value(frame(values))
    assert counted(ax) == len(values)
    ax.figure.canvas.draw()


def test_by_a_column_there_is_a_box_for_each_value(texts):
    ax = order_value(
        frame([1000, 2000, 3000, 500, None], tier=["gold", "gold", "gold", None, "silver"]),
        by="tier",
    )
    assert texts(ax.get_yticklabels()) == ["gold", "no value"]
    boxes = [patch.get_path().get_extents() for patch in ax.patches]
    assert [(box.x0, box.x1) for box in boxes] == [(15, 25), (5, 5)]
    assert texts(ax.texts)[:2] == ["3", "1"]
    assert ax.get_ylabel() == "tier"


def test_many_values_are_folded(texts):
    ax = order_value(
        frame([1000] * 60, city=[f"city {number:02}" for number in range(60)]), by="city"
    )
    assert len(ax.get_yticklabels()) == 25
    assert texts(ax.get_yticklabels())[-1] == "other (36 values)"


def test_total_and_last_have_their_own_columns():
    customers = frame([1000]).assign(
        **{"summary.orders.total_amount": [5000], "summary.orders.last_order_amount": [700]}
    )
    assert order_value(customers, amount="total").texts[0].get_text() == "median 50.00"
    assert order_value(customers, amount="last").texts[0].get_text() == "median 7.00"
    assert "last order" in order_value(customers, amount="last").get_xlabel()


def test_wrong_arguments_are_refused():
    with pytest.raises(ArgumentError, match="average, last, total"):
        order_value(frame([1]), amount="median")
    with pytest.raises(ArgumentError, match=r"summary\.orders\.total_amount"):
        order_value(frame([1]), amount="total")
    with pytest.raises(ArgumentError, match="by: customers has no column 'tier'"):
        order_value(frame([1]), by="tier")
    with pytest.raises(ArgumentError, match="must hold numbers"):
        order_value(frame([1]).astype("str"))


def test_without_orders_there_is_a_sentence(texts):
    for customers in (frame([]), frame([None]), frame([0], count=[0])):
        assert texts(order_value(customers).texts) == [
            "There are no orders: none of these customers has one."
        ]
