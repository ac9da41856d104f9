"""What a segment may be called, and who is called so already, or nearly."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from vfy_notebook.edits.checks.look_alike import without_form
from vfy_notebook.edits.checks.near_names import near_names
from vfy_notebook.errors import ArgumentError
from vfy_notebook.fetch.segments import ID_PREFIX
from vfy_notebook.shown_text import shown_text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from vfy_notebook.api.models import Segment

#: Characters of a name; the vendor tells no bound, and nobody reads more.
LONGEST_NAME = 250


def check_name(name: object) -> str:
    """The name, if a segment can be told by it.

    Raises:
        ArgumentError: It is no text, empty, too long, or holds what cannot be seen.
    """
    if not isinstance(name, str) or not name.strip():
        message = f"name={name!r}: give the segment a name, such as 'Lapsed gold'."
        raise ArgumentError(message)
    if name != name.strip() or shown_text(name) != name:
        seen = "".join(sign for sign in name if sign.isspace() or shown_text(sign) == sign)
        example = " ".join(seen.split()) or "Lapsed gold"
        message = (
            f"name={name!r} has blanks at its ends, or signs in it that cannot be seen: give it "
            f"without them, such as {example!r}."
        )
        raise ArgumentError(message)
    if len(name) > LONGEST_NAME:
        message = f"The name has {len(name):,} characters: give one of {LONGEST_NAME} at most."
        raise ArgumentError(message)
    if name.startswith(ID_PREFIX):
        message = (
            f"name={name!r} looks like a segment's id, by which it would be looked for later: "
            f"give a name that does not begin with {ID_PREFIX!r}."
        )
        raise ArgumentError(message)
    return name


@dataclass(frozen=True)
class Taken:
    """Segments whose names equal a new one, or can be taken for it."""

    equal: tuple[Segment, ...] = ()
    near: tuple[Segment, ...] = ()

    @property
    def ids(self) -> tuple[str, ...]:
        """The ids of those that are called the same."""
        return tuple(segment.id for segment in self.equal)


def taken_by(name: str, segments: Sequence[Segment]) -> Taken:
    """The segments that have the name, and those whose name differs in two letters or only in form.

    >>> from vfy_notebook.api.models import Segment
    >>> found = taken_by("VIP gold", [Segment("seg_1", "VIP gold"), Segment("seg_2", "vip  Gold")])
    >>> found.ids, [segment.id for segment in found.near]
    (('seg_1',), ['seg_2'])
    """
    named = [segment for segment in segments if segment.name is not None]
    equal = tuple(segment for segment in named if segment.name == name)
    others = {str(segment.name) for segment in named} - {name}
    same_form = {each for each in others if without_form(each) == without_form(name)}
    near = same_form | set(near_names(name, others, most=len(others)))
    return Taken(equal, tuple(segment for segment in named if segment.name in near))
