"""Every sentence that a segment's plan may have to say: what, about whom, and the way out."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from vfy_notebook.edits.fields import metadata_key
from vfy_notebook.edits.problems.problems import Problem, blocking, note
from vfy_notebook.segments.order import MAX_DYNAMIC_SEGMENTS, MAX_STATIC_MEMBERS
from vfy_notebook.shown_text import first_few, shown_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from vfy_notebook.api.models import Segment

#: Segments that a sentence names, and characters of a name that it shows.
_NAMED = 5
_LONGEST_NAME = 60

#: What to do where the key of a flag is a new one.
_KEY_IS_MEANT = (
    "Once written it stays: no call removes it from one customer. Define it as boolean in the "
    "metadata schema and plan again, give a key that is there with key=, or say that it is meant "
    "with new_keys=[{key}]."
)


def made_twice(name: str, ids: Sequence[str]) -> str:
    """One segment that is there more than once, the one that is to stay first."""
    first, *others = (shown_text(each, _LONGEST_NAME) for each in ids)
    return (
        f"It is there {len(ids)} times: {first}, {', '.join(others)}. The request has run twice, "
        "or somebody has made the same segment at the same moment, who is told the same. Keep "
        f"{first}; project.delete_segment(id, confirm={name!r}) deletes the other."
    )


def perhaps_twice(name: str, why: str) -> str:
    """A segment of which nobody knows whether it is there once."""
    return (
        f"Whether the request has run twice could not be seen ({why}): look whether "
        f"project.fetch_segments() has {shown_name(name)} once."
    )


def nobody(not_found: int) -> Problem:
    """A segment without members."""
    why = ": none of those given is there any more" if not_found else ""
    return blocking(
        "nobody",
        f"Nobody would be in the segment{why}",
        way_out="Give the customers that are meant, such as customers[condition].",
    )


def gone(refs: Sequence[str]) -> Problem:
    """Customers given whom the server does not have."""
    return note(
        "gone", "Not on the server any more, or never were, and left out", refs, noun="customer"
    )


def name_taken(name: str, segments: Sequence[Segment]) -> Problem:
    """A second segment of one name, which nobody could tell from the first by it."""
    return blocking(
        "name_taken",
        f"{shown_name(name)} is the name of a segment already: {shown_segments(segments)}",
        way_out="Give another name; or replace=True, to make a new one beside it that is to take "
        "its place.",
    )


def replaced(name: str, segments: Sequence[Segment]) -> Problem:
    """What becomes of the segment that a new one is to take the place of."""
    if not segments:
        return note(
            "nothing_replaced", f"No segment is called {shown_name(name)}, so nothing is replaced"
        )
    delete = f"create(delete_old={name!r})"
    if len(segments) > 1:
        delete = "project.delete_segment(id, confirm=name), for each of them,"
    return note(
        "replaced",
        f"The new segment has another id than {shown_segments(segments)}: campaigns and rules on "
        "the old id stop matching once that is deleted, and go on matching the old members until "
        "then; the API tells none of them",
        way_out=f"The old one stays: change them to the new id in the dashboard. {delete} deletes "
        "it, once the new one is verified.",
    )


def near_name(name: str, segments: Sequence[Segment]) -> Problem:
    """Names that are easily taken for the new one."""
    return note(
        "near_name_taken",
        f"{shown_name(name)} is easily taken for {shown_segments(segments)}",
        way_out="If that is the one meant, give its name with replace=True.",
    )


def cut_off(name: str, segments: Sequence[Segment]) -> Problem:
    """An earlier request for the same segment, of which no answer has come."""
    there = f": it may be {shown_segments(segments)}" if segments else ""
    return note(
        "cut_off",
        f"An earlier create() of {shown_name(name)} with the same customers was cut off before "
        f"its answer came{there}",
        way_out="create() looks for that one first, and sends nothing if it is there.",
    )


def too_many(count: int) -> Problem:
    """More than a static segment holds."""
    return blocking(
        "too_many",
        f"{count:,} customers are more than the {MAX_STATIC_MEMBERS:,} of a static segment",
        way_out='Give via="metadata", which flags them and makes a passive segment of the flag.',
    )


def no_room(count: int, *, is_by_choice: bool) -> Problem:
    """A project's bound on segments by filter."""
    other = f", or make a static one of up to {MAX_STATIC_MEMBERS:,} with via='static'"
    return blocking(
        "no_room",
        f"The project has {count} active and passive segments, and {MAX_DYNAMIC_SEGMENTS} is the "
        "most that it can have",
        way_out="Delete one that nobody needs with project.delete_segment(id, confirm=name)"
        f"{other * is_by_choice}.",
    )


def fixed_for_ever() -> Problem:
    """What a static segment is."""
    return note(
        "static",
        f"A static segment, of {MAX_STATIC_MEMBERS:,} customers at most, is fixed for ever: no "
        "call adds or removes one, nor can the dashboard",
        way_out="For others, plan it again with replace=True.",
    )


def one_of_a_hundred(count: int) -> Problem:
    """What a passive segment takes of a project's room."""
    return note(
        "passive",
        f"The project has {count} of the {MAX_DYNAMIC_SEGMENTS} active and passive segments that "
        "it can have; this is one more, and its members change with the flag",
    )


def undefined_flag(key: str) -> Problem:
    """A flag that a filter on true does not find."""
    return note(
        "undefined_flag",
        f"metadata.{shown_name(key, quoted=False)} is not defined in the metadata schema: keys "
        "without a definition are compared as text, and a filter on true then finds nobody",
        field=f"metadata.{key}",
        way_out="Define it as boolean in Voucherify's project settings before create().",
    )


def flag_of_another_type(key: str, kind: str) -> Problem:
    """A key that can hold no flag."""
    return blocking(
        "flag_type",
        f"metadata.{shown_name(key, quoted=False)} is defined as {kind}, and a flag is a boolean",
        field=f"metadata.{key}",
        way_out="Give another key with key=, which is defined as boolean.",
    )


def flag_elsewhere(key: str, customers: Sequence[str]) -> Problem:
    """Customers outside the selection who have the flag, and would be in the segment too."""
    return blocking(
        "flag_elsewhere",
        f"metadata.{shown_name(key, quoted=False)} is true for customers who are not among those "
        "given, and who would be in the segment too",
        customers,
        field=f"metadata.{key}",
        way_out="Give another key with key=, or set theirs to False by a push first.",
        noun="customer",
    )


def of_the_push(problems: Iterable[Problem]) -> list[Problem]:
    """What the plan of the push of a flag says, as far as it is to be known of the segment."""
    kept = [problem for problem in problems if problem.kind != "missing_column"]
    return [
        replace(each, customers=(), way_out=_KEY_IS_MEANT.format(key=_key_of(each)))
        if each.kind == "new_key" and each.blocks
        else each
        for each in kept
    ]


def _key_of(problem: Problem) -> str:
    return repr(shown_name(metadata_key(problem.field or "") or "", quoted=False))


def shown_segments(segments: Sequence[Segment]) -> str:
    """Segments by name and id."""
    return first_few(segments, _NAMED, show=_shown_segment)


def _shown_segment(segment: Segment) -> str:
    return f"{shown_name(str(segment.name))} ({shown_text(segment.id, _LONGEST_NAME)})"


def shown_name(name: str, *, quoted: bool = True) -> str:
    """A segment's name in a sentence."""
    shown = shown_text(name, _LONGEST_NAME)
    return f"'{shown}'" if quoted else shown
