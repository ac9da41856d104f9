"""Text that a program has spelled anew, and numbers that were text before."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow.compute as pc

from vfy_notebook.edits.dress.numbers import NUMBER, is_scientific, number_in, same_number

if TYPE_CHECKING:
    from vfy_notebook.edits.cells.cells import Bools, Cells, Positions

#: What a text loses as a number: a plus, zeros before it, digits beyond a float's.
_HAZARDS = r"^\s*(\+|-?0\d)|\d{16}"
#: Numbers that are spelled as a program would spell them.
_PLAIN = r"^-?(0|[1-9]\d*)(\.\d*[1-9])?$"
_DIGITS = r"^-?\d+$"
_LONG = r"\d{11}"
_is_plain = re.compile(_PLAIN).match
_ends_in_point_zero = re.compile(r"^-?\d+\.0$").match
_MOST_EXACT = 10**15


def matching(cells: Cells, pattern: str) -> Bools:
    """Where texts match a pattern."""
    return np.asarray(pc.fill_null(pc.match_substring_regex(cells.values, pattern), False))


def respelt(edited: Cells, base: Cells, rows: Positions) -> Bools:
    """Which of the rows hold the server's text, spelled anew by a program.

    Such as 4.86E+10 or 48600123456.0 for 48600123456, 7 for 007, another line break. Only where
    no other text of the column that would have changed has been kept: else a person changed it.
    """
    one, other = edited.take(rows), base.take(rows)
    found = _other_line_breaks(one, other) if _has_returns(other).any() else _nowhere(one)
    both = np.flatnonzero(matching(one, NUMBER))
    both = both[matching(other.take(both), NUMBER)]
    if not both.size and not found.any():
        return found
    others = np.ones(len(base), dtype=bool)
    others[rows] = False
    kept = base.take(np.flatnonzero(others & ~base.missing))
    if _has_returns(kept).any():
        found = _nowhere(one)
    gains_point_zero = not matching(kept, _DIGITS).any()
    loses_spelling = not (matching(kept, NUMBER) & ~matching(kept, _PLAIN)).any()
    for i, new, old in zip(
        both.tolist(),
        one.values.take(both).to_pylist(),
        other.values.take(both).to_pylist(),
        strict=True,
    ):
        if not same_number(new, number_in(old), rounded=False):
            continue
        if _ends_in_point_zero(new) and "." not in old:
            found[i] = gains_point_zero
        else:
            is_lost = loses_spelling and bool(_is_plain(new)) and not _is_plain(old)
            found[i] = is_scientific(new) or is_lost
    return found


def _nowhere(cells: Cells) -> Bools:
    return np.zeros(len(cells), dtype=bool)


def _has_returns(cells: Cells) -> Bools:
    return np.asarray(pc.fill_null(pc.match_substring(cells.values, "\r"), False))


def _other_line_breaks(one: Cells, other: Cells) -> Bools:
    def plain(cells: Cells) -> Any:
        return pc.replace_substring_regex(cells.values, "\r\n?", "\n")

    return np.asarray(pc.fill_null(pc.equal(plain(one), plain(other)), False))


def is_spelled_by_a_program(text: str) -> bool:
    """Whether a text is a number without anything that a person may have kept: 7, 7.0, not 007."""
    return bool(_is_plain(text) or _ends_in_point_zero(text))


def loses_as_number(base: Cells) -> bool:
    """Whether some text of a column is not what its number would be written as."""
    spelled = matching(base, NUMBER) & ~matching(base, _PLAIN)
    return bool(spelled.any() or matching(base, _HAZARDS).any())


def has_long_numbers(base: Cells) -> bool:
    """Whether a column has numbers that spreadsheets show as 4.86E+10."""
    return bool((matching(base, _LONG) & matching(base, NUMBER)).any())


def text_of_number(value: float) -> str | None:
    """A number as text; None where it may have lost digits.

    >>> text_of_number(789.0), text_of_number(2.5), text_of_number(4.86e16)
    ('789', '2.5', None)
    """
    if abs(value) >= _MOST_EXACT:
        return None
    return str(int(value)) if float(value).is_integer() else repr(float(value))
