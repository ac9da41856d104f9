"""Segments: those that there are, their members, new ones."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from vfy_notebook.fetch.memberships.customer_segments import fetch_customer_segments
from vfy_notebook.fetch.memberships.fetching import MembershipRequest, check_via, fetch_memberships
from vfy_notebook.fetch.partial import only_our_errors
from vfy_notebook.fetch.segments import fetch_segments, wanted_segments
from vfy_notebook.frames.segments.memberships import customer_ids
from vfy_notebook.frames.segments.segments import customer_segments_frame, segments_frame
from vfy_notebook.project.base import ProjectBase
from vfy_notebook.segments.deletion import delete_segment
from vfy_notebook.segments.order import SegmentRequest
from vfy_notebook.segments.planner import SegmentPlanner

if TYPE_CHECKING:
    from collections.abc import Iterable

    import pandas as pd

    from vfy_notebook.progress import Shown
    from vfy_notebook.segments.plan import SegmentPlan

__all__ = ["SegmentMethods"]


class SegmentMethods(ProjectBase):
    """Methods that fetch, make and delete segments, and fetch their members."""

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

        How long it may take: its calls, each of which has an end (see `Project`).

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

        How long it may take: its calls, each of which has an end (see `Project`).

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

        How long it may take: its calls, each of which has an end (see `Project`).

        Cost in API calls: two; one with `must_exist=False`. For many customers,
        `fetch_memberships` takes fewer.

        Source: https://docs.voucherify.io/api-reference/customers/list-customers-segments

        >>> project.get_customer_segments("crm-00002")["segment"].to_list()
        ['Lapsed: nothing bought since September 2025', 'Newsletter readers']
        """
        segments = fetch_customer_segments(self._api, ref, must_exist=must_exist)
        return customer_segments_frame(segments)

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
        progress: Shown = None,
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
            progress: As in `plan_push`.

        Returns:
            The plan. `plan.create()` makes the segment and gives its row.

        Raises:
            ArgumentError: The name or a customer is none, or an option is none.
            PlanError: The frame is another project's, or planning would take more calls than
                `max_calls`.

        How long it may take: its calls, each of which has an end (see `Project`); an export that it
        reads is waited for five minutes, and is done without then.

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
        return self._segment_planner.plan(customers, request, progress=progress)

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

        How long it may take: its calls, each of which has an end (see `Project`).

        Cost in API calls: two: one to read its name, one to delete it.

        Source: https://docs.voucherify.io/api-reference/segments/delete-segment

        >>> deleted = project.delete_segment("Gold tier", confirm="Gold tier")
        >>> deleted.index[0] in project.fetch_segments().index
        False
        """
        return delete_segment(self._api, ref, confirm=confirm)

    @property
    def _segment_planner(self) -> SegmentPlanner:
        return SegmentPlanner(self._api, self._open_journal, self._snapshots, self._push_planner)
