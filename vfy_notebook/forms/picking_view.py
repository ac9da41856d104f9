"""The part of a form that shows its customers, and searches for them where none were given."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import ipywidgets as widgets

from vfy_notebook.forms import markup
from vfy_notebook.forms.state import number_of
from vfy_notebook.forms.view import html_widget, row

if TYPE_CHECKING:
    from vfy_notebook.forms.picking import Picked


class PickingView:
    """Search field, table of customers; part of a form's view."""

    def __init__(self, text: Any, add: Any, clear: Any) -> None:
        self.text = text
        self.add = add
        self.clear = clear
        self._table = html_widget("")
        self._message = html_widget("")
        self._search = row(text, add, clear)
        self.parts = [self._search, self._message, self._table]

    def show(self, picked: Picked) -> None:
        """Show the customers as they are now."""
        self._search.layout.display = "" if picked.searchable else "none"
        self._message.value = markup.message(picked.message)
        self.clear.disabled = len(picked) == 0
        count = number_of(len(picked)) if len(picked) else "No customers yet"
        shown = markup.customer_table(picked.shown, more=picked.more) if len(picked) else ""
        self._table.value = markup.subheading(count) + shown


def search_text() -> Any:
    """Where a customer is named."""
    return widgets.Text(
        description="Find customer",
        placeholder="id, source_id or e-mail address",
        style={"description_width": "7em"},
        layout={"width": "26em", "max_width": "100%"},
    )
