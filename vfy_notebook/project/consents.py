"""Consents: those that a project has, and giving and withdrawing them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vfy_notebook.customers import consents as send_consents
from vfy_notebook.fetch.consents import fetch_consent_book
from vfy_notebook.fetch.partial import only_our_errors
from vfy_notebook.frames.consents import consents_frame, sent_frame
from vfy_notebook.frames.identities.identities import identities_of
from vfy_notebook.project.base import ProjectBase

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

    from vfy_notebook.progress import Shown

__all__ = ["ConsentMethods"]


class ConsentMethods(ProjectBase):
    """Methods that fetch the project's consents, and give and withdraw them."""

    def fetch_consents(self) -> pd.DataFrame:
        """The consents that this project has defined.

        Not the customers' answers: the API has no call that reads them.

        Returns:
            One row per consent, indexed by `consent_id`: `name`, `description`, `category`,
            `group` (the groups' names, joined by commas), `created_at`, `updated_at`.

        Raises:
            NotFoundError: The project has no consents; many projects have none.

        How long it may take: its calls, each of which has an end (see `Project`).

        Cost in API calls: one.

        Source: none that is public: consents left the vendor's reference in September 2024, and
        projects that have them still answer.

        >>> project.fetch_consents()["name"].head(2).to_list()
        ['Newsletter', 'Text messages']
        """
        with only_our_errors():
            return consents_frame(fetch_consent_book(self._api))

    def update_consents(self, ref: str, consents: Mapping[str, bool]) -> None:
        """Give (True) or withdraw (False) consents of one customer.

        This computer logs what is sent; `last_sent_consents` reads that log.

        Args:
            ref: The customer's id or source_id.
            consents: Consent id → True or False; `{"unsubscribed": True}` withdraws all.

        Raises:
            NotFoundError: There is no such customer, or the project has no consents; the message
                says which.
            ArgumentError: `consents` is empty, or a value is neither True nor False.

        How long it may take: its calls, each of which has an end (see `Project`).

        Cost in API calls: one; after a 404, another one to find out which of the two is missing.

        Source: none that is public: consents left the vendor's reference in September 2024, and
        projects that have them still answer.

        >>> newsletter = project.fetch_consents().index[0]
        >>> project.update_consents("crm-00002", {newsletter: True})
        """
        send_consents.update_consents(self._api, self._open_journal, ref, consents)

    def push_consents(
        self, frame: pd.DataFrame, *, progress: Shown = None
    ) -> send_consents.ConsentReport:
        """Give and withdraw consents, customer by customer.

        This computer logs what is sent; `last_sent_consents` reads that log.

        Args:
            frame: Customers by id or source_id, each once, in the index or in a column
                `customer_id` or `source_id`. One column per consent id: True (1, yes) gives the
                consent, False (0, no) withdraws it, a missing cell changes nothing. In the column
                `unsubscribed`, True withdraws all consents; False is not allowed.
            progress: None shows a bar where one can be seen; False is silent.

        Returns:
            The report. `.rows` (`customer, outcome, reason, sent`) has one row per row of the
            frame. A customer's failure is an outcome there, not an error.

        Raises:
            NotFoundError: The project has no consents; many projects have none.
            ArgumentError: A column is not a consent, a cell is not a flag, or a customer is there
                twice, perhaps by id and by source_id; nothing was sent.
            RunInterrupted: The kernel was interrupted; `report` has each customer's outcome.

        How long it may take: its calls, each of which has an end (see `Project`).

        Cost in API calls: one, and one for each customer with a cell that is not missing. Where
        some customers are named by id and some by source_id, one more for each of the fewer.

        Source: none that is public: consents left the vendor's reference in September 2024, and
        projects that have them still answer.

        >>> customers, consents = project.fetch_customers(limit=3), project.fetch_consents()
        >>> project.push_consents(pd.DataFrame({consents.index[0]: True}, index=customers.index))
        <Consents: 3 sent.>
        """
        return send_consents.push_consents(self._api, self._open_journal, frame, progress=progress)

    def last_sent_consents(self, customers: pd.DataFrame) -> pd.DataFrame:
        """The consents that this computer last sent. The API cannot tell the present ones.

        Others (the dashboard, shops, colleagues) may have changed them since. The log keeps
        entries for 30 days, and deletes those of a customer that is deleted permanently.

        Args:
            customers: A DataFrame indexed by `customer_id`. With a column `source_id`, it also
                finds what was sent by `source_id`.

        Returns:
            One row per customer and consent: `customer_id`, `consent_id`, `given`, `sent_at`
            (UTC). A customer for whom this computer sent nothing has no rows.

        How long it may take: half a minute, where another program holds the journal.

        Cost in API calls: none.

        >>> customers, consents = project.fetch_customers(limit=3), project.fetch_consents()
        >>> wanted = pd.DataFrame({consents.index[0]: True}, index=customers.index)
        >>> report = project.push_consents(wanted)
        >>> project.last_sent_consents(customers)["given"].to_list()
        [True, True, True]
        """
        with self._open_journal() as journal:
            return sent_frame(send_consents.last_sent(journal, identities_of(customers)))
