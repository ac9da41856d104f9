"""A project of Voucherify: every verb of the toolkit hangs here."""

from __future__ import annotations

import html
from typing import TYPE_CHECKING, Any, Self

from vfy_notebook.api.operations import Api
from vfy_notebook.fetch.consents import fetch_consent_book
from vfy_notebook.fetch.customers import (
    CustomerFilters,
    check_limit,
    check_order,
    fetch_customers,
)
from vfy_notebook.frames.consents import consents_frame, sent_frame
from vfy_notebook.frames.people import people_of
from vfy_notebook.push import consents as send_consents
from vfy_notebook.push import deletion, single
from vfy_notebook.push.journal import Journal

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from pathlib import Path
    from types import TracebackType

    import pandas as pd

    from vfy_notebook.api.calls import Calls
    from vfy_notebook.api.transport import Transport
    from vfy_notebook.frames.times import Moment
    from vfy_notebook.progress import Shown

__all__ = ["Project"]


class Project:
    """A connection to one Voucherify project.

    Made by `vfy.connect()` or `vfy.demo()`. Nothing is sent until a `fetch_*`, `push` or
    `delete` asks for it. Also a context manager that closes itself.
    """

    def __init__(
        self,
        transport: Transport,
        *,
        workers: int,
        journal_path: Path,
        on_close: Callable[[], None] | None = None,
    ) -> None:
        self._transport = transport
        self._api = Api(transport)
        self._workers = workers
        self._journal_path = journal_path
        self._on_close = on_close

    # -- life ----------------------------------------------------------------------------------

    @property
    def url(self) -> str:
        """The API's address."""
        return self._transport.credentials.url

    @property
    def calls(self) -> Calls:
        """How many API calls this project has made, by operation, and the quota last seen."""
        return self._transport.calls

    def close(self) -> None:
        """End all connections, and the sandbox if this is a demo. Further calls are refused."""
        self._transport.close()
        if self._on_close is not None:
            self._on_close()
            self._on_close = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"<Project at {self.url}: {self.calls!r}>"

    def _repr_html_(self) -> str:
        return (
            f"<b>Voucherify project</b> at <code>{html.escape(self.url)}</code><br>"
            f"{html.escape(repr(self.calls))}"
        )

    def _open_journal(self) -> Journal:
        """The journal, opened anew: SQLite ties a connection to the thread that made it."""
        credentials = self._transport.credentials
        return Journal(self._journal_path, site=f"{credentials.url} {credentials.app_id}")

    # -- fetching ------------------------------------------------------------------------------

    def fetch_customers(
        self,
        *,
        email: str | None = None,
        city: str | None = None,
        name: str | None = None,
        segment: str | None = None,
        created_after: Moment | None = None,
        created_before: Moment | None = None,
        updated_after: Moment | None = None,
        updated_before: Moment | None = None,
        order: str = "created_at",
        limit: int | None = None,
        progress: bool | None = None,
    ) -> pd.DataFrame:
        """Customers as a DataFrame, each exactly once.

        One row per customer, indexed by `customer_id`. Columns are the API's names, nested ones
        with dots; those of the fixed schema are always there, with the same dtypes, for no rows
        too. Amounts are in hundredths of the currency unit, times in UTC.

        Args:
            email: Only customers with this address.
            city: Only customers who live there.
            name: Only customers of this name.
            segment: Only members of this segment: its id, or its name if no other has the same.
            created_after: Only those created at this time or later.
            created_before: Only those created before this time.
            updated_after: Only those last updated at this time or later.
            updated_before: Only those last updated before this time.
            order: Order of the rows: `created_at`, `updated_at` or `source_id`, with `-` in front
                for descending. Equal ones go by `customer_id`; those without a value come last.
            limit: At most so many rows, the first ones in `order`; None is all.
            progress: None shows a bar where one can be seen; False is silent.

        Returns:
            The customers. See the README for the columns.

        Raises:
            ArgumentError: An argument cannot be; nothing was sent.
            AuthError: The credentials are wrong, or lack the right.
            FetchInterrupted: The kernel was interrupted; `partial` holds the rows so far.
            TieGroupError: More customers share a millisecond than the API can list.
            VfyNotebookError: Anything else; `partial` holds the rows so far.

        Warns:
            IncompleteListingWarning: The number read is not the number that the API counts.

        Cost in API calls: a page of 100 rows each, and one or two more; customers created in the
        same millisecond at the edge of a page make pages overlap. A segment given by name costs
        one more. `limit` up to 100: one call. A higher `limit` saves calls only for orders by
        `created_at`; the others read all first.

        Source: https://docs.voucherify.io/api-reference/customers/list-customers
        """
        check_order(order)
        check_limit(limit)
        filters = CustomerFilters(
            email=email,
            city=city,
            name=name,
            segment_id=segment,
            created_after=created_after,
            created_before=created_before,
            updated_after=updated_after,
            updated_before=updated_before,
        )
        return fetch_customers(
            self._api, filters.query(), order=order, limit=limit, progress=progress
        )

    def fetch_consents(self) -> pd.DataFrame:
        """The consents that this project asks its customers for.

        Not what customers have answered: there is no call that reads it.

        Returns:
            One row per consent, indexed by `consent_id`: `name`, `description`, `category`,
            `group` (the groups' names, joined by commas), `created_at`, `updated_at`.

        Raises:
            NotFoundError: The project has no consents; many do not.

        Cost in API calls: one.
        """
        return consents_frame(fetch_consent_book(self._api))

    # -- one customer --------------------------------------------------------------------------

    def get_customer(self, ref: str) -> dict[str, Any]:
        """One customer, as the API shows it.

        Args:
            ref: The customer's id or source_id, in any script, with any signs.

        Raises:
            NotFoundError: There is no such customer.
            ArgumentError: The reference is empty or no text.

        Cost in API calls: one.

        Source: https://docs.voucherify.io/api-reference/customers/get-customer
        """
        return single.get_customer(self._api, ref)

    def create_customer(self, **fields: Any) -> single.SavedCustomer:
        """Create a customer, or update the one that has this `source_id` (or `id`).

        Metadata keys and parts of the address that an existing customer has and that are not
        given stay.

        Args:
            **fields: `source_id`, `name`, `description`, `email`, `phone`, `birthdate` (a date or
                `YYYY-MM-DD`), `address` (a dict), `metadata` (a dict). None is sent as null.

        Returns:
            `.customer`, as the API shows it now; `.created`, False where a customer with this
            name existed already and was updated; `.before`, how that one looked.

        Raises:
            ArgumentError: A field cannot be written; nothing was sent.
            ApiError: The API refused it, such as metadata that breaks the schema.

        Cost in API calls: one without a `source_id` or `id`; else two, because only reading first
        tells a new customer from an old one (three with both).

        Source: https://docs.voucherify.io/api-reference/customers/create-customer
        """
        return single.create_customer(self._api, fields)

    def update_customer(self, ref: str, **fields: Any) -> dict[str, Any]:
        """Change one customer's fields; everything that is not given stays as it is.

        For more than a few customers `plan_push` needs far fewer calls.

        Args:
            ref: The customer's id or source_id.
            **fields: As for `create_customer`, without `id` and `source_id`.

        Returns:
            The customer, as the API shows it now.

        Raises:
            NotFoundError: There is no such customer.
            ArgumentError: A field cannot be written; nothing was sent.
            ApiError: The API refused it, such as metadata that breaks the schema.

        Cost in API calls: one; two with `metadata` or `address`, whose other keys are read first
        and sent along, because the API does not say whether it would keep them.

        Source: https://docs.voucherify.io/api-reference/customers/update-customer
        """
        return single.update_customer(self._api, ref, fields)

    def delete_customer(self, ref: str) -> None:
        """Delete one customer. There is no undo and no trash bin.

        An answer that is lost and then followed by a 404 counts as done.

        Args:
            ref: The customer's id or source_id.

        Raises:
            NotFoundError: There was no such customer to begin with.

        Cost in API calls: one.

        Source: https://docs.voucherify.io/api-reference/customers/delete-customer
        """
        deletion.delete_customer(self._api, ref)

    def delete_customer_permanently(self, ref: str) -> dict[str, Any] | None:
        """Delete one customer with every event, order and place in a segment; nothing comes back.

        What this package keeps about the customer on this computer (the push journal, the log of
        consents) goes too, also where Voucherify does not know the customer any more.

        Args:
            ref: The customer's id or source_id.

        Returns:
            Voucherify's receipt, whose `data_json` counts what was removed. None where the answer
            was lost and the customer is gone.

        Raises:
            NotFoundError: There was no such customer to begin with.
            JournalError: The journal cannot be used (then nothing was sent), or could not be
                rewritten (then the customer is gone from Voucherify only).

        Cost in API calls: two; the first reads the customer's other name, by which traces on this
        computer are found.

        Source: https://docs.voucherify.io/api-reference/customers/delete-customer-permanently
        """
        return deletion.delete_customer_permanently(self._api, self._open_journal, ref)

    def update_consents(self, ref: str, consents: Mapping[str, bool]) -> None:
        """Give (True) or withdraw (False) consents of one customer.

        What is sent is remembered on this computer, see `last_sent_consents`.

        Args:
            ref: The customer's id or source_id.
            consents: Consent id → True or False; `{"unsubscribed": True}` withdraws all.

        Raises:
            NotFoundError: There is no such customer, or the project has no consents; the message
                says which.
            ArgumentError: There is nothing to send, or something that is neither True nor False.

        Cost in API calls: one.
        """
        send_consents.update_consents(self._api, self._open_journal, ref, consents)

    # -- many customers, one by one ------------------------------------------------------------

    def push_consents(
        self, frame: pd.DataFrame, *, progress: Shown = None
    ) -> send_consents.ConsentReport:
        """Give and withdraw consents, customer by customer.

        What is sent is remembered on this computer, see `last_sent_consents`.

        Args:
            frame: Index: customers by id or source_id, each once. One boolean column per consent
                id: True gives, False withdraws, missing leaves alone. The column `unsubscribed`
                takes True, which withdraws everything, or missing.
            progress: None shows a bar where one can be seen; False is silent.

        Returns:
            The report: `.rows` (`customer, outcome, reason, sent`), one per row of the frame.
            A customer's failure is a row of it, not an error.

        Raises:
            NotFoundError: The project has no consents; many do not.
            ArgumentError: A column is no consent, or a cell is no flag; nothing was sent.
            RunInterrupted: The kernel was interrupted; `report` tells each customer's fate.

        Cost in API calls: one, and one for each customer with a cell that is not missing.
        """
        return send_consents.push_consents(self._api, self._open_journal, frame, progress=progress)

    def last_sent_consents(self, customers: pd.DataFrame) -> pd.DataFrame:
        """What this computer last sent for customers' consents; no call tells what they have now.

        Others (the dashboard, shops, colleagues) may have changed them since. Entries are kept
        for 30 days, and removed with a customer that is deleted permanently.

        Args:
            customers: A DataFrame indexed by `customer_id`; with a column `source_id`, what was
                sent under that name is found too.

        Returns:
            One row per customer and consent: `customer_id`, `consent_id`, `given`, `sent_at`
            (UTC). No rows where nothing was sent from here.

        Cost in API calls: none.
        """
        with self._open_journal() as journal:
            return sent_frame(send_consents.last_sent(journal, people_of(customers)))

    def plan_deletion(
        self,
        customers: pd.DataFrame | pd.Index[Any] | Iterable[str],
        *,
        permanent: bool = False,
        progress: Shown = None,
    ) -> deletion.DeletionPlan:
        """Plan to delete customers: shows whom and what goes with them; nothing is deleted yet.

        Args:
            customers: A DataFrame indexed by `customer_id`, or ids and source_ids, which are
                looked up. Who is named twice is planned once.
            permanent: Whether events, orders and places in segments go too, and everything that
                this computer keeps about them.
            progress: None shows a bar where one can be seen; False is silent.

        Returns:
            The plan; `plan.delete(confirm=N)` runs it, N being the number of customers planned.

        Raises:
            ArgumentError: Something given names no customer.

        Cost in API calls: none for a DataFrame (for a permanent deletion: with the column
        `source_id`); else one per customer to look it up. `delete` costs one per customer.
        """
        return deletion.plan_deletion(
            self._api, self._open_journal, customers, permanent=permanent, progress=progress
        )
