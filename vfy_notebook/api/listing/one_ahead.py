"""Reads pages one after the other, the next one asked for before the last one is used."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from vfy_notebook.api.models import CustomerPage
    from vfy_notebook.api.operations import Api
    from vfy_notebook.api.pages import PageRequest
    from vfy_notebook.api.transport import SentAhead


class OneAhead:
    """The pages of one reader. To be closed: an answer on its way would keep a connection.

    Args:
        api: The API.
        filters: The listing's filters.
    """

    def __init__(self, api: Api, filters: Mapping[str, str]) -> None:
        self._api = api
        self._filters = filters
        self._sent: SentAhead | None = None

    def ask(self, request: PageRequest) -> None:
        """Ask for the page that is going to be read next, so that the server works meanwhile.

        Only for a page that is read for sure: it costs the call that reading it would cost.
        """
        self._sent = self._api.ask_ahead(self._filters, request)

    def read(self, request: PageRequest) -> CustomerPage:
        """A page; the one that was asked for, if one was."""
        sent, self._sent = self._sent, None
        if sent is None:
            return self._api.list_customers(self._filters, request)
        return self._api.list_customers(self._filters, request, ahead=sent)

    def close(self) -> None:
        """Give up what is on its way."""
        sent, self._sent = self._sent, None
        if sent is not None:
            sent.drop()
