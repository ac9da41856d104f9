"""Python's garbage collector, held back while a large fetch makes records and drops them.

The collector looks for garbage after so many new objects, and the longer a kernel lives, the more
there is to look through. Records on their way into columns are no garbage that it could find, but
they count: without this, a fifth of a fetch's time is the collector's.
"""

from __future__ import annotations

import gc
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

#: New objects between two looks, instead of some hundreds: garbage cannot pile up all the same.
_NEW_OBJECTS = 50_000

_lock = threading.Lock()
_holders = 0
_thresholds: tuple[int, int, int] | None = None


@contextmanager
def rare_collections() -> Iterator[None]:
    """Let the collector look more rarely; for fetches in several threads at once, too.

    A collector that someone has switched off, or made rarer still, stays as it is.
    """
    _hold()
    try:
        yield
    finally:
        _release()


def _hold() -> None:
    global _holders, _thresholds  # noqa: PLW0603 - the collector is one for all of the process
    with _lock:
        _holders += 1
        if _holders == 1 and 0 < gc.get_threshold()[0] < _NEW_OBJECTS:
            _thresholds = gc.get_threshold()
            gc.set_threshold(_NEW_OBJECTS, *_thresholds[1:])


def _release() -> None:
    global _holders, _thresholds  # noqa: PLW0603
    with _lock:
        _holders -= 1
        if _holders == 0 and _thresholds is not None:
            if gc.get_threshold()[0] == _NEW_OBJECTS:  # nobody has set another one meanwhile
                gc.set_threshold(*_thresholds)
            _thresholds = None
