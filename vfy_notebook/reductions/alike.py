"""Customers who are alike in what is looked at, as one row with their number."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from vfy_notebook.reductions.counted import Counted, CountedMembers
from vfy_notebook.reductions.kinds import check_frame, check_memberships

if TYPE_CHECKING:
    from collections.abc import Sequence

    from vfy_notebook.reductions.kinds import AnyFrame

__all__ = ["count_alike", "count_members"]


def count_alike(
    customers: AnyFrame,
    memberships: AnyFrame | None = None,
    *,
    columns: Sequence[str] = (),
    days: Sequence[str] = (),
) -> Counted:
    """Reduce customers to what is looked at.

    Args:
        customers: By index or column `customer_id`.
        memberships: A row for each customer and segment, where segments are looked at too.
        columns: The columns of the customers that are looked at; names that are not there are
            for the reader of the result to refuse.
        days: Those of them whose times are looked at by the day only.

    Returns:
        pandas frames as they were given. Of Dask frames what differs: as many rows as there are
        different customers in these columns and in the set of their segments. This computes.

    Raises:
        ArgumentError: It is no frame, or a frame lacks its columns.
    """
    check_frame(customers, "customers")
    if isinstance(customers, pd.DataFrame) and (
        memberships is None or isinstance(memberships, pd.DataFrame)
    ):
        return Counted(customers, memberships)
    from vfy_notebook.reductions.dask_frames import reduce_customers  # noqa: PLC0415 - an extra

    return reduce_customers(customers, memberships, columns=columns, days=frozenset(days))


def count_members(memberships: AnyFrame) -> CountedMembers:
    """Reduce memberships to the sets of segments that occur, where they are a Dask DataFrame.

    Raises:
        ArgumentError: It is no frame, or it lacks its columns.
    """
    check_memberships(memberships)
    if isinstance(memberships, pd.DataFrame):
        return CountedMembers(memberships)
    from vfy_notebook.reductions.dask_frames import reduce_members  # noqa: PLC0415 - an extra

    return reduce_members(memberships)
