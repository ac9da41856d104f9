"""Words that stand for a flag, or for nothing, as people and programs write them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

#: The words for yes and no: of programs, of people, and of spreadsheets in some languages.
_YES = (
    "true yes y t on 1 1.0 wahr vrai verdadero verdadeiro vero prawda waar sant sand igaz pravda "
    "истина tak ja oui si sí sì sim ano áno igen да так"
)
_NO = (
    "false no n f off 0 0.0 falsch faux falso fałsz onwaar falskt falsk usann hamis nepravda "
    "ложь nie nein non nee nej nei não ne nem нет ні"
)

FLAGS: dict[str, bool] = {
    **dict.fromkeys(_YES.split(), True),
    **dict.fromkeys(_NO.split(), False),
}

#: What programs write for a missing cell; "NA" and "none" are what people write as well.
MISSING = frozenset({"", "nan", "NaN", "None", "<NA>", "NaT", "null", "NULL", "#N/A"})

#: What some programs write for a missing cell, and people for other things.
PLACEHOLDERS = frozenset(
    {
        *("-", "--", "–", "—", "N/A", "n/a", "#N/A N/A", "NA", "\\N"),
        *("(null)", "(NULL)", "[null]", "[NULL]", "<null>", "<NULL>", "(blank)", "(empty)"),
    }
)


def flag_of(value: Any) -> bool | None:
    """The flag that a value stands for; None if it stands for none.

    >>> flag_of("TRUE"), flag_of(0.0), flag_of("no"), flag_of(2), flag_of("maybe")
    (True, False, False, None, None)
    """
    if isinstance(value, bool | np.bool_):
        return bool(value)
    if isinstance(value, str):
        return FLAGS.get(value.strip().casefold())
    if isinstance(value, int | float | np.integer | np.floating) and value in (0, 1):
        return bool(value)
    return None


def is_missing(value: Any) -> bool:
    """Whether a cell holds nothing, or a word for nothing.

    >>> is_missing(None), is_missing("nan"), is_missing(" "), is_missing([]), is_missing(0)
    (True, True, True, False, False)
    """
    if isinstance(value, str):
        return value.strip() in MISSING
    return bool(pd.api.types.is_scalar(value) and pd.isna(value))
