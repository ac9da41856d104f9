"""A lock for a folder of an object store, which knows no locks.

Two things together. An object with a random token, which is put only where there is none: it keeps
other machines out, but stays behind where a process is killed. And a file lock on this machine,
which ends with its process: so whoever holds that one and finds the token of this machine in the
object knows that its process has ended, and goes on. The token of another machine tells nothing
about whether a process there is alive: the user is asked.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import hashlib
import os
import secrets
import socket
from typing import TYPE_CHECKING

import msgspec

from vfy_notebook.copies import data_folder
from vfy_notebook.errors import FolderError
from vfy_notebook.locks import FileLock
from vfy_notebook.private_files import make_folder, new_file, read_file
from vfy_notebook.shown_text import shown_text

if TYPE_CHECKING:
    from fsspec import AbstractFileSystem

#: What stores raise that have no conditional put, or whose library cannot ask for it.
_NO_CONDITIONAL_PUT = (TypeError, ValueError, NotImplementedError)


class _Holder(msgspec.Struct, frozen=True):
    """Who holds the lock."""

    token: str
    host: str = "an unknown machine"
    since: str = "an unknown time"


class StoreLock:
    """The lock of one folder.

    Args:
        store: What reaches it.
        address: The folder.
        name: The name of the object.
    """

    def __init__(self, store: AbstractFileSystem, address: str, name: str) -> None:
        self._store = store
        self._address = address
        self._object = f"{address}/{name}"
        # What is in this process's memory is no other's business.
        own = str(os.getpid()) if address.startswith("memory://") else ""
        key = hashlib.sha256(f"{address}{own}".encode()).hexdigest()[:32]
        self._folder = data_folder() / "stores"
        self._here = FileLock(self._folder / f"{key}.lock")
        self._token_path = self._folder / f"{key}.token"
        self._token: str | None = None

    def take(self) -> None:
        """Take the lock without waiting.

        Raises:
            FolderError: Somebody else holds it, or seems to.
            OSError: It cannot be taken.
        """
        make_folder(self._folder)
        if not self._here.take():
            message = (
                f"Another process, or another thread of this one, is saving to {self._address}: "
                "wait for it to end, or choose another folder. Nothing was sent."
            )
            raise FolderError(message)
        try:
            self._take_there()
        except BaseException:
            self._here.let_go()
            raise

    def _take_there(self) -> None:
        found = self._holder()
        if found is not None and found.token != self._last_token():
            raise FolderError(self._told_of(found))
        token = secrets.token_hex(16)
        with new_file(self._token_path) as file:
            file.write(token.encode())
        since = f"{dt.datetime.now(dt.UTC):%Y-%m-%d %H:%M} UTC"
        content = msgspec.json.encode(_Holder(token, socket.gethostname(), since))
        self._put(content, only_if_absent=found is None)
        self._token = token
        # A store without conditional puts may have taken another's after ours.
        found = self._holder()
        if found is None or found.token != token:
            self._token = None
            raise FolderError(self._told_of(found or _Holder("")))

    def _put(self, content: bytes, *, only_if_absent: bool) -> None:
        if only_if_absent:
            with contextlib.suppress(*_NO_CONDITIONAL_PUT):
                with contextlib.suppress(FileExistsError):  # the caller reads whose it is
                    self._store.pipe_file(self._object, content, mode="create")
                return
        self._store.pipe_file(self._object, content)

    def check(self) -> None:
        """See that nobody has taken the lock over.

        Raises:
            OSError: Somebody has, or has removed it, or it cannot be read.
        """
        found = self._holder()
        if found is None or found.token != self._token:
            message = (
                "the lock there is not this process's any more, so another one may be saving "
                "to the same folder"
            )
            raise OSError(message)

    def let_go(self) -> None:
        """Release the lock, if it is still ours.

        Raises:
            OSError: The object cannot be removed.
        """
        try:
            found = self._holder()
            if found is not None and found.token == self._token:
                self._store.rm_file(self._object)
            self._token_path.unlink(missing_ok=True)
        finally:
            self._here.let_go()

    def _holder(self) -> _Holder | None:
        try:
            return msgspec.json.decode(self._store.cat_file(self._object), type=_Holder)
        except FileNotFoundError:
            return None
        except msgspec.DecodeError:
            return _Holder("")

    def _last_token(self) -> str:
        """The token of the last process of this machine that held the lock."""
        try:
            return read_file(self._token_path).decode("ascii", "replace")
        except FileNotFoundError:
            return secrets.token_hex(16)  # nobody's

    def _told_of(self, holder: _Holder) -> str:
        return (
            f"A process on {shown_text(holder.host)} has been saving to {self._address} since "
            f"{shown_text(holder.since)}, or was killed there: an object store cannot tell. Wait "
            f"for it to end, or choose another folder. Only if it has ended: remove its lock, "
            f"fsspec.filesystem({self._protocol!r}).rm_file({self._object!r}), and call again to "
            "continue. Nothing was sent."
        )

    @property
    def _protocol(self) -> str:
        return self._address.partition("://")[0]
