"""Writes files as a whole, so that nobody ever sees half of one."""

from __future__ import annotations

import errno
import os
import tempfile
from pathlib import Path


def write_whole(path: Path, content: bytes) -> None:
    """Write a file, or leave the one that is there as it was.

    A link stays a link, and a file keeps its owner and its permissions. It is on the disk when
    this returns.

    Raises:
        OSError: It cannot be written.
    """
    target = path.resolve()
    if target.exists() and not os.access(target, os.W_OK):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(path))
    handle, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        before = target.stat() if target.exists() else None
        if before is not None and not _give(Path(name), before):
            # A new file would be ours: what is there is written over instead.
            _write_over(target, content)
            Path(name).unlink()
            return
        mode = 0o666 & ~_umask() if before is None else before.st_mode & 0o777
        Path(name).chmod(mode)
        Path(name).replace(target)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
    _sync_folder(target.parent)


def _give(path: Path, owner: os.stat_result) -> bool:
    """Give a file of ours the owner and group of another one; False where that is not allowed."""
    ours = path.stat()
    if (ours.st_uid, ours.st_gid) == (owner.st_uid, owner.st_gid):
        return True
    try:
        os.chown(path, owner.st_uid, owner.st_gid)
    except OSError:
        return False
    return True


def _write_over(path: Path, content: bytes) -> None:
    with path.open("r+b") as file:
        file.write(content)
        file.truncate()
        file.flush()
        os.fsync(file.fileno())


def _sync_folder(folder: Path) -> None:
    """See to it that a renaming is on the disk, where systems know such a thing."""
    if os.name != "posix":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
