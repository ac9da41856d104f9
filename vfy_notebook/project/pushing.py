"""From an edited DataFrame to changed customers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vfy_notebook.project.base import ProjectBase
from vfy_notebook.push.comparing.request import PlanRequest

if TYPE_CHECKING:
    from collections.abc import Iterable

    import pandas as pd

    from vfy_notebook.progress import Shown
    from vfy_notebook.push.plan import PushPlan, PushReport

__all__ = ["PushMethods"]


class PushMethods(ProjectBase):
    """Methods that plan and resume pushes, and show earlier ones."""

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
        progress: Shown = None,
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

        Rows without a version hold values to set: cells that differ from what the API has shown
        last are meant, blank ones leave things alone, which a note counts. Such are rows of a
        frame without mark in which no cell that cannot be written (`created_at`, `updated_at`,
        `summary.*`, `loyalty.*`) is filled: a `DataFrame(dict)`, a colleague's list of a few
        columns, what a merge has filled up with NA. To empty cells in them, give the frame that
        you started from as `before`. A frame with columns that cannot be written, of which
        nothing is remembered, is an old copy, and refused unless `before` or `columns` says what
        is meant.

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
            progress: None shows a bar, where one can be seen, as soon as a call has to wait; False
                is silent.

        Returns:
            The plan: `.edits`, `.problems`, `.calls`, a preview, and `.push()`.

        Raises:
            ArgumentError: `edited` or `before` is no DataFrame, or an option is none.
            PlanError: A customer or column is there twice, the frame names no customers or is
                another project's, or planning would take more calls than `max_calls`.

        How long it may take: its calls, each of which has an end (see `Project`); an export that it
        reads is waited for five minutes, and is done without then.

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
        return self._push_planner.plan(edited, before, request, progress=progress)

    def resume_push(
        self, push_id: str | None = None, *, progress: Shown = None, timeout_s: float = 900.0
    ) -> PushReport:
        """Continue a push that a crash or an interrupt cut off, in this process or another one.

        It sends only what was not sent yet. Customers that others have changed since then are
        `skipped` (unless the plan was made with `on_conflict="overwrite"`). A CSV import is
        followed to its end, and nothing is uploaded again.

        Args:
            push_id: The push; None is the only one that is not finished. Of a finished push,
                customers whose outcome is unknown are looked at again. In a copy of the journal it
                has to be named: what was done with the original is not known there.
            progress: None shows a bar where one can be seen; False is silent.
            timeout_s: As in `PushPlan.push`.

        Returns:
            The report of the whole push.

        Raises:
            PlanError: There is no such push; or `push_id` is None and several are unfinished, or
                the journal is a copy of the one with which the push was begun.
            PushInterrupted: It was cut off again.
            JournalError: The journal cannot be used, or another process runs the push.

        How long it may take: as `PushPlan.push`.

        Cost in API calls: those that the push had left, and one to find each request whose answer
        was lost.

        Sources: https://docs.voucherify.io/api-reference/customers/update-customers-in-bulk and
        https://docs.voucherify.io/api-reference/async-actions/get-async-action

        >>> customers = project.fetch_customers(limit=2)
        >>> report = project.plan_push(customers.assign(name="Ada")).push()
        >>> project.resume_push(report.push_id).counts
        {'updated': 2}
        """
        return self._push_planner.resume(push_id, progress=progress, timeout_s=timeout_s)

    def pushes(self) -> pd.DataFrame:
        """The pushes of this project that the journal on this computer knows, oldest first.

        Also those that were made with an earlier key, or under another spelling of the address:
        ids of segments and of the metadata schema, which no other project has, tell that it is
        the same one.

        Returns:
            One row per push: `push_id`, `when` (UTC), `kind` (`push`, `undo`, `retry`, or `import`
            of a CSV import, which cannot be undone),
            `customers`, `outcomes` (a dict from outcome to number of customers), `resumable`
            (`resume_push` has something to do or to look at) and `undoable` (some customers were
            updated, or may have been). Finished pushes are kept for 30 days.

        Raises:
            JournalError: The journal cannot be read, or is damaged.

        How long it may take: its calls, each of which has an end (see `Project`), and half a minute
        where another program holds the journal.

        Cost in API calls: none. One or two, once, where the journal has pushes of another key or
        address, and it is not known yet whether that is the same project.

        >>> customers = project.fetch_customers(limit=2)
        >>> report = project.plan_push(customers.assign(name="Ada")).push()
        >>> pushes = project.pushes()
        >>> pushes["push_id"].iloc[-1] == report.push_id, pushes["outcomes"].iloc[-1]
        (True, {'updated': 2})
        """
        return self._push_planner.pushes()

    def get_push(self, push_id: str) -> PushReport:
        """The report of a push, as the journal on this computer knows it; changes nothing.

        Args:
            push_id: The push, of `report.push_id` or `project.pushes()`.

        Returns:
            The report, as `PushPlan.push` gives it.

        Raises:
            PlanError: The journal has no such push of this project.
            JournalError: The journal cannot be read, or is damaged.

        How long it may take: as `pushes()`.

        Cost in API calls: none, or those of `pushes()`.

        >>> customers = project.fetch_customers(limit=2)
        >>> report = project.plan_push(customers.assign(name="Ada")).push()
        >>> project.get_push(report.push_id).plan_undo().push().counts
        {'updated': 2}
        """
        return self._push_planner.get(push_id)

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

        How long it may take: its calls, each of which has an end (see `Project`).

        Cost in API calls: one or two where nothing has changed; else one for each 100 customers
        that have. Customers that this process has not fetched are read anew.

        Source: https://docs.voucherify.io/api-reference/customers/list-customers

        >>> customers = project.fetch_customers(city="Łódź")
        >>> refreshed = project.refresh(customers.assign(name="not pushed"))
        >>> refreshed.equals(customers)
        True
        """
        return self._push_planner.refresh(customers)

    def adopt_pushes(self, site: str) -> int:
        """Make the journal's pushes of another connection this project's.

        After a key was rotated or the address changed, the same project has another name here.
        Where nothing that the journal remembers shows that it is the same (see `pushes`), the
        message about a push that is not found lists the other names, and you can say so.

        Args:
            site: The other connection, as that message names it.

        Returns:
            The number of pushes that are this project's now.

        Raises:
            JournalError: The journal cannot be read or written; nothing was moved.

        How long it may take: half a minute, where another program holds the journal.

        Cost in API calls: none.

        >>> project.adopt_pushes("https://api.voucherify.io an-earlier-application-id")
        0
        """
        return self._push_planner.adopt(site)
