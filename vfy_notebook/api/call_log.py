"""Tells of each call to whoever wants a log: `logging.getLogger("vfy_notebook")`.

Calls are told at DEBUG, waits and retries at INFO. Paths, queries and bodies are not: they hold
names, e-mail addresses and ids of customers.
"""

from __future__ import annotations

import logging

_log = logging.getLogger("vfy_notebook")
_log.addHandler(logging.NullHandler())  # silent, until somebody asks for more


def answered(operation: str, status: int, *, took_s: float, attempt: int, size: int) -> None:
    """An answer has come in whole."""
    _log.debug(
        "%s: status %d in %.0f ms, attempt %d, %d bytes",
        operation,
        status,
        took_s * 1000,
        attempt,
        size,
    )


def unanswered(operation: str, why: str, *, took_s: float, attempt: int) -> None:
    """No answer has come, or not all of it; `why` is the kind of error."""
    _log.debug("%s: %s after %.0f ms, attempt %d", operation, why, took_s * 1000, attempt)


def dropped(operation: str) -> None:
    """A request was sent ahead, and its answer is not wanted any more."""
    _log.debug("%s: sent ahead, and not needed", operation)


def tried_again(operation: str, why: str, *, wait_s: float, attempt: int) -> None:
    """A request is about to be sent once more; `attempt` is the one that has failed."""
    _log.info("%s: %s on attempt %d; trying again in %.1f s", operation, why, attempt, wait_s)


def waited_for_export(wait_s: float) -> None:
    """The API is still making a file."""
    _log.info("waiting %.1f s for an export", wait_s)


def waited_for_quota(wait_s: float) -> None:
    """The quota makes a request wait."""
    _log.info("waiting %.1f s for the quota", wait_s)
