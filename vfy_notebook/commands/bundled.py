"""The notebooks that come with the package: in the wheel, else in the checkout."""

from __future__ import annotations

from pathlib import Path

from vfy_notebook.commands.failure import CommandError

PACKAGE = Path(__file__).resolve().parents[1]


def bundled_notebooks() -> list[Path]:
    """The notebooks in the order of their numbers.

    Raises:
        CommandError: The installation has none.
    """
    for folder in (PACKAGE / "_bundled" / "notebooks", PACKAGE.parent / "notebooks"):
        found = sorted(folder.glob("[0-9]*.ipynb"))
        if found:
            return found
    raise CommandError(
        "This installation has no notebooks: install it anew as you did before, with "
        "--force-reinstall (README: Install)."
    )
