"""Values of customers that their columns cannot hold, remembered as the API told them.

A phone that came as a number, an amount that came as a text or a time that is none shows as NA in
a DataFrame. It is not missing on the server. So each is remembered by customer and column as raw
JSON, in the frame's `attrs`: what is sent back starts from there, never from such an NA.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from vfy_notebook.frames.attrs import ODD_VALUES
from vfy_notebook.shown_text import first_few

if TYPE_CHECKING:
    from collections.abc import Container, Mapping

    import pandas as pd

#: Raw JSON by customer and column; a part that is odd as a whole, such as `address`, is named so.
OddValues = dict[str, dict[str, str]]

#: Ids that a warning names for each column, and columns that it names.
_MAX_IDS = 5
_MAX_COLUMNS = 10


def merged(*odd: Mapping[str, Mapping[str, str]]) -> OddValues:
    """Several tables as one."""
    whole: OddValues = {}
    for each in odd:
        for customer, fields in each.items():
            whole.setdefault(customer, {}).update(fields)
    return whole


def remember(frame: pd.DataFrame, odd: Mapping[str, Mapping[str, str]]) -> None:
    """Note in a frame what its customers' odd values are.

    As one text: pandas copies `attrs` deeply with each operation, and texts not at all. In the
    order of the ids, as rows may arrive in any.
    """
    kept = {customer: fields for customer, fields in odd.items() if customer in frame.index}
    if kept:
        frame.attrs[ODD_VALUES] = json.dumps(kept, separators=(",", ":"), sort_keys=True)


def odd_values(frame: pd.DataFrame) -> OddValues:
    """The odd values of a frame's customers: raw JSON by customer and column; empty if none.

    >>> frame = pd.DataFrame(index=["cust_1"])
    >>> remember(frame, {"cust_1": {"phone": "48600000000"}})
    >>> odd_values(frame)
    {'cust_1': {'phone': '48600000000'}}
    """
    told = frame.attrs.get(ODD_VALUES)
    try:
        table = json.loads(told) if isinstance(told, str) else {}
    except ValueError:
        return {}
    return table if isinstance(table, dict) else {}


def warning_of(odd: Mapping[str, Mapping[str, str]], customers: Container[str]) -> str | None:
    """What to say of odd values, once for a whole fetch; None where there are none.

    Args:
        odd: The odd values.
        customers: Whose odd values count.
    """
    by_column: dict[str, list[str]] = {}
    for customer, fields in odd.items():
        if customer in customers:
            for column in fields:
                by_column.setdefault(column, []).append(customer)
    if not by_column:
        return None
    count = sum(map(len, by_column.values()))
    columns = [
        f"{column} of {first_few(ids, _MAX_IDS)}" for column, ids in sorted(by_column.items())
    ]
    values = "1 value is" if count == 1 else f"{count:,} values are"
    return (
        f"{values} not of the kind that the column holds, and shown as NA or in part: "
        f"{first_few(columns, _MAX_COLUMNS, between='; ')}. On the server nothing has changed; "
        "project.get_customer(…) shows what is there."
    )
