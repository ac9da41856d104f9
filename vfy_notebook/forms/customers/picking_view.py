"""The part of a form that shows its customers, and searches for them where none were given."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import ipywidgets as widgets

from vfy_notebook.forms import markup
from vfy_notebook.forms.state import number_of
from vfy_notebook.forms.view import html_widget, row

if TYPE_CHECKING:
    from vfy_notebook.forms.customers.picking import Picked


class PickingView:
    """Search field, table of customers, and a way off the list; part of a form's view."""

    def __init__(self, text: Any, add: Any, clear: Any, named: Any, off: Any) -> None:
        self.text = text
        self.add = add
        self.clear = clear
        self.named = named
        self._table = html_widget("")
        self._message = html_widget("")
        self._search = row(text, add, clear)
        self._off = row(named, off)
        self.parts = [self._search, self._message, self._table, self._off]
        self._listed: object = None

    def show(self, picked: Picked) -> None:
        """Show the customers as they are now."""
        self._search.layout.display = "" if picked.searchable else "none"
        self._message.value = markup.message(picked.message)
        self.clear.disabled = len(picked) == 0
        self._off.layout.display = "" if len(picked) else "none"
        if picked.customers is not self._listed:
            self._listed = picked.customers
            self.named.options = picked.names
            self.text.value = self.named.value = ""
        nobody = "No customers yet" if picked.searchable else "No customers"
        count = number_of(len(picked)) if len(picked) else nobody
        shown = markup.customer_table(picked.shown, more=picked.more) if len(picked) else ""
        self._table.value = markup.subheading(count) + shown


def search_text() -> Any:
    """Where a customer is named."""
    return widgets.Text(
        description="Find customer",
        placeholder="ids, source_ids or e-mails",
        style={"description_width": "8em"},
        layout={"width": "26em", "max_width": "100%"},
    )


def name_on_list() -> Any:
    """Where one of the form's customers is named; the list is offered while one types."""
    return widgets.Combobox(
        description="Not this one",
        placeholder="name, e-mail or id",
        style={"description_width": "8em"},
        layout={"width": "26em", "max_width": "100%"},
    )
