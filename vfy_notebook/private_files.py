"""Files and folders with customers' data: for their owner only, and never through a planted link.

Modes are set whatever the umask is. A link (or a pipe, or a device) that somebody else has put
where a file of ours belongs is refused, or replaced itself; what it points to is never touched.
"""

from __future__ import annotations

import errno
import os
import stat
from typing import TYPE_CHECKING, BinaryIO

if TYPE_CHECKING:
    from pathlib import Path

_FOLDER, _FILE = 0o700, 0o600

#: Windows has neither, nor links that anybody could plant.
_NO_LINK = getattr(os, "O_NOFOLLOW", 0)
_AT_ONCE = getattr(os, "O_NONBLOCK", 0)
_BYTES = getattr(os, "O_BINARY", 0)


def make_folder(path: Path) -> None:
    """Make a folder, and those above it; folders that are there stay as they are.

    Raises:
        OSError: It cannot be made, or a file is there.
    """
    missing = []
    while not path.is_dir():
        missing.append(path)
        path = path.parent
    for folder in reversed(missing):
        try:
            folder.mkdir(mode=_FOLDER)
        except FileExistsError:
            if not folder.is_dir():
                raise
        else:
            folder.chmod(_FOLDER)  # a umask may have taken away the owner's own rights


def new_file(path: Path) -> BinaryIO:
    """An empty file of its own, open for writing; what stood there under its name goes.

    Raises:
        OSError: It cannot be made.
    """
    path.unlink(missing_ok=True)
    handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL | _NO_LINK | _BYTES, _FILE)
    _make_private(handle)
    return os.fdopen(handle, "w+b")


def open_or_make(path: Path) -> int:
    """The descriptor of a file that is there, or of a new one.

    Raises:
        OSError: It cannot be opened, is a link or no plain file, or is somebody else's.
    """
    handle = _open(path, os.O_RDWR | os.O_CREAT)
    try:
        _make_private(handle)
    except BaseException:
        os.close(handle)
        raise
    return handle


def read_file(path: Path) -> bytes:
    """What a file holds.

    Raises:
        FileNotFoundError: There is none.
        OSError: It cannot be read, or is a link or no plain file.
    """
    with os.fdopen(_open(path, os.O_RDONLY), "rb") as file:
        return file.read()


def _open(path: Path, flags: int) -> int:
    try:
        handle = os.open(path, flags | _NO_LINK | _AT_ONCE | _BYTES, _FILE)
    except OSError as error:
        if path.is_symlink():
            raise _refused(path, "is a link, and only a file is trusted there") from None
        raise error from None
    if not stat.S_ISREG(os.fstat(handle).st_mode):
        os.close(handle)
        raise _refused(path, "is no plain file")
    return handle


def _make_private(handle: int) -> None:
    """Nobody but the owner may read it, before anything is in it."""
    if hasattr(os, "fchmod") and stat.S_IMODE(os.fstat(handle).st_mode) != _FILE:
        os.fchmod(handle, _FILE)


def _refused(path: Path, why: str) -> OSError:
    return OSError(errno.ELOOP, f"{path.name} {why}", str(path))
