"""What customers have done: orders, redemptions and events."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vfy_notebook.fetch.filters import with_filters_documented
from vfy_notebook.fetch.history.activity import fetch_activity
from vfy_notebook.fetch.history.exports import ORDER_HISTORY, REDEMPTION_HISTORY
from vfy_notebook.fetch.history.fetching import fetch_history
from vfy_notebook.fetch.history.query import orders_query, redemptions_query
from vfy_notebook.project.base import ProjectBase

if TYPE_CHECKING:
    from collections.abc import Iterable

    import pandas as pd

    from vfy_notebook.frames.times import Moment
    from vfy_notebook.progress import Shown

__all__ = ["HistoryMethods"]


class HistoryMethods(ProjectBase):
    """Methods that fetch orders, redemptions and one customer's events."""

    @with_filters_documented
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
            {filters of orders}
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

        How long it may take: its calls, each of which has an end (see `Project`); an export is
        waited for an hour, and its download ends within two hours.

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

    @with_filters_documented
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
            {filters of redemptions}
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

        How long it may take: its calls, each of which has an end (see `Project`); an export is
        waited for an hour, and its download ends within two hours.

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

        How long it may take: its calls, each of which has an end (see `Project`).

        Cost in API calls: one for each 100 events, at least one.

        Source: https://docs.voucherify.io/api-reference/customers/list-customer-activity

        >>> activity = project.fetch_activity("crm-00002")
        >>> activity["type"].value_counts().head(2).to_dict()
        {'customer.order.created': 2, 'customer.order.paid': 2}
        """
        return fetch_activity(self._api, customer, progress=progress)
