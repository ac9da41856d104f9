"""A folder of an object store, such as `s3://bucket/customers`, through fsspec.

Credentials, regions and endpoints are the business of fsspec and of the store's own library:
environment variables, their files, or `fsspec.config`. They are never asked for here.
"""

from __future__ import annotations

import contextlib
import io
from typing import TYPE_CHECKING, BinaryIO

from vfy_notebook.copies import STORED_PARTS, WrittenCopy
from vfy_notebook.errors import ArgumentError, VfyNotebookError
from vfy_notebook.fetch.saving.places.place import Place
from vfy_notebook.fetch.saving.places.store_lock import StoreLock

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from fsspec import AbstractFileSystem

#: As much of a store's text as an error repeats.
_MAX_TEXT = 300


class ObjectStore(Place):
    """Each file is put as one object, which the store does whole or not at all.

    Args:
        address: With the protocol, without a slash at the end.
        store: What reaches it.
        folder: The address as the store's own methods give it back, without the protocol.
        lock_name: The name of the object that stands there while a copy is being made.
    """

    path: str

    def __init__(
        self, address: str, store: AbstractFileSystem, folder: str, *, lock_name: str
    ) -> None:
        self.path = address
        self._store = store
        self._folder = folder.strip("/")
        self._lock = StoreLock(store, address, lock_name)

    @property
    def copy(self) -> WrittenCopy:
        """The folder, as the register of copies enters it."""
        return WrittenCopy(STORED_PARTS, self.path)

    @contextlib.contextmanager
    def hold(self) -> Iterator[None]:
        """Lock it, and make it if it is not there."""
        with _errors_of_the_store():
            if self._store.isfile(self.path):
                message = f"{self.path} is an object: give a folder for the parts."
                raise ArgumentError(message)
            self._lock.take()
        try:
            yield
        finally:
            with _errors_of_the_store():
                self._lock.let_go()

    def names(self) -> list[str]:
        """The names of all that is in it."""
        with _errors_of_the_store():
            self._store.invalidate_cache()  # another process may have written since
            try:
                found = [str(each) for each in self._store.ls(self.path, detail=False)]
            except FileNotFoundError:  # stores have no empty folders
                return []
        inside = f"{self._folder}/"
        names = [each.strip("/").removeprefix(inside) for each in found]
        # A console makes an object of the folder's own name, so that it shows as a folder.
        return [name for name in names if name != self._folder]

    def read(self, name: str) -> bytes:
        """What a file holds."""
        with _errors_of_the_store():
            found: bytes = self._store.cat_file(f"{self.path}/{name}")
        return found

    def write(self, name: str, fill: Callable[[BinaryIO], object]) -> None:
        """Write a file, or replace it, in one step."""
        content = io.BytesIO()
        fill(content)
        self.on_step(f"{name} written")
        with _errors_of_the_store():
            self._lock.check()
            self._store.pipe_file(f"{self.path}/{name}", content.getvalue())
        self.on_step(f"{name} named")

    def remove(self, name: str) -> None:
        """Remove a file."""
        with _errors_of_the_store():
            self._store.rm_file(f"{self.path}/{name}")


@contextlib.contextmanager
def _errors_of_the_store() -> Iterator[None]:
    """Let out what libraries of stores raise as `OSError`: each has errors of its own."""
    try:
        yield
    except (OSError, VfyNotebookError, Warning):
        raise
    except Exception as error:
        told = " ".join(str(error).split())[:_MAX_TEXT]
        raise OSError(told or type(error).__name__) from error
