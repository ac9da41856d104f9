"""Who customers are (ids, name, e-mail), and the ways in which a user may name them."""

from __future__ import annotations

from collections.abc import Iterator, KeysView, ValuesView
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from vfy_notebook.api.decoding import lenient
from vfy_notebook.errors import ArgumentError, ResponseError
from vfy_notebook.frames.customers import customers_frame
from vfy_notebook.frames.identities.named_rows import named_rows
from vfy_notebook.frames.schema import INDEX

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

#: What may hold ids. Frames of other libraries are not among them: iterated, they give columns.
_COLLECTIONS = (
    list,
    tuple,
    set,
    frozenset,
    pd.Index,
    pd.Series,
    np.ndarray,
    pd.api.extensions.ExtensionArray,
    Iterator,
    KeysView,
    ValuesView,
)

#: Columns that identify a customer, if the frame has them.
WHO = ("source_id", "name", "email")

#: Columns that are added up for several customers, if the frame has them.
_TOTALS = ("summary.orders.total_count", "summary.orders.total_amount", "loyalty.points")


@dataclass(frozen=True, slots=True)
class CustomerIdentity:
    """A customer's ids, name and e-mail. None: not known, or the customer has none."""

    customer_id: str
    source_id: str | None = None
    name: str | None = None
    email: str | None = None

    @property
    def label(self) -> str:
        """The best name for this customer: name, else e-mail, else source_id, else id."""
        return self.name or self.email or self.source_id or self.customer_id


@dataclass(frozen=True)
class CustomerTotals:
    """Totals of several customers; None is not known.

    Attributes:
        orders: Number of orders.
        spent: The sum of these orders, in hundredths of the currency unit.
        points: Loyalty points.
    """

    orders: int | None = None
    spent: int | None = None
    points: int | None = None


def refs_of(customers: object) -> list[str]:
    """Customers as ids or source_ids, each once, in the order given.

    In a column of a DataFrame numbers stand for source_ids of digits; its rows that hold nothing
    but missing cells are no customers.

    Raises:
        ArgumentError: Something else is among them.

    >>> refs_of(["cust_1", "ann@example.com", "cust_1"])
    ['cust_1', 'ann@example.com']
    """
    if isinstance(customers, str):
        return refs_of([customers])
    if isinstance(customers, pd.DataFrame):
        return list(dict.fromkeys(named_rows(customers).refs))
    if not isinstance(customers, _COLLECTIONS):
        message = (
            f"A {type(customers).__name__} does not name customers: give a DataFrame indexed by "
            "customer_id, or a list of ids or source_ids."
        )
        raise ArgumentError(message)
    refs: dict[str, None] = {}
    for given in customers:
        if not isinstance(given, str) or not given.strip():
            hint = (
                "give customers[condition] rather than the condition itself"
                if _is_flag(given)
                else "index the frame by customer_id, or give a list of texts"
            )
            message = f"{given!r} is neither an id nor a source_id of a customer: {hint}."
            raise ArgumentError(message)
        refs[str(given)] = None
    return list(refs)


def _is_flag(value: object) -> bool:
    return type(value).__name__ in ("bool", "bool_", "NAType")


#: Every id of Voucherify's begins so.
ID_PREFIX = "cust_"


def rows_by_id(customers: object) -> pd.DataFrame | None:
    """A DataFrame's rows, indexed by Voucherify's own ids, each once; None if it has none.

    Raises:
        ArgumentError: A row names no customer.
    """
    if not isinstance(customers, pd.DataFrame):
        return None
    named = named_rows(customers)
    if not named.by_id or not all(ref.startswith(ID_PREFIX) for ref in named.refs):
        return None
    return without_doubles(named.frame)


def without_doubles(customers: pd.DataFrame) -> pd.DataFrame:
    """The rows with each customer once, the first one kept."""
    return customers[~customers.index.duplicated()]


def customers_from_api(shown: Iterable[Mapping[str, Any]]) -> pd.DataFrame:
    """The API's own objects as the DataFrame that `fetch_customers` would give.

    Raises:
        ResponseError: One of them is no customer.
    """
    read = [lenient.customer(each) for each in shown]
    for each in read:
        if each.customer.id.startswith(lenient.UNNAMED):
            message = f"The API showed a customer without an id, {each.who}: try again later."
            raise ResponseError(message)
    return customers_frame(each.customer for each in read)


def identities_of(customers: pd.DataFrame) -> list[CustomerIdentity]:
    """The identity of each row of a customers' DataFrame."""
    texts = {name: _texts(customers, name) for name in WHO}
    return [
        CustomerIdentity(str(customer_id), *(texts[name][i] for name in WHO))
        for i, customer_id in enumerate(customers.index)
    ]


def _texts(customers: pd.DataFrame, name: str) -> Sequence[str | None]:
    if name not in customers.columns:
        return [None] * len(customers)
    return [value if isinstance(value, str) and value else None for value in customers[name]]


def totals_of(customers: pd.DataFrame) -> CustomerTotals:
    """The totals of the rows, as far as the frame has the columns."""
    orders, spent, points = (
        int(pd.to_numeric(customers[name], errors="coerce").sum()) if name in customers else None
        for name in _TOTALS
    )
    return CustomerTotals(orders, spent, points)


def as_customers_frame(customers: object) -> pd.DataFrame:
    """Customers as a frame indexed by `customer_id`, each once; ids alone where no more is given.

    Raises:
        ArgumentError: Something given names no customer.
    """
    rows = rows_by_id(customers)
    if rows is not None:
        return rows.copy()
    return pd.DataFrame(index=pd.Index(refs_of(customers), dtype="str", name=INDEX))


def combined(*frames: pd.DataFrame) -> pd.DataFrame:
    """The customers of several frames, each once."""
    filled = [frame for frame in frames if len(frame)]
    if not filled:
        return frames[0]
    return without_doubles(filled[0] if len(filled) == 1 else pd.concat(filled))
