"""Orders or redemptions by one export, all of them or told."""

from __future__ import annotations

import contextlib
import functools
import warnings
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from vfy_notebook.errors import (
    ApiError,
    IncompleteListingWarning,
    NotFoundError,
    VfyNotebookWarning,
)
from vfy_notebook.fetch.exports.complete import CompleteExport, exported
from vfy_notebook.fetch.exports.customers import schema_keys
from vfy_notebook.fetch.exports.order import ExportOrder
from vfy_notebook.frames.exports.history import (
    EXPORTED_ORDERS,
    EXPORTED_REDEMPTIONS,
    history_batch,
)
from vfy_notebook.frames.history.tables import ORDERS, REDEMPTIONS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from vfy_notebook.api.operations import Api
    from vfy_notebook.fetch.history.query import HistoryQuery
    from vfy_notebook.frames.batches import Batch
    from vfy_notebook.frames.exports.objects import ExportedObject
    from vfy_notebook.frames.schema import TableSchema
    from vfy_notebook.progress import Progress


@dataclass(frozen=True)
class HistoryKind:
    """Orders, or redemptions.

    Attributes:
        noun: What they are called.
        exported: How they are exported.
        table: The columns that they have here.
        resource: Whose metadata schema is theirs.
    """

    noun: str
    exported: ExportedObject
    table: TableSchema
    resource: str


ORDER_HISTORY = HistoryKind("orders", EXPORTED_ORDERS, ORDERS, "order")
REDEMPTION_HISTORY = HistoryKind("redemptions", EXPORTED_REDEMPTIONS, REDEMPTIONS, "redemption")


@dataclass
class ExportedHistory:
    """Rows of an export on their way into a DataFrame or a folder.

    Attributes:
        rows: How many of them are what was asked for; known once `batches` is through.
        strangers: How many others there were that no reading of the filters lets in.
    """

    kind: HistoryKind
    query: HistoryQuery
    export: CompleteExport
    properties: Mapping[str, Any]
    _counted: _Counted
    rows: int = field(default=0, init=False)
    strangers: int = field(default=0, init=False)

    def batches(self) -> Iterator[Batch]:
        """The rows that match, some thousand at a time."""
        self.rows = self.strangers = 0
        for piece in self.export.pieces():
            batch = history_batch(piece, self.kind.table, self.properties)
            self.strangers += self.query.strangers(batch, self.kind.table)
            batch = self.query.inside(batch, self.kind.table)
            self.rows += len(batch)
            yield batch

    def warn(self, distinct: int, *, stacklevel: int) -> None:
        """Say what is missing, if anything is, once all rows have been read.

        Args:
            distinct: How many different ones there are.
            stacklevel: As of `warnings.warn`, counted from the caller.
        """
        noun, told = self.kind.noun, self._counted.told
        # Between two counts of a busy shop any number is right.
        is_counted = not told or any(
            min(told) <= rows <= max(told) for rows in (self.export.rows, self.rows, distinct)
        )
        if not is_counted:
            warnings.warn(
                f"The export has {self.export.rows:,} rows, but the API counts {told[-1]:,} "
                f"{noun}: one of the two is not complete. Fetch again when the project is quiet.",
                IncompleteListingWarning,
                stacklevel=stacklevel + 1,
            )
        if self.strangers:
            warnings.warn(
                f"The export also had {self.strangers:,} {noun} that are not what was asked for: "
                "they are left out. The server may not have heard the filters.",
                VfyNotebookWarning,
                stacklevel=stacklevel + 1,
            )
        if self._counted.refused is not None:
            warnings.warn(
                f"Whether the export has all {noun} cannot be known: they could not be counted "
                f"(status {self._counted.refused}). With 403, this key may not list them.",
                VfyNotebookWarning,
                stacklevel=stacklevel + 1,
            )
        if self.export.missing:
            warnings.warn(
                f"The export has no column for {', '.join(self.export.missing)}: they show as NA.",
                VfyNotebookWarning,
                stacklevel=stacklevel + 1,
            )


@contextlib.contextmanager
def exported_history(
    api: Api,
    kind: HistoryKind,
    query: HistoryQuery,
    bar: Progress,
    *,
    properties: Mapping[str, Any],
) -> Iterator[ExportedHistory]:
    """What matches, by one export. Its file is gone when the context is left.

    The API is asked for the number first, and again if the export has another one: orders keep
    coming in. It counts redemptions under the same filters, but orders only where there are none.

    Args:
        api: The API.
        kind: Orders or redemptions.
        query: Which.
        bar: Kept alive while waiting.
        properties: The `properties` of their metadata schema; see `history_properties`.

    Raises:
        ResponseError: The file is no table of such objects, or is cut short.
        VfyNotebookError: Voucherify could not make the export, or not in time.
    """
    counted = _Counted()
    counts = [functools.partial(counted.ask, count) for count in _counts(api, kind, query)]
    before = counts[0]() if counts else None
    again: list[Callable[[], int | None]] = []
    if before is not None:
        again = [lambda: before, *counts[1:]]
    order = ExportOrder(kind.exported, query.filters())
    with exported(api, order, bar, keys=schema_keys(properties), counts=again) as export:
        _ = export.counted  # before the rows are used, as long as the two are close in time
        yield ExportedHistory(kind, query, export, properties, counted)


class _Counted:
    """The numbers that the API has told.

    Attributes:
        told: They themselves.
        refused: The status with which the API refused to tell one; None if it did not. A key may
            have the right to export alone.
    """

    def __init__(self) -> None:
        self.told: list[int] = []
        self.refused: int | None = None

    def ask(self, count: Callable[[], int | None]) -> int | None:
        """Ask for one more; None if it is not told."""
        try:
            number = count()
        except ApiError as error:
            if error.status not in (HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND):
                raise
            self.refused = error.status
            return None
        if number is not None:
            self.told.append(number)
        return number


def _counts(api: Api, kind: HistoryKind, query: HistoryQuery) -> list[Callable[[], int | None]]:
    """Ways to ask for the number: before the export, after it, and narrower.

    Bounds may be part of a span in one of the two places and not in the other.
    """
    if kind is ORDER_HISTORY:
        return [api.count_orders] * 2 if query.is_for_all else []

    def count() -> int | None:
        return api.count_redemptions(query.params())

    if query.created.is_open:
        return [count, count]
    return [count, count, lambda: api.count_redemptions(query.params(narrower_ms=1))]


def history_properties(api: Api, kind: HistoryKind) -> dict[str, Any]:
    """The `properties` of the metadata schema of orders or redemptions; a call."""
    try:
        return api.metadata_schema(kind.resource).get("properties") or {}
    except NotFoundError:
        return {}  # nothing was ever demanded
