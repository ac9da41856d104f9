"""Copies on disk, for what is larger than memory."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vfy_notebook.fetch.customers import check_route
from vfy_notebook.fetch.filters import customers_query, with_filters_documented
from vfy_notebook.fetch.history.query import orders_query, redemptions_query
from vfy_notebook.fetch.saving.copying import SavedParts
from vfy_notebook.fetch.saving.customers import save_customers
from vfy_notebook.fetch.saving.history import save_orders, save_redemptions
from vfy_notebook.fetch.saving.memberships import save_memberships
from vfy_notebook.project.base import ProjectBase

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    import pandas as pd

    from vfy_notebook.frames.times import Moment
    from vfy_notebook.progress import Shown

__all__ = ["SavingMethods"]


class SavingMethods(ProjectBase):
    """Methods that save as Parquet parts what `fetch_*` gives as a DataFrame."""

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
        continues where it stopped, an export starts again. A listing's parts hold one span of
        `created_at` each, by whose beginning they are named: readers that want some months open
        the parts of these months only. pandas, DuckDB, pyarrow and Dask read
        the folder with one schema for all parts; if the metadata schema changes between two
        runs, that of the first run is used. The folder keeps customers as they were when they
        were read; later changes and deletions at Voucherify do not reach it.

        Args:
            path: The folder for the parts; `~` is your home. It is made if it does not exist. It
                may hold nothing else, except names that begin with a dot or an underscore. Or the
                address of a folder in an object store, such as `s3://bucket/customers/`: S3,
                Google's and Azure's through fsspec, with the package and the credentials that
                fsspec finds for it (`s3fs`, `gcsfs`, `adlfs`). Parts, note and resume are the same
                there. A store has no lock that ends with its process, so one object stands for
                it: one that a killed process of this machine has left behind is taken over, one
                of another machine has to be removed, as the error says. Where a store cannot put
                an object only if there is none, two that begin in the same moment may both run
                until the first of them writes a part and sees the other's lock.
            {filters of customers}
            via: `"list"` or `"export"`, as for `fetch_customers`.
            replace_existing: Overwrite a copy that this method has made, finished or not.
            progress: None shows a bar where one can be seen; False is silent.

        Returns:
            `.path`, `.rows` and `.calls`. `.calls` includes earlier runs; of a run that was
            killed, it counts the calls up to the last part that was written (20,000 customers at
            most are in no part yet, about 200 calls). The columns are those of `fetch_customers`,
            except for metadata: the column `metadata` holds all of it as JSON, and each key of the
            metadata schema also has a typed column, in which a value of another type is NA. Lists
            and objects are JSON.

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

        How long it may take: as `fetch_customers`.

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
        query = customers_query(
            email=email,
            city=city,
            name=name,
            created_after=created_after,
            created_before=created_before,
            updated_after=updated_after,
            updated_before=updated_before,
        )
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

        How long it may take: as `fetch_memberships`.

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
            {filters of orders}
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

        How long it may take: as `fetch_orders`.

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

    @with_filters_documented
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
            {filters of redemptions}
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

        How long it may take: as `fetch_redemptions`.

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
