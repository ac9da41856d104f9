"""Deleting customers, one or many."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from vfy_notebook.customers.deletion.planning import plan_cut_off_deletions, plan_deletion
from vfy_notebook.customers.deletion.receipts import receipts_frame
from vfy_notebook.customers.deletion.single import delete_customer, delete_customer_permanently
from vfy_notebook.project.base import ProjectBase

if TYPE_CHECKING:
    from collections.abc import Iterable

    import pandas as pd

    from vfy_notebook.customers.deletion.plan import DeletionPlan
    from vfy_notebook.progress import Shown

__all__ = ["DeletionMethods"]


class DeletionMethods(ProjectBase):
    """Methods that delete customers, and show the receipts."""

    def delete_customer(self, ref: str) -> None:
        """Delete one customer. There is no undo and no trash bin.

        If the API's answer is lost and the retry gets a 404, the customer counts as deleted.

        Args:
            ref: The customer's id or source_id.

        Raises:
            NotFoundError: There is no such customer.

        How long it may take: its calls, each of which has an end (see `Project`).

        Cost in API calls: one.

        Source: https://docs.voucherify.io/api-reference/customers/delete-customer

        >>> project.delete_customer("crm-00003")
        >>> project.get_customer("crm-00003")  # doctest: +ELLIPSIS
        Traceback (most recent call last):
        vfy_notebook.errors.NotFoundError: ...
        """
        delete_customer(self._api, ref)

    def delete_customer_permanently(self, ref: str) -> dict[str, Any] | None:
        """Delete one customer with all its events, orders and memberships. There is no undo.

        What this package keeps about the customer on this computer (in the push journal and the
        log of consents) is deleted too, under whatever key or address of the project, even if
        Voucherify does not know the customer any more. Files stay: of those that
        `save_customers` and `to_excel` have written here, a warning names the ones that hold the
        customer; notebooks and copies made by other means are yours to look through.

        Args:
            ref: The customer's id or source_id.

        Returns:
            Voucherify's receipt; its `data_json` counts what was removed. None if the answer was
            lost but the customer is gone.

        Raises:
            NotFoundError: There is no such customer.
            JournalError: The journal cannot be used; nothing was sent. Or it could not be
                rewritten, for example while another program reads it; then the customer is
                deleted at Voucherify only.

        Warns:
            VfyNotebookWarning: Files that this toolkit has written still hold the customer.

        How long it may take: its calls, each of which has an end (see `Project`), and half a minute
        where another program holds the journal.

        Cost in API calls: two; the first one reads both ids of the customer, because the data on
        this computer may be under either.

        Source: https://docs.voucherify.io/api-reference/customers/delete-customer-permanently

        >>> receipt = project.delete_customer_permanently("crm-00003")
        >>> receipt["status"], receipt["data_json"]["orders"]
        ('DONE', 1)
        """
        return delete_customer_permanently(self._api, self._open_journal, ref)

    def plan_deletion(
        self,
        customers: pd.DataFrame | pd.Index[Any] | Iterable[str],
        *,
        permanent: bool = False,
        progress: Shown = None,
    ) -> DeletionPlan:
        """Plan to delete customers: shows who and what would be deleted, and deletes nothing yet.

        Args:
            customers: A DataFrame with `customer_id` or `source_id` in the index or a column, or
                ids and source_ids, which are looked up. A customer that is named twice is planned
                once. Rows of a frame that hold nothing but missing cells, as `frame.where` leaves
                them, are no customers. A column that is named after deleting, such as `delete` or
                `to_remove`, chooses the rows that say yes in it (True, 1, yes).
            permanent: Also delete their events, orders and memberships, and everything that this
                computer keeps about them.
            progress: None shows a bar where one can be seen; False is silent.

        Returns:
            The plan. `plan.delete(confirm=N)` runs it; N is the number of customers in the plan.

        Raises:
            ArgumentError: `customers` holds something that is not an id, or nobody; or it has a
                column of flags of which it cannot be told whether it chooses.

        How long it may take: its calls, each of which has an end (see `Project`).

        Cost in API calls: none for a DataFrame with ids that tells who they are; for a permanent
        deletion it needs the column `source_id` too. Otherwise one per customer to look it up.
        `delete` takes one per customer.

        Sources: https://docs.voucherify.io/api-reference/customers/delete-customer and
        https://docs.voucherify.io/api-reference/customers/delete-customer-permanently

        >>> customers = project.fetch_customers()
        >>> plan = project.plan_deletion(customers.query("`metadata.test` == True"))
        >>> len(plan)
        12
        >>> plan.delete(confirm=12)
        <Deletion: 12 deleted.>
        """
        return plan_deletion(
            self._api, self._open_journal, customers, permanent=permanent, progress=progress
        )

    def plan_cut_off_deletions(self, *, permanent: bool = False) -> DeletionPlan:
        """Plan the customers that a crash or an interrupt has left of earlier deletions.

        The journal on this computer knows them. A customer that was deleted after all will be
        `gone`; of permanent deletions, what this computer keeps goes then, too.

        Args:
            permanent: Whether those of permanent deletions are meant, or those of others.

        Returns:
            The plan, as of `plan_deletion`; with no customers if nothing was cut off.

        Raises:
            JournalError: The journal cannot be read, or is damaged.

        How long it may take: half a minute, where another program holds the journal.

        Cost in API calls: none; `delete` takes one per customer.

        Sources: https://docs.voucherify.io/api-reference/customers/delete-customer and
        https://docs.voucherify.io/api-reference/customers/delete-customer-permanently

        >>> len(project.plan_cut_off_deletions())
        0
        """
        return plan_cut_off_deletions(self._api, self._open_journal, permanent=permanent)

    def deletion_receipts(self, customer_id: str | None = None) -> pd.DataFrame:
        """The receipts of permanent deletions made on this computer, oldest first.

        Nothing of the customers is kept: a receipt is found by the customer's id, if you know it.

        Args:
            customer_id: Whose; None: all.

        Returns:
            One row per receipt: `receipt_id`, `created_at`, `status`, and a column for each kind of
            thing that was removed, with its count.

        Raises:
            JournalError: The journal cannot be read, or is damaged.

        How long it may take: half a minute, where another program holds the journal.

        Cost in API calls: none.

        >>> receipt = project.delete_customer_permanently("crm-00003")
        >>> kept = project.deletion_receipts(receipt["related_object_id"])
        >>> kept["receipt_id"].to_list() == [receipt["id"]], kept["orders"].to_list()
        (True, [1])
        """
        with self._open_journal() as journal:
            return receipts_frame(journal.receipts(customer_id))
