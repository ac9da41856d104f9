"""Collects rows and writes them as Parquet parts.

An interrupt can happen anywhere, and the rows that have arrived must be written then. So the
state changes by one assignment after the work is done, and it always has the rows together with the
spans that they complete: the next run reads neither too little nor anything twice.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from msgspec.structs import replace

from vfy_notebook.frames.batches import Packing
from vfy_notebook.frames.odd_values import merged

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from vfy_notebook.api.models import Customer
    from vfy_notebook.fetch.saving.folder import Note, PartsFolder
    from vfy_notebook.frames.batches import Batch
    from vfy_notebook.frames.files.schema import PartSchema
    from vfy_notebook.frames.odd_values import OddValues

#: Rows of a part. A process that is killed loses those of the part under way, 200 calls' worth
#: at most; readers are hardly slower than with ten times as many.
PART_ROWS = 20_000


class _Held(NamedTuple):
    """Rows that are in no part yet, and the note to write once they are."""

    note: Note
    packing: Packing


class Parts:
    """Rows going into a folder, a part at a time.

    Args:
        folder: Where to, held open.
        note: What is there already.
        schema: That of all parts.
        calls: Gives the API calls that the copy has taken, earlier runs included.
    """

    def __init__(
        self, folder: PartsFolder, note: Note, schema: PartSchema, *, calls: Callable[[], int]
    ) -> None:
        self._folder = folder
        self._calls = calls
        self._schema = schema
        self._held = _Held(note, Packing())
        #: Raw JSON of values that their columns cannot hold, by customer and column.
        self.odd: OddValues = {}

    @property
    def note(self) -> Note:
        """What is in the folder, and the latest on what is left once the rows held are too."""
        return self._held.note

    @property
    def total(self) -> int | None:
        """How many rows there were in the beginning, if the API told."""
        return self._held.note.total

    @property
    def rows(self) -> int:
        """Rows in the folder and on their way there."""
        return self._held.note.rows + len(self._held.packing)

    def add(self, customers: Sequence[Customer], **noted: Any) -> None:
        """Take customers, and what the note says once they are in a part."""
        note, packing = self._held
        self._hold(_Held(replace(note, **noted), packing.add(customers)))

    def add_batch(self, batch: Batch, **noted: Any) -> None:
        """Take rows that are packed already, and what the note says once they are in a part."""
        note, packing = self._held
        self._hold(_Held(replace(note, **noted), packing.add_batch(batch)))

    def note_that(self, **noted: Any) -> None:
        """Change what the note says once all rows taken are in a part."""
        note, packing = self._held
        self._hold(_Held(replace(note, **noted), packing))

    def _hold(self, held: _Held) -> None:
        self._held = held
        if len(held.packing) >= PART_ROWS:
            self.flush()

    def flush(self) -> None:
        """Write what is held as a part.

        Raises:
            FolderError: It cannot be written; it is held as before.
        """
        self._write(even_empty=False, finished=False)

    def finish(self) -> None:
        """Write what is held; a copy of no rows is one empty part.

        Raises:
            FolderError: It cannot be written.
        """
        self._write(even_empty=not self._held.note.parts, finished=True)

    def _write(self, *, even_empty: bool, finished: bool) -> None:
        note, packing = self._held
        parts = note.parts
        if len(packing) or even_empty:
            parts = (*parts, note.next_part)
            batches = packing.batches() if len(packing) else ()
            self._folder.write_part(note.next_part, self._schema.table(batches))
            self.odd = merged(self.odd, *(batch.odd for batch in batches))
        note = replace(
            note,
            parts=parts,
            rows=note.rows + len(packing),
            left=() if finished else note.left,
            calls=self._calls(),
            finished=finished,
        )
        self._folder.write_note(note)
        self._held = _Held(note, Packing())
