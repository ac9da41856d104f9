"""Where a cell is what the server's value looks like in another dress.

Whole columns at once for the pairs of types that files make; one by one for what is left.
"""

from __future__ import annotations

import json
import re
from datetime import date
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from vfy_notebook.edits.cells.cells import Cells, Held
from vfy_notebook.edits.cells.values import Unsendable, as_json, same_json, same_moment
from vfy_notebook.edits.dress.nested import is_joined, nested_in, same_nested
from vfy_notebook.edits.dress.numbers import (
    NUMBER,
    is_number,
    number_in,
    number_with_comma,
    same_number,
)
from vfy_notebook.edits.dress.texts import matching
from vfy_notebook.frames.arrays import MAX_EXACT_FLOAT
from vfy_notebook.frames.identities.words import FLAGS, flag_of

if TYPE_CHECKING:
    from vfy_notebook.edits.cells.cells import Bools

_NUMERIC = frozenset({Held.WHOLE, Held.NUMBER})
#: Numbers that differ by more are never one number that was rounded; longer ones are looked at.
_NEAR, _LONG = 1e-9, 1e10

#: Texts that readers of CSV take for true, and for false: Arrow's does so where a column holds no
#: others.
_AS_FLAGS = (("true", "1"), ("false", "0"))
_UNDERSCORE = re.compile(r"(?<=\d)_(?=\d)")


def same_cells(edited: Cells, base: Cells, *, rounded: bool) -> tuple[Bools, Bools]:
    """Where cells that differ are the same in another dress, and where their JSON differs.

    Args:
        edited: The cells of the frame; none is missing.
        base: The server's, none missing.
        rounded: Whether numbers may have been rounded in a file.
    """
    same = _at_once(edited, base)
    looked_at = ~same & _worth_a_look(edited, base, rounded=rounded)
    other_json = np.ones(len(same), dtype=bool)
    left = np.flatnonzero(looked_at)
    if left.size:
        pairs = zip(edited.take(left).objects(), base.take(left).objects(), strict=True)
        for i, (new, old) in zip(left.tolist(), pairs, strict=True):
            if same_json(_plain(new), old):
                same[i], other_json[i] = True, False
            else:
                same[i] = same_value(new, old, rounded=rounded)
    return same, same & other_json


def _plain(value: Any) -> Any:
    """A value as JSON, as far as it has any."""
    if not isinstance(value, np.ndarray | list | dict | tuple):
        return value
    try:
        return as_json(value)
    except Unsendable:
        return None


def _at_once(edited: Cells, base: Cells) -> Bools:
    """Where two columns are surely the same."""
    held = (edited.held, base.held)
    if held[0] in _NUMERIC and held[1] is Held.TEXT:
        return _same_floats(_floats(edited), _floats_of_texts(base))
    if held[0] is Held.TEXT and held[1] in _NUMERIC:
        return _same_floats(_floats_of_texts(edited), _floats(base))
    if held[0] in _NUMERIC and held[1] is Held.FLAG:
        return np.asarray(edited.values == base.values)
    if held == (Held.TEXT, Held.FLAG):
        yes, no = (_flag_words(edited, value=value) for value in (True, False))
        return np.asarray((yes & base.values) | (no & ~base.values))
    if held == (Held.FLAG, Held.TEXT):
        lowered = pc.utf8_lower(base.values)
        yes, no = (
            np.asarray(pc.is_in(lowered, pa.array(words, pa.large_string()))) for words in _AS_FLAGS
        )
        return np.asarray((yes & edited.values) | (no & ~edited.values))
    return np.zeros(len(base), dtype=bool)


def _worth_a_look(edited: Cells, base: Cells, *, rounded: bool) -> Bools:
    """Where a second look at a cell may find it the same."""
    held = {edited.held, base.held}
    if held in ({Held.TEXT}, {Held.FLAG}):
        return np.zeros(len(base), dtype=bool)
    if held <= _NUMERIC:
        one, other = _floats(edited), _floats(base)
        big = np.abs(other) >= MAX_EXACT_FLOAT
        if edited.precision is not None or not rounded:
            return np.asarray(big & (edited.held is not base.held))
        with np.errstate(invalid="ignore", over="ignore"):
            off = np.abs(one - other)
            near = (off <= _NEAR) | (off <= _NEAR * np.abs(other))
        return np.asarray(big | near | (np.abs(other) >= _LONG))
    return np.ones(len(base), dtype=bool)


def _floats(cells: Cells) -> Any:
    return cells.values.astype("float64")


def numbers_of(cells: Cells) -> Any:
    """Cells as floats, also those with a decimal comma; NaN for what is no number."""
    if cells.held in _NUMERIC:
        return np.where(cells.missing, np.nan, _floats(cells))
    if cells.held is Held.TEXT:
        points = pc.replace_substring_regex(cells.values, r"^(\s*[+-]?\d+),(\d+\s*)$", r"\1.\2")
        return _floats_of_texts(Cells(Held.TEXT, points, cells.missing))
    return np.array([_float(value) for value in cells.objects()], dtype="float64")


def _float(value: Any) -> float:
    if isinstance(value, str):
        found = number_in(value)
        value = number_with_comma(value) if found is None else found
    try:
        return float(value) if is_number(value) else np.nan
    except OverflowError:  # an integer beyond floats
        return np.nan


def _floats_of_texts(cells: Cells) -> Any:
    texts = pc.if_else(pa.array(matching(cells, NUMBER)), cells.values, None)
    return pd.to_numeric(texts.to_pandas(), errors="coerce").to_numpy("float64")


def _same_floats(one: Any, other: Any) -> Bools:
    return np.asarray((one == other) & (np.abs(one) < MAX_EXACT_FLOAT))


def _flag_words(cells: Cells, *, value: bool) -> Bools:
    words = pa.array([word for word, flag in FLAGS.items() if flag is value], pa.large_string())
    return np.asarray(pc.is_in(pc.utf8_lower(cells.values), words))


def same_value(edited: Any, base: Any, *, rounded: bool) -> bool:
    """Whether a cell is what a JSON value of the server looks like in some dress.

    >>> same_value("yes", True, rounded=False), same_value(42.0, "0042", rounded=False)
    (True, True)
    >>> same_value("{'k': 1}", {"k": 1}, rounded=False), same_value(True, 1, rounded=False)
    (True, False)
    """
    if isinstance(base, bool):
        return flag_of(edited) is base
    if isinstance(edited, bool | np.bool_):
        words = _AS_FLAGS[0] if edited else _AS_FLAGS[1]
        return isinstance(base, str) and base.strip().casefold() in words
    if isinstance(edited, np.generic) and not isinstance(edited, np.datetime64):
        edited = edited.item()
    if is_number(base):
        is_one = is_number(edited) or isinstance(edited, str)
        return is_one and same_number(edited, base, rounded=rounded)
    if isinstance(base, list | dict):
        return _same_nested(edited, base, rounded=rounded)
    return isinstance(base, str) and _same_text(edited, base, rounded=rounded)


def _same_text(edited: Any, base: str, *, rounded: bool) -> bool:
    """Whether something is what a program made of a text."""
    if rounded and base.startswith("=") and not isinstance(edited, str):
        return True  # a spreadsheet has worked it out
    if isinstance(edited, str):
        return edited == json.dumps(base) or edited == json.dumps(base, ensure_ascii=False)
    if is_number(edited):
        # pandas' reader of JSON takes Python's own spelling of numbers.
        number = number_in(_UNDERSCORE.sub("", base))
        return number is not None and same_number(edited, number, rounded=rounded)
    if isinstance(edited, date | np.datetime64):
        return same_moment(as_json(edited), base)
    if isinstance(edited, list | dict | tuple | np.ndarray):
        found = nested_in(base)
        return found is not None and _same_nested(edited, found, rounded=rounded)
    return False


def _same_nested(edited: Any, base: Any, *, rounded: bool) -> bool:
    if isinstance(edited, str):
        if edited == str(base) or is_joined(edited, base):
            return True
        edited = nested_in(edited)
    try:
        return edited is not None and same_nested(as_json(edited), base, rounded=rounded)
    except Unsendable:
        return False
