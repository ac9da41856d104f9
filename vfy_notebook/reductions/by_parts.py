"""Functions of pandas run on the parts of a frame, where they lie.

A pandas DataFrame is one part, in this process.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

import pandas as pd

if TYPE_CHECKING:
    from collections.abc import Callable

    from vfy_notebook.reductions.kinds import AnyFrame

__all__ = ["on_parts", "on_parts_by"]

T = TypeVar("T")


def on_parts(frame: AnyFrame, function: Callable[[pd.DataFrame], T]) -> list[T]:
    """What a function makes of each part, in their order; this computes.

    Args:
        frame: The frame.
        function: To be run on each part; what it returns comes to this process.
    """
    if isinstance(frame, pd.DataFrame):
        return [function(frame)]
    from dask.base import compute  # noqa: PLC0415 - it is there: the frame comes from it
    from dask.delayed import delayed  # noqa: PLC0415

    made = delayed(function)
    return list(compute(*[made(part) for part in frame.to_delayed()]))


def on_parts_by(
    frame: AnyFrame,
    key: str,
    read: Callable[[pd.DataFrame], pd.DataFrame],
    function: Callable[[pd.DataFrame], T],
) -> list[T]:
    """What a function makes of parts that have all rows of a key together; this computes.

    Args:
        frame: The frame.
        key: A column of what `read` returns.
        read: Run on each part first; its columns and types are the same for all parts.
        function: Run on what was read, once all rows of a key are in one part.
    """
    if isinstance(frame, pd.DataFrame):
        return [function(read(frame))]
    from vfy_notebook.reductions.dask_frames import brought_together  # noqa: PLC0415 - an extra

    return on_parts(brought_together(frame, key, read), function)
