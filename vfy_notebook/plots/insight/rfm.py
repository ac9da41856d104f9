"""RFM groups: how many customers, how much value, and where they stand."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
import pandas as pd
from matplotlib import colormaps
from matplotlib.patches import Patch

from vfy_notebook.errors import ArgumentError
from vfy_notebook.plots.drawing.canvas import (
    PALETTE,
    ROW_INCHES,
    check_ax,
    draw_grid,
    font_size,
    inches_of,
    ink_on,
    label_rows,
    no_value_colour,
    note_rows,
    number_axis,
    open_panel,
    points_of,
    say_nothing_to_draw,
    spell_count,
    strip_spines,
    text_points,
)
from vfy_notebook.plots.drawing.names import Name, make_name, make_names
from vfy_notebook.plots.insight.tables import check_table, floats_of
from vfy_notebook.reductions import bring_columns

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes
    from matplotlib.colors import Colormap

    from vfy_notebook.plots.columns import Floats
    from vfy_notebook.plots.drawing.arrays import Ints
    from vfy_notebook.reductions import AnyFrame

__all__ = ["rfm"]

_COLUMNS = ("recency", "frequency", "monetary", "recency_score", "frequency_score", "group")
_MAX_GROUPS = 25
_MAX_SCORES = 20
_SMALLEST_READABLE = 5.0
_MAP_INCHES = 5.4
_BARS_INCHES = 3.6
#: A name in a cell is two lines of so many letters.
_LETTERS, _LINES = 10, 2

Cell: TypeAlias = tuple[int, int]


@dataclass(frozen=True)
class _Groups:
    """The groups that have customers, best first.

    Attributes:
        names: What they are called.
        sizes: Their customers.
        values: The sums of their monetary values.
    """

    names: list[str]
    sizes: Ints
    values: Floats


def rfm(table: AnyFrame, *, ax: Axes | None = None) -> Axes:
    """Draw the groups of an RFM table by size and value, and where they stand.

    At the left two bars for each group: its share of all customers and its share of the whole
    value; the number of customers stands behind. At the right a heat map: rows are scores of
    recency (the most recent at the top), columns scores of frequency, each with the days and
    orders that it stands for; a cell has its customers and the name of its group. A score that
    nobody has, because many customers share a value, is an empty row or column. Makes no API
    calls.

    Args:
        table: As `vfy.analysis.rfm` gives it. Customers without an order are a group at the left
            and not on the map.
        ax: The room to draw in. None makes a figure that grows with the groups and that Jupyter
            shows by itself.

    Returns:
        The Axes around the whole, the one to give a title. The parts are its `child_axes`, with
        the labels `groups` and `scores`. Without customers it holds a sentence that says so, and
        no parts.

    Raises:
        ArgumentError: `table` is not of this shape.

    Examples:
        >>> import matplotlib.pyplot as plt
        >>> import pandas as pd
        >>> table = pd.DataFrame(
        ...     {
        ...         "recency": [3, 400, 500],
        ...         "frequency": [9, 1, 1],
        ...         "monetary": [900_00, 50_00, 50_00],
        ...         "recency_score": [5, 3, 1],
        ...         "frequency_score": [5, 1, 1],
        ...         "group": ["champions", "lost", "lost"],
        ...     }
        ... )
        >>> ax = rfm(table)
        >>> groups, scores = ax.child_axes
        >>> [f"{bar.get_width():.0f}" for bar in groups.patches]  # customers, then value, in %
        ['67', '33', '10', '90']
        >>> plt.close()
    """
    check_ax(ax)
    table = bring_columns(table, _COLUMNS)
    scores = _read_scores(table)
    if not len(table):
        return say_nothing_to_draw(ax, "There are no customers: there is no group to draw.")
    groups = _count_groups(table)
    names = make_names(groups.names, width=26)
    rows = len(names)
    bars_inches = _BARS_INCHES + inches_of(names)
    whole = bars_inches + 1.6 + _MAP_INCHES + 1.0
    outer = open_panel(ax, width=whole, height=max(rows * ROW_INCHES * 1.3, 3.2) + 1.2)
    _clear_frame(outer)
    split = (_BARS_INCHES + 0.9) / (whole - inches_of(names))
    bars = outer.inset_axes((0, 0, split - 0.12, 1), label="groups")
    cells = outer.inset_axes((split + 0.1, 0, 1 - split - 0.1, 1), label="scores")
    _draw_groups(bars, groups, names)
    _draw_scores(cells, table, scores)
    return outer


def _read_scores(table: pd.DataFrame) -> pd.DataFrame:
    """The rows with scores, as whole numbers."""
    check_table(table, _COLUMNS, maker="rfm")
    scored = pd.DataFrame({name: floats_of(table, name) for name in _COLUMNS[:5]})
    scored = scored[scored[["recency_score", "frequency_score"]].notna().all(axis=1).to_numpy()]
    for name in ("recency_score", "frequency_score"):
        odd = ~scored[name].between(1, _MAX_SCORES) | (scored[name] % 1 != 0)
        if odd.any():
            raise ArgumentError(
                f"table: {name} must be whole numbers from 1 to {_MAX_SCORES}, "
                f"not {scored[name][odd].iloc[0]}."
            )
    return scored


def _count_groups(table: pd.DataFrame) -> _Groups:
    """Size and value of each group; of very many, the smallest are one."""
    labels = table["group"].astype(object).where(table["group"].notna(), "no group").astype(str)
    found = (
        pd.DataFrame({"label": labels.to_numpy(), "value": floats_of(table, "monetary")})
        .groupby("label", sort=False)["value"]
        .agg(["size", "sum"])
    )
    if isinstance(table["group"].dtype, pd.CategoricalDtype):
        order = [str(name) for name in table["group"].cat.categories]
        found = found.reindex([name for name in (*order, "no group") if name in found.index])
    else:
        found = found.sort_values("size", ascending=False, kind="stable")
    if len(found) > _MAX_GROUPS:
        kept = found["size"].nlargest(_MAX_GROUPS - 1).index
        rest = found[~found.index.isin(kept)]
        found = found[found.index.isin(kept)]
        found.loc[f"other ({len(rest):,} groups)"] = rest.sum()
    return _Groups(
        [str(name) for name in found.index],
        found["size"].to_numpy(dtype=np.int64),
        found["sum"].to_numpy(dtype=np.float64),
    )


def _clear_frame(ax: Axes) -> None:
    """Make the room around the parts invisible, but able to bear a title."""
    ax.set_xticks([])
    ax.set_yticks([])
    ax.patch.set_visible(False)
    strip_spines(ax, "top", "right", "bottom", "left")


def _draw_groups(ax: Axes, groups: _Groups, names: Sequence[Name]) -> None:
    rows = np.arange(len(names))
    kinds = [("customers", groups.sizes.astype(np.float64), PALETTE[0])]
    total = float(groups.values.sum())
    if 0 < total < np.inf and (groups.values >= 0).all():
        kinds.append(("value", groups.values, PALETTE[1]))
    height = 0.8 / len(kinds)
    for place, (_, amounts, colour) in enumerate(kinds):
        shift = (place - (len(kinds) - 1) / 2) * height
        ax.barh(rows + shift, 100 * amounts / amounts.sum(), height=height * 0.92, color=colour)
    label_rows(ax, names)
    note_rows(ax, [f"{size:,}" for size in groups.sizes], "customers")
    ax.set_xlim(left=0)
    number_axis(ax.xaxis)
    draw_grid(ax, "x")
    strip_spines(ax, "top", "right", "left")
    both = "Share of all customers, and of their value (%)"
    ax.set_xlabel(both if len(kinds) == 2 else "Share of all customers (%)\n(no value to share)")
    ax.legend(
        [Patch(facecolor=colour) for _, _, colour in kinds],
        [kind for kind, _, _ in kinds],
        loc="lower left",
        bbox_to_anchor=(0, 1),
        ncols=2,
        frameon=False,
        fontsize="small",
    )


def _draw_scores(ax: Axes, table: pd.DataFrame, scored: pd.DataFrame) -> None:
    if scored.empty:
        say_nothing_to_draw(ax, "None of these customers has ordered.")
        return
    recency = scored["recency_score"].to_numpy(dtype=np.int64)
    frequency = scored["frequency_score"].to_numpy(dtype=np.int64)
    most = max(int(recency.max()), int(frequency.max()), _scores_of(table))
    counts = np.zeros((most, most), dtype=np.int64)
    np.add.at(counts, (most - recency, frequency - 1), 1)
    colours = colormaps["Blues"].with_extremes(bad=no_value_colour())
    ax.imshow(
        np.ma.masked_equal(counts, 0), vmin=0, vmax=int(counts.max()), cmap=colours, aspect="auto"
    )
    scores = list(range(1, most + 1))
    down = [_spell_score(scored, "recency", score) for score in scores[::-1]]
    along = [_spell_score(scored, "frequency", score) for score in scores]
    ax.set_yticks(range(most), labels=down)
    ax.set_xticks(range(most), labels=along)
    ax.tick_params(length=0, labelsize=font_size(ax, most * 2))
    _write_cells(ax, counts, _names_of_cells(table.iloc[scored.index], scored, most), colours)
    ax.set_xlim(-0.5, most - 0.5)
    ax.set_ylim(most - 0.5, -0.5)
    strip_spines(ax, "top", "right", "bottom", "left")
    left = len(table) - len(scored)
    note = f"\n{spell_count(left, 'customer')} without an order not drawn" if left else ""
    unused = [str(score) for score in scores if score not in frequency]
    if unused:
        note = f"\nno customer has the frequency score {' or '.join(unused)}{note}"
    ax.set_xlabel(f"Frequency: score (orders){note}")
    ax.set_ylabel("Recency: score (days since the last order)")


def _scores_of(table: pd.DataFrame) -> int:
    """How many scores there could be, as far as the table tells it."""
    told = table.attrs.get("scores")
    return told if isinstance(told, int) and 0 < told <= _MAX_SCORES else 1


def _spell_score(scored: pd.DataFrame, measure: str, score: int) -> str:
    """A score, and the days or orders that it stands for."""
    values = scored[measure][(scored[f"{measure}_score"] == score).to_numpy()].dropna()
    if values.empty:
        return str(score)
    low, high = float(values.min()), float(values.max())
    return f"{score}\n{low:,.0f}" if low == high else f"{score}\n{low:,.0f}–{high:,.0f}"


def _names_of_cells(table: pd.DataFrame, scored: pd.DataFrame, most: int) -> dict[Cell, str]:
    """The name that most customers of a cell have."""
    rows = (most - scored["recency_score"]).astype(int)
    cells = zip(rows, (scored["frequency_score"] - 1).astype(int), strict=True)
    named = pd.DataFrame({"cell": list(cells), "group": table["group"].astype(object).to_numpy()})
    usual = named.dropna().groupby("cell", sort=False)["group"].agg(lambda some: some.mode()[0])
    return dict(zip(usual.index, usual.astype(str), strict=True))


def _write_cells(ax: Axes, counts: Ints, names: dict[Cell, str], colours: Colormap) -> None:
    """Write each cell's customers and group, unless the cells are too small to read them."""
    most = len(counts)
    width, height = points_of(ax)
    room = width / most * 0.95 / text_points("0" * _LETTERS, 1)
    size = min(9.0, height / most * 0.9 / (_LINES + 1) / 1.25, room)
    if size < _SMALLEST_READABLE:
        return
    for row, column in zip(*np.nonzero(counts), strict=True):
        count = int(counts[row, column])
        colour = ink_on(colours(count / counts.max()))
        (name,) = make_names([names.get((row, column), "")], width=_LETTERS, lines=_LINES)
        for text, place, side in ((f"{count:,}", -0.1, "bottom"), (name, -0.05, "top")):
            artist = ax.text(column, row + place, "", ha="center", va=side, size=size, color=colour)
            (text if isinstance(text, Name) else make_name(text)).put_on(artist)
