"""Converts JSON values to Arrow arrays without loss, and Arrow arrays to pandas."""

from __future__ import annotations

import warnings
from itertools import chain
from typing import TYPE_CHECKING, Any, cast

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from vfy_notebook.errors import VfyNotebookWarning
from vfy_notebook.frames.schema import Kind
from vfy_notebook.frames.whole_numbers import column_of_wholes, packed_wholes

if TYPE_CHECKING:
    from collections.abc import Sequence

#: What a column of a DataFrame is made of.
PandasArray = pd.api.extensions.ExtensionArray | np.ndarray[Any, Any]

#: Integers beyond it are not all floats: they stay integers.
MAX_EXACT_FLOAT = 2**53

_A_DAY = "2000-01-31"
#: ISO 8601 as well, but wider than a day.
_NOT_A_DAY = r"^\d{4}(-\d{2})?$"
#: Behind a time, as databases write it.
_ZONE_IN_WORDS = r"(?i)\s*(UTC|GMT)$"

ARROW_TYPES: dict[Kind, pa.DataType] = {
    Kind.TEXT: pa.large_string(),
    Kind.WHOLE: pa.int64(),
    Kind.NUMBER: pa.float64(),
    Kind.FLAG: pa.bool_(),
    Kind.TIME: pa.timestamp("us", tz="UTC"),
    Kind.DATE: pa.timestamp("us"),
}

_PANDAS_TYPES: dict[Kind, Any] = {
    Kind.TEXT: pd.StringDtype("pyarrow", na_value=np.nan),
    Kind.NUMBER: pd.Float64Dtype(),
    Kind.FLAG: pd.BooleanDtype(),
}


def to_arrow(
    name: str, kind: Kind, values: Sequence[Any], odd: list[int] | None = None
) -> pa.Array | list[Any]:
    """Values of one column as an Arrow array; a list of them where none would be exact.

    Its type is the kind's of `ARROW_TYPES` or a narrower one, which `to_pandas` takes as well. What
    is given belongs to the caller: a list that comes back is another one.

    Args:
        name: The column.
        kind: What it holds.
        values: Its values.
        odd: Takes the positions of the values that the column cannot hold; they become NA then.
            Without it there is a warning.
    """
    if kind is Kind.OBJECT:
        # Nobody's campaigns (`{}`, `[]`) are no campaigns: NA, as Parquet has no empty struct.
        return [value or None for value in values]
    if kind in (Kind.TIME, Kind.DATE):
        return times_from_text(name, kind, pa.array(values, pa.string()), odd)
    if kind is Kind.WHOLE:
        return packed_wholes(name, values, odd)
    if kind is Kind.TEXT:
        return packed_texts(values)
    return pa.array(values, ARROW_TYPES[kind])


def packed_texts(values: Sequence[str | None]) -> pa.Array:
    """Texts whose places are told in 32 bits, which is half of what 64 take, if they fit."""
    found = pa.array(values, pa.string())
    is_whole = isinstance(found, pa.Array)  # what takes more than two gigabytes comes in chunks
    return found if is_whole else pa.array(values, pa.large_string())


def times_from_text(
    name: str, kind: Kind, texts: pa.Array, odd: list[int] | None = None
) -> pa.Array:
    """Times or dates as the API writes them; tells or warns of those that are none."""
    target = ARROW_TYPES[kind]
    if kind is Kind.DATE and (pc.max(pc.binary_length(texts)).as_py() or 0) > len(_A_DAY):
        texts = pc.utf8_slice_codeunits(texts, 0, len(_A_DAY))
    try:
        found = pc.cast(texts, target)
    except pa.ArrowInvalid:
        # A month or a year is no day: taken for its first, it would be pushed as that one day.
        whole = pc.if_else(pc.match_substring_regex(texts, _NOT_A_DAY), None, texts)
        whole = pc.replace_substring_regex(whole, _ZONE_IN_WORDS, "Z")
        times = pd.to_datetime(
            whole.to_pandas(), format="ISO8601", utc=True, errors="coerce"
        ).dt.as_unit("us")
        found = pa.array(times, ARROW_TYPES[Kind.TIME], from_pandas=True)
    found = _in_calendar(found)
    if found.null_count == texts.null_count:
        return found.cast(target)
    is_lost = pc.and_(texts.is_valid(), found.is_null())
    lost = texts.filter(is_lost)
    if odd is not None:
        odd += pc.indices_nonzero(is_lost).to_pylist()
    elif len(lost):
        warnings.warn(
            f"{len(lost)} values of {name} are no {'days' if kind is Kind.DATE else 'times'} and "
            f"show as NA, such as {lost[0].as_py()!r}.",
            VfyNotebookWarning,
            stacklevel=2,
        )
    return found.cast(target)


def _in_calendar(times: pa.Array) -> pa.Array:
    """The times of the years 1 to 9999; Python and pandas have no others."""
    microseconds = times.view(pa.int64())
    known = microseconds.drop_null().to_numpy() if times.null_count else microseconds.to_numpy()
    if not len(known) or _FIRST_US <= known.min() <= known.max() <= _LAST_US:
        return times
    inside = pc.and_(
        pc.greater_equal(microseconds, _FIRST_US), pc.less_equal(microseconds, _LAST_US)
    )
    return pc.if_else(inside, times, None)


_FIRST_US, _LAST_US = -62_135_596_800_000_000, 253_402_300_799_999_999


def to_pandas(kind: Kind, chunks: Sequence[pa.Array | list[Any]]) -> PandasArray:
    """The pieces of one column as one pandas array of the column's dtype."""
    if kind is Kind.OBJECT or any(isinstance(chunk, list) for chunk in chunks):
        return objects(list(chain.from_iterable(map(as_list, chunks))))
    if kind is Kind.WHOLE:
        return column_of_wholes(chunks)
    whole = _one_piece(chunks, ARROW_TYPES[kind])
    if kind in _PANDAS_TYPES:
        return cast(PandasArray, _PANDAS_TYPES[kind].__from_arrow__(whole))
    moments: np.ndarray[Any, Any] = (
        whole.cast(pa.int64()).fill_null(np.iinfo(np.int64).min).to_numpy()
    )
    if not moments.flags.writeable:
        moments = moments.copy()  # of what is Arrow's own; pandas writes to it in place
    naive = moments.view("datetime64[us]")
    if kind is Kind.DATE:
        return naive
    return cast(PandasArray, pd.DatetimeIndex(naive).tz_localize("UTC").array)


def _one_piece(chunks: Sequence[pa.Array], target: pa.DataType) -> pa.ChunkedArray:
    """All of a column in one piece: pandas goes through pieces one by one again and again."""
    pieces = pa.chunked_array([chunk.cast(target) for chunk in chunks], target)
    return pa.chunked_array([pieces.combine_chunks()])


def as_list(chunk: pa.Array | list[Any]) -> list[Any]:
    """A piece's values as Python objects."""
    return chunk if isinstance(chunk, list) else chunk.to_pylist()


def objects(values: Sequence[Any]) -> np.ndarray[Any, Any]:
    """Python objects as they are, lists and dicts too, which numpy would unpack."""
    return np.fromiter(values, dtype=object, count=len(values))
