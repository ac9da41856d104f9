"""The consent form as widgets."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import ipywidgets as widgets

from vfy_notebook.forms import markup
from vfy_notebook.forms.customers.consents import Choice, ConsentState
from vfy_notebook.forms.customers.picking_form import PickingForm
from vfy_notebook.forms.state import number_of
from vfy_notebook.forms.view import RESULTS_SHOWN, html_widget, labelled, row

if TYPE_CHECKING:
    from vfy_notebook.customers.consents import ConsentReport
    from vfy_notebook.forms.verbs import SendsConsents
    from vfy_notebook.frames.consents import Consent


class ConsentForm(PickingForm):
    """Give and withdraw consents."""

    def __init__(self, project: SendsConsents, customers: object = None) -> None:
        self.state = state = ConsentState(project, customers)
        super().__init__("Consents", state, name="Consent")
        self._choices = {consent.id: self._choice_input(consent) for consent in state.consents}
        self._notes = {consent.id: _note_beside() for consent in state.consents}
        self._unsubscribe = self._input(
            widgets.Checkbox(
                description="Unsubscribe from everything (overrules the choices above)",
                indent=False,
                layout={"width": "auto"},
            ),
            self._set_unsubscribe,
        )
        self._sentence = html_widget("")
        self._apply = self._button("Apply", self._ask, button_style="primary")
        self._again = self._button("Send again", self._apply_again)
        self._results = html_widget("")
        note = (
            "Voucherify has no call that reads a customer's consents, so what holds now is not "
            "shown: only what was last sent from here."
        )
        self._lay_out(
            [
                *self._picking.parts,
                *self._consent_parts(),
                self._unsubscribe,
                html_widget(markup.line(note, quiet=True)),
                self._sentence,
                self._typed,
                row(self._apply, self._again),
            ]
            if state.consents
            else [],
            results=[self._results],
        )

    @property
    def report(self) -> ConsentReport | None:
        """What the last *Apply* did; None before it."""
        return self.state.report

    def _choice_input(self, consent: Consent) -> Any:
        dropdown = widgets.Dropdown(
            options=[(choice.value, choice) for choice in Choice],
            description=consent.label,
            layout={"width": "24em", "max_width": "100%"},
        )
        return self._input(labelled(dropdown), lambda choice: self.state.choose(consent.id, choice))

    def _consent_parts(self) -> list[Any]:
        parts: list[Any] = []
        group = None
        for consent in self.state.consents:
            if consent.group != group:
                group = consent.group
                parts.append(html_widget(markup.subheading(group or "Other consents")))
            parts.append(row(self._choices[consent.id], self._notes[consent.id]))
        return parts

    # -- clicks --------------------------------------------------------------------------------

    def _set_unsubscribe(self, value: bool) -> None:  # noqa: FBT001 - a widget's value
        self.state.unsubscribe = value

    def _ask(self) -> None:
        order = self.state.order()
        if order is not None:
            self._work_on(lambda bar: self.state.apply(order, bar))

    def _apply_again(self) -> None:
        order = self.state.order_again()
        if order is not None:
            self._work_on(lambda bar: self.state.apply(order, bar))

    # -- looks ---------------------------------------------------------------------------------

    def _show_state(self) -> None:
        state = self.state
        self._picking.show(state.picked)
        for consent in state.consents:
            dropdown = self._choices[consent.id]
            dropdown.value = state.choice(consent.id)
            dropdown.disabled = state.unsubscribe
            sent = state.last_sent.get(consent.id)
            self._notes[consent.id].value = markup.line(consent.description) + markup.line(
                f"last sent from here: {sent}" if sent else "", quiet=True
            )
        self._unsubscribe.value = state.unsubscribe
        self._sentence.value = markup.line(state.sentence)
        self._typed.layout.display = "" if state.required else "none"
        self._typed.description = f"Type {state.required or 'it'} to confirm"
        self._typed.value = state.confirmation.typed
        self._apply.disabled = not state.can_apply
        again = 0 if state.report is None else len(state.report.failed)
        self._again.description = f"Send again to {number_of(again)}"
        self._again.layout.display = "" if again else "none"
        self._results.value = markup.filled_table(
            ["customer", "outcome", "reason"],
            [(r.who, r.outcome, r.reason) for r in state.results],
            shown=RESULTS_SHOWN,
        )


def _note_beside() -> Any:
    """Text that stands beside its input where there is room for some words, whatever it says."""
    note = html_widget("")
    note.layout.flex = "1 1 14em"
    return note
