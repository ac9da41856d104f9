"""Who is in the segments, by any column of the customers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from matplotlib import colormaps
from matplotlib.patches import Patch

from vfy_notebook.plots.boxes import BOX_LEGEND, draw_boxes
from vfy_notebook.plots.canvas import (
    OTHER_COLOUR,
    PALETTE,
    ROW_INCHES,
    check_ax,
    draw_legend,
    ink_on,
    label_rows,
    note_rows,
    number_axis,
    open_panel,
    points_of,
    say_nothing_to_draw,
    strip_spines,
    text_points,
)
from vfy_notebook.plots.columns import Categories, Dates, Numbers, fold, read_column
from vfy_notebook.plots.crossings import cross, customer_ids
from vfy_notebook.plots.names import make_name

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes

    from vfy_notebook.plots.columns import Floats, Folded
    from vfy_notebook.plots.crossings import Crossing, Ints
    from vfy_notebook.plots.names import Name

__all__ = ["segment_breakdown"]

_EVERYBODY = "all customers"
#: More columns than that would be thinner than a letter: then wider spans of time are taken.
_MAX_SPANS = 120
_MAX_SPAN_LABELS = 12


def segment_breakdown(
    customers: pd.DataFrame,
    memberships: pd.DataFrame,
    *,
    by: str,
    max_segments: int = 40,
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
    * dates: a heat map of the share of the segment's customers in each month (UTC), or in each
      year, decade or century where months would be more than 120; the last column is "no
      value".

    Makes no API calls.

    Args:
        customers: As `fetch_customers` gives it. Members who are not in it are not counted.
        memberships: One row per customer and segment, as `fetch_memberships` gives it.
        by: The column, such as `metadata.tier`.
        max_segments: The largest segments only; the axis says how many were left out.
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
    ids = customer_ids(customers)
    column = read_column(customers, by)
    crossing = cross(memberships, customers).largest(max_segments)
    if not len(ids):
        return say_nothing_to_draw(ax, "There are no customers to break down.")
    if not crossing.sizes.any():
        return say_nothing_to_draw(ax, "None of these customers is in a segment.")
    if column.missing == len(ids):
        return say_nothing_to_draw(ax, f"None of these customers has a value in {by!r}.")

    rows = 1 + len(crossing.segment_ids)
    panel = open_panel(ax, width=9.5, height=1.2 + rows * ROW_INCHES)
    names = [make_name(_EVERYBODY), *crossing.names()]
    if isinstance(column, Categories):
        _draw_stacks(panel, crossing, fold(column), names, by)
    elif isinstance(column, Numbers):
        _draw_spreads(panel, crossing, column, names, by)
    else:
        _draw_spans(panel, crossing, column, names, by)
    panel.axhline(0.5, color=OTHER_COLOUR, linewidth=0.8)
    if crossing.left_out:
        panel.set_xlabel(panel.get_xlabel() + crossing.note_left_out())
    return panel


def _rows_of(crossing: Crossing) -> tuple[Ints, Ints]:
    """Each customer once for row 0 and once for each segment's row: customer codes and rows."""
    everybody = np.arange(crossing.base)
    return (
        np.concatenate([everybody, crossing.customer]),
        np.concatenate([np.zeros_like(everybody), crossing.segment + 1]),
    )


def _percentages(crossing: Crossing, codes: Ints, kinds: int) -> Floats:
    """The share of each kind of customer in each row, in percent; empty rows are all 0."""
    customer, row = _rows_of(crossing)
    rows = 1 + len(crossing.segment_ids)
    counts = np.bincount(row * kinds + codes[customer], minlength=rows * kinds)
    table = counts.reshape(rows, kinds)
    percent: Floats = 100 * table / np.maximum(table.sum(axis=1, keepdims=True), 1)
    return percent


def _note_sizes(ax: Axes, crossing: Crossing) -> float:
    return note_rows(ax, [f"{n:,}" for n in (crossing.base, *crossing.sizes)], "customers")


def _draw_stacks(
    ax: Axes, crossing: Crossing, folded: Folded, names: Sequence[Name], by: str
) -> None:
    percent = _percentages(crossing, folded.codes, len(folded.names))
    size = label_rows(ax, names)
    left = np.zeros(len(names))
    for kind, (name, colour) in enumerate(zip(folded.names, folded.colours, strict=True)):
        bars = ax.barh(
            range(len(names)),
            percent[:, kind],
            left=left,
            height=0.8,
            color=colour,
            edgecolor="white",
            linewidth=0.5,
        )
        bars.set_label(name.text)
        room = points_of(ax)[0] * percent[:, kind] / 100
        notes = [f"{share:.0f}%" for share in percent[:, kind]]
        fits = [text_points(note, size) < space for note, space in zip(notes, room, strict=True)]
        ax.bar_label(
            bars,
            labels=[note if fit else "" for note, fit in zip(notes, fits, strict=True)],
            label_type="center",
            fontsize=size * 0.9,
            color=ink_on(colour),
        )
        left += percent[:, kind]
    ax.set_xlim(0, 100)
    number_axis(ax.xaxis)
    ax.set_xlabel("Share of the segment's customers (%)")
    strip_spines(ax, "top", "right", "left")
    after = _note_sizes(ax, crossing)
    handles = [Patch(facecolor=colour) for colour in folded.colours]
    draw_legend(ax, handles, folded.names, make_name(by), after=after)


def _draw_spreads(
    ax: Axes, crossing: Crossing, column: Numbers, names: Sequence[Name], by: str
) -> None:
    customer, row = _rows_of(crossing)
    colours = [OTHER_COLOUR, *[PALETTE[4]] * len(crossing.segment_ids)]
    draw_boxes(ax, column.values[customer], row, names, colours)
    unit = f" ({column.unit})" if column.unit else ""
    make_name(f"{by}{unit}", width=60).put_on(ax.xaxis.label)
    ax.set_xlabel(f"{ax.get_xlabel()}\n{BOX_LEGEND}")


def _draw_spans(
    ax: Axes, crossing: Crossing, column: Dates, names: Sequence[Name], by: str
) -> None:
    span, spans, unit = _spans(column.values)
    kinds = len(spans) + 2 if column.missing else len(spans)  # a blank column, then "no value"
    percent = _percentages(crossing, np.where(span < 0, kinds - 1, span), kinds)
    if column.missing:
        percent[:, -2] = np.nan
    percent[np.concatenate([[crossing.base], crossing.sizes]) == 0] = np.nan
    image = ax.imshow(percent, vmin=0, cmap=colormaps["Blues"], aspect="auto")
    label_rows(ax, names)
    step = -(-len(spans) // _MAX_SPAN_LABELS)
    ticks = {place: spans[place] for place in range(0, len(spans), step)}
    if column.missing:
        ticks[kinds - 1] = "no value"
    ax.set_xticks(list(ticks), labels=list(ticks.values()), rotation=45, ha="right")
    for label in ax.get_xticklabels():
        label.set_rotation_mode("anchor")
    zone = " (UTC)" if unit == "month" else ""
    make_name(f"{by}, by {unit}{zone}", width=60).put_on(ax.xaxis.label)
    _note_sizes(ax, crossing)
    ax.figure.colorbar(image, ax=ax, label="Share of the segment's customers (%)", pad=0.03)


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
