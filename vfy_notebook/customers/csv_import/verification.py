"""Whether an import that was found in the queue is the one whose answer was lost.

Another's import of the same size looks the same in the queue. What tells them apart is what it has
done: only one's own leaves the customers of one's own file as the file says.
"""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING

from vfy_notebook.api.listing.fetching import Listing
from vfy_notebook.api.listing.query import CustomerQuery
from vfy_notebook.api.pages import MAX_PAGE_SIZE
from vfy_notebook.customers.csv_import.file import field_of
from vfy_notebook.edits.checks.look_alike import without_form
from vfy_notebook.edits.fields import value_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from vfy_notebook.api.jobs import JobResult
    from vfy_notebook.api.models import Customer
    from vfy_notebook.api.operations import Api
    from vfy_notebook.customers.csv_import.file import CsvFile

#: A listing that is longer than the file by so many pages is given up: others are writing too.
_PAGES_IN_VAIN = 5


def is_ours(api: Api, file: CsvFile, result: JobResult, *, since_ms: int) -> bool:
    """Whether an import has done what this file asks for.

    Costs one or two calls for each 100 rows if its counts fit, else none.

    Args:
        api: Where to ask.
        file: What was uploaded.
        result: What the import that was found says of itself.
        since_ms: A moment before the upload, by the server's clock.
    """
    counted = (result.done_count or 0) + (result.failed_count or 0)
    if counted != len(file.source_ids):
        return False
    failed = set()
    for failure in result.failed:
        at = (failure.row or 0) - 1
        if not 0 <= at < len(file.source_ids) or failure.source_id != file.source_ids[at]:
            return False
        failed.add(failure.source_id)
    open_rows = {s: cells for s, cells in _rows(file).items() if s not in failed}
    if not open_rows:
        return False
    for query in (CustomerQuery(updated_from_ms=since_ms), CustomerQuery(created_from_ms=since_ms)):
        _strike_off(api, query, open_rows)
        if not open_rows:
            return True
    return False


def _rows(file: CsvFile) -> dict[str, dict[str, str]]:
    """source_id → header → cell."""
    lines = csv.reader(io.StringIO(file.content.decode("utf-8-sig"), newline=""))
    cells = [line for line in lines if line][1:]
    named = [dict(zip(file.headers, line, strict=False)) for line in cells]
    return dict(zip(file.source_ids, named, strict=True))


def _strike_off(api: Api, query: CustomerQuery, open_rows: dict[str, dict[str, str]]) -> None:
    """Take out the rows whose customers a listing shows as the file says."""
    expected = -(-len(open_rows) // MAX_PAGE_SIZE)
    listing = Listing(api, query)
    for page in listing:
        total = listing.progress.total
        if total is not None and total > (expected + _PAGES_IN_VAIN) * MAX_PAGE_SIZE:
            return
        for customer in page:
            row = open_rows.get(customer.source_id or "")
            if row is not None and _shows(customer, row):
                del open_rows[customer.source_id or ""]


def _shows(customer: Customer, row: Mapping[str, str]) -> bool:
    """Whether a customer carries the texts of a row; empty cells and other kinds tell nothing."""
    for header, cell in row.items():
        field = field_of(header)
        if not cell or field in ("source_id", "id"):
            continue
        now = value_of(customer, field) if field else (customer.metadata or {}).get(header)
        if isinstance(now, str) and without_form(now) != without_form(cell):
            return False
        if now is None:
            return False
    return True
