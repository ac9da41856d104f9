"""`vfy-notebook new PATH`: begin a notebook from a template."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import nbformat

from vfy_notebook.api.credentials import APP_ID_VARIABLE, APP_TOKEN_VARIABLE
from vfy_notebook.commands.console import say
from vfy_notebook.commands.failure import CommandError
from vfy_notebook.commands.files import write_whole
from vfy_notebook.commands.template import notebook_of

if TYPE_CHECKING:
    from pathlib import Path


def run_new(path: Path, *, template: str, force: bool) -> int:
    """Write a notebook; folders on the way to it are made.

    Args:
        path: The notebook to be; `.ipynb` is added where it is missing.
        template: One of `template.NAMES`.
        force: Whether to replace a notebook that is there.

    Returns:
        The exit code.

    Raises:
        CommandError: There is such a file already, or it cannot be written.
    """
    path = _notebook_path(path)
    if path.exists() and not force:
        raise CommandError(f"{path} exists already: choose another name, or replace it by --force.")
    text = nbformat.writes(notebook_of(template), version=4)  # type: ignore[no-untyped-call]
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_whole(path, (text.rstrip("\n") + "\n").encode())
    except OSError as error:
        raise CommandError(
            f"{path} cannot be written: {error.strerror or error}. Choose another place for it."
        ) from None
    say(f"Wrote {path} from the template {template}. Open it with: jupyter lab {path}")
    missing = [name for name in (APP_ID_VARIABLE, APP_TOKEN_VARIABLE) if not os.environ.get(name)]
    if missing:
        say(
            f"Before you run it, set {' and '.join(missing)} "
            "(Voucherify: Project settings > Application keys)."
        )
    return 0


def _notebook_path(path: Path) -> Path:
    path = path.expanduser()
    if path.is_dir():
        raise CommandError(
            f"{path} is a folder: give the name of the notebook, such as "
            f"{path / 'customers.ipynb'}."
        )
    if path.suffix == ".ipynb":
        return path
    if path.suffix:
        raise CommandError(
            f"{path} is not a name for a notebook: end it with .ipynb, or leave the ending out."
        )
    return path.with_name(f"{path.name}.ipynb")
