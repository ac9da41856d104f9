"""How a command fails: with a message that says what to do."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vfy_notebook.errors import VfyNotebookError
from vfy_notebook.missing_packages import install_command, missing_modules

if TYPE_CHECKING:
    from collections.abc import Iterable


class CommandError(VfyNotebookError, RuntimeError):
    """A command cannot do its work; the message says why and what to do."""


def need_modules(names: Iterable[str], *, what: str) -> None:
    """Refuse to begin what would fail half-way for want of a package.

    Raises:
        CommandError: At least one module is not installed.
    """
    missing = missing_modules(names)
    if missing:
        raise CommandError(
            f"{what} needs {' and '.join(missing)}, which this Python does not have. "
            f"Install with: {install_command(missing)}"
        )
