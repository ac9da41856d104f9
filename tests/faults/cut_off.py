"""What was begun before a fault of the matrix, and cut off at a step of the journal."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any

from vfy_notebook.journal.file import JournalFile

if TYPE_CHECKING:
    from collections.abc import Callable


def _cut_off(step: str, when: str, run: Callable[[], object]) -> None:
    """Run something until the user interrupts it before or after a step of the journal."""
    has_come = False

    def hook(name: str, now: str) -> None:
        nonlocal has_come
        if (name, now) == (step, when) and not has_come:
            has_come = True
            raise KeyboardInterrupt

    before, JournalFile.on_step = JournalFile.on_step, staticmethod(hook)
    try:
        with contextlib.suppress(BaseException):  # PushInterrupted, or the interrupt itself
            run()
    finally:
        JournalFile.on_step = before
    assert has_come, step


def push_cut_off(step: str, when: str, *, rows: slice = slice(3)) -> Callable[[Any, Any], None]:
    """Cuts off a push of new names, to some of the customers."""

    def before(_box: Any, project: Any) -> None:
        customers = project.fetch_customers(progress=False).iloc[rows]
        plan = project.plan_push(customers.assign(name="New"))
        _cut_off(step, when, lambda: plan.push(progress=False))

    return before


def deletion_cut_off(*, permanent: bool) -> Callable[[Any, Any], None]:
    """Cuts off a deletion before its first customer."""

    def before(_box: Any, project: Any) -> None:
        customers = project.fetch_customers(progress=False).head(1)
        plan = project.plan_deletion(customers, permanent=permanent, progress=False)
        _cut_off("begin deletion", "after", lambda: plan.delete(confirm=1, progress=False))

    return before
