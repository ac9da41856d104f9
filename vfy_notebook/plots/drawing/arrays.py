"""The kinds of NumPy arrays that plots count with."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np

__all__ = ["Flags", "Ints"]

Ints: TypeAlias = np.ndarray[tuple[int, ...], np.dtype[np.int64]]
Flags: TypeAlias = np.ndarray[tuple[int, ...], np.dtype[np.bool_]]
