"""Rows of boxes: the spread of a number in groups of customers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from vfy_notebook.plots.drawing.canvas import (
    draw_grid,
    ink,
    ink_on,
    label_rows,
    note_counts,
    number_axis,
    strip_spines,
)
from vfy_notebook.reductions import count, quantiles

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes

    from vfy_notebook.plots.columns import Floats
    from vfy_notebook.plots.drawing.arrays import Ints
    from vfy_notebook.plots.drawing.names import Name

__all__ = ["BOX_LEGEND", "draw_boxes", "five_numbers"]

BOX_LEGEND = "box: middle half, line: median, whiskers: 5th to 95th percentile"
_QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)


def five_numbers(values: Floats, group: Ints, groups: int, weights: Ints) -> tuple[Floats, Ints]:
    """Five quantiles (5, 25, 50, 75 and 95 %) of each group, and how many customers have one.

    Args:
        values: Numbers; NaN is no value.
        group: Each number's group.
        groups: How many groups there are.
        weights: For how many customers each number stands.

    Returns:
        An array of `groups` rows and five columns, NaN for a group without values; the counts.
    """
    present = ~np.isnan(values)
    values, group, weights = values[present], group[present], weights[present]
    counts = count(group, groups, weights)
    numbers = np.full((groups, len(_QUANTILES)), np.nan)
    order = np.argsort(group, kind="stable")
    starts = np.searchsorted(group[order], np.arange(groups + 1))
    for row in np.flatnonzero(counts):
        members = order[starts[row] : starts[row + 1]]
        numbers[row] = quantiles(values[members], _QUANTILES, weights[members])
    return numbers, counts


def draw_boxes(
    ax: Axes,
    values: Floats,
    group: Ints,
    names: Sequence[Name],
    *,
    colours: Sequence[str],
    weights: Ints,
) -> float:
    """Draw a box for each group, in rows from the top, with its count at the right.

    Each value stands for as many customers as its weight says.

    Returns:
        The width of the column of counts in points.
    """
    numbers, counts = five_numbers(values, group, len(names), weights)
    totals = count(group, len(names), weights)
    drawn = np.flatnonzero(counts).tolist()
    stats: list[dict[str, Any]] = [
        dict(zip(("whislo", "q1", "med", "q3", "whishi"), numbers[row], strict=True))
        for row in drawn
    ]
    parts = ax.bxp(
        stats,
        positions=drawn,
        orientation="horizontal",
        widths=0.6,
        showfliers=False,
        patch_artist=True,
        manage_ticks=False,
        medianprops={"linewidth": 2},
        whiskerprops={"color": ink()},
        capprops={"color": ink()},
    )
    for box, median, row in zip(parts["boxes"], parts["medians"], drawn, strict=True):
        box.set_facecolor(colours[row])
        box.set_edgecolor(ink())
        median.set_color(ink_on(colours[row]))
    label_rows(ax, names)
    if ax.get_xlim()[0] > 0:  # lengths are compared: they begin at 0
        ax.set_xlim(left=0)
    number_axis(ax.xaxis)
    draw_grid(ax, "x")
    strip_spines(ax, "top", "right", "left")
    return note_counts(ax, counts, totals)
