"""`vfy-notebook find-keys PATH…`: names lines of source files that hold what looks like a key."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vfy_notebook.commands.cleaning.command import known_secrets
from vfy_notebook.commands.cleaning.credentials_in_text import take_out
from vfy_notebook.commands.cleaning.searching import files_of
from vfy_notebook.commands.console import complain, say
from vfy_notebook.shown_text import shown_text

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

#: What is looked at in folders; a file that is named may be any text.
_SUFFIXES = frozenset(
    {".cfg", ".env", ".ini", ".json", ".md", ".py", ".rst", ".sh", ".toml", ".txt", ".yaml", ".yml"}
)


def run_find_keys(paths: Iterable[Path]) -> int:
    """Name the lines that hold what looks like a credential. Nothing is written.

    Args:
        paths: Source files and folders.

    Returns:
        The exit code: 1 if something was found, or a file could not be read; else 0.
    """
    found = failed = False
    for path in files_of(paths, _SUFFIXES, "source files"):
        try:
            lines = _lines_with_keys(path.read_bytes().decode("utf-8", "replace"))
        except OSError as error:
            complain(f"{shown_text(path)}: {error.strerror or error}")
            failed = True
            continue
        for line in lines:
            say(f"{shown_text(path)}:{line}: holds what looks like a credential")
        found |= bool(lines)
    if found:
        say(
            "Read keys from the environment, or with vfy.connect_form(). One that was in a file "
            "may have been seen: make a new key (Voucherify: Project settings > Application keys) "
            "and delete the old one."
        )
    return 1 if found or failed else 0


def _lines_with_keys(text: str) -> list[int]:
    """The lines, counted from 1."""
    cleaned, count = take_out(text, known=known_secrets())
    if not count:
        return []
    pairs = zip(text.split("\n"), cleaned.split("\n"), strict=True)
    return [number for number, (before, after) in enumerate(pairs, start=1) if before != after]
