"""Arrow arrays compressed: numbers and times take about a quarter of their memory.

A general compressor sees little in whole numbers as they stand in memory. So times are told in the
coarsest unit that holds all of them, and the first bytes of all numbers are put together, then the
second ones, and so on: most of these are equal. Floats that come again and again are numbered.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

_ZSTD = pa.ipc.IpcWriteOptions(compression=pa.Codec("zstd", compression_level=1))

#: A day, an hour, a second and a millisecond in microseconds, as times are held.
_UNITS = (86_400_000_000, 3_600_000_000, 1_000_000, 1_000)

#: Floats are numbered where at most every fourth is another one.
_REPEATED = 4

_BYTES = 8

#: So many numbers are looked at first.
_FEW = 100


@dataclass(frozen=True)
class Packed:
    """An array of any type, compressed."""

    _kept: bytes
    _type: pa.DataType
    #: Of whole numbers: the unit, the first one's bytes, and which bytes differ from those.
    _unit: int = 0
    _first: bytes = b""
    _differing: tuple[int, ...] = ()

    @classmethod
    def of(cls, values: pa.Array) -> Packed:
        """An array to be kept."""
        if pa.types.is_int64(values.type) or pa.types.is_timestamp(values.type):
            wholes = values.view(pa.int64())
            filled = wholes.fill_null(0) if wholes.null_count else wholes
            numbers = filled.to_numpy()
            unit = next((unit for unit in _UNITS if _are_whole(numbers, unit)), 1)
            counted = numbers // unit
            changed = np.bitwise_or.reduce(counted ^ counted[:1]).tobytes()
            differing = tuple(i for i, bits in enumerate(changed) if bits)
            bytes_ = counted.view(np.uint8).reshape(-1, _BYTES)
            planes = [pa.array(np.ascontiguousarray(bytes_[:, i])) for i in differing]
            kept = _written([_validity(values), *planes])
            first = counted[:1].tobytes() or bytes(_BYTES)
            return cls(kept, values.type, unit, first, differing)
        if pa.types.is_float64(values.type):
            numbered = values.dictionary_encode()
            if _REPEATED * len(numbered.dictionary) <= len(values) and _is_same(numbered, values):
                return cls(_written([numbered]), values.type)
        return cls(_written([values]), values.type)

    @property
    def nbytes(self) -> int:
        """Memory in bytes."""
        return len(self._kept)

    def array(self) -> pa.Array:
        """The array as it was."""
        with pa.ipc.open_stream(self._kept) as stream:
            columns = stream.read_next_batch().columns
        if not self._unit:
            (values,) = columns
            is_numbered = pa.types.is_dictionary(values.type)
            return values.dictionary_decode() if is_numbered else values
        valid, *planes = columns
        numbers = np.full(len(valid), np.frombuffer(self._first, dtype=np.int64))
        bytes_ = numbers.view(np.uint8).reshape(-1, _BYTES)
        for i, plane in zip(self._differing, planes, strict=True):
            bytes_[:, i] = plane
        numbers *= self._unit
        missing = None if not valid.null_count else np.asarray(valid.is_null())
        return pa.array(numbers, mask=missing).view(self._type)


def _are_whole(numbers: np.ndarray[Any, Any], unit: int) -> bool:
    """Whether a unit holds all of them; the first few tell nearly always that it does not."""
    return not any((part % unit).any() for part in (numbers[:_FEW], numbers))


def _validity(values: pa.Array) -> pa.Array:
    """Nulls where an array has them; without any, it takes next to nothing."""
    missing = np.asarray(values.is_null()) if values.null_count else None
    return pa.array(np.zeros(len(values), dtype=bool), mask=missing)


def _is_same(numbered: pa.DictionaryArray, values: pa.Array) -> bool:
    """Whether floats are the same bit by bit, which 0.0 and -0.0 are not."""
    return bool(numbered.dictionary_decode().view(pa.int64()).equals(values.view(pa.int64())))


def _written(columns: list[pa.Array]) -> bytes:
    sink = pa.BufferOutputStream()
    batch = pa.record_batch(columns, names=[str(i) for i in range(len(columns))])
    with pa.ipc.new_stream(sink, batch.schema, options=_ZSTD) as stream:
        stream.write_batch(batch)
    # Copied, as the stream has grown by doubling and keeps what it does not need.
    return bytes(sink.getvalue().to_pybytes())
