"""What the views of the consent form and the deletion form share: whom, and a confirmation."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vfy_notebook.forms.customers.picking_view import PickingView, name_on_list, search_text
from vfy_notebook.forms.state import number_of
from vfy_notebook.forms.view import FormView

if TYPE_CHECKING:
    from vfy_notebook.forms.customers.picking_state import PickingState


class PickingForm(FormView):
    """A form that begins with customers: searched for, shown, and taken off the list."""

    def __init__(self, title: str, state: PickingState, *, name: str) -> None:
        number = number_of(len(state.picked)) if len(state.picked) else "customers to be searched"
        super().__init__(
            title, state, summary=f"{name} form for {number} (run the notebook to use it)"
        )
        self._picking_state = state
        self._picking = PickingView(
            self._on_enter(self._input(search_text()), self._add),
            self._button("Add", self._add),
            self._button("Clear", self._clear),
            self._on_enter(self._input(name_on_list()), self._take_off),
            self._button("Take off", self._take_off),
        )
        self._typed = self._confirmation_text(self._set_typed)

    def _add(self) -> None:
        text = self._picking.text.value
        self._work_on(lambda bar: self._picking_state.search(text, bar))

    def _clear(self) -> None:
        self._picking_state.clear()
        self._redraw()

    def _take_off(self) -> None:
        self._picking_state.take_off(self._picking.named.value)
        self._redraw()

    def _set_typed(self, typed: str) -> None:
        self._picking_state.confirmation.typed = typed
