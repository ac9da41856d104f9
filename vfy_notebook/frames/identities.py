"""Customers as a person knows them: who they are, and how others may refer to them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pandas as pd

from vfy_notebook.api import lenient
from vfy_notebook.errors import ArgumentError, ResponseError
from vfy_notebook.frames.customers import CustomerFrame
from vfy_notebook.frames.schema import INDEX

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

#: Columns that tell people apart, where a frame has them.
_WHO = ("source_id", "name", "email")

#: What a customer leaves behind, where a frame has it.
_BELONGINGS = ("summary.orders.total_count", "summary.orders.total_amount", "loyalty.points")


@dataclass(frozen=True, slots=True)
class Person:
    """A customer in a few words. None is what is not known or not there."""

    customer_id: str
    source_id: str | None = None
    name: str | None = None
    email: str | None = None

    @property
    def label(self) -> str:
        """The best word for this customer: name, else e-mail, else own id."""
        return self.name or self.email or self.source_id or self.customer_id


@dataclass(frozen=True)
class Belongings:
    """What customers have together; None is not known.

    Attributes:
        orders: Number of orders.
        spent: Their worth, in hundredths of the currency unit.
        points: Loyalty points.
    """

    orders: int | None = None
    spent: int | None = None
    points: int | None = None


def refs_of(customers: object) -> list[str]:
    """Customers as an iterable of ids or source_ids, each once, in the order given.

    Raises:
        ArgumentError: Something else is among them.

    >>> refs_of(["cust_1", "ann@example.com", "cust_1"])
    ['cust_1', 'ann@example.com']
    """
    if isinstance(customers, str):
        return refs_of([customers])
    if isinstance(customers, pd.DataFrame):
        as_column = customers.index.name != INDEX and INDEX in customers.columns
        return refs_of(customers[INDEX] if as_column else customers.index)
    if not isinstance(customers, list | tuple | set | frozenset | pd.Index | pd.Series):
        message = (
            f"{type(customers).__name__} is no set of customers: give a DataFrame indexed by "
            "customer_id, or a list of ids or source_ids."
        )
        raise ArgumentError(message)
    refs: dict[str, None] = {}
    for ref in customers:
        if not isinstance(ref, str) or not ref.strip():
            hint = (
                "give customers[condition] rather than the condition itself"
                if _is_flag(ref)
                else "index the frame by customer_id, or give a list of texts"
            )
            message = f"{ref!r} is no id and no source_id of a customer: {hint}."
            raise ArgumentError(message)
        refs[str(ref)] = None
    return list(refs)


def _is_flag(value: object) -> bool:
    return type(value).__name__ in ("bool", "bool_", "NAType")


def indexed_by_id(customers: object) -> bool:
    """Whether this is a DataFrame whose index holds Voucherify's own ids."""
    return isinstance(customers, pd.DataFrame) and customers.index.name == INDEX


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
    frame = CustomerFrame()
    frame.add([each.customer for each in read])
    frame.unread = {each.customer.id: each.odd for each in read if each.odd}
    return frame.build()


def people_of(customers: pd.DataFrame) -> list[Person]:
    """Who the rows of a customers' DataFrame are."""
    texts = {name: _texts(customers, name) for name in _WHO}
    return [
        Person(str(customer_id), *(texts[name][i] for name in _WHO))
        for i, customer_id in enumerate(customers.index)
    ]


def _texts(customers: pd.DataFrame, name: str) -> Sequence[str | None]:
    if name not in customers.columns:
        return [None] * len(customers)
    return [value if isinstance(value, str) and value else None for value in customers[name]]


def belongings_of(customers: pd.DataFrame) -> Belongings:
    """What the rows have together, as far as their columns tell."""
    orders, spent, points = (
        int(pd.to_numeric(customers[name], errors="coerce").sum()) if name in customers else None
        for name in _BELONGINGS
    )
    return Belongings(orders, spent, points)


def people_given(customers: object) -> pd.DataFrame:
    """Customers as a frame indexed by `customer_id`, each once; ids alone where no more is given.

    Raises:
        ArgumentError: Something given names no customer.
    """
    refs = refs_of(customers)
    if isinstance(customers, pd.DataFrame) and indexed_by_id(customers):
        return without_doubles(customers).copy()
    return pd.DataFrame(index=pd.Index(refs, dtype="str", name=INDEX))


def combined(*frames: pd.DataFrame) -> pd.DataFrame:
    """The customers of several frames, each once."""
    filled = [frame for frame in frames if len(frame)]
    if not filled:
        return frames[0]
    return without_doubles(filled[0] if len(filled) == 1 else pd.concat(filled))
