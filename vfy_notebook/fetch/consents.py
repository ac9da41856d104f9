"""Reads the consents that a project has defined."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vfy_notebook.errors import NotFoundError

if TYPE_CHECKING:
    from vfy_notebook.api.models import ConsentBook
    from vfy_notebook.api.operations import Api


def fetch_consent_book(api: Api) -> ConsentBook:
    """All consents and groups, in one call.

    Raises:
        NotFoundError: The project does not have consents.
    """
    try:
        return api.list_consents()
    except NotFoundError as error:
        raise without_consents(error) from None


def without_consents(error: NotFoundError) -> NotFoundError:
    """The error for a 404 of the consents' address: the project has no consents."""
    message = (
        "This Voucherify project has no consents (404): the feature was taken out of the public "
        "API in September 2024, and only projects that had it still answer. Nothing was sent. "
        "Keep consents as metadata instead, or ask Voucherify's support."
    )
    return error.saying(message)
