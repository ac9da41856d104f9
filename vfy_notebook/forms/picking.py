"""The customers of a form: those given, or those searched for in it."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from vfy_notebook.errors import NotFoundError
from vfy_notebook.forms.state import FormState, Tone, number_of
from vfy_notebook.frames.identities import (
    as_customers_frame,
    combined,
    customers_from_api,
    identities_of,
)

if TYPE_CHECKING:
    import pandas as pd

    from vfy_notebook.forms.verbs import FindsCustomers
    from vfy_notebook.frames.identities import CustomerIdentity
    from vfy_notebook.progress import Shown

#: Customers that a form shows; the others are counted.
ROWS_SHOWN = 5


class Picked(FormState):
    """The customers of a form.

    Attributes:
        customers: The customers, indexed by `customer_id`.
        searchable: Whether customers are looked for in the form rather than given to it.
    """

    def __init__(self, project: FindsCustomers, customers: object = None) -> None:
        super().__init__()
        self._project = project
        self.searchable = customers is None
        self.customers: pd.DataFrame = as_customers_frame([] if customers is None else customers)

    def __len__(self) -> int:
        return len(self.customers)

    @property
    def shown(self) -> list[CustomerIdentity]:
        """The first of them."""
        return identities_of(self.customers.head(ROWS_SHOWN))

    @property
    def more(self) -> int:
        """How many are not among `shown`."""
        return max(len(self) - ROWS_SHOWN, 0)

    def clear(self) -> None:
        """Start anew with nobody."""
        self.customers = as_customers_frame([])
        self.message = None

    def search(self, text: str, progress: Shown) -> None:
        """Add the customers with this id, source_id or e-mail address."""
        self.attempt(lambda: self._search(text.strip(), progress))

    def _search(self, text: str, progress: Shown) -> None:
        if not text:
            self.say("Type an id, a source_id or an e-mail address.", Tone.WARNING)
            return
        found = []
        with contextlib.suppress(NotFoundError):
            found.append(customers_from_api([self._project.get_customer(text)]))
        if "@" in text:
            found.append(self._project.fetch_customers(email=text, progress=progress))
        before = len(self)
        self.customers = combined(self.customers, *found)
        added = len(self) - before
        if added:
            self.say(f"Added {number_of(added)}.", Tone.GOOD)
        elif any(len(frame) for frame in found):
            self.say(f"{text} is on the list already.", Tone.WARNING)
        else:
            self.say(f"No customer has the id, source_id or e-mail address {text}.", Tone.WARNING)
