"""Says what was odd in a fetch: once, and with a way out."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING

from vfy_notebook.errors import IncompleteListingWarning, VfyNotebookWarning
from vfy_notebook.frames.odd_values import odd_values, warning_of
from vfy_notebook.shown_text import first_few

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

    from vfy_notebook.api.listing.reading import OddRecords

_MAX_NAMED = 5


def warn_of_odd(frame: pd.DataFrame, odd: OddRecords, *, stacklevel: int) -> None:
    """Warn of the odd values of a fetched frame, and of customers that could not be listed."""
    warn_of_values(odd_values(frame), stacklevel=stacklevel + 1)
    warn_of_unlisted(odd, stacklevel=stacklevel + 1)


def warn_of_values(odd: Mapping[str, Mapping[str, str]], *, stacklevel: int) -> None:
    """Warn of odd values: columns, customers and how many."""
    message = warning_of(odd, odd.keys())
    if message is not None:
        warnings.warn(message, VfyNotebookWarning, stacklevel=stacklevel + 1)


def warn_of_unlisted(odd: OddRecords, *, stacklevel: int) -> None:
    """Warn of customers without an id or a time of creation, which listings need."""
    if odd.unnamed:
        named = list(odd.unnamed.values())
        customers = "1 customer" if len(named) == 1 else f"{len(named):,} customers"
        warnings.warn(
            f"{customers} came without an id that can be read and left out: "
            f"{first_few(named, _MAX_NAMED)}. "
            'Compare with fetch_customers(via="export").',
            IncompleteListingWarning,
            stacklevel=stacklevel + 1,
        )
    if odd.placed:
        names = sorted(odd.placed)
        customers = "1 customer has" if len(names) == 1 else f"{len(names):,} customers have"
        warnings.warn(
            f"{customers} no readable created_at, by which listings go on: "
            f"{first_few(names, _MAX_NAMED)}. The "
            'listing went by their neighbours; compare with fetch_customers(via="export").',
            VfyNotebookWarning,
            stacklevel=stacklevel + 1,
        )
