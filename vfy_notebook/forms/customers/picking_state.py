"""What the states of the consent form and the deletion form share: whom, and a confirmation."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vfy_notebook.forms.customers.picking import Picked
from vfy_notebook.forms.state import Confirmation, FormState

if TYPE_CHECKING:
    from vfy_notebook.forms.verbs import FindsCustomers
    from vfy_notebook.progress import Shown


class PickingState(FormState):
    """The state of a form that does something to customers who are named in it.

    Attributes:
        picked: The customers.
        confirmation: The number of customers, typed before something far-reaching is done. It
            does not outlast a change of the list.
    """

    def __init__(self, project: FindsCustomers) -> None:
        super().__init__()
        self.picked = Picked(project)
        self.confirmation = Confirmation()

    def search(self, text: str, progress: Shown) -> None:
        """Add the customers with these ids, source_ids or e-mail addresses."""
        self.confirmation.forget()
        self.picked.search(text, progress)
        self._list_changed()

    def take_off(self, text: str) -> None:
        """Take one customer off the list."""
        self.confirmation.forget()
        self.picked.take_off(text)
        self._list_changed()

    def clear(self) -> None:
        """Start anew with nobody."""
        self.confirmation.forget()
        self.picked.clear()
        self._list_changed()

    def _list_changed(self) -> None:
        """Find out what the form tells of the customers on its list; here nothing."""
