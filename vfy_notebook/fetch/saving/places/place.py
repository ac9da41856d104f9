"""What a copy needs of the place that it is saved to."""

from __future__ import annotations

import abc
from typing import TYPE_CHECKING, BinaryIO

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager
    from pathlib import Path

    from vfy_notebook.copies import WrittenCopy


def _no_step(_name: str) -> None:
    """Nobody is told of the steps of a run, except in tests."""


class Place(abc.ABC):
    """A place for files that are written whole or not at all.

    All that goes wrong there is an `OSError`, also where a store's library has errors of its own.

    Attributes:
        path: The place as pandas, Dask and DuckDB take it: a path, or the address in a store.
        on_step: Called with the name of each step of writing, so that a test can end a process
            there.
    """

    path: Path | str
    on_step: Callable[[str], None] = staticmethod(_no_step)

    @property
    @abc.abstractmethod
    def copy(self) -> WrittenCopy:
        """The place as the register of copies enters it."""

    @abc.abstractmethod
    def hold(self) -> AbstractContextManager[None]:
        """Lock the place against other processes, and make it if it is not there.

        Raises:
            ArgumentError: A file is in the way; nothing was changed.
            FolderError: Another process holds it.
            OSError: It cannot be written to.
        """

    @abc.abstractmethod
    def names(self) -> list[str]:
        """The names of all that is there.

        Raises:
            OSError: They cannot be listed.
        """

    @abc.abstractmethod
    def read(self, name: str) -> bytes:
        """What a file holds.

        Raises:
            FileNotFoundError: There is none.
            OSError: It cannot be read.
        """

    @abc.abstractmethod
    def write(self, name: str, fill: Callable[[BinaryIO], object]) -> None:
        """Write a file, or replace it, in one step: others see the old one or the new one.

        Args:
            name: Its name.
            fill: Writes what it is to hold.

        Raises:
            OSError: It cannot be written; the old one is still there.
        """

    @abc.abstractmethod
    def remove(self, name: str) -> None:
        """Remove a file.

        Raises:
            OSError: It cannot be removed.
        """
