"""The versions of what is installed, for bug reports."""

from __future__ import annotations

import importlib.metadata
import os
import platform
import sys
from typing import TYPE_CHECKING

from vfy_notebook.api.credentials import APP_ID_VARIABLE, APP_TOKEN_VARIABLE
from vfy_notebook.api.keys.addresses import BASE_URL_VARIABLE

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["show_versions"]

#: The packages that calls, frames, plots, forms, the demo and Jupyter itself depend on.
_DISTRIBUTIONS = (
    "vfy-notebook",
    *("pandas", "pyarrow", "numpy", "msgspec"),
    *("requests", "urllib3", "tenacity", "platformdirs", "keyring"),
    *("matplotlib", "ipywidgets", "anywidget", "tqdm", "dask"),
    *("jupyterlab", "notebook", "ipykernel", "ipython", "nbformat", "nbclient"),
    *("starlette", "uvicorn", "python-multipart", "duckdb"),
)


def show_versions() -> None:
    """Print what a bug report needs: versions, and which variables are set. Sends nothing.

    No credential, address or path is printed.

    Cost in API calls: none.

    >>> show_versions()  # doctest: +ELLIPSIS
    vfy-notebook ...
    """
    facts = list(_facts())
    width = max(len(name) for name, _ in facts)
    for name, value in facts:
        print(f"{name:<{width}}  {value}")  # noqa: T201 - this is what was asked for


def _facts() -> Iterator[tuple[str, str]]:
    for name in _DISTRIBUTIONS:
        yield name, _version(name)
    yield "Python", f"{platform.python_version()} ({platform.python_implementation()})"
    yield "system", f"{platform.system()} {platform.release()} ({platform.machine()})"
    yield "in a notebook", "yes" if _kernel_runs() else "no"
    for variable in (APP_ID_VARIABLE, APP_TOKEN_VARIABLE, BASE_URL_VARIABLE):
        yield variable, "set" if os.environ.get(variable) else "not set"


def _version(name: str) -> str:
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return "not installed"


def _kernel_runs() -> bool:
    ipython = sys.modules.get("IPython")
    shell = None if ipython is None else ipython.get_ipython()
    return getattr(shell, "kernel", None) is not None
