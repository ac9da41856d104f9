"""Where a frame names its customers: its index, a level of that, or a column."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pandas as pd

from vfy_notebook.frames.schema import INDEX

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

SOURCE_ID = "source_id"

#: What merge() appends to a name that both frames have.
_SUFFIXES = ("", "_x", "_y")

#: What an index without a name becomes as a column.
_NAMES_OF_NO_NAME = ("index", "Unnamed: 0", "level_0", "level_1", "level_2")


@dataclass(frozen=True)
class IdPlace:
    """A column, or a level of the index, that holds ids.

    Attributes:
        name: The column's label, or the level's name.
        level: The number of the level; None for a column.
        only_level: Whether the index has no other level.
    """

    name: Any
    level: int | None = None
    only_level: bool = True

    @property
    def expression(self) -> str:
        """The ids in Python, of a frame called `edited`."""
        if self.level is None:
            return f"edited[{self.name!r}]"
        if self.only_level:
            return "edited.index"
        level = self.level if self.name is None else self.name
        return f"edited.index.get_level_values({level!r})"

    def is_called(self, name: str) -> bool:
        """Whether this is a place of such ids, by its name or as merge() changes it."""
        return self.name in {name + end for end in _SUFFIXES}

    def values(self, frame: pd.DataFrame) -> list[Any]:
        """The ids as they are, row by row."""
        if self.level is None:
            return list(frame[self.name])
        return list(frame.index.get_level_values(self.level))


def places_named(frame: pd.DataFrame, name: str) -> list[IdPlace]:
    """Levels and columns of a name, also as merge() changes it; the plain name comes first."""
    levels = list(frame.index.names)
    found = [
        IdPlace(name, level, len(levels) == 1) for level, each in enumerate(levels) if each == name
    ]
    columns = set(frame.columns)
    return found + [IdPlace(name + end) for end in _SUFFIXES if name + end in columns]


def nameless_places(frame: pd.DataFrame) -> list[IdPlace]:
    """Levels without a name, and the columns that such levels become."""
    levels = list(frame.index.names)
    found = [
        IdPlace(name, level, len(levels) == 1)
        for level, name in enumerate(levels)
        if (name is None or name == "id") and not isinstance(frame.index, pd.RangeIndex)
    ]
    columns = set(frame.columns)
    return found + [IdPlace(name) for name in (*_NAMES_OF_NO_NAME, "id") if name in columns]


def id_text(value: Any) -> str | None:
    """An id as text: whole numbers without a point; None where there is none.

    >>> id_text(42.0), id_text("s1"), id_text(float("nan")), id_text(" ")
    ('42', 's1', None, None)
    """
    if isinstance(value, str):
        return value if value.strip() else None
    if pd.api.types.is_scalar(value) and pd.isna(value):
        return None
    is_whole = is_whole_number(value)
    return str(int(value)) if is_whole else str(value)


def is_whole_number(value: Any) -> bool:
    """Whether an id has come as a number of programs."""
    is_number = pd.api.types.is_number(value) and not isinstance(value, bool)
    return is_number and math.isfinite(value) and value == int(value)


def without_places(
    frame: pd.DataFrame, places: Iterable[IdPlace], ids: Sequence[Any]
) -> pd.DataFrame:
    """The frame indexed by these ids, without the columns that they came from."""
    columns = [place.name for place in places if place.level is None]
    out = frame.drop(columns=columns) if columns else frame.copy(deep=False)
    out.index = pd.Index(ids, dtype="str", name=INDEX)
    return out
