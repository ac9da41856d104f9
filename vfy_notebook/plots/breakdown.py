"""Who is in the segments, by any column of the customers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from matplotlib import colormaps
from matplotlib.patches import Patch

from vfy_notebook.plots.boxes import BOX_LEGEND, draw_boxes
from vfy_notebook.plots.colours import wanted_by
from vfy_notebook.plots.columns import Categories, Dates, Numbers, check_column, fold, read_column
from vfy_notebook.plots.drawing.canvas import (
    OTHER_COLOUR,
    PALETTE,
    ROW_INCHES,
    check_ax,
    draw_legend,
    font_size,
    gap_colour,
    inches_of,
    ink_on,
    label_rows,
    lay_out,
    long_bar,
    note_counts,
    note_rows,
    number_axis,
    open_panel,
    points_of,
    say_nothing_to_draw,
    strip_spines,
    text_points,
)
from vfy_notebook.plots.drawing.names import make_name
from vfy_notebook.plots.membership_matrix import customer_ids, matrix_of
from vfy_notebook.reductions import count, count_alike

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from matplotlib.axes import Axes

    from vfy_notebook.plots.columns import Floats, Folded
    from vfy_notebook.plots.drawing.arrays import Ints
    from vfy_notebook.plots.drawing.names import Name
    from vfy_notebook.plots.membership_matrix import MembershipMatrix
    from vfy_notebook.reductions import AnyFrame

__all__ = ["segment_breakdown"]

_EVERYBODY = "all customers"
#: More columns than that would be thinner than a letter: then wider spans of time are taken.
_MAX_SPANS = 120
_MAX_SPAN_LABELS = 12


def segment_breakdown(
    customers: AnyFrame,
    memberships: AnyFrame,
    *,
    by: str,
    max_segments: int = 40,
    palette: Mapping[Any, str] | Sequence[Any] | None = None,
    schema: pd.DataFrame | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Draw what each segment is made of, by one column of the customers.

    One row for each segment, the largest at the top, below a row for all customers to compare
    with; the number of customers stands at the right. What is drawn depends on the column:

    * text, flags, categories, lists and objects: a bar from 0 to 100 %, split by value. The
      eight largest values have a colour each; if there are more, the small rest is folded into
      "other". A list or an object counts as one value as a whole, written as JSON: explode a
      list column first to count its elements. Customers without one are "no value".
    * numbers: a box from the lower to the upper quartile with the median in it, whiskers from
      the 5th to the 95th percentile. Amounts of the API are turned from hundredths into
      currency units, time spans into days.
    * dates, also written as text (`2024-05-31`): a heat map of the share of the segment's
      customers in each month (UTC), or in each year, decade or century where months would be
      more than 120. Customers without a date are left out of the shares; how many have one
      stands at the right.

    Makes no API calls.

    Args:
        customers: As `fetch_customers` gives it. Members who are not in it are not counted.
        memberships: One row per customer and segment, as `fetch_memberships` gives it.
        by: The column, such as `metadata.tier`.
        max_segments: The largest segments only; the axis says how many were left out.
        palette: The colours of the values, as a dict, or the values in their order, as a list.
        schema: As `fetch_metadata_schema` gives it: the values that it lists for the column are
            drawn in its order.
        ax: Where to draw. None makes a figure that grows with the number of segments and that
            Jupyter shows by itself.

    Returns:
        The Axes. Without customers, without members among them, or without a single value in
        the column, it holds a sentence that says so.

    Raises:
        ArgumentError: There is no column `by` (the message lists near names), a frame lacks its
            columns, `customers` has an id twice, or another argument makes no sense.

    Examples:
        >>> import matplotlib.pyplot as plt
        >>> import pandas as pd
        >>> customers = pd.DataFrame(
        ...     {"metadata.tier": ["gold", "silver", "gold"]},
        ...     index=pd.Index(["cust_1", "cust_2", "cust_3"], name="customer_id"),
        ... )
        >>> memberships = pd.DataFrame(
        ...     {
        ...         "customer_id": ["cust_1", "cust_2"],
        ...         "segment_id": ["seg_a", "seg_a"],
        ...         "segment": ["Newsletter", "Newsletter"],
        ...     }
        ... )
        >>> ax = segment_breakdown(customers, memberships, by="metadata.tier")
        >>> [label.get_text() for label in ax.get_yticklabels()]
        ['all customers', 'Newsletter']
        >>> [(bars.get_label(), float(bars.patches[1].get_width())) for bars in ax.containers]
        [('gold', 50.0), ('silver', 50.0)]
        >>> plt.close()
    """
    check_ax(ax)
    wanted = wanted_by(palette, schema, str(by))
    check_column(customers, by, argument="by")
    counted = count_alike(customers, memberships, columns=[by], days=[by])
    ids = customer_ids(counted.customers)
    column = read_column(counted.customers, by)
    assert counted.memberships is not None  # noqa: S101 - they were given
    matrix = matrix_of(counted.memberships, counted.customers, counted.by_id)
    matrix = matrix.largest(max_segments)
    if not len(ids):
        return say_nothing_to_draw(ax, "There are no customers to break down.")
    if not matrix.sizes.any():
        return say_nothing_to_draw(ax, "None of these customers is in a segment.")
    if column.missing.all():
        return say_nothing_to_draw(ax, f"None of these customers has a value in {by!r}.")

    names = [make_name(_EVERYBODY), *matrix.names()]
    folded = fold(column, matrix.weights, wanted=wanted) if isinstance(column, Categories) else None
    aside = inches_of(folded.names) + 1.3 if folded else 1.5
    panel = open_panel(ax, width=6 + inches_of(names) + aside, height=1.2 + len(names) * ROW_INCHES)
    if folded:
        percent = _draw_stacks(panel, matrix, folded, names, by)
        if ax is None:  # on a figure of ours the layout is known before the user draws it
            lay_out(panel)
        _write_shares(panel, percent, folded.colours)
    elif isinstance(column, Numbers):
        _draw_spreads(panel, matrix, column, names, by)
    elif isinstance(column, Dates):
        _draw_spans(panel, matrix, column, names, by)
    panel.axhline(0.5, color=OTHER_COLOUR, linewidth=0.8)
    panel.get_yticklabels()[0].set_fontstyle("italic")  # not the name of a segment
    if matrix.left_out:
        panel.set_xlabel(panel.get_xlabel() + matrix.note_left_out())
    return panel


def _rows_of(matrix: MembershipMatrix) -> tuple[Ints, Ints]:
    """Each customer once for row 0 and once for each segment's row: customer codes and rows."""
    everybody = np.arange(len(matrix.weights))
    return (
        np.concatenate([everybody, matrix.customer]),
        np.concatenate([np.zeros_like(everybody), matrix.segment + 1]),
    )


def _count_kinds(matrix: MembershipMatrix, codes: Ints, kinds: int) -> Ints:
    """The customers of each kind (columns) in each row."""
    customer, row = _rows_of(matrix)
    rows = 1 + len(matrix.segment_ids)
    counts = count(row * kinds + codes[customer], rows * kinds, matrix.weights[customer])
    return counts.reshape(rows, kinds)


def _percentages(matrix: MembershipMatrix, codes: Ints, kinds: int) -> Floats:
    """The share of each kind of customer in each row, in percent; empty rows are all 0."""
    counts = _count_kinds(matrix, codes, kinds)
    percent: Floats = 100 * counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    return percent


def _draw_stacks(
    ax: Axes, matrix: MembershipMatrix, folded: Folded, names: Sequence[Name], by: str
) -> Floats:
    percent = _percentages(matrix, folded.codes, len(folded.names))
    label_rows(ax, names)
    left = np.zeros(len(names))
    for kind, (name, colour) in enumerate(zip(folded.names, folded.colours, strict=True)):
        bars = ax.barh(
            range(len(names)),
            percent[:, kind],
            left=left,
            height=0.8,
            color=colour,
            edgecolor=gap_colour(),
            linewidth=0.5,
        )
        bars.set_label(name.text)
        left += percent[:, kind]
    ax.set_xlim(0, 100)
    number_axis(ax.xaxis)
    ax.set_xlabel("Share of the segment's customers (%)")
    strip_spines(ax, "top", "right", "left")
    after = note_rows(ax, [f"{n:,}" for n in (matrix.base, *matrix.sizes)], "customers")
    handles = [Patch(facecolor=colour) for colour in folded.colours]
    draw_legend(ax, handles, folded.names, make_name(by, width=28), after=after + 8)
    return percent


def _write_shares(ax: Axes, percent: Floats, colours: Sequence[str]) -> None:
    """Write the share into each part of a bar that has room for it."""
    size = font_size(ax, len(percent), largest=0.8)
    width = points_of(ax)[0]
    ends = percent.cumsum(axis=1)
    for row, kind in np.argwhere(percent > 0):
        note = f"{percent[row, kind]:.0f}%"
        if text_points(f"{note} ", size) < width * percent[row, kind] / 100:
            middle = ends[row, kind] - percent[row, kind] / 2
            colour = ink_on(colours[kind])
            ax.text(middle, row, note, ha="center", va="center", size=size, color=colour)


def _draw_spreads(
    ax: Axes, matrix: MembershipMatrix, column: Numbers, names: Sequence[Name], by: str
) -> None:
    customer, row = _rows_of(matrix)
    colours = [OTHER_COLOUR, *[PALETTE[4]] * len(matrix.segment_ids)]
    draw_boxes(
        ax, column.values[customer], row, names, colours=colours, weights=matrix.weights[customer]
    )
    unit = f" ({column.unit})" if column.unit else ""
    make_name(f"{by}{unit}", width=60).put_on(ax.xaxis.label)
    ax.set_xlabel(f"{ax.get_xlabel()}\n{BOX_LEGEND}")


def _draw_spans(
    ax: Axes, matrix: MembershipMatrix, column: Dates, names: Sequence[Name], by: str
) -> None:
    span, spans, unit = _spans(column.values)
    # who has no date goes into one more column, which is counted but not drawn
    counts = _count_kinds(matrix, np.where(span < 0, len(spans), span), len(spans) + 1)
    totals, dated = counts.sum(axis=1), counts[:, :-1].sum(axis=1)
    percent = 100 * counts[:, :-1] / np.where(dated, dated, np.nan)[:, None]
    # a few cells of tiny segments must not make all others pale
    bright = float(np.quantile(percent[percent > 0], 0.99))
    image = ax.imshow(percent, vmin=0, vmax=bright, cmap=colormaps["Blues"], aspect="auto")
    label_rows(ax, names)
    step = -(-len(spans) // _MAX_SPAN_LABELS)
    places = range(0, len(spans), step)
    ax.set_xticks(places, labels=[spans[place] for place in places], rotation=45, ha="right")
    for label in ax.get_xticklabels():
        label.set_rotation_mode("anchor")
    zone = " (UTC)" if unit == "month" else ""
    make_name(f"{by}, by {unit}{zone}", width=60).put_on(ax.xaxis.label)
    after = note_counts(ax, dated, totals)
    extend = "max" if np.nanmax(percent) > bright else "neither"
    title = "Share of the segment's\ncustomers with a date (%)"
    long_bar(ax, image, title, after=after + 8, extend=extend)


def _spans(dates: pd.Series) -> tuple[Ints, list[str], str]:
    """Cut dates into months, or into wider spans: each date's span (-1 for none), their names."""
    years = dates.dt.year.to_numpy(dtype=np.float64)
    months = years * 12 + dates.dt.month.to_numpy(dtype=np.float64) - 1
    units = {"month": months, "year": years, "decade": years // 10, "century": years // 100}
    unit = next(
        (unit for unit, count in units.items() if np.nanmax(count) - np.nanmin(count) < _MAX_SPANS),
        "century",
    )
    number = units[unit]
    first, last = int(np.nanmin(number)), int(np.nanmax(number))
    span = np.where(np.isnan(number), -1, np.nan_to_num(number) - first).astype(np.int64)
    return span, [_spell_span(value, unit) for value in range(first, last + 1)], unit


def _spell_span(value: int, unit: str) -> str:
    if unit == "month":
        return f"{value // 12:04d}-{value % 12 + 1:02d}"
    return {"year": f"{value:04d}", "decade": f"{value}0s", "century": f"{value}00s"}[unit]
