"""Run a notebook without a browser, and say what it took."""

from __future__ import annotations

import re
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from vfy_notebook.commands import call_watch

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

#: What a cell may take; those of the notebooks take seconds.
CELL_TIMEOUT_S = 600
_START_TIMEOUT_S = 120

_COLOURS = re.compile(r"\x1b\[[0-9;]*m")


@dataclass(frozen=True)
class Run:
    """How a notebook's run ended.

    Attributes:
        seconds: From before the kernel's start to after its end.
        calls: Requests to an API that the kernel has sent.
        error: What went wrong, and in which cell; empty if nothing did.
    """

    seconds: float
    calls: int
    error: str = ""


def run_notebook(notebook: Any, *, cwd: Path, private: Path, env: Mapping[str, str]) -> Run:
    """Run all cells in a kernel of this Python, which is gone when this returns.

    Args:
        notebook: As nbformat reads it; the outputs are put into it.
        cwd: The kernel's working directory.
        private: A folder for what the kernel keeps for itself.
        env: The kernel's environment.
    """
    # nbclient and what it brings are of the extra `demo`.
    from jupyter_client.kernelspec import KernelSpecManager  # noqa: PLC0415
    from jupyter_client.manager import AsyncKernelManager  # noqa: PLC0415
    from jupyter_core.utils import run_sync  # noqa: PLC0415
    from nbclient import NotebookClient  # noqa: PLC0415

    began = time.monotonic()
    calls_file = private / "calls"
    calls_file.write_bytes(b"")
    # It knows only the Python that runs us: the user's own kernels may lack this package.
    kernel = AsyncKernelManager(
        kernel_name="python3",
        kernel_spec_manager=KernelSpecManager(kernel_dirs=[]),
        connection_file=str(private / "kernel.json"),
    )
    client = NotebookClient(
        notebook,
        km=kernel,
        timeout=CELL_TIMEOUT_S,
        startup_timeout=_START_TIMEOUT_S,
        extra_arguments=[f"--IPKernelApp.extra_extensions={call_watch.__name__}"],
    )
    environment = {
        **env,
        "IPYTHONDIR": str(private / "ipython"),
        call_watch.CALLS_FILE_VARIABLE: str(calls_file),
    }
    talk = private / "kernel.log"
    try:
        with (
            talk.open("wb") as log,
            client.setup_kernel(
                cwd=str(cwd), env=environment, stdout=log, stderr=log, cleanup_kc=True
            ),
        ):
            error = _run_cells(client)
    except (RuntimeError, OSError) as failure:
        error = f"the kernel did not start: {failure}"
    finally:
        if kernel.has_kernel:  # interrupted in the middle of its start
            run_sync(kernel.shutdown_kernel)(now=True)
    return Run(time.monotonic() - began, len(calls_file.read_bytes()), error)


def _run_cells(client: Any) -> str:
    """Run one cell after the other; gives the first error."""
    from jupyter_core.utils import ensure_event_loop  # noqa: PLC0415
    from nbclient.exceptions import (  # noqa: PLC0415
        CellExecutionError,
        CellTimeoutError,
        DeadKernelError,
    )

    cells = client.nb.cells
    for index, cell in enumerate(cells):
        try:
            client.execute_cell(cell, index, execution_count=client.code_cells_executed + 1)
        except CellExecutionError as failure:
            what = f"{failure.ename}: {failure.evalue}"
        except CellTimeoutError:
            what = f"not done after {CELL_TIMEOUT_S} s"
        except DeadKernelError:
            what = "the kernel died"
        except KeyboardInterrupt:
            # The cell's task stays behind half-done, and would complain of its kernel's end.
            ensure_event_loop().set_exception_handler(lambda _loop, _context: None)
            raise
        else:
            continue
        first_line = cell.source.strip().splitlines()[0]
        return f"cell {index + 1} of {len(cells)} ({first_line}): {_COLOURS.sub('', what)}"
    return ""
