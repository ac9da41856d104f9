"""The edit form as widgets."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import ipywidgets as widgets

from vfy_notebook.edits.one_value import EditableField, ValueKind
from vfy_notebook.forms import markup
from vfy_notebook.forms.conditions.choosing_form import LABELS, ChoosingForm
from vfy_notebook.forms.editing.edits import EditState
from vfy_notebook.forms.state import number_of
from vfy_notebook.forms.view import (
    CHOOSE,
    WIDE,
    chosen,
    html_widget,
    labelled,
    row,
    show_only_if,
)

if TYPE_CHECKING:
    import pandas as pd

    from vfy_notebook.forms.verbs import EditsCustomers
    from vfy_notebook.push.plan import PushReport

_NEW_KEY = "another metadata key …"


class EditForm(ChoosingForm):
    """Pick customers, give a field of theirs one value, look at what changes, push, undo."""

    def __init__(self, project: EditsCustomers, customers: pd.DataFrame | None = None) -> None:
        self.state = state = EditState(project, customers)
        number = "customers" if state.customers is None else number_of(len(state.customers))
        super().__init__(
            "Edit customers",
            state,
            summary=f"Edit form for {number} (run the notebook to use it)",
        )
        self._field = self._input(
            labelled(
                widgets.Dropdown(description="Field", options=[CHOOSE], layout=WIDE),
                label_width=LABELS,
            ),
            self._changed,
        )
        self._key = self._input(
            labelled(widgets.Text(description="New key", layout=WIDE), label_width=LABELS),
            self._changed,
        )
        self._about_key = html_widget("")
        self._key_kind = self._input(
            labelled(
                widgets.Dropdown(
                    description="Kind of value",
                    options=[(kind.value, kind) for kind in ValueKind if _can_be_made_up(kind)],
                    layout=WIDE,
                ),
                label_width=LABELS,
            ),
            self._changed,
        )
        self._values = {kind: self._input(_value_input(kind), self._changed) for kind in ValueKind}
        for widget in self._values.values():
            if isinstance(widget, widgets.Text):
                self._on_enter(widget, self._ask_preview)
        self._empty = self._input(
            widgets.Checkbox(
                description="Empty it instead (stores null; the key stays)",
                indent=False,
                layout={"width": "auto"},
            ),
            self._changed,
        )
        self._preview = self._button("Preview", self._ask_preview)
        self._plan = html_widget("")
        self._typed = self._confirmation_text(self._set_typed)
        self._push = self._button("Push", self._ask_push, button_style="primary")
        self._undo = self._button("Preview the undo", self._ask_undo)
        self._go_on = self._button("Go on", self._ask_go_on)
        self._results = html_widget("")
        self._options_of: pd.DataFrame | None = None
        self._lay_out(
            [
                *self.choosing_parts,
                html_widget(markup.subheading("What to write")),
                self._field,
                self._key,
                self._about_key,
                self._key_kind,
                *self._values.values(),
                self._empty,
                row(self._preview),
                self._plan,
                self._typed,
                row(self._push, self._undo, self._go_on),
            ],
            results=[self._results],
        )

    @property
    def report(self) -> PushReport | None:
        """What was pushed last; None before."""
        return self.state.report

    # -- clicks and changes --------------------------------------------------------------------

    def _changed(self, _value: object = None) -> None:
        self.state.forget_preview()

    def _set_typed(self, typed: str) -> None:
        self.state.confirmation.typed = typed

    def _field_chosen(self) -> EditableField | None:
        if self._field.value == _NEW_KEY:
            return EditableField(self._key.value, self._key_kind.value)
        field: EditableField | None = chosen(self._field)
        return field

    def _ask_preview(self) -> None:
        field = self._field_chosen()
        order = self.state.order(
            field,
            None if field is None else chosen(self._values[field.kind]),
            empty=self._empty.value,
            is_new=self._field.value == _NEW_KEY,
        )
        if order is None:
            self._redraw()
        else:
            self._work_on(lambda bar: self.state.preview(order, bar))

    def _ask_push(self) -> None:
        plan = self.state.take_plan()
        if plan is not None:
            self._work_on(lambda bar: self.state.push(plan, bar))

    def _ask_undo(self) -> None:
        self._work_on(self.state.preview_undo)

    def _ask_go_on(self) -> None:
        self._work_on(self.state.go_on)

    # -- looks ---------------------------------------------------------------------------------

    def _show_state(self) -> None:
        state = self.state
        self._show_options()
        self._show_choosing()
        self._show_value_inputs(self._field_chosen())
        self._preview.disabled = not state.has_customers
        plan = state.plan
        self._plan.value = markup.plan("" if plan is None else _html_of(plan))
        show_only_if(self._typed, bool(state.required))
        self._typed.description = f"Type {state.required or 'it'} to confirm"
        self._typed.value = state.confirmation.typed
        self._push.description = f"Push {number_of(state.changes, 'change')}"
        show_only_if(self._push, plan is not None)
        self._push.disabled = not state.can_push
        show_only_if(self._undo, state.can_undo)
        self._undo.description = "Preview the redo" if state.is_undone else "Preview the undo"
        show_only_if(self._go_on, state.can_go_on)
        self._results.value = "" if state.report is None else _html_of(state.report)

    def _show_options(self) -> None:
        """The drop-downs' options, when there are other customers than before."""
        state = self.state
        if state.customers is self._options_of:
            return
        self._options_of = state.customers
        options: list[tuple[str, Any]] = [CHOOSE, *((f.name, f) for f in state.fields)]
        if state.takes_new_keys:
            options.append((_NEW_KEY, _NEW_KEY))
        before = self._field.value
        self._field.options = options
        self._field.value = before if before in [value for _, value in options] else CHOOSE[1]

    def _show_value_inputs(self, field: EditableField | None) -> None:
        is_new = self._field.value == _NEW_KEY
        show_only_if(self._key, is_new)
        show_only_if(self._key_kind, is_new)
        about = self.state.about_new_key(self._key.value) if is_new else ""
        self._about_key.value = markup.line(about, quiet=True)
        kind = None if field is None else field.kind
        # The one that goes is gone before the other comes: there are never two.
        for each, widget in sorted(self._values.items(), key=lambda item: item[0] is kind):
            show_only_if(widget, each is kind)
            widget.disabled = self._empty.value
        if field is not None and field.kind is ValueKind.LISTED:
            dropdown = self._values[ValueKind.LISTED]
            listed = [CHOOSE, *((str(option), option) for option in field.options)]
            if list(dropdown.options) != listed:
                dropdown.options = listed


def _can_be_made_up(kind: ValueKind) -> bool:
    return kind is not ValueKind.LISTED


def _value_input(kind: ValueKind) -> Any:
    label = "Value (UTC)" if kind is ValueKind.TIME else "Value"
    # Widgets for numbers and a check box hold 0 and "no" before anybody has entered anything.
    makers: dict[ValueKind, tuple[Any, dict[str, Any]]] = {
        ValueKind.NUMBER: (widgets.Text, {"placeholder": "a number, such as 2357 or 2.5"}),
        ValueKind.FLAG: (widgets.Dropdown, {"options": [CHOOSE, ("yes", True), ("no", False)]}),
        ValueKind.DATE: (widgets.DatePicker, {}),
        ValueKind.TIME: (widgets.NaiveDatetimePicker, {}),
        ValueKind.LISTED: (widgets.Dropdown, {"options": [CHOOSE]}),
        ValueKind.JSON: (widgets.Text, {"placeholder": 'JSON, such as ["rock", "jazz"]'}),
    }
    maker, options = makers.get(kind, (widgets.Text, {}))
    return labelled(maker(description=label, layout=WIDE, **options), label_width=LABELS)


def _html_of(shown: Any) -> str:
    """What plans and reports show of themselves in a cell; they escape customers' texts."""
    return str(shown._repr_html_())
