"""`vfy-notebook clean PATH…`: removes from saved notebooks what should not be shared."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from vfy_notebook.api.credentials import APP_TOKEN_VARIABLE
from vfy_notebook.commands.cleaning.json_style import read_json
from vfy_notebook.commands.cleaning.notebook import NotANotebookError, TakenOut, clean_notebook
from vfy_notebook.commands.console import complain, say
from vfy_notebook.commands.failure import CommandError
from vfy_notebook.commands.files import write_whole

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

#: A shorter "secret" would be found in the middle of words.
_SHORTEST_SECRET = 8


def run_clean(paths: Iterable[Path], *, keep_plots: bool, counts: bool, check: bool) -> int:
    """Clean notebooks, and those in folders.

    Args:
        paths: Notebooks and folders; hidden folders in them are passed over.
        keep_plots: Whether figures stay.
        counts: Whether execution counts go too.
        check: Whether to say only what would change.

    Returns:
        The exit code: 1 if a file could not be read or written, or if something was found and
        `check` is set; else 0.
    """
    changed: list[TakenOut] = []
    failed = False
    for path in _notebooks(paths):
        try:
            taken = clean_file(path, keep_plots=keep_plots, counts=counts, check=check)
        except CommandError as error:
            complain(str(error))
            failed = True
            continue
        if taken:
            changed.append(taken)
            say(f"{path}: {'holds' if check else 'took out'} {taken}")
    if changed and check:
        say("Nothing was written. To remove it: vfy-notebook clean PATH")
    if any(taken.credentials for taken in changed):
        say(
            "A credential that was in a file may have been seen: make a new key "
            "(Voucherify: Project settings > Application keys) and delete the old one."
        )
    return 1 if failed or (changed and check) else 0


def clean_file(path: Path, *, keep_plots: bool, counts: bool, check: bool) -> TakenOut:
    """Clean one notebook; a file in which there is nothing to take out is not touched.

    Raises:
        CommandError: It cannot be read or written, or is no notebook.
    """
    try:
        notebook, style = read_json(path.read_bytes())
        taken = clean_notebook(
            notebook, keep_plots=keep_plots, counts=counts, known=_known_secrets()
        )
        if taken and not check:
            write_whole(path, style.write(notebook))
    except FileNotFoundError:
        raise CommandError(f"{path}: there is no such file. Check the spelling.") from None
    except OSError as error:
        why = error.strerror or error
        raise CommandError(f"{path}: {why}. It was not changed: check its permissions.") from None
    except NotANotebookError as error:
        raise CommandError(f"{path}: {error}. It was not changed.") from None
    except (ValueError, RecursionError):
        raise CommandError(
            f"{path}: it is not a notebook, or a damaged one (not valid JSON). It was not changed: "
            "leave it out, or save it again in JupyterLab."
        ) from None
    return taken


def _notebooks(paths: Iterable[Path]) -> Iterator[Path]:
    seen = set()
    for path in paths:
        found = _in_folder(path) if path.is_dir() else [path]
        if not found:
            say(f"{path}: there are no notebooks in this folder")
        for notebook in found:
            if (real := notebook.resolve()) not in seen:
                seen.add(real)
                yield notebook


def _in_folder(folder: Path) -> list[Path]:
    return sorted(
        path
        for path in folder.rglob("*.ipynb")
        if path.is_file()
        and not any(part.startswith(".") for part in path.relative_to(folder).parts)
    )


def _known_secrets() -> list[str]:
    """The key with which this shell works: it has no place in any file."""
    token = os.environ.get(APP_TOKEN_VARIABLE, "").strip()
    return [token] if len(token) >= _SHORTEST_SECRET else []
