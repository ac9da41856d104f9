"""Notices rows that come twice, without keeping them."""

from __future__ import annotations

import functools
import warnings
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from vfy_notebook.errors import VfyNotebookWarning

if TYPE_CHECKING:
    from vfy_notebook.frames.batches import Batch


class Twins:
    """The ids of an export, in eight bytes each."""

    def __init__(self) -> None:
        self._hashes: list[np.ndarray[Any, np.dtype[np.uint64]]] = []

    def add(self, batch: Batch) -> None:
        """Take in the ids of some rows."""
        self._hashes.append(pd.util.hash_array(batch.ids.to_numpy(zero_copy_only=False)))

    @property
    def rows(self) -> int:
        """How many rows there were."""
        return sum(map(len, self._hashes))

    @functools.cached_property
    def distinct(self) -> int:
        """How many different ones; to be asked once all are known."""
        return len(np.unique(np.concatenate([np.array([], np.uint64), *self._hashes])))

    def warn(self, noun: str, index: str, *, stacklevel: int) -> None:
        """Say that some are twice in the parts, if they are.

        Args:
            noun: What they are.
            index: The column of their ids.
            stacklevel: As of `warnings.warn`, counted from the caller.
        """
        twins = self.rows - self.distinct
        if twins:
            warnings.warn(
                f"The export named {twins:,} {noun} twice, and so do the parts: drop duplicates "
                f"of {index}.",
                VfyNotebookWarning,
                stacklevel=stacklevel + 1,
            )
