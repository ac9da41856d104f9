"""Tables that `vfy.analysis` makes, checked before they are drawn."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from vfy_notebook.errors import ArgumentError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from vfy_notebook.plots.columns import Floats

__all__ = ["check_table", "floats_of"]


def check_table(table: object, columns: Sequence[str], *, maker: str) -> None:
    """Refuse what is no such table.

    Args:
        table: What was given.
        columns: The columns that it needs.
        maker: The function of `vfy.analysis` that makes such tables.

    Raises:
        ArgumentError: It is no DataFrame, or lacks a column.
    """
    if not isinstance(table, pd.DataFrame):
        raise ArgumentError(f"table must be a DataFrame, not {type(table).__name__}.")
    missing = [name for name in columns if name not in table.columns]
    if missing:
        raise ArgumentError(
            f"table has no column {', '.join(map(repr, missing))}; it must be what "
            f"vfy.analysis.{maker} gives."
        )


def floats_of(table: pd.DataFrame, name: str) -> Floats:
    """A column of numbers, NaN where there is none.

    Raises:
        ArgumentError: The column holds something else.
    """
    try:
        numbers = table[name].astype("Float64").to_numpy(dtype=np.float64, na_value=np.nan)
    except (TypeError, ValueError) as error:
        raise ArgumentError(f"table: {name} must hold numbers, not {table[name].dtype}.") from error
    return np.asarray(numbers, dtype=np.float64)
