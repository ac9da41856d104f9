"""Numbers as text, as floats, rounded, or cut by a spreadsheet: when they are the same number."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

import numpy as np

from vfy_notebook.frames.arrays import MAX_EXACT_FLOAT

#: A number as programs write it; also for Arrow's `match_substring_regex`.
NUMBER = r"^\s*[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d{1,3})?\s*$"
#: A number as spreadsheets show long ones.
SCIENTIFIC = r"^\s*[+-]?\d(\.\d*)?[eE]\+?\d{1,3}\s*$"
_NUMBER = re.compile(NUMBER)
_COMMA = re.compile(r"^\s*[+-]?\d+,\d+\s*$")
#: Thousands parted by blanks, apostrophes, commas or points, as spreadsheets show them.
_THOUSANDS = re.compile(
    r"\s*[+-]?\d{1,3}(?P<group>[ \u00a0\u2009\u202f'’.,])\d{3}((?P=group)\d{3})*"
    r"(?P<rest>[.,]\d+)?\s*"
)
_INFINITE = re.compile(r"^\s*[+-]?inf(inity)?\s*$", re.IGNORECASE)
_DIGITS = re.compile(r"^\s*[+-]?\d+\s*$")
_SCIENTIFIC = re.compile(SCIENTIFIC)

#: What a float holds, and what a spreadsheet keeps.
FLOAT_DIGITS = 15
#: As many decimals as `DataFrame.to_json` writes; beyond these, as many digits.
_JSON_DECIMALS = 10
_SMALLEST_PLAIN, _LARGEST_PLAIN = 1e-4, 1e15
#: Spreadsheets show longer whole numbers as 4.86E+10, with so many digits at most.
_LONG = 11
_SHOWN_DIGITS = 6
#: Python reads no integer of more than 4,300 digits.
_LONGEST = 4_000
#: A float of less than double precision has a tail of so many digits, as a double.
_FLOAT_TAIL = 10
#: Nobody's code is as long as this; what is, is compared as floats alone.
_ENDLESS = 10**40


def number_in(text: str) -> int | float | None:
    """The number that a text is; whole ones are exact. None if it is none.

    >>> number_in("00042"), number_in("1.50"), number_in("+48 600"), number_in("9007199254740993")
    (42, 1.5, None, 9007199254740993)
    """
    if len(text) > _LONGEST:
        return None
    if _DIGITS.match(text):
        return int(text)
    if _NUMBER.match(text):
        exact = Decimal(text.strip())
        number = float(exact)
        whole = number.is_integer() and exact == exact.to_integral_value()
        return int(exact) if whole and abs(number) <= MAX_EXACT_FLOAT else number
    return float(text) if _INFINITE.match(text) else None


def number_with_comma(text: str) -> float | None:
    """The number that a text with a decimal comma is.

    >>> number_with_comma("1,5"), number_with_comma("1.5")
    (1.5, None)
    """
    return float(text.replace(",", ".")) if _COMMA.match(text) else None


def number_with_thousands(text: str) -> int | float | None:
    """The number that a text with parted thousands is; None if it has none.

    `1,234` may be two numbers: only to be compared with the one that it is looked at for.

    >>> number_with_thousands("1 234,5"), number_with_thousands("1,234")
    (1234.5, 1234)
    """
    found = _THOUSANDS.fullmatch(text)
    if found is None or (found["rest"] or "").startswith(found["group"]):
        return None
    whole, rest = text.strip(), ""
    if found["rest"]:
        whole, rest = whole[: -len(found["rest"])], found["rest"].replace(",", ".")
    return number_in(whole.replace(found["group"], "") + rest)


def is_number(value: Any) -> bool:
    """Whether a value is a number of JSON's."""
    return isinstance(value, int | float) and not isinstance(value, bool)


def same_number(edited: Any, base: Any, *, rounded: bool) -> bool:
    """Whether a cell, number or text, looks like a number of the server's.

    Args:
        edited: A number, or a text.
        base: A number.
        rounded: Whether the frame has been in a file, where numbers keep 15 digits, or 10
            decimals.
    """
    value = _numbers_in(edited, base) if isinstance(edited, str) else edited
    if value is None or value == base:
        return value is not None
    is_exact = isinstance(value, int) and (isinstance(edited, int) or bool(_DIGITS.match(edited)))
    try:
        if not (is_exact and isinstance(base, int)) and float(value) == float(base):
            return True
        if _was_single(value, base) or (rounded and _rounded(float(value), float(base))):
            return True
    except OverflowError:  # an integer beyond floats
        return False
    return lost_digits(edited, base)


def _numbers_in(text: str, base: Any) -> int | float | None:
    """The number that a text is; of several, the one that it is looked at for."""
    if number_with_thousands(text) == base:
        return number_with_thousands(text)
    number = number_in(text)
    return number_with_comma(text) if number is None else number


def _was_single(value: Any, base: Any) -> bool:
    """Whether a number is what floats of less than double precision leave: 0.3333333432674408.

    Only numbers of so many digits that nobody types them.
    """
    if not isinstance(value, float) or len(repr(value)) < _FLOAT_TAIL:
        return False
    with np.errstate(over="ignore"):
        return value in (float(np.float32(base)), float(np.float16(base)))


def _rounded(value: float, base: float) -> bool:
    if _shortened(value) in (_shortened(base), _shortened(round(base, _JSON_DECIMALS))):
        return True
    is_plain = _SMALLEST_PLAIN <= abs(base) < _LARGEST_PLAIN
    return not is_plain and _shortened(value) == float(f"{base:.{_JSON_DECIMALS}g}")


def _shortened(value: float) -> float:
    return float(f"{value:.{FLOAT_DIGITS}g}")


def is_scientific(text: Any) -> bool:
    """Whether a text is a number as spreadsheets show long ones, with digits lost.

    >>> is_scientific("4.86E+10"), is_scientific("1.5e1"), is_scientific("48600123456")
    (True, False, False)
    """
    if not isinstance(text, str) or not _SCIENTIFIC.match(text):
        return False
    mantissa, exponent = re.split("[eE]", text.strip())
    return sum(map(str.isdigit, mantissa)) <= int(exponent)


def lost_digits(edited: Any, base: Any) -> bool:
    """Whether a number is what a spreadsheet leaves of a long one: 4.86E+10 of 48600123456.

    >>> lost_digits("4.86001E+10", 48600123456), lost_digits("89652900001234500000", 2**66)
    (True, False)
    >>> lost_digits(48600123000, 48600123456)
    False
    """
    if not is_number(base) or not 10 ** (_LONG - 1) <= abs(base) < _ENDLESS or base % 1:
        return False
    try:
        value = Decimal(edited.strip()) if isinstance(edited, str) else Decimal(repr(edited))
    except ArithmeticError:
        return False
    if not value.is_finite() or abs(value) > _ENDLESS or value % 1:
        return False
    digits = str(abs(int(value)))
    shown, off = len(digits.rstrip("0")), abs(int(value) - int(base))
    if shown <= _SHOWN_DIGITS and shown < len(digits) and off * 2 <= 10 ** (len(digits) - shown):
        return True
    beyond = len(digits) - FLOAT_DIGITS
    return beyond > 0 and shown <= FLOAT_DIGITS and off < 10**beyond
