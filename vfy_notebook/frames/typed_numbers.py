"""Numbers as people type them.

`2,357` is what our own sentences show for 2357, so it is read as that. A comma that groups no
thousands may be a decimal point to whoever typed it: it is not guessed at.
"""

from __future__ import annotations

import math
import re

#: Thousands in groups, all of them parted by the same sign.
_GROUPED = re.compile(
    "[+-]?[0-9]{1,3}(?:(?P<sign>[,_ '\u2019\u00a0\u2009\u202f])[0-9]{3})(?:(?P=sign)[0-9]{3})*"
    r"(?:\.[0-9]+)?"
)
_PLAIN = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")


def number_in(text: str) -> int | float | None:
    """The number that a text is; None if it is none, or may be one or another.

    >>> number_in("2,357"), number_in(" 2357 "), number_in("-1 234.5"), number_in("2.5")
    (2357, 2357, -1234.5, 2.5)
    >>> number_in("2,5"), number_in("many"), number_in("nan"), number_in("")
    (None, None, None, None)
    """
    text = text.strip()
    grouped = _GROUPED.fullmatch(text)
    if grouped:
        text = text.replace(grouped["sign"], "")
    elif not _PLAIN.fullmatch(text):
        return None
    try:
        return int(text)
    except ValueError:
        number = float(text)
        return number if math.isfinite(number) else None
