"""A lock that one process at a time can hold. It ends with the process, even if that is killed."""

from __future__ import annotations

import contextlib
import os
import sys
from typing import TYPE_CHECKING

from vfy_notebook.private_files import open_or_make

if TYPE_CHECKING:
    from pathlib import Path

if sys.platform == "win32":
    import msvcrt

    def _try_to_lock(descriptor: int) -> None:
        msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)

else:
    import fcntl

    def _try_to_lock(descriptor: int) -> None:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)


class FileLock:
    """An empty file that is locked while the lock is held, and removed afterwards.

    A file that a killed process has left behind is not locked.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._descriptor: int | None = None

    def take(self) -> bool:
        """Take the lock without waiting; False if another process holds it.

        Raises:
            OSError: The file cannot be created, or something else is there.
        """
        while True:
            descriptor = open_or_make(self._path)
            try:
                _try_to_lock(descriptor)
            except (BlockingIOError, PermissionError):
                os.close(descriptor)
                return False
            except BaseException:
                os.close(descriptor)
                raise
            if self._is_still_there(descriptor):
                self._descriptor = descriptor
                return True
            os.close(descriptor)  # removed while we took it: others would lock a new one

    def _is_still_there(self, descriptor: int) -> bool:
        try:
            return os.path.samestat(os.fstat(descriptor), self._path.stat())
        except FileNotFoundError:
            return False

    def let_go(self) -> None:
        """Release the lock."""
        if self._descriptor is None:
            return
        descriptor, self._descriptor = self._descriptor, None
        if sys.platform == "win32":  # nothing is removed there while it is open
            os.close(descriptor)
        with contextlib.suppress(OSError):
            self._path.unlink()
        if sys.platform != "win32":
            os.close(descriptor)
