"""Whatever cuts a fetch off, it carries what had arrived, and is an error of this package."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from vfy_notebook.errors import FetchFailed, FetchInterrupted, VfyNotebookError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import pandas as pd

#: As much of a stranger's text as an error repeats.
_MAX_TEXT = 300


@contextlib.contextmanager
def partial_in_errors(build: Callable[[], pd.DataFrame], noun: str) -> Iterator[None]:
    """Add what had arrived to whatever cuts a fetch off.

    Args:
        build: Makes a DataFrame of what has arrived.
        noun: What its rows are.

    Raises:
        FetchInterrupted: The user interrupted.
        FetchFailed: Something happened that nobody foresaw, such as too little memory.
    """
    try:
        yield
    except KeyboardInterrupt:
        partial = _built(build)
        interrupted = FetchInterrupted(
            f"Interrupted, and what had arrived does not fit into the memory as {noun}."
            if partial is None
            else f"Interrupted after {len(partial):,} {noun}; "
            "they are in this error's `partial`: except vfy.errors.FetchInterrupted as error."
        )
        interrupted.partial = partial
        raise interrupted from None
    except VfyNotebookError as error:
        error.partial = _built(build)
        raise
    except Warning:
        raise  # somebody wants warnings to be errors
    except Exception as error:
        failed = unforeseen(error)
        failed.partial = _built(build)
        raise failed from error


@contextlib.contextmanager
def only_our_errors() -> Iterator[None]:
    """Let nothing but this package's errors out, where there is no part to carry.

    Raises:
        FetchFailed: Something happened that nobody foresaw.
    """
    try:
        yield
    except (VfyNotebookError, Warning):
        raise
    except Exception as error:
        raise unforeseen(error) from error


def unforeseen(error: Exception) -> FetchFailed:
    """An error of others in our words; it stays the cause."""
    if isinstance(error, MemoryError):
        return FetchFailed(
            "There is too little memory for this fetch: narrow it, or write it to disk while it "
            "arrives: save_customers(), save_orders() and the others do."
        )
    if isinstance(error, OSError):
        told = error.strerror or str(error)
        return FetchFailed(f"This machine refused a file or the network: {told[:_MAX_TEXT]}.")
    told = " ".join(str(error).split())[:_MAX_TEXT] or "nothing more is known"
    return FetchFailed(
        f"The fetch ended in an error that nobody foresaw: {told}. What had arrived is in this "
        "error's `partial`, and what happened in its `__cause__`; please report both."
    )


def _built(build: Callable[[], pd.DataFrame]) -> pd.DataFrame | None:
    """What had arrived; an error about it would hide the first one."""
    try:
        return build()
    except Exception:  # noqa: BLE001 - the caller is about to raise what counts
        return None
