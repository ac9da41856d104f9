"""Gives and withdraws consents, customer by customer, and logs on this computer what was sent.

The API has no call that reads a customer's consents. The log has what *this computer sent*, and
nothing else.
"""

from __future__ import annotations

import contextlib
import html
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

from vfy_notebook.customers.one_by_one import Run, one_by_one
from vfy_notebook.customers.outcomes import CustomerOutcome, counted, table_html
from vfy_notebook.customers.single import no_such_customer
from vfy_notebook.errors import (
    ArgumentError,
    JournalError,
    NotFoundError,
    PushFailed,
    RunInterrupted,
    VfyNotebookError,
    VfyNotebookWarning,
)
from vfy_notebook.fetch.consents import fetch_consent_book
from vfy_notebook.frames.arrays import objects
from vfy_notebook.frames.consents import UNSUBSCRIBED, ConsentChange, consent_changes
from vfy_notebook.frames.identities.identities import ID_PREFIX
from vfy_notebook.journal.entries import SentConsent
from vfy_notebook.journal.journal import Journal

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from vfy_notebook.api.operations import Api
    from vfy_notebook.frames.identities.identities import CustomerIdentity
    from vfy_notebook.progress import Shown

_SENT, _SKIPPED = "sent", "skipped"


#: Opens the journal, where what was sent is kept; in the thread that is going to use it.
OpenJournal = Callable[[], Journal]


@dataclass(frozen=True, repr=False)
class ConsentReport:
    """What became of each customer of `push_consents`.

    Attributes:
        rows: One row per customer of the frame, in its order: `customer` (as the frame's index
            names it), `outcome` (`sent`, `failed`, `unknown`: it may have been sent; `skipped`:
            nothing was), `reason` and `sent` (the request's values, as a dict).
        stopped_by: The failure that ended the run before its end; None if none did.

    >>> consent = project.fetch_consents().index[0]
    >>> customers = project.fetch_customers(limit=2, progress=False)
    >>> given = pd.DataFrame({consent: True}, index=customers.index)
    >>> report = project.push_consents(given, progress=False)
    >>> report.rows["outcome"].tolist(), len(report.failed)
    (['sent', 'sent'], 0)
    """

    rows: pd.DataFrame
    stopped_by: VfyNotebookError | None = None

    @property
    def failed(self) -> pd.DataFrame:
        """The rows with the outcome `failed` or `unknown`, or not sent although they should be."""
        rows = self.rows
        asked = rows["sent"].map(bool).astype("bool")
        return rows[asked & (rows["outcome"] != _SENT)]

    def raise_if_failed(self) -> None:
        """Raise if a row that had something to send did not surely succeed.

        Raises:
            PushFailed: With this report.
        """
        if len(self.failed):
            message = f"{self.sentence} See report.failed; push_consents() them again."
            raise PushFailed(message, report=self)

    def outcomes(self) -> Iterator[tuple[str, str, str]]:
        """Each row's customer, outcome and reason."""
        rows = self.rows
        return zip(rows["customer"], rows["outcome"], rows["reason"], strict=True)

    @property
    def sentence(self) -> str:
        """The outcome in a sentence."""
        stopped = f" Stopped early: {self.stopped_by}" if self.stopped_by is not None else ""
        return f"Consents: {counted(self.rows['outcome'])}.{stopped}"

    def __repr__(self) -> str:
        return f"<{self.sentence}>"

    def _repr_html_(self) -> str:
        shown = self.rows.assign(sent=[in_words(sent) for sent in self.rows["sent"]])
        return f"<b>{html.escape(self.sentence)}</b>{table_html(shown)}"


def push_consents(
    api: Api, open_journal: OpenJournal, frame: object, *, progress: Shown
) -> ConsentReport:
    """Send each row's consents.

    Raises:
        NotFoundError: The project has no consents.
        ArgumentError: The frame holds what cannot be sent; nothing was sent.
        RunInterrupted: The user stopped it; `report` tells how far it came.
    """
    book = fetch_consent_book(api)
    changes = consent_changes(frame, {c.id: c.name for c in book.consents.data})
    asked = [change for change in changes if change.values]
    _refuse_one_under_two_names(api, [change.customer for change in asked])

    with open_journal() as journal:

        def send(change: ConsentChange) -> CustomerOutcome:
            try:
                return _send_logged(api, journal, change.customer, change.values)
            except NotFoundError as error:
                raise no_such_customer(change.customer, error) from None

        run = one_by_one(
            asked, send, transport=api.transport, task="Sending consents", progress=progress
        )
    report = _report(changes, asked, run)
    if run.interrupted:
        message = (
            f"Interrupted. {report.sentence} The report is in this error's `report`: "
            "push_consents() the rows of report.failed again."
        )
        raise RunInterrupted(message, report=report) from None
    return report


def _refuse_one_under_two_names(api: Api, customers: list[str]) -> None:
    """Look the fewer up where a frame names some customers by id and others by source_id."""
    by_id = [each for each in customers if each.startswith(ID_PREFIX)]
    others = [each for each in customers if not each.startswith(ID_PREFIX)]
    if not by_id or not others:
        return
    given = set(customers)
    for each in min(by_id, others, key=len):
        try:
            shown = api.get_customer(each)
        except NotFoundError:
            continue
        names = {shown.get("id"), shown.get("source_id")} & given
        if len(names) > 1:
            one, other = sorted(map(str, names))
            message = (
                f"{one!r} and {other!r} are the same customer: keep one row per customer. "
                "Nothing was sent."
            )
            raise ArgumentError(message)


def _report(changes: list[ConsentChange], asked: list[ConsentChange], run: Run) -> ConsentReport:
    outcomes = {
        change.customer: outcome for change, outcome in zip(asked, run.outcomes, strict=True)
    }
    nothing = CustomerOutcome(_SKIPPED, "every cell of this row is missing")
    told = [outcomes.get(change.customer, nothing) for change in changes]
    rows = pd.DataFrame(
        {
            "customer": pd.array([change.customer for change in changes], dtype="str"),
            "outcome": pd.array([outcome.outcome for outcome in told], dtype="str"),
            "reason": pd.array([outcome.reason for outcome in told], dtype="str"),
            "sent": objects([dict(change.values) for change in changes]),
        }
    )
    return ConsentReport(rows, run.stopped_by)


def update_consents(
    api: Api, open_journal: OpenJournal, ref: str, consents: Mapping[str, bool]
) -> None:
    """Give (True) or withdraw (False) one customer's consents.

    Raises:
        NotFoundError: There is no such customer, or the project has no consents.
        ArgumentError: There is nothing to send, or something that is neither True nor False.
    """
    values = dict(consents)
    wrong = next((name for name, value in values.items() if not isinstance(value, bool)), None)
    if wrong is not None or not values:
        what = "Nothing to send" if wrong is None else f"{wrong}={values[wrong]!r}"
        message = (
            f"{what} for {ref!r}: give True or False by consent id, such as "
            "{'cnst_…': True}, or {'unsubscribed': True} for all."
        )
        raise ArgumentError(message)
    with open_journal() as journal:
        try:
            sent = _send_logged(api, journal, ref, values)
        except NotFoundError as error:
            fetch_consent_book(api)  # a project without consents says 404 here too
            raise no_such_customer(ref, error) from None
    if sent.reason:
        warnings.warn(f"Consents of {ref!r}: {sent.reason}", VfyNotebookWarning, stacklevel=3)


def _send_logged(
    api: Api, journal: Journal, ref: str, values: Mapping[str, bool]
) -> CustomerOutcome:
    try:
        api.update_consents(ref, values)
    except (VfyNotebookError, KeyboardInterrupt) as error:
        if not isinstance(error, VfyNotebookError) or error.may_have_run:
            # What happened is told whether or not it can be remembered.
            with contextlib.suppress(JournalError):
                journal.log_consents(ref, values, outcome="unknown")
        raise
    try:
        journal.log_consents(ref, values, outcome=_SENT)
    except JournalError as error:
        return CustomerOutcome(_SENT, f"sent, but not remembered on this computer: {error}")
    return CustomerOutcome(_SENT)


def last_sent(
    journal: Journal, identities: Iterable[CustomerIdentity]
) -> dict[str, dict[str, SentConsent]]:
    """What this computer last sent, by `customer_id`, then by consent id.

    It finds what was sent under the customer's id or source_id. After `unsubscribed`, every consent
    that was sent before counts as withdrawn.
    """
    identities = list(identities)
    refs = [ref for p in identities for ref in (p.customer_id, p.source_id) if ref is not None]
    logged = journal.last_consents(refs)
    told = {}
    for customer in identities:
        entries = [logged.get(ref, {}) for ref in (customer.customer_id, customer.source_id) if ref]
        latest: dict[str, SentConsent] = {}
        for name, sent in (item for entry in entries for item in entry.items()):
            if name not in latest or sent.number > latest[name].number:
                latest[name] = sent
        stop = latest.get(UNSUBSCRIBED)
        if stop is not None:
            withdrawn = SentConsent(given=False, sent_at=stop.sent_at, number=stop.number)
            latest = {
                name: withdrawn if name != UNSUBSCRIBED and sent.number < stop.number else sent
                for name, sent in latest.items()
            }
        if latest:
            told[customer.customer_id] = latest
    return told


def in_words(values: Mapping[str, bool]) -> str:
    """Consents that were sent, in words.

    >>> in_words({"cnst_1": True, "cnst_2": False})
    'give cnst_1, withdraw cnst_2'
    """
    return ", ".join(f"{'give' if value else 'withdraw'} {name}" for name, value in values.items())
