"""The methods of a project that forms need, and no others."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pandas as pd

    from vfy_notebook.customers.consents import ConsentReport
    from vfy_notebook.customers.deletion.plan import DeletionPlan
    from vfy_notebook.frames.times import Moment
    from vfy_notebook.progress import Shown
    from vfy_notebook.push.plan import PushPlan, PushReport
    from vfy_notebook.segments.plan import SegmentPlan


class FindsCustomers(Protocol):
    """A project that can be searched."""

    def get_customer(self, ref: str) -> Mapping[str, Any]:
        """One customer by id or source_id."""

    def fetch_customers(self, *, email: str, progress: Shown) -> pd.DataFrame:
        """Customers by e-mail address."""


class SendsConsents(FindsCustomers, Protocol):
    """A project whose customers give and withdraw consents."""

    def fetch_consents(self) -> pd.DataFrame:
        """The project's consents."""

    def last_sent_consents(self, customers: pd.DataFrame) -> pd.DataFrame:
        """What this computer last sent."""

    def push_consents(self, frame: pd.DataFrame, *, progress: Shown) -> ConsentReport:
        """Send consents."""


class DeletesCustomers(FindsCustomers, Protocol):
    """A project whose customers can be deleted."""

    def plan_deletion(self, customers: Any, *, permanent: bool, progress: Shown) -> DeletionPlan:
        """Plan to delete customers."""


class MakesSegments(Protocol):
    """A project in which segments can be made."""

    def fetch_customers(self, *, progress: Shown) -> pd.DataFrame:
        """All customers."""

    def plan_segment(
        self,
        name: str,
        customers: pd.DataFrame,
        *,
        replace: bool,
        key: str | None,
        new_keys: Sequence[str],
        progress: Shown,
    ) -> SegmentPlan:
        """Plan a segment of these customers."""


class EditsCustomers(Protocol):
    """A project whose customers can be edited in bulk."""

    def fetch_customers(
        self, *, updated_after: Moment | None = None, progress: Shown
    ) -> pd.DataFrame:
        """Customers, all of them or those updated since."""

    def fetch_metadata_schema(self) -> pd.DataFrame:
        """What the project demands of metadata."""

    def plan_push(
        self, edited: pd.DataFrame, *, new_keys: Sequence[str], progress: Shown
    ) -> PushPlan:
        """Plan to push an edited frame, in which these metadata keys may be new."""

    def resume_push(self, push_id: str, *, progress: Shown) -> PushReport:
        """Go on with a push that was cut off."""
