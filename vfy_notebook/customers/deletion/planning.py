"""Plans deletions: of a frame, of names that are looked up, and of runs that were cut off."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from vfy_notebook.customers.deletion.flags import chosen_rows
from vfy_notebook.customers.deletion.plan import DeletionPlan
from vfy_notebook.errors import NotFoundError
from vfy_notebook.frames.identities.identities import (
    WHO,
    customers_from_api,
    refs_of,
    rows_by_id,
    without_doubles,
)
from vfy_notebook.progress import Progress

if TYPE_CHECKING:
    from vfy_notebook.api.operations import Api
    from vfy_notebook.customers.consents import OpenJournal
    from vfy_notebook.progress import Shown


def plan_deletion(
    api: Api,
    open_journal: OpenJournal,
    customers: object,
    *,
    permanent: bool,
    progress: Shown = None,
) -> DeletionPlan:
    """A plan for a DataFrame of customers, or for ids and source_ids, which are looked up."""
    chosen_by = ""
    if isinstance(customers, pd.DataFrame):
        chosen = chosen_rows(customers)
        customers, chosen_by = chosen.frame, chosen.sentence
    rows = rows_by_id(customers)
    if rows is not None and _tells_who(rows, permanent=permanent):
        return DeletionPlan(
            api, open_journal, rows.copy(), permanent=permanent, chosen_by=chosen_by
        )
    refs = refs_of(customers)
    found, not_found = [], []
    with (
        Progress(
            "Looking up customers",
            unit="customers",
            calls=lambda: api.transport.calls.total,
            shown=progress,
        ) as bar,
        api.transport.governor.told_of_waits(bar.waits),
    ):
        for number, ref in enumerate(refs):
            bar.update(number, len(refs))
            try:
                found.append(api.get_customer(ref))
            except NotFoundError:
                not_found.append(ref)
        bar.update(len(refs))
    return DeletionPlan(
        api,
        open_journal,
        without_doubles(customers_from_api(found)),
        permanent=permanent,
        not_found=tuple(not_found),
        chosen_by=chosen_by,
    )


def _tells_who(rows: pd.DataFrame, *, permanent: bool) -> bool:
    """Whether a frame tells enough of its customers, so that none has to be looked up."""
    if permanent:  # what is kept on this computer goes by both names
        return "source_id" in rows.columns
    return rows.columns.empty or any(name in rows.columns for name in WHO)


def plan_cut_off_deletions(api: Api, open_journal: OpenJournal, *, permanent: bool) -> DeletionPlan:
    """A plan for the customers whom a deletion that was cut off has not surely deleted."""
    with open_journal() as journal:
        names = dict(journal.cut_off_deletions(permanent=permanent))
    customers = pd.DataFrame(
        {"source_id": pd.array(list(names.values()), dtype="str")},
        index=pd.Index(list(names), dtype="str", name="customer_id"),
    )
    return DeletionPlan(api, open_journal, customers, permanent=permanent)
