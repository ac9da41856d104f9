"""Columns that are none of the API's: misspelt ones, which are refused, and helpers.

A helper column (a rank, a group, a flag of one's own) goes nowhere and is left alone. A column
within two letters of one of the API's is taken for a slip: a push would silently not do what was
meant.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from vfy_notebook.edits.checks.near_names import near_names
from vfy_notebook.edits.problems.messages import columns_named
from vfy_notebook.edits.problems.problems import Problem, blocking, column_shown, note
from vfy_notebook.frames.files.parquet import METADATA
from vfy_notebook.frames.schema import FIXED_NAMES, INDEX, METADATA_PREFIX

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Sequence

#: Columns that come with the toolkit's own frames and are known not to be written.
_OWN = frozenset({INDEX, METADATA})

_EXAMPLES = 3

#: What stands before the dot, where a name is looked at in two parts.
_HEADS = sorted({METADATA, *(name.partition(".")[0] for name in FIXED_NAMES if "." in name)})


def unknown_columns(names: Sequence[Any], there: Collection[Any] = ()) -> list[Problem]:
    """What to say about columns that are none of the API's, those that resemble one first.

    Args:
        names: The columns.
        there: All columns of the frame: none is to be renamed to one of them.

    >>> [p.kind for p in unknown_columns(["band", "adress.city"])]
    ['near_name', 'helper_column']
    """
    meant: dict[str, str] = {}
    helpers: list[str] = []
    for name in names:
        if isinstance(name, str) and name in _OWN:
            continue
        near = meant_by(name) if isinstance(name, str) else None
        if near is None:
            helpers.append(str(name))
        else:
            meant[name] = near
    told = []
    if meant:
        told.append(_near(meant, there))
    if helpers:
        told.append(_helpers(helpers))
    return told


def meant_by(name: str) -> str | None:
    """The column of the API's that a misspelt name stands for; None if it is near none.

    >>> meant_by("metadta.tier"), meant_by("Adress.City"), meant_by("rank")
    ('metadata.tier', 'address.city', None)
    """
    near = near_names(name, FIXED_NAMES, most=1)
    if near:
        return near[0]
    head, dot, rest = name.partition(".")
    if not dot or not rest:
        return None
    for whole in near_names(head, _HEADS, most=1):
        if whole == METADATA:
            return METADATA_PREFIX + rest
        inside = near_names(f"{whole}.{rest}", FIXED_NAMES, most=1)
        if inside:
            return inside[0]
    return None


def _near(meant: dict[str, str], there: Collection[Any]) -> Problem:
    some = dict(list(meant.items())[:_EXAMPLES])
    more = ", …" * (len(meant) > len(some))
    shown = ", ".join(f"{column_shown(name)} → {near}" for name, near in some.items())
    those = "is a column" if len(meant) == 1 else "are columns"
    return blocking(
        "near_name",
        f"{shown}{more}: {'this' if len(meant) == 1 else 'these'} {those} within two letters of "
        "the API's own, and would not be pushed",
        field=next(iter(meant)) if len(meant) == 1 else None,
        columns=tuple(meant),
        way_out=_way_out(some, there, more),
    )


def _way_out(meant: dict[str, str], there: Collection[Any], more: str) -> str:
    """How to rename, so that no two columns get one name: a merge leaves name_x and name_y."""
    renamed: dict[str, str] = {}
    for name, near in meant.items():
        if near not in there and near not in renamed.values():
            renamed[name] = near
    left = [name for name in meant if name not in renamed]
    pairs = ", ".join(f"{column_shown(name)!r}: {near!r}" for name, near in renamed.items())
    drop = f".drop(columns=[{_listed(left or meant)}{more}])"
    if not renamed:
        return f"Leave out what you do not mean, such as with edited{drop}."
    if left:
        return (
            "Only one of the columns for a name can be pushed: keep the one that you mean, such as "
            f"with edited{drop}.rename(columns={{{pairs}{more}}})."
        )
    return f"Rename with edited.rename(columns={{{pairs}{more}}}), or leave out with edited{drop}."


def _listed(names: Iterable[str]) -> str:
    return ", ".join(repr(column_shown(name)) for name in names)


def _helpers(names: Sequence[str]) -> Problem:
    one = len(names) == 1
    return note(
        "helper_column",
        f"Not among the API's columns, so not pushed: {columns_named(names)}",
        field=names[0] if one else None,
        columns=tuple(names),
        way_out=f"To make a metadata key of {'it' if one else 'one'}, name it "
        f"'{METADATA_PREFIX}{column_shown(names[0])}'.",
    )
