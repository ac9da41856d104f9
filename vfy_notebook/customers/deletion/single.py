"""Deletes one customer."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any

from vfy_notebook.customers.deletion.left_behind import copies_with, in_words
from vfy_notebook.customers.lookup import is_gone, is_missing
from vfy_notebook.customers.single import get_customer, no_such_customer
from vfy_notebook.errors import (
    JournalError,
    NotFoundError,
    VfyNotebookError,
    VfyNotebookWarning,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from vfy_notebook.api.operations import Api
    from vfy_notebook.customers.consents import OpenJournal


def delete_customer(api: Api, ref: str) -> None:
    """Delete one customer.

    Raises:
        NotFoundError: There is none.
    """
    try:
        api.delete_customer(ref)
    except NotFoundError as error:
        raise no_such_customer(ref, error) from None
    except VfyNotebookError as error:
        if not is_gone(api, ref, error):
            raise


def delete_permanently(api: Api, customer_id: str) -> dict[str, Any] | None:
    """The receipt; None where it was lost and the customer is gone."""
    try:
        return api.delete_customer_permanently(customer_id)
    except NotFoundError:
        raise
    except VfyNotebookError as error:
        if not is_gone(api, customer_id, error):
            raise
        return None


def delete_customer_permanently(
    api: Api, open_journal: OpenJournal, ref: str
) -> dict[str, Any] | None:
    """Delete one customer with all its data, on this computer too; returns the receipt.

    Raises:
        NotFoundError: There is none.
    """
    with open_journal() as journal:
        try:
            customer = get_customer(api, ref)
        except NotFoundError:
            journal.forget_customer(ref, ref)
            _warn_of_copies([ref])
            raise
        try:
            receipt = delete_permanently(api, customer["id"])
        except NotFoundError:
            # It was there a moment ago.
            if not is_missing(api, customer["id"]):
                raise
            receipt = None
        try:
            if receipt is not None:
                journal.keep_receipt(customer["id"], receipt)
            # What is kept on this computer goes by both names.
            journal.forget_customer(customer["id"], customer.get("source_id"))
        except JournalError as error:
            raise _still_kept(customer["id"], receipt, error) from error
    _warn_of_copies([customer["id"], customer.get("source_id")])
    return receipt


def _still_kept(
    customer_id: str, receipt: Mapping[str, Any] | None, error: JournalError
) -> JournalError:
    """The customer is deleted for ever, and what this computer keeps of it is still there."""
    by = "" if receipt is None else f" (receipt {receipt.get('id')})"
    told = JournalError(
        f"Customer {customer_id} is deleted{by}, but what this computer keeps of it is not: "
        f"{error} Then project.delete_customer_permanently({customer_id!r}) removes it; it raises "
        "NotFoundError, as the customer is gone."
    )
    told.may_have_run = True
    return told


def _warn_of_copies(names: list[str | None]) -> None:
    copies = copies_with(names)
    if copies:
        warnings.warn(in_words(copies).strip(), VfyNotebookWarning, stacklevel=4)
