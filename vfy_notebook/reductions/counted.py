"""What is left of frames when customers who are alike are counted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import pandas as pd

    from vfy_notebook.reductions.weighted import Ints

__all__ = ["Counted", "CountedMembers"]


@dataclass(frozen=True)
class CountedMembers:
    """Memberships of customers, or of kinds of customers.

    Attributes:
        memberships: With the columns that `fetch_memberships` gives.
        weights: How many customers each `customer_id` stands for; None if for itself.
    """

    memberships: pd.DataFrame
    weights: pd.Series | None = None


@dataclass(frozen=True)
class Counted:
    """Customers, or kinds of customers who are alike in what is looked at.

    Attributes:
        customers: A row for each, by `customer_id`.
        memberships: Their segments, where these are looked at.
        by_id: How many customers each `customer_id` stands for; None if for itself.
    """

    customers: pd.DataFrame
    memberships: pd.DataFrame | None = None
    by_id: pd.Series | None = None

    @property
    def weights(self) -> Ints:
        """How many customers each row of `customers` stands for."""
        if self.by_id is None:
            return np.ones(len(self.customers), dtype=np.int64)
        return self.by_id.to_numpy(dtype=np.int64)
