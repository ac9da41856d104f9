"""What to type where an optional package is missing.

The packages themselves are named, not an extra of this one: they are on every index, and so the
command works wherever this package came from (a wheel, a checkout, a repository).
"""

from __future__ import annotations

import importlib.util
import shlex
import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


def missing_modules(names: Iterable[str]) -> list[str]:
    """Those of the modules that this Python does not have."""
    return [name for name in names if importlib.util.find_spec(name) is None]


def install_command(modules: Iterable[str]) -> str:
    """The command that installs packages into the Python that runs now.

    Args:
        modules: Modules that are called like their packages.
    """
    packages = " ".join(name.replace("_", "-") for name in modules)
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython is not None else None
    if getattr(shell, "kernel", None) is not None:
        return f"%pip install {packages}"
    return f"{shlex.quote(sys.executable or 'python3')} -m pip install {packages}"
