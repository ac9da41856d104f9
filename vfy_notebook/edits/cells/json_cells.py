"""Cells as the JSON values that a request carries."""

from __future__ import annotations

import enum
from dataclasses import dataclass, field
from itertools import chain
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from vfy_notebook.edits.cells.cells import Bools, Cells, Held, Positions
from vfy_notebook.edits.cells.values import Unsendable, as_json, cell_shown, date_text
from vfy_notebook.frames.arrays import MAX_EXACT_FLOAT
from vfy_notebook.frames.json_text import dump

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

_MIDNIGHT_US = 86_400_000_000

_AS_TEXT = "write it as text, or read its file anew with this column as dtype 'str'"

#: So many values are made at a time where all are gone through.
_BLOCK = 1_000


class Form(enum.Enum):
    """What a cell becomes in a request."""

    TEXT = enum.auto()
    DATE = enum.auto()
    ANY = enum.auto()
    #: Only what JSON itself has: no times, no decimals.
    STRICT = enum.auto()


@dataclass(frozen=True)
class JsonCells:
    """Some cells as JSON values, None where missing.

    Millions of them take a multiple of the memory as Python objects. So they stay in Arrow's and
    NumPy's, and a value is made when it is asked for; those that had to be looked at one by one
    are kept as they were found.

    Attributes:
        refused: The cells that are no JSON, by position; their value is None.
    """

    _cells: Cells | None
    _form: Form = Form.ANY
    _known: Sequence[Any] = ()
    refused: Mapping[int, Unsendable] = field(default_factory=dict)

    @classmethod
    def of(cls, values: Sequence[Any]) -> JsonCells:
        """Values that are JSON already."""
        return cls(None, _known=values)

    def __len__(self) -> int:
        return len(self._known if self._cells is None else self._cells)

    def __getitem__(self, position: int) -> Any:
        if self._cells is None:
            return self._known[position]
        return _values(self._cells.take(np.array([position])), self._form)[0]

    def __iter__(self) -> Iterator[Any]:
        if self._cells is None:
            return iter(self._known)
        blocks = (
            np.arange(first, min(first + _BLOCK, len(self)))
            for first in range(0, len(self), _BLOCK)
        )
        return chain.from_iterable(self.take(block).values for block in blocks)

    @property
    def values(self) -> list[Any]:
        """All values, made anew each time."""
        return list(self._known) if self._cells is None else _values(self._cells, self._form)

    @property
    def missing(self) -> Bools:
        """Where the value is None."""
        if self._cells is not None:
            return self._cells.missing
        gone = (value is None for value in self._known)
        return np.fromiter(gone, dtype=bool, count=len(self._known))

    @property
    def texts(self) -> pa.Array | None:
        """The values as text, without a copy; None where they are not held as text."""
        if self._cells is None or self._cells.held is not Held.TEXT:
            return None
        return self._cells.values

    def take(self, positions: Positions) -> JsonCells:
        """Some of the cells, in the order of `positions`."""
        if self._cells is not None:
            return JsonCells(self._cells.take(positions), self._form)
        at = positions.tolist()
        refused = {new: self.refused[i] for new, i in enumerate(at) if i in self.refused}
        return JsonCells(None, _known=[self._known[i] for i in at], refused=refused)


def to_json(cells: Cells, form: Form) -> JsonCells:
    """Cells as JSON values; those that are none are refused."""
    if cells.missing.all():
        nothing = pa.nulls(len(cells), pa.large_string())
        return JsonCells(Cells(Held.TEXT, nothing, cells.missing))
    if _is_json(cells, form):
        return JsonCells(cells, form)
    convert = _CONVERTERS[form]
    values: list[Any] = []
    refused: dict[int, Unsendable] = {}
    for position, (value, gone) in enumerate(zip(cells.objects(), cells.missing, strict=True)):
        try:
            values.append(None if gone else convert(value))
        except Unsendable as error:
            values.append(None)
            refused[position] = error
    return JsonCells(None, _known=values, refused=refused) if refused else _kept(cells, values)


def _kept(cells: Cells, values: list[Any]) -> JsonCells:
    """Values that were made one by one; lists and objects as text, which takes a fifth of them."""
    if cells.held is Held.JSON or any(isinstance(value, list | dict) for value in values):
        try:
            texts = [None if value is None else dump(value) for value in values]
        except (TypeError, ValueError, RecursionError):  # integers that JSON's own writer refuses
            return JsonCells.of(values)
        held = pa.array(texts, pa.large_binary())
        return JsonCells(Cells(Held.JSON, held, np.asarray(held.is_null())))
    return JsonCells.of(values)


def _values(cells: Cells, form: Form) -> list[Any]:
    """The values of cells of which each is JSON."""
    if cells.held is Held.TIME:
        return _time_texts(cells, days=form is Form.DATE)
    return _numbers(cells) if cells.held is Held.NUMBER else cells.objects()


def _is_json(cells: Cells, form: Form) -> bool:
    """Whether no cell of a column needs a second look."""
    if cells.held is Held.TEXT:
        return form is not Form.DATE
    if cells.held is Held.TIME:
        return _are_times(cells, form)
    if form in (Form.TEXT, Form.DATE):
        return False
    if cells.held is Held.NUMBER:  # infinite ones are refused by cell
        return bool((np.isfinite(cells.values) | cells.missing).all())
    return cells.held in (Held.FLAG, Held.WHOLE)


def _are_times(cells: Cells, form: Form) -> bool:
    if cells.fine is not None or form in (Form.TEXT, Form.STRICT):
        return False
    is_midnight = cells.values % _MIDNIGHT_US == 0
    return form is not Form.DATE or bool((is_midnight | cells.missing).all())


def _numbers(cells: Cells) -> list[Any]:
    """Whole numbers as integers while a float still tells them apart."""
    values = np.where(cells.missing, 0.5, cells.values)
    whole = (np.floor(values) == values) & (np.abs(values) <= MAX_EXACT_FLOAT)
    shown: list[Any] = values.tolist()
    if whole.any():
        shown = [int(x) if is_whole else x for x, is_whole in zip(shown, whole, strict=True)]
    if cells.missing.any():
        shown = [None if gone else x for x, gone in zip(shown, cells.missing, strict=True)]
    return shown


def _time_texts(cells: Cells, *, days: bool) -> list[str | None]:
    moments = cells.values.astype("datetime64[us]")
    in_ms = cells.values % 1000 == 0
    texts = np.where(
        in_ms,
        np.datetime_as_string(moments.astype("datetime64[ms]"), unit="ms"),
        np.datetime_as_string(moments, unit="us"),
    )
    texts = np.char.add(texts, "Z")
    if days:
        dates = np.datetime_as_string(moments.astype("datetime64[D]"), unit="D")
        texts = np.where(cells.values % _MIDNIGHT_US == 0, dates, texts)
    return [None if gone else str(text) for text, gone in zip(texts, cells.missing, strict=True)]


def _must_be_text(value: Any) -> str:
    shown = as_json(value)
    if not isinstance(shown, str) or not isinstance(value, str):
        raise Unsendable(f"is {cell_shown(value)}, and must be text", _AS_TEXT)
    return shown


def _strict(value: Any) -> Any:
    shown = as_json(value)
    if not isinstance(value, str) and isinstance(shown, str):
        raise Unsendable(f"holds {cell_shown(value)}", "give what the API gave")
    return shown


_CONVERTERS = {
    Form.TEXT: _must_be_text,
    Form.DATE: date_text,
    Form.ANY: as_json,
    Form.STRICT: _strict,
}
