"""How masked cells are known: by the frame's own word, and by the sign that stands for letters.

A masked frame is for showing. What its cells hold are no values, so none of them is ever an edit.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

if TYPE_CHECKING:
    from collections.abc import Iterable


#: Stands for a letter or digit that is not shown.
MASK_SIGN = "\u2022"

#: The columns that are ever masked; parts of the address are too. Elsewhere the sign is a text's
#: own, such as of a list in a description.
_PERSONAL = frozenset({"name", "email", "phone", "birthdate"})
_ADDRESS = "address."


def may_be_masked(column: object, marked: Iterable[str] = ()) -> bool:
    """Whether a column's cells may be masked.

    Args:
        column: The column's name.
        marked: The columns that the frame says it masked (`attrs[MASKED]`).
    """
    if not isinstance(column, str):
        return False
    return column in _PERSONAL or column.startswith(_ADDRESS) or column in set(marked)


def masked_cells(column: pd.Series[Any]) -> np.ndarray[Any, np.dtype[np.bool_]]:
    """Where a column that may be masked holds masked text.

    >>> masked_cells(pd.Series(["a••@x.com", "ann@x.com", None])).tolist()
    [True, False, False]
    """
    if column.dtype.kind in "biufcmM":
        return np.zeros(len(column), dtype=bool)
    if isinstance(column.dtype, pd.StringDtype):
        texts = pa.array(column.array, from_pandas=True)
        found = pc.fill_null(pc.match_substring(texts, MASK_SIGN), False)
        return np.asarray(found, dtype=bool)
    return np.fromiter(
        (isinstance(value, str) and MASK_SIGN in value for value in column),
        dtype=bool,
        count=len(column),
    )
