"""The customers of a form: those given, or those searched for in it."""

from __future__ import annotations

import contextlib
import re
from typing import TYPE_CHECKING

from vfy_notebook.errors import NotFoundError
from vfy_notebook.forms.state import FormState, Tone, number_of
from vfy_notebook.frames.identities.identities import (
    as_customers_frame,
    combined,
    customers_from_api,
    identities_of,
)
from vfy_notebook.progress import ProgressDisplay
from vfy_notebook.shown_text import first_few

if TYPE_CHECKING:
    import pandas as pd

    from vfy_notebook.forms.verbs import FindsCustomers
    from vfy_notebook.frames.identities.identities import CustomerIdentity
    from vfy_notebook.progress import Shown

#: Customers that a form shows; the others are counted.
ROWS_SHOWN = 5

#: Customers that are offered by name to whoever wants to take one off the list.
NAMES_OFFERED = 200

#: Names that may be looked for at once: each takes a call or two.
MOST_SEARCHED = 100

_SEPARATORS = re.compile(r"[\s,;]+")
_SURE_SEPARATORS = re.compile(r"[,;\t\n\r]")

#: So many names that were not found are written out.
_NAMED = 5


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

    @property
    def names(self) -> list[str]:
        """The first customers as they can be chosen by name, no two alike."""
        return [_listed_as(each) for each in identities_of(self.customers.head(NAMES_OFFERED))]

    def take_off(self, text: str) -> None:
        """Take one customer off the list, by name, e-mail, source_id, id, or as offered."""
        text = text.strip()
        if not text:
            self.say("Whom? Type a name, e-mail address or id on the list.", Tone.WARNING)
            return
        found = [each for each in identities_of(self.customers) if text in _known_as(each)]
        if len(found) > 1:
            self.say(f"{text} is {number_of(len(found))} on the list: give the id.", Tone.WARNING)
        elif not found:
            self.say(f"{text} is not on the list.", Tone.WARNING)
        else:
            self.customers = self.customers.drop(index=found[0].customer_id)
            self.say(f"Taken off the list: {found[0].label}.", Tone.GOOD)

    def search(self, text: str, progress: Shown) -> None:
        """Add the customers with these ids, source_ids or e-mail addresses.

        Several are parted by commas, semicolons, blanks or line ends, as they come from a
        spreadsheet. A text with blanks is looked for as a whole first: a source_id may have some.
        """
        self.attempt(lambda: self._search(text.strip(), progress))

    def _search(self, text: str, progress: Shown) -> None:
        names = list(dict.fromkeys(filter(None, _SEPARATORS.split(text))))
        if not names:
            self.say("Type an id, a source_id or an e-mail address.", Tone.WARNING)
            return
        if len(names) > MOST_SEARCHED:
            self.say(
                f"{len(names):,} at once are too many: paste up to {MOST_SEARCHED}, or give the "
                "form a DataFrame.",
                Tone.WARNING,
            )
            return
        before = len(self)
        whole = self._found(text) if self._may_be_one(text, names) else None
        if whole is not None and len(whole):
            self.customers = combined(self.customers, whole)
            self._tell(names, len(self) - before, [])
            return
        missing: list[str] = []
        for number, name in enumerate(names):
            if isinstance(progress, ProgressDisplay):
                progress.show(number, len(names), f"{number} of {len(names)} found", urgent="")
            found = self._found(name)
            self.customers = combined(self.customers, found)
            missing += [name] * (not len(found))
        self._tell(names, len(self) - before, missing)

    def _may_be_one(self, text: str, names: list[str]) -> bool:
        """Whether this may be one source_id with blanks, rather than several names."""
        return len(names) > 1 and not _SURE_SEPARATORS.search(text) and "@" not in text

    def _found(self, name: str) -> pd.DataFrame:
        found = [as_customers_frame([])]
        with contextlib.suppress(NotFoundError):
            found.append(customers_from_api([self._project.get_customer(name)]))
        if "@" in name:
            found.append(self._project.fetch_customers(email=name, progress=False))
        return combined(*found)

    def _tell(self, names: list[str], added: int, missing: list[str]) -> None:
        told = [f"Added {number_of(added)}."] * bool(added)
        if not added and not missing:
            who = f"{names[0]} is" if len(names) == 1 else "They are all"
            told.append(f"{who} on the list already.")
        if missing:
            nobody = "No customer has the id, source_id or e-mail address"
            told.append(f"{nobody} {first_few(missing, _NAMED)}.")
        self.say(" ".join(told), Tone.WARNING if missing or not added else Tone.GOOD)


def _known_as(each: CustomerIdentity) -> tuple[str | None, ...]:
    """All that a person may call a customer."""
    return (each.customer_id, each.source_id, each.email, each.name, _listed_as(each))


def _listed_as(each: CustomerIdentity) -> str:
    """A customer's name and id, which no other customer has."""
    return (
        each.customer_id
        if each.label == each.customer_id
        else (f"{each.label} ({each.customer_id})")
    )
