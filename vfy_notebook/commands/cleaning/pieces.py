"""Keys that are written in several pieces, as a line's length or a wish to hide them demands."""

from __future__ import annotations

import re

from vfy_notebook.commands.cleaning.machine_made import (
    PLACEHOLDER,
    SECRET_WORD,
    UUID_IN_LINE,
    looks_machine_made,
)

#: A text in pieces: `"3266b9f8-" "cf71"`, with a `+` or over several lines, or in `"-".join([…])`.
_PIECE = r"""[rbuf]{0,2}(?:"[^"\n\\]{0,80}"|'[^'\n\\]{0,80}')"""
_BETWEEN = r"[ \t]{0,40}[+,]?[ \t]{0,40}\\?\n?[ \t]{0,80}"
_IN_PIECES = re.compile(rf"{_PIECE}(?:{_BETWEEN}{_PIECE}){{1,40}}")
_EACH_PIECE = re.compile(r"""(?P<quote>["'])(?P<value>[^"'\n\\]*)(?P=quote)""")
_JOINED_BY = re.compile(r"""["'](?P<sign>[^"']{0,2})["']\s*\.\s*join\s*\(\s*[(\[{]?\s*$""")

#: Characters before the pieces in which a name is looked for.
_NAMED_BEFORE = 120


def without_pieces(text: str) -> tuple[str, int]:
    """The text without credentials that are written in several pieces."""
    count = 0

    def replacement(match: re.Match[str]) -> str:
        nonlocal count
        values = [piece["value"] for piece in _EACH_PIECE.finditer(match[0])]
        before = text[max(0, match.start() - _NAMED_BEFORE) : match.start()]
        joined_by = _JOINED_BY.search(before)
        if "," in re.sub(_EACH_PIECE, "", match[0]) and joined_by is None:
            return match[0]  # several texts
        whole = (joined_by["sign"] if joined_by else "").join(values)
        if PLACEHOLDER in whole or not _is_written_in_pieces(whole, values, before):
            return match[0]
        count += 1
        pieces = iter([PLACEHOLDER] + [""] * (len(values) - 1))
        return _EACH_PIECE.sub(
            lambda piece: f"{piece['quote']}{next(pieces)}{piece['quote']}", match[0]
        )

    return _IN_PIECES.sub(replacement, text), count


def _is_written_in_pieces(whole: str, values: list[str], before: str) -> bool:
    if UUID_IN_LINE.search(whole) and not any(map(UUID_IN_LINE.search, values)):
        return True
    named = SECRET_WORD.search(before.rpartition("\n")[2] or before)
    return named is not None and looks_machine_made(whole)
