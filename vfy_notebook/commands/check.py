"""`vfy-notebook demo --check`: run all notebooks without a browser, and say how it went."""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import nbformat

from vfy_notebook.commands.bundled import bundled_notebooks
from vfy_notebook.commands.console import say
from vfy_notebook.commands.demo import (
    DEMO_MODULES,
    ended_by_signals,
    sandbox_environment,
    start_sandbox,
)
from vfy_notebook.commands.failure import need_modules
from vfy_notebook.commands.running import Run, run_notebook

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from vfy_notebook.sandbox import SandboxProcess


def run_check() -> int:
    """Run copies of the notebooks in a folder that is gone afterwards.

    Returns:
        The exit code: 0 if all cells of all notebooks ran through, else 1.

    Raises:
        CommandError: Something it needs is missing.
    """
    need_modules(("nbclient", "ipykernel", *DEMO_MODULES), what="The check")
    notebooks = bundled_notebooks()
    width = max(len(notebook.name) for notebook in notebooks)
    failed = 0
    with ended_by_signals(), temporary_folder() as folder, start_sandbox() as box:
        for notebook in notebooks:
            box.reset()
            run = run_copy(notebook, folder / notebook.stem, box)
            failed += bool(run.error)
            for line in _lines(notebook.name.ljust(width), run):
                say(line)
    say(_summary(len(notebooks), failed))
    return 1 if failed else 0


def run_copy(
    path: Path,
    folder: Path,
    box: SandboxProcess,
    *,
    notebook: Any = None,
    extra: Mapping[str, str] | None = None,
) -> Run:
    """Run a copy of a notebook, alone in a new folder.

    Args:
        path: The notebook.
        folder: Does not exist yet.
        box: Where `vfy.connect()` leads.
        notebook: The notebook as nbformat has read it, to get the outputs; None reads it.
        extra: Further variables for the kernel's environment.
    """
    private = folder / "private"
    cwd = folder / "work"
    for each in (private, cwd):
        each.mkdir(parents=True)
    shutil.copy(path, cwd)
    if notebook is None:
        notebook = nbformat.read(path, as_version=4)  # type: ignore[no-untyped-call]
    env = {**sandbox_environment(box, private), **(extra or {})}
    return run_notebook(notebook, cwd=cwd, private=private, env=env)


@contextlib.contextmanager
def temporary_folder() -> Iterator[Path]:
    """A folder that is gone afterwards."""
    with tempfile.TemporaryDirectory(
        prefix="vfy-notebook-", ignore_cleanup_errors=os.name == "nt"
    ) as folder:
        yield Path(folder).resolve()


def _lines(name: str, run: Run) -> Sequence[str]:
    calls = f"{run.calls:,} API call{'s' * (run.calls != 1)}"
    line = f"{name}  {'FAILED' if run.error else 'ok':<6}  {run.seconds:5.1f} s  {calls:>15}"
    return [line, *(f"    {each}" for each in run.error.splitlines())]


def _summary(number: int, failed: int) -> str:
    if failed:
        return f"{failed} of {number} notebooks failed; the others ran through."
    return f"All {number} notebooks ran through." if number > 1 else "The notebook ran through."
