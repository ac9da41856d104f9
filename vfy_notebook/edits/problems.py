"""What stands in a push's way, or ought to be known before it: one sentence each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pandas as pd

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

#: So many customers are named in a sentence; all of them are in the problem's `customers`.
_NAMED = 5


@dataclass(frozen=True)
class Problem:
    """Something about a plan that a person has to know.

    Attributes:
        kind: What it is, as one word for programs.
        message: What it is, to whom, and the way out, as sentences for people.
        blocks: Whether the plan cannot be pushed before it is solved.
        customers: The rows concerned, by `customer_id` (or the frame's label for new ones).
        field: The column concerned, if it is one.
    """

    kind: str
    message: str
    blocks: bool
    customers: tuple[str, ...] = ()
    field: str | None = None


def named(customers: Sequence[str], *, noun: str = "customer") -> str:
    """How many there are and which.

    >>> named(["cust_a"])
    '1 customer (cust_a)'
    >>> named([f"cust_{i}" for i in range(7)], noun="row")
    '7 rows (cust_0, cust_1, cust_2, cust_3, cust_4 and 2 more)'
    """
    shown = ", ".join(customers[:_NAMED])
    more = f" and {len(customers) - _NAMED:,} more" if len(customers) > _NAMED else ""
    return f"{len(customers):,} {noun}{'s' * (len(customers) != 1)} ({shown}{more})"


def problems_frame(problems: Iterable[Problem]) -> pd.DataFrame:
    """One row per problem, those that block first: `blocks, kind, field, customers, message`."""
    ordered = sorted(problems, key=lambda problem: not problem.blocks)
    return pd.DataFrame(
        {
            "blocks": pd.array([p.blocks for p in ordered], dtype="bool"),
            "kind": pd.array([p.kind for p in ordered], dtype="str"),
            "field": pd.array([p.field for p in ordered], dtype="str"),
            "customers": pd.Series([list(p.customers) for p in ordered], dtype="object"),
            "message": pd.array([p.message for p in ordered], dtype="str"),
        }
    )
