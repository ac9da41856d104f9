"""What the customers of a plan are called, for a reader who does not know their ids."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow.compute as pc

if TYPE_CHECKING:
    from vfy_notebook.snapshots.snapshot import Snapshot
    from vfy_notebook.snapshots.store import ProjectSnapshots

#: What a person is called by, the first that is there.
_CALLED = ("name", "email")


class CustomerNames:
    """Names or e-mails by `customer_id`, from what the project remembers; takes no API calls.

    Each is looked up when it is shown: a plan of a million customers shows a few of them.

    Args:
        snapshots: What is remembered of the project.
    """

    def __init__(self, snapshots: ProjectSnapshots) -> None:
        self._snapshots = snapshots

    def __call__(self, customer_id: str) -> str | None:
        """A customer's name, or else e-mail; None where neither is known."""
        for snapshot in reversed(self._snapshots.all()):
            position = pc.index(snapshot.ids, customer_id).as_py()
            if position >= 0:
                return _called(snapshot, position)
        return None


def _called(snapshot: Snapshot, position: int) -> str | None:
    for name in _CALLED:
        column = snapshot.column(name)
        value = None if column is None else column.value(position)
        if isinstance(value, str) and value.strip():
            return value
    return None
