"""Finds the files of folders, hidden ones too."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from vfy_notebook.commands.console import say
from vfy_notebook.shown_text import shown_text

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

#: Folders of programs, in which nobody writes: versions of files, and installed packages.
_OF_PROGRAMS = frozenset({".git", ".hg", ".svn", ".tox", ".nox", "node_modules", "site-packages"})

#: What makes a folder an environment of Python.
_ENVIRONMENT = "pyvenv.cfg"


def files_of(paths: Iterable[Path], suffixes: Collection[str], what: str) -> Iterator[Path]:
    """Files as they are named, and those in folders, each once.

    A folder is searched with all folders in it, hidden ones such as `.ipynb_checkpoints` too, but
    for those of programs. Linked folders are named and not entered: they may lie anywhere.

    Args:
        paths: Files and folders.
        suffixes: How the names of files in folders end, in small letters; capitals count as well.
        what: What they are called where a folder has none.
    """
    seen = set()
    for path in paths:
        found = sorted(_in_folder(path, suffixes)) if path.is_dir() else [path]
        if not found:
            say(f"{shown_text(path)}: there are no {what} in this folder")
        for file in found:
            if (real := file.resolve()) not in seen:
                seen.add(real)
                yield file


def _in_folder(folder: Path, suffixes: Collection[str]) -> Iterator[Path]:
    for where, folders, files in os.walk(folder):
        for name in list(folders):
            below = Path(where, name)
            if name in _OF_PROGRAMS or (below / _ENVIRONMENT).exists():
                folders.remove(name)
            elif below.is_symlink():
                say(f"{shown_text(below)}: this is a link to a folder: name it to look into it")
        for name in files:
            file = Path(where, name)
            if file.suffix.casefold() in suffixes and file.is_file():
                yield file
