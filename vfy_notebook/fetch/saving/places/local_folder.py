"""A folder of this machine, or one that is shared like a folder."""

from __future__ import annotations

import contextlib
import os
from typing import TYPE_CHECKING, BinaryIO

from vfy_notebook.copies import PARTS, WrittenCopy
from vfy_notebook.errors import ArgumentError, FolderError
from vfy_notebook.fetch.saving.places.place import Place
from vfy_notebook.locks import FileLock
from vfy_notebook.private_files import make_folder, new_file, read_file

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

_UNFINISHED = ".unfinished"


class LocalFolder(Place):
    """A file is written under another name and then renamed, once it is on the disk.

    Args:
        path: The folder, absolute.
        lock_name: The name of the file that is locked.
    """

    path: Path

    def __init__(self, path: Path, *, lock_name: str) -> None:
        self.path = path
        self._lock_name = lock_name

    @property
    def copy(self) -> WrittenCopy:
        """The folder, as the register of copies enters it."""
        return WrittenCopy(PARTS, self.path)

    @contextlib.contextmanager
    def hold(self) -> Iterator[None]:
        """Lock it, and make it if it is not there."""
        made = not self.path.exists()
        if not made and not self.path.is_dir():
            message = f"{self.path} is a file: give a folder for the parts."
            raise ArgumentError(message)
        make_folder(self.path)
        lock = FileLock(self.path / self._lock_name)
        if not lock.take():
            message = (
                f"Another process, or another thread of this one, is saving to {self.path}: wait "
                "for it to end, or choose another folder. Nothing was sent."
            )
            raise FolderError(message)
        try:
            yield
        finally:
            lock.let_go()
            if made:
                with contextlib.suppress(OSError):  # else something was saved
                    self.path.rmdir()

    def names(self) -> list[str]:
        """The names of all that is in it."""
        return [entry.name for entry in self.path.iterdir()]

    def read(self, name: str) -> bytes:
        """What a file holds."""
        return read_file(self.path / name)

    def write(self, name: str, fill: Callable[[BinaryIO], object]) -> None:
        """Write a file, or replace it, in one step."""
        unfinished = self.path / f"{name}{_UNFINISHED}"
        try:
            with new_file(unfinished) as file:
                fill(file)
            self.on_step(f"{name} written")
            self._move_into_place(unfinished, name)
        except BaseException:
            with contextlib.suppress(OSError):
                unfinished.unlink()
            raise

    def _move_into_place(self, unfinished: Path, name: str) -> None:
        """Give a file its name once it is on the disk."""
        with unfinished.open("rb+") as file:
            os.fsync(file.fileno())
        unfinished.replace(self.path / name)
        self.on_step(f"{name} named")

    def remove(self, name: str) -> None:
        """Remove a file."""
        (self.path / name).unlink()
