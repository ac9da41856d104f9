"""One customer at a time."""

from __future__ import annotations

from typing import Any

from vfy_notebook.customers import single
from vfy_notebook.project.base import ProjectBase

__all__ = ["SingleCustomerMethods"]


class SingleCustomerMethods(ProjectBase):
    """Methods that read, create and update one customer."""

    def get_customer(self, ref: str) -> dict[str, Any]:
        """One customer, as the API shows it.

        Args:
            ref: The customer's id or source_id; any characters are allowed.

        Returns:
            The API's own dict, nested as it comes: `id`, `source_id`, `name`, `address`,
            `metadata`, `summary`, … Amounts are in hundredths of the currency unit, times are
            texts in UTC.

        Raises:
            NotFoundError: There is no such customer.
            ArgumentError: `ref` is empty or not a text.

        How long it may take: its calls, each of which has an end (see `Project`).

        Cost in API calls: one.

        Source: https://docs.voucherify.io/api-reference/customers/get-customer

        >>> project.get_customer("crm-00002")["metadata"]["tier"]
        'bronze'
        """
        return single.get_customer(self._api, ref)

    def create_customer(self, **fields: Any) -> single.SavedCustomer:
        """Create a customer, or update the one that has this `source_id` (or `id`).

        An existing customer keeps the metadata keys and parts of the address that you do not
        give.

        Args:
            **fields: `source_id`, `name`, `description`, `email`, `phone`, `birthdate` (a date or
                `YYYY-MM-DD`), `address` (a dict), `metadata` (a dict). None is sent as null.

        Returns:
            `.customer`, as the API shows it now; `.created`, False if a customer with this
            `source_id` or `id` existed and was updated; `.before`, that customer before the
            update.

        Raises:
            ArgumentError: A field cannot be written; nothing was sent.
            ApiError: The API refused the customer, for example because its metadata breaks the
                schema.

        How long it may take: its calls, each of which has an end (see `Project`).

        Cost in API calls: one without a `source_id` or `id`; two with one of them, because only a
        read tells whether the customer is new; three with both.

        Source: https://docs.voucherify.io/api-reference/customers/create-customer

        >>> made = project.create_customer(source_id="crm-9", name="Ada", metadata={"tier": "gold"})
        >>> made.created, project.get_customer("crm-9")["name"]
        (True, 'Ada')
        """
        return single.create_customer(self._api, fields)

    def update_customer(self, ref: str, **fields: Any) -> dict[str, Any]:
        """Change some fields of one customer; the other fields stay as they are.

        For more than a few customers, `plan_push` takes far fewer calls.

        Args:
            ref: The customer's id or source_id.
            **fields: As for `create_customer`, without `id` and `source_id`.

        Returns:
            The customer, as the API shows it now.

        Raises:
            NotFoundError: There is no such customer.
            ArgumentError: A field cannot be written; nothing was sent.
            ApiError: The API refused the change, for example because the metadata breaks the
                schema.

        How long it may take: its calls, each of which has an end (see `Project`).

        Cost in API calls: one; two with `metadata` or `address`: their other keys are read first
        and sent along, because it is not documented whether the API keeps them.

        Source: https://docs.voucherify.io/api-reference/customers/update-customer

        >>> customer = project.update_customer("crm-00002", metadata={"tier": "gold"})
        >>> customer["metadata"]["tier"], customer["metadata"]["language"]
        ('gold', 'uk')
        """
        return single.update_customer(self._api, ref, fields)
