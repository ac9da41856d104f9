"""All edits of a plan as a DataFrame."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pyarrow as pa

from vfy_notebook.frames.arrays import objects, to_pandas
from vfy_notebook.frames.schema import Kind

if TYPE_CHECKING:
    from collections.abc import Sequence

    from vfy_notebook.edits.cells.cells import Positions
    from vfy_notebook.edits.tables.changes import Changes
    from vfy_notebook.frames.arrays import PandasArray


def edits_frame(changes: Changes) -> pd.DataFrame:
    """One row per changed cell: `customer_id`, `source_id`, `field`, `before`, `after`."""
    fields = list(changes.fields())
    of_each = [edits.positions for edits in fields]
    positions = np.concatenate(of_each) if of_each else np.zeros(0, dtype=np.intp)
    most = max((int(np.max(edits.places)) for edits in fields), default=0) + 1
    in_order = [edits.positions * most + edits.places for edits in fields]
    order = np.argsort(np.concatenate(in_order or [positions]), kind="stable")
    row_of = np.empty(len(order), dtype=np.intp)
    row_of[order] = np.arange(len(order))
    before, after = np.empty(len(order), dtype=object), np.empty(len(order), dtype=object)
    first = 0
    for edits in fields:
        rows = row_of[first : first + len(edits.positions)]
        before[rows], after[rows] = objects(edits.before.values), objects(edits.after.values)
        first += len(rows)
    names = np.repeat(np.arange(len(fields)), list(map(len, of_each)))
    return pd.DataFrame(
        {
            "customer_id": _texts(changes.customer_ids, positions[order]),
            "source_id": _texts(changes.source_ids, positions[order]),
            "field": _texts([edits.name for edits in fields], names[order]),
            # Said twice: pandas would turn objects that are all text into its text dtype.
            "before": pd.Series(before, dtype="object"),
            "after": pd.Series(after, dtype="object"),
        }
    )


def _texts(values: Sequence[str | None], at: Positions) -> PandasArray:
    return to_pandas(Kind.TEXT, [pa.array(values, pa.large_string()).take(at)])
