"""A project of Voucherify: every verb of the toolkit hangs here."""

from __future__ import annotations

import html
from typing import TYPE_CHECKING, Self

from vfy_notebook.api.operations import Api
from vfy_notebook.fetch.customers import (
    CustomerFilters,
    check_limit,
    check_order,
    fetch_customers,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path
    from types import TracebackType

    import pandas as pd

    from vfy_notebook.api.calls import Calls
    from vfy_notebook.api.transport import Transport
    from vfy_notebook.frames.times import Moment

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
