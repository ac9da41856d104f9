"""A register of the files with customers' data that this toolkit has written on this machine.

Whoever deletes a customer permanently has to know where copies of the customer are. The register
lies in the user's data folder and holds paths, nothing of the customers. It knows a file by where
it was written: what was moved or copied since is not found.
"""

from __future__ import annotations

import contextlib
import json
import os
import warnings
from pathlib import Path
from typing import NamedTuple

import platformdirs

from vfy_notebook.errors import VfyNotebookWarning
from vfy_notebook.private_files import make_folder, new_file, open_or_make, read_file

#: Parquet parts in a folder, those in an object store, or an Excel workbook.
PARTS, STORED_PARTS, WORKBOOK = "parts", "stored parts", "workbook"

#: So many entries are kept before those of files that are gone are removed.
_MANY = 1_000


class WrittenCopy(NamedTuple):
    """A file or folder with customers' data.

    Attributes:
        kind: `PARTS`, `STORED_PARTS` or `WORKBOOK`.
        path: Where it was written; of `STORED_PARTS` the address, such as `s3://bucket/customers`.
    """

    kind: str
    path: Path | str

    @property
    def may_exist(self) -> bool:
        """Whether it is where it was written; an object store is not asked."""
        return isinstance(self.path, str) or self.path.exists()


def data_folder() -> Path:
    """The user's folder for what this toolkit keeps."""
    return Path(platformdirs.user_data_dir("vfy-notebook", appauthor=False))


def register_path() -> Path:
    """Where the register lies."""
    return data_folder() / "copies.jsonl"


def enter(copy: WrittenCopy, *, stacklevel: int) -> None:
    """Enter a copy that is about to be written; warns where that cannot be done.

    Args:
        copy: The copy; its path is absolute, or an address.
        stacklevel: As of `warnings.warn`, counted from the caller.
    """
    try:
        entered = _read()
        if copy in entered:
            return
        make_folder(register_path().parent)
        if len(entered) >= _MANY:
            _rewrite([each for each in entered if each.may_exist])
        handle = open_or_make(register_path())
        try:
            os.lseek(handle, 0, os.SEEK_END)
            os.write(handle, _line(copy))
        finally:
            os.close(handle)
    except OSError as error:
        warnings.warn(
            f"{copy.path} could not be entered in the register of copies at {register_path()} "
            f"({error.strerror or error}): a permanent deletion will not name it.",
            VfyNotebookWarning,
            stacklevel=stacklevel + 1,
        )


def written_copies() -> list[WrittenCopy]:
    """The copies that are still where they were written, in the order of their writing.

    Those in object stores are all there: only the store knows.

    Raises:
        OSError: The register cannot be read.
    """
    return [copy for copy in _read() if copy.may_exist]


def _read() -> list[WrittenCopy]:
    try:
        lines = read_file(register_path()).splitlines()
    except FileNotFoundError:
        return []
    found = []
    for line in lines:
        with contextlib.suppress(ValueError, KeyError, TypeError):  # half a line of a full disk
            entry = json.loads(line)
            kind, path = str(entry["kind"]), str(entry["path"])
            found.append(WrittenCopy(kind, path if kind == STORED_PARTS else Path(path)))
    return list(dict.fromkeys(found))


def _rewrite(copies: list[WrittenCopy]) -> None:
    part = register_path().with_suffix(f".{os.getpid()}.unfinished")
    with new_file(part) as file:
        file.writelines(map(_line, copies))
    part.replace(register_path())


def _line(copy: WrittenCopy) -> bytes:
    # In front as well: the last line may have been cut off by a full disk.
    return b"\n" + json.dumps({"kind": copy.kind, "path": str(copy.path)}).encode() + b"\n"
