"""Which kind of frame it is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

import pandas as pd

from vfy_notebook.errors import ArgumentError

if TYPE_CHECKING:
    from typing import TypeGuard

    import dask.dataframe as dd

__all__ = ["AnyFrame", "check_frame", "check_memberships", "is_dask"]

_MEMBERSHIP_COLUMNS = ("customer_id", "segment_id", "segment")

if TYPE_CHECKING:
    AnyFrame: TypeAlias = pd.DataFrame | dd.DataFrame
else:  # Dask need not be there
    AnyFrame = pd.DataFrame


def is_dask(frame: Any) -> TypeGuard[dd.DataFrame]:
    """Whether it is a Dask DataFrame; Dask is not imported for the question."""
    if not type(frame).__module__.startswith("dask."):
        return False
    import dask.dataframe as dd  # noqa: PLC0415 - it is there: the frame comes from it

    return isinstance(frame, dd.DataFrame)


def check_frame(frame: Any, name: str) -> None:
    """Refuse what is neither a pandas nor a Dask DataFrame.

    Raises:
        ArgumentError: It names the argument and the type.
    """
    if not isinstance(frame, pd.DataFrame) and not is_dask(frame):
        raise ArgumentError(f"{name} must be a DataFrame, not {type(frame).__name__}.")


def check_memberships(memberships: Any) -> None:
    """Refuse what is no frame of memberships.

    Raises:
        ArgumentError: It is no DataFrame, or lacks a column; all are named.
    """
    check_frame(memberships, "memberships")
    missing = [column for column in _MEMBERSHIP_COLUMNS if column not in memberships.columns]
    if missing:
        raise ArgumentError(
            f"memberships has no column {', '.join(map(repr, missing))}. It needs one row per "
            "customer and segment, as fetch_memberships gives it; the columns are "
            f"{', '.join(_MEMBERSHIP_COLUMNS)}."
        )
