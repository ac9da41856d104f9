"""Which colour a value has, and where it stands: the same on every plot.

A value's colour follows from the value itself, not from its rank, which is another one on the next
plot. Metals look like themselves: people have seen gold tiers before.
"""

from __future__ import annotations

import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pandas as pd
from matplotlib.colors import is_color_like, to_hex

from vfy_notebook.errors import ArgumentError
from vfy_notebook.plots.drawing.canvas import palette_shown

__all__ = ["Wanted", "colours_of", "fixed_colour", "wanted_by"]

_METALS = {
    "bronze": "#A5683A",
    "silver": "#AEB8C4",
    "gold": "#D4AC2B",
    "platinum": "#5F7D95",
    "diamond": "#7FD1E8",
}
_METADATA = "metadata."


@dataclass(frozen=True)
class Wanted:
    """What was asked of a column's values.

    Attributes:
        order: The values in the order in which they are wanted; the others come after them.
        colours: Value → its colour.
    """

    order: tuple[str, ...] = ()
    colours: Mapping[str, str] = field(default_factory=dict)


def wanted_by(
    palette: Mapping[Any, str] | Sequence[Any] | None, schema: pd.DataFrame | None, column: str
) -> Wanted:
    """The order and the colours that a palette, or the metadata schema, gives to a column's values.

    Args:
        palette: Value → colour, or values in their order; it comes before the schema.
        schema: As `fetch_metadata_schema` gives it; its listed values have an order.
        column: The column.

    Raises:
        ArgumentError: A colour is none, or one of the two is something else.
    """
    if schema is not None and (not isinstance(schema, pd.DataFrame) or "eq" not in schema.columns):
        raise ArgumentError("schema must be what project.fetch_metadata_schema() gives.")
    if isinstance(palette, Mapping):
        for value, colour in palette.items():
            if not is_color_like(colour):
                raise ArgumentError(
                    f"palette: {colour!r}, for {value!r}, is no colour of matplotlib's; "
                    "write it like '#D4AC2B' or 'goldenrod'."
                )
        colours = {_label(value): to_hex(colour) for value, colour in palette.items()}
        return Wanted(tuple(colours), colours)
    if isinstance(palette, str) or not (palette is None or isinstance(palette, Sequence)):
        raise ArgumentError(
            "palette must be a dict of values and their colours, or a list of values in their "
            f"order, not {palette!r}."
        )
    if palette is not None:
        return Wanted(tuple(map(_label, palette)))
    key = column.removeprefix(_METADATA)
    if schema is None or key == column or key not in schema.index:
        return Wanted()
    listed = schema["eq"].loc[key]
    return Wanted(tuple(map(_label, listed)) if isinstance(listed, list) else ())


def colours_of(labels: Sequence[str], wanted: Wanted, *, ordered: bool) -> list[str]:
    """A colour for each label.

    What was wanted comes first, then metals, then the place in an order; else the label itself
    decides, and gives way where another one has the colour already.

    Args:
        labels: The values that get a colour of their own, in their order.
        wanted: What was asked for.
        ordered: Whether their order means something.
    """
    given = {label: fixed_colour(label, wanted) for label in labels}
    taken = {colour for colour in given.values() if colour}
    palette = palette_shown()
    free = [colour for colour in palette if colour not in taken] or list(palette)
    left = [label for label in labels if not given[label]]
    if ordered:
        places = [label for label in labels if label in left]
        chosen = {label: free[place % len(free)] for place, label in enumerate(places)}
    else:
        chosen = {}
        for label in sorted(left, key=_number_of):
            start = _number_of(label) % len(palette)
            turn = [palette[(start + step) % len(palette)] for step in range(len(palette))]
            unused = [c for c in turn if c in free and c not in chosen.values()]
            chosen[label] = unused[0] if unused else turn[0]
    return [given[label] or chosen[label] for label in labels]


def fixed_colour(label: str, wanted: Wanted) -> str | None:
    """The colour that a label has whatever else is drawn; None where others have a say."""
    return wanted.colours.get(label) or _METALS.get(label.strip().casefold())


def _number_of(label: str) -> int:
    """A number that is a label's own, in each process."""
    return zlib.crc32(label.encode("utf-8", "replace"))


def _label(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return (
        value if isinstance(value, str) else f"{value:,}" if isinstance(value, int) else str(value)
    )
