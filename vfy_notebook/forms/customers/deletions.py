"""The state of the deletion form, without widgets."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from vfy_notebook.customers.deletion.meaning import what_goes_with
from vfy_notebook.errors import RunInterrupted
from vfy_notebook.forms.customers.picking import Picked
from vfy_notebook.forms.customers.picking_state import PickingState
from vfy_notebook.forms.state import Tone, number_of

if TYPE_CHECKING:
    import pandas as pd

    from vfy_notebook.customers.deletion.plan import DeletionReport
    from vfy_notebook.forms.verbs import DeletesCustomers
    from vfy_notebook.progress import Shown


@dataclass(frozen=True)
class DeletionOrder:
    """The request of a click on *Delete*, as it was at that moment."""

    customers: pd.DataFrame
    permanent: bool
    confirm: int


@dataclass(frozen=True)
class DeletionResult:
    """What became of one customer; of permanently deleted ones only Voucherify's id is left."""

    customer_id: str
    outcome: str
    reason: str
    receipt: str


class DeletionState(PickingState):
    """The deletion form without widgets: what it knows and does.

    Attributes:
        report: What the last deletion did; None before it.
    """

    def __init__(self, project: DeletesCustomers, customers: object = None) -> None:
        super().__init__(project)
        self._project = project
        self.report: DeletionReport | None = None
        self._permanent = False
        self.attempt(lambda: self._load(customers))

    def _load(self, customers: object) -> None:
        if customers is None:
            return
        self.picked = Picked(self._project, customers)
        # Ids and source_ids are looked up, so that the form can show whom they name.
        plan = self._project.plan_deletion(customers, permanent=False, progress=None)
        self.picked.customers = plan.customers
        if plan.not_found:
            self.say(plan.missing_sentence, Tone.WARNING)

    # -- choosing ------------------------------------------------------------------------------

    @property
    def permanent(self) -> bool:
        """Whether events, orders and places in segments go too."""
        return self._permanent

    @permanent.setter
    def permanent(self, value: bool) -> None:
        if value is not self._permanent:
            self.confirmation.forget()
        self._permanent = value

    @property
    def together(self) -> str:
        """What the customers have together, as far as it is known; else empty."""
        return what_goes_with(self.picked.customers)

    @property
    def required(self) -> str:
        """What has to be typed."""
        number = str(len(self.picked))
        return f"DELETE {number}" if self.permanent else number

    @property
    def can_delete(self) -> bool:
        """Whether there is somebody to delete and it is confirmed."""
        return len(self.picked) > 0 and self.confirmation.fits(self.required)

    @property
    def button(self) -> str:
        """What the button says."""
        return f"Delete {number_of(len(self.picked))}" + " permanently" * self.permanent

    # -- deleting ------------------------------------------------------------------------------

    def order(self) -> DeletionOrder | None:
        """What a click asks for now; None where it asks for nothing."""
        if not self.can_delete:
            return None
        self.confirmation.forget()  # one confirmation, one deletion
        return DeletionOrder(self.picked.customers, self.permanent, len(self.picked))

    def delete(self, order: DeletionOrder, progress: Shown) -> None:
        """Delete what was ordered."""
        self.report = None
        self.picked.message = None
        self.attempt(lambda: self._delete(order, progress))

    def _delete(self, order: DeletionOrder, progress: Shown) -> None:
        plan = self._project.plan_deletion(
            order.customers, permanent=order.permanent, progress=progress
        )
        if len(plan) != order.confirm:
            self.picked.customers = plan.customers
            self.say(
                f"Nothing was deleted: of the {number_of(order.confirm)} confirmed, {len(plan):,} "
                "are still there. Look at the list and confirm anew.",
                Tone.WARNING,
            )
            return
        try:
            report = plan.delete(confirm=order.confirm, progress=progress)
        except RunInterrupted as stopped:
            report = stopped.report
        self.report = report
        # Who is gone leaves the form too; who is left can be confirmed anew.
        self.picked.customers = report.plan_rest().customers
        left = len(self.picked)
        advice = f" The form now holds the {number_of(left)} left." if left else ""
        self.say(report.sentence + advice, Tone.WARNING if left or report.copies else Tone.GOOD)

    @property
    def results(self) -> list[DeletionResult]:
        """One per customer of the last deletion, those that did not succeed first."""
        if self.report is None:
            return []
        results = [DeletionResult(*outcome) for outcome in self.report.outcomes()]
        return sorted(results, key=lambda result: result.outcome in ("deleted", "gone"))
