"""Metadata keys that have no column of their own.

Anybody who can write a customer can give it keys that nobody else has: a hundred customers with a
hundred of them each would make a table of ten thousand columns, nearly all of it empty. So there
are columns for the commonest keys only; the others stand as JSON in one column of text.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import pyarrow as pa
import pyarrow.compute as pc

from vfy_notebook.frames.arrays import to_pandas
from vfy_notebook.frames.json_text import dump, load
from vfy_notebook.frames.schema import METADATA_PREFIX, METADATA_REST, Kind

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping, Sequence

    import pandas as pd

    from vfy_notebook.frames.arrays import PandasArray
    from vfy_notebook.frames.metadata.pieces import Piece

#: Metadata keys that may have columns, but for those that have one however rare they are.
MAX_METADATA_COLUMNS = 1_000


class Keys(NamedTuple):
    """Metadata keys by where they stand.

    Attributes:
        columns: Those that have a column.
        rest: Those that stand in `metadata_rest`.
    """

    columns: set[str]
    rest: set[str]


def divided(
    packed: Sequence[Mapping[str, Piece]],
    keep: Callable[[], Collection[str]],
    most: int | None = None,
) -> Keys:
    """Which keys have columns: the commonest ones; of equally common ones those first in order.

    Args:
        packed: Metadata by key, batch by batch.
        keep: Gives the keys that have a column however rare they are. It is asked only where there
            are too many.
        most: So many keys have columns, if no more than that are kept; None is
            `MAX_METADATA_COLUMNS`.
    """
    if most is None:
        most = MAX_METADATA_COLUMNS
    keys = set[str]().union(*packed)
    if len(keys) <= most:
        return Keys(keys, set())
    kept = keys.intersection(keep())
    counts = dict.fromkeys(keys - kept, 0)
    for each in packed:
        for key in each.keys() & counts.keys():
            counts[key] += each[key].filled
    ranked = sorted(counts, key=lambda key: (-counts[key], key))
    room = max(0, most - len(kept))
    return Keys(kept.union(ranked[:room]), set(ranked[room:]))


def rest_array(
    packed: Sequence[Mapping[str, Piece]], lengths: Sequence[int], keys: Collection[str]
) -> PandasArray:
    """Each customer's values of some keys as the text of a JSON object, NA where it has none."""
    texts: list[str | None] = []
    for each, length in zip(packed, lengths, strict=True):
        rows: dict[int, dict[str, Any]] = {}
        for key in sorted(each.keys() & keys):
            for at, value in each[key].cells():
                rows.setdefault(at, {})[key] = value
        texts += [dump(rows[at]).decode() if at in rows else None for at in range(length)]
    return to_pandas(Kind.TEXT, [pa.array(texts, pa.large_string())])


def rest_in(texts: pa.Array) -> list[dict[str, Any]]:
    """What some cells of `metadata_rest` hold; nothing for one that holds no JSON object."""
    return [read_rest(text) or {} for text in texts.to_pylist()]


def read_rest(text: str | None) -> dict[str, Any] | None:
    """What a cell of `metadata_rest` holds; None where it is no JSON object.

    >>> read_rest('{"colour": "red"}'), read_rest("red")
    ({'colour': 'red'}, None)
    """
    if not text:
        return {}
    try:
        held = load(text)
    except (ValueError, RecursionError):
        return None
    return held if isinstance(held, dict) else None


def values_in_rest(texts: pa.Array, key: str) -> dict[int, Any]:
    """The values of one key by place, where a cell of `metadata_rest` has it."""
    # Only what holds the key's text is read: it may be one row of a million.
    may_have = pc.indices_nonzero(pc.match_substring(texts, dump(key).decode()).fill_null(False))
    found = zip(may_have.to_pylist(), rest_in(texts.take(may_have)), strict=True)
    return {at: held[key] for at, held in found if key in held}


def bare_keys(names: Iterable[str]) -> set[str]:
    """Metadata keys, be they given bare or as their columns are called.

    >>> sorted(bare_keys(["tier", "metadata.colour"]))
    ['colour', 'tier']
    """
    return {name.removeprefix(METADATA_PREFIX) for name in names}


def keys_with_columns(frame: pd.DataFrame) -> set[str]:
    """The metadata keys that have a column in a frame."""
    return bare_keys(
        name
        for name in frame.columns
        if isinstance(name, str) and name != METADATA_REST and name.startswith(METADATA_PREFIX)
    )
