"""Warns of listings that take more calls than the quota has left."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING

from vfy_notebook.api.pages import MAX_PAGE_SIZE
from vfy_notebook.errors import VfyNotebookWarning
from vfy_notebook.fetch.exports.customers import USUAL_CALLS

if TYPE_CHECKING:
    from vfy_notebook.api.listing.query import CustomerQuery
    from vfy_notebook.api.operations import Api


def warn_of_cost(api: Api, query: CustomerQuery, rows: int, verb: str, *, stacklevel: int) -> None:
    """Warn if reading so many more rows takes more calls than the quota has left.

    Call it after the first page: before that, the quota is not known.
    """
    quota = api.transport.calls.quota
    calls = -(-rows // MAX_PAGE_SIZE)
    if quota.remaining is None or calls <= quota.remaining:
        return
    advice = (
        f'{verb}(via="export") takes up to {USUAL_CALLS} calls for any number of customers.'
        if query.segment_id is None
        else "Exports, which take a few calls, cannot be filtered by segment."
    )
    warnings.warn(
        f"This listing takes about {calls:,} more calls, but there are {quota}: "
        f"it waits whenever they are used up. {advice}",
        VfyNotebookWarning,
        stacklevel=stacklevel + 1,
    )
