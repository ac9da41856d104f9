"""Customers by source_id, as bodies of segments take Voucherify's ids only."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vfy_notebook.api.listing.fetching import Listing
from vfy_notebook.api.listing.query import CustomerQuery
from vfy_notebook.api.pages import MAX_PAGE_SIZE
from vfy_notebook.errors import NotFoundError
from vfy_notebook.push.lookup import export_lookup

if TYPE_CHECKING:
    from collections.abc import Sequence

    from vfy_notebook.api.models import Customer
    from vfy_notebook.api.operations import Api
    from vfy_notebook.push.lookup.export_lookup import ExportedRow

#: So few customers are got one by one: no other way is cheaper.
_FEW = 2

#: Stands for a listing whose length the API does not tell.
_UNTOLD = 10**9


def find_by_source_id(api: Api, source_ids: Sequence[str]) -> dict[str, str]:
    """The ids of those who exist, by source_id, the cheapest way.

    Costs a call for each where that is cheapest; else one for each 100 customers of the project,
    or about six for an export.
    """
    if len(source_ids) <= _FEW:
        return _one_by_one(api, source_ids)
    wanted = set(source_ids)
    pages = iter(listing := Listing(api, CustomerQuery()))
    found = _of(wanted, next(pages, []))
    total = listing.progress.total
    listed = _UNTOLD if total is None else -(-total // MAX_PAGE_SIZE) - 1
    missing = [each for each in source_ids if each not in found]
    if not missing or listed <= 0:
        return found
    if min(len(missing), listed) > export_lookup.EXPECTED_CALLS:
        exported = _by_export(api, wanted)
        if exported is not None:
            return exported
    if len(missing) <= listed:
        return found | _one_by_one(api, missing)
    for page in pages:
        found |= _of(wanted, page)
    return found


def _one_by_one(api: Api, source_ids: Sequence[str]) -> dict[str, str]:
    found = {}
    for each in source_ids:
        try:
            found[each] = str(api.get_customer(each)["id"])
        except NotFoundError:
            continue
    return found


def _by_export(api: Api, wanted: set[str]) -> dict[str, str] | None:
    """None where the project does not export, or the file may be short."""
    found: dict[str, str] = {}

    def take(row: ExportedRow) -> None:
        if row.source_id in wanted:
            found[row.source_id] = row.customer_id

    is_whole = export_lookup.read_export(
        api, CustomerQuery(), [], take, found_all=lambda: len(found) == len(wanted)
    )
    return found if is_whole else None


def _of(wanted: set[str], customers: Sequence[Customer]) -> dict[str, str]:
    return {c.source_id: c.id for c in customers if c.source_id in wanted and c.source_id}
