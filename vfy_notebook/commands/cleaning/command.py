"""`vfy-notebook clean PATH…`: removes from saved notebooks what should not be shared."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from vfy_notebook.api.credentials import APP_TOKEN_VARIABLE
from vfy_notebook.commands.cleaning.json_style import doubled_names, read_json
from vfy_notebook.commands.cleaning.notebook import NotANotebookError, TakenOut, clean_notebook
from vfy_notebook.commands.cleaning.searching import files_of
from vfy_notebook.commands.console import complain, say
from vfy_notebook.commands.failure import CommandError
from vfy_notebook.commands.files import write_whole
from vfy_notebook.shown_text import shown_text

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

#: A shorter "secret" would be found in the middle of words.
_SHORTEST_SECRET = 8


def run_clean(
    paths: Iterable[Path],
    *,
    keep_plots: bool,
    counts: bool,
    check: bool,
    keep_tables: int = 0,
    people: bool = False,
) -> int:
    """Clean notebooks, and those in folders.

    Args:
        paths: Notebooks and folders.
        keep_plots: Whether figures stay.
        counts: Whether execution counts go too.
        check: Whether to say only what would change.
        keep_tables: Tables of no more rows stay, where nobody can be told from them; 0: none.
        people: Whether what looks like a customer in a source lets a check fail.

    Returns:
        The exit code: 1 if a file could not be read or written, or if something was found and
        `check` is set; else 0.
    """
    changed: list[TakenOut] = []
    failed = False
    for path in files_of(paths, (".ipynb",), "notebooks"):
        try:
            taken = clean_file(
                path, keep_plots=keep_plots, counts=counts, check=check, keep_tables=keep_tables
            )
        except CommandError as error:
            complain(str(error))
            failed = True
            continue
        if taken.is_changed:
            changed.append(taken)
            say(f"{shown_text(path)}: {'holds' if check else 'took out'} {taken}")
        if taken.people:
            failed |= check and people
            say(f"{shown_text(path)}: look at {taken.people_named}, which is left as it is")
    if changed and check:
        say("Nothing was written. To remove it: vfy-notebook clean PATH")
    if any(taken.credentials for taken in changed):
        say(
            "A credential that was in a file may have been seen: make a new key "
            "(Voucherify: Project settings > Application keys) and delete the old one."
        )
    return 1 if failed or (changed and check) else 0


def clean_file(
    path: Path, *, keep_plots: bool, counts: bool, check: bool, keep_tables: int = 0
) -> TakenOut:
    """Clean one notebook; a file in which there is nothing to take out is not touched.

    Raises:
        CommandError: It cannot be read or written, or is no notebook.
    """
    try:
        raw = path.read_bytes()
        notebook, style = read_json(raw)
        taken = clean_notebook(
            notebook,
            keep_plots=keep_plots,
            counts=counts,
            keep_tables=keep_tables,
            known=known_secrets(),
        )
        taken.doubled = doubled_names(raw)
        if taken.is_changed and not check:
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


def known_secrets() -> list[str]:
    """The key with which this shell works: it has no place in any file."""
    token = os.environ.get(APP_TOKEN_VARIABLE, "").strip()
    return [token] if len(token) >= _SHORTEST_SECRET else []
