"""What has become of a segment that was to be made."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from vfy_notebook.edits.problems.problems import named
from vfy_notebook.segments.messages import shown_name
from vfy_notebook.segments.verification import Verified
from vfy_notebook.shown_text import shown_html, shown_text

if TYPE_CHECKING:
    import pandas as pd

    from vfy_notebook.push.plan import PushReport


@dataclass(frozen=True)
class SegmentReport:
    """A segment that was made, and who is in it.

    Attributes:
        segment: Its row, as in `project.fetch_segments()`.
        planned: How many customers it was planned for.
        verified: Who is in it, as the API shows it.
        push: The report of the push that flagged its customers; None for a static one. Its
            `plan_undo()` takes the flags back.
        deleted_old: The id of the segment that it has taken the place of; None if that stays.
        notes: What else is to be known.
        doubles: Ids of the same segment once more, where something on the way to the API has sent
            the request twice, or somebody else has made it at the same moment.

    >>> plan = project.plan_segment("Three", project.fetch_customers(limit=3, progress=False))
    >>> segment = plan.create(progress=False)
    >>> plan.report
    <Segment 'Three': 3 members, as planned>
    >>> plan.report.missing, plan.report.unexpected
    ((), ())
    """

    segment: pd.DataFrame
    planned: int
    verified: Verified
    push: PushReport | None = field(default=None, repr=False)
    deleted_old: str | None = None
    notes: tuple[str, ...] = ()
    doubles: tuple[str, ...] = ()

    @property
    def missing(self) -> tuple[str, ...]:
        """Ids of customers who were planned and are not in it."""
        return self.verified.missing

    @property
    def unexpected(self) -> tuple[str, ...]:
        """Ids of customers who are in it and were not planned."""
        return self.verified.unexpected

    @property
    def is_verified(self) -> bool:
        """Whether the API shows the members that were planned.

        Up to a hundred are compared by id. More of them are proved by their number, and by the
        first hundred: `project.fetch_memberships(segments=report.segment)` reads all.
        """
        return self.verified.is_right

    @property
    def segment_id(self) -> str:
        """The segment's id."""
        return str(self.segment.index[0])

    @property
    def difference(self) -> str:
        """How its members differ from the plan, in sentences; empty if they do not."""
        verified = self.verified
        if verified.unproved:
            return f"Who is in it could not be verified: {verified.unproved}."
        told = []
        if verified.missing:
            told.append(f"Not in it, although planned: {named(verified.missing)}.")
        if verified.unexpected:
            told.append(f"In it, although not planned: {named(verified.unexpected)}.")
        return " ".join(told)

    @property
    def told(self) -> str:
        """The difference, and what else is to be known."""
        return " ".join(filter(None, [self.difference, *self.notes]))

    def _sentence(self) -> str:
        name = shown_name(str(self.segment["name"].iloc[0]))
        count = self.verified.count
        members = f"{self.planned if count is None else count:,} members"
        if count == 1 or (count is None and self.planned == 1):
            members = "1 member"
        if self.verified.unproved:
            members += " planned"
        how = "."
        if self.is_verified:
            how = ", as many as planned" if self.verified.by_number else ", as planned"
        return f"Segment {name}: {members}{how} {self.told}".rstrip(" .")

    def __repr__(self) -> str:
        return f"<{shown_text(self._sentence())}>"

    def _repr_html_(self) -> str:
        segment_id = shown_html(self.segment_id)
        return f"<p><b>{shown_html(self._sentence())}</b> (<code>{segment_id}</code>)</p>"
