"""Some customers packed column by column: what listings and exports both become first."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any, NamedTuple

import pyarrow as pa

from vfy_notebook.frames.arrays import to_arrow
from vfy_notebook.frames.metadata import Piece, pack_metadata
from vfy_notebook.frames.schema import FIXED

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from vfy_notebook.frames.schema import Transposed


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

    def where(self, keep: pa.BooleanArray) -> Batch:
        """The customers for whom `keep` is true."""
        chosen = keep.to_pylist()

        def of(values: pa.Array | list[Any]) -> pa.Array | list[Any]:
            if isinstance(values, list):
                return list(itertools.compress(values, chosen))
            return values.filter(keep)

        return Batch(
            self.ids.filter(keep),
            [of(values) for values in self.fixed],
            {key: Piece(piece.types, of(piece.values)) for key, piece in self.metadata.items()},
        )


def pack(pages: Sequence[Transposed]) -> Batch:
    """Pack customers; what is packed takes a fraction of the memory."""
    ids, fixed, metadata = zip(*pages, strict=True) if pages else ((), (), ())
    columns = zip(*fixed, strict=True) if pages else [()] * len(FIXED)
    return Batch(
        pa.array(_joined(ids), pa.large_string()),
        [
            to_arrow(column.name, column.kind, _joined(pieces))
            for column, pieces in zip(FIXED, columns, strict=True)
        ],
        pack_metadata(_joined(metadata)),
    )


def _joined(pieces: Iterable[Sequence[Any]]) -> list[Any]:
    return list(itertools.chain.from_iterable(pieces))
