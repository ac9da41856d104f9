"""Texts that stand for a missing cell, where a column shows that they do."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from vfy_notebook.edits.cells.cells import Held
from vfy_notebook.frames.identities.words import MISSING, PLACEHOLDERS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from vfy_notebook.edits.cells.cells import Bools, Cells

#: What `pandas.read_csv` takes for missing, real texts among them: NA is Namibia.
READ_AS_MISSING = frozenset(
    {
        *("", "#N/A", "#N/A N/A", "#NA", "-1.#IND", "-1.#QNAN", "-NaN", "-nan", "1.#IND"),
        *("1.#QNAN", "<NA>", "N/A", "NA", "NULL", "NaN", "None", "n/a", "nan", "null"),
    }
)


_NO_TEXT = frozenset({""})
#: So many cells that arrive as a dash show that it stands for missing: one may be what is meant.
_SHOWN_BY = 2


def missing_texts(edited: Cells, base: Cells, *, was_in_a_file: bool) -> frozenset[str]:
    """The texts that stand for missing in an edited column.

    They do if no cell that is missing on the server arrives as really missing, and some arrive
    so: where one is kept, `nan` may be what somebody wrote. What only some programs write, such
    as a dash, does so in a file, and where most of the missing cells arrive as it.
    """
    gone = base.missing
    if not gone.any():
        return frozenset()
    there = edited.take(np.flatnonzero(gone))
    texts = set(_texts(there))
    found = frozenset() if there.missing.any() else frozenset(MISSING & texts)
    for written in PLACEHOLDERS & texts if was_in_a_file else ():
        count = int(is_among(there, frozenset({written})).sum())
        is_shown = count >= _SHOWN_BY and 2 * count > len(there)
        if is_shown and not is_among(base, frozenset({written})).any():
            found |= {written}
    return found


def _texts(cells: Cells) -> Iterable[str]:
    if cells.held is Held.TEXT:
        return list(pc.unique(cells.values).to_pylist())
    if cells.held is not Held.OBJECT:
        return ()
    return (value for value in cells.values if isinstance(value, str))


def is_among(cells: Cells, texts: frozenset[str]) -> Bools:
    """Where cells are one of these texts."""
    if texts and cells.held is Held.TEXT:
        among = pc.is_in(cells.values, pa.array(sorted(texts), pa.large_string()))
        return np.asarray(among) & ~cells.missing
    if texts and cells.held is Held.OBJECT:
        return np.array([isinstance(v, str) and v in texts for v in cells.values], dtype=bool)
    return np.zeros(len(cells), dtype=bool)


def is_blank(cells: Cells) -> Bools:
    """Where cells hold text of nothing but blanks."""
    if cells.held is Held.TEXT:
        found = pc.match_substring_regex(cells.values, r"^[\s\p{Z}]*$")
        return np.asarray(pc.fill_null(found, False)) & ~cells.missing
    if cells.held is Held.OBJECT:
        return np.array([isinstance(v, str) and not v.strip() for v in cells.values], dtype=bool)
    return np.zeros(len(cells), dtype=bool)


def read_as_missing(edited: Cells, base: Cells) -> Bools:
    """Where a file's reader took a text of the server's, such as "NA", for a missing cell.

    Only where it has kept none of them: else a person has emptied the cell. No text at all,
    words, and what spreadsheets take for a formula are three things, which readers tell apart.
    """
    found = np.zeros(len(base), dtype=bool)
    for like_missing in (_is_no_text, _is_word, _is_formula):
        was = like_missing(base)
        if not (was & ~edited.missing & like_missing(edited)).any():
            found |= was & edited.missing
    return found


def _is_no_text(cells: Cells) -> Bools:
    return is_among(cells, _NO_TEXT)


def _is_word(cells: Cells) -> Bools:
    return is_among(cells, READ_AS_MISSING - _NO_TEXT)


def _is_formula(cells: Cells) -> Bools:
    """Where texts are formulas for a spreadsheet: until one has worked them out, they are empty."""
    if cells.held is Held.TEXT:
        found = pc.fill_null(pc.starts_with(cells.values, "="), False)
        return np.asarray(found) & ~cells.missing
    if cells.held is Held.OBJECT:
        return np.array([isinstance(v, str) and v.startswith("=") for v in cells.values], bool)
    return np.zeros(len(cells), dtype=bool)
