"""Who of a cohort came back, and when."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from matplotlib import colormaps
from matplotlib.colors import to_hex
from matplotlib.ticker import FixedLocator, FuncFormatter

from vfy_notebook.errors import ArgumentError
from vfy_notebook.plots.drawing.canvas import (
    check_ax,
    check_count,
    font_size,
    ink_on,
    label_rows,
    long_bar,
    no_value_colour,
    note_rows,
    open_panel,
    points_of,
    say_nothing_to_draw,
    spell_count,
    strip_spines,
    text_points,
)
from vfy_notebook.plots.drawing.names import make_names
from vfy_notebook.reductions import bring

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.colors import Colormap

    from vfy_notebook.plots.columns import Floats
    from vfy_notebook.reductions import AnyFrame

__all__ = ["retention"]

_CELL_WIDTH, _CELL_HEIGHT = 0.42, 0.3
_WIDEST = 16.0
_SMALLEST_READABLE = 5.0
#: Cohorts below this share of the largest do not decide about the colours.
_SMALL_COHORT = 0.1
#: So wide is a cell's text, in letters; and so far apart are the numbers below.
_CELL_TEXT = ">99"
_TICKS = 40
_UNITS = {"D": "days", "W": "weeks", "M": "months", "Q": "quarters", "Y": "years"}


def retention(table: AnyFrame, *, max_cohorts: int = 60, ax: Axes | None = None) -> Axes:
    """Draw which share of each cohort bought again, and how much later.

    A heat map: a row is a cohort, a column a number of periods since its beginning, a cell the
    percentage of its customers who bought then. Its size stands at the right. The first column,
    which is 100 % by nature, is grey, so that the colours tell the others apart; empty is what
    had not begun at the end of the observation. The last cell of a row may be of a part of a
    period. Makes no API calls.

    Args:
        table: As `vfy.analysis.cohorts` gives it: customers, shares (whose sizes are unknown
            then) or sums of a column, drawn as percentages of each cohort's first period.
        max_cohorts: The latest only; the axis says how many were left out.
        ax: Where to draw; the colour bar stands outside, at the right. None makes a figure that
            grows with the table and that Jupyter shows by itself.

    Returns:
        The Axes; `ax.images[0].get_array()` has the percentages, masked where there are none.
        Without cohorts it holds a sentence that says so.

    Raises:
        ArgumentError: `table` is not of this shape, or another argument makes no sense.

    Examples:
        >>> import matplotlib.pyplot as plt
        >>> import pandas as pd
        >>> table = pd.DataFrame(
        ...     {0: [200, 100], 1: [50, pd.NA]},
        ...     index=pd.PeriodIndex(["2026-01", "2026-02"], freq="M", name="cohort"),
        ...     dtype="Int64",
        ... )
        >>> ax = retention(table)
        >>> [text.get_text() for text in ax.texts]
        ['100', '25', '100', '200', '100', 'customers']
        >>> plt.close()
    """
    check_ax(ax)
    check_count("max_cohorts", max_cohorts)
    table = bring(table)
    cells = _read_cells(table)
    left_out = max(len(cells) - max_cohorts, 0)
    cells, index = cells[left_out:], table.index[left_out:]
    if not cells.size or np.isnan(cells).all():
        return say_nothing_to_draw(ax, "There are no cohorts: nobody has ordered.")

    width = int(np.flatnonzero(~np.isnan(cells).all(axis=0)).max()) + 1
    cells = cells[:, :width]
    sizes = cells[:, 0]
    with np.errstate(divide="ignore", invalid="ignore"):
        percent = 100 * np.where(sizes[:, None] > 0, cells / sizes[:, None], np.nan)
    panel = open_panel(
        ax,
        width=min(width * _CELL_WIDTH, _WIDEST) + 3.2,
        height=max(len(cells) * _CELL_HEIGHT, 1.6) + 1.0,
    )
    later = percent[:, 1:]
    highest = _highest(later, sizes)
    colours = colormaps["Blues"]
    shown = np.ma.masked_invalid(percent)
    image = panel.imshow(shown, vmin=0, vmax=highest, cmap=colours, aspect="auto")
    panel.axvspan(-0.5, 0.5, color=no_value_colour(), linewidth=0)
    label_rows(panel, make_names([_spell_cohort(cohort) for cohort in index]))
    _label_ages(panel, width)
    _write_cells(panel, percent, highest, colours)

    value = str(table.attrs.get("value", "customers"))
    whole = value == "share" or bool((sizes == 1).all() and (cells[:, 1:] < 1).any())
    after = 0.0
    if not whole:
        header = "customers" if value == "customers" else "first\nperiod"
        after = note_rows(panel, [f"{size:,.0f}" for size in sizes], header)
    note = f"\n{spell_count(left_out, 'earlier cohort')} not drawn" if left_out else ""
    panel.set_xlabel(f"{_unit_of(index).capitalize()} since the first order (UTC){note}")
    panel.set_ylabel("Cohort: first order in")
    strip_spines(panel, "top", "right", "bottom", "left")
    told = (
        "Share of the cohort's customers\nwho bought (%)"
        if value in {"customers", "share"}
        else f"{value}, in percent\nof the first period"
    )
    beyond = bool((np.nan_to_num(later) > highest).any())
    long_bar(panel, image, told, after=after + 8, extend="max" if beyond else "neither")
    return panel


def _read_cells(table: pd.DataFrame) -> Floats:
    """The cells as numbers, NaN where there is none."""
    if not isinstance(table, pd.DataFrame):
        raise ArgumentError(f"table must be a DataFrame, not {type(table).__name__}.")
    ages = [str(column) for column in table.columns]
    if ages != [str(age) for age in range(len(ages))]:
        raise ArgumentError(
            "table must be what vfy.analysis.cohorts gives, with a column for each number of "
            f"periods: 0, 1, 2, …, not {', '.join(ages[:6])}."
        )
    try:
        return table.to_numpy(dtype=np.float64, na_value=np.nan)
    except (TypeError, ValueError) as error:
        raise ArgumentError(
            "table must hold numbers in all its cells, as vfy.analysis.cohorts gives it."
        ) from error


def _highest(later: Floats, sizes: Floats) -> float:
    """The percentage of the darkest colour: of one customer, 100 % would make all others pale."""
    large = sizes >= np.nanmax(sizes, initial=0) * _SMALL_COHORT
    return float(np.nanmax(later[large], initial=0)) or float(np.nanmax(later, initial=0)) or 100.0


def _label_ages(ax: Axes, width: int) -> None:
    step = -(-width // _TICKS)
    ax.xaxis.set_major_locator(FixedLocator(list(range(0, width, step))))
    ax.xaxis.set_major_formatter(FuncFormatter(lambda age, _: f"{age:.0f}"))
    size = font_size(ax, width // step + 1, across=True)
    ax.tick_params(axis="x", length=0, labelsize=max(size, _SMALLEST_READABLE))
    ax.set_xlim(-0.5, width - 0.5)


def _write_cells(ax: Axes, percent: Floats, highest: float, colours: Colormap) -> None:
    """Write the percentages into the cells, unless the cells are too small to read them."""
    rows, columns = percent.shape
    width, height = points_of(ax)
    largest = float(np.nanmax(percent, initial=0))
    widest = max(len(_CELL_TEXT), len(f"{largest:.0f}"))
    room = width / columns * 0.85 / text_points("0" * widest, 1)
    size = min(9.0, height / rows * 0.6, room)
    if size < _SMALLEST_READABLE:
        return
    for row, column in zip(*np.nonzero(~np.isnan(percent)), strict=True):
        cell = float(percent[row, column])
        fill = to_hex(no_value_colour() if column == 0 else colours(min(cell / highest, 1.0)))
        ax.text(column, row, _spell(cell), ha="center", va="center", size=size, color=ink_on(fill))


def _spell(percent: float) -> str:
    """Round, but never so that "a few" reads like none or "nearly all" like all."""
    if 0 < percent < 0.5:
        return "<1"
    return ">99" if 99.5 <= percent < 100 else f"{percent:.0f}"


def _spell_cohort(cohort: object) -> str:
    if isinstance(cohort, pd.Period) and cohort.freqstr.startswith("W"):
        return f"{cohort.start_time:%Y-%m-%d}"
    return str(cohort)


def _unit_of(index: pd.Index) -> str:
    if not isinstance(index, pd.PeriodIndex):
        return "periods"
    return _UNITS.get(index.freqstr.partition("-")[0], "periods")
