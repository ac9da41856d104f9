"""The segment form as widgets."""

from __future__ import annotations

from typing import TYPE_CHECKING

import ipywidgets as widgets

from vfy_notebook.forms import markup
from vfy_notebook.forms.conditions.choosing_form import LABELS, ChoosingForm
from vfy_notebook.forms.segments.segment import SegmentState
from vfy_notebook.forms.state import number_of
from vfy_notebook.forms.view import WIDE, html_widget, labelled, row, show_only_if

if TYPE_CHECKING:
    import pandas as pd

    from vfy_notebook.forms.verbs import MakesSegments
    from vfy_notebook.segments.report import SegmentReport


class SegmentForm(ChoosingForm):
    """Pick customers, name the segment, look at who gets in, make it."""

    def __init__(self, project: MakesSegments, customers: pd.DataFrame | None = None) -> None:
        self.state = state = SegmentState(project, customers)
        number = "customers" if state.customers is None else number_of(len(state.customers))
        super().__init__(
            "Make a segment",
            state,
            summary=f"Segment form for {number} (run the notebook to use it)",
        )
        self._name = self._input(
            labelled(widgets.Text(description="Name", layout=WIDE), label_width=LABELS),
            self._changed,
        )
        self._on_enter(self._name, self._ask_preview)
        self._replaces = self._input(
            widgets.Checkbox(
                description="Make it beside the segment of this name, to take its place "
                "(replace=True)",
                indent=False,
                layout={"width": "auto"},
            ),
            self._changed,
        )
        self._key = self._input(
            labelled(widgets.Text(description="Metadata key", layout=WIDE), label_width=LABELS),
            self._changed,
        )
        self._about_key = html_widget("")
        self._preview = self._button("Preview", self._ask_preview)
        self._plan = html_widget("")
        self._create = self._button("Create", self._ask_create, button_style="primary")
        self._results = html_widget("")
        self._lay_out(
            [
                *self.choosing_parts,
                html_widget(markup.subheading("What it is called")),
                self._name,
                self._replaces,
                self._about_key,
                self._key,
                row(self._preview),
                self._plan,
                row(self._create),
            ],
            results=[self._results],
        )

    @property
    def report(self) -> SegmentReport | None:
        """What was made last; None before."""
        return self.state.report

    # -- clicks and changes --------------------------------------------------------------------

    def _changed(self, _value: object = None) -> None:
        self.state.forget_preview()

    def _ask_preview(self) -> None:
        request = self.state.request(
            self._name.value, replaces=self._replaces.value, key=self._key.value
        )
        if request is None:
            self._redraw()
        else:
            self._work_on(lambda bar: self.state.preview(request, bar))

    def _ask_create(self) -> None:
        plan = self.state.take_plan()
        if plan is not None:
            self._work_on(lambda bar: self.state.create(plan, bar))

    # -- looks ---------------------------------------------------------------------------------

    def _show_state(self) -> None:
        state, plan = self.state, self.state.plan
        self._show_choosing()
        self._preview.disabled = not state.has_customers
        self._about_key.value = markup.line(state.about_key(self._key.value), quiet=True)
        show_only_if(self._key, state.needs_key)
        self._plan.value = markup.plan("" if plan is None else plan._repr_html_())
        show_only_if(self._create, plan is not None)
        self._create.disabled = not state.can_create
        if plan is not None:
            self._create.description = f"Create the segment of {number_of(len(plan))}"
        report = state.report
        self._results.value = "" if report is None else report._repr_html_()
