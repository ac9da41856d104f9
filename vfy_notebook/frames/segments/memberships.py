"""Memberships as a DataFrame: long, as they are fetched, or wide, with a column per segment."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from vfy_notebook.api.models import Segment
from vfy_notebook.errors import ArgumentError
from vfy_notebook.frames.identities.identities import refs_of
from vfy_notebook.frames.schema import INDEX
from vfy_notebook.frames.segments.segments import segment_labels

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping

    Codes = np.ndarray[tuple[int], np.dtype[np.intp]]

#: Every customer's id begins so.
_ID_PREFIX = "cust_"

_COLUMNS = (INDEX, "segment_id", "segment")


def customer_ids(customers: object) -> list[str]:
    """The ids of a customers' DataFrame, or ids as they are; each once, in the order given.

    Raises:
        ArgumentError: Something else is among them, such as a source_id: a segment's list knows
            customers by id only.
    """
    ids = refs_of(customers)
    for each in ids:
        if not each.startswith(_ID_PREFIX):
            message = (
                f"{each!r} is not a customer's id ({_ID_PREFIX}…): give the DataFrame of "
                "fetch_customers, its index, or a list of ids. For a source_id, "
                "project.get_customer(source_id)['id'] tells the id."
            )
            raise ArgumentError(message)
    return ids


def memberships_frame(
    members: Mapping[str, Collection[str]], labels: Mapping[str, str]
) -> pd.DataFrame:
    """A row for each customer and segment, by customer_id, then in the order of the segments.

    Args:
        members: The ids of each segment's members, by the segment's id.
        labels: What each segment is called, by its id.
    """
    ids = [i for each in members.values() for i in each]
    codes = np.repeat(np.arange(len(members)), [len(each) for each in members.values()])
    customers = pd.Index(ids, dtype="str")
    ranks, _ = customers.factorize(sort=True)
    order = np.lexsort((codes, ranks))
    codes = codes[order]

    def category(names: Iterable[str]) -> pd.Categorical:
        return pd.Categorical.from_codes(codes, categories=pd.Index(list(names), dtype="str"))

    return pd.DataFrame(
        {
            INDEX: customers.take(order).array,
            "segment_id": category(members),
            "segment": category(labels[i] for i in members),
        }
    )


def membership_table(memberships: pd.DataFrame, *, customers: object = None) -> pd.DataFrame:
    """Memberships as a table with one column per segment: True if the customer is a member.

    To add it to customers: `customers.join(vfy.membership_table(memberships))`, with
    `rsuffix=" (segment)"` if a segment has the name of a column. After such a join, customers in
    no segment have NA; with the argument `customers`, they have a row here with False.

    Args:
        memberships: One row per customer and segment, as `fetch_memberships` gives it. Rows that
            are in it twice count once.
        customers: The customers to include, in this order: a customers' DataFrame, an index, a
            Series or a list of ids. None: those in at least one segment, sorted by id.

    Returns:
        A DataFrame indexed by `customer_id`, one column of dtype `boolean` per segment. The
        columns have the segments' names (equal names get the end of the id), in the order of the
        categories of `memberships`. A segment without members has a column too.

    Raises:
        ArgumentError: A column is missing, or `customers` holds something that is not an id.

    Cost in API calls: none.

    >>> memberships = pd.DataFrame(
    ...     {
    ...         "customer_id": ["cust_1", "cust_2", "cust_2"],
    ...         "segment_id": ["seg_a", "seg_a", "seg_b"],
    ...         "segment": ["Newsletter", "Newsletter", "Big spenders"],
    ...     }
    ... )
    >>> membership_table(memberships)["Big spenders"].to_dict()
    {'cust_1': False, 'cust_2': True}
    """
    missing = [name for name in _COLUMNS if name not in memberships.columns]
    if missing:
        message = (
            f"memberships has no column {', '.join(map(repr, missing))}: "
            "give the DataFrame of project.fetch_memberships()."
        )
        raise ArgumentError(message)
    labels, segment_codes = _segments_of(memberships)
    customer_codes, found = pd.factorize(memberships[INDEX], sort=True)
    ids = pd.Index(found, dtype="str", name=INDEX)
    if customers is not None:
        ids_wanted = pd.Index(customer_ids(customers), dtype="str", name=INDEX)
        places = np.append(ids_wanted.get_indexer(ids), -1)
        customer_codes, ids = places[customer_codes], ids_wanted
    valid = (customer_codes >= 0) & (segment_codes >= 0)
    # Column by column in memory, as the DataFrame keeps it.
    flags = np.zeros((len(labels), len(ids)), dtype=bool)
    flags[segment_codes[valid], customer_codes[valid]] = True
    nothing_missing = np.zeros(len(ids), dtype=bool)
    table = pd.DataFrame(
        {i: pd.arrays.BooleanArray(flags[i], nothing_missing.copy()) for i in range(len(labels))},
        index=ids,
    )
    table.columns = pd.Index(labels, dtype="str", name="segment")
    return table


def _segments_of(memberships: pd.DataFrame) -> tuple[list[str], Codes]:
    """What the columns are called, and each row's column; -1 is none."""
    by_id = memberships["segment_id"].astype("category").cat
    ids = [str(i) for i in by_id.categories]
    by_label = memberships["segment"].astype("category").cat
    # Segments without a row are known by their place among the categories only.
    paired = len(by_label.categories) == len(ids)
    names = dict(zip(ids, map(str, by_label.categories), strict=True)) if paired else {}
    met = memberships.drop_duplicates("segment_id").dropna(subset=["segment_id", "segment"])
    names |= dict(zip(met["segment_id"].astype("str"), met["segment"].astype("str"), strict=True))
    labels = segment_labels(Segment(i, names.get(i)) for i in ids)
    return [labels[i] for i in ids], by_id.codes.to_numpy().astype(np.intp)
