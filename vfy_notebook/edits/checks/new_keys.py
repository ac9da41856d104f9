"""Metadata keys that a push would bring into being.

A key that came by a typo, or by the suffix of a merge, is never seen again by whoever meant another
one, and stays: no call of the API removes a key from one customer. So a key that neither the
metadata schema nor any customer read has is refused unless it is said to be meant.

https://docs.voucherify.io/prepare/metadata
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from vfy_notebook.edits.checks.near_names import near_names
from vfy_notebook.edits.problems.problems import Problem, column_shown
from vfy_notebook.frames.schema import FIXED_NAMES, METADATA_PREFIX

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

#: What pandas appends to columns that both sides of a merge have.
_MERGED = ("_x", "_y")

#: New keys for which those that they resemble are looked for: the others are not written out.
_LOOKED_AT = 40

#: So many columns that a key resembles are named.
_RESEMBLED = 3

_STAYS = "Once written it stays: no call removes it from one customer."


@dataclass(frozen=True)
class KnownKeys:
    """The metadata keys that a project is known to have.

    Attributes:
        defined: The keys of its metadata schema.
        held: The keys of customers that were read.
        read: How many customers were read.
        total: How many customers the project has; None if that is not known.
    """

    defined: Collection[str]
    held: Collection[str]
    read: int
    total: int | None = None


def new_keys(
    written: Mapping[str, Sequence[str]],
    known: KnownKeys,
    allowed: Collection[str] | None,
    columns: Collection[str] = (),
) -> list[Problem]:
    """One problem for each key that would come into being, refused unless it is allowed.

    Args:
        written: Key → the rows in which a push would write it.
        known: The keys that there are.
        allowed: The keys that are meant to come into being, as columns or bare; None is any.
        columns: The columns of the frame: none is to be renamed to one of them.
    """
    there = {*known.defined, *known.held}
    meant_new = {name.removeprefix(METADATA_PREFIX) for name in allowed or ()}
    problems: list[tuple[bool, Problem]] = []
    for key, labels in written.items():
        if key in there:
            continue
        parent = _parent(key, there)
        meant = _meant(key, there) if parent is None and len(problems) < _LOOKED_AT else []
        is_allowed = allowed is None or key in meant_new
        way_out = _STAYS
        if not is_allowed:
            dropped = [METADATA_PREFIX + key]
            if parent is not None and METADATA_PREFIX + parent in columns:
                dropped.insert(0, METADATA_PREFIX + parent)
            way_out += f" {_way_out(key, dropped, _rename(dropped[-1], meant, columns))}"
        told = f"{_resembling(meant)}: not in the schema and {_on_none_of(known)}"
        if parent is not None:
            told = f", as json_normalize writes what {column_shown(METADATA_PREFIX + parent)} holds"
        problem = Problem(
            "new_key",
            f"{column_shown(METADATA_PREFIX + key)} is a new key{told}",
            blocks=not is_allowed,
            customers=tuple(labels),
            field=METADATA_PREFIX + key,
            way_out=way_out,
        )
        problems.append((not meant, problem))
    # Those that resemble another one are the likelier slips.
    return [problem for _, problem in sorted(problems, key=lambda each: each[0])]


def _parent(key: str, there: Collection[str]) -> str | None:
    """The known key of which another one is a part, were its objects flattened."""
    parts = key.split(".")
    parents = (".".join(parts[:count]) for count in range(len(parts) - 1, 0, -1))
    return next((parent for parent in parents if parent in there), None)


def _resembling(meant: Sequence[str]) -> str:
    return f" that resembles {', '.join(map(column_shown, meant))}" if meant else ""


def _way_out(key: str, dropped: Sequence[str], rename: str) -> str:
    shown = list(map(column_shown, dropped))
    or_rename = f"rename it with {rename}, " if rename else ""
    columns = shown if len(shown) > 1 else shown[0]
    return (
        f"Leave it out with edited.drop(columns={columns!r}), {or_rename}or, if the key is meant, "
        f"give new_keys=[{column_shown(key)!r}]."
    )


def _rename(name: str, meant: Sequence[str], columns: Collection[str]) -> str:
    """Python that gives a column the name that it is meant for; empty where that is taken."""
    free = [each for each in meant if each not in columns]
    if not free:
        return ""
    rename = f".rename(columns={{{column_shown(name)!r}: {column_shown(free[0])!r}}})"
    # Of what a merge has made of one column only one can have the name back.
    ends = [end for end in _MERGED if name == free[0] + end]
    others = [free[0] + end for end in _MERGED if ends and end != ends[0]]
    taken = [each for each in others if each in columns]
    return (
        f"edited.drop(columns={column_shown(taken[0])!r}){rename}" if taken else f"edited{rename}"
    )


def _on_none_of(known: KnownKeys) -> str:
    if not known.read:
        return "no customer was read that could have it"
    # Who is remembered and gone was read, too.
    of = "" if known.total is None or known.read > known.total else f" of {known.total:,}"
    return f"on none of the {known.read:,}{of} customers read"


def _meant(key: str, there: Collection[str]) -> list[str]:
    """The columns that a new key may be meant for, the likeliest first."""
    bare = key.removeprefix(METADATA_PREFIX)
    fields = [bare] if bare in FIXED_NAMES else []
    merged = [key.removesuffix(end) for end in _MERGED if key.endswith(end)]
    keys = [name for name in merged if name in there] + near_names(bare, there)
    if bare != key:
        keys.insert(0, bare)
    return list(dict.fromkeys(fields + [METADATA_PREFIX + each for each in keys]))[:_RESEMBLED]
