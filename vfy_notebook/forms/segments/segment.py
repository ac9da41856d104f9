"""The state of the segment form, without widgets."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from vfy_notebook.edits.one_value import bare_key, resembled_by
from vfy_notebook.errors import PushInterrupted, RunInterrupted, VfyNotebookError
from vfy_notebook.forms.conditions.choosing import ChoosingState
from vfy_notebook.forms.state import Tone, number_of
from vfy_notebook.frames.conditions import Condition, matching
from vfy_notebook.frames.schema import METADATA_PREFIX
from vfy_notebook.segments.order import MAX_STATIC_MEMBERS

if TYPE_CHECKING:
    import pandas as pd

    from vfy_notebook.forms.verbs import MakesSegments
    from vfy_notebook.progress import Shown
    from vfy_notebook.segments.plan import SegmentPlan
    from vfy_notebook.segments.report import SegmentReport


@dataclass(frozen=True)
class PreviewRequest:
    """The request of a click on *Preview*, as it was at that moment.

    Attributes:
        conditions: What chooses the customers.
        name: What the segment is to be called.
        replaces: Whether it is to take the place of one of that name.
        key: The metadata key that its customers get, where they are too many for a list.
    """

    conditions: tuple[Condition, ...]
    name: str
    replaces: bool
    key: str | None


class SegmentState(ChoosingState):
    """The segment form without widgets: what it knows and does.

    Attributes:
        plan: What was previewed last and not made yet.
        report: What was made last.
    """

    def __init__(self, project: MakesSegments, customers: pd.DataFrame | None = None) -> None:
        self._project = project
        self.plan: SegmentPlan | None = None
        self.report: SegmentReport | None = None
        super().__init__(project, customers)

    def forget_preview(self) -> None:
        """What was previewed is no longer what is on the screen."""
        self.plan = None

    @property
    def needs_key(self) -> bool:
        """Whether so many are chosen that they have to be flagged."""
        if self.customers is None or len(self.customers) <= MAX_STATIC_MEMBERS:
            return False
        try:
            return len(matching(self.customers, self.conditions)) > MAX_STATIC_MEMBERS
        except VfyNotebookError:
            return False  # the conditions are not finished yet

    def about_key(self, typed: str) -> str:
        """What to know of the metadata key while it is typed; empty where none is needed."""
        if self.customers is None or not self.needs_key:
            return ""
        about = (
            "They are more than a static segment holds: they get a flag in their metadata, and "
            "the segment is made of those who have it. Define the key as boolean in the metadata "
            "schema first; empty makes one of the name, which has to be there."
        )
        bare = bare_key(typed)
        known = list(map(str, self.customers.columns))
        near = [] if METADATA_PREFIX + bare in known or not bare else resembled_by(typed, known)
        meant = f" It resembles {' and '.join(near)}: type that if you mean it." if near else ""
        return about + meant

    def request(self, name: str, *, replaces: bool, key: str = "") -> PreviewRequest | None:
        """What a click on *Preview* asks for now; None, and a sentence, where that cannot be.

        Args:
            name: What was typed as the segment's name.
            replaces: Whether it is to take the place of one of that name.
            key: What was typed as the metadata key.
        """
        if self.customers is None:
            return None
        if not name.strip():
            self.say("What is the segment to be called? Type a name.", Tone.WARNING)
            return None
        wanted = key.strip() if self.needs_key else ""
        return PreviewRequest(self.conditions, name.strip(), replaces, wanted or None)

    def preview(self, request: PreviewRequest, progress: Shown) -> None:
        """Plan the segment and show it; nothing is written."""
        self.report = self.plan = None
        self.attempt(lambda: self._preview(request, progress))

    def _preview(self, request: PreviewRequest, progress: Shown) -> None:
        assert self.customers is not None  # noqa: S101 - there is no request otherwise
        picked = matching(self.customers, request.conditions)
        # A key that was typed here is meant.
        new_keys = [] if request.key is None else [request.key]
        self.plan = self._project.plan_segment(
            request.name,
            picked,
            replace=request.replaces,
            key=request.key,
            new_keys=new_keys,
            progress=progress,
        )
        if self.can_create:
            whom = number_of(len(self.plan))
            self.say(f"Preview: a segment of {whom}. Nothing is sent yet.", Tone.GOOD)
        else:
            self.say("This cannot be made: the preview says why.", Tone.WARNING)

    @property
    def can_create(self) -> bool:
        """Whether a plan is on the screen that may be carried out."""
        return self.plan is not None and not any(self.plan.problems["blocks"])

    def take_plan(self) -> SegmentPlan | None:
        """The plan on the screen, once: a click takes it away from further clicks."""
        if not self.can_create:
            return None
        plan, self.plan = self.plan, None
        return plan

    def create(self, plan: SegmentPlan, progress: Shown) -> None:
        """Make what was previewed."""
        self.report = self.plan = None
        self.attempt(lambda: self._create(plan, progress))

    def _create(self, plan: SegmentPlan, progress: Shown) -> None:
        try:
            report = plan.make(progress=progress)
        except (RunInterrupted, PushInterrupted) as stopped:
            self.report = plan.report
            self._offer_again(plan, stopped)
            self.say(str(stopped), Tone.WARNING)
        except VfyNotebookError as error:
            self._offer_again(plan, error)
            raise
        else:
            self.report = report
            told = f" {report.told}" if report.told else ""
            tone = Tone.GOOD if report.is_verified and not report.notes else Tone.WARNING
            self.say(f"Made: {report.segment_id}, of {number_of(report.planned)}.{told}", tone)

    def _offer_again(self, plan: SegmentPlan, error: VfyNotebookError) -> None:
        """Leave a plan on the screen that may be tried again: it looks for what was made first."""
        is_open = plan.report is None and not isinstance(error, PushInterrupted)
        if is_open and (error.may_have_run or isinstance(error, RunInterrupted)):
            self.plan = plan
