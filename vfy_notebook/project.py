"""A project of Voucherify: every verb of the toolkit hangs here."""

from __future__ import annotations

import html
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Self

from vfy_notebook.api.operations import Api
from vfy_notebook.customers import consents as send_consents
from vfy_notebook.customers import deletion, single
from vfy_notebook.customers.csv_import import import_csv
from vfy_notebook.fetch.asking import fetch_customer_segments
from vfy_notebook.fetch.consents import fetch_consent_book
from vfy_notebook.fetch.customers import (
    check_limit,
    check_order,
    check_route,
    fetch_customers,
)
from vfy_notebook.fetch.filters import CustomerFilters, with_filters_documented
from vfy_notebook.fetch.marks import mark_fetched
from vfy_notebook.fetch.memberships import MembershipRequest, check_via, fetch_memberships
from vfy_notebook.fetch.partial import only_our_errors
from vfy_notebook.fetch.saving.customers import SavedCustomers, save_customers
from vfy_notebook.fetch.segments import fetch_segments, segment_id_of, wanted_segments
from vfy_notebook.frames.consents import consents_frame, sent_frame
from vfy_notebook.frames.identities import people_of
from vfy_notebook.frames.memberships import customer_ids
from vfy_notebook.frames.metadata_schema import metadata_schema_frame
from vfy_notebook.frames.segments import customer_segments_frame, segments_frame
from vfy_notebook.journal.journal import Journal
from vfy_notebook.push.planner import PushPlanner

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from pathlib import Path
    from types import TracebackType

    import pandas as pd

    from vfy_notebook.api.calls import Calls
    from vfy_notebook.api.transport import Transport
    from vfy_notebook.forms.consent_form import ConsentForm
    from vfy_notebook.forms.deletion_form import DeletionForm
    from vfy_notebook.forms.edit_form import EditForm
    from vfy_notebook.frames.times import Moment
    from vfy_notebook.progress import Shown
    from vfy_notebook.push.plan import PushPlan, PushReport

__all__ = ["Project"]


class Project:
    """A connection to one Voucherify project.

    Made by `vfy.connect()` or `vfy.demo()`. Nothing is sent until a `fetch_*`, `push` or
    `delete` asks for it. Also a context manager that closes itself. In the examples,
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

    # -- life ----------------------------------------------------------------------------------

    @property
    def url(self) -> str:
        """The API's address.

        >>> project.url  # doctest: +ELLIPSIS
        'http://127.0.0.1:...'
        """
        return self._transport.credentials.url

    @property
    def calls(self) -> Calls:
        """How many API calls this project has made, by operation, and the quota last seen.

        >>> customers = project.fetch_customers(limit=100)
        >>> project.calls.total, project.calls.by_operation
        (1, {'list_customers': 1})
        """
        return self._transport.calls

    def close(self) -> None:
        """End all connections, and the sandbox if this is a demo. Further calls are refused.

        >>> project.close()
        >>> project.fetch_segments()  # doctest: +ELLIPSIS
        Traceback (most recent call last):
        vfy_notebook.errors.ConnectError: ...
        """
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
        progress: Shown = None,
    ) -> pd.DataFrame:
        """Customers as a DataFrame, each exactly once.

        One row per customer, indexed by `customer_id`. Columns are the API's names, nested ones
        with dots; those of the fixed schema are always there, with the same dtypes, for no rows
        too. Amounts are in hundredths of the currency unit, times in UTC.

        Args:
            {filters}
            order: Order of the rows: `created_at`, `updated_at` or `source_id`, with `-` in front
                for descending. Equal ones go by `customer_id`; those without a value come last.
            limit: At most this many rows, the first ones in `order`; None is all. Where several
                customers are equal at the limit, the API chooses among them.
            via: `"list"` reads page by page; large listings without other filters than those by
                creation are read by several workers at once. `"export"` lets Voucherify make a
                file: few calls, but a wait, no `segment`, metadata of the project's metadata
                schema only, empty texts NA, lists and objects as far as they are JSON, and NA in
                the columns `summary.redemptions.gift.*`, `summary.redemptions.loyalty_card.*`,
                `loyalty.campaigns`, `referrals.*` and `system_metadata`.
            progress: None shows a bar where one can be seen; False is silent.

        Returns:
            The customers. See the README for the columns.

        Raises:
            ArgumentError: An argument cannot be; nothing was sent. Or no segment has this name, or
                several have it; only the segments were read.
            NotFoundError: No segment has this id.
            AuthError: The credentials are wrong, or lack the right.
            FetchInterrupted: The kernel was interrupted; `partial` holds the rows so far.
            TieGroupError: More customers share a millisecond than the API can list.
            VfyNotebookError: Anything else; `partial` holds the rows so far.

        Warns:
            IncompleteListingWarning: The number read is not the number that the API counts, or
                customers without a readable id were left out; the warning names them.
            VfyNotebookWarning: The listing takes more calls than the quota last seen has left. Or
                values are not of the kind that their columns hold, such as a phone that came as a
                number: they show as NA, are remembered as the API told them, and nothing is sent
                back from such an NA.

        How long it may take: each call ends within three minutes without an answer, within two
        minutes of retries, and after `max_wait_s` of waiting for the quota (see `connect`); an
        export is waited for an hour, and its download ends within two hours.

        Cost in API calls: a page of 100 rows each, and one or two more; in listings read by one
        cursor, customers created in the same millisecond at the edge of a page make pages overlap.
        From 5,000 customers on, up to 4 more for each worker. By export 4 to 6 calls for any
        number of customers, and one more for every two minutes that it takes. A segment given by
        name costs one more. `limit` up to 100: one call, or two where customers never updated
        would come first; by `source_id` all are read if some of the first have none. A higher
        `limit` saves calls only for orders by `created_at`; the others read all first.

        Source: https://docs.voucherify.io/api-reference/customers/list-customers and
        https://docs.voucherify.io/api-reference/exports/create-export

        >>> found = project.fetch_customers(city="Łódź", created_after="2025-02-01")
        >>> len(found), project.calls.total
        (60, 1)
        """
        check_order(order)
        check_limit(limit)
        check_route(via, segment=segment)
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
            workers=self._workers,
            progress=progress,
        )
        return mark_fetched(frame, self._transport, began_s, whole=via != "export")

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
    ) -> SavedCustomers:
        """Save customers as Parquet parts, written while they arrive, in bounded memory.

        Called again with the same arguments after an interrupt, an error or a crash, it goes on
        where it stopped; by export it begins anew. pandas, DuckDB, pyarrow and Dask read the
        folder with one schema over all parts: where the metadata schema changes between two
        runs, that of the first one counts. Customers are as they were when they were read: what
        is changed or deleted at Voucherify later stays in the folder as it was.

        Args:
            path: The folder of the parts, `~` being your home; made if there is none. Nothing
                else may be in it, but for names that begin with a dot or an underscore.
            {filters}
            via: `"list"` or `"export"`, as for `fetch_customers`.
            replace_existing: Write over a copy that this method has made, finished or not.
            progress: None shows a bar where one can be seen; False is silent.

        Returns:
            `.path`, `.rows` and `.calls`, the calls of earlier runs included; of a run that was
            killed, those up to the last part that it wrote, as nobody knows the others: a part
            holds 20,000 customers, about 200 calls. Columns are those of `fetch_customers`, but
            for metadata: `metadata` holds all of it as JSON, and each key of the metadata schema
            has a typed column besides, in which a value of another type is NA. Lists and objects
            are JSON.

        Raises:
            ArgumentError: The folder holds something else, or a finished copy; nothing was sent,
                but for the question which segment has the name given.
            FolderError: The folder cannot be written to, or another process is saving to it;
                nothing was sent. Or the disk is full by now; what was written before counts.
            FetchInterrupted: The kernel was interrupted; what had arrived is in the folder.
            VfyNotebookError: Anything else; what had arrived is in the folder.

        Warns:
            IncompleteListingWarning: The number read is not the number that the API counts, or
                customers without a readable id were left out.
            VfyNotebookWarning: The listing takes more calls than the quota last seen has left, or
                an export named customers twice, or values are not of the kind that their columns
                hold: they are NA in the parts.

        Cost in API calls: those of `fetch_customers`; by listing one more for the metadata schema,
        and one more for each time that it goes on.

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

    def fetch_segments(self) -> pd.DataFrame:
        """The segments of this project.

        Returns:
            One row per segment, oldest first, indexed by `segment_id`: `name` and `type` (`str`;
            `auto-update`, `passive` or `static`), `filter` (`object`: the rule as the API gives
            it, None for a static segment), `created_at` and `updated_at` (UTC). Names need not be
            unique. Who is in them: `fetch_memberships`.

        Raises:
            AuthError: The credentials are wrong, or lack the right.
            TieGroupError: A hundred segments or more were created in the same millisecond.

        Warns:
            IncompleteListingWarning: Segments were created or deleted meanwhile.

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
        """Who is in which segment, in as few calls as can be.

        Two routes lead there: listing each segment's members, 100 a call, or asking for each
        customer, which tells all its segments. Both give the same frame. By default the first
        page of a segment, which is needed anyway, tells its size, and the calls that are left
        are compared: small segments may be listed and a few customers asked about the huge ones.

        Args:
            customers: Whose memberships: a customers' DataFrame, its index, a Series or a list of
                ids (not of source_ids). None: all customers.
            segments: In what: the DataFrame of `fetch_segments` or rows of it, ids, or names that
                only one segment has. None: all segments.
            via: `"segments"` lists, `"customers"` asks, `"auto"` takes what costs fewer calls.
            progress: None shows a bar where one can be seen; False is silent.

        Returns:
            One row per customer and segment, each pair once, sorted by customer_id, then as the
            segments are: `customer_id` (`str`), `segment_id` and `segment` (`category`). The
            categories are all segments asked for, oldest first or as in the DataFrame given, also
            those without members. `segment` is the name; of those with equal names, and the end
            of the id: `VIP (…Ab3d)`. Customers in no segment have no row.

        Raises:
            ArgumentError: An argument cannot be, or a segment's name is nobody's or several have
                it; at most the segments were read.
            FetchInterrupted: The kernel was interrupted; `partial` holds the rows so far.
            TieGroupError: More members share a millisecond than the API can list.
            VfyNotebookError: Anything else; `partial` holds the rows so far.

        Warns:
            VfyNotebookWarning: A customer or segment does not exist any more, and is left out. The
                lists do not tell of such customers: there they just do not show up.
            IncompleteListingWarning: The number of members read is not what the API counts.

        Cost in API calls: one for every hundred segments of the project, or none if `segments` is
        a DataFrame; and listing: a call for 100 members at first, then for 99, and a few more
        where customers were created in the same millisecond; asking: a call for each customer
        (without `customers`, they are listed first), and one that tells apart customers who do
        not exist, for which the API makes up an answer instead of a 404. Should that not tell,
        because a customer is only in segments in which somebody who does not exist would be, one
        more for each such customer.

        ============ =================================== ============ =====
        customers    segments                            auto         calls
        ============ =================================== ============ =====
        all 2,357    10, together 5,326 members (demo)   lists           71
        3            10 of any size                      asks             5
        50           1 with 20,000                       asks            53
        1,000        1 with 20,000                       lists          204
        2,000        10 with 50,000 each                 asks         2,006
        all 100,000  20 with 5,000 each                  lists        1,021
        ============ =================================== ============ =====

        A few seconds after a change the two routes may differ: the API works out segments later
        than it answers, and each of its calls at its own time.

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
        """The consents that this project asks its customers for.

        Not what customers have answered: there is no call that reads it.

        Returns:
            One row per consent, indexed by `consent_id`: `name`, `description`, `category`,
            `group` (the groups' names, joined by commas), `created_at`, `updated_at`.

        Raises:
            NotFoundError: The project has no consents; many do not.

        Cost in API calls: one.

        >>> project.fetch_consents()["name"].head(2).to_list()
        ['Newsletter', 'Text messages']
        """
        with only_our_errors():
            return consents_frame(fetch_consent_book(self._api))

    def fetch_metadata_schema(self) -> pd.DataFrame:
        """What this project demands of its customers' metadata.

        Returns:
            One row per metadata key, indexed by `metadata_key`, with the API's own names:
            `type`, `objectType`, `array`, `optional`, `deleted` (removed, demands nothing any
            more), `eq` and `ne` (lists), `lt`, `lte`, `gt`, `gte`, `minLength`, `maxLength`,
            `exactLength`; NA where a rule does not apply. `attrs["allow_defined_only"]` tells
            whether other keys are refused.

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
        before: pd.DataFrame,
        after: pd.DataFrame,
        *,
        create_missing: bool = False,
        on_conflict: str = "refuse",
        max_records: int = 100,
    ) -> PushPlan:
        """Plan to push an edited DataFrame: shows every cell that would change; writes nothing.

        Cells are compared customer by customer and by value: the order of rows and columns and
        the dtypes do not matter, 1 equals 1.0 but not "1", NA equals NA. A cell turned into NA is
        sent as null; a new column `metadata.x` adds a key where it is not NA. Rows missing from
        `after` are left alone, so are its missing columns: pushing never deletes. Lists and
        objects are edited by giving the cell a new one; changing one in place changes it in
        `before` too, and so nothing is seen.

        Writable are `name`, `description`, `email`, `phone`, `birthdate`, `address.*` and
        `metadata.*`. Changes anywhere else are problems of the plan, which name the rows and the
        way out, and so are values that the API does not take, customers that `before` does not
        have or the server no longer has, and customers changed on the server since they were
        fetched. A plan with blocking problems cannot be pushed.

        Args:
            before: The customers as `fetch_customers` gave them, complete and unedited. Fetched by
                export they lack metadata, so then only such edits of metadata are taken as need
                no other metadata to be sent along.
            after: An edited copy, or some of its rows and columns.
            create_missing: Create customers that are not on the server, by their `source_id`.
            on_conflict: What to do about customers that someone else changed since the fetch:
                `"refuse"` the plan, `"skip"` them, or `"overwrite"` the edited cells.
            max_records: Most customers a request. The API reference says 100; projects whose API
                takes more can raise it. No request is larger than 10 MB.

        Returns:
            The plan: `.edits`, `.problems`, `.calls`, a preview, and `.push()`.

        Raises:
            ArgumentError: `before` or `after` is no DataFrame, or an option is none.
            PlanError: A customer or column is there twice, or `before` is not as it was fetched.

        Cost in API calls: none if nothing changed; else one for the metadata schema if metadata
        changes, one for customers that are gone and one for conflicts. The first counts the
        customers created between the oldest and the newest changed one: that proves that all
        are there where `before` has all of them. Where it does not (a filtered fetch), or where
        others have changed many customers, it takes as many more as changed customers, or pages
        of 100 of that span, or 6 for an export, whichever is least.

        Source: https://docs.voucherify.io/api-reference/customers/update-customers-in-bulk

        >>> import vfy_notebook as vfy
        >>> with vfy.demo(customers=3) as project:
        ...     customers = project.fetch_customers(progress=False)
        ...     edited = customers.assign(description="Seen at the fair")
        ...     plan = project.plan_push(customers, edited)
        ...     report = plan.push(progress=False)
        ...     undone = report.plan_undo().push(progress=False)
        >>> report.counts, undone.counts
        ({'updated': 3}, {'updated': 3})
        """
        return self._planner.plan(
            before,
            after,
            create_missing=create_missing,
            on_conflict=on_conflict,
            max_records=max_records,
        )

    def resume_push(
        self, push_id: str | None = None, *, progress: Shown = None, timeout_s: float = 900.0
    ) -> PushReport:
        """Go on with a push that a crash or an interrupt cut off, in this process or another.

        What was sent is not sent again, what was not sent is; customers that others have changed
        meanwhile are `skipped` (unless the plan was made with `on_conflict="overwrite"`).

        Args:
            push_id: Which one; None is the only one that is not finished. The id of a finished
                push gives its report once more, for `plan_undo()` after a restart.
            progress: None shows a bar where one can be seen; False is silent.
            timeout_s: As in `PushPlan.push`.

        Returns:
            The report of the whole push.

        Raises:
            PlanError: There is none, or several and no `push_id`.
            PushInterrupted: It was cut off again.
            JournalError: The journal cannot be used, or another process runs the push.

        Cost in API calls: what was left, and one to find each request whose answer was lost.

        >>> customers = project.fetch_customers(limit=2)
        >>> report = project.plan_push(customers, customers.assign(name="Ada")).push()
        >>> project.resume_push(report.push_id).counts
        {'updated': 2}
        """
        return self._planner.resume(push_id, progress=progress, timeout_s=timeout_s)

    def import_csv(
        self,
        path_or_frame: str | Path | pd.DataFrame,
        *,
        allow_partial: bool = False,
        progress: Shown = None,
        timeout_s: float = 900.0,
    ) -> pd.DataFrame:
        """Import customers by the API's CSV route, which overwrites existing profiles whole.

        To change some cells of existing customers use `plan_push`: it keeps the others, shows
        what it does and can be undone. This cannot: fields and metadata that are not in the CSV
        are lost.

        Args:
            path_or_frame: A CSV in UTF-8, uploaded as it is, with the API's headers (`Source_id`,
                `Name`, `Email`, `Phone`, `Birthdate`, `Description`, `Address_line_1`,
                `Address_line_2`, `Address_Postal_Code`, `Address_City`, `Address_State`,
                `Address_Country`; other headers become metadata, as text unless the project's
                schema says otherwise). Or a DataFrame with the columns of `fetch_customers`;
                columns that cannot be written are left out, and metadata that is not text must
                be in the project's schema, or the API would make text of it.
            allow_partial: Whether a CSV or frame may lack fields of the profile, which empties
                them for existing customers.
            progress: None shows a bar where one can be seen; False is silent.
            timeout_s: Seconds without any progress of the API's queue after which the import is
                given up; its rows are `unknown` then.

        Returns:
            One row per row given: `row` (from 1, without the header), `source_id`, `outcome`
            (`imported`, `failed`, `unknown`), `reason` (the vendor's), `async_action_id`.

        Raises:
            ArgumentError: The file or frame cannot be imported; the message says why.
            PlanError: Rows have no source_id or another's, fields of the profile are missing, or
                it is larger than 10 MB. Nothing was sent.

        Warns:
            OverwriteWarning: Each time, before anything is sent.

        Cost in API calls: one, and a few to follow it; one for the schema where a frame's
        metadata is not all text.

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
            progress=progress,
            timeout_s=timeout_s,
        )

    @property
    def _planner(self) -> PushPlanner:
        return PushPlanner(self._api, self._open_journal, self._workers)

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

        >>> project.get_customer("crm-00002")["metadata"]["tier"]
        'bronze'
        """
        return single.get_customer(self._api, ref)

    def get_customer_segments(self, ref: str, *, must_exist: bool = True) -> pd.DataFrame:
        """The segments that one customer is in.

        Args:
            ref: The customer's id or source_id.
            must_exist: For a customer that does not exist the API tells the segments that it would
                qualify for. True asks for the customer first; False takes what the API tells.

        Returns:
            One row per segment, indexed by `segment_id`, with the name as `segment`, sorted by
            it; equal names get the end of the id. No rows for a customer in no segment.

        Raises:
            NotFoundError: There is no such customer; not with `must_exist=False`.
            ArgumentError: The reference is empty or no text.

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

        >>> made = project.create_customer(source_id="crm-9", name="Ada", metadata={"tier": "gold"})
        >>> made.created, project.get_customer("crm-9")["name"]
        (True, 'Ada')
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

        >>> customer = project.update_customer("crm-00002", metadata={"tier": "gold"})
        >>> customer["metadata"]["tier"], customer["metadata"]["language"]
        ('gold', 'uk')
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

        >>> project.delete_customer("crm-00003")
        >>> project.get_customer("crm-00003")  # doctest: +ELLIPSIS
        Traceback (most recent call last):
        vfy_notebook.errors.NotFoundError: ...
        """
        deletion.delete_customer(self._api, ref)

    def delete_customer_permanently(self, ref: str) -> dict[str, Any] | None:
        """Delete one customer with every event, order and place in a segment; nothing comes back.

        What this package keeps about the customer on this computer (the push journal, the log of
        consents) goes too, also where Voucherify does not know the customer any more. Files that
        you saved yourself, such as by `save_customers` or with a notebook, stay.

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

        >>> receipt = project.delete_customer_permanently("crm-00003")
        >>> receipt["status"], receipt["data_json"]["orders"]
        ('DONE', 1)
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

        Cost in API calls: one; another one to tell why, if the first finds nothing.

        >>> newsletter = project.fetch_consents().index[0]
        >>> project.update_consents("crm-00002", {newsletter: True})
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
            RunInterrupted: The kernel was interrupted; `report` tells each customer's outcome.

        Cost in API calls: one, and one for each customer with a cell that is not missing.

        >>> customers, consents = project.fetch_customers(limit=3), project.fetch_consents()
        >>> project.push_consents(pd.DataFrame({consents.index[0]: True}, index=customers.index))
        <Consents: 3 sent.>
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

        >>> customers, consents = project.fetch_customers(limit=3), project.fetch_consents()
        >>> wanted = pd.DataFrame({consents.index[0]: True}, index=customers.index)
        >>> report = project.push_consents(wanted)
        >>> project.last_sent_consents(customers)["given"].to_list()
        [True, True, True]
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

    # -- forms ---------------------------------------------------------------------------------

    def consent_form(self, customers: pd.DataFrame | Iterable[str] | None = None) -> ConsentForm:
        """A form to give and withdraw consents; `form.report` tells what it did.

        Args:
            customers: A DataFrame indexed by `customer_id`, or ids and source_ids; None searches
                by id, source_id or e-mail address in the form.

        Cost in API calls: one to show it; a search takes one or two, *Apply* one and one more
        for each customer. The form says so before.

        >>> form = project.consent_form(project.fetch_customers(city="Łódź"))
        """
        from vfy_notebook.forms.consent_form import ConsentForm  # noqa: PLC0415 - only who wants it

        return ConsentForm(self, customers)

    def deletion_form(self, customers: pd.DataFrame | Iterable[str] | None = None) -> DeletionForm:
        """A form to delete customers, after their number is typed; `form.report` tells the rest.

        Args:
            customers: A DataFrame indexed by `customer_id`, or ids and source_ids; None searches
                by id, source_id or e-mail address in the form.

        Cost in API calls: none to show it for a DataFrame, else one per customer; a search takes
        one or two, the deletion one per customer.

        >>> form = project.deletion_form(["crm-00005", "crm-00202"])
        """
        from vfy_notebook.forms.deletion_form import DeletionForm  # noqa: PLC0415 - as above

        return DeletionForm(self, customers)

    def edit_form(self, customers: pd.DataFrame | None = None) -> EditForm:
        """A form to give one field of many customers a value: preview, push, undo.

        Args:
            customers: The customers to choose from, as `fetch_customers` gave them; None fetches
                all of them in the form.

        Cost in API calls: one to show it, for the metadata schema; a preview and a push cost what
        `plan_push` and its plan do.

        >>> form = project.edit_form(project.fetch_customers())
        """
        from vfy_notebook.forms.edit_form import EditForm  # noqa: PLC0415 - as above

        return EditForm(self, customers)
