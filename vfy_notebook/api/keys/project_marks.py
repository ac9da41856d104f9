"""What tells a project from all others, whatever its key and its address.

Keys are rotated, and an address has several spellings. Ids that Voucherify makes stay, and no other
project has them: those of segments and of the metadata schema. With the time of creation, so that
an id that somebody has chosen by hand does not count alone.

They are taken from answers that were asked for anyway.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from vfy_notebook.api.models import Segment

#: So many are kept: they are to be found again, not counted.
_MOST = 200


class ProjectMarks:
    """The marks of one project, as far as they have been seen; texts such as `segment seg_1 2024…`.

    Attributes:
        are_asked: Whether they were asked for: what is not known then cannot be.

    >>> marks = ProjectMarks()
    >>> marks.see_schema({"id": "ms_1", "created_at": "2024-01-01T00:00:00.000Z"})
    >>> list(marks)
    ['schema ms_1 2024-01-01T00:00:00.000Z']
    """

    def __init__(self) -> None:
        self._seen: dict[str, None] = {}
        self.are_asked = False

    def __iter__(self) -> Iterator[str]:
        return iter(list(self._seen))

    def see_schema(self, schema: Mapping[str, Any]) -> None:
        """Note the id of a metadata schema."""
        self._note("schema", schema.get("id"), schema.get("created_at"))

    def see_segments(self, segments: Iterable[Segment]) -> None:
        """Note the ids of segments."""
        for segment in segments:
            self._note("segment", segment.id, segment.created_at)

    def _note(self, kind: str, name: object, created_at: object) -> None:
        is_told = isinstance(name, str) and isinstance(created_at, str) and name and created_at
        if is_told and len(self._seen) < _MOST:
            self._seen[f"{kind} {name} {created_at}"] = None


def is_same_project(
    ours: Iterable[str], theirs: Iterable[str], *, is_all: bool = True
) -> bool | None:
    """Whether the marks of two connections are those of one project; None if nothing tells.

    Where both have marks of a kind, they have to share one: equal ids of one kind beside others of
    another kind are those of test servers that were made alike.

    Args:
        ours: What is known of this project.
        theirs: What is known of the other.
        is_all: Whether no more can be known of this project. Else marks of a kind that is not
            known of it yet may tell that it is another one.

    >>> is_same_project(["schema a", "segment b"], ["schema a", "segment b", "segment c"])
    True
    >>> is_same_project(["schema a", "segment b"], ["schema x", "segment b"])
    False
    """
    mine, others = _by_kind(ours), _by_kind(theirs)
    told = [bool(mine[kind] & others[kind]) for kind in mine.keys() & others.keys()]
    if not all(told):
        return False
    if not told or (not is_all and others.keys() - mine.keys()):
        return None
    return True


def _by_kind(marks: Iterable[str]) -> dict[str, set[str]]:
    found: dict[str, set[str]] = defaultdict(set)
    for mark in marks:
        found[mark.partition(" ")[0]].add(mark)
    return found
