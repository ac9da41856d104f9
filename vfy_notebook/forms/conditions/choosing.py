"""Customers who are chosen by conditions, without widgets."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from vfy_notebook.errors import VfyNotebookError
from vfy_notebook.forms.state import FormState, number_of
from vfy_notebook.frames.conditions import (
    TESTS,
    Condition,
    Test,
    columns_for_conditions,
    kind_of,
    matching,
)
from vfy_notebook.frames.identities.identities import as_customers_frame

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

    from vfy_notebook.frames.schema import Kind
    from vfy_notebook.progress import Shown


class FetchesCustomers(Protocol):
    """A project whose customers can be fetched."""

    def fetch_customers(self, *, progress: Shown) -> pd.DataFrame:
        """All customers."""


class ChoosingState(FormState):
    """A form in which conditions choose among customers.

    Attributes:
        fetchable: Whether the form fetches the customers, because none were given.
        customers: The customers to choose from; None before they are fetched.
        conditions: All of them must hold for a customer to be chosen.
    """

    def __init__(self, project: FetchesCustomers, customers: object = None) -> None:
        super().__init__()
        self._all_of = project
        self.fetchable = customers is None
        self.customers: pd.DataFrame | None = None
        self.conditions: tuple[Condition, ...] = ()
        if customers is not None:
            self.attempt(lambda: self._take(as_customers_frame(customers)))

    def fetch(self, progress: Shown) -> None:
        """Fetch all customers to choose from."""
        self.attempt(lambda: self._take(self._all_of.fetch_customers(progress=progress)))

    def _take(self, customers: pd.DataFrame) -> None:
        """Choose among these from now on."""
        self.customers = customers
        self.forget_preview()

    def forget_preview(self) -> None:
        """What was previewed is no longer what is on the screen."""

    # -- which rows ----------------------------------------------------------------------------

    @property
    def columns(self) -> list[str]:
        """Columns that conditions can be about."""
        return [] if self.customers is None else columns_for_conditions(self.customers)

    def kind(self, column: str) -> Kind:
        """What a column holds."""
        assert self.customers is not None  # noqa: S101 - there are no columns otherwise
        return kind_of(self.customers[column])

    def tests(self, column: str) -> tuple[Test, ...]:
        """What can be asked of a column."""
        return TESTS[self.kind(column)]

    def pick(self, conditions: Sequence[Condition]) -> None:
        """Choose the rows for which all conditions hold."""
        if tuple(conditions) != self.conditions:
            self.conditions = tuple(conditions)
            self.forget_preview()

    @property
    def has_customers(self) -> bool:
        """Whether there is anyone to choose from."""
        return self.customers is not None and len(self.customers) > 0

    @property
    def picked_sentence(self) -> str:
        """How many rows the conditions pick, or why they cannot be checked."""
        if self.customers is None:
            return "No customers yet: fetch them first."
        if not self.has_customers:
            return "There are no customers to choose from."
        try:
            count = len(matching(self.customers, self.conditions))
        except VfyNotebookError as error:
            return str(error)
        total = number_of(len(self.customers))
        told = f"{count:,} of {total} match" if self.conditions else f"All {total}"
        return f"{told}{self._of_when}."

    @property
    def _of_when(self) -> str:
        """What is to be known of the age of the customers; empty if nothing."""
        return ""
