"""Output of the commands on the console."""

from __future__ import annotations

import sys


def say(line: str) -> None:
    """A line on standard output, at once."""
    print(line, file=sys.stdout, flush=True)  # noqa: T201 - what a command is there for


def complain(line: str) -> None:
    """A line on standard error."""
    print(line, file=sys.stderr, flush=True)  # noqa: T201 - as above
