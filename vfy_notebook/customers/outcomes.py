"""The outcome of each of many customers, as a value, a DataFrame and in words."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from vfy_notebook.shown_text import shown_html

if TYPE_CHECKING:
    from collections.abc import Iterable

    import pandas as pd

#: Rows of a report that a notebook shows; the rest is in the report's `rows`.
ROWS_SHOWN = 20


@dataclass(frozen=True)
class CustomerOutcome:
    """The outcome of one customer.

    Attributes:
        outcome: The operation's own word for success, or `failed`, `unknown` (it may have
            happened) or `skipped` (nothing was sent).
        reason: Why, as a sentence; empty where there is nothing to say.
        receipt: What the API answered, where it gives a receipt.
    """

    outcome: str
    reason: str = ""
    receipt: dict[str, Any] | None = None


def counted(outcomes: Iterable[str]) -> str:
    """How many of each outcome, in the order in which they first came.

    >>> counted(["deleted", "failed", "deleted"])
    '2 deleted, 1 failed'
    """
    counts = Counter(outcomes)
    return (
        ", ".join(f"{number:,} {outcome}" for outcome, number in counts.items()) or "no customers"
    )


def table_html(frame: pd.DataFrame, *, rows: int = ROWS_SHOWN) -> str:
    """The first rows as an HTML table, every text escaped, and how many more there are."""
    head = "".join(f"<th>{shown_html(name)}</th>" for name in frame.columns)
    body = "".join(
        "<tr>" + "".join(f"<td>{_cell(value)}</td>" for value in row) + "</tr>"
        for row in frame.head(rows).itertuples(index=False, name=None)
    )
    more = len(frame) - rows
    rest = f"<div>and {more:,} more</div>" if more > 0 else ""
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>{rest}"


def _cell(value: object) -> str:
    # NA of every kind is unequal to itself, or says so when asked.
    if value is None or str(value) in ("nan", "<NA>", "NaT"):
        return ""
    return shown_html(value)
