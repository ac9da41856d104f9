"""Deletes customers: shown first, confirmed by their number, with one outcome each.

https://docs.voucherify.io/api-reference/customers/delete-customer
https://docs.voucherify.io/api-reference/customers/delete-customer-permanently
"""

from __future__ import annotations

import contextlib
import html
import warnings
from typing import TYPE_CHECKING, Any

import pandas as pd

from vfy_notebook.customers.deletion_flags import chosen_rows
from vfy_notebook.customers.left_behind import copies_with, in_words
from vfy_notebook.customers.lookup import is_gone, is_missing
from vfy_notebook.customers.one_by_one import one_by_one
from vfy_notebook.customers.outcomes import CustomerOutcome, counted, table_html
from vfy_notebook.customers.single import get_customer, no_such_customer
from vfy_notebook.errors import (
    JournalError,
    NotFoundError,
    PlanError,
    PushFailed,
    RunInterrupted,
    VfyNotebookError,
    VfyNotebookWarning,
)
from vfy_notebook.frames.arrays import objects
from vfy_notebook.frames.identities.identities import (
    WHO,
    CustomerIdentity,
    CustomerTotals,
    customers_from_api,
    identities_of,
    refs_of,
    rows_by_id,
    totals_of,
    without_doubles,
)
from vfy_notebook.progress import Progress
from vfy_notebook.shown_text import shown_text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from vfy_notebook.api.operations import Api
    from vfy_notebook.customers.consents import OpenJournal
    from vfy_notebook.journal.journal import Journal
    from vfy_notebook.progress import Shown

#: Customers that a preview shows.
_SHOWN = 10

_DELETED, _GONE = "deleted", "gone"

#: What each way of deleting means, in a line.
MEANING = {
    False: (
        "the profile is deleted, with its metadata and memberships. There is no undo and no "
        "trash bin; Voucherify does not say what becomes of orders and events."
    ),
    True: (
        "the profile is deleted with all its events, orders and memberships, and what this "
        "toolkit keeps on this computer. Copies that you have written (Parquet, workbooks) stay, "
        "and the report names them. Voucherify answers with a receipt."
    ),
}


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
        receipt = _delete_permanently(self._api, customer.customer_id)
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
        shown = ", ".join(map(repr, self.not_found[:_SHOWN]))
        more = len(self.not_found) - _SHOWN
        return f"Not found, and not counted: {shown}" + (
            f" and {more:,} more." if more > 0 else "."
        )

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


def plan_deletion(
    api: Api,
    open_journal: OpenJournal,
    customers: object,
    *,
    permanent: bool,
    progress: Shown = None,
) -> DeletionPlan:
    """A plan for a DataFrame of customers, or for ids and source_ids, which are looked up."""
    chosen_by = ""
    if isinstance(customers, pd.DataFrame):
        chosen = chosen_rows(customers)
        customers, chosen_by = chosen.frame, chosen.sentence
    rows = rows_by_id(customers)
    if rows is not None and _tells_who(rows, permanent=permanent):
        return DeletionPlan(
            api, open_journal, rows.copy(), permanent=permanent, chosen_by=chosen_by
        )
    refs = refs_of(customers)
    found, not_found = [], []
    with (
        Progress(
            "Looking up customers",
            unit="customers",
            calls=lambda: api.transport.calls.total,
            shown=progress,
        ) as bar,
        api.transport.governor.told_of_waits(bar.waits),
    ):
        for number, ref in enumerate(refs):
            bar.update(number, len(refs))
            try:
                found.append(api.get_customer(ref))
            except NotFoundError:
                not_found.append(ref)
        bar.update(len(refs))
    return DeletionPlan(
        api,
        open_journal,
        without_doubles(customers_from_api(found)),
        permanent=permanent,
        not_found=tuple(not_found),
        chosen_by=chosen_by,
    )


def _tells_who(rows: pd.DataFrame, *, permanent: bool) -> bool:
    """Whether a frame tells enough of its customers, so that none has to be looked up."""
    if permanent:  # what is kept on this computer goes by both names
        return "source_id" in rows.columns
    return rows.columns.empty or any(name in rows.columns for name in WHO)


def delete_customer(api: Api, ref: str) -> None:
    """Delete one customer.

    Raises:
        NotFoundError: There is none.
    """
    try:
        api.delete_customer(ref)
    except NotFoundError as error:
        raise no_such_customer(ref, error) from None
    except VfyNotebookError as error:
        if not is_gone(api, ref, error):
            raise


def _delete_permanently(api: Api, customer_id: str) -> dict[str, Any] | None:
    """The receipt; None where it was lost and the customer is gone."""
    try:
        return api.delete_customer_permanently(customer_id)
    except NotFoundError:
        raise
    except VfyNotebookError as error:
        if not is_gone(api, customer_id, error):
            raise
        return None


def delete_customer_permanently(
    api: Api, open_journal: OpenJournal, ref: str
) -> dict[str, Any] | None:
    """Delete one customer with all its data, on this computer too; returns the receipt.

    Raises:
        NotFoundError: There is none.
    """
    with open_journal() as journal:
        try:
            customer = get_customer(api, ref)
        except NotFoundError:
            journal.forget_customer(ref, ref)
            _warn_of_copies([ref])
            raise
        try:
            receipt = _delete_permanently(api, customer["id"])
        except NotFoundError:
            # It was there a moment ago.
            if not is_missing(api, customer["id"]):
                raise
            receipt = None
        if receipt is not None:
            journal.keep_receipt(customer["id"], receipt)
        # What is kept on this computer goes by both names.
        journal.forget_customer(customer["id"], customer.get("source_id"))
    _warn_of_copies([customer["id"], customer.get("source_id")])
    return receipt


def _warn_of_copies(names: list[str | None]) -> None:
    copies = copies_with(names)
    if copies:
        warnings.warn(in_words(copies).strip(), VfyNotebookWarning, stacklevel=4)


def receipts_frame(receipts: list[dict[str, Any]]) -> pd.DataFrame:
    """Receipts of permanent deletions, one row each, with a column for each kind of thing."""
    removed = [receipt.get("data_json") or {} for receipt in receipts]
    kinds = list(dict.fromkeys(kind for each in removed for kind in each))
    return pd.DataFrame(
        {
            "receipt_id": pd.array([r.get("id") for r in receipts], dtype="str"),
            "created_at": pd.to_datetime(
                pd.Series([r.get("created_at") for r in receipts], dtype="str"),
                format="ISO8601",
                errors="coerce",
                utc=True,
            ).array,
            "status": pd.array([r.get("status") for r in receipts], dtype="str"),
            **{kind: _counts([each.get(kind) for each in removed]) for kind in kinds},
        }
    )


def plan_cut_off_deletions(api: Api, open_journal: OpenJournal, *, permanent: bool) -> DeletionPlan:
    """A plan for the customers whom a deletion that was cut off has not surely deleted."""
    with open_journal() as journal:
        names = dict(journal.cut_off_deletions(permanent=permanent))
    customers = pd.DataFrame(
        {"source_id": pd.array(list(names.values()), dtype="str")},
        index=pd.Index(list(names), dtype="str", name="customer_id"),
    )
    return DeletionPlan(api, open_journal, customers, permanent=permanent)


def _counts(values: list[Any]) -> Any:
    """Counts of a receipt as whole numbers, anything else as it came."""
    if all(value is None or (type(value) is int and abs(value) < 2**63) for value in values):
        return pd.array(values, dtype="Int64")
    return objects(values)


def what_goes_with(customers: pd.DataFrame) -> str:
    """What customers have together, as a sentence; empty where their columns do not tell."""
    told = totals_in_words(totals_of(customers)) if len(customers) else ""
    return f"Together they have {told}." if told else ""


def totals_in_words(totals: CustomerTotals) -> str:
    """What customers have together; empty where nothing is known.

    >>> totals_in_words(CustomerTotals(orders=3, spent=123_450, points=0))
    '3 orders worth 1,234.50 and 0 loyalty points'
    """
    orders = ""
    if totals.orders is not None:
        orders = f"{totals.orders:,} order{'s' * (totals.orders != 1)}"
        if totals.spent is not None:
            orders += f" worth {totals.spent / 100:,.2f}"
    points = ""
    if totals.points is not None:
        points = f"{totals.points:,} loyalty point{'s' * (totals.points != 1)}"
    return " and ".join(part for part in (orders, points) if part)
