"""Names that may be meant by one that is misspelt."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

#: Letters in which a misspelt name may differ, and how long it must be to differ in that many:
#: `age` is two letters from `name`, and is no slip for it.
LETTERS = 2
_LONG_ENOUGH = 5


def near_names(name: str, known: Iterable[str], *, most: int = 3) -> list[str]:
    """Those of `known` that are within two letters of a name, the nearest first.

    Letters may be added, dropped, changed or swapped with their neighbour; case and blanks around
    the name do not count. The name itself is not near.

    >>> near_names("adress.city", ["name", "address.city", "address.state"])
    ['address.city']
    >>> near_names("Name", ["name"]), near_names("age", ["name"]), near_names("name", ["name"])
    (['name'], [], [])
    """
    folded = name.strip().casefold()
    found = sorted(
        (letters, each)
        for each in known
        if each != name
        and (letters := _letters_between(folded, each.strip().casefold())) is not None
    )
    return [each for _, each in found[:most]]


def _letters_between(one: str, other: str) -> int | None:
    """In how many letters two names differ; None if in too many to be meant for each other."""
    allowed = LETTERS if max(len(one), len(other)) >= _LONG_ENOUGH else 1
    if abs(len(one) - len(other)) > allowed:
        return None
    letters = _distance(one, other, allowed)
    return letters if letters <= allowed else None


def _distance(one: str, other: str, enough: int) -> int:
    """The restricted Damerau-Levenshtein distance; more than `enough` is not counted further."""
    before_last: list[int] = []
    last = list(range(len(other) + 1))
    for i, letter in enumerate(one, 1):
        row = [i]
        for j, wanted in enumerate(other, 1):
            best = min(last[j] + 1, row[j - 1] + 1, last[j - 1] + (letter != wanted))
            if i > 1 and j > 1 and letter == other[j - 2] and one[i - 2] == wanted:
                best = min(best, before_last[j - 2] + 1)
            row.append(best)
        if min(row) > enough:
            return enough + 1
        before_last, last = last, row
    return last[-1]
