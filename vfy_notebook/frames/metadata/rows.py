"""Customers' metadata until it is packed, in as few objects as it goes.

Where a schema makes all customers have the same keys, a page's values are put into tuples at once,
while its objects are in the cache of the processor, and the objects themselves are free to go.
"""

from __future__ import annotations

from operator import itemgetter
from typing import TYPE_CHECKING, Any

from vfy_notebook.frames.metadata.pieces import pack_metadata, piece_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from vfy_notebook.frames.metadata.pieces import Piece

Metadata = dict[str, Any] | None


class MetadataRows:
    """The metadata of some customers, one behind the other.

    An interrupt can happen anywhere: what was put before stays as it is.
    """

    def __init__(self) -> None:
        #: Keys and a tuple of values for each customer; without keys, what each customer has.
        self._held: tuple[tuple[str, ...] | None, list[Any]] = (None, [])

    def __len__(self) -> int:
        return len(self._held[1])

    def put(self, rows: Sequence[Metadata], *, at: int) -> None:
        """Put rows behind the first so many; what is there of an interrupted call goes."""
        keys, held = self._held
        if not at:
            keys, held = tuple(rows[0]) if rows and rows[0] else None, []
        values = None if keys is None else values_of(rows, keys)
        if values is None and keys is not None:
            held = [dict(zip(keys, each, strict=True)) for each in held[:at]]
            keys = None
        held[at:] = rows if values is None else values
        self._held = (keys, held)

    def packed(self, count: int) -> dict[str, Piece]:
        """The first so many by key."""
        keys, held = self._held
        if keys is None or not count:
            return pack_metadata(held[:count])
        columns = zip(*(held if count == len(held) else held[:count]), strict=True)
        return {key: piece_of(list(each)) for key, each in zip(keys, columns, strict=True)}


def values_of(rows: Sequence[Metadata], keys: tuple[str, ...]) -> list[tuple[Any, ...]] | None:
    """Each row's values under these keys; None if the keys of one are others."""
    try:
        if set(map(len, rows)) - {len(keys)}:  # type: ignore[arg-type]
            return None
        found = map(itemgetter(*keys), rows)  # type: ignore[arg-type]
        return list(found) if len(keys) > 1 else list(zip(found, strict=True))
    except (TypeError, KeyError):  # one has none, or as many keys but others
        return None
