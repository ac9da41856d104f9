"""How the segments overlap, two by two."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from matplotlib import colormaps

from vfy_notebook.plots.drawing.canvas import (
    check_ax,
    font_size,
    inches_of,
    ink_on,
    label_rows,
    long_bar,
    no_value_colour,
    open_panel,
    points_of,
    say_nothing_to_draw,
    text_points,
)
from vfy_notebook.plots.drawing.names import label_ticks
from vfy_notebook.plots.membership_matrix import count_shared, read_matrix

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.colors import Colormap

    from vfy_notebook.plots.columns import Floats
    from vfy_notebook.plots.drawing.arrays import Ints
    from vfy_notebook.reductions import AnyFrame

__all__ = ["segment_overlap"]

_CELL_INCHES = 0.36
_SMALLEST_READABLE = 5.0


def segment_overlap(
    memberships: AnyFrame, *, max_segments: int = 40, ax: Axes | None = None
) -> Axes:
    """Draw which share of each segment's customers is in each other segment too.

    A heat map: the row is segment A, the column segment B, the cell the percentage of A's
    customers who are also in B. It is not symmetric: a small segment can lie wholly inside a
    large one. Both run from the largest segment to the smallest. The diagonal, which would be
    100 % everywhere, tells the segment's size instead (`1.2k` customers). Makes no API calls.

    Args:
        memberships: One row per customer and segment, as `fetch_memberships` gives it.
        max_segments: The largest segments only; the axis says how many were left out.
        ax: Where to draw; the colour bar stands outside, at the right. None makes a figure that
            grows with the number of segments and that Jupyter shows by itself.

    Returns:
        The Axes; `ax.images[0].get_array()` has the percentages. Without any memberships it
        holds a sentence that says so.

    Raises:
        ArgumentError: `memberships` lacks its columns, or another argument makes no sense.

    Examples:
        >>> import matplotlib.pyplot as plt
        >>> import pandas as pd
        >>> memberships = pd.DataFrame(
        ...     {
        ...         "customer_id": ["cust_1", "cust_2", "cust_2"],
        ...         "segment_id": ["seg_a", "seg_a", "seg_b"],
        ...         "segment": ["Newsletter", "Newsletter", "Big spenders"],
        ...     }
        ... )
        >>> ax = segment_overlap(memberships)
        >>> [text.get_text() for text in ax.texts]
        ['2', '50', '100', '1']
        >>> plt.close()
    """
    check_ax(ax)
    matrix = read_matrix(memberships).largest(max_segments)
    count = len(matrix.segment_ids)
    if not count:
        return say_nothing_to_draw(ax, "No segment has a member here: there is no overlap to show.")

    shared = count_shared(matrix)
    percent = 100 * shared / matrix.sizes[:, None]
    np.fill_diagonal(percent, np.nan)
    colours = colormaps["Blues"].with_extremes(bad=no_value_colour())
    side = max(count * _CELL_INCHES, 2.2)
    names = matrix.names(width=28)
    label_inches = inches_of(names)
    panel = open_panel(
        ax,
        width=side + label_inches + 1.5,
        height=side + label_inches * 0.71 + 0.7,  # the labels below stand at 45 degrees
    )
    image = panel.imshow(percent, vmin=0, vmax=100, cmap=colours, aspect="auto")
    label_rows(panel, names)
    panel.set_xlim(-0.5, count - 0.5)
    label_ticks(panel.xaxis, range(count), matrix.names(width=28, lines=1))
    panel.tick_params(
        axis="x", length=0, labelsize=font_size(panel, count, across=True), labelrotation=45
    )
    for label in panel.get_xticklabels():
        label.set_horizontalalignment("right")
        label.set_rotation_mode("anchor")
    _write_cells(panel, percent, matrix.sizes, colours)
    panel.set_ylabel("Segment A")
    panel.set_xlabel(
        f"Segment B (the diagonal has the segment's customers){matrix.note_left_out()}"
    )
    long_bar(panel, image, "Customers of A\nwho are also in B (%)")
    return panel


def _write_cells(ax: Axes, percent: Floats, sizes: Ints, colours: Colormap) -> None:
    """Write the numbers into the cells, unless the cells are too small to read them."""
    count = len(sizes)
    width, height = points_of(ax)
    size = min(9.0, height / count * 0.6, width / count * 0.85 / text_points("100k", 1))
    if size < _SMALLEST_READABLE:
        return
    for row in range(count):
        for column in range(count):
            share = percent[row, column]
            text = _brief(int(sizes[row])) if row == column else _spell_percent(share)
            fill = no_value_colour() if row == column else colours(share / 100)
            ax.text(column, row, text, ha="center", va="center", size=size, color=ink_on(fill))


def _brief(number: int) -> str:
    """Write a count in four characters at most: 999, 1.2k, 123k, 4.5M."""
    for unit, scale in (("M", 1_000_000), ("k", 1_000)):
        amount = number / scale
        if amount >= 0.9995:
            return f"{amount:.1f}{unit}" if amount < 9.95 else f"{amount:.0f}{unit}"
    return str(number)


def _spell_percent(percent: float) -> str:
    """Round, but never so that "a few" reads like none or "nearly all" like all."""
    if 0 < percent < 0.5:
        return "<1"
    return ">99" if 99.5 <= percent < 100 else f"{percent:.0f}"
