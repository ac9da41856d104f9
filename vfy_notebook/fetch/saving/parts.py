"""Collects rows and writes them as Parquet parts.

An interrupt can happen anywhere, and the rows that have arrived must be written then. So the
state changes by one assignment after the work is done, and it always has the rows together with the
spans that they complete: the next run reads neither too little nor anything twice.

What comes in windows of time is held as a piece for each, and the largest becomes a part once there
are rows enough in all of them. So each part is of one span, whatever number of workers reads, and a
process that is killed loses no more than with one piece.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from msgspec.structs import replace

from vfy_notebook.fetch.saving.folder import part_name
from vfy_notebook.fetch.saving.pieces import Piece, with_completed
from vfy_notebook.frames.batches import Packing
from vfy_notebook.frames.odd_values import merged

if TYPE_CHECKING:
    from collections.abc import Callable

    from vfy_notebook.api.listing.remaining import Completed
    from vfy_notebook.fetch.saving.folder import Note, PartsFolder
    from vfy_notebook.frames.batches import Batch
    from vfy_notebook.frames.files.schema import PartSchema
    from vfy_notebook.frames.odd_values import OddValues

#: Most rows that are in no part yet, and so most rows of a part. A process that is killed loses
#: them, 200 calls' worth at most; readers are hardly slower than with ten times as many.
PART_ROWS = 20_000


class _Held(NamedTuple):
    """Rows that are in no part yet, and the note but for their spans.

    Rows in no order of time are one piece; what the note says of them, it says already.
    """

    note: Note
    pieces: tuple[Piece, ...] = ()

    @property
    def rows(self) -> int:
        return sum(map(len, self.pieces))

    @property
    def largest(self) -> Piece:
        """The next one to be written; no rows if there is none."""
        return max(self.pieces, key=len, default=Piece(Packing()))


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
        self._held = _Held(note)
        #: Raw JSON of values that their columns cannot hold, by customer and column.
        self.odd: OddValues = {}

    @property
    def note(self) -> Note:
        """What is in the folder, and the latest that was noted with the rows held."""
        return self._held.note

    @property
    def total(self) -> int | None:
        """How many rows there were in the beginning, if the API told."""
        return self._held.note.total

    @property
    def rows(self) -> int:
        """Rows in the folder and on their way there."""
        return self._held.note.rows + self._held.rows

    def add(self, completed: Completed, **noted: Any) -> None:
        """Take customers with the span that they fill, and what the note is to say at once."""
        note, pieces = self._held
        self._hold(_Held(replace(note, **noted), with_completed(pieces, completed)))

    def add_batch(self, batch: Batch, **noted: Any) -> None:
        """Take rows in no order of time, and what the note says once they are in a part."""
        note, pieces = self._held
        packing = pieces[0].packing if pieces else Packing()
        self._hold(_Held(replace(note, **noted), (Piece(packing.add_batch(batch)),)))

    def note_that(self, **noted: Any) -> None:
        """Change what the note says once all rows taken are in a part."""
        note, pieces = self._held
        self._hold(_Held(replace(note, **noted), pieces))

    def _hold(self, held: _Held) -> None:
        self._held = held
        if held.rows >= PART_ROWS:
            self._write(held.largest)

    def flush(self) -> None:
        """Write what is held as parts.

        Raises:
            FolderError: It cannot be written; what is in no part is held as before.
        """
        self._write_all(finished=False)

    def finish(self) -> None:
        """Write what is held; a copy of no rows is one empty part.

        Raises:
            FolderError: It cannot be written.
        """
        self._write_all(finished=True)

    def _write_all(self, *, finished: bool) -> None:
        # The largest first, as ever: an interrupt may have come between a part and its note, and
        # the part is to be written over, not beside it.
        while len(self._held.pieces) > 1:
            self._write(self._held.largest)
        self._write(self._held.largest, finished=finished)

    def _write(self, piece: Piece, *, finished: bool = False) -> None:
        note, pieces = self._held
        parts, left = note.parts, note.left
        if len(piece) or (finished and not parts):
            name = part_name(len(parts), piece.first_ms)
            batches = piece.packing.batches() if len(piece) else ()
            self._folder.write_part(name, self._schema.table(batches))
            self.odd = merged(self.odd, *(batch.odd for batch in batches))
            parts = (*parts, name)
        if piece.span is not None:
            left = tuple(rest for span in left for rest in span.without(piece.span))
        note = replace(
            note,
            parts=parts,
            rows=note.rows + len(piece),
            left=() if finished else left,
            calls=self._calls(),
            finished=finished,
        )
        self._folder.write_note(note)
        self._held = _Held(note, tuple(each for each in pieces if each is not piece))
