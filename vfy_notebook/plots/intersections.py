"""Which exact combinations of segments customers are in: an UpSet plot."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from vfy_notebook.plots.drawing.canvas import (
    OTHER_COLOUR,
    PALETTE,
    ROW_INCHES,
    check_ax,
    check_count,
    count_axis,
    draw_grid,
    font_size,
    inches_of,
    ink,
    label_rows,
    open_panel,
    points_of,
    say_nothing_to_draw,
    spell_count,
    strip_spines,
    text_points,
)
from vfy_notebook.plots.membership_matrix import count_combinations, read_matrix

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes

    from vfy_notebook.plots.drawing.arrays import Flags, Ints
    from vfy_notebook.plots.drawing.names import Name
    from vfy_notebook.plots.membership_matrix import MembershipMatrix
    from vfy_notebook.reductions import AnyFrame

__all__ = ["segment_intersections"]

_COLUMN_INCHES = 0.28
_BARS_INCHES = 2.4
#: The part of the panel's width that the bars of whole segments get.
_SIZES_WIDTH = 0.2
_GAP_INCHES = 0.08


def segment_intersections(
    memberships: AnyFrame,
    *,
    customers: AnyFrame | None = None,
    max_segments: int = 40,
    max_combinations: int = 30,
    ax: Axes | None = None,
) -> Axes:
    """Draw how many customers are in exactly which segments, as an UpSet plot.

    Each column is a combination of segments, its dots show which; the bar above counts the
    customers who are in these segments and in no other segment of the plot, so each customer is
    in one column only. The bars at the right have the whole segments. The largest combination
    comes first, of equal ones that with fewer segments. Makes no API calls.

    The plot follows Lex and others, "UpSet: Visualization of Intersecting Sets", 2014
    (https://doi.org/10.1109/TVCG.2014.2346248).

    Args:
        memberships: One row per customer and segment, as `fetch_memberships` gives it.
        customers: Who is counted; those in none of the segments get a column without dots.
            None: the distinct customers in `memberships`.
        max_segments: The largest segments only. A customer's other segments are disregarded.
        max_combinations: The largest combinations only; the axis says how many more there are
            and how many customers are in those.
        ax: The room to draw in. None makes a figure that grows with the segments and that
            Jupyter shows by itself.

    Returns:
        The Axes around the whole, the one to give a title. The parts are its `child_axes`, with
        the labels `intersections`, `combinations` and `sizes`. Without any memberships it holds
        a sentence that says so, and no parts.

    Raises:
        ArgumentError: A frame lacks its columns, `customers` has an id twice, or another
            argument makes no sense.

    Examples:
        >>> import matplotlib.pyplot as plt
        >>> import pandas as pd
        >>> memberships = pd.DataFrame(
        ...     {
        ...         "customer_id": ["cust_1", "cust_2", "cust_2", "cust_3"],
        ...         "segment_id": ["seg_a", "seg_a", "seg_b", "seg_a"],
        ...         "segment": ["Newsletter", "Newsletter", "Big spenders", "Newsletter"],
        ...     }
        ... )
        >>> ax = segment_intersections(memberships)
        >>> bars, combinations, sizes = ax.child_axes
        >>> [int(bar.get_height()) for bar in bars.patches]  # only a; a and b
        [2, 1]
        >>> plt.close()
    """
    check_ax(ax)
    check_count("max_combinations", max_combinations)
    matrix = read_matrix(memberships, customers).largest(max_segments)
    if not matrix.segment_ids:
        return say_nothing_to_draw(ax, "No segment has a member here: nothing can intersect.")
    if not matrix.base:
        return say_nothing_to_draw(ax, "There are no customers to count.")

    flags, counts = count_combinations(matrix)
    shown, rows = min(len(counts), max_combinations), len(matrix.segment_ids)
    matrix_inches = max(rows * ROW_INCHES, 0.8)
    names = matrix.names()
    outer = open_panel(
        ax,
        width=max(shown * _COLUMN_INCHES, 2.4) / (1 - _SIZES_WIDTH) + inches_of(names) + 0.4,
        height=matrix_inches + _BARS_INCHES + 0.5,
    )
    _clear_frame(outer)
    split = matrix_inches / (matrix_inches + _BARS_INCHES)
    gap = _GAP_INCHES / (matrix_inches + _BARS_INCHES)
    width = 1 - _SIZES_WIDTH
    top = outer.inset_axes((0, split + gap, width, 1 - split - gap), label="intersections")
    combinations = outer.inset_axes((0, 0, width, split), label="combinations")
    side = outer.inset_axes((width + 0.01, 0, _SIZES_WIDTH - 0.01, split), label="sizes")
    _draw_counts(top, counts, shown)
    _draw_combinations(combinations, flags[:shown], names)
    _draw_sizes(side, matrix)
    note = ""
    if shown < len(counts):
        more = spell_count(len(counts) - shown, "more combination")
        note = f"{more} with {spell_count(int(counts[shown:].sum()), 'customer')} not drawn"
    outer.set_xlabel(f"{note}{matrix.note_left_out()}".strip())
    return outer


def _clear_frame(ax: Axes) -> None:
    """Make the room around the parts invisible, but able to bear a title."""
    ax.set_xticks([])
    ax.set_yticks([])
    ax.patch.set_visible(False)
    strip_spines(ax, "top", "right", "bottom", "left")


def _draw_counts(ax: Axes, counts: Ints, shown: int) -> None:
    bars = ax.bar(range(shown), counts[:shown], width=0.7, color=PALETTE[0])
    notes = [f"{count:,}" for count in counts[:shown]]
    width, height = points_of(ax)
    size = font_size(ax, shown, across=True, largest=0.8)
    longest = max(text_points(note, size) for note in notes)
    upright = longest > 0.9 * width / shown
    ax.bar_label(bars, labels=notes, padding=2, fontsize=size, rotation=90 if upright else 0)
    room = (longest if upright else size * 1.3) + 6
    ax.set_ylim(0, counts[0] / (1 - min(room / height, 0.6)))
    ax.set_xlim(-0.5, shown - 0.5)
    ax.set_xticks([])
    count_axis(ax.yaxis)
    ax.set_ylabel("Customers in exactly\nthese segments")
    draw_grid(ax, "y")
    strip_spines(ax, "top", "right")


def _draw_combinations(ax: Axes, flags: Flags, names: Sequence[Name]) -> None:
    shown, rows = flags.shape
    label_rows(ax, names)
    ax.set_xlim(-0.5, shown - 0.5)
    ax.set_xticks([])
    for even in range(0, rows, 2):
        ax.axhspan(even - 0.5, even + 0.5, color=OTHER_COLOUR, alpha=0.12, linewidth=0)
    width, height = points_of(ax)
    diameter = min(width / shown, height / rows, 16) * 0.6
    column, row = np.divmod(np.arange(shown * rows), rows)
    ax.scatter(column, row, s=diameter**2, color=OTHER_COLOUR, alpha=0.3, linewidths=0)
    columns, members = np.nonzero(flags)
    ax.scatter(columns, members, s=diameter**2, color=ink(), linewidths=0, zorder=3)
    some = np.flatnonzero(flags.any(axis=1))
    first = flags[some].argmax(axis=1)
    last = rows - 1 - flags[some, ::-1].argmax(axis=1)
    ax.vlines(some, first, last, color=ink(), linewidth=max(diameter / 5, 0.8))
    strip_spines(ax, "top", "right", "bottom", "left")


def _draw_sizes(ax: Axes, matrix: MembershipMatrix) -> None:
    rows = len(matrix.segment_ids)
    bars = ax.barh(range(rows), matrix.sizes, height=0.6, color=OTHER_COLOUR)
    size = font_size(ax, rows, largest=0.8)
    ax.bar_label(bars, labels=[f"{count:,}" for count in matrix.sizes], padding=3, fontsize=size)
    ax.set_ylim(rows - 0.5, -0.5)
    ax.set_yticks([])
    ax.set_xticks([])
    ax.xaxis.set_label_position("top")  # the corner above is free
    ax.set_xlabel("Customers in\nthe segment", loc="left")
    strip_spines(ax, "top", "right", "bottom")
