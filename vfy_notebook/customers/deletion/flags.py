"""Rows of a frame that its own column of flags chooses for a deletion.

Whoever marks customers in a spreadsheet gives the whole sheet with a column `delete` of yes and no.
A deletion has no undo, so a row that does not say yes is never planned; and where it cannot be told
what a column of flags means, the frame is refused.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from vfy_notebook.edits.fields import Access, access_of, metadata_key
from vfy_notebook.edits.problems.problems import column_shown
from vfy_notebook.errors import ArgumentError
from vfy_notebook.frames.identities.id_places import SOURCE_ID, nameless_places, places_named
from vfy_notebook.frames.identities.words import flag_of, is_missing
from vfy_notebook.frames.schema import INDEX

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import pandas as pd

    from vfy_notebook.edits.cells.cells import Bools

#: What a column is called that says who is to be deleted, in some languages.
_DELETE_TEXT = (
    "delete deleted deletion deleting del remove removed removal erase erased erasure forget "
    "forgotten purge purged drop dropped löschen loeschen gelöscht supprimer supprimé effacer "
    "eliminar eliminado borrar elimina cancella usuń usun usunąć usuniete verwijderen"
)

#: What turns that round.
_KEEP_TEXT = (
    "not no non dont never keep kept retain retained undelete undeleted behalten nicht conserver "
    "garder mantener zachowaj nie behouden"
)

#: What a column is called that says who was chosen, but not what for.
_CHOSEN_TEXT = (
    "select selected selection choose chosen pick picked flag flagged mark marked include "
    "included target confirm confirmed approve approved ok x"
)

_DELETE, _KEEP, _CHOSEN = (
    frozenset(text.split()) for text in (_DELETE_TEXT, _KEEP_TEXT, _CHOSEN_TEXT)
)


@dataclass(frozen=True)
class ChosenRows:
    """The rows of a frame that are meant.

    Attributes:
        frame: These rows, without the column that chose them.
        sentence: How they were chosen; empty where all are meant.
    """

    frame: pd.DataFrame
    sentence: str = ""


@dataclass(frozen=True)
class _Column:
    """A column, or a named level of the index, that may say who is to be deleted."""

    name: str
    values: list[Any]
    is_level: bool = False

    @property
    def is_metadata(self) -> bool:
        """Whether it is a metadata key: those are the project's own, whatever they are called."""
        return metadata_key(self.name) is not None

    @property
    def says_who(self) -> bool:
        """Whether it is called after deleting, and is the caller's own."""
        words = _words(self.name)
        return not self.is_metadata and not words.isdisjoint(_DELETE) and words.isdisjoint(_KEEP)

    def flags(self) -> _Flags | None:
        """Its cells as flags, where missing is no yes; None where they are not, or are data.

        Raises:
            ArgumentError: It is called after deleting, and holds something else.
        """
        if self.is_metadata and _words(self.name).isdisjoint(_DELETE):
            return None
        if not self.is_metadata and access_of(self.name) is not Access.UNKNOWN:
            return None
        there = [value for value in self.values if not is_missing(value)]
        if not there:
            return None
        if None in map(flag_of, there):
            if self.says_who:
                raise ArgumentError(_no_flags(self.name, there))
            return None
        yes = np.array([flag_of(each) is True for each in self.values], dtype=bool)
        example = self.values[int(yes.argmax())]
        return _Flags(
            self.name,
            self.is_level,
            yes,
            are_words=self.is_metadata or any(map(_is_word, there)),
            example=bool(example) if isinstance(example, bool | np.bool_) else example,
        )


@dataclass(frozen=True)
class _Flags:
    """A column whose cells are flags or nothing.

    Attributes:
        name: Its name.
        is_level: Whether it is a level of the index.
        yes: The rows that say yes.
        are_words: Whether they are words or truth values: those are flags whatever the column is
            called, while 0 and 1 may be counts.
        example: A cell that says yes, as it is written, if one does.
    """

    name: str
    is_level: bool
    yes: Bools
    are_words: bool
    example: Any

    @property
    def are_unclear(self) -> bool:
        """Whether it cannot be told of a column that says nothing of deleting who is meant."""
        words = _words(self.name)
        if not words.isdisjoint(_KEEP):
            return bool(self.yes.any())
        return not self.yes.all() and (self.are_words or not words.isdisjoint(_CHOSEN))

    @property
    def to_delete(self) -> str:
        """Who may be meant, in Python, of a frame called `frame`."""
        cells = f"frame[{self.name!r}]"
        if self.is_level:
            cells = f"frame.index.get_level_values({self.name!r})"
        sign = "==" if _words(self.name).isdisjoint(_KEEP) else "!="
        return f"{cells} {sign} {self.example!r}"

    @property
    def without(self) -> str:
        """The frame without it, in Python."""
        if self.is_level:
            return f"frame.droplevel({self.name!r})"
        return f"frame.drop(columns={self.name!r})"


def chosen_rows(frame: pd.DataFrame) -> ChosenRows:
    """The rows that are to be deleted.

    Those that say yes in the column that is called after deleting (`delete`, `to_remove`, …), as
    flags or as words for them; all rows where there is no column of flags.

    Raises:
        ArgumentError: A column so called holds something else, or a column of flags that is called
            otherwise does not say yes in all rows, so that it cannot be told who is meant.
    """
    named: list[_Flags] = []
    for column in _columns(frame):
        flags = column.flags()
        if flags is None:
            continue
        if column.says_who:
            named.append(flags)
        elif flags.are_unclear:
            raise ArgumentError(_unclear(flags))
    return _chosen_by(named, frame) if named else ChosenRows(frame)


def _chosen_by(named: Sequence[_Flags], frame: pd.DataFrame) -> ChosenRows:
    """The rows that say yes in all of these columns, which must not contradict each other."""
    first, *others = named
    other = next((each for each in others if (each.yes != first.yes).any()), None)
    if other is not None:
        message = (
            f"The columns {first.name!r} and {other.name!r} do not say yes in the same rows: keep "
            "the one that says who is to be deleted. Nothing was planned."
        )
        raise ArgumentError(message)
    if not first.yes.any() and len(frame):
        message = (
            f"No row says yes in the column {first.name!r}, so nobody is to be deleted. To delete "
            f"all of them, leave it out with {first.without}. Nothing was planned."
        )
        raise ArgumentError(message)
    sentence = (
        f"Chosen by the column {column_shown(first.name)!r}: {int(first.yes.sum()):,} of "
        f"{len(frame):,} rows say yes; the others are left alone."
    )
    columns = [flags.name for flags in named if not flags.is_level]
    return ChosenRows(frame[first.yes].drop(columns=columns), sentence)


def _columns(frame: pd.DataFrame) -> Iterator[_Column]:
    """Columns that may be flags for a deletion, and named levels of the index."""
    places = [*places_named(frame, INDEX), *places_named(frame, SOURCE_ID), *nameless_places(frame)]
    ids = {place.name for place in places}
    for level, name in enumerate(frame.index.names):
        if isinstance(name, str) and name not in ids:
            yield _Column(name, list(frame.index.get_level_values(level)), is_level=True)
    for place, name in enumerate(frame.columns):
        if isinstance(name, str) and name not in ids:
            yield _Column(name, list(frame.iloc[:, place]))


def _words(name: str) -> frozenset[str]:
    """The words of a column's name.

    >>> sorted(_words("toDelete_now"))
    ['delete', 'now', 'to']
    """
    apart = re.sub(r"(?<=[a-zß-ÿ])(?=[A-Z])", " ", name.replace("'", ""))
    return frozenset(word.casefold() for word in re.findall(r"[^\W\d_]+", apart))


def _is_word(value: Any) -> bool:
    """Whether a flag is a truth value or a word, and no number."""
    if isinstance(value, str):
        return not value.strip().replace(".", "").isdigit()
    return isinstance(value, bool | np.bool_)


def _no_flags(name: str, values: Sequence[Any]) -> str:
    shown = next(value for value in values if flag_of(value) is None)
    return (
        f"The column {column_shown(name)!r} seems to say who is to be deleted, but holds "
        f"{column_shown(repr(shown))}, which is neither yes nor no: give only the rows that are "
        f"meant, such as frame[frame[{name!r}].notna()].drop(columns={name!r}), or write yes and "
        "no there. Nothing was planned."
    )


def _unclear(flags: _Flags) -> str:
    yes, count = int(flags.yes.sum()), len(flags.yes)
    return (
        f"The frame has a column of flags, {column_shown(flags.name)!r}, which says yes in "
        f"{yes:,} of {count:,} rows, and it cannot be told whether these, the others or all are "
        f"to be deleted: give only the rows that are meant, such as frame[{flags.to_delete}], and "
        f"leave the column out with {flags.without}. Nothing was planned."
    )
