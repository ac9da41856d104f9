"""Choosing customers by conditions, as widgets."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import ipywidgets as widgets

from vfy_notebook.forms import markup
from vfy_notebook.forms.view import FormView, html_widget, labelled, row, show_only_if
from vfy_notebook.frames.conditions import WITHOUT_VALUE, Condition
from vfy_notebook.frames.schema import Kind

if TYPE_CHECKING:
    import pandas as pd

    from vfy_notebook.forms.conditions.choosing import ChoosingState

#: Conditions that can be set; what needs more of them is better written in a cell.
MAX_CONDITIONS = 4

#: As wide as the longest label of these forms needs.
LABELS = "8em"

_ANY = "any"


class ChoosingForm(FormView):
    """A form that begins with conditions.

    Attributes:
        choosing_parts: The widgets with which customers are chosen, from top to bottom.
    """

    def __init__(self, title: str, state: ChoosingState, *, summary: str) -> None:
        super().__init__(title, state, summary=summary)
        self._chosen_from = state
        self._fetch = self._button("Fetch all customers", lambda: self._work_on(state.fetch))
        self._conditions = [_ConditionView(self, i) for i in range(1, MAX_CONDITIONS + 1)]
        self._conditions_shown = 1
        self._more = self._button("Add a condition", self._add_condition)
        self._picked = html_widget("")
        self._columns_of: pd.DataFrame | None = None
        self.choosing_parts = [
            row(self._fetch),
            html_widget(markup.subheading("Which customers")),
            *[condition.part for condition in self._conditions],
            row(self._more),
            self._picked,
        ]

    def _add_condition(self) -> None:
        self._conditions_shown = min(self._conditions_shown + 1, MAX_CONDITIONS)
        self._redraw()

    def picked_anew(self, _value: object = None) -> None:
        """A condition was changed."""
        with self._drawing():
            self._show_conditions()  # another column offers other tests
        chosen = [c for view in self._conditions if (c := view.condition()) is not None]
        self._chosen_from.pick(chosen)

    def _show_choosing(self) -> None:
        state = self._chosen_from
        if state.customers is not self._columns_of:
            self._columns_of = state.customers
            for condition in self._conditions:
                condition.offer(state.columns)
        show_only_if(self._fetch, state.fetchable)
        self._show_conditions()
        is_full = self._conditions_shown == MAX_CONDITIONS
        self._more.disabled = state.customers is None or is_full
        self._picked.value = markup.line(state.picked_sentence)

    def _show_conditions(self) -> None:
        for number, condition in enumerate(self._conditions):
            condition.show(self._chosen_from, visible=number < self._conditions_shown)


class _ConditionView:
    """One condition: a column, a test, a value."""

    def __init__(self, form: ChoosingForm, number: int) -> None:
        name = f"Condition {number}"
        hear = form.picked_anew
        self._column = form._input(  # noqa: SLF001 - a part of the form's own view
            labelled(
                widgets.Dropdown(
                    description=name,
                    options=[_ANY],
                    layout={"flex": "1 1 19em", "width": "auto", "max_width": "26em"},
                ),
                label_width=LABELS,
            ),
            hear,
        )
        self._test = form._input(  # noqa: SLF001
            _without_label(widgets.Dropdown(description=f"{name}: test"), "9em"), hear
        )
        self._text = form._input(  # noqa: SLF001
            _without_label(widgets.Text(description=f"{name}: value"), "10em"), hear
        )
        self._date = form._input(  # noqa: SLF001
            _without_label(widgets.DatePicker(description=f"{name}: date"), "10em"), hear
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

    def show(self, state: ChoosingState, *, visible: bool) -> None:
        """Show the inputs that the chosen column and test need."""
        show_only_if(self.part, visible)
        column = self._column.value
        is_set = column != _ANY
        if is_set:
            tests = [(test.value, test) for test in state.tests(column)]
            if list(self._test.options) != tests:
                self._test.options = tests
                self._test.index = 0
        dated = is_set and state.kind(column) in (Kind.TIME, Kind.DATE)
        valued = is_set and self._test.value not in WITHOUT_VALUE
        show_only_if(self._test, is_set)
        show_only_if(self._date, valued and dated)
        show_only_if(self._text, valued and not dated)
        hundredths = is_set and column.endswith("amount")
        self._note.value = markup.line("in hundredths" if hundredths else "", quiet=True)


def _without_label(widget: Any, width: str) -> Any:
    """An input that stands behind another one; its description is for screen readers."""
    widget.layout.width = width
    widget.style.description_width = "0"
    return widget
