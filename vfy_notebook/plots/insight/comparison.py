"""How a selection of customers differs from the rest."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from vfy_notebook.errors import ArgumentError
from vfy_notebook.plots.columns import HUNDREDTHS
from vfy_notebook.plots.drawing.canvas import (
    OTHER_COLOUR,
    PALETTE,
    ROW_INCHES,
    check_ax,
    check_count,
    draw_grid,
    inches_of,
    ink,
    label_rows,
    note_rows,
    number_axis,
    open_panel,
    say_nothing_to_draw,
    spell_count,
    spell_share,
    strip_spines,
)
from vfy_notebook.plots.drawing.names import make_names
from vfy_notebook.plots.insight.tables import check_table, floats_of
from vfy_notebook.reductions import bring_columns

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from vfy_notebook.reductions import AnyFrame

__all__ = ["comparison"]

_COLUMNS = ("column", "value", "measure", "group", "rest", "effect", "low", "high")
_MORE, _LESS = PALETTE[0], PALETTE[3]


def comparison(table: AnyFrame, *, max_rows: int = 20, ax: Axes | None = None) -> Axes:
    """Draw how a group of customers differs from the rest, most telling first.

    A row for each column, or value of a column: a dot for the effect, a line for its interval.
    Right of 0 the group has more, left of it less; where the interval meets 0, the row is grey.
    The shares or medians of the group and the rest stand at the right: amounts of
    `summary.orders` in currency units, others in the column's own unit. Makes no API calls.

    Args:
        table: As `vfy.analysis.compare` gives it.
        max_rows: The first rows only; the axis says how many were left out.
        ax: Where to draw. None makes a figure that grows with the rows and that Jupyter shows by
            itself.

    Returns:
        The Axes. Without rows it holds a sentence that says so.

    Raises:
        ArgumentError: `table` is not of this shape, or another argument makes no sense.

    Examples:
        >>> import matplotlib.pyplot as plt
        >>> import pandas as pd
        >>> table = pd.DataFrame(
        ...     {
        ...         "column": ["metadata.tier", "summary.orders.total_amount"],
        ...         "value": ["gold", None],
        ...         "measure": ["share", "median"],
        ...         "group": [0.25, 90_00],
        ...         "rest": [0.75, 80_00],
        ...         "effect": [-0.5, 0.1],
        ...         "low": [-0.6, -0.1],
        ...         "high": [-0.4, 0.3],
        ...     }
        ... )
        >>> ax = comparison(table)
        >>> [text.get_text() for text in ax.texts]
        ['25.0% / 75.0%', '90.00 / 80.00', 'group / rest']
        >>> plt.close()
    """
    check_ax(ax)
    check_count("max_rows", max_rows)
    table = bring_columns(table, _COLUMNS)
    check_table(table, _COLUMNS, maker="compare")
    shown = table[:max_rows]
    if shown.empty:
        return say_nothing_to_draw(ax, "There is nothing to compare: no column says anything.")

    effect, low, high = (floats_of(shown, name) for name in ("effect", "low", "high"))
    names = make_names([_name_row(row) for _, row in shown.iterrows()], width=44)
    panel = open_panel(ax, width=6.2 + inches_of(names), height=1.4 + len(names) * ROW_INCHES)
    colours = np.where(low > 0, _MORE, np.where(high < 0, _LESS, OTHER_COLOUR))
    rows = np.arange(len(names))
    panel.hlines(rows, low, high, colors=colours.tolist(), linewidth=2.5)
    panel.scatter(effect, rows, c=colours.tolist(), s=42, zorder=3)
    panel.axvline(0, color=ink(), linewidth=1)
    label_rows(panel, names)
    notes = [f"{_spell(row, 'group')} / {_spell(row, 'rest')}" for _, row in shown.iterrows()]
    note_rows(panel, notes, "group / rest")
    reach = np.abs(np.concatenate([effect, low, high]))
    widest = float(np.nanmax(reach)) if not np.isnan(reach).all() else 1.0
    limit = min(max(widest * 1.08, 0.05), 1.02)
    panel.set_xlim(-limit, limit)
    number_axis(panel.xaxis)
    draw_grid(panel, "x")
    strip_spines(panel, "top", "right", "left")
    left_out = len(table) - len(shown)
    note = f"\n{spell_count(left_out, 'less telling row')} not drawn" if left_out else ""
    panel.set_xlabel(
        "Effect, from −1 to 1, with its interval: the group has less (left) or more (right)\n"
        f"difference of shares; for medians Cliff's delta{note}"
    )
    return panel


def _name_row(row: pd.Series[Any]) -> str:
    column, value = str(row["column"]), row["value"]
    return f"{column} (median)" if pd.isna(value) else f"{column}: {value}"


def _spell(row: pd.Series[Any], side: str) -> str:
    """A share as a percentage, an amount in currency units, a date as a day."""
    value = row[side]
    if pd.isna(value):
        return "none"
    if isinstance(value, str):  # the table has been in a file
        value = _out_of_text(value)
    if isinstance(value, pd.Timestamp):
        return f"{value:%Y-%m-%d}"
    if row["measure"] == "share":
        return spell_share(float(value))
    if str(row["column"]) in HUNDREDTHS:
        return f"{float(value) / 100:,.2f}"
    return f"{float(value):,.2f}".removesuffix(".00")


def _out_of_text(text: str) -> float | pd.Timestamp:
    try:
        return float(text)
    except ValueError:
        pass
    try:
        return pd.Timestamp(text)
    except ValueError as error:
        raise ArgumentError(f"table: {text!r} is neither a share nor a median.") from error
