"""What all plots share: the panel, its colours, its numbers, and what it says when empty."""

from __future__ import annotations

import textwrap
from numbers import Integral
from typing import TYPE_CHECKING, Any, Literal

import matplotlib as mpl
import matplotlib.pyplot as plt
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb
from matplotlib.font_manager import FontProperties
from matplotlib.ticker import FuncFormatter, MaxNLocator
from matplotlib.transforms import ScaledTranslation

from vfy_notebook.errors import ArgumentError
from vfy_notebook.plots.drawing.names import columns_of, label_ticks, rename_legend

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.artist import Artist
    from matplotlib.axis import Axis
    from matplotlib.figure import Figure
    from matplotlib.image import AxesImage

    from vfy_notebook.plots.drawing.arrays import Ints
    from vfy_notebook.plots.drawing.names import Name

__all__ = [
    "NO_VALUE_COLOUR",
    "OTHER_COLOUR",
    "PALETTE",
    "ROW_INCHES",
    "check_ax",
    "check_count",
    "count_axis",
    "draw_grid",
    "draw_legend",
    "font_size",
    "gap_colour",
    "inches_of",
    "ink",
    "ink_on",
    "label_rows",
    "lay_out",
    "long_bar",
    "no_value_colour",
    "note_counts",
    "note_rows",
    "number_axis",
    "open_panel",
    "palette_shown",
    "points_of",
    "say_nothing_to_draw",
    "spell_count",
    "spell_share",
    "strip_spines",
    "text_points",
]

#: The palette of Okabe and Ito (https://jfly.uni-koeln.de/color/), which people with any common
#: colour blindness can tell apart; black, too heavy for an area, is a dark grey here.
PALETTE = (
    "#0072B2",
    "#E69F00",
    "#009E73",
    "#D55E00",
    "#56B4E9",
    "#CC79A7",
    "#444444",
    "#F0E442",  # last, for yellow lines are hard to see on white
)
OTHER_COLOUR = "#999999"
NO_VALUE_COLOUR = "#DDDDDD"

#: What would be lost on a dark background, or glare there, and what stands for it.
_ON_DARK = {"#444444": "#EEEEEE", NO_VALUE_COLOUR: "#3A3A3A"}

#: The height that a row with one name gets on a figure made here.
ROW_INCHES = 0.34

_POINTS_PER_INCH = 72
_SMALLEST_POINTS = 4.0
#: How wide a figure is on average, as a share of the font's size (DejaVu Sans).
_DIGIT_WIDTH = 0.62
_LINE_HEIGHT = 1.25
#: Letters of a line that is wrapped because there is little room.
_SHORTEST_LINE = 10
_STEPS = (1, 2, 2.5, 5, 10)


def check_ax(ax: object) -> None:
    """Refuse what cannot be drawn on, before anything is computed.

    Raises:
        ArgumentError: `ax` is neither None nor one matplotlib Axes on a figure.
    """
    if ax is not None and not isinstance(ax, Axes):
        raise ArgumentError(
            f"ax must be one matplotlib Axes, not {type(ax).__name__}; "
            "of several, as plt.subplots gives them, choose one: axes[0]."
        )
    if ax is not None:
        _figure_of(ax)


def check_count(argument: str, value: object) -> None:
    """Refuse what is no number of things to draw.

    Raises:
        ArgumentError: The value is no whole number from 1 up.
    """
    if isinstance(value, bool) or not isinstance(value, Integral) or value < 1:
        raise ArgumentError(f"{argument} must be a whole number from 1 up, not {value!r}.")


def open_panel(ax: Axes | None, *, width: float, height: float) -> Axes:
    """Give the panel to draw on: the user's own, or one on a new figure of this size in inches.

    The new figure is known to pyplot, and that alone makes Jupyter show it, once, below the cell.
    """
    if ax is not None:
        return ax
    _, new = plt.subplots(figsize=(width, height), layout="constrained")
    return new


def lay_out(ax: Axes) -> None:
    """Make the layout of a figure of ours now, so that the panel's true size is known."""
    _figure_of(ax).draw_without_rendering()


def say_nothing_to_draw(ax: Axes | None, sentence: str) -> Axes:
    """Leave a panel empty but for one sentence that tells why."""
    panel = open_panel(ax, width=6.4, height=2.0)
    panel.set_xticks([])
    panel.set_yticks([])
    for spine in panel.spines.values():
        spine.set_color(OTHER_COLOUR)
    panel.text(
        0.5,
        0.5,
        textwrap.fill(sentence, 60),
        transform=panel.transAxes,
        ha="center",
        va="center",
        parse_math=False,
        usetex=False,
    )
    return panel


def strip_spines(ax: Axes, *sides: str) -> None:
    """Hide the frame on these sides."""
    for side in sides:
        ax.spines[side].set_visible(False)


def draw_grid(ax: Axes, axis: Literal["x", "y"]) -> None:
    """Draw faint lines behind the data."""
    ax.grid(axis=axis, color=OTHER_COLOUR, alpha=0.3, linewidth=0.8)
    ax.set_axisbelow(True)


def ink() -> str:
    """The colour of text, so that lines are seen on dark themes too."""
    return str(mpl.rcParams["text.color"])


def palette_shown() -> tuple[str, ...]:
    """The palette as the present style shows it."""
    return tuple(map(_shown, PALETTE))


def no_value_colour() -> str:
    """The quiet colour of what has no value, near that of the background."""
    return _shown(NO_VALUE_COLOUR)


def gap_colour() -> str:
    """The colour of the thin line between neighbours: that of the background."""
    return "black" if _is_dark() else "white"


def _shown(colour: str) -> str:
    return _ON_DARK.get(colour, colour) if _is_dark() else colour


def _is_dark() -> bool:
    """Whether text is bright, as in matplotlib's dark styles."""
    return ink_on(ink()) == "black"


def ink_on(colour: str) -> str:
    """Black or white, whichever reads better on this colour."""
    red, green, blue = to_rgb(colour)
    return "black" if 0.299 * red + 0.587 * green + 0.114 * blue > 0.5 else "white"


def points_of(ax: Axes) -> tuple[float, float]:
    """The width and height of a panel in points, as far as known before the layout is made."""
    dpi = _figure_of(ax).dpi
    return ax.bbox.width / dpi * _POINTS_PER_INCH, ax.bbox.height / dpi * _POINTS_PER_INCH


def _figure_of(ax: Axes) -> Figure:
    figure = ax.get_figure(root=True)
    if figure is None:
        raise ArgumentError("ax belongs to no figure any more; make a new one with plt.subplots.")
    return figure


def font_size(ax: Axes, lines: int, *, across: bool = False, largest: float = 0.9) -> float:
    """The font size in points at which so many lines of text fit side by side on a panel.

    Args:
        ax: The panel.
        lines: How many texts share its height.
        across: They share its width instead, each turned by 45 degrees or more.
        largest: The upper bound, as a share of the usual font size.
    """
    usual = FontProperties(size=mpl.rcParams["font.size"]).get_size_in_points()
    room = points_of(ax)[0 if across else 1] / max(lines, 1)
    return max(min(usual * largest, room * 0.9 / _LINE_HEIGHT), _SMALLEST_POINTS)


def inches_of(names: Sequence[Name]) -> float:
    """About how wide the widest of some names is, in inches, at the size of row labels."""
    lines = [line for name in names for line in name.text.split("\n")]
    widest = max((sum(map(columns_of, line)) for line in lines), default=0)
    return widest * 9 * _DIGIT_WIDTH / _POINTS_PER_INCH


def text_points(text: str, size: float) -> float:
    """About how wide a text of digits and signs will be, in points."""
    return max(map(len, text.splitlines()), default=0) * size * _DIGIT_WIDTH


def label_rows(ax: Axes, names: Sequence[Name]) -> float:
    """Name the rows 0, 1, 2, … of a panel, the first at the top, and give the font size used."""
    lines = max((name.text.count("\n") + 1 for name in names), default=1)
    size = font_size(ax, len(names) * lines)
    ax.set_ylim(len(names) - 0.5, -0.5)
    label_ticks(ax.yaxis, range(len(names)), names)
    ax.tick_params(axis="y", length=0, labelsize=size)
    return size


def note_rows(ax: Axes, notes: Sequence[str], header: str) -> float:
    """Write a note to the right of each row, and give the width of the column in points."""
    size = font_size(ax, len(notes))
    shift = ScaledTranslation(6 / _POINTS_PER_INCH, 0, _figure_of(ax).dpi_scale_trans)
    for row, note in enumerate(notes):
        ax.text(1, row, note, transform=ax.get_yaxis_transform() + shift, va="center", size=size)
    ax.text(1, 1, header, transform=ax.transAxes + shift, va="bottom", size=size)
    return 6 + max(text_points(text, size) for text in (*notes, header))


def note_counts(ax: Axes, counts: Ints, totals: Ints) -> float:
    """Write to the right of each row how many of its customers have a value; see `note_rows`."""
    notes = [
        f"{count:,}" if count == total else f"{count:,} of {total:,}"
        for count, total in zip(counts, totals, strict=True)
    ]
    header = "customers" if (counts == totals).all() else "customers\nwith a value"
    return note_rows(ax, notes, header)


def draw_legend(
    ax: Axes, handles: Sequence[Artist], names: Sequence[Name], title: Name, *, after: float = 0
) -> None:
    """Put a legend to the right of a panel, so many points away from its edge."""
    shift = ScaledTranslation(after / _POINTS_PER_INCH, 0, _figure_of(ax).dpi_scale_trans)
    legend = ax.legend(
        list(handles),
        [str(index) for index in range(len(handles))],
        title=" ",
        loc="upper left",
        bbox_to_anchor=(1, 1),
        bbox_transform=ax.transAxes + shift,
        frameon=False,
        fontsize="small",
        title_fontsize="small",
        alignment="left",
    )
    rename_legend(legend, names)
    title.put_on(legend.get_title())


def long_bar(ax: Axes, image: AxesImage, label: str, *, after: float = 6, **options: Any) -> None:
    """Put a colour bar along the right edge of a panel, so many points away from it.

    It belongs to the panel: a neighbour's legend in a grid of panels does not push it away.
    """
    shift = ScaledTranslation(after / _POINTS_PER_INCH, 0, _figure_of(ax).dpi_scale_trans)
    strip = ax.inset_axes((1, 0, 0.025, 1), transform=ax.transAxes + shift, label="colours")
    bar = _figure_of(ax).colorbar(image, cax=strip, **options)
    # A label longer than the bar would make the bar look taller than its plot.
    size = FontProperties(size=mpl.rcParams["axes.labelsize"]).get_size_in_points()
    letters = int(points_of(ax)[1] / (size * _DIGIT_WIDTH))
    if max(map(len, label.splitlines())) > letters:
        label = textwrap.fill(" ".join(label.split()), max(letters, _SHORTEST_LINE))
    bar.set_label(label)


def spell_count(count: int, noun: str) -> str:
    """Write a count with its noun: `1 customer`, `2,357 customers`."""
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"


def spell_share(share: float) -> str:
    """Write a share as a percentage: `12.3%`, and `<0.1%` for what would round to nothing."""
    if 0 < share < 0.0005:
        return "<0.1%"
    return f"{share:.1%}"


def number_axis(axis: Axis) -> None:
    """Write an axis' numbers with thousands separators."""
    axis.set_major_locator(MaxNLocator(nbins=5, steps=_STEPS))
    axis.set_major_formatter(FuncFormatter(_spell_number))


def count_axis(axis: Axis) -> None:
    """Make an axis count things: whole numbers only, with thousands separators."""
    axis.set_major_locator(MaxNLocator(nbins=5, steps=_STEPS, integer=True))
    axis.set_major_formatter(FuncFormatter(_spell_number))


def _spell_number(value: float, _: int | None = None) -> str:
    return f"{round(value, 10):,.12g}".replace("-", "−")
