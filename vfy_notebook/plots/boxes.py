"""Rows of boxes: the spread of a number in groups of customers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from vfy_notebook.plots.drawing.canvas import (
    draw_grid,
    ink,
    label_rows,
    note_counts,
    number_axis,
    strip_spines,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes

    from vfy_notebook.plots.columns import Floats
    from vfy_notebook.plots.drawing.arrays import Ints
    from vfy_notebook.plots.drawing.names import Name

__all__ = ["BOX_LEGEND", "draw_boxes", "five_numbers"]

BOX_LEGEND = "box: middle half, line: median, whiskers: 5th to 95th percentile"
_QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)


def five_numbers(values: Floats, group: Ints, groups: int) -> tuple[Floats, Ints]:
    """Five quantiles (5, 25, 50, 75 and 95 %) of each group, and how many values it has.

    Args:
        values: Numbers; NaN is no value.
        group: Each number's group.
        groups: How many groups there are.

    Returns:
        An array of `groups` rows and five columns, NaN for a group without values; the counts.
    """
    present = ~np.isnan(values)
    counts = np.bincount(group[present], minlength=groups).astype(np.int64)
    numbers = np.full((groups, len(_QUANTILES)), np.nan)
    grouped = pd.Series(values[present]).groupby(group[present])
    found = grouped.quantile(np.array(_QUANTILES)).to_numpy().reshape(-1, len(_QUANTILES))
    numbers[np.flatnonzero(counts)] = found
    return numbers, counts


def draw_boxes(
    ax: Axes,
    values: Floats,
    group: Ints,
    names: Sequence[Name],
    colours: Sequence[str],
) -> float:
    """Draw a box for each group, in rows from the top, with its count at the right.

    Returns:
        The width of the column of counts in points.
    """
    numbers, counts = five_numbers(values, group, len(names))
    totals = np.bincount(group, minlength=len(names))
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
        medianprops={"color": ink(), "linewidth": 2},
        whiskerprops={"color": ink()},
        capprops={"color": ink()},
    )
    for box, row in zip(parts["boxes"], drawn, strict=True):
        box.set_facecolor(colours[row])
        box.set_edgecolor(ink())
    label_rows(ax, names)
    if ax.get_xlim()[0] > 0:  # lengths are compared: they begin at 0
        ax.set_xlim(left=0)
    number_axis(ax.xaxis)
    draw_grid(ax, "x")
    strip_spines(ax, "top", "right", "left")
    return note_counts(ax, counts, totals)
