"""When customers signed up."""

from __future__ import annotations

from datetime import UTC, timedelta
from typing import TYPE_CHECKING, Any

import matplotlib.dates as mdates
import numpy as np
import pandas as pd
from matplotlib.patches import Patch

from vfy_notebook.errors import ArgumentError
from vfy_notebook.plots.colours import wanted_by
from vfy_notebook.plots.columns import Dates, as_categories, check_column, fold, read_column
from vfy_notebook.plots.drawing.canvas import (
    OTHER_COLOUR,
    PALETTE,
    check_ax,
    count_axis,
    draw_grid,
    draw_legend,
    open_panel,
    palette_shown,
    say_nothing_to_draw,
    spell_count,
    strip_spines,
)
from vfy_notebook.plots.drawing.names import make_name, make_names
from vfy_notebook.plots.membership_matrix import customer_ids, matrix_of
from vfy_notebook.reductions import count, count_alike

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from matplotlib.axes import Axes

    from vfy_notebook.plots.columns import Floats
    from vfy_notebook.plots.drawing.arrays import Ints
    from vfy_notebook.plots.membership_matrix import MembershipMatrix
    from vfy_notebook.reductions import AnyFrame

__all__ = ["signups"]

_MAX_PERIODS = 5_000
_MAX_LINES = len(PALETTE)
_MAX_MARKERS = 60
#: So few periods are named one by one.
_MAX_NAMED_PERIODS = 6
_YEAR = timedelta(days=366)
_SECOND_DAYS = 1 / 86_400
_LINE_STYLES = ("-", "--", ":", "-.")
_PERIODS = {
    "h": "hour",
    "D": "day",
    "W": "week",
    "ME": "month",
    "MS": "month",
    "QE": "quarter",
    "QS": "quarter",
    "YE": "year",
    "YS": "year",
}
#: Periods that begin and end with a day, so that times of a day need not be told apart.
_WHOLE_DAYS = frozenset({"D", "W", "ME", "MS", "QE", "QS", "YE", "YS"})


def signups(
    customers: AnyFrame,
    *,
    freq: str = "ME",
    by: str | None = None,
    memberships: AnyFrame | None = None,
    palette: Mapping[Any, str] | Sequence[Any] | None = None,
    schema: pd.DataFrame | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Draw how many customers signed up in each period, by their `created_at`.

    Periods are those of UTC, and empty ones in between are drawn as 0; the first and the last
    may be cut short by what was fetched. Without `by` and `memberships` there is one bar for
    each period. With `by` it is split by value, the eight largest with a colour each; if there
    are more, the small rest is folded into "other"; numbers of many values are cut into four
    ranges that hold a quarter of the customers each, dates into years. With `memberships` there
    is a line for each segment instead, because one customer can be in several; of more than
    eight segments, the seven largest and one line for the customers in any of the others. Makes
    no API calls.

    Args:
        customers: As `fetch_customers` gives it; customers without `created_at` are left out,
            and the axis says how many.
        freq: The length of a period, as pandas writes it: `D`, `W`, `ME`, `QE`, `YE`, `2W`.
        by: A column such as `metadata.tier`.
        memberships: One row per customer and segment, as `fetch_memberships` gives it. Not
            together with `by`.
        palette: The colours of the values, as a dict, or the values in their order, as a list.
        schema: As `fetch_metadata_schema` gives it: the values that it lists for the column are
            drawn in its order.
        ax: Where to draw. None makes a figure that Jupyter shows by itself.

    Returns:
        The Axes. Without customers or dates it holds a sentence that says so.

    Raises:
        ArgumentError: `freq` is none that pandas knows or makes more than 5,000 periods, there
            is no column `by` (the message lists near names), both `by` and `memberships` are
            given, or a frame lacks its columns.

    Examples:
        >>> import matplotlib.pyplot as plt
        >>> import pandas as pd
        >>> customers = pd.DataFrame(
        ...     {"created_at": pd.to_datetime(["2024-01-31", "2024-03-01"], utc=True)},
        ...     index=pd.Index(["cust_1", "cust_2"], name="customer_id"),
        ... )
        >>> ax = signups(customers)
        >>> [int(bar.get_height()) for bar in ax.patches]
        [1, 0, 1]
        >>> ax.get_ylabel()
        'New customers per month'
        >>> plt.close()
    """
    check_ax(ax)
    wanted = wanted_by(palette, schema, str(by))
    if by is not None and memberships is not None:
        raise ArgumentError("Give either by or memberships: signups splits by one of them.")
    offset = _read_offset(freq)
    columns = ["created_at"] if by is None else ["created_at", by]
    days = columns if offset.base.freqstr.partition("-")[0] in _WHOLE_DAYS else columns[1:]
    check_column(customers, "created_at", argument="signups")
    if by is not None:
        check_column(customers, by, argument="by")
    counted = count_alike(customers, memberships, columns=columns, days=days)
    weights = counted.weights
    customer_ids(counted.customers)
    created = _read_created(counted.customers)
    folded = None
    if by is not None:
        kinds = as_categories(read_column(counted.customers, by), weights)
        folded = fold(kinds, weights, wanted=wanted)
    matrix = None
    if counted.memberships is not None:
        matrix = matrix_of(counted.memberships, counted.customers, counted.by_id)
    if created.missing.all():
        return say_nothing_to_draw(ax, "There are no sign-ups: no customer has a created_at.")
    if matrix is not None and not matrix.sizes.any():
        return say_nothing_to_draw(ax, "None of these customers is in a segment.")

    edges, period = _cut(created.values, offset)
    periods = len(edges) - 1
    panel = open_panel(ax, width=9, height=4)
    if matrix is not None:
        _draw_lines(panel, matrix, period, edges)
    elif folded is not None:
        counts = _count(period, folded.codes, periods, len(folded.names), weights)
        _draw_bars(panel, counts, folded.colours, edges)
        handles = [Patch(facecolor=colour) for colour in folded.colours]
        draw_legend(panel, handles, folded.names, make_name(str(by)), after=8)
    else:
        counts = _count(period, np.zeros_like(period), periods, 1, weights)
        _draw_bars(panel, counts, PALETTE[:1], edges)
    _label_axes(panel, offset, edges, int(weights[created.missing].sum()))
    return panel


def _read_created(customers: pd.DataFrame) -> Dates:
    created = read_column(customers, "created_at", argument="signups")
    if isinstance(created, Dates):
        return created
    if created.missing.all():  # a frame without rows may have lost its dtypes
        return Dates(pd.Series(pd.NaT, index=customers.index, dtype="datetime64[us]"))
    raise ArgumentError(
        f"created_at must hold times, not {customers['created_at'].dtype}; "
        "pandas.to_datetime makes them."
    )


def _read_offset(freq: str) -> pd.offsets.BaseOffset:
    try:
        offset = pd.tseries.frequencies.to_offset(freq)
    except (ValueError, TypeError) as error:
        raise ArgumentError(
            f"freq: {freq!r} is not a period that pandas knows. Usual ones: "
            "D (day), W (week), ME (month), QE (quarter), YE (year)."
        ) from error
    if offset is None or offset.n < 1:
        raise ArgumentError(f"freq must be a period such as ME (month), not {freq!r}.")
    return offset


def _cut(created: pd.Series, offset: pd.offsets.BaseOffset) -> tuple[Floats, Ints]:
    """Cut time into periods.

    Args:
        created: Naive times in UTC, at least one of them not NaT.
        offset: The length of a period.

    Returns:
        The edges between periods, as matplotlib counts days: one more than there are periods;
        and the period of each customer, -1 for NaT.
    """
    first, last = created.min(), created.max()
    if _reaches(first, offset, _MAX_PERIODS, last):
        raise ArgumentError(
            f"freq: from {first:%Y-%m-%d} to {last:%Y-%m-%d} there are more than "
            f"{_MAX_PERIODS:,} periods of {offset.freqstr!r}; take a longer one, such as ME."
        )
    # pandas' own resampling makes the periods, so that they mean what an analyst expects. Those
    # that are named by their last day (ME, W) end with that day.
    known = created.dropna().dt.as_unit("us")
    index = pd.DatetimeIndex(known)
    names = pd.DatetimeIndex(pd.Series(0, index=index).resample(offset).size().index)
    if pd.Grouper(freq=offset).closed == "right":
        starts = [names[0] - offset, *names]
        edges = pd.DatetimeIndex(starts) + pd.Timedelta(days=1)
    else:
        edges = pd.DatetimeIndex([*names, names[-1] + offset])
    period = edges.searchsorted(created.fillna(first).dt.as_unit("us"), side="right") - 1
    days = np.asarray(mdates.date2num(edges.to_numpy()), dtype=np.float64)  # type: ignore[no-untyped-call]
    return days, np.where(created.isna(), -1, period).astype(np.int64)


def _reaches(
    first: pd.Timestamp, offset: pd.offsets.BaseOffset, periods: int, last: pd.Timestamp
) -> bool:
    """Whether so many periods end before the last date."""
    try:
        return bool(first + periods * offset < last)
    except (OverflowError, ValueError):  # beyond the end of the calendar
        return False


def _count(period: Ints, kind: Ints, periods: int, kinds: int, weights: Ints) -> Ints:
    """Count customers by period (rows) and kind (columns); period -1 counts nowhere."""
    known = period >= 0
    counts = count(period[known] * kinds + kind[known], periods * kinds, weights[known])
    return counts.reshape(periods, kinds)


def _draw_bars(ax: Axes, counts: Ints, colours: Sequence[str], edges: Floats) -> None:
    bottom = np.zeros(len(counts), dtype=np.int64)
    widths = np.diff(edges)
    for kind, colour in enumerate(colours):
        ax.bar(
            edges[:-1] + widths * 0.05,
            counts[:, kind],
            width=widths * 0.9,
            bottom=bottom,
            align="edge",
            color=colour,
        )
        bottom += counts[:, kind]
    ax.set_ylim(0, max(bottom.max(), 1) * 1.05)


def _draw_lines(ax: Axes, matrix: MembershipMatrix, period: Ints, edges: Floats) -> None:
    segments = len(matrix.segment_ids)
    own = segments if segments <= _MAX_LINES else _MAX_LINES - 1
    inside = matrix.segment < own
    # a customer of several small segments counts once among the others
    others = np.unique(matrix.customer[~inside])
    customer = np.concatenate([matrix.customer[inside], others])
    line = np.concatenate([matrix.segment[inside], np.full(len(others), own)])
    labels, ids = matrix.labels[:own], matrix.segment_ids[:own]
    colours = list(palette_shown()[:own])
    if own < segments:
        labels, ids = [*labels, f"in any of {segments - own:,} others"], [*ids, ""]
        colours.append(OTHER_COLOUR)
    counts = _count(period[customer], line, len(edges) - 1, own + 1, matrix.weights[customer])

    middles = (edges[:-1] + edges[1:]) / 2
    lines = [
        ax.plot(
            middles,
            counts[:, index],
            color=colour,
            linestyle=_LINE_STYLES[index % len(_LINE_STYLES)],
            marker="o" if len(middles) <= _MAX_MARKERS else "",
            markersize=4,
        )[0]
        for index, colour in enumerate(colours)
    ]
    ax.set_xlim(edges[0], edges[-1])
    ax.set_ylim(0, max(counts.max(), 1) * 1.08)
    draw_legend(ax, lines, make_names(labels, ids=ids, width=28), make_name("Segment"), after=8)


def _label_axes(ax: Axes, offset: pd.offsets.BaseOffset, edges: Floats, without_date: int) -> None:
    base = offset.base.freqstr.partition("-")[0]
    years = ""
    # Between the months of an ordinary axis nobody sees where a quarter begins.
    if len(edges) - 1 <= _MAX_NAMED_PERIODS or _PERIODS.get(base) == "quarter":
        step = -(-(len(edges) - 1) // _MAX_NAMED_PERIODS)
        starts = pd.DatetimeIndex(mdates.num2date(edges[:-1:step]))  # type: ignore[no-untyped-call]
        middles = (edges[:-1] + edges[1:])[::step] / 2
        ax.set_xticks(middles, labels=[_name_period(start, base) for start in starts])
    else:
        locator = mdates.AutoDateLocator(tz=UTC)  # type: ignore[no-untyped-call]
        ax.xaxis.set_major_locator(locator)
        # Each tick says what it is: the formatter's own line below would name the last one's month.
        formatter = mdates.ConciseDateFormatter(  # type: ignore[no-untyped-call]
            locator,
            tz=UTC,
            formats=["%Y", "%b", "%b %d", "%H:%M", "%H:%M", "%S.%f"],
            zero_formats=["", "%Y", "%b %d", "%b %d", "%H:%M", "%H:%M"],
            show_offset=False,
        )
        ax.xaxis.set_major_formatter(formatter)
        years = _name_years(edges)
    margin = (edges[-1] - edges[0]) * 0.01
    ax.set_xlim(edges[0] - margin, edges[-1] + margin)
    note = (
        f"\n{spell_count(without_date, 'customer')} without a date not drawn"
        if without_date
        else ""
    )
    ax.set_xlabel(f"Date of sign-up{years} (UTC){note}")
    count_axis(ax.yaxis)
    name = _PERIODS.get(base, f"period of {offset.freqstr}")
    several = f"{offset.n} {name}s" if offset.n > 1 and " " not in name else name
    ax.set_ylabel(f"New customers per {several}")
    draw_grid(ax, "y")
    strip_spines(ax, "top", "right")


def _name_years(edges: Floats) -> str:
    """The years of an axis whose ticks are months, days or hours; else the ticks tell them."""
    first, last = mdates.num2date([edges[0], edges[-1] - _SECOND_DAYS])  # type: ignore[no-untyped-call]
    if first.year == last.year:
        return f" in {first.year}"
    return "" if last - first > _YEAR else f" from {first.year} to {last.year}"


def _name_period(start: pd.Timestamp, base: str) -> str:
    kind = _PERIODS.get(base, "")
    if kind == "quarter":
        return f"{start:%Y} Q{start.quarter}"
    forms = {"year": "%Y", "month": "%Y-%m", "hour": "%Y-%m-%d %H:%M"}
    return start.strftime(forms.get(kind, "%Y-%m-%d"))
