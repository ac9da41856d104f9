"""What a plan says of columns in another dress."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from vfy_notebook.edits.dress.converting import Why
from vfy_notebook.edits.dress.kinds import Own
from vfy_notebook.edits.dress.numbers import is_number, is_scientific, lost_digits, number_in
from vfy_notebook.edits.fields import metadata_key
from vfy_notebook.edits.problems.problems import Problem, blocking, column_shown, note
from vfy_notebook.shown_text import shown_text

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from vfy_notebook.edits.cells.cells import Cells, Positions
    from vfy_notebook.edits.dress.undress import Undressed

_LONGEST_VALUE = 40
_NAMED_COLUMNS = 8

_WHAT = {
    Why.DIGITS: "{name} has come as numbers, which have no zeros before them, no plus and no more "
    "than 15 digits, so what was entered here cannot be known",
    Why.SCIENTIFIC: "{name} holds numbers as a spreadsheet shows long ones, with digits lost",
    Why.KIND: "{name} must be {own}",
    Why.DATE: "{name} holds dates that may be read in several ways",
    Why.MISSING: "{name} holds words for a missing value beside cells that are really missing",
}

_WAY_OUT = {
    Why.DIGITS: "Read the file anew with dtype={{{name!r}: 'str'}} and enter them as text.",
    Why.SCIENTIFIC: "Enter all digits, as text.",
    Why.DATE: "Write them as YYYY-MM-DD.",
    Why.MISSING: "Make them really missing: "
    "edited[{name!r}] = edited[{name!r}].replace(['nan', 'NaN', 'None', '<NA>', 'NaT'], None).",
}

_HOW_TO_WRITE = {
    Own.TEXT: "Write it as text",
    Own.NUMBER: "Write a number",
    Own.FLAG: "Write True or False",
    Own.DAY: "Write it as YYYY-MM-DD",
    Own.MOMENT: "Write it as YYYY-MM-DDThh:mm:ssZ",
    Own.NESTED: 'Write JSON, such as ["a", "b"] or {"k": 1}',
    Own.ANY: "Write values of the types that they are to have",
}


def undecided(name: str, own: Own, why: Why, labels: Sequence[str], example: Any) -> Problem:
    """Cells of a column that cannot be brought to its own kind."""
    what = _WHAT[why]
    if why is Why.KIND and own in (Own.DAY, Own.MOMENT):
        what = "{name} is no date"
    way_out = _WAY_OUT[why].format(name=name) if why in _WAY_OUT else f"{_HOW_TO_WRITE[own]}."
    if why is Why.KIND and metadata_key(name) is not None:
        way_out += f" Where another type is meant, give retype=[{name!r}]."
    return blocking(
        "value" if why is Why.KIND else f"dress_{why.value}",
        what.format(name=column_shown(name), own=own.value),
        labels,
        field=name,
        example=_shown(example),
        way_out=way_out,
    )


class DressNotes:
    """Counts the cells of a plan that differ from the server's in dress only."""

    def __init__(self) -> None:
        self._counts: dict[str, int] = {}
        self._examples: dict[str, tuple[Any, Any]] = {}
        self._lost: dict[str, int] = {}

    def add(self, name: str, found: Undressed, edited: Cells, base: Cells) -> None:
        """Count a column's cells."""
        rows = found.dress_only
        if not rows.size:
            return
        pairs = _pairs(edited, base, rows)
        first = next(iter(pairs))
        self._counts[name] = self._counts.get(name, 0) + len(rows)
        self._examples.setdefault(name, first)
        if _has_lost_digits(*first):
            self._lost[name] = self._counts[name]

    def problems(self) -> Iterator[Problem]:
        """One note for all columns, and one for those whose digits are lost."""
        for kind, what, counts in (
            (
                "lost_digits",
                "Long numbers with digits lost, as spreadsheets show them, are no edits",
                self._lost,
            ),
            (
                "dress",
                "Cells that only look different from what is on the server are no edits",
                {name: n for name, n in self._counts.items() if name not in self._lost},
            ),
        ):
            if not counts:
                continue
            names = list(counts)
            told = ", ".join(f"{column_shown(n)} ({counts[n]:,})" for n in names[:_NAMED_COLUMNS])
            more = f" and {len(names) - _NAMED_COLUMNS:,} more columns" * (
                len(names) > _NAMED_COLUMNS
            )
            here, there = self._examples[names[0]]
            yield note(
                kind,
                f"{what}: {told}{more}",
                columns=tuple(names),
                example=f"{column_shown(names[0])}, {_shown(here)} for {_shown(there)}",
                way_out=f"To store a column as it is in the frame, give retype=[{names[0]!r}].",
            )


def _pairs(edited: Cells, base: Cells, rows: Positions) -> Iterator[tuple[Any, Any]]:
    at = rows[: min(len(rows), 1)].astype(np.intp)
    return zip(edited.take(at).objects(), base.take(at).objects(), strict=True)


def _has_lost_digits(here: Any, there: Any) -> bool:
    number = number_in(there) if isinstance(there, str) else there
    is_one = isinstance(here, str) or is_number(here)
    return is_scientific(here) or (is_one and is_number(number) and lost_digits(here, number))


def _shown(value: Any) -> str:
    return shown_text(repr(value), _LONGEST_VALUE)
