"""Voucherify customers and segments as pandas DataFrames.

>>> import vfy_notebook as vfy
>>> with vfy.demo(customers=2) as project:
...     project.fetch_customers(progress=False).index.name
'customer_id'
"""

import importlib
from typing import TYPE_CHECKING, Any

from vfy_notebook import errors
from vfy_notebook.connection import connect, connect_form, demo
from vfy_notebook.frames.segments.memberships import membership_table
from vfy_notebook.project import Project
from vfy_notebook.versions import show_versions

if TYPE_CHECKING:
    from vfy_notebook import analysis, plots
    from vfy_notebook.interchange.csv_files import read_csv
    from vfy_notebook.interchange.excel import read_excel, to_excel
    from vfy_notebook.interchange.mask import mask
    from vfy_notebook.interchange.plain import plain

__all__ = [
    "Project",
    "analysis",
    "connect",
    "connect_form",
    "demo",
    "errors",
    "mask",
    "membership_table",
    "plain",
    "plots",
    "read_csv",
    "read_excel",
    "show_versions",
    "to_excel",
]
__version__ = "0.1.0"

#: Public names that are imported on first use (matplotlib takes as long as everything else), and
#: the module that holds each.
_LAZY = {
    "analysis": "vfy_notebook.analysis",
    "mask": "vfy_notebook.interchange.mask",
    "plain": "vfy_notebook.interchange.plain",
    "plots": "vfy_notebook.plots",
    "read_csv": "vfy_notebook.interchange.csv_files",
    "read_excel": "vfy_notebook.interchange.excel",
    "to_excel": "vfy_notebook.interchange.excel",
}


def __getattr__(name: str) -> Any:
    if name not in _LAZY:
        message = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(message)
    module = importlib.import_module(_LAZY[name])
    value = module if module.__name__ == f"{__name__}.{name}" else getattr(module, name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
