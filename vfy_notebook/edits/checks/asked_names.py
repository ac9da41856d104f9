"""Columns that a caller names and the frame does not have: they would be ignored, unseen."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vfy_notebook.edits.checks.near_names import near_names
from vfy_notebook.edits.problems.problems import column_shown
from vfy_notebook.errors import ArgumentError
from vfy_notebook.frames.schema import METADATA_PREFIX

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

#: So many names are told in one error.
_TOLD = 5


def refuse_absent(argument: str, names: Iterable[str], there: Collection[str]) -> None:
    """Refuse names of columns that a frame lacks, with those that may be meant.

    Args:
        argument: The argument that they were given as.
        names: The names.
        there: The frame's columns.

    Raises:
        ArgumentError: One or more of them are not there.
    """
    absent = sorted(set(names) - set(there))
    if not absent:
        return
    meant = []
    for name in absent[:_TOLD]:
        near = " or ".join(map(_shown, meant_columns(name, there)))
        meant += [f"{near} for {_shown(name)}"] if near else []
    more = f" and {len(absent) - _TOLD:,} more" if len(absent) > _TOLD else ""
    message = (
        f"{argument}=[{', '.join(map(_shown, absent[:_TOLD]))}]{more}: "
        "the frame has no such column. "
        f"{'Did you mean ' + ', '.join(meant) + '? ' if meant else ''}"
        f"Name columns that it has, or leave {argument}= out. Nothing was sent."
    )
    raise ArgumentError(message)


def refuse_absent_keys(argument: str, keys: Iterable[str], there: Collection[str]) -> None:
    """The same of metadata keys, given as they are or as columns.

    Raises:
        ArgumentError: The frame has no column for one or more of them.
    """
    columns = [
        key if key in there else METADATA_PREFIX + key.removeprefix(METADATA_PREFIX) for key in keys
    ]
    refuse_absent(argument, columns, there)


def meant_columns(name: str, there: Iterable[str]) -> list[str]:
    """The columns that a name may be meant for, the nearest first.

    >>> meant_columns("metadata.scor", ["name", "metadata.score"])
    ['metadata.score']
    >>> meant_columns("city", ["name", "address.city"])
    ['address.city']
    """
    known = [each for each in there if isinstance(each, str)]
    part = name.strip().casefold()
    whole = [each for each in known if each.casefold().partition(".")[2] == part]
    return list(dict.fromkeys([*whole, *near_names(name, known)]))[:3]


def _shown(name: str) -> str:
    return repr(column_shown(name))
