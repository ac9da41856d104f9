"""What all methods of a project work with: its connection, journal and snapshots."""

from __future__ import annotations

import html
from typing import TYPE_CHECKING, Self

from vfy_notebook.api.keys.addresses import same_address
from vfy_notebook.api.operations import Api
from vfy_notebook.api.staying import StaysInProcess
from vfy_notebook.journal.journal import Journal
from vfy_notebook.push.planner import PushPlanner
from vfy_notebook.snapshots.store import PROCESS_STORE, site_key

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from vfy_notebook.api.calls import Calls
    from vfy_notebook.api.transport import Transport

__all__ = ["ProjectBase"]


class ProjectBase(StaysInProcess):
    """An open connection to one project, and what is kept of the project on this computer."""

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
        self._snapshots = PROCESS_STORE.open(site_key(self._site), self)

    @property
    def url(self) -> str:
        """The API's address.

        >>> project.url  # doctest: +ELLIPSIS
        'http://127.0.0.1:...'
        """
        return self._transport.credentials.url

    @property
    def calls(self) -> Calls:
        """The number of API calls made so far, by operation, and the quota that is left.

        >>> customers = project.fetch_customers(limit=100)
        >>> project.calls.total, project.calls.by_operation
        (1, {'list_customers': 1})
        """
        return self._transport.calls

    def close(self) -> None:
        """Close all connections, and end the sandbox if this is a demo. Later calls raise.

        >>> project.close()
        >>> project.fetch_segments()  # doctest: +ELLIPSIS
        Traceback (most recent call last):
        vfy_notebook.errors.ConnectError: ...
        """
        self._transport.close()
        self._snapshots.close(self)
        if self._on_close is not None:
            self._on_close()
            self._on_close = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"<Project at {self.url}: {self.calls!r}>"

    def _repr_html_(self) -> str:
        return (
            f"<b>Voucherify project</b> at <code>{html.escape(self.url)}</code><br>"
            f"{html.escape(repr(self.calls))}"
        )

    def _open_journal(self) -> Journal:
        """A new connection to the journal: SQLite allows each to one thread only."""
        return Journal(
            self._journal_path,
            site=self._site,
            marks=self._api.marks,
            server_ms=lambda: self._transport.server_time_ms,
            also_forget=self._snapshots.forget,
        )

    @property
    def _site(self) -> str:
        """What tells this project from others."""
        credentials = self._transport.credentials
        return f"{same_address(credentials.url)} {credentials.app_id}"

    @property
    def _push_planner(self) -> PushPlanner:
        return PushPlanner(self._api, self._open_journal, self._snapshots, self._workers)
