"""The edit form as widgets."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import ipywidgets as widgets

from vfy_notebook.edits.one_value import EditableField, ValueKind
from vfy_notebook.forms import markup
from vfy_notebook.forms.editing.edits import EditState
from vfy_notebook.forms.state import number_of
from vfy_notebook.forms.view import (
    CHOOSE,
    WIDE,
    FormView,
    chosen,
    html_widget,
    labelled,
    row,
)
from vfy_notebook.frames.conditions import WITHOUT_VALUE, Condition
from vfy_notebook.frames.schema import Kind

if TYPE_CHECKING:
    import pandas as pd

    from vfy_notebook.forms.verbs import EditsCustomers
    from vfy_notebook.push.plan import PushReport

#: Conditions that can be set; what needs more of them is better written in a cell.
MAX_CONDITIONS = 4

#: As wide as the longest label of the form needs.
_LABELS = "8em"

_ANY = "any"
_NEW_KEY = "another metadata key …"


class EditForm(FormView):
    """Pick customers, give a field of theirs one value, look at what changes, push, undo."""

    def __init__(self, project: EditsCustomers, customers: pd.DataFrame | None = None) -> None:
        self.state = state = EditState(project, customers)
        number = "customers" if state.customers is None else number_of(len(state.customers))
        super().__init__(
            "Edit customers",
            state,
            summary=f"Edit form for {number} (run the notebook to use it)",
        )
        self._fetch = self._button("Fetch all customers", self._ask_fetch)
        self._conditions = [_ConditionView(self, i) for i in range(1, MAX_CONDITIONS + 1)]
        self._conditions_shown = 1
        self._more = self._button("Add a condition", self._add_condition)
        self._picked = html_widget("")
        self._field = self._input(
            labelled(
                widgets.Dropdown(description="Field", options=[CHOOSE], layout=WIDE),
                label_width=_LABELS,
            ),
            self._changed,
        )
        self._key = self._input(
            labelled(widgets.Text(description="New key", layout=WIDE), label_width=_LABELS),
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
                label_width=_LABELS,
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
                row(self._fetch),
                html_widget(markup.subheading("Which customers")),
                *[condition.part for condition in self._conditions],
                row(self._more),
                self._picked,
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

    def _ask_fetch(self) -> None:
        self._work_on(self.state.fetch)

    def _add_condition(self) -> None:
        self._conditions_shown = min(self._conditions_shown + 1, MAX_CONDITIONS)
        self._redraw()

    def picked_anew(self, _value: object = None) -> None:
        """A condition was changed."""
        with self._drawing():
            self._show_conditions()  # another column offers other tests
        self.state.pick([c for view in self._conditions if (c := view.condition()) is not None])

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
        self._work_on(lambda _: self.state.preview_undo())

    def _ask_go_on(self) -> None:
        self._work_on(self.state.go_on)

    # -- looks ---------------------------------------------------------------------------------

    def _show_state(self) -> None:
        state = self.state
        has_customers = state.customers is not None
        self._show_options()
        _show_only_if(self._fetch, state.fetchable)
        self._show_conditions()
        self._more.disabled = not has_customers or self._conditions_shown == MAX_CONDITIONS
        self._picked.value = markup.line(state.picked_sentence)
        self._show_value_inputs(self._field_chosen())
        self._preview.disabled = not has_customers
        plan = state.plan
        self._plan.value = "" if plan is None else f'<div class="vfy-scroll">{_html_of(plan)}</div>'
        _show_only_if(self._typed, bool(state.required))
        self._typed.description = f"Type {state.required or 'it'} to confirm"
        self._typed.value = state.confirmation.typed
        self._push.description = f"Push {number_of(state.changes, 'change')}"
        _show_only_if(self._push, plan is not None)
        self._push.disabled = not state.can_push
        _show_only_if(self._undo, state.can_undo)
        self._undo.description = "Preview the redo" if state.is_undone else "Preview the undo"
        _show_only_if(self._go_on, state.can_go_on)
        self._results.value = "" if state.report is None else _html_of(state.report)

    def _show_conditions(self) -> None:
        for number, condition in enumerate(self._conditions):
            condition.show(self.state, visible=number < self._conditions_shown)

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
        for condition in self._conditions:
            condition.offer(state.columns)

    def _show_value_inputs(self, field: EditableField | None) -> None:
        is_new = self._field.value == _NEW_KEY
        _show_only_if(self._key, is_new)
        _show_only_if(self._key_kind, is_new)
        about = self.state.about_new_key(self._key.value) if is_new else ""
        self._about_key.value = markup.line(about, quiet=True)
        kind = None if field is None else field.kind
        for each, widget in self._values.items():
            _show_only_if(widget, each is kind)
            widget.disabled = self._empty.value
        if field is not None and field.kind is ValueKind.LISTED:
            dropdown = self._values[ValueKind.LISTED]
            listed = [CHOOSE, *((str(option), option) for option in field.options)]
            if list(dropdown.options) != listed:
                dropdown.options = listed


class _ConditionView:
    """One condition: a column, a test, a value."""

    def __init__(self, form: EditForm, number: int) -> None:
        name = f"Condition {number}"
        hear = form.picked_anew
        self._column = form._input(  # noqa: SLF001 - a part of the form's own view
            labelled(
                widgets.Dropdown(
                    description=name, options=[_ANY], layout={"width": "26em", "max_width": "100%"}
                ),
                label_width=_LABELS,
            ),
            hear,
        )
        self._test = form._input(  # noqa: SLF001
            widgets.Dropdown(
                description=f"{name}: test",
                layout={"width": "9em"},
                style={"description_width": "0"},
            ),
            hear,
        )
        self._text = form._input(  # noqa: SLF001
            widgets.Text(
                description=f"{name}: value",
                layout={"width": "10em"},
                style={"description_width": "0"},
            ),
            hear,
        )
        self._date = form._input(  # noqa: SLF001
            widgets.DatePicker(
                description=f"{name}: date",
                layout={"width": "10em"},
                style={"description_width": "0"},
            ),
            hear,
        )
        self._note = html_widget("")
        self.part = row(self._column, self._test, self._text, self._date, self._note)

    def offer(self, columns: list[str]) -> None:
        """Other columns to choose from."""
        chosen = self._column.value
        self._column.options = [_ANY, *columns]
        self._column.value = chosen if chosen in columns else _ANY

    def condition(self) -> Condition | None:
        """What was chosen; None where no column was."""
        if self._column.value == _ANY or self._test.value is None:
            return None
        test = self._test.value
        if test in WITHOUT_VALUE:
            return Condition(self._column.value, test)
        is_date = self._date.layout.display != "none"
        return Condition(
            self._column.value, test, self._date.value if is_date else self._text.value
        )

    def show(self, state: EditState, *, visible: bool) -> None:
        """Show the inputs that the chosen column and test need."""
        _show_only_if(self.part, visible)
        column = self._column.value
        is_set = column != _ANY
        if is_set:
            tests = [(test.value, test) for test in state.tests(column)]
            if list(self._test.options) != tests:
                self._test.options = tests
                self._test.index = 0
        dated = is_set and state.kind(column) in (Kind.TIME, Kind.DATE)
        valued = is_set and self._test.value not in WITHOUT_VALUE
        _show_only_if(self._test, is_set)
        _show_only_if(self._date, valued and dated)
        _show_only_if(self._text, valued and not dated)
        hundredths = is_set and column.endswith("amount")
        self._note.value = markup.line("in hundredths" if hundredths else "", quiet=True)


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
    return labelled(maker(description=label, layout=WIDE, **options), label_width=_LABELS)


def _show_only_if(widget: Any, visible: bool) -> None:  # noqa: FBT001 - reads as a sentence
    widget.layout.display = "" if visible else "none"


def _html_of(shown: Any) -> str:
    """What plans and reports show of themselves in a cell; they escape customers' texts."""
    return str(shown._repr_html_())
