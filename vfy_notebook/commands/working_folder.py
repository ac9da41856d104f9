"""The folder in which the demo's notebooks are copied, to be changed at will."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from vfy_notebook.commands.failure import CommandError
from vfy_notebook.commands.files import write_whole

if TYPE_CHECKING:
    from collections.abc import Iterable

#: Beside the copies: what each looked like when it was made, by which an edited one is known.
MANIFEST = ".vfy-notebook-demo.json"

#: What tells a clone of this project, whatever it is called.
_CLONE_SIGNS = ("pyproject.toml", "vfy_notebook/__init__.py")


@dataclass
class Copied:
    """What became of each notebook, by name."""

    fresh: list[str] = field(default_factory=list)
    kept: list[str] = field(default_factory=list)


def default_folder() -> Path:
    """Where the copies lie if nothing else is said: found again the next time."""
    return Path.home() / "vfy-notebook-demo"


def copy_notebooks(notebooks: Iterable[Path], folder: Path) -> Copied:
    """Copy the notebooks into the folder; copies that somebody has changed stay as they are.

    Raises:
        CommandError: The folder lies in a clone of this project, or cannot be written.
    """
    folder = folder.expanduser().resolve()
    refuse_clone(folder)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        return _copy(notebooks, folder)
    except OSError as error:
        raise CommandError(
            f"The folder {folder} cannot be used: {error.strerror or error}. "
            "Choose another one with --folder."
        ) from None


def refuse_clone(folder: Path) -> None:
    """Refuse a folder in a clone of this project, where copies would turn up as changes.

    Raises:
        CommandError: It lies in one.
    """
    for parent in (folder, *folder.parents):
        if all((parent / sign).is_file() for sign in _CLONE_SIGNS):
            raise CommandError(
                f"{folder} lies in {parent}, a checkout of vfy-notebook, and the demo never "
                "writes into one. Choose another one with --folder."
            )


def _copy(notebooks: Iterable[Path], folder: Path) -> Copied:
    known = _read_manifest(folder)
    copied = Copied()
    for notebook in notebooks:
        target = folder / notebook.name
        content = notebook.read_bytes()
        present = target.read_bytes() if target.exists() else None
        if present is not None and _digest(present) not in (
            _digest(content),
            known.get(target.name),
        ):
            copied.kept.append(target.name)
            continue
        if present != content:
            write_whole(target, content)
        known[target.name] = _digest(content)
        copied.fresh.append(target.name)
    write_whole(folder / MANIFEST, json.dumps(known, indent=1).encode())
    return copied


def _read_manifest(folder: Path) -> dict[str, str]:
    try:
        known = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        return {}  # without it every copy counts as changed, and stays
    return known if isinstance(known, dict) else {}


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
