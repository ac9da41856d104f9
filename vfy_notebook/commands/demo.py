"""`vfy-notebook demo`: JupyterLab on copies of the notebooks, with a sandbox behind them."""

from __future__ import annotations

import contextlib
import os
import signal
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from vfy_notebook import sandbox
from vfy_notebook.api.credentials import APP_ID_VARIABLE, APP_TOKEN_VARIABLE
from vfy_notebook.api.keys.addresses import BASE_URL_VARIABLE
from vfy_notebook.commands.bundled import bundled_notebooks
from vfy_notebook.commands.console import say
from vfy_notebook.commands.failure import CommandError, need_modules
from vfy_notebook.commands.lab import start_lab
from vfy_notebook.commands.working_folder import Copied, copy_notebooks, default_folder

if TYPE_CHECKING:
    from collections.abc import Iterator

#: Variables of a real project, and one that would draw figures in windows.
_HIDDEN = ("VOUCHERIFY_", "MPLBACKEND")

#: What the sandbox needs, and the notebooks.
DEMO_MODULES = (
    "starlette",
    "uvicorn",
    "python_multipart",
    "duckdb",
    "openpyxl",
    "dask",
    "distributed",
)


def run_demo(*, folder: Path | None, port: int | None, browser: bool) -> int:
    """Serve the notebooks until Ctrl-C, or until JupyterLab is shut down in the browser.

    Args:
        folder: Where the copies lie; None is a folder in the user's home.
        port: JupyterLab's; None takes one that is free.
        browser: Whether to open a browser where there is one.

    Returns:
        The exit code.

    Raises:
        CommandError: Something it needs is missing or in use.
    """
    need_modules(("jupyterlab", "ipykernel", *DEMO_MODULES), what="The demo")
    notebooks = bundled_notebooks()
    folder = (folder or default_folder()).expanduser().resolve()
    copied = copy_notebooks(notebooks, folder)
    with (
        ended_by_signals(),
        tempfile.TemporaryDirectory(prefix="vfy-notebook-", ignore_cleanup_errors=True) as private,
        start_sandbox() as box,
        start_lab(
            folder,
            first=notebooks[0].name,
            port=port,
            env=sandbox_environment(box, Path(private)),
            private=Path(private),
        ) as lab,
    ):
        for line in _greeting(folder, copied, lab.url):
            say(line)
        if browser and not lab.open_browser():
            say("No browser opened by itself: open the address above in yours.")
        with contextlib.suppress(KeyboardInterrupt):
            lab.wait()
        with contextlib.suppress(OSError):  # the terminal may be gone
            say("Ending JupyterLab, its kernels and the sandbox.")
    return 0


def start_sandbox() -> sandbox.SandboxProcess:
    """A sandbox with the sample.

    Raises:
        CommandError: It does not start.
    """
    try:
        return sandbox.start()
    except sandbox.SandboxError as error:
        raise CommandError(str(error)) from None


def sandbox_environment(box: sandbox.SandboxProcess, private: Path) -> dict[str, str]:
    """This environment, in which `vfy.connect()` leads to the sandbox and to nothing else.

    What a real project's variables say is hidden from the demo, and the push journal of what
    happens here lies in the private folder. Figures are drawn in the notebook.
    """
    kept = {name: value for name, value in os.environ.items() if not name.startswith(_HIDDEN)}
    return {
        **kept,
        APP_ID_VARIABLE: box.app_id,
        APP_TOKEN_VARIABLE: box.app_token,
        BASE_URL_VARIABLE: box.url,
        "XDG_DATA_HOME": str(private / "data"),
        # What a kernel that is killed leaves behind goes with the private folder.
        **dict.fromkeys(("TMPDIR", "TEMP", "TMP"), str(private)),
    }


@contextlib.contextmanager
def ended_by_signals() -> Iterator[None]:
    """Be told to end, or lose the terminal: both end like Ctrl-C, with everything put away."""
    kinds = [signal.SIGTERM, *([signal.SIGHUP] if hasattr(signal, "SIGHUP") else [])]
    before = {kind: signal.signal(kind, signal.default_int_handler) for kind in kinds}
    try:
        yield
    finally:
        for kind, handler in before.items():
            signal.signal(kind, handler)


def _greeting(folder: Path, copied: Copied, url: str) -> Iterator[str]:
    yield f"The notebooks are in {folder}; change them as you like."
    if copied.kept:
        yield (
            f"Not overwritten, because you have changed them: {', '.join(copied.kept)}. "
            "Delete a file to get the original again."
        )
    yield "vfy.demo() and vfy.connect() connect to a sandbox on this machine, to no real project."
    yield ""
    yield f"    {url}"
    yield ""
    yield "Ctrl-C ends everything."
