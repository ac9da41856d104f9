"""Edits that look like a slip: notes, which do not stop a push.

Columns are looked at as a whole by one regular expression; only cells that may be a slip are
looked at one by one.
"""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from vfy_notebook.edits.cells.json_cells import JsonCells
from vfy_notebook.edits.checks.look_alike import look_alike
from vfy_notebook.edits.problems.problems import Problem, column_shown, who
from vfy_notebook.shown_text import shown_apart, shown_text, spelt_out

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from vfy_notebook.edits.cells.cells import Bools

    #: The values of some cells.
    Values = Sequence[Any] | JsonCells

_LONGEST_VALUE = 48

#: Fields in which many customers seldom share a value.
_OF_ONE_PERSON = ("email", "phone", "birthdate")
_MANY = {"email": 2, "phone": 2, "birthdate": 3}

#: What `str()` makes of a missing value, and what other programs write for one. `NA` is not among
#: them: it is Namibia.
_FOR_MISSING = re.compile(r"\s*(nan|none|nat|<na>|null|n/a|nil|undefined)\s*", re.IGNORECASE)
_SCIENTIFIC = re.compile(r"[+-]?\d+([.,]\d+)?[eE][+-]?\d+")
_DECIMAL_TAIL = re.compile(r"[+-]?\d+\.0+")
_SHEET_ERROR = re.compile(r"#(N/A|REF!|VALUE!|NAME\?|DIV/0!|NULL!|NUM!|SPILL!|CALC!|#+)")
_REPLACED = "\ufffd"

#: UTF-8 that was read as Windows-1252 begins so: `Ã©` for `é`, `â€™` for `’`.
_GARBLED = re.compile("[\u00c2-\u00c5][\u0080-\u00bf\u0152-\u0178\u2013-\u2122]|\u00e2\u20ac")

# Whole columns are looked at by these patterns (of RE2) first.
#: A new value that may be a slip by itself.
_VALUE = (
    r"(?i:^(?:$|#|\s*(?:nan|none|nat|<na>|null|n/a|nil|undefined)\s*$"
    r"|[+-]?\d+(?:[.,]\d+)?e[+-]?\d+$|[+-]?\d+\.0+$))"
    r"|^[\s\p{Z}]|[\s\p{Z}]$|\x{fffd}|\x{e2}\x{20ac}"
    r"|[\x{c2}-\x{c5}][\x{80}-\x{bf}\x{152}-\x{178}\x{2013}-\x{2122}]"
)
#: An old value that a spreadsheet may have cut.
_CUT = r"^[0+]|^\d{16}"
#: A value in which something is not seen, or may be written in two ways.
_HIDING = (
    r"^ | $|  |[\p{C}\p{M}\x{a0}\x{1680}\x{2000}-\x{200f}\x{2028}-\x{202f}\x{205f}-\x{206f}"
    r"\x{3000}\x{115f}\x{1160}\x{2800}\x{3164}\x{ffa0}\x{1100}-\x{11ff}\x{2126}\x{212a}\x{212b}"
    r"\x{f900}-\x{faff}]"
)
#: All that is not seen, and all blanks.
_UNSEEN = (
    r"[\s\p{Z}\p{C}\x{34f}\x{115f}\x{1160}\x{17b4}\x{17b5}\x{180b}-\x{180f}\x{2800}\x{3164}"
    r"\x{fe00}-\x{fe0f}\x{ffa0}\x{e0100}-\x{e01ef}]+"
)
#: Scripts with letters that look like Latin ones.
_OTHER_SCRIPT, _LATIN = r"[\p{Cyrillic}\p{Greek}]", r"\p{Latin}"

_SELDOM_NEW = f"{_VALUE}|{_HIDING}|{_OTHER_SCRIPT}"
_SELDOM_OLD = f"{_CUT}|{_HIDING}|{_OTHER_SCRIPT}"

_EXACT_DIGITS = 15


def slips(field: str, labels: Sequence[str], before: Values, after: Values) -> list[Problem]:
    """What looks like a slip in one column's edits, one problem for each kind.

    Args:
        field: The column.
        labels: The rows.
        before: The cells' values before the edit, as JSON.
        after: Their values after it.
    """
    found: dict[str, list[int]] = {}
    for i in _candidates(before, after):
        kind = _kind_of(before[i], after[i])
        if kind is not None:
            found.setdefault(kind, []).append(i)
    told = [
        _problem(kind, field, [(labels[i], before[i], after[i]) for i in at])
        for kind, at in found.items()
    ]
    return told + _same_for_many(field, labels, after)


def _candidates(before: Values, after: Values) -> list[int]:
    """The cells that may be a slip: all others differ in a way that one sees."""
    new = _texts(after)
    if new is None:
        return []
    old = _texts(before)
    # Most columns hold nothing of the kind.
    seldom = _matches(new, _SELDOM_NEW).any()
    if not seldom and (old is None or not _matches(old, _SELDOM_OLD).any()):
        return []
    may_be = _matches(new, _VALUE)
    if old is not None:
        both = np.asarray(new.is_valid()) & np.asarray(old.is_valid())
        may_be |= both & _matches(old, _CUT)
        hiding = np.flatnonzero(both & (_matches(new, _HIDING) | _matches(old, _HIDING)))
        may_be[hiding[_squashed_equal(old.take(pa.array(hiding)), new.take(pa.array(hiding)))]] = (
            True
        )
        other_script = both & (_matches(new, _OTHER_SCRIPT) | _matches(old, _OTHER_SCRIPT))
        if other_script.any():
            may_be |= other_script & (_matches(new, _LATIN) | _matches(old, _LATIN))
    return np.flatnonzero(may_be).tolist()


def _texts(values: Values) -> pa.Array | None:
    """The values that are text, the others null; None where none is text."""
    texts = values.texts if isinstance(values, JsonCells) else None
    if texts is None:
        found = list(values)
        try:
            texts = pa.array(found, pa.large_string())
        except (pa.ArrowTypeError, pa.ArrowInvalid):  # not all are text
            only = [value if type(value) is str else None for value in found]
            texts = pa.array(only, pa.large_string())
    return None if texts.null_count == len(texts) else texts


def _matches(texts: pa.Array, pattern: str) -> Bools:
    found = pc.fill_null(pc.match_substring_regex(texts, pattern), False)
    return np.array(found)


def _squashed_equal(one: pa.Array, other: pa.Array) -> Bools:
    """Where two columns of text are equal once nothing unseen is in them."""
    first, second = (
        pc.replace_substring_regex(pc.utf8_normalize(each, form="NFC"), _UNSEEN, "")
        for each in (one, other)
    )
    return np.array(pc.equal(first, second))


def _kind_of(before: Any, after: str) -> str | None:
    """The first slip that a cell looks like; what was there before is none."""
    if look_alike(before, after):
        return "unseen_difference"
    if not after.strip():
        return "empty_text"
    if isinstance(before, str):
        if before[:1] in ("0", "+") and after == before.lstrip("+0"):
            return "lost_zeros"
        if _is_cut(before, after):
            return "digits_cut"
    for kind, is_like in _OF_VALUE:
        if is_like(after) and not (isinstance(before, str) and is_like(before)):
            return kind
    return None


def _is_cut(before: str, after: str) -> bool:
    """Whether a long number has lost what a float cannot hold, as spreadsheets lose it."""
    return (
        len(before) > _EXACT_DIGITS
        and len(before) == len(after)
        and after.endswith("0")
        and before[:_EXACT_DIGITS] == after[:_EXACT_DIGITS]
        and before.isdecimal()
        and after.isdecimal()
    )


def _is_garbled(text: str) -> bool:
    if _REPLACED in text:
        return True
    if not _GARBLED.search(text):
        return False
    try:
        text.encode("cp1252").decode()
    except UnicodeError:
        return False
    return True


#: Slips that a value shows by itself, in the order in which they are looked for.
_OF_VALUE: tuple[tuple[str, Callable[[str], bool]], ...] = (
    ("text_for_missing", lambda text: bool(_FOR_MISSING.fullmatch(text))),
    ("scientific_notation", lambda text: bool(_SCIENTIFIC.fullmatch(text))),
    ("decimal_tail", lambda text: bool(_DECIMAL_TAIL.fullmatch(text))),
    ("sheet_error", lambda text: bool(_SHEET_ERROR.fullmatch(text))),
    ("garbled_text", _is_garbled),
    ("stray_blanks", lambda text: text != text.strip()),
)


def _problem(kind: str, field: str, cells: Sequence[tuple[str, Any, str]]) -> Problem:
    what, way_out = _WORDS[kind]
    column = f"edited[{column_shown(field)!r}]"
    values = list(dict.fromkeys(after for _, _, after in cells))[:3]
    return Problem(
        kind,
        f"{column_shown(field)} {what}",
        blocks=False,
        customers=tuple(label for label, _, _ in cells),
        field=field,
        example=_example(*cells[0]),
        way_out=way_out.format(column=column, values=[shown_text(v, 24) for v in values]),
        noun="customer",
    )


def _example(label: str, before: Any, after: str) -> str:
    if not isinstance(before, str):
        return f"{who(label)}: {_quoted(after)}"
    show = spelt_out if look_alike(before, after) else shown_text
    one, other = shown_apart(before, after, _LONGEST_VALUE, show=show)
    return f"{who(label)}: '{one}' → '{other}'"


def _quoted(value: Any) -> str:
    return f"'{shown_text(value, _LONGEST_VALUE)}'"


#: What each slip looks like, and the way out; it may name the column and some values.
_WORDS = {
    "unseen_difference": (
        "changes in nothing that one can see",
        "To leave it as it was, put the old value back.",
    ),
    "empty_text": (
        "is set to an empty text, which is not null",
        "For null: {column} = {column}.mask({column}.str.strip() == '').",
    ),
    "text_for_missing": (
        "is set to text that stands for a missing value, as str() makes it",
        "For null: {column} = {column}.mask({column}.isin({values})).",
    ),
    "scientific_notation": (
        "is set to a number in scientific notation, as Excel writes long ones",
        "Its last digits are lost: take the values from the source again, as text.",
    ),
    "decimal_tail": (
        "is set to text that ends in .0, as of a whole number that was a float",
        "To take it off: {column} = {column}.str.removesuffix('.0').",
    ),
    "sheet_error": (
        "is set to a spreadsheet's error",
        "Mend the formula; for null: {column} = {column}.mask({column}.isin({values})).",
    ),
    "garbled_text": (
        "is set to text that was read in another encoding than it was written in",
        "Read its file again, with encoding='utf-8' or the one that it has.",
    ),
    "stray_blanks": (
        "begins or ends with a blank",
        "To take it off: {column} = {column}.str.strip().",
    ),
    "lost_zeros": (
        "loses its leading zeros or plus",
        "Read its file again with this column as dtype 'str'.",
    ),
    "digits_cut": (
        "loses its last digits, as a spreadsheet does beyond 15",
        "Read its file again with this column as dtype 'str', from where it was text.",
    ),
}


def _same_for_many(field: str, labels: Sequence[str], after: Values) -> list[Problem]:
    """One e-mail, phone or day of birth that many customers get."""
    if field not in _OF_ONE_PERSON:
        return []
    counts = Counter(value for value in after if isinstance(value, str) and value.strip())
    if field == "birthdate" and len(counts) > 1:
        return []  # many people share a birthday; only one day for all is a slip
    shared = {value: count for value, count in counts.most_common() if count >= _MANY[field]}
    if not shared:
        return []
    value, count = next(iter(shared.items()))
    return [
        Problem(
            "same_for_many",
            f"{field} is set to the same value for several customers",
            blocks=False,
            customers=tuple(
                label for label, each in zip(labels, after, strict=True) if each in shared
            ),
            field=field,
            example=f"{_quoted(value)} for {count:,} customers",
            way_out="It identifies a person: look whether it is meant for all of them.",
            noun="customer",
        )
    ]
