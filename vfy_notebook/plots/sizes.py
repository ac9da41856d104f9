"""How large the segments are."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vfy_notebook.plots.drawing.canvas import (
    PALETTE,
    ROW_INCHES,
    check_ax,
    count_axis,
    draw_grid,
    inches_of,
    label_rows,
    open_panel,
    points_of,
    say_nothing_to_draw,
    spell_count,
    spell_share,
    strip_spines,
    text_points,
)
from vfy_notebook.plots.membership_matrix import read_matrix

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from vfy_notebook.reductions import AnyFrame

__all__ = ["segment_sizes"]


def segment_sizes(
    memberships: AnyFrame,
    *,
    customers: AnyFrame | None = None,
    max_segments: int = 60,
    ax: Axes | None = None,
) -> Axes:
    """Draw how many customers each segment has, and what share of the base that is.

    One horizontal bar for each segment, the largest at the top, with its number of distinct
    customers and its share written behind it. Segments overlap, so the shares need not sum to
    100 %. `segment_id` tells segments apart: two of one name get two bars. Makes no API calls.

    Args:
        memberships: One row per customer and segment, as `fetch_memberships` gives it.
        customers: The base of the shares; members who are not among them are not counted.
            None: the base is the distinct customers in `memberships`, and the axis says so.
        max_segments: The largest segments only; the axis says how many were left out.
        ax: Where to draw. None makes a figure that grows with the number of segments and that
            Jupyter shows by itself.

    Returns:
        The Axes. Without any memberships it holds no bars but a sentence that says so.

    Raises:
        ArgumentError: A frame lacks its columns, `customers` has an id twice, or another
            argument makes no sense.

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
        >>> ax = segment_sizes(memberships)
        >>> [label.get_text() for label in ax.get_yticklabels()]
        ['Newsletter', 'Big spenders']
        >>> [text.get_text() for text in ax.texts]
        ['2 (100.0%)', '1 (50.0%)']
        >>> plt.close()
    """
    check_ax(ax)
    matrix = read_matrix(memberships, customers).largest(max_segments)
    if not matrix.segment_ids:
        return say_nothing_to_draw(ax, "No segment has a member here: there is nothing to size.")
    if not matrix.base:
        return say_nothing_to_draw(ax, "There are no customers to take shares of.")

    rows = len(matrix.segment_ids)
    names = matrix.names()
    panel = open_panel(ax, width=6 + inches_of(names), height=1.1 + rows * ROW_INCHES)
    bars = panel.barh(range(rows), matrix.sizes, height=0.75, color=PALETTE[0])
    size = label_rows(panel, names)
    notes = [f"{count:,} ({spell_share(count / matrix.base)})" for count in matrix.sizes]
    panel.bar_label(bars, labels=notes, padding=4, fontsize=size)

    # room for the longest bar's own label, whatever the width of the panel
    label_share = (max(text_points(note, size) for note in notes) + 8) / points_of(panel)[0]
    panel.set_xlim(0, max(matrix.sizes.max(), 1) / (1 - min(label_share, 0.6)))
    count_axis(panel.xaxis)
    draw_grid(panel, "x")
    strip_spines(panel, "top", "right")
    base = "given" if customers is not None else "in at least one segment"
    panel.set_xlabel(
        f"Customers in the segment\n(share of the {spell_count(matrix.base, 'customer')} {base})"
        f"{matrix.note_left_out()}"
    )
    return panel
