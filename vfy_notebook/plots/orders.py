"""What customers order for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from matplotlib.ticker import MaxNLocator

from vfy_notebook.errors import ArgumentError
from vfy_notebook.plots.boxes import BOX_LEGEND, draw_boxes
from vfy_notebook.plots.colours import wanted_by
from vfy_notebook.plots.columns import Numbers, as_categories, check_column, fold, read_column
from vfy_notebook.plots.drawing.canvas import (
    PALETTE,
    ROW_INCHES,
    check_ax,
    count_axis,
    draw_grid,
    gap_colour,
    inches_of,
    ink,
    number_axis,
    open_panel,
    say_nothing_to_draw,
    spell_count,
    strip_spines,
)
from vfy_notebook.plots.drawing.names import make_name
from vfy_notebook.plots.membership_matrix import customer_ids
from vfy_notebook.reductions import count_alike, quantiles

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pandas as pd
    from matplotlib.axes import Axes

    from vfy_notebook.plots.columns import Floats
    from vfy_notebook.plots.drawing.arrays import Ints
    from vfy_notebook.reductions import AnyFrame

__all__ = ["order_value"]

_AMOUNTS = {
    "average": ("summary.orders.average_amount", "Average order value per customer"),
    "last": ("summary.orders.last_order_amount", "Value of the customer's last order"),
    "total": ("summary.orders.total_amount", "Value of all orders per customer"),
}
_ORDERS = "summary.orders.total_count"
_MAX_ROWS = 25
_MAX_BARS = 40
#: A tail is gathered in one bar where the largest value is that many times the 99th percentile.
_LONG_TAIL = 1.5


def order_value(
    customers: AnyFrame,
    *,
    by: str | None = None,
    amount: Literal["average", "last", "total"] = "average",
    palette: Mapping[Any, str] | Sequence[Any] | None = None,
    schema: pd.DataFrame | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Draw how order value is spread over customers, in currency units.

    Without `by`: a histogram with the median marked. Where a few customers are far above the
    rest, one paler bar at the right end gathers all above the 99th percentile, so that the rest
    stays readable. With `by`: a box for each value of the column, from the lower to the upper
    quartile with the median in it, whiskers from the 5th to the 95th percentile, the number of
    customers at the right; of more than 25 values the smallest are folded into "other". Numbers
    of many values are cut into four ranges that hold a quarter of the customers each, dates
    into years. The API counts in hundredths; they are divided by 100 here, whatever the
    currency. Makes no API calls.

    Args:
        customers: As `fetch_customers` gives it. Customers without an order are not drawn, and
            the axis says how many they are.
        by: A column such as `metadata.tier`.
        amount: The value of a customer's `average` or `last` order, or of all (`total`).
        palette: The colours of the values, as a dict, or the values in their order, as a list.
        schema: As `fetch_metadata_schema` gives it: the values that it lists for the column are
            drawn in its order.
        ax: Where to draw. None makes a figure that Jupyter shows by itself.

    Returns:
        The Axes. Without any customer who ordered it holds a sentence that says so.

    Raises:
        ArgumentError: The amount's column is missing or holds no numbers, there is no column
            `by` (the message lists near names), `customers` has an id twice, or `amount` is
            none of the three.

    Examples:
        >>> import matplotlib.pyplot as plt
        >>> import pandas as pd
        >>> customers = pd.DataFrame(
        ...     {"summary.orders.average_amount": [1000, 2000, 2500, 4000]},
        ...     index=pd.Index(["cust_1", "cust_2", "cust_3", "cust_4"], name="customer_id"),
        ... )
        >>> ax = order_value(customers)
        >>> ax.get_xlabel()
        'Average order value per customer (currency units)'
        >>> [text.get_text() for text in ax.texts]
        ['median 22.50']
        >>> plt.close()
    """
    check_ax(ax)
    wanted = wanted_by(palette, schema, str(by))
    if amount not in _AMOUNTS:
        raise ArgumentError(f"amount must be one of {', '.join(_AMOUNTS)}, not {amount!r}.")
    column, title = _AMOUNTS[amount]
    check_column(customers, column, argument="order_value")
    if by is not None:
        check_column(customers, by, argument="by")
    columns = [column, _ORDERS] if by is None else [column, _ORDERS, by]
    counted = count_alike(customers, columns=columns, days=columns[2:])
    people = counted.customers
    customer_ids(people)
    values = _read_values(people, column)
    drawn = ~np.isnan(values)
    weights = counted.weights
    without = int(weights[~drawn].sum())
    values, weights = values[drawn], weights[drawn]
    column_by = None if by is None else read_column(people[drawn], by)
    if not drawn.any():
        return say_nothing_to_draw(ax, "There are no orders: none of these customers has one.")

    legend = ""
    if column_by is None:
        panel = open_panel(ax, width=8, height=4)
        _draw_histogram(panel, values, weights)
    else:
        folded = fold(as_categories(column_by, weights), weights, limit=_MAX_ROWS, wanted=wanted)
        panel = open_panel(
            ax, width=6.5 + inches_of(folded.names), height=1.5 + len(folded.names) * ROW_INCHES
        )
        draw_boxes(
            panel, values, folded.codes, folded.names, colours=folded.colours, weights=weights
        )
        make_name(str(by)).put_on(panel.yaxis.label)
        legend = f"\n{BOX_LEGEND}"
    note = f"\n{spell_count(without, 'customer')} without an order not drawn" if without else ""
    panel.set_xlabel(f"{title} (currency units){legend}{note}")
    return panel


def _read_values(customers: pd.DataFrame, column: str) -> Floats:
    """The amounts in currency units, NaN for who has not ordered."""
    amounts = read_column(customers, column, argument="order_value")
    if amounts.missing.all():
        return np.full(len(customers), np.nan)
    if not isinstance(amounts, Numbers):
        raise ArgumentError(f"{column} must hold numbers, not {customers[column].dtype}.")
    values = amounts.values
    if _ORDERS in customers.columns:  # an average of no orders is 0 in the API, not an order of 0
        orders = read_column(customers, _ORDERS, argument="order_value")
        if isinstance(orders, Numbers):
            values = np.where(orders.values == 0, np.nan, values)
    return values


def _draw_histogram(ax: Axes, values: Floats, weights: Ints) -> None:
    median, usual = map(float, quantiles(values, (0.5, 0.99), weights))
    has_tail = values.max() > _LONG_TAIL * usual > 0
    upper = usual if has_tail else values.max()
    lower = values.min()
    if lower == upper:  # a single bar of one currency unit
        lower, upper, bars = lower - 0.5, upper + 0.5, 1
    else:
        bars = int(np.clip(np.sqrt(weights.sum()), 8, _MAX_BARS))
    locator = MaxNLocator(nbins=bars, steps=[1, 2, 2.5, 5, 10])
    counts, edges = np.histogram(values, locator.tick_values(lower, upper), weights=weights)
    widths = np.diff(edges)
    style: dict[str, Any] = {"align": "edge", "edgecolor": gap_colour(), "linewidth": 0.5}
    ax.bar(edges[:-1], counts, width=widths, color=PALETTE[0], **style)
    ax.set_ylim(0, counts.max() * 1.15)
    if above := int(weights[values > edges[-1]].sum()):
        start, width = edges[-1] + widths[-1], widths[-1]
        ax.bar([start], [above], width=[width], color=PALETTE[4], **style)
        ax.annotate(
            f"{above:,} above {edges[-1]:,.2f}",
            (start + width, above),
            xytext=(0, 3),
            textcoords="offset points",
            ha="right",
            size="small",
        )

    left, right = ax.get_xlim()
    leftish = median < (left + right) / 2
    ax.axvline(median, color=ink(), linestyle="--", linewidth=1)
    ax.annotate(
        f"median {median:,.2f}",
        (median, 1),
        xycoords=ax.get_xaxis_transform(),
        xytext=(4 if leftish else -4, -3),
        textcoords="offset points",
        ha="left" if leftish else "right",
        va="top",
        size="small",
    )
    number_axis(ax.xaxis)
    count_axis(ax.yaxis)
    ax.set_ylabel("Customers")
    draw_grid(ax, "y")
    strip_spines(ax, "top", "right")
