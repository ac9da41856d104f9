"""Every source_id of a project, to be looked through for those that are nearly another's.

What the project remembers is enough where it has as many customers as the server counts. Otherwise
the customers are listed where they are few, or exported: three fields of each, in about six calls
for any number.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from vfy_notebook.api.listing.fetching import Listing
from vfy_notebook.api.listing.query import CustomerQuery
from vfy_notebook.api.pages import MAX_PAGE_SIZE
from vfy_notebook.edits.checks.look_alike import without_form
from vfy_notebook.edits.checks.near_twins import LookedFor
from vfy_notebook.push.lookup import export_lookup

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator

    from vfy_notebook.api.models import Customer
    from vfy_notebook.api.operations import Api
    from vfy_notebook.push.comparing.reading import CustomerReader
    from vfy_notebook.push.lookup.export_lookup import ExportedRow
    from vfy_notebook.snapshots.store import ProjectSnapshots


#: So many calls for pages are not more than an export takes.
_MOST_PAGES = export_lookup.EXPECTED_CALLS


def find_source_ids(
    wanted: Collection[str],
    api: Api,
    snapshots: ProjectSnapshots,
    reader: CustomerReader,
) -> tuple[list[str], LookedFor]:
    """Those of a project's source_ids that are equal, or nearly, to some that are wanted.

    Cost in API calls: one where as many customers are remembered as there are; else up to six
    where there are up to 600, and about seven where there are more.

    Args:
        wanted: The source_ids of customers that are to be created.
        api: The project's API.
        snapshots: What is remembered of the project.
        reader: Knows how many calls planning has taken.
    """
    forms = {without_form(source_id) for source_id in wanted}
    began = reader.calls
    seen = _remembered(snapshots)
    pages = iter(listing := Listing(api, CustomerQuery()))
    first = next(pages, [])
    total = listing.progress.total
    if total is None or total > len(seen):
        seen |= _on_server(api, first, pages, total)
    found = dict.fromkeys(each for each in seen.values() if each and without_form(each) in forms)
    return list(found), LookedFor(len(seen), total, reader.calls - began)


def _remembered(snapshots: ProjectSnapshots) -> dict[str, str | None]:
    """Customer id → source_id, of all customers that are remembered."""
    known: dict[str, str | None] = {}
    for snapshot in snapshots.all():
        column = snapshot.column("source_id")
        if column is not None and snapshot.is_verified:
            ids = snapshot.ids.to_pylist()
            known.update(zip(ids, column.values.to_pylist(), strict=True))
    return known


def _on_server(
    api: Api, first: list[Customer], pages: Iterator[list[Customer]], total: int | None
) -> dict[str, str | None]:
    """The same of all customers on the server, as far as a listing or an export tells."""
    seen = {customer.id: customer.source_id for customer in first}
    if total is not None and total <= _MOST_PAGES * MAX_PAGE_SIZE:
        return seen | {c.id: c.source_id for page in pages for c in page}

    def take(row: ExportedRow) -> None:
        seen[row.customer_id] = row.source_id

    def found_all() -> bool:
        return total is not None and len(seen) >= total

    export_lookup.read_export(api, CustomerQuery(), [], take, found_all=found_all)
    return seen
