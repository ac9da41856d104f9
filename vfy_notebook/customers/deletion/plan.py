"""Customers to delete: shown first, confirmed by their number, with one outcome each.

https://docs.voucherify.io/api-reference/customers/delete-customer
https://docs.voucherify.io/api-reference/customers/delete-customer-permanently
"""

from __future__ import annotations

import contextlib
import html
from typing import TYPE_CHECKING

import pandas as pd

from vfy_notebook.customers.deletion.left_behind import copies_with, in_words
from vfy_notebook.customers.deletion.meaning import MEANING, what_goes_with
from vfy_notebook.customers.deletion.receipts import receipts_frame
from vfy_notebook.customers.deletion.single import delete_customer, delete_permanently
from vfy_notebook.customers.lookup import is_missing
from vfy_notebook.customers.one_by_one import one_by_one
from vfy_notebook.customers.outcomes import CustomerOutcome, counted, table_html
from vfy_notebook.errors import (
    JournalError,
    NotFoundError,
    PlanError,
    PushFailed,
    RunInterrupted,
    VfyNotebookError,
)
from vfy_notebook.frames.arrays import objects
from vfy_notebook.frames.identities.identities import CustomerIdentity, identities_of
from vfy_notebook.shown_text import first_few, shown_text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from vfy_notebook.api.operations import Api
    from vfy_notebook.customers.consents import OpenJournal
    from vfy_notebook.journal.journal import Journal
    from vfy_notebook.progress import Shown

#: Customers that a preview shows.
_SHOWN = 10

_DELETED, _GONE = "deleted", "gone"


class DeletionPlan:
    """Customers to delete; only `delete(confirm=N)` deletes them.

    `len(plan)` is the number to confirm.

    Attributes:
        customers: The customers, indexed by `customer_id`, each once.
        permanent: Whether their events, orders and memberships are deleted too.
        not_found: Ids or source_ids that were given but belong to no customer.
        chosen_by: How a column of flags has chosen them, as a sentence; empty where none has.
        report: The report of `delete`; None before it.

    >>> customers = project.fetch_customers(limit=2, progress=False)
    >>> plan = project.plan_deletion(customers)
    >>> len(plan), plan.permanent, plan.report is None
    (2, False, True)
    """

    def __init__(
        self,
        api: Api,
        open_journal: OpenJournal,
        customers: pd.DataFrame,
        *,
        permanent: bool,
        not_found: tuple[str, ...] = (),
        chosen_by: str = "",
    ) -> None:
        self._api = api
        self._open_journal = open_journal
        self._identities = identities_of(customers)
        self.customers = customers
        self.permanent = permanent
        self.not_found = not_found
        self.chosen_by = chosen_by
        self.report: DeletionReport | None = None

    def __len__(self) -> int:
        return len(self._identities)

    def delete(self, *, confirm: int, progress: Shown = None) -> DeletionReport:
        """Delete the customers of the plan, one after the other. Nothing can be taken back.

        Args:
            confirm: The number of customers planned, `len(plan)`.
            progress: None shows a bar where one can be seen; False is silent.

        Returns:
            One row per customer. A customer that was gone already is `gone`; one that is gone
            after its answer was lost is `deleted`.

        Raises:
            PlanError: `confirm` is another number, or the plan has run; nothing was sent.
            RunInterrupted: The kernel was interrupted; `report` tells each customer's outcome, and
                `report.plan_rest()` plans those that are left.

        How long it may take: its calls, each of which has an end (see `Project`).

        Cost in API calls: one per customer, and one more for each who is gone already.
        """
        if self.report is not None:
            message = (
                "This plan has run; its result is in plan.report, and plan.report.plan_rest() "
                "plans the customers that are left. Nothing was sent."
            )
            raise PlanError(message)
        if type(confirm) is not int or confirm != len(self):
            message = (
                f"This plan deletes {len(self):,} customer{'s' * (len(self) != 1)}, but "
                f"confirm={confirm!r}: look at the plan, then give confirm={len(self)}. "
                "Nothing was sent."
            )
            raise PlanError(message)
        with self._open_journal() as journal:
            if self.permanent:
                for ref in self.not_found:
                    journal.forget_customer(ref, ref)
            names = [(c.customer_id, c.source_id) for c in self._identities]
            deletion_id = journal.begin_deletion(names, permanent=self.permanent)
            run = one_by_one(
                self._identities,
                lambda customer: self._delete_one(customer, journal),
                transport=self._api.transport,
                task="Deleting customers" + " permanently" * self.permanent,
                progress=progress,
            )
            if not run.interrupted:
                # Whoever has the report needs no trace of it.
                with contextlib.suppress(JournalError):
                    journal.end_deletion(deletion_id)
        self.report = DeletionReport(self, run.outcomes, run.stopped_by)
        if self.permanent:
            self.report.copies = copies_with([*self.not_found, *self.report.names_gone()])
        if run.interrupted:
            message = (
                f"Interrupted. {self.report.sentence} The report is in this error's `report`; "
                "report.plan_rest() plans the customers that are left."
            )
            raise RunInterrupted(message, report=self.report) from None
        return self.report

    def _delete_one(self, customer: CustomerIdentity, journal: Journal) -> CustomerOutcome:
        try:
            outcome = self._send(customer)
        except NotFoundError as error:
            outcome = self._not_found(customer, error)
        if outcome.outcome not in (_DELETED, _GONE):
            return outcome
        if not self.permanent:
            # What is left in the journal by a full disk is found to be gone another time.
            with contextlib.suppress(JournalError):
                journal.deleted(customer.customer_id)
            return outcome
        try:
            if outcome.receipt is not None:
                journal.keep_receipt(customer.customer_id, outcome.receipt)
            journal.forget_customer(customer.customer_id, customer.source_id)
        except JournalError as error:
            reason = (
                "Voucherify has deleted the customer, but what is kept on this computer could not "
                f"be removed: {error} Then run it again."
            )
            return CustomerOutcome("unknown", reason, outcome.receipt)
        return outcome

    def _not_found(self, customer: CustomerIdentity, error: NotFoundError) -> CustomerOutcome:
        """What a 404 means for a customer who was there when the plan was made."""
        if is_missing(self._api, customer.customer_id):
            return CustomerOutcome(_GONE, "there was no such customer any more")
        reason = f"{error} Asked again, Voucherify did not say so: run it again to be sure."
        return CustomerOutcome("unknown", reason)

    def _send(self, customer: CustomerIdentity) -> CustomerOutcome:
        if not self.permanent:
            delete_customer(self._api, customer.customer_id)
            return CustomerOutcome(_DELETED)
        receipt = delete_permanently(self._api, customer.customer_id)
        if receipt is None:
            return CustomerOutcome(
                _DELETED,
                "the answer was lost, and with it the receipt; asked again, Voucherify has no such "
                "customer any more",
            )
        status = receipt.get("status")
        if status != "DONE":
            reason = (
                f"Voucherify took the order (receipt {receipt.get('id')}) but calls it {status!r} "
                "rather than 'DONE': look again with get_customer()"
            )
            return CustomerOutcome("unknown", reason, receipt)
        return CustomerOutcome(_DELETED, receipt=receipt)

    # -- looks ---------------------------------------------------------------------------------

    @property
    def headline(self) -> str:
        """What the plan does, to how many."""
        number = len(self)
        verb = "Delete permanently" if self.permanent else "Delete"
        return f"{verb}: {number:,} customer{'s' * (number != 1)}"

    @property
    def goes_with_them(self) -> str:
        """What else disappears, as far as the customers' columns tell."""
        meaning = MEANING[self.permanent]
        return f"{meaning[0].upper()}{meaning[1:]} {what_goes_with(self.customers)}".rstrip()

    @property
    def missing_sentence(self) -> str:
        """Who was asked for but is not there; empty if nobody."""
        if not self.not_found:
            return ""
        return f"Not found, and not counted: {first_few(self.not_found, _SHOWN, show=repr)}."

    def _who(self) -> pd.DataFrame:
        identities = self._identities[:_SHOWN]
        return pd.DataFrame(
            {
                "customer_id": [p.customer_id for p in identities],
                "source_id": [p.source_id or "" for p in identities],
                "name": [p.name or "" for p in identities],
                "email": [p.email or "" for p in identities],
            }
        )

    def _confirmation(self) -> str:
        return f"plan.delete(confirm={len(self)}) does it."

    def __repr__(self) -> str:
        lines = [f"{self.headline}. {self.goes_with_them}", self.chosen_by, self.missing_sentence]
        if self._identities:
            lines.append(self._who().map(shown_text, na_action="ignore").to_string(index=False))
        if len(self) > _SHOWN:
            lines.append(f"and {len(self) - _SHOWN:,} more")
        return "\n".join(line for line in [*lines, self._confirmation()] if line)

    def _repr_html_(self) -> str:
        more = len(self) - _SHOWN
        parts = [
            f"<b>{html.escape(self.headline)}</b>",
            html.escape(self.goes_with_them),
            html.escape(self.chosen_by),
            html.escape(self.missing_sentence),
            table_html(self._who()) if self._identities else "",
            f"and {more:,} more" if more > 0 else "",
            f"<code>{html.escape(self._confirmation())}</code>",
        ]
        return "".join(f"<div>{part}</div>" for part in parts if part)


class DeletionReport:
    """The outcome of each customer of a deletion.

    Attributes:
        rows: One row per customer, in the plan's order: `customer_id`, `source_id`, `outcome`
            (`deleted`; `gone`: was not there any more; `failed`; `unknown`: may be deleted;
            `skipped`: nothing was sent), `reason`, `receipt_id`.
        permanent: Whether their events, orders and memberships were deleted too.
        stopped_by: The failure that ended the run early; None if it was not ended early.
        copies: Of a permanent deletion, the files written by this toolkit that still hold one of
            the customers, a sentence each: they are yours to delete or to write anew.

    >>> customers = project.fetch_customers(limit=2, progress=False)
    >>> report = project.plan_deletion(customers).delete(confirm=2, progress=False)
    >>> report.rows["outcome"].tolist()
    ['deleted', 'deleted']
    """

    def __init__(
        self,
        plan: DeletionPlan,
        outcomes: list[CustomerOutcome],
        stopped_by: VfyNotebookError | None,
    ) -> None:
        self._plan = plan
        self._outcomes = outcomes
        self.permanent = plan.permanent
        self.stopped_by = stopped_by
        self.copies: list[str] = []
        identities = identities_of(plan.customers)
        self.rows = pd.DataFrame(
            {
                "customer_id": pd.array([p.customer_id for p in identities], dtype="str"),
                "source_id": pd.array([p.source_id for p in identities], dtype="str"),
                "outcome": pd.array([outcome.outcome for outcome in outcomes], dtype="str"),
                "reason": pd.array([outcome.reason for outcome in outcomes], dtype="str"),
                "receipt_id": pd.array(
                    [
                        None if outcome.receipt is None else outcome.receipt.get("id")
                        for outcome in outcomes
                    ],
                    dtype="str",
                ),
            }
        )

    @property
    def receipts(self) -> pd.DataFrame:
        """Voucherify's receipts of permanent deletions, one row each.

        Indexed by `customer_id`: `receipt_id`, `created_at`, `status`, then what was removed, by
        kind (`events`, `orders`, `segments`, …), as the API counts it, and `receipt`, the whole
        answer as a dict.
        """
        receipts = [
            (customer_id, outcome.receipt)
            for customer_id, outcome in zip(self.rows["customer_id"], self._outcomes, strict=True)
            if outcome.receipt is not None
        ]
        frame = receipts_frame([receipt for _, receipt in receipts])
        frame["receipt"] = objects([receipt for _, receipt in receipts])
        frame.index = pd.Index([who for who, _ in receipts], dtype="str", name="customer_id")
        return frame

    def outcomes(self) -> Iterator[tuple[str, str, str, str]]:
        """Each row's customer_id, outcome, reason and what the receipt counts, in words."""
        for customer_id, outcome in zip(self.rows["customer_id"], self._outcomes, strict=True):
            removed = (outcome.receipt or {}).get("data_json") or {}
            counts = ", ".join(f"{kind} {count}" for kind, count in removed.items())
            receipt = f"{outcome.receipt.get('id')}: {counts}" if outcome.receipt else ""
            yield customer_id, outcome.outcome, outcome.reason, receipt

    def names_gone(self) -> list[str]:
        """The ids and source_ids of those who are surely gone."""
        gone = self.rows[self.rows["outcome"].isin([_DELETED, _GONE])]
        return [*gone["customer_id"], *gone["source_id"].dropna()]

    @property
    def failed(self) -> pd.DataFrame:
        """The rows of customers that are not surely gone."""
        return self.rows[~self.rows["outcome"].isin([_DELETED, _GONE])]

    def plan_rest(self) -> DeletionPlan:
        """A plan for the customers that are not surely gone; it wants a confirmation of its own.

        Cost in API calls: none.
        """
        rest = self.rows["outcome"].isin([_DELETED, _GONE]).to_numpy()
        return DeletionPlan(
            self._plan._api,  # noqa: SLF001 - a plan of the same making
            self._plan._open_journal,  # noqa: SLF001
            self._plan.customers[~rest],
            permanent=self.permanent,
        )

    def raise_if_failed(self) -> None:
        """Raise if a customer is not surely gone.

        Raises:
            PushFailed: With this report.
        """
        if len(self.failed):
            message = f"{self.sentence} See report.failed; report.plan_rest() plans them again."
            raise PushFailed(message, report=self)

    @property
    def sentence(self) -> str:
        """The outcome in a sentence."""
        what = "Permanent deletion" if self.permanent else "Deletion"
        stopped = f" Stopped early: {self.stopped_by}" if self.stopped_by is not None else ""
        return f"{what}: {counted(self.rows['outcome'])}.{stopped}{in_words(self.copies)}"

    def __repr__(self) -> str:
        return f"<{self.sentence}>"

    def _repr_html_(self) -> str:
        return f"<b>{html.escape(self.sentence)}</b>{table_html(self.rows)}"
