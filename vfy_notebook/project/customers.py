"""Customers as a DataFrame, and the schema of their metadata."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from vfy_notebook.fetch.customers import check_limit, check_order, check_route, fetch_customers
from vfy_notebook.fetch.filters import customers_query, with_filters_documented
from vfy_notebook.fetch.marks import known_from_ms
from vfy_notebook.fetch.partial import only_our_errors
from vfy_notebook.fetch.segments import segment_id_of
from vfy_notebook.frames.metadata.defined import metadata_schema_frame
from vfy_notebook.frames.metadata.rest import bare_keys
from vfy_notebook.project.base import ProjectBase
from vfy_notebook.push.comparing.request import names_in

if TYPE_CHECKING:
    from collections.abc import Iterable

    import pandas as pd

    from vfy_notebook.frames.times import Moment
    from vfy_notebook.progress import Shown

__all__ = ["CustomerMethods"]


class CustomerMethods(ProjectBase):
    """Methods that fetch customers and their metadata schema."""

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
            {filters of customers}
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
        query = customers_query(
            email=email,
            city=city,
            name=name,
            created_after=created_after,
            created_before=created_before,
            updated_after=updated_after,
            updated_before=updated_before,
        )
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

        How long it may take: its calls, each of which has an end (see `Project`).

        Cost in API calls: one.

        Source: https://docs.voucherify.io/api-reference/metadata-schemas/get-metadata-schema

        >>> project.fetch_metadata_schema().loc["tier", ["type", "eq"]].to_list()
        ['string', ['bronze', 'silver', 'gold']]
        """
        with only_our_errors():
            return metadata_schema_frame(self._api.metadata_schema())
