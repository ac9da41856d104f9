"""The cells of a remembered column, to be compared with those of a frame."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from vfy_notebook.edits.cells.cells import Bools, Cells, Held
from vfy_notebook.frames.schema import Kind

if TYPE_CHECKING:
    from vfy_notebook.snapshots.columns import Column

_HELD = {
    Kind.TEXT: Held.TEXT,
    Kind.WHOLE: Held.WHOLE,
    Kind.NUMBER: Held.NUMBER,
    Kind.FLAG: Held.FLAG,
    Kind.TIME: Held.TIME,
    Kind.DATE: Held.TIME,
    Kind.OBJECT: Held.JSON,
}


def cells_of(column: Column) -> Cells:
    """A remembered column's cells."""
    values, held = column.values, _HELD[column.kind]
    missing: Bools = np.asarray(values.is_null())
    if held in (Held.TEXT, Held.JSON):
        return Cells(held, values, missing)
    if held is Held.TIME:
        values = values.cast(pa.int64())
    if values.null_count:
        values = values.fill_null(False if held is Held.FLAG else 0)
    return Cells(held, values.to_numpy(zero_copy_only=False), missing)
