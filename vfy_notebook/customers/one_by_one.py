"""Runs an operation that the API has only for one customer at a time for many customers.

The requests are sent one after the other, because each takes effect at once and cannot be undone,
and because the quota limits the speed anyway, not the network. Every customer gets an outcome,
also after an error or an interrupt.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeVar

from vfy_notebook.customers.outcomes import CustomerOutcome
from vfy_notebook.errors import (
    AuthError,
    ConnectError,
    RateLimitError,
    ResponseError,
    ServerError,
    VfyNotebookError,
)
from vfy_notebook.progress import Progress

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from vfy_notebook.api.transport import Transport
    from vfy_notebook.progress import Shown

#: Failures that the next customer would meet too: the run ends with them.
_FOR_ALL = (AuthError, ConnectError, RateLimitError, ResponseError)

#: So many server errors in a row mean that the server is down rather than one customer odd.
MAX_SERVER_ERRORS = 3

Target = TypeVar("Target")


@dataclass
class Run:
    """The outcomes, one per target in the same order, and what ended the run early."""

    outcomes: list[CustomerOutcome] = field(default_factory=list)
    stopped_by: VfyNotebookError | None = None
    interrupted: bool = False


def one_by_one(
    targets: Sequence[Target],
    send: Callable[[Target], CustomerOutcome],
    *,
    transport: Transport,
    task: str,
    progress: Shown,
) -> Run:
    """Send for each target; failures and an interrupt end up in the result, not as errors."""
    run = Run(
        [CustomerOutcome("skipped", "nothing was sent: the run ended before") for _ in targets]
    )
    in_a_row = 0
    bar = Progress(task, unit="customers", calls=lambda: transport.calls.total, shown=progress)
    try:
        with bar, transport.governor.told_of_waits(bar.waits):
            bar.update(0, len(targets))
            for position, target in enumerate(targets):
                run.outcomes[position] = CustomerOutcome(
                    "unknown", "interrupted while it was under way: run it again to be sure"
                )
                try:
                    run.outcomes[position] = send(target)
                    in_a_row = 0
                except VfyNotebookError as error:
                    run.outcomes[position] = outcome_of(error)
                    in_a_row = in_a_row + 1 if isinstance(error, ServerError) else 0
                    if isinstance(error, _FOR_ALL) or in_a_row == MAX_SERVER_ERRORS:
                        run.stopped_by = error
                        break
                bar.update(position + 1)
    except KeyboardInterrupt:
        run.interrupted = True
    return run


def outcome_of(error: VfyNotebookError) -> CustomerOutcome:
    """What an error means for the customer whose request met it."""
    return CustomerOutcome("unknown" if error.may_have_run else "failed", str(error))
