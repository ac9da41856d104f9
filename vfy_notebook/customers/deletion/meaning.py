"""What a deletion takes away, in words."""

from __future__ import annotations

import pandas as pd

from vfy_notebook.frames.identities.identities import CustomerTotals, totals_of

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
