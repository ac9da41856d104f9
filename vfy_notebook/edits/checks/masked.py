"""Masked cells: they are for showing, and never an edit."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vfy_notebook.edits.problems.problems import Problem, blocking, column_shown, note
from vfy_notebook.frames.masking import MASK_SIGN

if TYPE_CHECKING:
    from collections.abc import Sequence


def masked_left_alone(field: str, labels: Sequence[str]) -> Problem:
    """Masked cells of customers that there are: what is there stays."""
    return note(
        "masked",
        f"{column_shown(field)} is masked ({MASK_SIGN}), which is never an edit, so these cells "
        "are left as they are",
        labels,
        field=field,
        way_out="To edit them, start from a frame that is not masked.",
        noun="customer",
    )


def masked_in_new_rows(field: str, labels: Sequence[str]) -> Problem:
    """Masked cells of customers that would be created with them."""
    return blocking(
        "masked",
        f"{column_shown(field)} is masked ({MASK_SIGN}), and a new customer would be stored so",
        labels,
        field=field,
        way_out="Fill in the value, or take it from a frame that is not masked.",
        noun="new row",
    )
