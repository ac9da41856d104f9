"""The state of the edit form, without widgets."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from vfy_notebook.edits.one_value import (
    EditableField,
    assigned,
    bare_key,
    editable_fields,
    new_key,
    newest_change,
    only_defined,
    replaced,
    resembled_by,
    value_from,
)
from vfy_notebook.errors import ArgumentError, NotFoundError, PushInterrupted
from vfy_notebook.forms.conditions.choosing import ChoosingState
from vfy_notebook.forms.state import Confirmation, Tone, number_of
from vfy_notebook.frames.conditions import (
    Condition,
    matching,
)
from vfy_notebook.frames.schema import METADATA_PREFIX

if TYPE_CHECKING:
    from collections.abc import Callable

    import pandas as pd

    from vfy_notebook.forms.verbs import EditsCustomers
    from vfy_notebook.progress import Shown
    from vfy_notebook.push.plan import PushPlan, PushReport


#: Whoever changes more than this part of the customers confirms their number.
_MANY = 0.5

_DONE = {"push": "Pushed", "undo": "Undone", "redo": "Redone"}


@dataclass(frozen=True)
class EditOrder:
    """The request of a click on *Preview*, as it was at that moment."""

    conditions: tuple[Condition, ...]
    field: EditableField
    value: Any


class EditState(ChoosingState):
    """The edit form without widgets: what it knows and does.

    Attributes:
        fields: What may be edited.
        plan: What was previewed last and not pushed yet.
        confirmation: The number of customers, typed where the plan concerns many.
        report: What was pushed last.
    """

    def __init__(self, project: EditsCustomers, customers: pd.DataFrame | None = None) -> None:
        self._project = project
        self._schema: pd.DataFrame | None = None
        self._is_stale = False
        self._cut_off: str | None = None
        self._plan_is = self._done_is = "push"
        self._for_all = False
        self._concerned = 0
        self.fields: list[EditableField] = []
        self.plan: PushPlan | None = None
        self.confirmation = Confirmation()
        self.report: PushReport | None = None
        super().__init__(project, customers)

    def _take(self, customers: pd.DataFrame) -> None:
        self._schema = None
        with contextlib.suppress(NotFoundError):  # no schema: nothing is demanded
            self._schema = self._project.fetch_metadata_schema()
        self.fields = editable_fields(customers, self._schema)
        super()._take(customers)

    @property
    def _of_when(self) -> str:
        stale = " (before the last push; the next preview reads what has changed)"
        return stale if self._is_stale else ""

    # -- what to write -------------------------------------------------------------------------

    @property
    def takes_new_keys(self) -> bool:
        """Whether metadata keys may be made up."""
        return not only_defined(self._schema)

    def forget_preview(self) -> None:
        """What was previewed is no longer what is on the screen."""
        self._show(None, 0)

    def _show(self, plan: PushPlan | None, concerned: int) -> None:
        """Put a plan on the screen; what was typed to confirm another one is forgotten."""
        self.plan, self._concerned = plan, concerned
        self.confirmation.forget()

    def about_new_key(self, typed: str) -> str:
        """What to say about a metadata key while it is typed; empty if nothing."""
        bare = bare_key(typed)
        if not bare:
            return ""
        name = METADATA_PREFIX + bare
        known = self._known_names
        if name in known:
            return f"{name} is there already: choose it as the field."
        near = resembled_by(typed, known)
        meant = f" It resembles {' and '.join(near)}: choose that as the field if you mean it."
        return f"Creates {name}; no call removes a key again.{meant if near else ''}"

    @property
    def _known_names(self) -> list[str]:
        columns = [] if self.customers is None else map(str, self.customers.columns)
        return list(dict.fromkeys([*(field.name for field in self.fields), *columns]))

    def order(
        self, field: EditableField | None, value: Any, *, empty: bool, is_new: bool = False
    ) -> EditOrder | None:
        """What a click on *Preview* asks for now; None, and a sentence, where that cannot be.

        Args:
            field: What to edit.
            value: The value as it was put in.
            empty: Whether to empty the field instead.
            is_new: Whether the field's name is a metadata key that was made up.
        """
        if self.customers is None:
            return None
        if field is None:
            self.say("Choose a field to write to.", Tone.WARNING)
            return None
        try:
            if is_new:
                field = new_key(field.name, field.kind, self._known_names)
            return EditOrder(self.conditions, field, None if empty else value_from(field, value))
        except ArgumentError as error:
            self.say(str(error), Tone.WARNING)
            return None

    # -- previewing and pushing ----------------------------------------------------------------

    def preview(self, order: EditOrder, progress: Shown) -> None:
        """Plan the push and show it; nothing is written."""
        self.report = None
        self._show(None, 0)
        self.attempt(lambda: self._preview(order, progress))

    def _preview(self, order: EditOrder, progress: Shown) -> None:
        assert self.customers is not None  # noqa: S101 - there is no order otherwise
        if self._is_stale:
            self._freshen(progress)
        picked = matching(self.customers, order.conditions)
        edited = assigned(picked, order.field, order.value)
        # A key that was chosen or typed here is meant; the plan says what it resembles.
        plan = self._project.plan_push(edited, new_keys=[order.field.name], progress=progress)
        self._for_all, self._plan_is = not order.conditions, "push"
        self._take_plan_in(plan)
        if not self.changes and not any(plan.problems["blocks"]):
            self.say("Nothing changes: these customers have that value already.", Tone.WARNING)

    def _take_plan_in(self, plan: PushPlan) -> None:
        self._show(plan, plan.edits["customer_id"].nunique())
        if any(plan.problems["blocks"]):
            self.say("This cannot be pushed: the preview says why.", Tone.WARNING)
        else:
            whom = number_of(self._concerned)
            counted = number_of(self.changes, "change")
            self.say(f"Preview: {counted} for {whom}. Nothing is sent yet.", Tone.GOOD)

    def _freshen(self, progress: Shown) -> None:
        """Fetch what was changed since, such as by the last push."""
        assert self.customers is not None  # noqa: S101
        since = newest_change(self.customers)
        if since is not None:
            changed = self._project.fetch_customers(updated_after=since, progress=progress)
            self.customers = replaced(self.customers, changed)
        self._is_stale = False

    def preview_undo(self, progress: Shown) -> None:
        """Plan what takes the last push, or the last undo, back; nothing is written."""
        report = self.report
        if report is not None:
            self.attempt(lambda: self._preview_undo(report, progress))

    def _preview_undo(self, report: PushReport, progress: Shown) -> None:
        plan, self.report = report.plan_undo(progress=progress), None
        self._for_all, self._plan_is = False, "redo" if self.is_undone else "undo"
        self._take_plan_in(plan)

    @property
    def changes(self) -> int:
        """How many cells the previewed plan changes."""
        return 0 if self.plan is None else len(self.plan.edits)

    @property
    def required(self) -> str:
        """What must be typed before the push: the number of customers where it concerns many.

        Many are more than half of the form's customers, or all of them because no condition is set.
        """
        if not self._concerned or self.customers is None:
            return ""
        many = self._for_all or self._concerned > _MANY * len(self.customers)
        return str(self._concerned) if many else ""

    @property
    def can_push(self) -> bool:
        """Whether a plan is on the screen that may be pushed, and its number confirmed."""
        plan = self.plan
        is_sound = plan is not None and self.changes > 0 and not any(plan.problems["blocks"])
        return is_sound and self.confirmation.fits(self.required)

    @property
    def is_undone(self) -> bool:
        """Whether what was pushed last was an undo, which can be done again."""
        return self._done_is == "undo"

    def take_plan(self) -> PushPlan | None:
        """The plan on the screen, once: a click takes it away from further clicks."""
        if not self.can_push:
            return None
        plan = self.plan
        self._show(None, 0)
        return plan

    def push(self, plan: PushPlan, progress: Shown) -> None:
        """Push what was previewed."""
        self.report, self._done_is = None, self._plan_is
        self.attempt(lambda: self._finish(plan.push(progress=progress)))

    @property
    def can_go_on(self) -> bool:
        """Whether a push was cut off and can be continued."""
        return self._cut_off is not None

    def go_on(self, progress: Shown) -> None:
        """Go on with the push that was cut off."""
        push_id = self._cut_off
        if push_id is not None:
            self.attempt(
                lambda: self._finish(self._project.resume_push(push_id, progress=progress))
            )

    def attempt(self, action: Callable[[], None]) -> None:
        """As for all forms; a push that was cut off leaves its report and can be continued."""

        def with_report() -> None:
            try:
                action()
            except PushInterrupted as cut_off:
                self.report, self._cut_off = cut_off.report, cut_off.push_id
                self._is_stale = True
                told = "" if cut_off.report is None else f": {_in_words(cut_off.report)}"
                text = f"The push was cut off{told}. Go on, or leave it: it is {cut_off.push_id}."
                self.say(text, Tone.WARNING)

        super().attempt(with_report)

    def _finish(self, report: PushReport) -> None:
        self.report = report
        self._is_stale = True
        self._cut_off = None if report.is_finished else report.push_id
        bad = report.counts.keys() - {"updated", "created"}
        self.say(
            f"{_DONE[self._done_is]}: {_in_words(report)}.", Tone.WARNING if bad else Tone.GOOD
        )

    @property
    def can_undo(self) -> bool:
        """Whether the last push changed something that can be taken back."""
        return self.report is not None and "updated" in self.report.counts


def _in_words(report: PushReport) -> str:
    counts = [f"{count:,} {outcome}" for outcome, count in report.counts.items()]
    return ", ".join(counts) or "nothing to push"
