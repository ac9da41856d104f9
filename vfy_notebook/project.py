"""A Voucherify project: one method for each task of the toolkit."""

from __future__ import annotations

import html
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Self

from vfy_notebook.api.keys.addresses import same_address
from vfy_notebook.api.operations import Api
from vfy_notebook.api.staying import StaysInProcess
from vfy_notebook.customers import consents as send_consents
from vfy_notebook.customers import deletion, single
from vfy_notebook.customers.csv_import import import_csv
from vfy_notebook.fetch.consents import fetch_consent_book
from vfy_notebook.fetch.customers import (
    check_limit,
    check_order,
    check_route,
    fetch_customers,
)
from vfy_notebook.fetch.filters import CustomerFilters, with_filters_documented
from vfy_notebook.fetch.history.activity import fetch_activity
from vfy_notebook.fetch.history.exports import ORDER_HISTORY, REDEMPTION_HISTORY
from vfy_notebook.fetch.history.fetching import fetch_history
from vfy_notebook.fetch.history.query import orders_query, redemptions_query
from vfy_notebook.fetch.marks import known_from_ms
from vfy_notebook.fetch.memberships.customer_segments import fetch_customer_segments
from vfy_notebook.fetch.memberships.fetching import MembershipRequest, check_via, fetch_memberships
from vfy_notebook.fetch.partial import only_our_errors
from vfy_notebook.fetch.saving.copying import SavedParts
from vfy_notebook.fetch.saving.customers import save_customers
from vfy_notebook.fetch.saving.history import save_orders, save_redemptions
from vfy_notebook.fetch.saving.memberships import save_memberships
from vfy_notebook.fetch.segments import fetch_segments, segment_id_of, wanted_segments
from vfy_notebook.frames.consents import consents_frame, sent_frame
from vfy_notebook.frames.identities.identities import identities_of
from vfy_notebook.frames.metadata.defined import metadata_schema_frame
from vfy_notebook.frames.metadata.rest import bare_keys
from vfy_notebook.frames.segments.memberships import customer_ids
from vfy_notebook.frames.segments.segments import customer_segments_frame, segments_frame
from vfy_notebook.journal.journal import Journal
from vfy_notebook.push.comparing.request import PlanRequest, names_in
from vfy_notebook.push.planner import PushPlanner
from vfy_notebook.segments.deletion import delete_segment
from vfy_notebook.segments.order import SegmentRequest
from vfy_notebook.segments.planner import SegmentPlanner
from vfy_notebook.snapshots.store import PROCESS_STORE, site_key

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from pathlib import Path
    from types import TracebackType

    import pandas as pd

    from vfy_notebook.api.calls import Calls
    from vfy_notebook.api.transport import Transport
    from vfy_notebook.forms.customers.consent_form import ConsentForm
    from vfy_notebook.forms.customers.deletion_form import DeletionForm
    from vfy_notebook.forms.editing.edit_form import EditForm
    from vfy_notebook.forms.segments.segment_form import SegmentForm
    from vfy_notebook.frames.times import Moment
    from vfy_notebook.progress import Shown
    from vfy_notebook.push.plan import PushPlan, PushReport
    from vfy_notebook.segments.plan import SegmentPlan

__all__ = ["Project"]


class Project(StaysInProcess):
    """A connection to one Voucherify project.

    Made by `vfy.connect()` or `vfy.demo()`. Making it sends no request. It is also a context
    manager that closes itself. It cannot be pickled: keys stay in their process. In the examples,
    `project` is the demo.

    >>> with vfy.demo(customers=3) as project:
    ...     names = project.fetch_customers()["name"]
    >>> len(names)
    3
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
        self._snapshots = PROCESS_STORE.open(site_key(self._site), self)

    # -- the connection ------------------------------------------------------------------------

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
        """A new connection to the journal: SQLite allows each to one thread only."""
        return Journal(
            self._journal_path,
            site=self._site,
            server_ms=lambda: self._transport.server_time_ms,
            also_forget=self._snapshots.forget,
        )

    @property
    def _site(self) -> str:
        """What tells this project from others."""
        credentials = self._transport.credentials
        return f"{same_address(credentials.url)} {credentials.app_id}"

    # -- fetching ------------------------------------------------------------------------------

    @with_filters_documented
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
        via: str = "list",
        metadata_keys: Iterable[str] = (),
        progress: Shown = None,
    ) -> pd.DataFrame:
        """Customers as a DataFrame, each exactly once.

        One row per customer, indexed by `customer_id`. Columns have the API's names; nested
        fields are written with dots. The columns of the fixed schema are always present with the
        same dtypes, even without rows. Amounts are in hundredths of the currency unit, times are
        in UTC.

        Args:
            {filters}
            order: Order of the rows: `created_at`, `updated_at` or `source_id`, with `-` in front
                for descending. Equal values are sorted by `customer_id`; missing values come
                last.
            limit: The maximum number of rows: the first ones in `order`. None: all. If several
                customers have the same value at the limit, the API chooses among them.
            via: `"list"` reads page by page; a large listing, with no filters or with those by
                creation only, is read by several workers at once. `"export"` lets Voucherify
                write a file: few calls, but a wait, and less data. An export cannot filter by
                `segment`, has only the metadata keys of the project's metadata schema, does not
                tell empty texts from missing ones (both are NA), has lists and objects only where
                they are JSON, and NA in the columns `summary.redemptions.gift.*`,
                `summary.redemptions.loyalty_card.*`, `loyalty.campaigns`, `referrals.*` and
                `system_metadata`.
            metadata_keys: Metadata keys that have a column of their own however few customers
                have them. Beyond 1,000 keys the others do not, unless they are in the metadata
                schema: the rarest stand together, as one JSON object a customer, in the column
                `metadata_rest`, which cannot be edited; for an edit, give a key a column.
            progress: None shows a bar where one can be seen; False is silent.

        Returns:
            The customers. See the README for the columns.

        Raises:
            ArgumentError: An argument is not valid; nothing was sent. Or no segment has this
                name, or several have it; only the segments were read.
            NotFoundError: No segment has this id.
            AuthError: The credentials are wrong or lack a permission.
            FetchInterrupted: The kernel was interrupted; `partial` holds the rows so far.
            TieGroupError: More customers share a millisecond than the API can list.
            VfyNotebookError: Anything else; `partial` holds the rows so far.

        Warns:
            IncompleteListingWarning: The number read is not the number that the API counts, or
                customers without a readable id were left out; the warning names them. Or a
                segment lists nobody, but a customer is in it.
            VfyNotebookWarning: The listing takes more calls than the quota last seen has left, or
                an export lacks columns or names customers twice. Or there is a column
                `metadata_rest`. Or values are not of the kind that their columns hold, such as a
                phone that came as a number: they show as NA, are remembered as the API told them,
                and nothing is sent back from such an NA.

        How long it may take: each call ends within three minutes without an answer, within two
        minutes of retries, and after `max_wait_s` of waiting for the quota (see `connect`); an
        export is waited for an hour, and its download ends within two hours.

        Cost in API calls: by listing, one for each 100 customers, plus one or two; a few more if
        customers at the end of a page were created in the same millisecond, because then the pages
        overlap. One more, for the metadata schema, beyond 1,000 metadata keys. From 5,000 customers
        on, up to 4 more for each worker. By export, 5 or 6 for any number of customers, plus one
        for every two minutes that it takes. A segment given by name costs one more, and a segment
        that lists nobody two. `limit` up to 100: one call, or two if customers that were never
        updated come first; ordered by `source_id`, all customers are read if some of the first ones
        have none. A higher `limit` saves calls only when ordered by `created_at`; the other orders
        read all customers first.

        Source: https://docs.voucherify.io/api-reference/customers/list-customers and
        https://docs.voucherify.io/api-reference/exports/create-export

        >>> found = project.fetch_customers(city="Łódź", created_after="2025-02-01")
        >>> len(found), project.calls.total
        (60, 1)
        """
        check_order(order)
        check_limit(limit)
        check_route(via, segment=segment)
        keys = bare_keys(names_in("metadata_keys", metadata_keys))
        filters = CustomerFilters(
            email=email,
            city=city,
            name=name,
            created_after=created_after,
            created_before=created_before,
            updated_after=updated_after,
            updated_before=updated_before,
        )
        query = filters.query()
        if segment is not None:
            query = replace(query, segment_id=segment_id_of(self._api, segment))
        began_s = self._transport.clock.monotonic()
        frame = fetch_customers(
            self._api,
            query,
            order=order,
            limit=limit,
            via=via,
            metadata_keys=keys,
            workers=self._workers,
            progress=progress,
        )
        self._snapshots.remember(
            frame,
            is_whole=via != "export",
            read_from_ms=known_from_ms(self._transport, began_s),
        )
        return frame

    def save_orders(
        self,
        path: str | Path,
        *,
        created_after: Moment | None = None,
        created_before: Moment | None = None,
        updated_after: Moment | None = None,
        updated_before: Moment | None = None,
        status: str | Iterable[str] | None = None,
        replace_existing: bool = False,
        progress: Shown = None,
    ) -> SavedParts:
        """Save orders as Parquet parts, in bounded memory; read as `save_customers` says.

        An export cannot be continued: after an interrupt, an error or a crash the same call
        begins it anew.

        Args:
            path: The folder for the parts, as for `save_customers`.
            created_after: Only orders created at this time or later.
            created_before: Only orders created before this time.
            updated_after: Only orders last updated at this time or later.
            updated_before: Only orders last updated before this time.
            status: Only orders with this status, or with one of these.
            replace_existing: Overwrite a copy that one of these methods has made, finished or not.
            progress: None shows a bar where one can be seen; False is silent.

        Returns:
            `.path`, `.rows` and `.calls`. The columns are those of `fetch_orders`; metadata as
            `save_customers` saves it.

        Raises:
            ArgumentError: A filter is not valid, or the folder holds something else or a finished
                copy; nothing was sent.
            FolderError: The folder cannot be written to, or another process is saving to it.
            FetchInterrupted: The kernel was interrupted.
            VfyNotebookError: Anything else.

        Warns:
            IncompleteListingWarning: As `fetch_orders`.
            VfyNotebookWarning: As `fetch_orders`. Orders that the export names twice are twice in
                the parts.

        Cost in API calls: those of `fetch_orders`.

        Source: https://docs.voucherify.io/api-reference/exports/create-export

        >>> project.save_orders("orders/").rows
        6980
        >>> int(pd.read_parquet("orders/", columns=["total_amount"])["total_amount"].max())
        50697
        """
        query = orders_query(
            created_after=created_after,
            created_before=created_before,
            updated_after=updated_after,
            updated_before=updated_before,
            status=status,
        )
        return save_orders(self._api, query, path, replace=replace_existing, progress=progress)

    def save_redemptions(
        self,
        path: str | Path,
        *,
        created_after: Moment | None = None,
        created_before: Moment | None = None,
        result: str | None = None,
        campaign: str | None = None,
        replace_existing: bool = False,
        progress: Shown = None,
    ) -> SavedParts:
        """Save redemptions and rollbacks as Parquet parts, as `save_orders` saves orders.

        Args:
            path: The folder for the parts, as for `save_customers`.
            created_after: Only redemptions made at this time or later.
            created_before: Only redemptions made before this time.
            result: Only those that ended as `SUCCESS`, or as `FAILURE`.
            campaign: Only those of the campaign with this name.
            replace_existing: Overwrite a copy that one of these methods has made, finished or not.
            progress: None shows a bar where one can be seen; False is silent.

        Returns:
            `.path`, `.rows` and `.calls`. The columns are those of `fetch_redemptions`; metadata
            as `save_customers` saves it.

        Raises:
            ArgumentError: A filter is not valid, or the folder holds something else or a finished
                copy; nothing was sent.
            FolderError: The folder cannot be written to, or another process is saving to it.
            FetchInterrupted: The kernel was interrupted.
            VfyNotebookError: Anything else.

        Warns:
            IncompleteListingWarning: As `fetch_redemptions`.
            VfyNotebookWarning: As `fetch_redemptions`.

        Cost in API calls: those of `fetch_redemptions`.

        Source: https://docs.voucherify.io/api-reference/exports/create-export

        >>> project.save_redemptions("redemptions/", result="FAILURE").rows
        10
        """
        query = redemptions_query(
            created_after=created_after,
            created_before=created_before,
            result=result,
            campaign=campaign,
        )
        return save_redemptions(self._api, query, path, replace=replace_existing, progress=progress)

    def save_memberships(
        self,
        path: str | Path,
        *,
        segments: pd.DataFrame | Iterable[str] | None = None,
        replace_existing: bool = False,
        progress: Shown = None,
    ) -> SavedParts:
        """Save the members of segments as Parquet parts, one segment after the other.

        After an interrupt, an error or a crash, call it again with the same arguments: it goes on
        where it stopped, with the segments that there were when it began.

        Args:
            path: The folder for the parts, as for `save_customers`.
            segments: The segments, as for `fetch_memberships`. None: all.
            replace_existing: Overwrite a copy that one of these methods has made, finished or not.
            progress: None shows a bar where one can be seen; False is silent.

        Returns:
            `.path`, `.rows` and `.calls`. The columns are those of `fetch_memberships`, the rows
            are in the order of the segments; a segment without members may have no category.

        Raises:
            ArgumentError: The folder holds something else, or a finished copy; nothing was sent.
                Or no segment has a name that was given, or several have it.
            FolderError: The folder cannot be written to, or another process is saving to it.
            FetchInterrupted: The kernel was interrupted; what had arrived is in the folder.
            TieGroupError: More members share a millisecond than the API can list.
            VfyNotebookError: Anything else; what had arrived is in the folder.

        Warns:
            VfyNotebookWarning: A segment does not exist any more, and is left out.
            IncompleteListingWarning: The number of members read is not what the API counts. Or a
                passive segment lists nobody, but a customer is in it.

        Cost in API calls: those of `fetch_memberships(via="segments")`, and one more each time
        that it continues.

        Source: https://docs.voucherify.io/api-reference/customers/list-customers

        >>> project.save_memberships("memberships/", segments=["Gold tier"]).rows
        90
        >>> pd.read_parquet("memberships/")["segment"].value_counts().to_dict()
        {'Gold tier': 90}
        """
        return save_memberships(
            self._api, path, segments=segments, replace=replace_existing, progress=progress
        )

    @with_filters_documented
    def save_customers(
        self,
        path: str | Path,
        *,
        email: str | None = None,
        city: str | None = None,
        name: str | None = None,
        segment: str | None = None,
        created_after: Moment | None = None,
        created_before: Moment | None = None,
        updated_after: Moment | None = None,
        updated_before: Moment | None = None,
        via: str = "list",
        replace_existing: bool = False,
        progress: Shown = None,
    ) -> SavedParts:
        """Save customers as Parquet parts, written while they arrive, in bounded memory.

        After an interrupt, an error or a crash, call it again with the same arguments: a listing
        continues where it stopped, an export starts again. pandas, DuckDB, pyarrow and Dask read
        the folder with one schema for all parts; if the metadata schema changes between two
        runs, that of the first run is used. The folder keeps customers as they were when they
        were read; later changes and deletions at Voucherify do not reach it.

        Args:
            path: The folder for the parts; `~` is your home. It is made if it does not exist. It
                may hold nothing else, except names that begin with a dot or an underscore.
            {filters}
            via: `"list"` or `"export"`, as for `fetch_customers`.
            replace_existing: Overwrite a copy that this method has made, finished or not.
            progress: None shows a bar where one can be seen; False is silent.

        Returns:
            `.path`, `.rows` and `.calls`. `.calls` includes earlier runs; of a run that was
            killed, it counts the calls up to the last part that was written (a part holds 20,000
            customers, about 200 calls). The columns are those of `fetch_customers`, except for
            metadata: the column `metadata` holds all of it as JSON, and each key of the metadata
            schema also has a typed column, in which a value of another type is NA. Lists and
            objects are JSON.

        Raises:
            ArgumentError: The folder holds something else, or a finished copy; nothing was sent,
                except to look up a segment by name.
            FolderError: The folder cannot be written to, or another process is saving to it;
                nothing was sent. Or the disk is full; the parts written before are valid.
            FetchInterrupted: The kernel was interrupted; what had arrived is in the folder.
            VfyNotebookError: Anything else; what had arrived is in the folder.

        Warns:
            IncompleteListingWarning: The number read is not the number that the API counts, or
                customers without a readable id were left out.
            VfyNotebookWarning: The listing takes more calls than the quota last seen has left, or
                an export lacks columns or names customers twice, or values are not of the kind
                that their columns hold: they are NA in the parts.

        Cost in API calls: those of `fetch_customers`; by listing, one more for the metadata
        schema, and one more each time that it continues.

        Source: https://docs.voucherify.io/api-reference/customers/list-customers and
        https://docs.voucherify.io/api-reference/exports/create-export

        >>> project.save_customers("customers/").rows
        2357
        >>> pd.read_parquet("customers/", columns=["customer_id", "metadata.tier"]).shape
        (2357, 1)
        """
        check_route(via, segment=segment)
        query = CustomerFilters(
            email=email,
            city=city,
            name=name,
            created_after=created_after,
            created_before=created_before,
            updated_after=updated_after,
            updated_before=updated_before,
        ).query()
        return save_customers(
            self._api,
            query,
            path,
            segment=segment,
            via=via,
            replace=replace_existing,
            workers=self._workers,
            progress=progress,
        )

    def fetch_orders(
        self,
        *,
        created_after: Moment | None = None,
        created_before: Moment | None = None,
        updated_after: Moment | None = None,
        updated_before: Moment | None = None,
        status: str | Iterable[str] | None = None,
        progress: Shown = None,
    ) -> pd.DataFrame:
        """Orders as a DataFrame, each exactly once, by one export.

        An export has neither an order's line items nor its currency. **An imported order's
        `created_at` is the time of its import**: the true date has to be in a metadata column,
        which analyses take as `date`.

        Args:
            created_after: Only orders created at this time or later.
            created_before: Only orders created before this time.
            updated_after: Only orders last updated at this time or later; none that never were.
            updated_before: Only orders last updated before this time.
            status: Only orders with this status, or with one of these: `CREATED`, `PAID`,
                `CANCELED`, `FULFILLED`. `summary.orders` of a customer counts paid and fulfilled
                ones.
            progress: None shows a bar where one can be seen; False is silent.

        Returns:
            One row per order, oldest first, indexed by `order_id`: `source_id`, `status`,
            `customer_id`, `referrer_id` (`str`), `amount`, `discount_amount`,
            `items_discount_amount`, `total_discount_amount`, `total_amount` (`Int64`, in
            hundredths of the currency unit), `created_at`, `updated_at` (UTC), and a column
            `metadata.…` for each key of the orders' metadata schema that an order has. The first
            columns are always there.

        Raises:
            ArgumentError: A filter is not valid; nothing was sent.
            ResponseError: The export's file is no table of orders, or is cut short.
            FetchInterrupted: The kernel was interrupted; `partial` holds the rows so far.
            VfyNotebookError: Anything else; `partial` holds the rows so far.

        Warns:
            IncompleteListingWarning: The export has another number of orders than the API counts.
                It counts all orders only: whether an export by filters is complete cannot be
                known.
            VfyNotebookWarning: Most orders share a few moments, as after an import; or the export
                lacks columns, names orders twice or has amounts that are no whole numbers.

        Cost in API calls: 4 to 6 for any number of orders, plus one for every two minutes that
        the export takes.

        Source: https://docs.voucherify.io/api-reference/exports/create-export

        >>> orders = project.fetch_orders(status=["PAID", "FULFILLED"])
        >>> len(orders), int(orders["total_amount"].sum()), project.calls.total
        (6919, 24409194, 4)
        """
        query = orders_query(
            created_after=created_after,
            created_before=created_before,
            updated_after=updated_after,
            updated_before=updated_before,
            status=status,
        )
        return fetch_history(self._api, ORDER_HISTORY, query, progress=progress)

    def fetch_redemptions(
        self,
        *,
        created_after: Moment | None = None,
        created_before: Moment | None = None,
        result: str | None = None,
        campaign: str | None = None,
        progress: Shown = None,
    ) -> pd.DataFrame:
        """Redemptions and their rollbacks as a DataFrame, each exactly once, by one export.

        Args:
            created_after: Only redemptions made at this time or later.
            created_before: Only redemptions made before this time.
            result: Only those that ended as `SUCCESS`, or as `FAILURE`.
            campaign: Only those of the campaign with this name.
            progress: None shows a bar where one can be seen; False is silent.

        Returns:
            One row per redemption or rollback, oldest first, indexed by `redemption_id`: `object`
            (`redemption` or `redemption_rollback`), `date` (UTC), `voucher_code`, `campaign`,
            `promotion_tier_id`, `customer_id`, `customer_source_id`, `customer_name`,
            `tracking_id`, `order_id` (`str`), `order_amount`, `gift_amount`, `loyalty_points`
            (`Int64`; amounts in hundredths of the currency unit), `result`, `failure_code`,
            `failure_message` (`str`), and a column `metadata.…` for each key of the redemptions'
            metadata schema that one has.

        Raises:
            ArgumentError: A filter is not valid; nothing was sent.
            ResponseError: The export's file is no table of redemptions, or is cut short.
            FetchInterrupted: The kernel was interrupted; `partial` holds the rows so far.
            VfyNotebookError: Anything else; `partial` holds the rows so far.

        Warns:
            IncompleteListingWarning: The export has another number of redemptions than the API
                counts.
            VfyNotebookWarning: The export lacks columns, names redemptions twice or has amounts
                that are no whole numbers.

        Cost in API calls: as for `fetch_orders`, one or two more where redemptions come in
        meanwhile.

        Source: https://docs.voucherify.io/api-reference/exports/create-export

        >>> redemptions = project.fetch_redemptions()
        >>> redemptions.groupby("object")["result"].value_counts().to_dict()  # doctest: +ELLIPSIS
        {('redemption', 'SUCCESS'): 321, ...}
        """
        query = redemptions_query(
            created_after=created_after,
            created_before=created_before,
            result=result,
            campaign=campaign,
        )
        return fetch_history(self._api, REDEMPTION_HISTORY, query, progress=progress)

    def fetch_activity(self, customer: str, *, progress: Shown = None) -> pd.DataFrame:
        """What one customer has done, and what was done to them: a row per event.

        Args:
            customer: An id or a source_id.
            progress: None shows a bar where one can be seen; False is silent.

        Returns:
            One row per event, oldest first, indexed by `event_id`: `created_at` (UTC), `type`
            (the API's own name, such as `customer.order.paid`), `order_id`, `redemption_id`,
            `voucher_code`, `campaign`, `segment`, `channel`, `group_id` (`str`, NA where the
            event has none; events of one request share the last) and `data` (`object`: all that
            the API tells of the event, line items of orders included).

        Raises:
            NotFoundError: There is no such customer.
            FetchInterrupted: The kernel was interrupted; `partial` holds the rows so far.
            VfyNotebookError: Anything else; `partial` holds the rows so far.

        Warns:
            IncompleteListingWarning: The API says that there are more events, but gives none. How
                many there are it does not tell.

        Cost in API calls: one for each 100 events, at least one.

        Source: https://docs.voucherify.io/api-reference/customers/list-customer-activity

        >>> activity = project.fetch_activity("crm-00002")
        >>> activity["type"].value_counts().head(2).to_dict()
        {'customer.order.created': 2, 'customer.order.paid': 2}
        """
        return fetch_activity(self._api, customer, progress=progress)

    def fetch_segments(self) -> pd.DataFrame:
        """The segments of this project.

        Returns:
            One row per segment, oldest first, indexed by `segment_id`: `name` and `type` (`str`;
            `auto-update`, `passive` or `static`), `filter` (`object`: the rule as the API gives
            it, None for a static segment), `created_at` and `updated_at` (UTC). Names need not be
            unique. `fetch_memberships` gives their members.

        Raises:
            AuthError: The credentials are wrong or lack a permission.
            TieGroupError: A hundred segments or more were created in the same millisecond.
            ResponseError: There are more than 200, and the server heeds none of the known ways to
                ask for the next page.

        Warns:
            IncompleteListingWarning: Segments were created or deleted during the fetch.

        Cost in API calls: one for every hundred segments.

        Source: https://docs.voucherify.io/api-reference/segments/list-segments

        >>> project.fetch_segments()["name"].head(2).to_list()
        ['Big spenders (250 and more)', 'One-time buyers']
        """
        with only_our_errors():
            return segments_frame(fetch_segments(self._api))

    def fetch_memberships(
        self,
        customers: pd.DataFrame | pd.Index[Any] | pd.Series[Any] | Iterable[str] | None = None,
        *,
        segments: pd.DataFrame | Iterable[str] | None = None,
        via: str = "auto",
        progress: Shown = None,
    ) -> pd.DataFrame:
        """The members of segments, with as few calls as possible.

        There are two routes: list each segment's members, 100 per call; or ask for the segments
        of each customer, one call per customer. Both give the same frame. `via="auto"` reads the
        first page of a segment, which tells its size, and then compares the calls that are left.
        It may mix the routes: list small segments, and ask a few customers about the huge ones.

        Args:
            customers: The customers: a customers' DataFrame, its index, a Series or a list of
                ids (not of source_ids). None: all customers.
            segments: The segments: the DataFrame of `fetch_segments` or rows of it, ids, or names
                that only one segment has. None: all segments.
            via: `"segments"` lists members, `"customers"` asks customers, `"auto"` chooses what
                takes fewer calls.
            progress: None shows a bar where one can be seen; False is silent.

        Returns:
            One row per customer and segment, sorted by customer, then by segment: `customer_id`
            (`str`), `segment_id` and `segment` (`category`). The categories are all segments
            asked for, also those without members, oldest first or in the order of the DataFrame
            given. `segment` is the name; where several segments share a name, the end of the id
            is added: `VIP (…Ab3d)`. Customers in no segment have no row.

        Raises:
            ArgumentError: An argument is not valid, or no segment has a name that was given, or
                several have it; at most the segments were read.
            FetchInterrupted: The kernel was interrupted; `partial` holds the rows so far.
            TieGroupError: More members share a millisecond than the API can list.
            VfyNotebookError: Anything else; `partial` holds the rows so far.

        Warns:
            VfyNotebookWarning: A customer or segment does not exist any more, and is left out. By
                the route through segments, such customers are left out without a warning.
            IncompleteListingWarning: The number of members read is not what the API counts. Or a
                passive segment lists nobody, but a customer is in it: one is asked, for all such
                segments at once.

        Cost in API calls: one for every hundred segments of the project, or none if `segments` is
        a DataFrame. Then, for listing: one call for the first 100 members of a segment and for
        each 99 after them, and a few more if customers were created in the same millisecond. For
        asking: one call per customer (without `customers`, they are listed first), and one more
        to find customers that do not exist, for which the API makes up an answer instead of a
        404. A customer that is only in segments to which such a made-up answer belongs costs one
        more.

        ============ =================================== ============ =====
        customers    segments                            "auto"       calls
        ============ =================================== ============ =====
        all 2,357    10, together 5,326 members (demo)   lists           71
        3            10 of any size                      asks             5
        50           1 with 20,000                       asks            53
        1,000        1 with 20,000                       lists          204
        2,000        10 with 50,000 each                 asks         2,006
        all 100,000  20 with 5,000 each                  lists        1,021
        ============ =================================== ============ =====

        For a few seconds after a change the two routes may differ: the API updates segments
        after it has answered, and not all of its calls at the same time.

        Sources: https://docs.voucherify.io/api-reference/customers/list-customers and
        https://docs.voucherify.io/api-reference/customers/list-customers-segments

        >>> memberships = project.fetch_memberships(segments=["Gold tier", "Customers in Łódź"])
        >>> memberships["segment"].value_counts().to_dict()
        {'Customers in Łódź': 91, 'Gold tier': 90}
        """
        check_via(via)
        ids = None if customers is None else customer_ids(customers)
        wanted, known = wanted_segments(self._api, segments)
        request = MembershipRequest(
            wanted, known, ids, via=via, workers=self._workers, progress=progress
        )
        return fetch_memberships(self._api, request)

    def fetch_consents(self) -> pd.DataFrame:
        """The consents that this project has defined.

        Not the customers' answers: the API has no call that reads them.

        Returns:
            One row per consent, indexed by `consent_id`: `name`, `description`, `category`,
            `group` (the groups' names, joined by commas), `created_at`, `updated_at`.

        Raises:
            NotFoundError: The project has no consents; many projects have none.

        Cost in API calls: one.

        >>> project.fetch_consents()["name"].head(2).to_list()
        ['Newsletter', 'Text messages']
        """
        with only_our_errors():
            return consents_frame(fetch_consent_book(self._api))

    def fetch_metadata_schema(self) -> pd.DataFrame:
        """The project's metadata schema for customers: which keys and values it allows.

        Returns:
            One row per metadata key, indexed by `metadata_key`, with the API's own names:
            `type`, `objectType`, `array`, `optional`, `deleted` (the key was removed, its rules
            do not apply any more), `eq` and `ne` (lists), `lt`, `lte`, `gt`, `gte`, `minLength`,
            `maxLength`, `exactLength`; NA where a rule does not apply.
            `attrs["allow_defined_only"]` is True if the API refuses other keys.

        Raises:
            NotFoundError: The project has no schema for customers.

        Cost in API calls: one.

        Source: https://docs.voucherify.io/api-reference/metadata-schemas/get-metadata-schema

        >>> project.fetch_metadata_schema().loc["tier", ["type", "eq"]].to_list()
        ['string', ['bronze', 'silver', 'gold']]
        """
        with only_our_errors():
            return metadata_schema_frame(self._api.metadata_schema())

    # -- pushing -------------------------------------------------------------------------------

    def plan_push(
        self,
        edited: pd.DataFrame,
        *,
        before: pd.DataFrame | None = None,
        columns: Iterable[str] | None = None,
        new_keys: Iterable[str] | bool = (),
        retype: Iterable[str] = (),
        near_twins: str = "refuse",
        create_missing: bool = False,
        on_conflict: str = "refuse",
        max_records: int = 100,
        max_calls: int | None = None,
    ) -> PushPlan:
        """Plan to push an edited DataFrame: shows every cell that would change; writes nothing.

        Each row is compared with the version that it came from, which the project remembers: by
        the frame's mark, else by its own `updated_at`. With m the frame's value of a cell, b that
        version's and s the server's now: m = b is no edit, whatever s is; m = s is none either;
        s = b is an edit; anything else is a conflict. Whatever has to be sent along, such as the
        other metadata of a customer, is the server's. So a frame may have been copied, filtered,
        merged or sorted, and nested values may have been edited in place.

        The frame may have been in a file or in another library. Its customers are found in the
        index or in a column, by `customer_id`, or else by `source_id`. A column in another dress
        (numbers as text, flags as 0 and 1, lists as JSON or `repr`, dates as a spreadsheet writes
        them, words for missing) is brought back to what the column is on the server, or in the
        metadata schema: a cell that only looks different is no edit but counted in a note, an
        edited one is converted, and what cannot be decided is a problem.

        A cell turned into NA is sent as null; a new column `metadata.x` adds a key where it is not
        NA. Rows and columns that are missing are left alone: pushing never deletes.

        A frame of which nothing is remembered and that has no `updated_at` holds values to set:
        cells that differ from the server are meant, blank ones leave things alone. With columns
        that cannot be written it is an old copy, and refused unless `before` or `columns` says
        what is meant.

        Writable are `name`, `description`, `email`, `phone`, `birthdate`, `address.*` and
        `metadata.*`. Changes anywhere else are problems of the plan, which name the rows and the
        way out, and so are values that the API does not take, customers whom the server does not
        have, and conflicts. A plan with blocking problems cannot be pushed. Edits that look like
        a slip are notes: text such as `nan`, scientific notation, an empty text, one e-mail for
        many, differences that one cannot see. Columns that are none of the API's are left alone,
        and refused within two letters of one of them (`adress.city`). Masked cells (with the sign
        `•`) are never edits.

        Args:
            edited: The customers as you want them: all or some of the rows and columns that
                `fetch_customers` gave, with `customer_id` or `source_id` in the index or a column.
            before: Another frame, such as the file that you started from: only the difference of
                the two is meant. Not needed for frames that this process has fetched.
            columns: The columns that are meant; None is all that differ.
            new_keys: Metadata keys that may come into being; True is any. Others that are neither
                in the schema nor on a customer who was read are refused: no call removes a key
                from one customer.
            retype: Columns whose change of type is meant, such as text that became numbers: their
                cells are sent as the frame has them, or as the metadata schema wants them.
            near_twins: `"create"` creates customers whose `source_id` differs from another one by
                case, blanks, Unicode form or invisible signs only; `"refuse"` does not.
            create_missing: Create customers that are not on the server, by their `source_id`.
            on_conflict: What to do about cells that someone else has changed to something else:
                `"refuse"` the plan, `"skip"` these cells, or `"overwrite"` them.
            max_records: Most customers a request. The API reference says 100; projects whose API
                takes more can raise it. No request is larger than 10 MB.
            max_calls: Calls that planning itself may take; None is 100.

        Returns:
            The plan: `.edits`, `.problems`, `.calls`, a preview, and `.push()`.

        Raises:
            ArgumentError: `edited` or `before` is no DataFrame, or an option is none.
            PlanError: A customer or column is there twice, the frame names no customers or is
                another project's, or planning would take more calls than `max_calls`.

        Cost in API calls: none if nothing changed; else one for the metadata schema if metadata
        changes, one for customers that are gone and one for conflicts. The first counts the
        customers created between the oldest and the newest changed one: that proves that all
        are there where the project has fetched all of them. Where it does not (a filtered fetch),
        or where others have changed many customers, it takes as many more as changed customers,
        or pages of 100 of that span, or 6 for an export, whichever is least. Customers of whose
        version nothing is remembered are read: a call each, or pages of 100 of all customers,
        whichever is less. A metadata key that would come into being takes one more. Where
        customers would be created, their `source_id`s are compared with all there are: one call
        where the project has fetched all customers, else up to six or seven; the plan tells it.

        Source: https://docs.voucherify.io/api-reference/customers/update-customers-in-bulk

        >>> import vfy_notebook as vfy
        >>> with vfy.demo(customers=3) as project:
        ...     customers = project.fetch_customers(progress=False)
        ...     edited = customers.assign(description="Seen at the fair")
        ...     plan = project.plan_push(edited)
        ...     report = plan.push(progress=False)
        ...     undone = report.plan_undo().push(progress=False)
        >>> report.counts, undone.counts
        ({'updated': 3}, {'updated': 3})
        """
        request = PlanRequest.checked(
            columns=columns,
            new_keys=new_keys,
            retype=retype,
            near_twins=near_twins,
            create_missing=create_missing,
            on_conflict=on_conflict,
            max_records=max_records,
            max_calls=max_calls,
        )
        return self._planner.plan(edited, before, request)

    def resume_push(
        self, push_id: str | None = None, *, progress: Shown = None, timeout_s: float = 900.0
    ) -> PushReport:
        """Continue a push that a crash or an interrupt cut off, in this process or another one.

        It sends only what was not sent yet. Customers that others have changed since then are
        `skipped` (unless the plan was made with `on_conflict="overwrite"`).

        Args:
            push_id: The push; None is the only one that is not finished. Of a finished push,
                customers whose outcome is unknown are looked at again.
            progress: None shows a bar where one can be seen; False is silent.
            timeout_s: As in `PushPlan.push`.

        Returns:
            The report of the whole push.

        Raises:
            PlanError: There is no such push; or several are unfinished and `push_id` is None.
            PushInterrupted: It was cut off again.
            JournalError: The journal cannot be used, or another process runs the push.

        Cost in API calls: those that the push had left, and one to find each request whose answer
        was lost.

        >>> customers = project.fetch_customers(limit=2)
        >>> report = project.plan_push(customers.assign(name="Ada")).push()
        >>> project.resume_push(report.push_id).counts
        {'updated': 2}
        """
        return self._planner.resume(push_id, progress=progress, timeout_s=timeout_s)

    def pushes(self) -> pd.DataFrame:
        """The pushes of this project that the journal on this computer knows, oldest first.

        Returns:
            One row per push: `push_id`, `when` (UTC), `kind` (`push`, `undo`, `retry`),
            `customers`, `outcomes` (a dict from outcome to number of customers), `resumable`
            (`resume_push` has something to do or to look at) and `undoable` (some customers were
            updated, or may have been). Finished pushes are kept for 30 days.

        Raises:
            JournalError: The journal cannot be read, or is damaged.

        Cost in API calls: none.

        >>> customers = project.fetch_customers(limit=2)
        >>> report = project.plan_push(customers.assign(name="Ada")).push()
        >>> pushes = project.pushes()
        >>> pushes["push_id"].iloc[-1] == report.push_id, pushes["outcomes"].iloc[-1]
        (True, {'updated': 2})
        """
        return self._planner.pushes()

    def get_push(self, push_id: str) -> PushReport:
        """The report of a push, as the journal on this computer knows it; nothing is sent.

        Args:
            push_id: The push, of `report.push_id` or `project.pushes()`.

        Raises:
            PlanError: The journal has no such push of this project.
            JournalError: The journal cannot be read, or is damaged.

        Cost in API calls: none.

        >>> customers = project.fetch_customers(limit=2)
        >>> report = project.plan_push(customers.assign(name="Ada")).push()
        >>> project.get_push(report.push_id).plan_undo().push().counts
        {'updated': 2}
        """
        return self._planner.get(push_id)

    def refresh(self, customers: pd.DataFrame) -> pd.DataFrame:
        """A frame's customers as they are on the server now, ready for the next edit.

        Args:
            customers: A frame of `fetch_customers`, edited or not; edits that were not pushed are
                not in the result.

        Returns:
            The same customers in the same order, without those that are gone, with the columns of
            `customers` (and new metadata, if it had all columns). `summary`, `loyalty` and
            `referrals` of customers whose `updated_at` has not moved are those of `customers`:
            Voucherify does not say that they move it.

        Raises:
            ArgumentError: The frame is not indexed by `customer_id`.

        Cost in API calls: one or two where nothing has changed; else one for each 100 customers
        that have. Customers that this process has not fetched are read anew.

        >>> customers = project.fetch_customers(city="Łódź")
        >>> refreshed = project.refresh(customers.assign(name="not pushed"))
        >>> refreshed.equals(customers)
        True
        """
        return self._planner.refresh(customers)

    def adopt_pushes(self, site: str) -> int:
        """Make the journal's pushes of another connection this project's.

        After a key was rotated or the address changed, the same project has another name here. A
        message about a push that is not found lists the other names in the journal.

        Args:
            site: The other connection, as that message names it.

        Returns:
            The number of pushes that are this project's now.

        Cost in API calls: none.

        >>> project.adopt_pushes("https://api.voucherify.io an-earlier-application-id")
        0
        """
        return self._planner.adopt(site)

    def import_csv(
        self,
        path_or_frame: str | Path | pd.DataFrame,
        *,
        allow_partial: bool = False,
        async_action_id: str | None = None,
        progress: Shown = None,
        timeout_s: float = 900.0,
    ) -> pd.DataFrame:
        """Import customers by the API's CSV route, which overwrites existing profiles whole.

        Existing customers lose all fields and metadata that are not in the CSV, and this cannot
        be undone. To change some cells of existing customers use `plan_push`: it keeps the
        others, shows what it does and can be undone.

        Args:
            path_or_frame: A CSV in UTF-8 with commas, and with the API's headers (`Source_id`,
                `Name`, `Email`, `Phone`, `Birthdate`, `Description`, `Address_line_1`,
                `Address_line_2`, `Address_Postal_Code`, `Address_City`, `Address_State`,
                `Address_Country`; other headers become metadata, as text unless the project's
                schema says otherwise). Or a DataFrame with the columns of `fetch_customers`;
                columns that cannot be written are left out, and metadata that is not text must
                be in the project's schema, because the API would turn it into text.
            allow_partial: Whether a CSV or frame may lack fields of the profile. Existing
                customers lose their values in these fields.
            async_action_id: The action of an earlier upload of the same file or frame. Nothing is
                uploaded; that import is followed to its end.
            progress: None shows a bar where one can be seen; False is silent.
            timeout_s: Stop waiting after this many seconds without any progress of the API's
                queue, or after six hours; the rows are `unknown` then.

        Returns:
            One row per row of the CSV or frame: `row` (from 1, without the header), `source_id`,
            `outcome` (`imported`, `failed`, `unknown`), `reason` (the vendor's),
            `async_action_id`.

        Raises:
            ArgumentError: The file or frame cannot be imported; the message says why.
            PlanError: Rows have no source_id, or two have the same one; fields of the profile are
                missing; or the upload is larger than 10 MB. Nothing was sent.
            ImportInterrupted: Waiting was cut off; its `async_action_id` goes on.

        Warns:
            OverwriteWarning: Each time, before anything is sent.

        Cost in API calls: one, and a few to wait for its end; one more for the metadata schema if
        a frame's metadata is not all text.

        Source: https://docs.voucherify.io/api-reference/customers/import-and-update-customers-using-csv

        >>> import warnings
        >>> new = pd.DataFrame({"source_id": ["crm-9"], "name": ["Ada"]})
        >>> with warnings.catch_warnings(action="ignore"):
        ...     imported = project.import_csv(new, allow_partial=True)
        >>> imported["outcome"].to_list()
        ['imported']
        """
        return import_csv(
            self._api,
            path_or_frame,
            allow_partial=allow_partial,
            async_action_id=async_action_id,
            progress=progress,
            timeout_s=timeout_s,
        )

    @property
    def _planner(self) -> PushPlanner:
        return PushPlanner(self._api, self._open_journal, self._snapshots, self._workers)

    # -- segments ------------------------------------------------------------------------------

    def plan_segment(
        self,
        name: str,
        customers: pd.DataFrame | pd.Index[Any] | pd.Series[Any] | Iterable[str],
        *,
        replace: bool = False,
        via: str = "auto",
        key: str | None = None,
        new_keys: Iterable[str] | bool = (),
        max_calls: int | None = None,
    ) -> SegmentPlan:
        """Plan a segment of these customers: shows who gets in and what it costs; writes nothing.

        A static segment is a list of up to 20,000 customers, fixed for ever: no call adds or
        removes one. More of them are flagged in their metadata by a push, and a passive segment is
        made of those who have the flag; its members change with the flag. A project can have 100
        active and passive segments.

        Args:
            name: What the segment is called. A name that is taken already blocks the plan.
            customers: A DataFrame with `customer_id` or `source_id` in the index or a column, its
                index, a Series or a list of ids or source_ids. Who is named twice counts once;
                who is not on the server is left out, and told.
            replace: The new segment is to take the place of one of the same name. It has another
                id: campaigns and rules on the old one stop matching, and the API tells none of
                them. The old one stays, unless `plan.create(delete_old=name)` says its name.
            via: `"static"` makes a static segment, `"metadata"` flags the customers and makes a
                passive one, `"auto"` does what their number allows.
            key: The metadata key of the flag; None makes one of the name. With a key, `"auto"` is
                `"metadata"`. Define it as boolean in the project's metadata schema: without a
                definition, a filter on true finds nobody.
            new_keys: Metadata keys that may come into being, as in `plan_push`: a key stays for
                ever.
            max_calls: Calls that reading customers for the flags may take; None is 100.

        Returns:
            The plan. `plan.create()` makes the segment and gives its row.

        Raises:
            ArgumentError: The name or a customer is none, or an option is none.
            PlanError: The frame is another project's, or planning would take more calls than
                `max_calls`.

        Cost in API calls: one for every hundred segments of the project, for names and limits. To
        see who is still there: one where the project has fetched all customers of the span of time
        in which these were created; else one for each of them, or for each 100 customers of the
        span, or 6 for an export, whichever is least. Flags take what `plan_push` takes, and one
        for the metadata schema.

        Source: https://docs.voucherify.io/api-reference/segments/create-segment

        >>> customers = project.fetch_customers()
        >>> plan = project.plan_segment("Rich", customers.nlargest(50, "loyalty.points"))
        >>> segment = plan.create()
        >>> segment["name"].item(), len(project.fetch_memberships(segments=segment))
        ('Rich', 50)
        """
        request = SegmentRequest.checked(
            name, replaces=replace, via=via, key=key, new_keys=new_keys, max_calls=max_calls
        )
        return self._segment_planner.plan(customers, request)

    def delete_segment(self, ref: str, *, confirm: str) -> pd.DataFrame:
        """Delete a segment; its customers stay. There is no undo.

        Campaigns, rules and distributions on it stop matching, and the API tells none of them. A
        static segment cannot be changed: to have other customers in it, do not delete it first,
        but make the new one with `plan_segment(name, customers, replace=True)`, change what
        refers to the old one, and delete that by its id.

        Args:
            ref: The segment's id, or a name that only one segment has.
            confirm: The segment's name.

        Returns:
            The row that it had, as in `fetch_segments`, with the filter of one that had one.

        Raises:
            NotFoundError: No segment has this id.
            ArgumentError: `confirm` is not the segment's name, or no segment has the name `ref`,
                or several have it; nothing was deleted.

        Cost in API calls: two: one to read its name, one to delete it.

        Source: https://docs.voucherify.io/api-reference/segments/delete-segment

        >>> deleted = project.delete_segment("Gold tier", confirm="Gold tier")
        >>> deleted.index[0] in project.fetch_segments().index
        False
        """
        return delete_segment(self._api, ref, confirm=confirm)

    @property
    def _segment_planner(self) -> SegmentPlanner:
        return SegmentPlanner(self._api, self._open_journal, self._snapshots, self._planner)

    # -- one customer --------------------------------------------------------------------------

    def get_customer(self, ref: str) -> dict[str, Any]:
        """One customer, as the API shows it.

        Args:
            ref: The customer's id or source_id; any characters are allowed.

        Raises:
            NotFoundError: There is no such customer.
            ArgumentError: `ref` is empty or not a text.

        Cost in API calls: one.

        Source: https://docs.voucherify.io/api-reference/customers/get-customer

        >>> project.get_customer("crm-00002")["metadata"]["tier"]
        'bronze'
        """
        return single.get_customer(self._api, ref)

    def get_customer_segments(self, ref: str, *, must_exist: bool = True) -> pd.DataFrame:
        """The segments that one customer is in.

        Args:
            ref: The customer's id or source_id.
            must_exist: For a customer that does not exist, the API gives the segments that such a
                customer would be in. True looks the customer up first; False returns what the API
                gives.

        Returns:
            One row per segment, indexed by `segment_id`, with the column `segment` (the name),
            sorted by it; equal names get the end of the id. A customer in no segment has no rows.

        Raises:
            NotFoundError: There is no such customer; not with `must_exist=False`.
            ArgumentError: `ref` is empty or not a text.

        Cost in API calls: two; one with `must_exist=False`. For many customers,
        `fetch_memberships` takes fewer.

        Source: https://docs.voucherify.io/api-reference/customers/list-customers-segments

        >>> project.get_customer_segments("crm-00002")["segment"].to_list()
        ['Lapsed: nothing bought since September 2025', 'Newsletter readers']
        """
        segments = fetch_customer_segments(self._api, ref, must_exist=must_exist)
        return customer_segments_frame(segments)

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

        Cost in API calls: one; two with `metadata` or `address`: their other keys are read first
        and sent along, because it is not documented whether the API keeps them.

        Source: https://docs.voucherify.io/api-reference/customers/update-customer

        >>> customer = project.update_customer("crm-00002", metadata={"tier": "gold"})
        >>> customer["metadata"]["tier"], customer["metadata"]["language"]
        ('gold', 'uk')
        """
        return single.update_customer(self._api, ref, fields)

    def delete_customer(self, ref: str) -> None:
        """Delete one customer. There is no undo and no trash bin.

        If the API's answer is lost and the retry gets a 404, the customer counts as deleted.

        Args:
            ref: The customer's id or source_id.

        Raises:
            NotFoundError: There is no such customer.

        Cost in API calls: one.

        Source: https://docs.voucherify.io/api-reference/customers/delete-customer

        >>> project.delete_customer("crm-00003")
        >>> project.get_customer("crm-00003")  # doctest: +ELLIPSIS
        Traceback (most recent call last):
        vfy_notebook.errors.NotFoundError: ...
        """
        deletion.delete_customer(self._api, ref)

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

        Cost in API calls: two; the first one reads both ids of the customer, because the data on
        this computer may be under either.

        Source: https://docs.voucherify.io/api-reference/customers/delete-customer-permanently

        >>> receipt = project.delete_customer_permanently("crm-00003")
        >>> receipt["status"], receipt["data_json"]["orders"]
        ('DONE', 1)
        """
        return deletion.delete_customer_permanently(self._api, self._open_journal, ref)

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

        Cost in API calls: one; after a 404, another one to find out which of the two is missing.

        >>> newsletter = project.fetch_consents().index[0]
        >>> project.update_consents("crm-00002", {newsletter: True})
        """
        send_consents.update_consents(self._api, self._open_journal, ref, consents)

    # -- many customers, one by one ------------------------------------------------------------

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

        Cost in API calls: one, and one for each customer with a cell that is not missing. Where
        some customers are named by id and some by source_id, one more for each of the fewer.

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

        Cost in API calls: none.

        >>> customers, consents = project.fetch_customers(limit=3), project.fetch_consents()
        >>> wanted = pd.DataFrame({consents.index[0]: True}, index=customers.index)
        >>> report = project.push_consents(wanted)
        >>> project.last_sent_consents(customers)["given"].to_list()
        [True, True, True]
        """
        with self._open_journal() as journal:
            return sent_frame(send_consents.last_sent(journal, identities_of(customers)))

    def plan_deletion(
        self,
        customers: pd.DataFrame | pd.Index[Any] | Iterable[str],
        *,
        permanent: bool = False,
        progress: Shown = None,
    ) -> deletion.DeletionPlan:
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

        Cost in API calls: none for a DataFrame with ids that tells who they are; for a permanent
        deletion it needs the column `source_id` too. Otherwise one per customer to look it up.
        `delete` takes one per customer.

        >>> customers = project.fetch_customers()
        >>> plan = project.plan_deletion(customers.query("`metadata.test` == True"))
        >>> len(plan)
        12
        >>> plan.delete(confirm=12)
        <Deletion: 12 deleted.>
        """
        return deletion.plan_deletion(
            self._api, self._open_journal, customers, permanent=permanent, progress=progress
        )

    def plan_cut_off_deletions(self, *, permanent: bool = False) -> deletion.DeletionPlan:
        """Plan the customers that a crash or an interrupt has left of earlier deletions.

        The journal on this computer knows them. A customer that was deleted after all will be
        `gone`; of permanent deletions, what this computer keeps goes then, too.

        Args:
            permanent: Whether those of permanent deletions are meant, or those of others.

        Returns:
            The plan, as of `plan_deletion`; with no customers if nothing was cut off.

        Raises:
            JournalError: The journal cannot be read, or is damaged.

        Cost in API calls: none; `delete` takes one per customer.

        >>> len(project.plan_cut_off_deletions())
        0
        """
        return deletion.plan_cut_off_deletions(self._api, self._open_journal, permanent=permanent)

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

        Cost in API calls: none.

        >>> receipt = project.delete_customer_permanently("crm-00003")
        >>> kept = project.deletion_receipts(receipt["related_object_id"])
        >>> kept["receipt_id"].to_list() == [receipt["id"]], kept["orders"].to_list()
        (True, [1])
        """
        with self._open_journal() as journal:
            return deletion.receipts_frame(journal.receipts(customer_id))

    # -- forms ---------------------------------------------------------------------------------

    def consent_form(self, customers: pd.DataFrame | Iterable[str] | None = None) -> ConsentForm:
        """A form to give and withdraw consents; `form.report` is the report of the last run.

        Args:
            customers: A DataFrame indexed by `customer_id`, or ids and source_ids. None: the form
                searches customers by id, source_id or e-mail address.

        Cost in API calls: one to show the form, one or two for a search; *Apply* takes one, plus
        one for each customer. The form shows the number before you click.

        >>> form = project.consent_form(project.fetch_customers(city="Łódź"))
        """
        from vfy_notebook.forms.customers.consent_form import ConsentForm  # noqa: PLC0415 - only who wants it

        return ConsentForm(self, customers)

    def deletion_form(self, customers: pd.DataFrame | Iterable[str] | None = None) -> DeletionForm:
        """A form to delete customers, once their number is typed; `form.report` is the report.

        Args:
            customers: A DataFrame indexed by `customer_id`, or ids and source_ids. None: the form
                searches customers by id, source_id or e-mail address.

        Cost in API calls: none to show the form for a DataFrame, otherwise one per customer; one
        or two for a search; one per customer for the deletion.

        >>> form = project.deletion_form(["crm-00005", "crm-00202"])
        """
        from vfy_notebook.forms.customers.deletion_form import DeletionForm  # noqa: PLC0415 - as above

        return DeletionForm(self, customers)

    def edit_form(self, customers: pd.DataFrame | None = None) -> EditForm:
        """A form to set one field of many customers to a value: preview, push, undo.

        Args:
            customers: The customers to choose from, as `fetch_customers` gave them. None: the
                form fetches all customers.

        Cost in API calls: one to show the form, for the metadata schema; a preview takes as many
        as `plan_push`, a push as many as its plan says.

        >>> form = project.edit_form(project.fetch_customers())
        """
        from vfy_notebook.forms.editing.edit_form import EditForm  # noqa: PLC0415 - as above

        return EditForm(self, customers)

    def segment_form(self, customers: pd.DataFrame | None = None) -> SegmentForm:
        """A form to make a segment: conditions, a name, a preview, and *Create*.

        `form.report` tells what was made last, and who is in it.

        Args:
            customers: The customers to choose from, as `fetch_customers` gave them; without a
                condition, all of them are meant. None: the form fetches all customers.

        Cost in API calls: none to show the form; a preview takes as many as `plan_segment`, the
        segment as many as its plan says.

        >>> form = project.segment_form(project.fetch_customers(city="Łódź"))
        """
        from vfy_notebook.forms.segments.segment_form import SegmentForm  # noqa: PLC0415 - as above

        return SegmentForm(self, customers)
