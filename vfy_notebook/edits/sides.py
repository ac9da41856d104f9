"""What is compared with what: the rows of an edited frame, and the base of each."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from vfy_notebook.snapshots.columns import is_all

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

    from vfy_notebook.edits.cells.cells import Bools, Positions
    from vfy_notebook.snapshots.rows import SnapshotRows


def _no_rows() -> Positions:
    return np.zeros(0, dtype=np.intp)


@dataclass(frozen=True)
class Before:
    """Another frame, of which only the difference to the edited one is meant.

    Attributes:
        frame: The frame.
        rows: For each row that has a base, its position in the frame.
        is_base: For each such row, whether the frame's own values are its base, because nobody
            knows which version it is from.
    """

    frame: pd.DataFrame
    rows: Positions
    is_base: Bools


@dataclass(frozen=True)
class Sides:
    """An edited frame, and what its rows started from.

    Attributes:
        edited: The frame, indexed by `customer_id`.
        rows: The positions of its rows that have a base.
        base: The base of each of these rows.
        only_values: For each of these rows, whether it holds values to set: blank cells of it
            mean nothing then.
        aged: For each of these rows, whether nobody knows which version it is from; the base is
            what the server shows now.
        before: Another frame, of which only the difference is meant; None where there is none.
        columns: The columns that are meant; None is all.
        retype: The columns whose change of type is meant.
        was_in_a_file: Whether the frame may have been in a file, where digits get lost.
        new_rows: The positions of rows that are to be created.
        source_ids_taken: All `source_id`s that are known to be somebody's.
    """

    edited: pd.DataFrame
    rows: Positions
    base: SnapshotRows
    only_values: Bools
    aged: Bools
    before: Before | None = None
    columns: Sequence[str] | None = None
    retype: frozenset[str] = frozenset()
    was_in_a_file: bool = False
    new_rows: Positions = field(default_factory=_no_rows)
    source_ids_taken: frozenset[str] = frozenset()

    @cached_property
    def is_whole_frame(self) -> bool:
        """Whether each row of the frame has a base."""
        return is_all(self.rows, len(self.edited))
