"""The deletion form as widgets."""

from __future__ import annotations

from typing import TYPE_CHECKING

import ipywidgets as widgets

from vfy_notebook.customers.deletion.meaning import MEANING
from vfy_notebook.forms import markup
from vfy_notebook.forms.customers.deletions import DeletionState
from vfy_notebook.forms.customers.picking_form import PickingForm
from vfy_notebook.forms.view import RESULTS_SHOWN, html_widget, row, show_only_if

if TYPE_CHECKING:
    from vfy_notebook.customers.deletion.plan import DeletionReport
    from vfy_notebook.forms.verbs import DeletesCustomers

_WAYS = {False: "Delete", True: "Delete permanently"}


class DeletionForm(PickingForm):
    """Delete customers."""

    def __init__(self, project: DeletesCustomers, customers: object = None) -> None:
        self.state = state = DeletionState(project, customers)
        super().__init__("Delete customers", state, name="Deletion")
        self._together = html_widget("")
        self._way = self._input(
            widgets.RadioButtons(
                options=[(name, permanent) for permanent, name in _WAYS.items()],
                description="How",
                style={"description_width": "3em"},
                layout={"width": "auto"},
            ),
            self._set_way,
        )
        self._meanings = html_widget("")
        self._delete = self._button("Delete", self._ask, button_style="danger")
        self._act = row(self._typed, self._delete)
        self._results = html_widget("")
        self._lay_out(
            [
                *self._picking.parts,
                self._together,
                self._way,
                self._meanings,
                self._act,
            ],
            results=[self._results],
        )

    @property
    def report(self) -> DeletionReport | None:
        """What the last deletion did; None before it."""
        return self.state.report

    # -- clicks --------------------------------------------------------------------------------

    def _set_way(self, permanent: bool) -> None:  # noqa: FBT001 - a widget's value
        self.state.permanent = permanent

    def _ask(self) -> None:
        order = self.state.order()
        if order is not None:
            self._work_on(lambda bar: self.state.delete(order, bar))

    # -- looks ---------------------------------------------------------------------------------

    def _show_state(self) -> None:
        state = self.state
        self._picking.show(state.picked)
        self._together.value = markup.line(state.together)
        self._way.value = state.permanent
        self._meanings.value = "".join(
            markup.explained(_WAYS[permanent], meaning, quiet=permanent is not state.permanent)
            for permanent, meaning in MEANING.items()
        )
        self._typed.value = state.confirmation.typed
        nobody = len(state.picked) == 0
        self._typed.description = f"Type {state.required} to confirm"
        self._way.disabled = nobody
        show_only_if(self._act, not nobody)
        self._delete.description = state.button
        self._delete.disabled = not state.can_delete
        self._results.value = markup.filled_table(
            ["customer", "outcome", "reason", "receipt"],
            [(r.customer_id, r.outcome, r.reason, r.receipt) for r in state.results],
            shown=RESULTS_SHOWN,
        )
