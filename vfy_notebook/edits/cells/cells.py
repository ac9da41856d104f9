"""A column's cells, whatever dtype they came in, and where two columns may differ.

Comparing is done in two steps: whole columns at once by `may_differ`, which never calls cells
equal that are not, and then the few that are left one by one as JSON values.
"""

from __future__ import annotations

import enum
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from vfy_notebook.frames.arrays import MAX_EXACT_FLOAT, objects
from vfy_notebook.frames.json_text import dump, load

Bools = np.ndarray[Any, np.dtype[np.bool_]]
Positions = np.ndarray[Any, np.dtype[np.intp]]

_NS_PER_US = 1000

#: Floats of less than double precision, the shortest first.
_SHORT = ("float16", "float32")

#: Values that Python compares as JSON does, given that both are of the same class.
_PLAIN = frozenset({str, int, float, bool})


class Held(enum.Enum):
    """What a column's cells are held as."""

    WHOLE = enum.auto()  #: int64
    NUMBER = enum.auto()  #: float64
    FLAG = enum.auto()  #: bool
    TEXT = enum.auto()  #: an Arrow array of text
    TIME = enum.auto()  #: int64, microseconds since 1970 in UTC
    OBJECT = enum.auto()  #: Python objects
    JSON = enum.auto()  #: an Arrow array of JSON as bytes, of a remembered column


@dataclass(frozen=True)
class Cells:
    """One column. Where `missing` is set, the value means nothing."""

    held: Held
    values: Any
    missing: Bools
    #: Nanoseconds beyond the microsecond, for times that have them.
    fine: np.ndarray[Any, Any] | None = None
    #: The dtype of floats of less than double precision, which are compared as such.
    precision: str | None = None

    def __len__(self) -> int:
        return len(self.missing)

    def take(self, positions: Positions) -> Cells:
        """Some of the cells, in the order of `positions`."""
        values = self.values.take(positions)
        fine = None if self.fine is None else self.fine.take(positions)
        return Cells(self.held, values, self.missing.take(positions), fine, self.precision)

    def objects(self) -> list[Any]:
        """All values as Python objects; None where missing, times as Timestamps."""
        if self.held is Held.TEXT:
            return list(self.values.to_pylist())
        if self.held is Held.JSON:
            return [None if cell is None else load(cell) for cell in self.values.to_pylist()]
        values = self._timestamps() if self.held is Held.TIME else self.values.tolist()
        if not self.missing.any():
            return list(values)
        return [None if gone else value for value, gone in zip(values, self.missing, strict=True)]

    def _timestamps(self) -> list[Any]:
        if self.fine is None:
            return list(pd.DatetimeIndex(self.values.view("datetime64[us]"), tz="UTC"))
        nanoseconds = self.values * _NS_PER_US + self.fine
        return list(pd.DatetimeIndex(nanoseconds.view("datetime64[ns]"), tz="UTC"))


def read_cells(column: pd.Series[Any]) -> Cells:
    """A column's cells."""
    dtype = column.dtype
    if isinstance(dtype, pd.SparseDtype):
        return read_cells(pd.Series(np.asarray(column)))
    for is_kind, read in _READERS:
        if is_kind(dtype):
            return read(column)
    return _object_cells(column)


def read_days(column: pd.Series[Any]) -> Cells:
    """A column of days; a time with a zone stands for the day that it is there."""
    if isinstance(column.dtype, pd.DatetimeTZDtype):
        column = column.dt.tz_localize(None)
    if column.dtype == object and not _is_naive(column):
        values = column.to_numpy(dtype=object)
        return Cells(Held.OBJECT, values, np.asarray(pd.isna(values), dtype=bool))
    return read_cells(column)


def _is_naive(values: Any) -> bool:
    return all(getattr(value, "tzinfo", None) is None for value in values)


def missing_cells(count: int) -> Cells:
    """A column that is not there."""
    return Cells(Held.OBJECT, np.full(count, None, dtype=object), np.ones(count, dtype=bool))


def cells_from(values: list[Any]) -> Cells:
    """Python values as a column's cells; None is missing."""
    return _object_cells(pd.Series(objects(values), dtype=object))


def _object_cells(column: pd.Series[Any]) -> Cells:
    """Objects; where all are of one plain type, what a column of that type would give."""
    values = column.astype(object).to_numpy(dtype=object)
    missing = np.asarray(pd.isna(values), dtype=bool)
    typed = _PLAIN_TYPES.get(pd.api.types.infer_dtype(values, skipna=True))
    if typed is not None:
        try:
            return typed(np.where(missing, np.array(None), values), missing)
        except (OverflowError, UnicodeEncodeError, pa.ArrowInvalid):
            pass  # integers beyond 64 bits, half a surrogate pair: looked at one by one
    return Cells(Held.OBJECT, values, missing)


def _plain_texts(values: Any, missing: Bools) -> Cells:
    return Cells(Held.TEXT, pa.array(values, pa.large_string(), from_pandas=True), missing)


def _plain_wholes(values: Any, missing: Bools) -> Cells:
    return Cells(Held.WHOLE, np.where(missing, 0, values).astype("int64"), missing)


def _plain_floats(values: Any, missing: Bools) -> Cells:
    return Cells(Held.NUMBER, np.where(missing, np.nan, values).astype("float64"), missing)


def _plain_flags(values: Any, missing: Bools) -> Cells:
    return Cells(Held.FLAG, np.where(missing, False, values).astype(bool), missing)


def _plain_times(values: Any, missing: Bools) -> Cells:  # noqa: ARG001 - one signature for all
    return _time_cells(pd.Series(pd.to_datetime(pd.Series(values, dtype=object), utc=True)))


def _text_cells(column: pd.Series[Any]) -> Cells:
    try:
        array = pa.array(column.array, pa.large_string(), from_pandas=True)
    except UnicodeEncodeError:
        return _object_cells(column)  # half a surrogate pair, refused by cell later
    return _arrow_text(array)


def _arrow_text(array: pa.Array | pa.ChunkedArray) -> Cells:
    if isinstance(array, pa.ChunkedArray):
        array = array.combine_chunks()
    return Cells(Held.TEXT, array, np.asarray(array.is_null()))


def _number_cells(column: pd.Series[Any], held: Held, dtype: Any) -> Cells:
    missing = column.isna().to_numpy(dtype=bool)
    if missing.any():
        column = column.fillna(False if held is Held.FLAG else 0)
    return Cells(held, column.to_numpy(dtype=dtype), missing)


def _whole_cells(column: pd.Series[Any]) -> Cells:
    if column.dtype.name.lower() == "uint64" and (column > np.iinfo("int64").max).any():
        return _object_cells(column)
    return _number_cells(column, Held.WHOLE, "int64")


def _float_cells(column: pd.Series[Any]) -> Cells:
    precision = column.dtype.name.lower()
    values = column.to_numpy(dtype="float64", na_value=np.nan)
    if precision in _SHORT:
        # 0.1 in single precision is meant as 0.1, not as 0.10000000149011612.
        missing = np.isnan(values)
        shortest = [float(str(each)) for each in values.astype(precision)]
        return Cells(Held.NUMBER, np.array(shortest, "float64"), missing, precision=precision)
    return Cells(Held.NUMBER, values, np.isnan(values))


def _time_cells(column: pd.Series[Any]) -> Cells:
    moments = column.array if column.dt.tz is None else column.dt.tz_convert("UTC").array
    missing = np.asarray(moments.isna())
    unit = moments.unit
    raw = np.where(missing, 0, np.asarray(moments.asi8))
    if unit == "ns":
        fine = raw % _NS_PER_US
        return Cells(Held.TIME, raw // _NS_PER_US, missing, fine if fine.any() else None)
    factor = {"us": 1, "ms": 1000, "s": 1_000_000}[unit]
    return Cells(Held.TIME, raw * factor, missing)


def _arrow_cells(column: pd.Series[Any]) -> Cells:
    """Columns backed by Arrow, by their Arrow type."""
    array = pa.array(column.array)
    if isinstance(array, pa.ChunkedArray):
        array = array.combine_chunks()
    if pa.types.is_dictionary(array.type):
        array = array.dictionary_decode()
    kind = array.type
    if pa.types.is_string(kind) or pa.types.is_large_string(kind):
        return _arrow_text(array.cast(pa.large_string()))
    if pa.types.is_timestamp(kind):
        naive = pd.Series(array.to_pandas())
        return _time_cells(naive)
    for is_kind, target in (
        (pa.types.is_boolean, pd.BooleanDtype()),
        (pa.types.is_integer, pd.UInt64Dtype() if kind == pa.uint64() else pd.Int64Dtype()),
        (pa.types.is_float64, pd.Float64Dtype()),
        (pa.types.is_floating, pd.Float32Dtype()),
    ):
        if is_kind(kind):
            return read_cells(column.astype(target))
    values = np.empty(len(array), dtype=object)
    values[:] = array.to_pylist()
    return Cells(Held.OBJECT, values, np.asarray(pd.isna(values), dtype=bool))


def _is_time(dtype: Any) -> bool:
    return isinstance(dtype, pd.DatetimeTZDtype) or dtype.kind == "M"


def _flag_cells(column: pd.Series[Any]) -> Cells:
    return _number_cells(column, Held.FLAG, bool)


#: Objects of one type, as pandas infers it, are read as a column of that type would be.
_PLAIN_TYPES: dict[str, Callable[[Any, Bools], Cells]] = {
    "string": _plain_texts,
    "integer": _plain_wholes,
    "floating": _plain_floats,
    "boolean": _plain_flags,
    "datetime": _plain_times,
    "datetime64": _plain_times,
}

#: Which dtype is read how; what is not among them is read as objects.
_READERS: tuple[tuple[Callable[[Any], bool], Callable[[Any], Cells]], ...] = (
    (lambda dtype: isinstance(dtype, pd.ArrowDtype), _arrow_cells),
    (lambda dtype: isinstance(dtype, pd.CategoricalDtype), _object_cells),
    (lambda dtype: isinstance(dtype, pd.StringDtype), _text_cells),
    (_is_time, _time_cells),
    (pd.api.types.is_bool_dtype, _flag_cells),
    (pd.api.types.is_integer_dtype, _whole_cells),
    (pd.api.types.is_float_dtype, _float_cells),
)


# -- comparing -------------------------------------------------------------------------------


def may_differ(one: Cells, other: Cells) -> Bools:
    """Where two columns of equal length may differ; False only where they are surely equal."""
    if one.held is other.held is Held.TEXT and one.values.equals(other.values):
        return np.zeros(len(one), dtype=bool)  # at once where both are the same memory
    both = ~one.missing & ~other.missing
    result: Bools = one.missing != other.missing
    # Of a column that is new, or emptied, no value has to be looked at.
    if not both.any():
        return result
    if both.all() or {one.held, other.held}.isdisjoint((Held.OBJECT, Held.JSON)):
        return result | (both & _values_may_differ(one, other))
    # Objects are looked at one by one: only where there are two of them.
    at = np.flatnonzero(both)
    result[at] = _values_may_differ(one.take(at), other.take(at))
    return result


def _values_may_differ(one: Cells, other: Cells) -> Bools:
    held = {one.held, other.held}
    if held == {Held.JSON, Held.OBJECT}:
        return _json_may_differ(one, other)
    if not held.isdisjoint((Held.OBJECT, Held.JSON)):
        return _objects_may_differ(one, other)
    if held <= {Held.WHOLE, Held.NUMBER}:
        return _numbers_differ(one, other)
    if len(held) > 1:
        return np.ones(len(one), dtype=bool)
    if held == {Held.TEXT}:
        return np.asarray(pc.fill_null(pc.not_equal(one.values, other.values), False))
    differ = one.values != other.values
    if one.fine is not None or other.fine is not None:
        differ |= _fine(one) != _fine(other)
    return np.asarray(differ)


def _fine(cells: Cells) -> Any:
    return 0 if cells.fine is None else cells.fine


def _numbers_differ(one: Cells, other: Cells) -> Bools:
    short = {one.precision, other.precision} - {None}
    if short:
        precision = min(short, key=_SHORT.index)
        with np.errstate(over="ignore"):
            return np.asarray(one.values.astype(precision) != other.values.astype(precision))
    if one.held is not other.held:
        whole, floats = (one, other) if one.held is Held.WHOLE else (other, one)
        # Beyond 2**53 a float stands for several integers: those are left to the second step.
        exact = np.abs(whole.values.astype("float64")) < MAX_EXACT_FLOAT
        return np.asarray(~exact | (whole.values.astype("float64") != floats.values))
    return np.asarray(one.values != other.values)


def _json_may_differ(one: Cells, other: Cells) -> Bools:
    """Where the JSON of objects is not byte by byte what is remembered."""
    known, objects = (one, other) if one.held is Held.JSON else (other, one)
    return np.fromiter(
        (
            not gone and _encoded(value) != cell
            for cell, value, gone in zip(
                known.values.to_pylist(), objects.values, objects.missing, strict=True
            )
        ),
        dtype=bool,
        count=len(one),
    )


def _encoded(value: Any) -> bytes | None:
    """A cell's JSON; None for what has none."""
    try:
        return dump(value)
    except (TypeError, ValueError, RecursionError):  # looked at one by one, and refused there
        return None


def _objects_may_differ(one: Cells, other: Cells) -> Bools:
    return np.fromiter(
        (
            x is not y and (x.__class__ is not y.__class__ or x.__class__ not in _PLAIN or x != y)
            for x, y in zip(one.objects(), other.objects(), strict=True)
        ),
        dtype=bool,
        count=len(one),
    )
