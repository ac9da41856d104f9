"""An edited cell in another dress as a value of its column's own kind."""

from __future__ import annotations

import enum
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from vfy_notebook.edits.cells.cells import Held
from vfy_notebook.edits.cells.values import Unsendable, as_json
from vfy_notebook.edits.dress.kinds import Own
from vfy_notebook.edits.dress.nested import nested_in, parts_of, separator_of, without_new_nulls
from vfy_notebook.edits.dress.numbers import (
    NUMBER,
    SCIENTIFIC,
    is_number,
    is_scientific,
    number_in,
    number_with_comma,
)
from vfy_notebook.edits.dress.texts import (
    has_long_numbers,
    is_spelled_by_a_program,
    loses_as_number,
    matching,
    text_of_number,
)
from vfy_notebook.frames.arrays import MAX_EXACT_FLOAT
from vfy_notebook.frames.identities.words import flag_of

if TYPE_CHECKING:
    from vfy_notebook.edits.cells.cells import Cells

#: Where the edited cells are held as the server's are, they are of their kind.
_SURE = frozenset({Held.WHOLE, Held.NUMBER, Held.FLAG})


class Why(enum.Enum):
    """Why a cell cannot be brought to its column's own kind."""

    #: A number in a column of text that a number would spell differently: 0042, +48 600.
    DIGITS = "digits"
    #: 4.86E+10: a spreadsheet has lost digits.
    SCIENTIFIC = "scientific"
    #: It is of another kind than the column.
    KIND = "kind"
    #: A date that may be one of several.
    DATE = "date"
    #: `nan` or the like, beside cells that are really missing.
    MISSING = "missing"


class Undecided(Exception):
    """A cell that cannot be brought to its column's own kind."""

    def __init__(self, why: Why) -> None:
        super().__init__(why.value)
        self.why = why


class Converter:
    """Brings a column's edited cells to its own kind."""

    def __init__(self, own: Own, edited: Cells, base: Cells, *, was_respelt: bool) -> None:
        self._own = own
        self._edited = edited
        self._base = base
        #: Whether other cells of the column are the server's in another dress.
        self._was_respelt = was_respelt

    def needs_converting(self, cells: Cells) -> Any:
        """Which of some edited cells are perhaps not of the column's own kind."""
        everywhere, nowhere = np.ones(len(cells), dtype=bool), np.zeros(len(cells), dtype=bool)
        if cells.held is Held.TEXT and self._own is Own.TEXT:
            loses_digits = matching(cells, SCIENTIFIC)
            return loses_digits | matching(cells, NUMBER) if self._was_respelt else loses_digits
        if self._own is Own.ANY:
            return everywhere if self._was_respelt else nowhere
        if cells.held is self._base.held and cells.held in _SURE:
            return nowhere
        return everywhere

    def convert(self, value: Any, base: Any) -> Any:
        """A cell's value; `base` is the server's value in the same cell, None if missing.

        Raises:
            Undecided: It may mean several values, or none.
        """
        if isinstance(value, np.generic) and not isinstance(value, np.datetime64):
            value = value.item()
        return _CONVERT[self._own](self, value, base)

    # -- text ----------------------------------------------------------------------------------

    @cached_property
    def _texts(self) -> Cells | None:
        """The server's values, if they are texts at all."""
        return self._base if self._base.held is Held.TEXT else None

    @cached_property
    def _has_numbers(self) -> bool:
        return self._texts is not None and bool(matching(self._texts, NUMBER).any())

    @cached_property
    def _loses(self) -> bool:
        return self._texts is not None and loses_as_number(self._texts)

    @cached_property
    def _has_long_numbers(self) -> bool:
        return self._texts is not None and has_long_numbers(self._texts)

    def _text(self, value: Any, _: Any) -> Any:
        if isinstance(value, str):
            if is_scientific(value) and (self._has_long_numbers or self._loses):
                raise Undecided(Why.SCIENTIFIC)
            if self._was_respelt and is_spelled_by_a_program(value):
                return self._text_of(float(value))
            return value
        if is_number(value):
            return self._text_of(value)
        if isinstance(value, bool | list | dict | tuple | np.ndarray):
            raise Undecided(Why.KIND)
        return value  # a time, which is text in JSON; what is no JSON is refused later

    def _text_of(self, number: float) -> str:
        if self._loses:
            raise Undecided(Why.DIGITS)
        text = text_of_number(number) if self._has_numbers else None
        if text is None:
            raise Undecided(Why.DIGITS if self._has_numbers else Why.KIND)
        return text

    # -- the other kinds -----------------------------------------------------------------------

    def _number(self, value: Any, _: Any) -> Any:
        if isinstance(value, str):
            if is_scientific(value) and self._is_long:
                raise Undecided(Why.SCIENTIFIC)
            number = number_in(value)
            value = number_with_comma(value) if number is None else number
        if not is_number(value):
            raise Undecided(Why.KIND)
        if isinstance(value, float) and abs(value) > MAX_EXACT_FLOAT and self._is_long:
            raise Undecided(Why.DIGITS)
        return value

    @cached_property
    def _is_long(self) -> bool:
        """Whether the server has whole numbers that a float would cut."""
        return any(
            isinstance(value, int) and abs(value) > MAX_EXACT_FLOAT
            for value in self._base.objects()
            if value is not None
        )

    def _flag(self, value: Any, _: Any) -> Any:
        flag = flag_of(value)
        if flag is None:
            raise Undecided(Why.KIND)
        return flag

    def _nested(self, value: Any, base: Any) -> Any:
        found = value
        if isinstance(value, str):
            found = nested_in(value)
            if found is None and self._separator is not None:
                found = parts_of(value, self._separator, are_numbers=self._are_numbers)
        try:
            shown = as_json(found)
        except Unsendable:
            return value  # refused later, with what is wrong inside
        if not isinstance(shown, list | dict):
            raise Undecided(Why.KIND)
        return without_new_nulls(shown, base) if self._was_respelt else shown

    @cached_property
    def _separator(self) -> str | None:
        """What stands between the items of lists that have come joined; None if they have not."""
        return separator_of(self._edited.objects(), self._base.objects())

    @cached_property
    def _are_numbers(self) -> bool:
        lists = [value for value in self._base.objects() if isinstance(value, list)]
        return all(is_number(item) for items in lists for item in items)

    def _any(self, value: Any, base: Any) -> Any:
        if not self._was_respelt:
            return value
        if isinstance(value, str) and _looks_like_another_kind(value):
            raise Undecided(Why.KIND)
        return without_new_nulls(value, base)


_CONVERT = {
    Own.TEXT: Converter._text,  # noqa: SLF001 - its own
    Own.NUMBER: Converter._number,  # noqa: SLF001
    Own.FLAG: Converter._flag,  # noqa: SLF001
    Own.NESTED: Converter._nested,  # noqa: SLF001
    Own.ANY: Converter._any,  # noqa: SLF001
}


def _looks_like_another_kind(text: str) -> bool:
    return number_in(text) is not None or flag_of(text) is not None or nested_in(text) is not None
