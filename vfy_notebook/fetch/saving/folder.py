"""The folder of Parquet parts, and the note about them.

The note lists the valid parts and what is still to be read. A part is written under another name
and then renamed, and after that the note is replaced in the same way. So whenever the process
ends, the folder has only whole parts; the next run removes those that the note does not list.
"""

from __future__ import annotations

import contextlib
import os
import re
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
import pyarrow.parquet as pq

from vfy_notebook.api.listing.remaining import Span
from vfy_notebook.copies import PARTS, WrittenCopy, enter
from vfy_notebook.errors import ArgumentError, FolderError
from vfy_notebook.locks import FileLock
from vfy_notebook.private_files import make_folder, new_file, read_file

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator

    import pyarrow as pa

#: Readers of Parquet folders pass over names that begin with an underscore.
NOTE_NAME = "_vfy_notebook.json"
LOCK_NAME = "_vfy_notebook.lock"

_PART_NAME = "part-{:05d}.parquet"
#: `s3://bucket/customers`, but not `C:\\customers`.
_ADDRESS = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://")
_OUR_PARTS = re.compile(r"part-\d{5,}\.parquet(\.unfinished)?")

#: What must fit on the disk before anything is asked for.
_PROBE_BYTES = 4096


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

    @property
    def next_part(self) -> str:
        """The name of the part to come."""
        return _PART_NAME.format(len(self.parts))


class PartsFolder:
    """A folder for parts. It is made, or read, by `open`, not before.

    Args:
        path: The folder; `~` is the user's home, as everywhere in pandas. A relative path is
            relative to the present working directory, even if that changes later.
        noun: What is to be saved.
        verb: The method that saves it.

    Raises:
        ArgumentError: This is not a path, or the address of an object store.
    """

    #: Called as `on_step(name)` where a process may be killed; tests do, nothing else.
    on_step: Callable[[str], None] | None = None

    def __init__(self, path: str | os.PathLike[str], *, noun: str, verb: str) -> None:
        self.noun = noun
        self.verb = verb
        try:
            text = os.fspath(path)
            if not isinstance(text, str) or not text or "\0" in text:
                raise TypeError
            self.path = Path(text).expanduser().absolute()
        except (TypeError, RuntimeError):
            message = f"path={path!r}: give the path of a folder for the parts."
            raise ArgumentError(message) from None
        if _ADDRESS.match(text):  # else it would be a folder called "s3:" here
            message = (
                f"path={path!r} is an address, and parts are saved to folders: a lock and a "
                "rename, which continue a copy safely, are not to be had there. Save to a folder "
                "of this machine, then copy it: fsspec.filesystem('s3').put(str(saved.path), "
                "'s3://bucket/', recursive=True), with the store's name for s3."
            )
            raise ArgumentError(message)
        self.note: Note | None = None
        self._is_registered = False

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
        lock = FileLock(self.path / LOCK_NAME)
        try:
            made = not self.path.exists()
            if not made and not self.path.is_dir():
                message = f"{self.path} is a file: give a folder for the parts."
                raise ArgumentError(message)
            make_folder(self.path)
            is_ours = lock.take()
        except OSError as error:
            message = (
                f"{self.path} cannot be written to ({error.strerror or error}): choose another "
                "folder. Nothing was sent."
            )
            raise FolderError(message) from None
        if not is_ours:
            message = (
                f"Another process, or another thread of this one, is saving to {self.path}: wait "
                "for it to end, or choose another folder. Nothing was sent."
            )
            raise FolderError(message)
        try:
            self._probe()
            self.note = self._read_note()
            yield
        finally:
            lock.let_go()
            if made and self.note is None:
                with contextlib.suppress(OSError):  # else it is not empty
                    self.path.rmdir()

    def _probe(self) -> None:
        try:
            with self._writing(NOTE_NAME) as unfinished:
                with new_file(unfinished) as file:
                    file.write(bytes(_PROBE_BYTES))
                unfinished.unlink()
        except FolderError as error:
            message = f"{error} Nothing was sent."
            raise FolderError(message) from None

    # -- what is there -------------------------------------------------------------------------

    def check(self, *, replace: bool) -> None:
        """Refuse a folder that holds other files, or a copy of which a part is missing.

        Raises:
            ArgumentError: The folder is refused; nothing was changed.
        """
        strangers = sorted(
            entry.name
            for entry in self.path.iterdir()
            if not entry.name.startswith((".", "_"))
            and not (self.note is not None and _OUR_PARTS.fullmatch(entry.name))
        )
        if strangers:
            message = (
                f"{self.path} holds {strangers[0]}, which {self.verb}() did not write and "
                "readers of the folder would read as a part: choose another folder."
            )
            raise ArgumentError(message)
        if self.note is None or replace:
            return
        if gone := [name for name in self.note.parts if not (self.path / name).exists()]:
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
            for entry in self.path.iterdir():
                if _OUR_PARTS.fullmatch(entry.name) and entry.name not in but:
                    entry.unlink()

    # -- writing -------------------------------------------------------------------------------

    def write_part(self, name: str, table: pa.Table) -> None:
        """Write a part; it does not count before a note names it.

        Raises:
            FolderError: It cannot be written; nothing of it is left.
        """
        if not self._is_registered:
            enter(WrittenCopy(PARTS, self.path), stacklevel=4)
            self._is_registered = True
        with self._writing(name) as unfinished:
            with new_file(unfinished) as file:
                pq.write_table(table, file)
            self._move_into_place(unfinished, name)

    def write_note(self, note: Note) -> None:
        """Replace the note.

        Raises:
            FolderError: It cannot be written; the one before is still there.
        """
        with self._writing(NOTE_NAME) as unfinished:
            with new_file(unfinished) as file:
                file.write(msgspec.json.encode(note))
            self._move_into_place(unfinished, NOTE_NAME)
        self.note = note

    def _read_note(self) -> Note | None:
        path = self.path / NOTE_NAME
        try:
            return msgspec.json.decode(read_file(path), type=Note)
        except FileNotFoundError:
            return None
        except msgspec.DecodeError:
            message = f"{path} is not a note of {self.verb}(): remove it, or choose another folder."
            raise ArgumentError(message) from None
        except OSError as error:
            message = f"{path} cannot be read ({error.strerror or error}). Nothing was sent."
            raise FolderError(message) from None

    def _move_into_place(self, unfinished: Path, name: str) -> None:
        """Give a file its name once it is on the disk."""
        self._step(f"{name} written")
        with unfinished.open("rb+") as file:
            os.fsync(file.fileno())
        unfinished.replace(self.path / name)
        self._step(f"{name} named")

    @contextlib.contextmanager
    def _writing(self, name: str) -> Iterator[Path]:
        """A file's name while it is being written; nothing is left of one that was not."""
        unfinished = self.path / f"{name}.unfinished"
        with self._as_folder_error():
            try:
                yield unfinished
            except BaseException:
                with contextlib.suppress(OSError):
                    unfinished.unlink()
                raise

    @contextlib.contextmanager
    def _as_folder_error(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            message = (
                f"{self.path} cannot be written to ({error.strerror or error}); the parts in it "
                f"are valid. Solve this, then call {self.verb}() again to continue."
            )
            raise FolderError(message) from None

    def _step(self, name: str) -> None:
        hook = type(self).on_step
        if hook is not None:
            hook(name)


def parts_in(path: Path) -> tuple[str, ...]:
    """The names of the parts that the note in a folder lists.

    Raises:
        FolderError: There is no note that can be read.
    """
    try:
        return msgspec.json.decode(read_file(path / NOTE_NAME), type=Note).parts
    except (OSError, msgspec.DecodeError):
        message = f"{path} holds no copy any more: save it again."
        raise FolderError(message) from None
