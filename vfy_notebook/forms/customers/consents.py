"""The state of the consent form, without widgets."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import TYPE_CHECKING

from vfy_notebook.errors import RunInterrupted
from vfy_notebook.forms.customers.picking import Picked
from vfy_notebook.forms.customers.picking_state import PickingState
from vfy_notebook.forms.state import Tone, number_of
from vfy_notebook.frames.consents import (
    UNSUBSCRIBED,
    Consent,
    choices_frame,
    consents_of,
    sent_days,
)
from vfy_notebook.frames.identities.identities import identities_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

    from vfy_notebook.customers.consents import ConsentReport
    from vfy_notebook.forms.verbs import SendsConsents
    from vfy_notebook.progress import Shown

#: For more customers than this the form does not tell what was last sent.
MAX_LOOKED_UP = 500


class Choice(enum.Enum):
    """What is to be done with one consent."""

    LEAVE = "leave as it is"
    GIVE = "give"
    WITHDRAW = "withdraw"


@dataclass(frozen=True)
class ConsentOrder:
    """The request of a click on *Apply*, as it was at that moment."""

    frame: pd.DataFrame


@dataclass(frozen=True)
class ConsentResult:
    """What became of one customer, in words."""

    who: str
    outcome: str
    reason: str


class ConsentState(PickingState):
    """The consent form without widgets: what it knows and does.

    Attributes:
        consents: The project's consents.
        report: What the last *Apply* did; None before it.
        last_sent: By consent id, what this computer sent last for the customers, in words. What
            they have now is not known: no call tells it.
    """

    def __init__(self, project: SendsConsents, customers: object = None) -> None:
        super().__init__(project)
        self._project = project
        self.consents: list[Consent] = []
        self._unsubscribe = False
        self.report: ConsentReport | None = None
        self.last_sent: Mapping[str, str] = {}
        self._choices: dict[str, Choice] = {}
        self._results: list[ConsentResult] = []
        self._ordered: ConsentOrder | None = None
        self.attempt(lambda: self._load(customers))

    def _load(self, customers: object) -> None:
        self.picked = Picked(self._project, customers)
        self.consents = consents_of(self._project.fetch_consents())
        if not self.consents:
            self.say("This project has no consents yet: define them in Voucherify.", Tone.WARNING)
        self._look_back()

    # -- choosing ------------------------------------------------------------------------------

    def choice(self, consent_id: str) -> Choice:
        """What is chosen for a consent."""
        return self._choices.get(consent_id, Choice.LEAVE)

    def choose(self, consent_id: str, choice: Choice) -> None:
        """Choose what is to be done with a consent."""
        self._choices[consent_id] = choice

    @property
    def unsubscribe(self) -> bool:
        """Whether everything is to be withdrawn, whatever else is chosen."""
        return self._unsubscribe

    @unsubscribe.setter
    def unsubscribe(self, value: bool) -> None:
        self._unsubscribe = value
        self.confirmation.forget()

    @property
    def required(self) -> str:
        """What must be typed first: the number of customers, if all is withdrawn from them."""
        return str(len(self.picked)) if self.unsubscribe and len(self.picked) else ""

    @property
    def values(self) -> dict[str, bool]:
        """What is going to be sent for each customer."""
        if self.unsubscribe:
            return {UNSUBSCRIBED: True}
        return {
            consent.id: choice is Choice.GIVE
            for consent in self.consents
            if (choice := self.choice(consent.id)) is not Choice.LEAVE
        }

    @property
    def sentence(self) -> str:
        """What is going to be sent, to how many, and what it costs."""
        number = len(self.picked)
        if not number:
            return "No customers yet: search for them above." if self.picked.searchable else ""
        values = self.values
        if not values:
            return "Nothing is chosen: nothing will be sent."
        cost = f"That takes {number_of(number + 1, 'API call')}."
        if self.unsubscribe:
            overruled = any(choice is not Choice.LEAVE for choice in self._choices.values())
            rest = "; the choices above are not sent" if overruled else ""
            return f"Will unsubscribe {number_of(number)} from everything{rest}. {cost}"
        names = {consent.id: consent.label for consent in self.consents}
        parts = []
        for verb, wanted in (("give", True), ("withdraw", False)):
            chosen = [names[name] for name, value in values.items() if value is wanted]
            if chosen:
                parts.append(f"{verb} {_listed(chosen)}")
        return f"Will {' and '.join(parts)} for {number_of(number)}. {cost}"

    @property
    def can_apply(self) -> bool:
        """Whether there is something to send, somebody to send it for, and it is confirmed."""
        is_something = bool(self.values) and len(self.picked) > 0
        return is_something and self.confirmation.fits(self.required)

    # -- sending -------------------------------------------------------------------------------

    def order(self) -> ConsentOrder | None:
        """What a click asks for now; None where it asks for nothing."""
        if not self.can_apply:
            return None
        self.confirmation.forget()  # one confirmation, one sending
        return ConsentOrder(choices_frame(list(self.picked.customers.index), self.values))

    def order_again(self) -> ConsentOrder | None:
        """The last order once more, for those customers with whom it did not surely succeed."""
        if self.report is None or self._ordered is None or not len(self.report.failed):
            return None
        return ConsentOrder(self._ordered.frame.loc[list(self.report.failed["customer"])])

    def apply(self, order: ConsentOrder, progress: Shown) -> None:
        """Send what was ordered."""
        self.report, self._results, self._ordered = None, [], order
        self.picked.message = None
        self.attempt(lambda: self._apply(order, progress))

    def _apply(self, order: ConsentOrder, progress: Shown) -> None:
        try:
            report = self._project.push_consents(order.frame, progress=progress)
        except RunInterrupted as stopped:
            report = stopped.report
        self.report = report
        # What was sent is not to be sent again by a second click.
        self._choices, self.unsubscribe = {}, False
        labels = {p.customer_id: p.label for p in identities_of(self.picked.customers)}
        self._results = [
            ConsentResult(labels.get(customer, customer), outcome, reason)
            for customer, outcome, reason in report.outcomes()
        ]
        self.say(report.sentence, Tone.WARNING if len(report.failed) else Tone.GOOD)
        self._look_back()

    @property
    def results(self) -> list[ConsentResult]:
        """One per customer of the last *Apply*, those that did not succeed first."""
        return sorted(self._results, key=lambda result: result.outcome == "sent")

    # -- whom --------------------------------------------------------------------------------

    def _list_changed(self) -> None:
        self.attempt(self._look_back)

    def _look_back(self) -> None:
        told: dict[str, list[tuple[bool, str]]] = {}
        if 0 < len(self.picked) <= MAX_LOOKED_UP:
            sent = self._project.last_sent_consents(self.picked.customers)
            for consent_id, given, day in sent_days(sent):
                told.setdefault(consent_id, []).append((given, day))
        self.last_sent = {consent_id: _in_words(each) for consent_id, each in told.items()}


def _in_words(sent: list[tuple[bool, str]]) -> str:
    """For example `given 2025-03-01`, or `given to 3, withdrawn from 1, latest 2025-03-01`."""
    latest = max(day for _, day in sent)
    given = sum(value for value, _ in sent)
    if len(sent) == 1:
        return f"{'given' if given else 'withdrawn'} {latest}"
    parts = [f"given to {given:,}"] * bool(given)
    parts += [f"withdrawn from {len(sent) - given:,}"] * bool(len(sent) - given)
    return f"{', '.join(parts)}, latest {latest}"


def _listed(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
