"""The folder of Parquet parts, and the note about them.

The note lists the valid parts and what is still to be read. A part is written in one step (see
`places`), and after that the note is replaced in the same way. So whenever the process ends, the
folder has only whole parts; the next run removes those that the note does not list.
"""

from __future__ import annotations

import contextlib
import re
from typing import TYPE_CHECKING

import msgspec
import numpy as np
import pyarrow.parquet as pq

from vfy_notebook.api.listing.remaining import Span
from vfy_notebook.copies import enter
from vfy_notebook.errors import ArgumentError, FolderError
from vfy_notebook.fetch.saving.places.choosing import place_of
from vfy_notebook.shown_text import shown_text

if TYPE_CHECKING:
    import os
    from collections.abc import Callable, Collection, Iterator
    from pathlib import Path

    import pyarrow as pa

#: Readers of Parquet folders pass over names that begin with an underscore.
NOTE_NAME = "_vfy_notebook.json"
LOCK_NAME = "_vfy_notebook.lock"

_OUR_PARTS = re.compile(r"part-(\d{4,}T\d{6}\.\d{3}Z-)?\d{5,}\.parquet(\.unfinished)?")

#: The rows of a part are in order of this column, if they have it, in so many groups: a reader
#: passes over those that a filter excludes.
_TIME, _GROUPS = "created_at", 4

#: Written and removed, before anything is asked for.
_PROBE_NAME, _PROBE_BYTES = "_vfy_notebook.probe", 4096

#: As much of a system's or a store's text as an error repeats.
_MAX_TEXT = 300


class SegmentNote(msgspec.Struct, frozen=True):
    """A segment whose members are saved: what it is called, and whether it is passive."""

    id: str
    label: str
    is_passive: bool


class SegmentsLeft(msgspec.Struct, frozen=True):
    """How far a copy of memberships has come.

    Attributes:
        all: The segments, in the order in which they are read.
        done: How many of them have been read.
        rows: The members of the next one that have been read already.
        empty: The ids of the passive ones that listed nobody.
    """

    all: tuple[SegmentNote, ...]
    done: int = 0
    rows: int = 0
    empty: tuple[str, ...] = ()


class Note(msgspec.Struct, frozen=True):
    """What the parts contain, and what is missing.

    Attributes:
        of: A fingerprint of the project, the filters and the route.
        noun: What the rows are.
        keys: The metadata columns, as `TableParts` takes them.
        left: The spans that are still to be read; of the next segment, where there are segments.
        parts: The names of the valid parts.
        rows: The number of rows in them.
        calls: The API calls made until they were written.
        total: The number of rows that the API counted at the beginning.
        closed_before_ms: No customer can be added that was created before this time.
        segments: How far a copy of memberships has come.
        finished: Whether these are all rows.
    """

    of: str
    noun: str
    keys: dict[str, str]
    left: tuple[Span, ...] = ()
    parts: tuple[str, ...] = ()
    rows: int = 0
    calls: int = 0
    total: int | None = None
    closed_before_ms: int | None = None
    segments: SegmentsLeft | None = None
    finished: bool = False


class PartsFolder:
    """A folder for parts. It is made, or read, by `open`, not before.

    Args:
        path: A path or the address of a folder in an object store, as `place_of` takes it.
        noun: What is to be saved.
        verb: The method that saves it.

    Raises:
        ArgumentError: This is no such path.
    """

    #: Called as `on_step(name)` where a process may be killed; tests do, nothing else.
    on_step: Callable[[str], None] | None = None

    def __init__(self, path: str | os.PathLike[str], *, noun: str, verb: str) -> None:
        self.noun = noun
        self.verb = verb
        self.place = place_of(path, lock_name=LOCK_NAME)
        self.note: Note | None = None
        self._is_registered = False

    @property
    def path(self) -> Path | str:
        """The folder as readers of Parquet take it."""
        return self.place.path

    @property
    def noted(self) -> Note:
        """The note, once a copy has begun."""
        assert self.note is not None  # noqa: S101 - it has
        return self.note

    @contextlib.contextmanager
    def open(self) -> Iterator[None]:
        """Make the folder if it does not exist, and lock it against other processes.

        Raises:
            ArgumentError: The path is a file, or the folder holds other files; nothing was changed.
            FolderError: It cannot be written to, or another process is saving to it.
        """
        with contextlib.ExitStack() as held:
            with self._nothing_sent():
                held.enter_context(self.place.hold())
                self._probe()
                self.note = self._read_note()
            if self.on_step is not None:
                self.place.on_step = self.on_step
            yield

    def _probe(self) -> None:
        """Write and remove something: what must fit there before anything is asked for."""
        self.place.write(_PROBE_NAME, lambda file: file.write(bytes(_PROBE_BYTES)))
        self.place.remove(_PROBE_NAME)

    @contextlib.contextmanager
    def _nothing_sent(self) -> Iterator[None]:
        try:
            yield
        except FolderError:
            raise
        except OSError as error:
            message = (
                f"{self.path} cannot be written to ({_told(error)}): choose another folder. "
                "Nothing was sent."
            )
            raise FolderError(message) from None

    # -- what is there -------------------------------------------------------------------------

    def check(self, *, replace: bool) -> None:
        """Refuse a folder that holds other files, or a copy of which a part is missing.

        Raises:
            ArgumentError: The folder is refused; nothing was changed.
        """
        with self._as_folder_error():
            names = self.place.names()
        strangers = sorted(
            name
            for name in names
            if not name.startswith((".", "_"))
            and not (self.note is not None and _OUR_PARTS.fullmatch(name))
        )
        if strangers:
            message = (
                f"{self.path} holds {strangers[0]}, which {self.verb}() did not write and "
                "readers of the folder would read as a part: choose another folder."
            )
            raise ArgumentError(message)
        if self.note is None or replace:
            return
        if gone := [name for name in self.note.parts if name not in names]:
            message = (
                f"{gone[0]} is missing from {self.path}: put it back, or give "
                "replace_existing=True to save everything again."
            )
            raise ArgumentError(message)

    def check_unfinished(self, of: str) -> None:
        """Refuse a copy that is finished, or that has another project, filters or route.

        Raises:
            ArgumentError: The copy is refused; nothing was changed.
        """
        if self.note is None:
            return
        if self.note.of != of:
            message = (
                f"{self.path} holds {self.note.rows:,} {self.note.noun} of another project, or by "
                "other filters or another route: choose another folder, or replace_existing=True "
                "to overwrite them."
            )
            raise ArgumentError(message)
        if self.note.finished:
            message = (
                f"{self.path} holds {self.note.rows:,} {self.note.noun} already, a finished copy: "
                "choose another folder, or replace_existing=True to overwrite it."
            )
            raise ArgumentError(message)

    def begin(self, note: Note) -> None:
        """Begin a copy, over whatever copy is there.

        Raises:
            FolderError: It cannot be written.
        """
        self.write_note(note)
        self.remove_parts()

    def remove_parts(self, *, but: Collection[str] = ()) -> None:
        """Remove parts, such as those that a run wrote which ended before it could note them.

        Raises:
            FolderError: They cannot be removed.
        """
        with self._as_folder_error():
            for name in self.place.names():
                if _OUR_PARTS.fullmatch(name) and name not in but:
                    self.place.remove(name)

    # -- writing -------------------------------------------------------------------------------

    def write_part(self, name: str, table: pa.Table) -> None:
        """Write a part; it does not count before a note names it.

        Raises:
            FolderError: It cannot be written; nothing of it is left.
        """
        if not self._is_registered:
            enter(self.place.copy, stacklevel=4)
            self._is_registered = True
        if _TIME in table.column_names:
            table = table.sort_by(_TIME)
        rows = max(1, -(-len(table) // _GROUPS))
        with self._as_folder_error():
            self.place.write(name, lambda file: pq.write_table(table, file, row_group_size=rows))

    def write_note(self, note: Note) -> None:
        """Replace the note.

        Raises:
            FolderError: It cannot be written; the one before is still there.
        """
        with self._as_folder_error():
            self.place.write(NOTE_NAME, lambda file: file.write(msgspec.json.encode(note)))
        self.note = note

    def _read_note(self) -> Note | None:
        path = f"{self.path}/{NOTE_NAME}"
        try:
            return msgspec.json.decode(self.place.read(NOTE_NAME), type=Note)
        except FileNotFoundError:
            return None
        except msgspec.DecodeError:
            message = f"{path} is not a note of {self.verb}(): remove it, or choose another folder."
            raise ArgumentError(message) from None
        except OSError as error:
            message = f"{path} cannot be read ({_told(error)}). Nothing was sent."
            raise FolderError(message) from None

    @contextlib.contextmanager
    def _as_folder_error(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            message = (
                f"{self.path} cannot be written to ({_told(error)}); the parts in it "
                f"are valid. Solve this, then call {self.verb}() again to continue."
            )
            raise FolderError(message) from None


def part_name(number: int, first_ms: int | None) -> str:
    """The name of a part, which no other has. In order of their names parts are in order of time.

    >>> part_name(7, 1735689600123), part_name(7, None)
    ('part-20250101T000000.123Z-00007.parquet', 'part-00007.parquet')
    """
    if first_ms is None:
        return f"part-{number:05d}.parquet"
    begins = str(np.datetime64(first_ms, "ms")).replace("-", "").replace(":", "")
    return f"part-{begins}Z-{number:05d}.parquet"


def _told(error: OSError) -> str:
    return shown_text(error.strerror or error, _MAX_TEXT)


def parts_in(path: Path | str) -> tuple[str, ...]:
    """The names of the parts of a finished copy, as its note lists them.

    Raises:
        FolderError: There is no note that can be read, or a run has begun to overwrite the copy
            and has not finished.
    """
    try:
        content = place_of(path, lock_name=LOCK_NAME).read(NOTE_NAME)
        note = msgspec.json.decode(content, type=Note)
    except (OSError, msgspec.DecodeError):
        message = f"{path} holds no copy any more: save it again."
        raise FolderError(message) from None
    if not note.finished:
        message = (
            f"{path} holds {note.rows:,} {note.noun} of a copy that has begun since and is not "
            "finished: call the method that saves it again, to continue."
        )
        raise FolderError(message)
    return note.parts
