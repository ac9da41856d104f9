"""The rows of a frame that name a customer, for verbs that take any frame of customers."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from vfy_notebook.errors import ArgumentError
from vfy_notebook.frames.identities.id_places import SOURCE_ID, IdPlace, id_text, places_named
from vfy_notebook.frames.schema import INDEX


@dataclass(frozen=True)
class NamedRows:
    """The rows of a frame that name a customer.

    Attributes:
        frame: These rows, indexed by `refs`, without the columns that held the ids.
        refs: The customer of each, by id or source_id.
        by_id: Whether they are Voucherify's own ids.
    """

    frame: pd.DataFrame
    refs: list[str]
    by_id: bool


def named_rows(frame: pd.DataFrame, *, keep_empty: bool = False) -> NamedRows:
    """The customers of a frame: by `customer_id`, by `source_id`, or by its index.

    Args:
        frame: The frame.
        keep_empty: Whether a row that holds nothing but missing cells is a customer. It is none
            where `frame.where(condition)` may have left it.

    Raises:
        ArgumentError: A row names none, or no row is left.
    """
    place, columns = _place(frame)
    others = frame.drop(columns=columns)
    values = others.drop(columns=[SOURCE_ID], errors="ignore")
    is_empty = values.isna().all(axis=1).to_numpy() & bool(len(values.columns))
    refs = [id_text(value) for value in place.values(frame)]
    if refs and is_empty.all() and not keep_empty:
        message = (
            "Every row of the frame holds nothing but missing cells, as frame.where(condition) "
            "leaves them: give frame[condition], or frame.index where these customers are meant."
        )
        raise ArgumentError(message)
    nameless = pd.Series(refs, dtype=object).isna().to_numpy()
    wrong = (nameless & ~is_empty).nonzero()[0]
    if wrong.size:
        message = (
            f"Row {wrong[0] + 1} names no customer"
            + (f", nor do {wrong.size - 1:,} others" if wrong.size > 1 else "")
            + f": fill in its {place.name or INDEX}, or leave it out."
        )
        raise ArgumentError(message)
    kept = ~nameless if keep_empty else ~is_empty
    named = [str(ref) for ref, is_kept in zip(refs, kept.tolist(), strict=True) if is_kept]
    by_id = place.is_called(INDEX)
    rows = others[kept]
    rows.index = pd.Index(named, dtype="str", name=INDEX if by_id else SOURCE_ID)
    return NamedRows(rows, named, by_id)


def _place(frame: pd.DataFrame) -> tuple[IdPlace, list[str]]:
    """Where the customers are named, and the columns among these places."""
    for name in (INDEX, SOURCE_ID):
        places = places_named(frame, name)
        if places:
            return places[0], [str(place.name) for place in places if place.level is None]
    index = frame.index
    if isinstance(index, pd.MultiIndex) or not all(isinstance(each, str) for each in index):
        shown = ", ".join(map(repr, index[:1].tolist()))
        message = (
            f"The index ({shown} …) names no customer, and there is no column customer_id or "
            "source_id: give the frame indexed by one of these, such as "
            "frame.set_index('customer_id'), or a list of ids."
        )
        raise ArgumentError(message)
    return IdPlace(index.name, 0), []
