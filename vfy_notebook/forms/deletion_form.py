"""The deletion form's face."""

from __future__ import annotations

from typing import TYPE_CHECKING

import ipywidgets as widgets

from vfy_notebook.forms import markup
from vfy_notebook.forms.deletions import DeletionState
from vfy_notebook.forms.face import FormFace, html_widget
from vfy_notebook.forms.picking_face import PickingFace, search_text
from vfy_notebook.forms.state import number_of

if TYPE_CHECKING:
    from vfy_notebook.forms.verbs import DeletesCustomers
    from vfy_notebook.push.deletion import DeletionReport

#: Results that are shown; the others are in the report.
_RESULTS_SHOWN = 100


class DeletionForm(FormFace):
    """Delete customers."""

    def __init__(self, project: DeletesCustomers, customers: object = None) -> None:
        self.state = state = DeletionState(project, customers)
        number = number_of(len(state.picked)) if len(state.picked) else "customers to be searched"
        super().__init__(
            "Delete customers",
            state,
            summary=f"Deletion form for {number} (run the notebook to use it)",
        )
        self._picking = PickingFace(
            self._input(search_text()),
            self._button("Add", self._add),
            self._button("Clear", self._clear),
        )
        self._together = html_widget("")
        self._way = self._input(
            widgets.RadioButtons(
                options=[("Delete", False), ("Delete permanently", True)],
                description="How",
                style={"description_width": "3em"},
                layout={"width": "auto"},
            ),
            self._set_way,
        )
        self._typed = self._input(
            widgets.Text(
                description="Type to confirm",
                style={"description_width": "initial"},
                layout={"width": "26em", "max_width": "100%"},
            ),
            self._set_typed,
        )
        self._delete = self._button("Delete", self._send, button_style="danger")
        self._results = html_widget("")
        self._lay_out(
            [
                *self._picking.parts,
                self._together,
                self._way,
                html_widget("".join(markup.line(each) for each in state.meanings.values())),
                widgets.HBox([self._typed, self._delete], layout={"flex_flow": "row wrap"}),
                self._results,
            ]
        )

    @property
    def report(self) -> DeletionReport | None:
        """What the last deletion did; None before it."""
        return self.state.report

    # -- clicks --------------------------------------------------------------------------------

    def _add(self) -> None:
        text = self._picking.text.value
        self._work_on(lambda bar: self.state.search(text, bar))

    def _clear(self) -> None:
        self.state.clear()
        self._redraw()

    def _set_way(self, permanent: bool) -> None:  # noqa: FBT001 - a widget's value
        self.state.permanent = permanent

    def _set_typed(self, typed: str) -> None:
        self.state.typed = typed

    def _send(self) -> None:
        order = self.state.order()
        if order is not None:
            self._work_on(lambda bar: self.state.delete(order, bar))

    # -- looks ---------------------------------------------------------------------------------

    def _show_state(self) -> None:
        state = self.state
        self._picking.show(state.picked)
        self._together.value = markup.line(state.together)
        self._way.value = state.permanent
        self._typed.value = state.typed
        nobody = len(state.picked) == 0
        self._typed.description = f"Type {state.required} to confirm"
        self._typed.disabled = self._way.disabled = nobody
        self._delete.description = state.button
        self._delete.disabled = not state.can_delete
        self._results.value = self._results_html()

    def _results_html(self) -> str:
        results = self.state.results
        if not results:
            return ""
        titles = ["customer", "outcome", "reason", "receipt"]
        rows = [(r.customer_id, r.outcome, r.reason, r.receipt) for r in results[:_RESULTS_SHOWN]]
        kept = [i for i in range(len(titles)) if any(row[i] for row in rows)]
        more = max(len(results) - _RESULTS_SHOWN, 0)
        return markup.table(
            [titles[i] for i in kept], [[row[i] for i in kept] for row in rows], more=more
        )
