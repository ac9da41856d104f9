"""An edit, its base and what the server shows now: what is still to be sent, and what clashes.

With `m` the frame's value, `b` the base's and `s` the server's: m = s is no edit any more, s = b is
an edit, anything else is a conflict. (m = b never comes here.) What the project's own pushes have
written since counts as the base, so that going on with the same frame is no conflict.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from vfy_notebook.edits.cells.values import same_json
from vfy_notebook.edits.fields import ADDRESS_PREFIX, value_of
from vfy_notebook.edits.odd_values import odd_beside
from vfy_notebook.frames.schema import METADATA_PREFIX

if TYPE_CHECKING:
    from collections.abc import Callable

    from vfy_notebook.api.models import Customer
    from vfy_notebook.edits.changes import Change


def meet(change: Change, current: Customer, is_ours: Callable[[str, Any], bool]) -> list[str]:
    """Let a change start from what the server shows now; gives the fields in conflict.

    Cells that the server shows already are taken out of the change. Those in conflict keep the
    value of their base as `before`.

    Args:
        change: What was edited.
        current: The customer as the server shows it.
        is_ours: Whether a field's value there is what this project has pushed last.
    """
    conflicts = []
    for name in list(change.after):
        now = value_of(current, name)
        if same_json(now, change.after[name]):
            del change.before[name], change.after[name]
        elif same_json(now, change.before[name]) or is_ours(name, now):
            change.before[name] = now
        else:
            conflicts.append(name)
    for name in odd_beside(change.after, current.odd or {}):
        change.leave_out([name])
        conflicts.append(name)
    change.rebase(current)
    return conflicts


def differs(change: Change, current: Customer, *, may_be_done: bool) -> bool:
    """Whether a customer's cells are not what a change starts from, whatever its times say.

    A change of nothing tells nothing.

    Args:
        change: What is to be written.
        current: The customer as the server shows it.
        may_be_done: Whether cells that are as they are to be tell nothing either, because they may
            still change: those of a push whose end is not known.
    """
    for name, after in change.after.items():
        now = value_of(current, name)
        is_done = may_be_done and same_json(now, after)
        if not is_done and not same_json(now, change.before[name]):
            return True
    return bool(change.after) and _rest_differs(change, current)


def _rest_differs(change: Change, current: Customer) -> bool:
    """Whether something that is sent along is not as it is known."""
    metadata = change.rest_of_metadata.items()
    address = change.rest_of_address.items()
    return any(
        not same_json(value_of(current, METADATA_PREFIX + key), value) for key, value in metadata
    ) or any(value_of(current, ADDRESS_PREFIX + part) != value for part, value in address)
