"""UUIDs that are keys: in sight of a word that says so, or two beside this package."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right

from vfy_notebook.commands.cleaning.machine_made import (
    PLACEHOLDER,
    SECRET_WORD,
    UUID,
    UUID_IN_LINE,
)

#: So many lines further on a bracket that was opened behind such a word is looked into.
_BRACKET_LINES = 40
_OPENED, _CLOSED = re.compile(r"[(\[{]"), re.compile(r"[)\]}]")
_TABLE_ROW = re.compile(r"[ \t]*\|")

#: Two UUIDs and no third one close by: application ID and key.
_PAIR = re.compile(
    rf"\b(?P<first>{UUID})\b(?:[^\n]{{0,60}}(?:\n[^\n]{{0,60}})?)\b(?P<second>{UUID})\b"
)
#: Characters before and behind a pair in which there is no third one.
_CLOSE_BY = 120
_IMPORTED = re.compile(r"^[ \t]*(?:import|from)[ \t]+vfy_notebook\b", re.MULTILINE)


def uses_the_toolkit(text: str) -> bool:
    """Whether a source imports this package."""
    return _IMPORTED.search(text) is not None


def without_keys(text: str) -> tuple[str, int]:
    """The text with a placeholder for each UUID in sight of a word such as token."""
    lines, count = text.split("\n"), 0
    for number in _in_sight_of_a_secret_word(lines):
        lines[number], found = UUID_IN_LINE.subn(PLACEHOLDER, lines[number])
        count += found
    return "\n".join(lines), count


def without_pairs(text: str) -> tuple[str, int]:
    """The text without pairs of UUIDs; three and more are a list of something else."""
    starts = [match.start() for match in UUID_IN_LINE.finditer(text)]
    paired: list[tuple[int, int]] = []
    for match in _PAIR.finditer(text):
        first = bisect_left(starts, match.start() - _CLOSE_BY)
        if bisect_right(starts, match.end() + _CLOSE_BY) - first == 2:
            paired += [match.span("first"), match.span("second")]
    for start, end in reversed(paired):
        text = text[:start] + PLACEHOLDER + text[end:]
    return text, len(paired)


def _in_sight_of_a_secret_word(lines: list[str]) -> set[int]:
    """The lines that hold such a word, that stand in a bracket opened there, or in its table."""
    found: set[int] = set()
    depth, left = 0, 0
    for number, line in enumerate(lines):
        if SECRET_WORD.search(line):
            found.add(number)
            depth, left = max(depth, 0), _BRACKET_LINES
        elif depth > 0 and left > 0:
            found.add(number)
        else:
            depth = 0
            continue
        left -= 1
        depth += len(_OPENED.findall(line)) - len(_CLOSED.findall(line))
    return found | _tables_with(lines, found)


def _tables_with(lines: list[str], found: set[int]) -> set[int]:
    """All rows of the tables of which one row has been found."""
    rows: set[int] = set()
    table: list[int] = []
    for number, line in enumerate([*lines, ""]):
        if _TABLE_ROW.match(line):
            table.append(number)
            continue
        if not found.isdisjoint(table):
            rows.update(table)
        table = []
    return rows
