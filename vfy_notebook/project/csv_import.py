"""The import of customers by the API's CSV route."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vfy_notebook.customers.csv_import.importing import import_csv
from vfy_notebook.project.base import ProjectBase

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd

    from vfy_notebook.progress import Shown

__all__ = ["CsvImportMethods"]


class CsvImportMethods(ProjectBase):
    """The method that imports a CSV."""

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
            `async_action_id`, `push_id` (of `pushes()`, which lists imports too).

        Raises:
            ArgumentError: The file or frame cannot be imported; the message says why.
            PlanError: Rows have no source_id, or two have the same one; fields of the profile are
                missing; or the upload is larger than 10 MB. Nothing was sent.
            ImportInterrupted: Waiting was cut off; its `async_action_id` goes on, and so does
                `resume_push` with its `push_id`, also after a crash.
            JournalError: The journal cannot be written; nothing was sent.

        Warns:
            OverwriteWarning: Each time, before anything is sent.

        How long it may take: its calls, each of which has an end (see `Project`), and then as
        `timeout_s` says.

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
            self._open_journal,
            path_or_frame,
            allow_partial=allow_partial,
            async_action_id=async_action_id,
            progress=progress,
            timeout_s=timeout_s,
        )
