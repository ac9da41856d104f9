"""The rows of an export, all of them or told.

Nothing in an export tells how many rows it has. So its file is looked through before the first
row is used: one that is cut short in any way that can be told is downloaded once more. And the
rows are compared with the number that the API counts under the same filters.
"""

from __future__ import annotations

import contextlib
import functools
import tempfile
from typing import IO, TYPE_CHECKING

from vfy_notebook.errors import ResponseError
from vfy_notebook.fetch.exports.order import finished_export
from vfy_notebook.frames.exports.table import ExportedTable

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Sequence

    from vfy_notebook.api.keys.links import Link
    from vfy_notebook.api.operations import Api
    from vfy_notebook.fetch.exports.order import ExportOrder
    from vfy_notebook.frames.exports.table import ExportedRows
    from vfy_notebook.progress import Progress

#: Seconds before the API is asked for the number once more: it may count late.
_SECOND_COUNT_WAIT_S = 2.0

_BLOCK_BYTES = 1 << 20


class CompleteExport:
    """An export whose files have been downloaded and looked through.

    Attributes:
        rows: How many rows it has.
        missing: Fields that were asked for and that the file does not have.
    """

    def __init__(
        self, api: Api, table: ExportedTable, counts: Sequence[Callable[[], int | None]]
    ) -> None:
        self._api = api
        self._table = table
        self._counts = counts
        self.rows = table.rows
        self.missing = table.layout.missing

    @functools.cached_property
    def counted(self) -> int | None:
        """How many the API counts; None if it does not tell.

        The number that agrees with the rows, if one does; else the first one. Costs a call where
        it agrees, up to three where it does not.
        """
        told: int | None = None
        for number, count in enumerate(self._counts):
            if number == 1:
                self._api.transport.clock.sleep(_SECOND_COUNT_WAIT_S)
            counted = count()
            if counted is None or counted == self.rows:
                return counted
            told = counted if told is None else told
        return told

    @property
    def is_short(self) -> bool:
        """Whether the API counts more than there are rows; costs what `counted` costs."""
        return self.counted is not None and self.counted > self.rows

    def pieces(self) -> Iterator[ExportedRows]:
        """The rows, some thousand at a time.

        Raises:
            ResponseError: The file is not to be trusted.
        """
        return self._table.pieces()


@contextlib.contextmanager
def exported(
    api: Api,
    order: ExportOrder,
    bar: Progress,
    *,
    keys: Collection[str] | None,
    counts: Sequence[Callable[[], int | None]],
) -> Iterator[CompleteExport]:
    """Order an export, download it and count its rows. The files are gone when the context ends.

    Costs two or three calls for the order and one for each file; one more for a file that is cut
    short, and what `CompleteExport.counted` costs if it is asked for.

    Args:
        api: The API.
        order: What to export.
        bar: Kept alive while waiting.
        keys: The metadata schema's keys, in its order; None if they are not known.
        counts: Ways to ask the API how many objects there are under the same filters, None if it
            does not tell; the next one is gone where the one before gives another number.

    Raises:
        ResponseError: The file is no table of such objects, or is cut short again and again.
        VfyNotebookError: Voucherify could not make the export, or not in time.
    """
    links = finished_export(api, order, bar)
    with contextlib.ExitStack() as stack:
        files = [stack.enter_context(_downloaded(api, link)) for link in links]
        table = ExportedTable(files, order.what, keys=keys)
        if table.is_cut or table.may_be_cut:
            again = [stack.enter_context(_downloaded(api, link)) for link in links]
            is_the_same = all(map(_same, files, again))
            table = ExportedTable(again, order.what, keys=keys)
            if table.is_cut or (table.may_be_cut and not is_the_same):
                raise _cut_short(order)
        export = CompleteExport(api, table, counts)
        # Some write no line break at the end: a file that comes so twice, with a whole last row
        # and as many as are counted, is whole.
        if table.may_be_cut and export.is_short:
            raise _cut_short(order)
        yield export


def _cut_short(order: ExportOrder) -> ResponseError:
    message = (
        "The export's file ends in the middle, and so it did when it was downloaded once more: "
        f"fetch again, or {order.what.instead}."
    )
    return ResponseError(message)


@contextlib.contextmanager
def _downloaded(api: Api, link: Link) -> Iterator[IO[bytes]]:
    with tempfile.TemporaryFile(prefix="vfy-notebook-export-") as file:

        def sink(piece: bytes) -> None:
            """Write what comes; an empty piece says that the download begins anew."""
            if piece:
                file.write(piece)
            else:
                file.seek(0)
                file.truncate()

        api.download(link, sink)
        yield file


def _same(one: IO[bytes], other: IO[bytes]) -> bool:
    one.seek(0)
    other.seek(0)
    while (block := one.read(_BLOCK_BYTES)) == other.read(_BLOCK_BYTES):
        if not block:
            return True
    return False
