"""Some customers packed column by column: what listings and exports both become first."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import pyarrow as pa

from vfy_notebook.frames.arrays import to_arrow
from vfy_notebook.frames.metadata import Piece, pack_metadata
from vfy_notebook.frames.schema import FIXED, transposed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from vfy_notebook.api.models import Customer


class Batch(NamedTuple):
    """Some customers, packed: one array for each column of the fixed schema.

    What no Arrow type holds exactly is a list of Python objects. Metadata that a key's customers
    do not have is left out; what is missing and what is null are the same.
    """

    ids: pa.Array
    fixed: list[pa.Array | list[Any]]
    metadata: dict[str, Piece]

    def __len__(self) -> int:
        return len(self.ids)


def pack(customers: Sequence[Customer]) -> Batch:
    """Pack customers; what is packed takes a fraction of the memory."""
    ids, fixed, metadata = transposed(customers)
    return Batch(
        pa.array(ids, pa.large_string()),
        [
            to_arrow(column.name, column.kind, values)
            for column, values in zip(FIXED, fixed, strict=True)
        ],
        pack_metadata(metadata),
    )
